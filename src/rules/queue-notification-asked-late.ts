import { EVENT_WORD } from "../replay/ring-facts.ts";
import { judgeAspect } from "./fact-judge.ts";
import { store, wmbStep } from "./ring-story.ts";
import { defineRule } from "./rule.ts";

export const queueNotificationAskedLate = defineRule({
  id: "queue/notification-asked-late",
  title: "The device asks to be notified of a later buffer than the next one that it has to fetch.",
  why:
    "Any value is legal. But the buffers before it are available already, and no notification of them will " +
    "come: a device that stops here sleeps on them. Look for avail.idx stored as the event where the " +
    "device's own index was meant.",
  class: "lint",
  severity: "note",
  party: "device",
  clause: "virtio-1.3/2.7.10.2",
  covers: ["SP-ANS-11"],
  needs: "what the device fetches, and its stores to its event index or event structure",
  follows: [],
  on: {
    "eventWord.seen": judgeAspect<"eventWord.seen">(EVENT_WORD.nextFetched, (fact, seen) => {
      const packed = seen.queue.layout === "packed";
      return {
        message:
          `the device asks to be notified of ${packed ? "slot" : "entry"} ${fact.found} after the next one that it fetches, ` +
          `with ${fact.expected} not fetched`,
        expected: "the next one that it fetches",
        found: `${fact.found} ahead of it`,
        clause: packed ? "virtio-1.3/2.8.10" : "virtio-1.3/2.7.10.2",
        shape: "",
      };
    }),
  },
  examples: {
    violates: [
      // Two entries stand, one is fetched, and the event is avail.idx.
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.add();
        queue.operation("devicePop", [store("device", 68, 2, 2)], { result: 1 });
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add();
        queue.operation("deviceSetNotify", [
          store("device", 0, 2, 0x8001),
          wmbStep,
          store("device", 2, 2, 2),
        ]);
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.add();
        queue.operation("devicePop", [store("device", 68, 2, 1)], { result: 1 });
        return queue.events;
      },
      // Everything is fetched: a device may wait for more than one.
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.operation("devicePop", [store("device", 68, 2, 4)], { result: 1 });
        return queue.events;
      },
      // Left behind, it turns notifications off.
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.operation("devicePop", [store("device", 68, 2, 0)], { result: 1 });
        queue.add();
        return queue.events;
      },
    ],
  },
});
