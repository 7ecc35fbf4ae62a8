import { EXPOSURE } from "../replay/ring-facts.ts";
import { judgeAspect } from "./fact-judge.ts";
import { defineRule } from "./rule.ts";

export const queueZeroLengthElement = defineRule({
  id: "queue/zero-length-element",
  title: "An element of a buffer has length 0.",
  why: "The specification does not forbid it, and devices differ: QEMU refuses such a buffer and breaks the queue.",
  class: "lint",
  severity: "note",
  party: "driver",
  clause: "virtio-1.3/2.7.5",
  covers: ["INV-C-14"],
  needs: "the stores of the add, a recorded ring or a dump",
  follows: ["queue/element-differs"],
  on: {
    "buffer.exposed": judgeAspect<"buffer.exposed">(EXPOSURE.lengthSet, (fact, seen) => ({
      message: `element ${fact.slot} of ${seen.chain.count} has length 0`,
      expected: "elements of at least one byte",
      found: "length 0",
      clause: seen.queue.layout === "packed" ? "virtio-1.3/2.8.13" : "virtio-1.3/2.7.5",
      shape: "",
    })),
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add({ lengths: [64, 0, 64] });
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add({ lengths: [64, 0], indirect: true });
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add({ lengths: [1, 1, 4096] });
        queue.use();
        return queue.events;
      },
      // The device writes nothing: that is its answer, not the buffer.
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add({ writable: 1 });
        queue.use({ len: 0 });
        return queue.events;
      },
    ],
  },
});
