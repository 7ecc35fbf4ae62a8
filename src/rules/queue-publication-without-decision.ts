import { defineRule } from "./rule.ts";

export const queuePublicationWithoutDecision = defineRule({
  id: "queue/publication-without-decision",
  title:
    "The driver made buffers available that the device waits for, and never decided to tell it.",
  why:
    "A suspicion, not more: the run may merely end here. A driver that gives a buffer back to the device has " +
    "to decide whether to notify it, every time; a path that re-adds and forgets that stalls as soon as " +
    "the device waits.",
  class: "lint",
  severity: "note",
  party: "driver",
  clause: "virtio-1.3/2.8.10",
  covers: [],
  needs: "every store, what the device fetches, and the end of the run",
  follows: ["queue/kick-before-publication", "queue/kick-missed"],
  on: {
    "publication.left"(seen, judge) {
      if (!seen.wanted) return judge.satisfied();
      judge.violated({
        place: seen.place,
        message: `the device asked to be notified of ${seen.asked}, which the driver made available; the driver waits, and has neither notified it nor decided not to`,
        expected: "a decision whether to notify, after buffers were made available",
        found: "none until the end of the run",
        evidence: seen.evidence,
        clause: seen.queue.layout === "split" ? "virtio-1.3/2.7.10.1" : "virtio-1.3/2.8.10",
        shape: "",
      });
    },
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.operation("getBuf", [], { token: 0 });
        queue.operation("deviceStop", []);
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.kick(1);
        queue.operation("notify", [{ op: "notify" }]);
        queue.operation("getBuf", [], { token: 0 });
        queue.operation("deviceStop", []);
        return queue.events;
      },
      // The run ends with the add: a decision may have been about to follow.
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.operation("deviceStop", []);
        return queue.events;
      },
      // The device looks by itself.
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.operation("devicePop", [], { result: 1 });
        queue.operation("getBuf", [], { token: 0 });
        queue.operation("deviceStop", []);
        return queue.events;
      },
    ],
  },
});
