import type { Step } from "../model/event.ts";
import { STORES } from "../replay/ring-facts.ts";
import { judgeAspect } from "./fact-judge.ts";
import { store } from "./ring-story.ts";
import { defineRule } from "./rule.ts";

export const splitAvailIdxJumped = defineRule({
  id: "split/avail-idx-jumped",
  title: "The driver's avail.idx went back, or past what the queue holds.",
  why: "An entry cannot be taken back, and no more are available than the queue has. Look for a counter that was restarted without a reset.",
  class: "must",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.7.6.1",
  covers: ["SP-AVAIL-01", "INV-C-01", "INV-SP-02"],
  needs: "the stores of the driver",
  follows: ["queue/buffer-id-in-flight-twice", "split/avail-entry-not-stored"],
  on: {
    "stores.seen": judgeAspect<"stores.seen">(
      STORES.availIdx,
      (fact, seen) => ({
        message: `avail.idx went from ${fact.expected} to ${fact.found}, with ${fact.other} buffers in flight in a queue of ${seen.queue.size}`,
        expected: `an idx at most ${(seen.queue.size ?? 0) - fact.other} ahead of ${fact.expected}`,
        found: `${fact.found}`,
        shape: "",
      }),
      "split",
    ),
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.add({ spoil: (steps) => [...steps.slice(0, -1), store("driver", 2, 2, 9)] });
        return queue.events;
      },
    ],
    obeys: [
      // A driver may publish several buffers at once, later (2.7.13.2).
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        const unpublished = (steps: Step[]): Step[] => steps.slice(0, -1);
        queue.add({ spoil: unpublished });
        queue.add({ spoil: unpublished });
        queue.operation("kickPrepare", [store("driver", 2, 2, 2)], { needsKick: 1 });
        queue.use();
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use({ len: 64 });
        }
        return queue.events;
      },
    ],
  },
});
