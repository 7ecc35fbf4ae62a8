import { STORES } from "../replay/ring-facts.ts";
import { judgeAspect } from "./fact-judge.ts";
import { store } from "./ring-story.ts";
import { defineRule } from "./rule.ts";

export const queueWrongBufferReturned = defineRule({
  id: "queue/wrong-buffer-returned",
  title: "The driver took another buffer for returned than the one that the used element names.",
  why: "The caller gets memory that the device still works on. A used element names its buffer by its id: not by the slot it stands in, nor by its turn.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.7.8",
  covers: ["INV-C-07"],
  needs: "the stores of both sides, and what get_buf returned",
  follows: ["packed/used-wrap-not-flipped"],
  on: {
    "stores.seen": judgeAspect<"stores.seen">(STORES.returnedNamed, (fact, seen) => ({
      message: `${fact.what}`,
      expected: "the buffer of the id in the used element",
      found: fact.what,
      clause: seen.queue.layout === "packed" ? "virtio-1.3/2.8.22" : "virtio-1.3/2.7.8",
      shape: "",
    })),
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.add();
        queue.use();
        queue.get({ token: 0x1001 });
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add({ readable: 2 });
        queue.add();
        queue.use();
        queue.get({ token: 0x1001 });
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use({ len: 64 });
          queue.get();
        }
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use({ len: 64 });
          queue.get();
        }
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 4, inOrder: true });
        // In order, the buffers that a batch passes over come back as well.
        queue.add();
        queue.add();
        queue.operation("deviceUse", [
          store("device", 4, 4, 1),
          store("device", 8, 4, 0),
          { op: "barrier", barrier: "wmb" },
          store("device", 2, 2, 2),
        ]);
        queue.get({ token: 0x1000 });
        queue.get({ token: 0x1001 });
        return queue.events;
      },
    ],
  },
});
