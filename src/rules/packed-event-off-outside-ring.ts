import { EVENT_WORD } from "../replay/ring-facts.ts";
import { flagsText, judgeAspect } from "./fact-judge.ts";
import { store } from "./ring-story.ts";
import { defineRule } from "./rule.ts";

export const packedEventOffOutsideRing = defineRule({
  id: "packed/event-off-outside-ring",
  title: "An event structure with flags DESC names a slot that the ring does not have.",
  why: "No descriptor is ever made available or used there: the notification is not sent. The delayed form of enable_cb must wrap its offset, and flip the wrap bit with it.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.8.14",
  covers: ["INV-PK-20"],
  needs: "stores to an event structure, or a dump",
  follows: ["packed/off-wrap-stale"],
  on: {
    "eventWord.seen": judgeAspect<"eventWord.seen">(
      EVENT_WORD.offInside,
      (fact, seen) => ({
        message: `the ${seen.party} asks for slot ${fact.found & 0x7fff}, and the ring has ${seen.queue.size}`,
        expected: `an offset below ${seen.queue.size}`,
        found: `off_wrap ${flagsText(fact.found)}`,
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
        queue.enable({ spoil: ([, ...steps]) => [store("driver", 0, 2, 0x8009), ...steps] });
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.enable();
        return queue.events;
      },
    ],
  },
});
