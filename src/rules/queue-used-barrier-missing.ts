import { USE } from "../replay/ring-facts.ts";
import { judgeAspect } from "./fact-judge.ts";
import { defineRule } from "./rule.ts";

export const queueUsedBarrierMissing = defineRule({
  id: "queue/used-barrier-missing",
  title: "No write barrier stands between a used element and the store that publishes it.",
  why: "The driver may see the buffer as used before it sees id and len.",
  class: "protocol",
  severity: "error",
  party: "device",
  clause: "virtio-1.3/2.7.8.2",
  covers: ["SP-USED-01"],
  needs: "the stores and barriers of the device; undecided where barriers are not recorded",
  follows: ["queue/used-published-too-early"],
  on: {
    "buffer.used": judgeAspect<"buffer.used">(USE.barrier, (fact, seen) => ({
      message:
        seen.queue.layout === "packed"
          ? `slot ${fact.slot} was marked used without a write barrier after id and len`
          : `used.idx was stored without a write barrier after element ${fact.slot}`,
      expected: "a write barrier before the store that publishes",
      found: "none",
      clause: seen.queue.layout === "packed" ? "virtio-1.3/2.8.22" : "virtio-1.3/2.7.8.2",
      shape: "",
    })),
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add();
        queue.use({ spoil: (steps) => steps.filter((step) => step.op !== "barrier") });
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
