import { EXPOSURE } from "../replay/ring-facts.ts";
import { flagsText, judgeAspect } from "./fact-judge.ts";
import { changeStore } from "./ring-story.ts";
import { defineRule } from "./rule.ts";

export const splitReservedDescriptorFlags = defineRule({
  id: "split/reserved-descriptor-flags",
  title: "A descriptor sets a flag that no version of the specification defines.",
  why: "Nothing forbids it, and a later version may give the bit a meaning. More often the flags of another layout, or of another byte order, were written.",
  class: "lint",
  severity: "note",
  party: "driver",
  clause: "virtio-1.3/2.7.5",
  covers: ["INV-SP-12"],
  needs: "the stores of the add, or a dump of the ring",
  follows: ["queue/element-differs", "queue/element-direction-wrong"],
  on: {
    "buffer.exposed": judgeAspect<"buffer.exposed">(
      EXPOSURE.flagsKnown,
      (fact) => {
        const where =
          fact.what === "table" ? `table entry ${fact.slot}` : `descriptor ${fact.slot}`;
        return {
          message: `${where} has flags ${flagsText(fact.found)}`,
          expected: "no flags but NEXT, WRITE and INDIRECT",
          found: `flags ${flagsText(fact.found)}`,
          shape: fact.what,
        };
      },
      "split",
    ),
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add({ spoil: changeStore("desc", 12, 0x80) });
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add({ readable: 2, indirect: true, spoil: changeStore("ind", 28, 8) });
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add({ readable: 2, writable: 2 });
        queue.add({ readable: 2, writable: 2, indirect: true });
        return queue.events;
      },
      // What stands behind the chain is nobody's.
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add({ readable: 1, indirect: true, spoil: changeStore("desc", 28, 0x80) });
        return queue.events;
      },
    ],
  },
});
