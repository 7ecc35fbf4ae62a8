import { store, wmbStep } from "./ring-story.ts";
import { defineRule } from "./rule.ts";

export const queueInterruptMissed = defineRule({
  id: "queue/interrupt-missed",
  title: "The driver asked to be interrupted, and the device decided not to.",
  why:
    "The driver sleeps until something else wakes it, with used buffers waiting. Look at the device's " +
    "comparison: it counts slots, with those that a list or a batch skips, and flips at the ring end.",
  class: "protocol",
  severity: "error",
  party: "device",
  clause: "virtio-1.3/2.8.10",
  covers: ["INV-PEVT-04", "INV-PEVT-05", "SP-UNS-06", "SP-UNS-08", "SP-UNS-09", "SP-UNS-10"],
  needs: "every store to the driver's event words, the device's used position and its decisions",
  follows: ["queue/used-id-not-in-flight"],
  on: {
    "interrupt.decided"(seen, judge) {
      if (seen.undecided !== undefined) return judge.undecided(seen.undecided);
      if (seen.wanted !== true || seen.sent) return judge.satisfied();
      const split = seen.queue.layout === "split";
      const what = split ? "entries" : "slots";
      judge.violated({
        place: seen.place,
        message: `the driver asked for ${seen.asked}; the device has used ${seen.used} ${what} since and did not interrupt`,
        expected: "an interrupt: what was asked for is among what was used",
        found: seen.explained === "" ? "none" : `none; ${seen.explained}`,
        evidence: seen.evidence,
        clause: split ? "virtio-1.3/2.7.7.2" : "virtio-1.3/2.8.10",
        class: split ? "must" : "protocol",
        shape: "",
      });
    },
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.enable();
        queue.add();
        queue.use();
        queue.signal(0);
        queue.add();
        queue.use();
        return queue.events;
      },
      // Without EVENT_IDX used_event decides nothing, though Linux stores it: only flags do.
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8, eventIdx: false });
        queue.operation("enableCb", [store("driver", 20, 2, 5)], { lastUsed: 0, result: 1 });
        queue.add();
        queue.use();
        queue.signal(0);
        queue.add();
        queue.use();
        return queue.events;
      },
      // The slot asked for is stepped over by a list: every slot that it covers counts.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        const ask = [store("driver", 0, 2, 0x8001), wmbStep, store("driver", 2, 2, 2)];
        queue.operation("enableCbDelayed", ask);
        queue.add({ readable: 3 });
        queue.use();
        queue.signal(0);
        queue.add();
        queue.use();
        return queue.events;
      },
    ],
    obeys: [
      // Late is no violation: no clause sets a deadline.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.enable();
        queue.add();
        queue.use();
        queue.signal(0);
        queue.signal(1);
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.enable();
        queue.add();
        queue.use();
        queue.signal(1);
        return queue.events;
      },
      // The driver turned its callbacks off before the device decided.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.enable();
        queue.add();
        queue.use();
        queue.operation("disableCb", [store("driver", 2, 2, 1)]);
        queue.signal(0);
        return queue.events;
      },
    ],
  },
});
