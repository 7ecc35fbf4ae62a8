import type { Step } from "../model/event.ts";
import { USE } from "../replay/ring-facts.ts";
import { judgeAspect } from "./fact-judge.ts";
import { store } from "./ring-story.ts";
import { defineRule } from "./rule.ts";

export const splitUsedEntryNotStored = defineRule({
  id: "split/used-entry-not-stored",
  title: "The device's used.idx passed an element of the used ring that was not stored for it.",
  why: "The driver takes what the element held a lap ago for a new one. used.idx grows by the number of elements that were stored; with VIRTIO_F_IN_ORDER only the first of each batch is.",
  class: "must",
  severity: "error",
  party: "device",
  clause: "virtio-1.3/2.7.8.2",
  covers: ["SP-USED-01", "INV-SP-14", "INV-SP-17"],
  needs: "the stores of the device",
  follows: [],
  on: {
    "buffer.used": judgeAspect<"buffer.used">(
      USE.elementStored,
      (fact) => ({
        message: `used.idx passed element ${fact.slot}, which was not stored for it`,
        expected: `id and len of element ${fact.slot} before used.idx`,
        found: `what stood there, id ${fact.found}`,
        shape: "",
      }),
      "split",
    ),
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.add();
        queue.use({ spoil: (steps) => [...steps.slice(0, -1), store("device", 2, 2, 2)] });
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 2 });
        for (let i = 0; i < 2; i++) {
          queue.add();
          queue.use();
        }
        queue.add();
        // The id is what stood there; len is what the clause asks for.
        queue.use({ spoil: ([id, , ...steps]) => [id, ...steps] as Step[] });
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 2 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 1, writable: 1 });
          queue.use({ len: 64 });
          queue.get();
        }
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 4, inOrder: true });
        // In order, one element stands for three buffers.
        for (let i = 0; i < 3; i++) queue.add();
        queue.operation("deviceUse", [
          store("device", 4, 4, 2),
          store("device", 8, 4, 0),
          { op: "barrier", barrier: "wmb" },
          store("device", 2, 2, 3),
        ]);
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        // Stored by one operation, published by the next.
        queue.add();
        queue.operation("deviceUse", [store("device", 4, 4, 0), store("device", 8, 4, 0)]);
        queue.operation("deviceUse", [{ op: "barrier", barrier: "wmb" }, store("device", 2, 2, 1)]);
        return queue.events;
      },
    ],
  },
});
