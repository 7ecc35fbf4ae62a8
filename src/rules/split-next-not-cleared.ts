import { EXPOSURE } from "../replay/ring-facts.ts";
import { flagsText, judgeAspect, slotName } from "./fact-judge.ts";
import { defineRule } from "./rule.ts";

export const splitNextNotCleared = defineRule({
  id: "split/next-not-cleared",
  title: "The last descriptor of a chain still has NEXT.",
  why: "The device follows next into a descriptor that is not the buffer's: stale contents, or another buffer. Linux sets NEXT on every descriptor and clears it on the last one afterwards.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.7.5",
  covers: ["INV-SP-07", "INV-SP-08"],
  needs: "the stores of the add, or a dump of the ring",
  follows: [],
  on: {
    "buffer.exposed": judgeAspect<"buffer.exposed">(
      EXPOSURE.runsOn,
      (fact, seen) => ({
        message:
          `${slotName(seen, fact.slot)} is the last of its buffer and keeps NEXT (flags ${flagsText(fact.found)}): ` +
          (fact.what === "itself"
            ? `the chain comes back to its head, ${slotName(seen, fact.other)}`
            : `the chain runs on into ${slotName(seen, fact.other)}, which was not made available with it`),
        expected: "NEXT clear on the last descriptor",
        found: `flags ${flagsText(fact.found)} in ${slotName(seen, fact.slot)}`,
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
          readable: 2,
          spoil: (steps) =>
            steps.map((step) =>
              step.op === "store" && step.area === "desc" && step.offset === 28
                ? { ...step, value: step.value | 1 }
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
