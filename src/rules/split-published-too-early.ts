import { EXPOSURE } from "../replay/ring-facts.ts";
import { judgeAspect } from "./fact-judge.ts";
import { defineRule } from "./rule.ts";

export const splitPublishedTooEarly = defineRule({
  id: "split/published-too-early",
  title: "The driver stored part of a buffer after the store that made it available.",
  why: "A device may read the buffer as soon as it is available, and find what stood there before. avail.idx comes last, after the ring entry and the descriptors.",
  class: "must",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.7.13",
  covers: ["INV-SP-05", "SP-SUP-05"],
  needs: "the stores of the add, in order",
  follows: [],
  on: {
    "buffer.exposed": judgeAspect<"buffer.exposed">(
      EXPOSURE.storedBefore,
      (fact) => ({
        message: `avail.idx was stored, and then still ${fact.what}`,
        expected: "nothing of the buffer stored after that",
        found: `a store to ${fact.what}`,
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
          spoil: (steps) => [...steps.slice(-2), ...steps.slice(0, -2)],
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
