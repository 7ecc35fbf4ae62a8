import { EXPOSURE } from "../replay/ring-facts.ts";
import { judgeAspect, slotName } from "./fact-judge.ts";
import { defineRule } from "./rule.ts";

export const queueChainNotEnding = defineRule({
  id: "queue/chain-not-ending",
  title: "The chain of a buffer loops, or leaves the ring or its table.",
  why: "A device that follows it reads for ever, or outside the table. It may break the queue on sight.",
  class: "must",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.7.5.2",
  covers: ["SP-DESC-05", "INV-SP-07", "INV-SP-08", "SP-IND-02", "PK-SG-02"],
  needs: "the stores of the add, or a dump of the ring",
  follows: ["packed/next-not-cleared", "split/next-not-cleared", "split/next-mislinked"],
  on: {
    "buffer.exposed": judgeAspect<"buffer.exposed">(EXPOSURE.walkEnds, (fact, seen) => ({
      message:
        fact.what === "loop"
          ? `the chain comes back to ${slotName(seen, fact.slot)}`
          : fact.what === "nested"
            ? "an indirect table holds an indirect descriptor"
            : `the chain leads to ${slotName(seen, fact.slot)}, which does not exist`,
      expected: "a chain that ends",
      found: fact.what,
      clause: seen.queue.layout === "packed" ? "virtio-1.3/2.8.17" : "virtio-1.3/2.7.5.2",
      // Whether it loops or leads outside depends on what was there before.
      shape: fact.what === "nested" ? "nested" : "",
    })),
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add({
          readable: 2,
          indirect: true,
          spoil: (steps) =>
            steps.map((step) =>
              step.op === "store" && step.area === "ind" && step.offset === 14
                ? { ...step, value: 9 }
                : step,
            ),
        });
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add({
          readable: 2,
          indirect: true,
          spoil: (steps) =>
            steps.map((step) =>
              step.op === "store" && step.area === "ind" && step.offset === 14
                ? { ...step, value: 0 }
                : step,
            ),
        });
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 2, indirect: true });
          queue.use();
        }
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use();
        }
        return queue.events;
      },
    ],
  },
});
