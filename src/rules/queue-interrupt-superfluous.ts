import { store } from "./ring-story.ts";
import { defineRule } from "./rule.ts";

export const queueInterruptSuperfluous = defineRule({
  id: "queue/interrupt-superfluous",
  title: "The device decided to interrupt a driver that did not ask for it.",
  why: "It costs an interrupt and nothing else: a driver copes with it.",
  class: "lint",
  severity: "note",
  party: "device",
  clause: "virtio-1.3/2.8.10",
  covers: ["SP-UNS-07", "SP-UNS-11"],
  needs: "every store to the driver's event words, the device's used position and its decisions",
  follows: ["queue/used-id-not-in-flight"],
  on: {
    "interrupt.decided"(seen, judge) {
      if (seen.undecided !== undefined) return judge.undecided(seen.undecided);
      // What legacy NOTIFY_ON_EMPTY asks for is not superfluous.
      if (seen.wanted !== false || !seen.sent || seen.emptied) return judge.satisfied();
      const split = seen.queue.layout === "split";
      judge.violated({
        place: seen.place,
        message: `the device interrupted after ${seen.used} used ${split ? "entries" : "slots"}; the driver asked for ${seen.asked}`,
        expected: "no interrupt: what was asked for is not among what was used",
        found: "an interrupt",
        evidence: seen.evidence,
        clause: split ? "virtio-1.3/2.7.7.2" : "virtio-1.3/2.8.10",
        class: split ? "should" : "lint",
        shape: "",
      });
    },
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.disable();
        queue.add();
        queue.use();
        queue.signal(1);
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add();
        queue.use();
        queue.signal(1);
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({
          layout: "split",
          size: 8,
          eventIdx: false,
          notifyOnEmpty: true,
        });
        queue.operation("disableCb", [store("driver", 0, 2, 1)]);
        queue.add();
        queue.use();
        queue.signal(1);
        return queue.events;
      },
    ],
  },
});
