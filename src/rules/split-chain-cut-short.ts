import { EXPOSURE } from "../replay/ring-facts.ts";
import { judgeAspect, slotName } from "./fact-judge.ts";
import { defineRule } from "./rule.ts";

export const splitChainCutShort = defineRule({
  id: "split/chain-cut-short",
  title:
    "NEXT is missing inside a chain: the device sees fewer descriptors than the driver wrote for the buffer.",
  why: "The rest of the buffer is lost to the device, and its descriptors come back to nobody.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.7.5",
  covers: [],
  needs: "the stores of the add",
  follows: [],
  on: {
    "buffer.exposed": judgeAspect<"buffer.exposed">(
      EXPOSURE.cutShort,
      (fact, seen) => ({
        message:
          `the driver wrote ${fact.expected} descriptors for the buffer, but ${slotName(seen, fact.slot)} ` +
          `has no NEXT: the device sees ${fact.found} of them`,
        expected: `a chain of ${fact.expected} descriptors`,
        found: `one of ${fact.found}`,
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
              step.op === "store" && step.area === "desc" && step.offset === 28
                ? { ...step, value: step.value & ~1 }
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
