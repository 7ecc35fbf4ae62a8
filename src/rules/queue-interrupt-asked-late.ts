import { EVENT_WORD } from "../replay/ring-facts.ts";
import { judgeAspect } from "./fact-judge.ts";
import { defineRule } from "./rule.ts";

export const queueInterruptAskedLate = defineRule({
  id: "queue/interrupt-asked-late",
  title: "Callbacks were enabled for a later buffer than the next one.",
  why: "Any value is legal, and the delayed form of enable_cb means it so; the plain form waits for the next used buffer, and will not hear of it.",
  class: "lint",
  severity: "note",
  party: "driver",
  clause: "virtio-1.3/2.7.7.1",
  covers: [],
  needs: "enable_cb with the used position, and its store",
  follows: [],
  on: {
    "eventWord.seen": judgeAspect<"eventWord.seen">(EVENT_WORD.nextAsked, (fact, seen) => {
      // Behind, an interrupt comes a whole circle of 65536 entries later.
      const behind = fact.found >= 0x8000 ? 0x1_0000 - fact.found : 0;
      const where = behind > 0 ? `${behind} before` : `${fact.found} after`;
      return {
        message: `callbacks were enabled for the used buffer ${where} the next one`,
        expected: "the next used buffer",
        found: behind > 0 ? `${behind} behind it` : `${fact.found} ahead of it`,
        clause: seen.queue.layout === "packed" ? "virtio-1.3/2.8.10" : "virtio-1.3/2.7.7.1",
        shape: "",
      };
    }),
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.enable({ ahead: 1 });
        return queue.events;
      },
      // used_event was left where it was: an interrupt comes 65536 entries later.
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.use();
        queue.enable({ ahead: -1 });
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.use();
        queue.enable();
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.enable();
        return queue.events;
      },
    ],
  },
});
