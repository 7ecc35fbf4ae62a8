import { EXPOSURE } from "../replay/ring-facts.ts";
import { judgeAspect, slotName } from "./fact-judge.ts";
import { defineRule } from "./rule.ts";

export const packedIdNotInLast = defineRule({
  id: "packed/id-not-in-last",
  title: "The buffer id was not stored in the last descriptor of the list.",
  why: "The device takes the id from the last descriptor. What it finds there is the id of an earlier buffer, and the driver will free that one.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.8.6",
  covers: ["INV-PK-11"],
  needs: "the stores of the add",
  follows: [],
  on: {
    "buffer.exposed": judgeAspect<"buffer.exposed">(
      EXPOSURE.idStored,
      (fact, seen) => ({
        message: `${slotName(seen, fact.slot)}, the last of its list, got no id: the device finds ${fact.found} there, from before`,
        expected: "the buffer id in the last descriptor",
        found: `id ${fact.found}, stored for another buffer`,
        shape: "",
      }),
      "packed",
    ),
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add({
          readable: 2,
          spoil: (steps) => steps.filter((step) => !(step.op === "store" && step.offset === 28)),
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
    ],
  },
});
