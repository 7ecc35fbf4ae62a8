import { STOPPED_BROKEN } from "../model/event.ts";
import { defineRule } from "./rule.ts";

export const queueBrokenBySpuriousNotification = defineRule({
  id: "queue/broken-by-spurious-notification",
  title: "A side gave up right after a notification that brought nothing new.",
  why:
    "A suspicion: what made it give up is not in a log. Both sides have to cope with notifications that " +
    "bring nothing; they come from shared interrupt lines, from races, and after a restore.",
  class: "lint",
  severity: "note",
  party: "driver",
  clause: "virtio-1.3/2.7.7.1",
  covers: ["SP-UNS-05", "SP-ANS-12"],
  needs: "every store, what the device fetches, notifications, and that a side breaks",
  follows: [],
  on: {
    "notification.survived"(seen, judge) {
      if (!seen.broken) return judge.satisfied();
      const driver = seen.party === "driver";
      judge.violated({
        place: seen.place,
        message: driver
          ? "the driver was interrupted, no used buffer was new, and it gave the queue up"
          : "the device was notified, no buffer was new, and it broke",
        expected: "a side that copes with it",
        found: "one that breaks",
        party: seen.party,
        evidence: seen.evidence,
        clause: driver ? "virtio-1.3/2.7.7.1" : "virtio-1.3/2.7.10.2",
        shape: seen.party,
      });
    },
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.operation("notify", [{ op: "notify" }]);
        queue.operation("deviceStop", [], { func: STOPPED_BROKEN });
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.operation("interrupt", []);
        queue.operation("getBuf", [], { token: 0, broken: 1 });
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.operation("interrupt", []);
        queue.operation("getBuf", [], { token: 0, broken: 0 });
        queue.operation("notify", [{ op: "notify" }]);
        queue.operation("deviceStop", []);
        return queue.events;
      },
      // It was notified of a buffer, and may have broken over that.
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.kick(1);
        queue.operation("notify", [{ op: "notify" }]);
        queue.operation("deviceStop", [], { func: STOPPED_BROKEN });
        return queue.events;
      },
    ],
  },
});
