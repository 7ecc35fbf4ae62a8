import { EXPOSURE } from "../replay/ring-facts.ts";
import { judgeAspect } from "./fact-judge.ts";
import { defineRule } from "./rule.ts";

export const queueWritableBeforeReadable = defineRule({
  id: "queue/writable-before-readable",
  title: "A buffer has a device-writable element before a device-readable one.",
  why: "A device reads all readable elements first and writes behind them: it would take one part of the request for another.",
  class: "must",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.8.17",
  covers: ["SP-FRAME-03", "PK-SG-03"],
  needs: "the stores of the add, or a dump of the ring",
  follows: ["queue/element-direction-wrong"],
  on: {
    "buffer.exposed": judgeAspect<"buffer.exposed">(EXPOSURE.elementOrder, (fact, seen) => ({
      message: `element ${fact.slot} of the buffer is device-readable and stands behind a device-writable one`,
      expected: "device-readable elements first",
      found: `element ${fact.slot} out of order`,
      clause: seen.queue.layout === "packed" ? "virtio-1.3/2.8.17" : "virtio-1.3/2.7.4.2",
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
              step.op === "store" && step.offset === 14 ? { ...step, value: step.value | 2 } : step,
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
