import { USE } from "../replay/ring-facts.ts";
import { flagsText, judgeAspect, slotName } from "./fact-judge.ts";
import { store } from "./ring-story.ts";
import { defineRule } from "./rule.ts";

export const packedUsedFlagsWrongLap = defineRule({
  id: "packed/used-flags-wrong-lap",
  title:
    "The device stored flags at its position that are not those of a used descriptor in this lap.",
  why: "AVAIL and USED both equal the device's wrap counter, which flips each time the ring end is passed. With other bits the driver does not see the buffer, and waits.",
  class: "protocol",
  severity: "error",
  party: "device",
  clause: "virtio-1.3/2.8.1",
  covers: ["INV-PK-05"],
  needs: "the stores of both sides",
  follows: [],
  on: {
    "buffer.used": judgeAspect<"buffer.used">(
      USE.position,
      (fact, seen) => ({
        message: `${slotName(seen, fact.slot)} was stored with ${fact.what}`,
        expected: `AVAIL and USED both ${fact.expected}`,
        found: `flags ${flagsText(fact.found)}`,
        shape: "",
      }),
      "packed",
    ),
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add();
        queue.use({ spoil: (steps) => [...steps.slice(0, 3), store("desc", 14, 2, 0)] });
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
