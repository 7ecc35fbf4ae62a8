import { EVENT_WORD } from "../replay/ring-facts.ts";
import { flagsText, judgeAspect } from "./fact-judge.ts";
import { store } from "./ring-story.ts";
import { defineRule } from "./rule.ts";

export const splitRingFlagsValue = defineRule({
  id: "split/ring-flags-value",
  title: "The flags of a split ring have a value that they must not have.",
  why:
    "Without EVENT_IDX flags are 0 or 1; with it they are 0, and the event index says what is wanted. A side " +
    "that sets 1 all the same believes its notifications off; the other must not look there, and may. Old " +
    "Linux drivers do it, and a hypervisor that still writes to a ring that it has handed on.",
  class: "must",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.7.7.1",
  covers: ["SP-UNS-01", "SP-UNS-03", "SP-ANS-08", "SP-ANS-10"],
  needs: "stores to the flags of either ring, or a dump, and whether EVENT_IDX was negotiated",
  follows: ["queue/store-not-owned"],
  on: {
    "eventWord.seen": judgeAspect<"eventWord.seen">(
      EVENT_WORD.ringFlags,
      (fact, seen) => {
        const driver = seen.party === "driver";
        const name = driver ? "avail.flags" : "used.flags";
        return {
          message: `the ${seen.party} has set ${name} to ${flagsText(fact.found)}`,
          expected: fact.expected === 0 ? "0, with EVENT_IDX" : "0 or 1",
          found: flagsText(fact.found),
          party: seen.party,
          clause: driver ? "virtio-1.3/2.7.7.1" : "virtio-1.3/2.7.10.2",
          shape: seen.party,
        };
      },
      "split",
    ),
  },
  examples: {
    violates: [
      // What old kernels do: with EVENT_IDX the flag means nothing, and must not be set.
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.operation("disableCb", [store("driver", 0, 2, 1)]);
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8, eventIdx: false });
        queue.operation("deviceSetNotify", [store("device", 0, 2, 2)]);
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8, eventIdx: false });
        queue.operation("disableCb", [store("driver", 0, 2, 1)]);
        queue.operation("deviceSetNotify", [store("device", 0, 2, 1)]);
        queue.operation("deviceSetNotify", [store("device", 0, 2, 0)]);
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.operation("disableCb", [store("driver", 20, 2, 0)]);
        return queue.events;
      },
    ],
  },
});
