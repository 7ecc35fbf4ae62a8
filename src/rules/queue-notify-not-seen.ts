import { defineRule } from "./rule.ts";

export const queueNotifyNotSeen = defineRule({
  id: "queue/notify-not-seen",
  title: "The driver decided to notify the device, and the trace ends without the notification.",
  why:
    "What was published since is still outstanding, and the caller of the decision is known to notify by a " +
    "call of its own. The probe may have missed that call: look there first, it is no proof.",
  class: "lint",
  severity: "note",
  party: "driver",
  clause: null,
  covers: [],
  needs:
    "virtqueue_notify, and kick_prepare returns that name their caller; virtqueue_kick has the notification inlined",
  follows: ["queue/kick-missed"],
  on: {
    "notify.awaited"(seen, judge) {
      if (seen.undecided !== undefined) judge.undecided(seen.undecided);
      else if (seen.seen) judge.satisfied();
      else {
        judge.violated({
          place: seen.place,
          message:
            "the driver decided to notify the device and went on; no notification and nothing published since was seen again",
          expected: "a notification, or a buffer that comes back",
          found: "neither, until the trace ends",
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
        queue.serve({ slots: 1, notify: true });
        queue.add({ slots: 1 });
        queue.kick({ caller: "virtio_queue_rq" });
        queue.add({ slots: 1 });
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.packed({ size: 4 });
        for (let i = 0; i < 3; i++) queue.serve({ slots: 1, notify: true });
        return queue.events;
      },
      // virtqueue_kick notifies inline.
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.serve({ slots: 1, notify: true });
        queue.add({ slots: 1 });
        queue.kick({ caller: "virtqueue_kick" });
        queue.add({ slots: 1 });
        return queue.events;
      },
      // The trace ends right behind the decision.
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.serve({ slots: 1, notify: true });
        queue.add({ slots: 1 });
        queue.kick({ caller: "virtio_queue_rq" });
        return queue.events;
      },
    ],
  },
});
