import { EXPOSURE } from "../replay/ring-facts.ts";
import { flagsText, judgeAspect } from "./fact-judge.ts";
import { defineRule } from "./rule.ts";

export const packedIndirectEntryFlags = defineRule({
  id: "packed/indirect-entry-flags",
  title: "An entry of a packed indirect table sets a flag that is reserved there.",
  why: "The length of the table says how many entries it has: NEXT, AVAIL and USED have no meaning in it, and a device may reject them.",
  class: "must",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.8.19",
  covers: ["PK-IND-02", "INV-PK-16"],
  needs: "the stores of the add, with its table",
  follows: [],
  on: {
    "buffer.exposed": judgeAspect<"buffer.exposed">(
      EXPOSURE.tableFlags,
      (fact) => ({
        message: `entry ${fact.slot} of an indirect table has flags ${flagsText(fact.found)}`,
        expected: "no flag but WRITE",
        found: `flags ${flagsText(fact.found)}`,
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
          indirect: true,
          spoil: (steps) =>
            steps.map((step) =>
              step.op === "store" && step.area === "ind" && step.offset === 14
                ? { ...step, value: 1 }
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
          queue.add({ readable: 2, writable: 2, indirect: true });
          queue.use({ len: 128 });
        }
        return queue.events;
      },
    ],
  },
});
