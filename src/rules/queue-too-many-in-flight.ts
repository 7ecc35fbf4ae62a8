import { defineRule } from "./rule.ts";

export const queueTooManyInFlight = defineRule({
  id: "queue/too-many-in-flight",
  title: "More buffers are in flight than the queue has entries.",
  why:
    "The driver has overwritten entries that the device owns. Look at the check for room in add, and at " +
    "the count of free entries that it trusts.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.7",
  covers: ["INV-C-01"],
  needs: "the queue size, and adds and get_bufs with tokens in a stretch without a gap",
  follows: ["packed/num-free-miscounted"],
  on: {
    "buffer.checked"(seen, judge) {
      if (seen.problem !== "too-many") return;
      judge.violated({
        place: seen.place,
        message: `${seen.inFlight} buffers are in flight in a queue of ${seen.queue.size} entries`,
        expected: `at most ${seen.queue.size} buffers in flight`,
        found: `${seen.inFlight}`,
        evidence: seen.evidence,
        shape: "too many",
      });
    },
    "add.refused"(_seen, judge) {
      // The driver kept to its limit.
      judge.satisfied();
    },
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.split({ size: 2, availEvent: 100 });
        for (let i = 0; i < 3; i++) queue.add();
        queue.kick();
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.split({ size: 2, availEvent: 100 });
        for (let i = 0; i < 2; i++) queue.add();
        queue.kick();
        return queue.events;
      },
      // A return went unseen: the used index tells.
      (tell) => {
        const queue = tell.split({ size: 2, availEvent: 100 });
        queue.add();
        queue.add();
        queue.kick();
        queue.unseen(() => queue.get());
        queue.add();
        queue.kick();
        return queue.events;
      },
    ],
  },
});
