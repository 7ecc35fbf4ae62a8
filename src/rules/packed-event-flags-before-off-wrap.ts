import { EVENT_WORD } from "../replay/ring-facts.ts";
import { flagsText, judgeAspect } from "./fact-judge.ts";
import { defineRule } from "./rule.ts";

export const packedEventFlagsBeforeOffWrap = defineRule({
  id: "packed/event-flags-before-off-wrap",
  title: "Event flags became DESC before the offset was stored.",
  why: "The other side may read DESC with the offset of before, decide that it is not asked, and never look again: a lost notification. off_wrap first, then a write barrier, then flags.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.8.10",
  covers: ["INV-PK-21"],
  needs: "stores to an event structure, in order",
  follows: [],
  on: {
    "eventWord.seen": judgeAspect<"eventWord.seen">(
      EVENT_WORD.offFirst,
      (fact, seen) => ({
        message: `the ${seen.party} stored flags DESC first, and off_wrap ${flagsText(fact.found)} after them`,
        expected: "off_wrap before flags",
        found: "flags before off_wrap",
        party: seen.party,
        shape: seen.party,
      }),
      "packed",
    ),
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.disable();
        queue.enable({ spoil: (steps) => [...steps].reverse() });
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.disable();
        queue.enable();
        return queue.events;
      },
    ],
  },
});
