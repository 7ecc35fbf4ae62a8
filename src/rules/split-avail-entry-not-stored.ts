import { EXPOSURE } from "../replay/ring-facts.ts";
import { judgeAspect } from "./fact-judge.ts";
import { defineRule } from "./rule.ts";

export const splitAvailEntryNotStored = defineRule({
  id: "split/avail-entry-not-stored",
  title:
    "The driver's avail.idx exposes an entry of the available ring that was not stored for it.",
  why: "The device takes what the entry held a lap ago for a new buffer. Look at the slot that the driver stores to: it is idx modulo the queue size, before idx is moved.",
  class: "must",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.7.13",
  covers: ["INV-SP-05"],
  needs: "the stores of the add",
  follows: [],
  on: {
    "buffer.exposed": judgeAspect<"buffer.exposed">(
      EXPOSURE.entryStored,
      (fact) => ({
        message:
          `entry ${fact.slot} of the available ring was exposed and not stored` +
          (fact.other < 0 ? "" : `; entry ${fact.other} was stored instead`),
        expected: `a store to entry ${fact.slot} before avail.idx`,
        found: `its old value, descriptor ${fact.found}`,
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
        queue.add({
          spoil: (steps) =>
            steps.map((step) =>
              step.op === "store" && step.area === "driver" && step.offset === 6
                ? { ...step, offset: 8 }
                : step,
            ),
        });
        return queue.events;
      },
    ],
    obeys: [
      // What stands there already need not be stored again (catalogue INV-SP-05).
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add({
          spoil: (steps) =>
            steps.filter(
              (step) => step.op !== "store" || step.area !== "driver" || step.offset !== 4,
            ),
        });
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
