import { defineRule } from "./rule.ts";

export const queueEnospcWithNothingInFlight = defineRule({
  id: "queue/enospc-with-nothing-in-flight",
  title: "An add was refused for lack of room while nothing was in flight.",
  why: "No buffer will come back and make room: the refusal is for ever. Look for free entries that leak.",
  class: "protocol",
  severity: "warning",
  party: "driver",
  clause: null,
  covers: [],
  needs: "an add that returns -ENOSPC, with the driver's positions (packed) or num_free (split)",
  follows: [
    "packed/avail-wrap-not-flipped",
    "packed/num-free-miscounted",
    "packed/used-wrap-not-flipped",
    "queue/add-refused-with-room",
    "split/num-free-miscounted",
  ],
  on: {
    "add.refused"(seen, judge) {
      if (seen.undecided !== undefined) judge.undecided(seen.undecided);
      else if (seen.inFlight < 0) {
        judge.undecided("the driver's positions were not recorded");
      } else if (seen.inFlight > 0) judge.satisfied();
      else if (seen.needed > (seen.queue.size ?? 0)) {
        // Linux takes such a buffer with an indirect table, and has to refuse it when it gets none.
        judge.undecided("the buffer has more segments than the queue, and may have found no table");
      } else {
        judge.violated({
          place: seen.place,
          message: `an add was refused with nothing in flight and num_free ${seen.numFree} of ${seen.queue.size}`,
          expected: "room for a buffer, or a buffer in flight that will make some",
          found: "-ENOSPC, for ever",
          evidence: seen.evidence,
          shape: "for ever",
        });
      }
    },
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.serve({ slots: 2 });
        queue.refuse({});
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.add({ slots: 4 });
        queue.kick();
        queue.refuse({});
        return queue.events;
      },
    ],
  },
});
