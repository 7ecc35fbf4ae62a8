import { USE } from "../replay/ring-facts.ts";
import { judgeAspect } from "./fact-judge.ts";
import { store } from "./ring-story.ts";
import { defineRule } from "./rule.ts";

export const queueUsedOutOfOrder = defineRule({
  id: "queue/used-out-of-order",
  title: "With VIRTIO_F_IN_ORDER, the device used a buffer that a batch had passed over.",
  why: "A used element stands for all buffers up to the one that it names: the driver has taken this one back already.",
  class: "must",
  severity: "error",
  party: "device",
  clause: "virtio-1.3/6.2",
  since: "1.1",
  covers: ["CM-ORD-01", "INV-PK-18", "INV-SP-14", "INV-SP-15"],
  needs: "the stores of both sides",
  follows: [],
  on: {
    "buffer.used": judgeAspect<"buffer.used">(USE.order, (fact) => ({
      message: `id ${fact.found} is used, which the batch before it counts as used`,
      expected: "buffers used in the order in which they were made available",
      found: `id ${fact.found} after one made available later`,
      shape: "",
    })),
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 4, inOrder: true });
        queue.add();
        queue.add();
        queue.operation("deviceUse", [
          store("device", 4, 4, 1),
          store("device", 8, 4, 0),
          { op: "barrier", barrier: "wmb" },
          store("device", 2, 2, 2),
        ]);
        queue.add();
        queue.operation("deviceUse", [
          store("device", 20, 4, 0),
          store("device", 24, 4, 0),
          { op: "barrier", barrier: "wmb" },
          store("device", 2, 2, 3),
        ]);
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 4, inOrder: true });
        for (let i = 0; i < 9; i++) {
          queue.add();
          queue.use();
        }
        return queue.events;
      },
    ],
  },
});
