import { USE } from "../replay/ring-facts.ts";
import { judgeAspect } from "./fact-judge.ts";
import { store } from "./ring-story.ts";
import { defineRule } from "./rule.ts";

export const packedBatchShownInPart = defineRule({
  id: "packed/batch-shown-in-part",
  title: "Of buffers that must appear at once, the device showed the first before the others.",
  why: "The driver takes the first for all there is. In a batch the flags of the first buffer are stored last, also where the batch goes over the ring end.",
  class: "protocol",
  severity: "error",
  party: "device",
  clause: "virtio-1.3/2.8.9",
  covers: ["INV-PK-19"],
  needs: "the stores of the device, and that the buffers are one batch",
  follows: [],
  on: {
    "buffer.used": judgeAspect<"buffer.used">(
      USE.atOnce,
      (fact) => ({
        message: `a batch from slot ${fact.slot} on was published by ${fact.found} stores`,
        expected: "flags of the first buffer stored after those of all others",
        found: `${fact.found} publications`,
        shape: "",
      }),
      "packed",
    ),
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add();
        queue.add();
        queue.operation(
          "deviceUse",
          [
            store("desc", 12, 2, 0),
            store("desc", 28, 2, 1),
            { op: "barrier", barrier: "wmb" },
            store("desc", 14, 2, 0x8080),
            store("desc", 30, 2, 0x8080),
          ],
          { func: "complete (batch)" },
        );
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add();
        queue.add();
        queue.operation(
          "deviceUse",
          [
            store("desc", 12, 2, 0),
            store("desc", 28, 2, 1),
            { op: "barrier", barrier: "wmb" },
            store("desc", 30, 2, 0x8080),
            { op: "barrier", barrier: "wmb" },
            store("desc", 14, 2, 0x8080),
          ],
          { func: "complete (batch)" },
        );
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        // Not one batch: each may be seen as soon as it is there.
        queue.add();
        queue.add();
        queue.operation("deviceUse", [
          store("desc", 12, 2, 0),
          store("desc", 28, 2, 1),
          { op: "barrier", barrier: "wmb" },
          store("desc", 14, 2, 0x8080),
          store("desc", 30, 2, 0x8080),
        ]);
        return queue.events;
      },
    ],
  },
});
