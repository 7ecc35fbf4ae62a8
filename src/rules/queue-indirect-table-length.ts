import { EXPOSURE } from "../replay/ring-facts.ts";
import { judgeAspect, slotName } from "./fact-judge.ts";
import { changeStore } from "./ring-story.ts";
import { defineRule } from "./rule.ts";

export const queueIndirectTableLength = defineRule({
  id: "queue/indirect-table-length",
  title:
    "The length of an indirect table is 0, no whole number of descriptors, or not that of the buffer.",
  why: "The field len counts bytes, 16 for each entry, not entries. The device rejects the buffer, or reads half a descriptor.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.7.5.3",
  covers: ["INV-SP-10", "INV-PK-16"],
  needs: "the stores of the add, or a dump of the ring",
  follows: [],
  on: {
    "buffer.exposed": judgeAspect<"buffer.exposed">(EXPOSURE.tableLength, (fact, seen) => ({
      message:
        fact.expected < 0
          ? `${slotName(seen, fact.slot)} points to an indirect table of ${fact.found} bytes`
          : `${slotName(seen, fact.slot)} points to an indirect table of ${fact.found} bytes, for ${fact.expected / 16} elements`,
      expected: fact.expected < 0 ? "a multiple of 16, and not 0" : `${fact.expected}`,
      found: `${fact.found}`,
      clause: seen.queue.layout === "packed" ? "virtio-1.3/2.8.7" : "virtio-1.3/2.7.5.3",
      shape: "",
    })),
  },
  examples: {
    violates: [
      // Two entries of three.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add({ readable: 3, indirect: true, spoil: changeStore("desc", 8, 32) });
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add({
          readable: 3,
          indirect: true,
          spoil: (steps) =>
            steps.map((step) =>
              step.op === "store" && step.area === "desc" && step.offset === 8
                ? { ...step, value: 3 }
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
