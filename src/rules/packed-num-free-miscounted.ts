import { positionDistance, positionText } from "../virtio/packed.ts";
import { defineRule } from "./rule.ts";

export const packedNumFreeMiscounted = defineRule({
  id: "packed/num-free-miscounted",
  title: "The driver's count of free slots contradicts its own two positions.",
  why:
    "Slots between the used and the available position are in flight, all others are free. A count that " +
    "is too small ends in -ENOSPC for ever, one that is too large overwrites what the device still owns. " +
    "Look at what detach returns for a buffer of several slots.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: null,
  covers: ["INV-C-01", "INV-PK-15", "PK-SG-05"],
  needs: "next_avail, avail_wrap, last_used and num_free in one sample, and the queue size",
  follows: ["packed/avail-wrap-not-flipped", "packed/used-wrap-not-flipped"],
  on: {
    "freeCount.sampled"(seen, judge) {
      if (seen.undecided !== undefined) return judge.undecided(seen.undecided);
      const size = seen.queue.size as number;
      const inFlight = positionDistance(seen.used, seen.avail, size);
      if (inFlight === size - seen.numFree) return judge.satisfied();
      const positions =
        `the driver is at ${positionText(seen.avail, size)} for the next buffer and at ` +
        `${positionText(seen.used, size)} for the next used one`;
      judge.violated({
        place: seen.place,
        message:
          inFlight <= size
            ? `${positions}: ${inFlight} of ${size} slots are in flight, but num_free is ${seen.numFree}`
            : `${positions}: that is ${inFlight} slots apart in a ring of ${size}, and num_free is ${seen.numFree}`,
        expected:
          inFlight <= size
            ? `num_free=${size - inFlight}`
            : `positions at most ${size} slots apart`,
        found: `num_free=${seen.numFree}`,
        evidence: seen.evidence,
        shape: inFlight > size - seen.numFree ? "too many free" : "too few free",
      });
    },
  },
  examples: {
    violates: [
      // Three slots came back, two were counted.
      (tell) => {
        const queue = tell.packed({ size: 16 });
        queue.serve({ slots: 3 });
        queue.state.numFree--;
        queue.add({ slots: 1 });
        queue.kick();
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.packed({ size: 5 });
        for (let i = 0; i < 7; i++) queue.serve({ slots: 3 });
        queue.add({ slots: 5 });
        queue.kick();
        return queue.events;
      },
      // Fields that never made sense are another kernel's offsets, no mistake of the driver.
      (tell) => {
        const queue = tell.packed({ size: 16 });
        queue.state.numFree = 7;
        queue.refuse({});
        queue.refuse({});
        return queue.events;
      },
    ],
  },
});
