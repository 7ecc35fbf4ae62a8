import { store, wmbStep } from "./ring-story.ts";
import { defineRule } from "./rule.ts";

export const queueKickMissed = defineRule({
  id: "queue/kick-missed",
  title: "The device asked to be notified of a buffer, and the driver did not notify it.",
  why:
    "The device sleeps until something else wakes it: requests stall, or the queue hangs. Look at the " +
    "decision in the driver's kick_prepare: which word it reads, and how it compares across the ring end.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.8.10",
  covers: [
    "INV-PEVT-01",
    "INV-PEVT-02",
    "INV-PEVT-03",
    "INV-PEVT-05",
    "SP-ANS-02",
    "SP-ANS-04",
    "SP-ANS-05",
    "SP-ANS-06",
    "PK-SUP-05",
  ],
  needs:
    "kick_prepare with the device's event words, the driver's position and num_added, and its return value",
  follows: ["packed/avail-wrap-not-flipped", "queue/kick-before-publication"],
  on: {
    "kick.decided"(seen, judge) {
      if (seen.undecided !== undefined) return judge.undecided(seen.undecided);
      if (!seen.missed) return judge.satisfied();
      const split = seen.layout === "split";
      judge.violated({
        place: seen.place,
        message:
          `the device asked to be notified of ${seen.asked}; ` +
          `the driver made ${seen.published} available and did not notify it`,
        expected: "a notification: what was asked for is among what was just made available",
        found:
          seen.explained === ""
            ? "needs_kick=0, and nothing later shows that the device noticed"
            : `needs_kick=0; ${seen.explained}`,
        evidence: seen.evidence,
        effects: seen.effects,
        clause: split ? "virtio-1.3/2.7.10.1" : "virtio-1.3/2.8.10",
        class: split ? "must" : "protocol",
        shape: seen.by ?? "",
      });
    },
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add();
        queue.kick(0);
        queue.add();
        return queue.events;
      },
      // The RFC of 2018: slots 15, 0 and 1, the device waits at slot 15 of the lap before.
      (tell) => {
        const queue = tell.packed({ size: 16 });
        queue.serve({ slots: 15 });
        queue.add({ slots: 3 });
        queue.kick({ needsKick: 0 });
        queue.interrupt();
        return queue.events;
      },
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.add({ slots: 1 });
        queue.kick({ needsKick: 0 });
        queue.add({ slots: 1 });
        queue.kick();
        return queue.events;
      },
      (tell) => {
        const queue = tell.split({ size: 8, availEvent: 0 });
        queue.add();
        queue.kick({ needsKick: 0 });
        queue.interrupt();
        return queue.events;
      },
      // Without EVENT_IDX nothing stands where avail_event would: 0 there explains the decision.
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8, eventIdx: false });
        queue.add();
        queue.kick(1);
        queue.add();
        queue.kick(0);
        queue.add();
        return queue.events;
      },
      // The slot asked for is in the middle of a list: every slot that it covers counts.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        const ask = [store("device", 0, 2, 0x8001), wmbStep, store("device", 2, 2, 2)];
        queue.operation("deviceSetNotify", ask);
        queue.add({ readable: 3 });
        queue.kick(0);
        queue.add();
        return queue.events;
      },
    ],
    obeys: [
      // The driver decided against it, and notified all the same, before it went on.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add();
        queue.kick(0);
        queue.operation("notify", [{ op: "notify" }]);
        queue.add();
        return queue.events;
      },
      // A refused add notifies as well, and late is no violation.
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 1 });
        queue.add();
        queue.kick(0);
        queue.operation("add", [{ op: "notify" }], { result: -28, token: 1 });
        queue.use();
        queue.add();
        return queue.events;
      },
      // The trace ends with the decision: the device may have moved its word just then.
      (tell) => {
        const queue = tell.packed({ size: 16 });
        queue.add({ slots: 3 });
        queue.kick({ needsKick: 0 });
        return queue.events;
      },
      // The device asks for the slot after the last one.
      (tell) => {
        const queue = tell.packed({ size: 16 });
        queue.serve({ slots: 15 });
        queue.add({ slots: 3 });
        queue.kick();
        return queue.events;
      },
      // The device saw the buffer by itself, and returned it.
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.add({ slots: 2 });
        queue.kick({ needsKick: 0 });
        queue.use();
        queue.get();
        return queue.events;
      },
      // Flags may move between two equal samples: at most undecided.
      (tell) => {
        const queue = tell.packed({ size: 4, deviceFlags: 0 });
        queue.add({ slots: 1 });
        queue.kick({ needsKick: 0 });
        return queue.events;
      },
      // The tracer lost events before the outcome could show.
      (tell) => {
        const queue = tell.packed({ size: 16 });
        queue.add({ slots: 3 });
        queue.kick({ needsKick: 0 });
        queue.lost();
        return queue.events;
      },
      (tell) => {
        const queue = tell.split({ size: 8, availEvent: 5 });
        queue.add();
        queue.kick({ needsKick: 0 });
        return queue.events;
      },
    ],
  },
});
