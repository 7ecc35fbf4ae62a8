import { EXPOSURE } from "../replay/ring-facts.ts";
import { flagsText, judgeAspect, slotName } from "./fact-judge.ts";
import { defineRule } from "./rule.ts";

export const packedNextNotCleared = defineRule({
  id: "packed/next-not-cleared",
  title: "The last descriptor of a list still has NEXT.",
  why: "The device reads on into a slot that the driver never made available: it takes what stands there for part of the buffer, or breaks. The flag must be left out, or cleared, on the last descriptor.",
  class: "must",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.8.6",
  covers: ["PK-SG-02", "INV-PK-12"],
  needs: "the stores of the add, or a dump of the ring",
  follows: [],
  on: {
    "buffer.exposed": judgeAspect<"buffer.exposed">(
      EXPOSURE.runsOn,
      (fact, seen) => ({
        message:
          `${slotName(seen, fact.slot)} is the last of its buffer and keeps NEXT (flags ${flagsText(fact.found)}): ` +
          `the list runs on into ${slotName(seen, fact.other)}, which was not made available with it`,
        expected: "NEXT clear on the last descriptor",
        found: `flags ${flagsText(fact.found)} in ${slotName(seen, fact.slot)}`,
        shape: "",
      }),
      "packed",
    ),
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add({
          readable: 2,
          spoil: (steps) =>
            steps.map((step) =>
              step.op === "store" && step.area === "desc" && step.offset === 30
                ? { ...step, value: step.value | 1 }
                : step,
            ),
        });
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
        const queue = tell.ring({ layout: "packed", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 2, indirect: true });
          queue.use({ len: 128 });
        }
        return queue.events;
      },
    ],
  },
});
