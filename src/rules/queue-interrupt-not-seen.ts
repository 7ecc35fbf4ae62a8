import { defineRule } from "./rule.ts";

export const queueInterruptNotSeen = defineRule({
  id: "queue/interrupt-not-seen",
  title: "The driver enabled callbacks, and found the next used buffer without an interrupt.",
  why:
    "Often it polled and was faster, or the handler ran unseen. Where requests take strangely long, the " +
    "device missed the driver's event word: look at what the driver wrote there.",
  class: "lint",
  severity: "note",
  party: "unknown",
  clause: null,
  covers: [],
  needs: "enable_cb_prepare and get_buf with the used position, and vring_interrupt",
  follows: ["packed/off-wrap-bit-missing", "packed/off-wrap-stale", "packed/used-wrap-not-flipped"],
  on: {
    "interrupt.awaited"(seen, judge) {
      if (seen.undecided !== undefined) judge.undecided(seen.undecided);
      else if (seen.seen) judge.satisfied();
      else {
        judge.violated({
          place: seen.place,
          message:
            "callbacks were enabled, and get_buf found the next buffer with no interrupt before it",
          expected: "an interrupt for the next used buffer",
          found: "none in the trace",
          evidence: seen.evidence,
          shape: "not seen",
        });
      }
    },
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.interrupt();
        queue.enableCb();
        queue.serve({ slots: 1 });
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.packed({ size: 4 });
        for (let i = 0; i < 3; i++) {
          queue.enableCb();
          queue.add({ slots: 1 });
          queue.kick();
          queue.use();
          queue.interrupt();
          queue.get();
        }
        return queue.events;
      },
    ],
  },
});
