import { EXPOSURE } from "../replay/ring-facts.ts";
import { judgeAspect, slotName } from "./fact-judge.ts";
import { defineRule } from "./rule.ts";

export const splitNextMislinked = defineRule({
  id: "split/next-mislinked",
  title: "A chain leads away from the descriptors that were written for the buffer.",
  why: "The field next must name the descriptor that the driver wrote next: the one behind it in the table is that only by chance. The device follows it into stale contents, or another buffer.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.7.5",
  covers: ["INV-SP-07"],
  needs: "the stores of the add",
  follows: [],
  on: {
    "buffer.exposed": judgeAspect<"buffer.exposed">(
      EXPOSURE.misLinked,
      (fact, seen) => ({
        message:
          `${slotName(seen, fact.slot)} leads to ${slotName(seen, fact.other)}, ` +
          "which was not written for this buffer, before all that were are reached",
        expected: "next names a descriptor of the same buffer",
        found: `next ${fact.other} in ${slotName(seen, fact.slot)}`,
        shape: "",
      }),
      "split",
    ),
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add({
          readable: 3,
          spoil: (steps) =>
            steps.map((step) =>
              step.op === "store" && step.area === "desc" && step.offset === 14
                ? { ...step, value: 5 }
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
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 2, indirect: true });
          queue.use();
        }
        return queue.events;
      },
    ],
  },
});
