import { defineRule } from "./rule.ts";

export const queueBufferLostAtDetach = defineRule({
  id: "queue/buffer-lost-at-detach",
  title: "The last detach_unused_buf was seen, and buffers are still missing.",
  why:
    "Whatever the driver added must come back, at the latest when the queue is torn down: the rest leaks. " +
    "Look at how detach_unused_buf walks the driver's state, and at what get_buf clears.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: null,
  covers: ["INV-C-07", "INV-R-02"],
  needs: "adds, get_bufs and detach_unused_bufs with tokens in a stretch without a gap",
  follows: [
    "packed/used-wrap-not-flipped",
    "queue/token-never-added",
    "queue/token-returned-twice",
  ],
  on: {
    "buffers.detached"(seen, judge) {
      if (seen.undecided !== undefined) judge.undecided(seen.undecided);
      else if (seen.left === 0) judge.satisfied();
      else {
        judge.violated({
          place: seen.place,
          message: `detach_unused_buf returned no more, but ${seen.left} buffers have not come back`,
          expected: "every buffer that was added",
          found: `${seen.left} missing`,
          evidence: seen.evidence,
          shape: "lost",
        });
      }
    },
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.add({ slots: 1 });
        queue.add({ slots: 1 });
        queue.kick();
        queue.get();
        queue.detachUnused({ leave: 1 });
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.add({ slots: 1 });
        queue.add({ slots: 1 });
        queue.kick();
        queue.detachUnused();
        return queue.events;
      },
      // One of them came back while the tracer lost events.
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.add({ slots: 1 });
        queue.add({ slots: 1 });
        queue.kick();
        queue.lost();
        queue.detachUnused({ leave: 1 });
        return queue.events;
      },
    ],
  },
});
