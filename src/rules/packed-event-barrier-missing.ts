import { EVENT_WORD } from "../replay/ring-facts.ts";
import { flagsText, judgeAspect } from "./fact-judge.ts";
import { defineRule } from "./rule.ts";

export const packedEventBarrierMissing = defineRule({
  id: "packed/event-barrier-missing",
  title: "No write barrier stands between the offset and the flags of an event structure.",
  why: "The other side may see the flags before the offset, and decide by the one of before. The review of the 2018 driver asked for this barrier.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.8.10",
  covers: ["INV-PK-21"],
  needs: "stores to an event structure, and barriers; undecided where those are not recorded",
  follows: ["packed/event-flags-before-off-wrap"],
  on: {
    "eventWord.seen": judgeAspect<"eventWord.seen">(
      EVENT_WORD.barrier,
      (fact, seen) => ({
        message: `the ${seen.party} stored flags DESC right after off_wrap ${flagsText(fact.found)}, without a write barrier`,
        expected: "a write barrier between the two",
        found: "none",
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
        queue.enable({ spoil: (steps) => steps.filter((step) => step.op !== "barrier") });
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
