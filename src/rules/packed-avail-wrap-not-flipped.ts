import type { RingFact } from "../replay/ring-facts.ts";
import { defineRule } from "./rule.ts";
import { isOtherLap, judgeWrap } from "./wrap-not-flipped.ts";

export const packedAvailWrapNotFlipped = defineRule({
  id: "packed/avail-wrap-not-flipped",
  title: "The driver's available position passed the ring end without flipping its wrap counter.",
  why:
    "Every later descriptor is marked for the wrong lap, so that the device does not see it, and kick " +
    "decisions compare with the wrong lap. A list of exactly N slots ends where it began and flips too: " +
    "the comparison must be `<=`.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.8.1",
  covers: ["INV-PK-03"],
  needs:
    "next_avail and avail_wrap before and after an add, and one full sample after it; or the stores of the ring",
  follows: [],
  on: {
    "position.advanced"(seen, judge) {
      if (seen.which === "avail") judgeWrap(seen, judge);
    },
    // Where the ring itself is known, no second sample is needed.
    "stores.seen"(seen, judge) {
      if (!isOtherLap(seen)) return;
      const [fact] = seen.facts as [RingFact];
      judge.violated({
        place: seen.place,
        message: `the driver's available position is ${fact.what}`,
        expected: "the wrap counter of the ring's own descriptors",
        found: "the other one",
        evidence: fact.evidence,
        shape: "",
      });
    },
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 4 });
        for (let i = 0; i < 4; i++) queue.add();
        queue.operation("getBuf", [], { nextAvail: 0, availWrap: 1, token: 0 });
        return queue.events;
      },
      (tell) => {
        const queue = tell.packed({ size: 16 });
        queue.serve({ slots: 15 });
        queue.add({ slots: 3, flip: false });
        queue.kick();
        return queue.events;
      },
      // A list of exactly N slots.
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.serve({ slots: 1 });
        queue.add({ slots: 4, flip: false });
        queue.kick();
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 4 });
        for (let i = 0; i < 4; i++) queue.add();
        queue.operation("getBuf", [], { nextAvail: 0, availWrap: 0, token: 0 });
        return queue.events;
      },
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.serve({ slots: 1 });
        queue.serve({ slots: 4 });
        queue.serve({ slots: 3 });
        queue.serve({ slots: 2 });
        return queue.events;
      },
    ],
  },
});
