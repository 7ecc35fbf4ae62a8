import type { Step } from "../model/event.ts";
import { USE } from "../replay/ring-facts.ts";
import { judgeAspect } from "./fact-judge.ts";
import { defineRule } from "./rule.ts";

export const queueUsedPublishedTooEarly = defineRule({
  id: "queue/used-published-too-early",
  title: "The device stored id or len after it published the used element.",
  why: "The driver may already have read it, with what stood there before.",
  class: "must",
  severity: "error",
  party: "device",
  clause: "virtio-1.3/2.7.8.2",
  covers: ["SP-USED-01", "PK-DESC-04"],
  needs: "the stores of the device, in order",
  follows: [],
  on: {
    "buffer.used": judgeAspect<"buffer.used">(USE.storedBefore, (fact, seen) => ({
      message: `a buffer was marked used, and then still ${fact.what} was stored`,
      expected: "id and len before the store that publishes",
      found: `a store to ${fact.what}`,
      clause: seen.queue.layout === "packed" ? "virtio-1.3/2.8.15" : "virtio-1.3/2.7.8.2",
      shape: "",
    })),
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.use({ spoil: ([id, len, barrier, idx]) => [id, barrier, idx, len] as Step[] });
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use();
        }
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use({ len: 64 });
        }
        return queue.events;
      },
    ],
  },
});
