import { EVENT_WORD } from "../replay/ring-facts.ts";
import { judgeAspect } from "./fact-judge.ts";
import { store } from "./ring-story.ts";
import { defineRule } from "./rule.ts";

export const queuePendingOverlooked = defineRule({
  id: "queue/pending-overlooked",
  title:
    "The driver enabled callbacks and answered that nothing was pending, with a used buffer there.",
  why:
    "The buffer was used before the device could see the request: no interrupt will tell of it, and the " +
    "driver sleeps. After the store, and a full barrier, it has to look again - at the next slot that it " +
    "takes from, not at the one that it asked for, which a list may step over.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: null,
  covers: [],
  needs:
    "enable_cb, enable_cb_delayed or poll with their results, the driver's used position, and every store",
  follows: ["packed/used-wrap-not-flipped"],
  on: {
    "eventWord.seen": judgeAspect<"eventWord.seen">(EVENT_WORD.pendingSeen, (fact, seen) => {
      const unit = seen.queue.layout === "packed" ? "slot" : "entry";
      const units = seen.queue.layout === "packed" ? "slots" : "entries";
      const asked = fact.expected === 0 ? `the next ${unit}` : `${fact.expected} ${units} on`;
      return {
        message: `the driver answered that nothing was pending; ${fact.found} ${fact.found === 1 ? unit : units} had been used that it had not taken, and it asked for ${asked}`,
        expected: "that something is pending: what it asked for has been used already",
        found: "that nothing is",
        shape: "",
      };
    }),
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.use();
        queue.operation("enableCb", [store("driver", 20, 2, 0)], { lastUsed: 0, result: 1 });
        return queue.events;
      },
      // Callbacks were prepared at slot 0; the device has used it since.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add();
        queue.use();
        queue.operation("poll", [], { lastUsed: 0x8000, opaque: 0x8000, result: 0 });
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.use();
        queue.operation("enableCb", [store("driver", 20, 2, 0)], { lastUsed: 0, result: 0 });
        return queue.events;
      },
      // The delayed form asks for an entry that is still to come: an interrupt will tell.
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.add();
        queue.use();
        queue.operation("enableCbDelayed", [store("driver", 20, 2, 1)], { lastUsed: 0, result: 1 });
        return queue.events;
      },
      // Asked with an answer from before the buffer was taken: it says nothing of now.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add();
        queue.use();
        queue.operation("poll", [], { lastUsed: 0x8000, opaque: 0x8003, result: 0 });
        return queue.events;
      },
    ],
  },
});
