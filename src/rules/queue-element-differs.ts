import { EXPOSURE } from "../replay/ring-facts.ts";
import { judgeAspect } from "./fact-judge.ts";
import { defineRule } from "./rule.ts";

export const queueElementDiffers = defineRule({
  id: "queue/element-differs",
  title: "The device sees another address, length or number of elements than the caller asked for.",
  why: "The device reads or writes memory that is not the buffer's.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.7.5",
  covers: ["INV-C-14"],
  needs: "an add with its arguments, and its stores",
  follows: [],
  on: {
    "buffer.exposed": judgeAspect<"buffer.exposed">(EXPOSURE.content, (fact) => ({
      message: `the buffer that was made available is not the one that was asked for: ${fact.what}`,
      expected: "the elements of the add's arguments",
      found: fact.what,
      shape: "",
    })),
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add({
          readable: 2,
          spoil: (steps) =>
            steps.map((step) =>
              step.op === "store" && step.offset === 24 ? { ...step, value: 65 } : step,
            ),
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
