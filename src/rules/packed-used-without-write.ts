import { USE } from "../replay/ring-facts.ts";
import { judgeAspect } from "./fact-judge.ts";
import { store } from "./ring-story.ts";
import { defineRule } from "./rule.ts";

export const packedUsedWithoutWrite = defineRule({
  id: "packed/used-without-write",
  title: "A used descriptor has a len, and WRITE is not set.",
  why: "WRITE in a used descriptor says whether anything was written; without it len has no meaning. Linux reads len all the same, and no clause obliges the device to set the flag (QEMU does not).",
  class: "lint",
  severity: "note",
  party: "device",
  clause: "virtio-1.3/2.8.3",
  covers: ["INV-PK-14"],
  needs: "the stores of both sides",
  follows: [],
  on: {
    "buffer.used": judgeAspect<"buffer.used">(
      USE.writeFlag,
      (fact) => ({
        message: `slot ${fact.slot} is marked used with len ${fact.found}, and without WRITE`,
        expected: "WRITE where something was written",
        found: `len ${fact.found} without WRITE`,
        shape: "",
      }),
      "packed",
    ),
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add({ writable: 1 });
        queue.use({
          len: 64,
          spoil: (steps) => [...steps.slice(0, -1), store("desc", 14, 2, 0x8080)],
        });
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add({ writable: 1 });
        queue.use({ len: 0 });
        queue.add({ readable: 2 });
        // No element that the device may write: len means nothing.
        queue.use({
          len: 3,
          spoil: (steps) => [...steps.slice(0, -1), store("desc", 46, 2, 0x8080)],
        });
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add({ writable: 1 });
        queue.use({ len: 64 });
        return queue.events;
      },
    ],
  },
});
