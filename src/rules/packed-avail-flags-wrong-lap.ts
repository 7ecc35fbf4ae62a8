import { EXPOSURE } from "../replay/ring-facts.ts";
import { flagsText, judgeAspect } from "./fact-judge.ts";
import { defineRule } from "./rule.ts";

export const packedAvailFlagsWrongLap = defineRule({
  id: "packed/avail-flags-wrong-lap",
  title: "The driver made a descriptor available with the owner bits of another lap.",
  why: "AVAIL equals the driver's wrap counter and USED does not, and the counter flips each time the ring end is passed. With the bits of the lap before, the device does not see the buffer, and everything behind it waits. Look at every place where the index returns to 0: direct and indirect adds each have one.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.8.1",
  covers: ["INV-PK-04"],
  needs: "the stores of the add",
  follows: ["packed/avail-wrap-not-flipped"],
  on: {
    "buffer.exposed": judgeAspect<"buffer.exposed">(
      EXPOSURE.ownerBits,
      (fact) => ({
        message: `a buffer was made available with ${fact.what}`,
        expected: `owner bits ${flagsText(fact.expected)}`,
        found: `owner bits ${flagsText(fact.found & 0x8080)}`,
        shape: "",
      }),
      "packed",
    ),
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        for (let i = 0; i < 8; i++) {
          queue.add();
          queue.use();
        }
        queue.add({
          spoil: (steps) =>
            steps.map((step) =>
              step.op === "store" && step.offset === 14
                ? { ...step, value: step.value ^ 0x8080 }
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
    ],
  },
});
