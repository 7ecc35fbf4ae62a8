import { store } from "./ring-story.ts";
import { defineRule } from "./rule.ts";

export const queueKickSuperfluous = defineRule({
  id: "queue/kick-superfluous",
  title: "The driver notified the device of something that it did not ask for.",
  why:
    "It costs an exit of the guest and nothing else: a device copes with it. A driver that never suppresses " +
    "reads the wrong word. Linux also notifies with an add that it refuses for lack of room.",
  class: "lint",
  severity: "note",
  party: "driver",
  clause: "virtio-1.3/2.8.10",
  covers: ["SP-ANS-03", "SP-ANS-07", "SP-ANS-05", "INV-PEVT-02"],
  needs: "every store to the device's event words, and the driver's decisions",
  follows: ["packed/avail-wrap-not-flipped", "queue/num-added-not-reset"],
  on: {
    "kick.decided"(seen, judge) {
      if (!seen.exact) return;
      if (seen.undecided !== undefined) return judge.undecided(seen.undecided);
      if (!seen.superfluous) return judge.satisfied();
      const split = seen.layout === "split";
      judge.violated({
        place: seen.place,
        message: `the driver notified the device, which asked for ${seen.asked}; it had made ${seen.published} available`,
        expected: "no notification: what was asked for is not among what was made available",
        found: "needs_kick=1",
        evidence: seen.evidence,
        clause: split ? "virtio-1.3/2.7.10.1" : "virtio-1.3/2.8.10",
        class: split ? "should" : "lint",
        shape: seen.by ?? "",
      });
    },
    "kick.forced"(seen, judge) {
      if (seen.wanted === undefined) return judge.undecided("the device's event words do not say");
      if (seen.wanted) return judge.satisfied();
      const split = seen.queue.layout === "split";
      judge.violated({
        place: seen.place,
        message:
          "the driver refused a buffer for lack of room, and notified the device all the same",
        expected: "no notification that was not asked for",
        found: "a notification with -ENOSPC",
        evidence: seen.evidence,
        clause: split ? "virtio-1.3/2.7.10.1" : "virtio-1.3/2.8.10",
        class: split ? "should" : "lint",
        shape: "forced",
      });
    },
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.operation("deviceSetNotify", [store("device", 2, 2, 1)]);
        queue.add();
        queue.kick(1);
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.operation("deviceSetNotify", [store("device", 68, 2, 5)]);
        queue.operation("add", [{ op: "notify" }], { result: -28, token: 1 });
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add();
        queue.kick(1);
        return queue.events;
      },
      // The device moved its word between the publication and the decision.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add();
        queue.operation("deviceSetNotify", [store("device", 2, 2, 1)]);
        queue.kick(1);
        return queue.events;
      },
      // A probe's sample is not every value that the word had.
      (tell) => {
        const queue = tell.packed({ size: 4, deviceFlags: 1 });
        queue.add({ slots: 1 });
        queue.kick({ needsKick: 1 });
        return queue.events;
      },
    ],
  },
});
