import { EXPOSURE } from "../replay/ring-facts.ts";
import { judgeAspect, slotName } from "./fact-judge.ts";
import { defineRule } from "./rule.ts";

export const queuePublishBarrierMissing = defineRule({
  id: "queue/publish-barrier-missing",
  title:
    "No write barrier stands between the stores of a buffer and the one that makes it available.",
  why: "On a machine that reorders stores, or through a compiler that does, the device may see the buffer as available before it sees its contents.",
  class: "must",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.7.13.3.1",
  covers: ["SP-SUP-05", "PK-SUP-03"],
  needs: "the stores and barriers of the add; undecided where barriers are not recorded",
  follows: ["packed/published-too-early", "split/published-too-early"],
  on: {
    "buffer.exposed": judgeAspect<"buffer.exposed">(EXPOSURE.barrier, (fact, seen) => ({
      message:
        seen.queue.layout === "packed"
          ? `the flags of ${slotName(seen, fact.slot)} were stored without a write barrier after the rest of the list`
          : "avail.idx was stored without a write barrier after the entry and the descriptors",
      expected: "a write barrier before the store that publishes",
      found: "none",
      clause: seen.queue.layout === "packed" ? "virtio-1.3/2.8.21.1.1" : "virtio-1.3/2.7.13.3.1",
      shape: "",
    })),
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add({ spoil: (steps) => steps.filter((step) => step.op !== "barrier") });
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add({ spoil: (steps) => steps.filter((step) => step.op !== "barrier") });
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
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8, barriersLogged: false });
        queue.add({ spoil: (steps) => steps.filter((step) => step.op !== "barrier") });
        return queue.events;
      },
    ],
  },
});
