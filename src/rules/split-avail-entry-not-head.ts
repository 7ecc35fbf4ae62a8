import { EXPOSURE } from "../replay/ring-facts.ts";
import { judgeAspect } from "./fact-judge.ts";
import { store } from "./ring-story.ts";
import { defineRule } from "./rule.ts";

export const splitAvailEntryNotHead = defineRule({
  id: "split/avail-entry-not-head",
  title:
    "The entry of the available ring names a descriptor in the middle of a chain, or none that was written for it.",
  why: "The device starts where the entry says: it misses the descriptors before, and gives back an id that the driver does not know.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.7.6",
  covers: ["INV-SP-05"],
  needs: "the stores of the add",
  follows: [],
  on: {
    "buffer.exposed": judgeAspect<"buffer.exposed">(
      EXPOSURE.headIsHead,
      (fact) => ({
        message:
          fact.other < 0
            ? `entry ${fact.found} names descriptor ${fact.slot}, which was not written for this buffer`
            : `entry ${fact.found} names descriptor ${fact.slot}, to which descriptor ${fact.other} of the same buffer leads`,
        expected: "the head of the chain",
        found: `descriptor ${fact.slot}`,
        // The same mistake names whatever descriptor the free list had.
        shape: "",
      }),
      "split",
    ),
  },
  examples: {
    violates: [
      // Both descriptors of a chain of two got an entry.
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        const second = [store("driver", 6, 2, 1), store("driver", 2, 2, 2)];
        queue.add({ readable: 2, spoil: (steps) => [...steps, ...second] });
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add({
          readable: 2,
          spoil: (steps) =>
            steps.map((step) =>
              step.op === "store" && step.area === "driver" && step.offset === 4
                ? { ...step, value: 1 }
                : step,
            ),
        });
        return queue.events;
      },
    ],
    obeys: [
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
