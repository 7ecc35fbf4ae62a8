import { EXPOSURE } from "../replay/ring-facts.ts";
import { judgeAspect } from "./fact-judge.ts";
import { defineRule } from "./rule.ts";

export const packedPublishedTooEarly = defineRule({
  id: "packed/published-too-early",
  title: "The driver stored part of a buffer after the store that made it available.",
  why: "A device may read the buffer as soon as it is available, and find what stood there before. The flags of the first descriptor come last.",
  class: "must",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.8.17",
  covers: ["PK-SG-06", "PK-DESC-06", "PK-SUP-03"],
  needs: "the stores of the add, in order",
  follows: [],
  on: {
    "buffer.exposed": judgeAspect<"buffer.exposed">(
      EXPOSURE.storedBefore,
      (fact) => ({
        message: `the flags of the first descriptor was stored, and then still ${fact.what}`,
        expected: "nothing of the buffer stored after that",
        found: `a store to ${fact.what}`,
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
          spoil: (steps) => [...steps.slice(-2), ...steps.slice(0, -2)],
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
