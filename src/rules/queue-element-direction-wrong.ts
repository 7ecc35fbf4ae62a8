import { EXPOSURE } from "../replay/ring-facts.ts";
import { judgeAspect } from "./fact-judge.ts";
import { defineRule } from "./rule.ts";

export const queueElementDirectionWrong = defineRule({
  id: "queue/element-direction-wrong",
  title: "An element was made available with another direction than the caller asked for.",
  why: "Without WRITE the device must not write to a buffer that the driver waits for data in; with it, it may overwrite what it was to read.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.7.5",
  covers: [],
  needs: "an add with its arguments, and its stores",
  follows: [],
  on: {
    "buffer.exposed": judgeAspect<"buffer.exposed">(EXPOSURE.direction, (fact) => ({
      message:
        fact.found === 0
          ? `element ${fact.slot} was to be device-writable, and its descriptor has no WRITE`
          : `element ${fact.slot} was to be device-readable, and its descriptor has WRITE`,
      expected: fact.found === 0 ? "WRITE set" : "WRITE clear",
      found: fact.found === 0 ? "WRITE clear" : "WRITE set",
      shape: fact.found === 0 ? "readable" : "writable",
    })),
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add({
          writable: 1,
          spoil: (steps) =>
            steps.map((step) =>
              step.op === "store" && step.area === "desc" && step.offset === 28
                ? { ...step, value: 0 }
                : step,
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
