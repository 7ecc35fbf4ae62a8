import { defineRule } from "./rule.ts";

export const queueAddRefusedWithRoom = defineRule({
  id: "queue/add-refused-with-room",
  title: "An add was refused for lack of room, and there was room.",
  why:
    "The caller stops and waits for a buffer to come back that it does not need: throughput drops, or the " +
    "queue stalls. Look at the count that the check for room compares with.",
  class: "protocol",
  severity: "warning",
  party: "driver",
  clause: null,
  covers: [],
  needs:
    "an add that returns -ENOSPC, with num_free and the number of segments. That INDIRECT would have needed one " +
    "descriptor only is no proof: the table may have failed to allocate",
  follows: ["packed/num-free-miscounted"],
  on: {
    "add.refused"(seen, judge) {
      if (seen.undecided !== undefined) judge.undecided(seen.undecided);
      else if (seen.needed < 0) {
        judge.undecided("the number of segments was not recorded");
      } else if (seen.numFree < seen.needed) judge.satisfied();
      else {
        judge.violated({
          place: seen.place,
          message: `an add of ${seen.needed} segments was refused with ${seen.numFree} descriptors free`,
          expected: "the buffer is added",
          found: "-ENOSPC",
          evidence: seen.evidence,
          shape: "refused",
        });
      }
    },
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.add({ slots: 1 });
        queue.kick();
        queue.refuse({ segments: 2 });
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.add({ slots: 3 });
        queue.kick();
        queue.refuse({ segments: 2 });
        return queue.events;
      },
      // Scatterlists may have any number of segments.
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.add({ slots: 1 });
        queue.kick();
        queue.refuse({});
        return queue.events;
      },
    ],
  },
});
