import { EXPOSURE } from "../replay/ring-facts.ts";
import { judgeAspect } from "./fact-judge.ts";
import { defineRule } from "./rule.ts";

export const queueBufferIdInFlightTwice = defineRule({
  id: "queue/buffer-id-in-flight-twice",
  title: "The driver made a buffer available under an id that is still in flight.",
  why: "The device will give back the id twice, and nobody can tell which buffer is meant. Look at the free list: an id was put back too early, or was never taken off.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.8",
  covers: ["INV-PK-09", "INV-SP-06"],
  needs: "the stores of every add and use, or a dump of a split ring",
  follows: ["packed/num-free-miscounted"],
  on: {
    "buffer.exposed": judgeAspect<"buffer.exposed">(EXPOSURE.idFree, (fact, seen) => ({
      message:
        seen.queue.layout === "packed"
          ? `buffer id ${fact.found} was made available again while it is in flight`
          : `descriptor ${fact.found} was made available as a head again while it is in flight`,
      expected: "an id that is not in flight",
      found: `id ${fact.found}`,
      clause: seen.queue.layout === "packed" ? "virtio-1.3/2.8" : "virtio-1.3/2.7.13",
      shape: "",
    })),
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add();
        queue.add({
          spoil: (steps) =>
            steps.map((step) =>
              step.op === "store" && step.offset === 28 ? { ...step, value: 0 } : step,
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
        const queue = tell.ring({ layout: "split", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use({ len: 64 });
        }
        return queue.events;
      },
    ],
  },
});
