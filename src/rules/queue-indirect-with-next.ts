import { EXPOSURE } from "../replay/ring-facts.ts";
import { flagsText, judgeAspect, slotName } from "./fact-judge.ts";
import { changeStore } from "./ring-story.ts";
import { defineRule } from "./rule.ts";

export const queueIndirectWithNext = defineRule({
  id: "queue/indirect-with-next",
  title: "An indirect descriptor leads on to another, or is part of a packed list.",
  why:
    "Devices stop at an indirect descriptor, or go on behind it, or refuse the buffer: what the descriptors behind it hold is lost on " +
    "some. In a split chain direct descriptors may stand before an indirect one that ends it; a packed list may not mix the two.",
  class: "must",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.7.5.3.1",
  covers: ["SP-IND-04", "PK-IND-04", "INV-PK-17"],
  needs: "the stores of the add, a recorded ring or a dump",
  follows: ["queue/indirect-without-feature"],
  on: {
    "buffer.exposed": judgeAspect<"buffer.exposed">(EXPOSURE.indirectAlone, (fact, seen) => {
      const packed = seen.queue.layout === "packed";
      const flags = flagsText(fact.found);
      const name = slotName(seen, fact.slot);
      return {
        message:
          fact.what === "next"
            ? `${name} has INDIRECT and NEXT (flags ${flags})`
            : `${name} is indirect (flags ${flags}), and ends a list of several`,
        expected: packed ? "an indirect descriptor alone" : "INDIRECT without NEXT",
        found: `flags ${flags}`,
        clause: packed ? "virtio-1.3/2.8.19" : "virtio-1.3/2.7.5.3.1",
        shape: fact.what,
      };
    }),
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add({ readable: 2, indirect: true, spoil: changeStore("desc", 12, 5) });
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add({ readable: 2, indirect: true, spoil: changeStore("desc", 14, 0x85) });
        return queue.events;
      },
      // The last slot of a list of two.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add({ readable: 2, before: 1, indirect: true });
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        for (let i = 0; i < 5; i++) {
          queue.add({ readable: 2, before: 2, indirect: true });
          queue.use();
        }
        return queue.events;
      },
      // Lists of both sorts in one ring.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 5 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, indirect: i % 2 === 0 });
          queue.use();
        }
        return queue.events;
      },
    ],
  },
});
