import { EVENT_WORD } from "../replay/ring-facts.ts";
import { flagsText, judgeAspect } from "./fact-judge.ts";
import { store } from "./ring-story.ts";
import { defineRule } from "./rule.ts";

export const packedEventFlagsReserved = defineRule({
  id: "packed/event-flags-reserved",
  title: "An event suppression structure has flags that mean nothing.",
  why: "Flags are ENABLE, DISABLE or DESC. Linux takes the value 3 for ENABLE, QEMU for DESC: the two sides no longer agree on who waits for whom.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.8.14",
  covers: ["INV-PK-20"],
  needs: "stores to an event structure, or a dump",
  follows: [],
  on: {
    "eventWord.seen": judgeAspect<"eventWord.seen">(
      EVENT_WORD.flagsKnown,
      (fact, seen) => ({
        message: `the ${seen.party}'s event structure has flags ${flagsText(fact.found)}`,
        expected: "0 (ENABLE), 1 (DISABLE) or 2 (DESC)",
        found: flagsText(fact.found),
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
        queue.enable({ spoil: (steps) => [...steps.slice(0, 2), store("driver", 2, 2, 3)] });
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.enable();
        queue.disable();
        return queue.events;
      },
    ],
  },
});
