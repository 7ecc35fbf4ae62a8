import { EXPOSURE } from "../replay/ring-facts.ts";
import { judgeAspect } from "./fact-judge.ts";
import { changeStore } from "./ring-story.ts";
import { defineRule } from "./rule.ts";

export const packedIdOutsideRing = defineRule({
  id: "packed/id-outside-ring",
  title: "A buffer id is not below the queue size.",
  why: "The specification does not limit ids. Linux, QEMU and the specification's own example keep buffers in an array of the queue's size.",
  class: "lint",
  severity: "note",
  party: "driver",
  clause: "virtio-1.3/2.8.22",
  covers: ["INV-PK-10"],
  needs: "the stores of the add, a recorded ring or a dump",
  follows: [],
  on: {
    "buffer.exposed": judgeAspect<"buffer.exposed">(
      EXPOSURE.idInside,
      (fact, seen) => ({
        message: `buffer id ${fact.found} in a ring of ${seen.queue.size ?? "unknown size"}`,
        expected: `an id below ${seen.queue.size ?? "the queue size"}`,
        found: `id ${fact.found}`,
        shape: "",
      }),
      "packed",
    ),
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 5 });
        queue.add({ spoil: changeStore("desc", 12, 5) });
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 5 });
        queue.add({ spoil: changeStore("desc", 12, 4) });
        return queue.events;
      },
      // The id counts in the last descriptor alone.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 5 });
        queue.add({ readable: 2, spoil: changeStore("desc", 12, 0xffff) });
        return queue.events;
      },
    ],
  },
});
