import { wmbStep } from "./ring-story.ts";
import { defineRule } from "./rule.ts";

export const queueKickBeforePublication = defineRule({
  id: "queue/kick-before-publication",
  title: "The driver notified the device before the store that made the buffer available.",
  why:
    "A device that looks at once finds nothing and sleeps again, and nobody tells it a second time. The " +
    "notification belongs behind the store of avail.idx, or of the head's flags, and behind a full barrier.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.8.10",
  covers: [],
  needs: "every store, and the notification in the operation that publishes",
  follows: ["queue/store-not-owned"],
  on: {
    "kick.early"(seen, judge) {
      if (seen.undecided !== undefined) return judge.undecided(seen.undecided);
      if (!seen.missed) return judge.satisfied();
      judge.violated({
        place: seen.place,
        message: `the driver notified the device first and made the buffer available then; the device asked for ${seen.asked}, and no notification followed`,
        expected: "a notification after the store that makes the buffer available",
        found: "one before it",
        evidence: seen.evidence,
        clause: seen.queue.layout === "split" ? "virtio-1.3/2.7.10.1" : "virtio-1.3/2.8.10",
        class: seen.queue.layout === "split" ? "must" : "protocol",
        shape: "",
      });
    },
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add({
          spoil: (steps) => [...steps.slice(0, -1), { op: "notify" }, ...steps.slice(-1)],
        });
        queue.kick(0);
        queue.add();
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add({
          spoil: (steps) => [...steps.slice(0, -1), { op: "notify" }, ...steps.slice(-1)],
        });
        queue.kick(0);
        queue.add();
        return queue.events;
      },
    ],
    obeys: [
      // Behind the store it tells of the buffer.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add({ spoil: (steps) => [...steps, wmbStep, { op: "notify" }] });
        queue.kick(1);
        return queue.events;
      },
      // One that follows two publications tells of both.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add({
          spoil: (steps) => [...steps.slice(0, -1), { op: "notify" }, ...steps.slice(-1)],
        });
        queue.add();
        queue.kick(1);
        return queue.events;
      },
      // A second one follows.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add({
          spoil: (steps) => [...steps.slice(0, -1), { op: "notify" }, ...steps.slice(-1)],
        });
        queue.kick(1);
        queue.add();
        return queue.events;
      },
    ],
  },
});
