import { store } from "./ring-story.ts";
import { defineRule } from "./rule.ts";

export const queueInterruptAfterEmpty = defineRule({
  id: "queue/interrupt-after-empty",
  title: "The device ran out of buffers and did not interrupt, with NOTIFY_ON_EMPTY.",
  why:
    "With this legacy feature a driver turns its interrupts off while it still has buffers out, and relies " +
    "on the one that tells that none are left. Without it transmission stops when the ring has run dry.",
  class: "must",
  severity: "error",
  party: "device",
  clause: "virtio-1.3/6.3",
  covers: ["CM-LEG-09"],
  needs: "every store and the device's decisions, and that NOTIFY_ON_EMPTY was negotiated",
  follows: ["queue/interrupt-missed", "queue/used-id-not-in-flight"],
  on: {
    "interrupt.decided"(seen, judge) {
      // In a modern interface the bit means nothing.
      if (seen.emptied === undefined || seen.queue.layout !== "split") return;
      if (!seen.emptied || seen.sent) return judge.satisfied();
      if (seen.undecided !== undefined) return judge.undecided(seen.undecided);
      judge.violated({
        place: seen.place,
        message: `the device used the last buffer that it had and did not interrupt; the driver asked for ${seen.asked}, and NOTIFY_ON_EMPTY is negotiated`,
        expected: "an interrupt: nothing is left with the device",
        found: "none",
        evidence: seen.evidence,
        shape: "",
      });
    },
  },
  examples: {
    violates: [
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
        queue.signal(0);
        queue.add();
        queue.use();
        return queue.events;
      },
    ],
    obeys: [
      // One buffer is still with the device.
      (tell) => {
        const queue = tell.ring({
          layout: "split",
          size: 8,
          eventIdx: false,
          notifyOnEmpty: true,
        });
        queue.operation("disableCb", [store("driver", 0, 2, 1)]);
        queue.add();
        queue.add();
        queue.use();
        queue.signal(0);
        queue.use();
        queue.signal(1);
        return queue.events;
      },
      // Without the feature the driver's word counts.
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8, eventIdx: false });
        queue.operation("disableCb", [store("driver", 0, 2, 1)]);
        queue.add();
        queue.use();
        queue.signal(0);
        queue.add();
        queue.use();
        return queue.events;
      },
    ],
  },
});
