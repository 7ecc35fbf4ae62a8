import { store } from "./ring-story.ts";
import { defineRule } from "./rule.ts";

export const queueStalled = defineRule({
  id: "queue/stalled",
  title: "The run ends with work that neither side is going to move.",
  why:
    "A suspicion, not more: the end of a log is not a hang, and a side that polls needs no one to wake it. " +
    "What would have to be true for it to be no stall is listed with the finding. Look for an exit that " +
    "leaves notifications off, one buffer served for each notification, completions kept back.",
  class: "lint",
  severity: "note",
  party: "unknown",
  clause: null,
  covers: ["INV-C-13"],
  needs: "every store, what the device fetches, both sides' decisions, and the end of the run",
  follows: [
    "queue/event-shadow-differs",
    "queue/interrupt-missed",
    "queue/kick-before-publication",
    "queue/kick-missed",
    "queue/notification-asked-late",
    "queue/pending-overlooked",
    "queue/publication-without-decision",
    "split/event-index-without-feature",
    "split/ring-flags-value",
  ],
  on: {
    "work.left"(seen, judge) {
      if (seen.undecided !== undefined) return judge.undecided(seen.undecided);
      if (seen.sort === "") return judge.satisfied();
      judge.violated({
        place: seen.place,
        message: seen.message,
        expected: "someone to move it",
        found: "no one who is told, or has looked since",
        party: seen.party,
        evidence: seen.evidence,
        effects: seen.unless.map((what) => ({
          message: `no stall if ${what}`,
          place: seen.place,
        })),
        shape: seen.sort,
      });
    },
  },
  examples: {
    violates: [
      // Notifications are off, and the device has not looked since.
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8, eventIdx: false });
        queue.operation("deviceSetNotify", [store("device", 0, 2, 1)]);
        queue.add();
        queue.kick(0);
        queue.operation("getBuf", [], { token: 0 });
        queue.operation("deviceStop", []);
        return queue.events;
      },
      // Two buffers, one notification: the device serves one of them.
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.add();
        queue.kick(1);
        queue.operation("notify", [{ op: "notify" }]);
        queue.operation("devicePop", [], { result: 1 });
        queue.use();
        queue.signal(1);
        queue.operation("getBuf", [], { token: 0x1000 });
        queue.operation("getBuf", [], { token: 0 });
        queue.operation("deviceStop", []);
        return queue.events;
      },
      // Completed, and nothing was marked used.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add();
        queue.kick(1);
        queue.operation("notify", [{ op: "notify" }]);
        queue.operation("devicePop", [], { result: 1 });
        queue.operation("deviceUse", []);
        queue.operation("getBuf", [], { token: 0 });
        queue.operation("deviceStop", []);
        return queue.events;
      },
      // The driver's callbacks are off, and it has not looked since.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.disable();
        queue.add();
        queue.kick(1);
        queue.operation("devicePop", [], { result: 1 });
        queue.use();
        queue.signal(0);
        queue.operation("deviceStop", []);
        return queue.events;
      },
    ],
    obeys: [
      // Off, and the device looks by itself: it polls.
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8, eventIdx: false });
        queue.operation("deviceSetNotify", [store("device", 0, 2, 1)]);
        queue.add();
        queue.kick(0);
        queue.operation("devicePop", [], { result: 1 });
        queue.operation("getBuf", [], { token: 0 });
        queue.operation("deviceStop", []);
        return queue.events;
      },
      // Receive buffers rest with the device by design.
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add({ readable: 0, writable: 1 });
        queue.kick(1);
        queue.operation("notify", [{ op: "notify" }]);
        queue.operation("devicePop", [], { result: 1 });
        queue.operation("getBuf", [], { token: 0 });
        queue.operation("deviceStop", []);
        return queue.events;
      },
      // Off, and the driver takes what was used: it polls.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.disable();
        queue.add();
        queue.kick(1);
        queue.operation("devicePop", [], { result: 1 });
        queue.use();
        queue.signal(0);
        queue.operation("getBuf", [], { token: 0x1000 });
        queue.operation("deviceStop", []);
        return queue.events;
      },
    ],
  },
});
