import { EVENT_WORD } from "../replay/ring-facts.ts";
import { judgeAspect } from "./fact-judge.ts";
import { store } from "./ring-story.ts";
import { defineRule } from "./rule.ts";

export const queueEventShadowDiffers = defineRule({
  id: "queue/event-shadow-differs",
  title: "A side believes that it asks for notifications, and the ring says otherwise.",
  why:
    "The private copy decides whether the next enable or disable stores anything: once the two differ, a " +
    "side goes on without the notifications that it thinks it has asked for. Look for a path that changes " +
    "one of the two, and for a second writer of the word.",
  class: "protocol",
  severity: "warning",
  party: "driver",
  clause: null,
  covers: [],
  needs: "the driver's private flags, or what the device says that it asks for, and every store",
  follows: ["queue/store-not-owned", "split/ring-flags-value"],
  on: {
    "eventWord.seen": judgeAspect<"eventWord.seen">(EVENT_WORD.shadowTrue, (fact, seen) => ({
      message:
        seen.party === "driver"
          ? `the driver believes its callbacks on (flags ${fact.expected}); the ring's flags are ${fact.found}`
          : `the device asks for ${fact.what} ${fact.expected}; the ring has ${fact.found}`,
      expected: String(fact.expected),
      found: String(fact.found),
      party: seen.party,
      shape: seen.party,
    })),
  },
  examples: {
    violates: [
      // Disabled in memory, and not in the copy: the next enable stores nothing.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.operation("disableCb", [store("driver", 2, 2, 1)], { flagsShadow: 0 });
        queue.operation("getBuf", [], { flagsShadow: 0, token: 0 });
        return queue.events;
      },
      // Asked to turn notifications off, and overwritten at once.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.operation("deviceSetNotify", [store("device", 2, 2, 1), store("device", 2, 2, 0)], {
          deviceFlags: 1,
        });
        return queue.events;
      },
    ],
    obeys: [
      // After an event Linux leaves the ring as it is, and only believes its callbacks off.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.operation("disableCb", [], { flagsShadow: 0 });
        queue.operation("getBuf", [], { flagsShadow: 1, token: 0 });
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.operation("deviceSetNotify", [store("device", 2, 2, 1)], { deviceFlags: 1 });
        return queue.events;
      },
      // With EVENT_IDX the flags of a split ring stay 0, whatever the copy says.
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.operation("getBuf", [], { flagsShadow: 1, token: 0 });
        return queue.events;
      },
    ],
  },
});
