import { EVENT_WORD } from "../replay/ring-facts.ts";
import { judgeAspect } from "./fact-judge.ts";
import { store } from "./ring-story.ts";
import { defineRule } from "./rule.ts";

export const splitEventIndexWithoutFeature = defineRule({
  id: "split/event-index-without-feature",
  title: "The device stores avail_event, and EVENT_IDX was not negotiated.",
  why:
    "Without the feature nothing stands behind the used ring, and no driver looks there: what the device " +
    "wants to say does not arrive. Linux's driver stores used_event either way, which is not told.",
  class: "lint",
  severity: "note",
  party: "device",
  clause: "virtio-1.3/2.7.8",
  covers: ["INV-SP-18"],
  needs: "stores behind the entries of the used ring, and whether EVENT_IDX was negotiated",
  follows: [],
  on: {
    "eventWord.seen": judgeAspect<"eventWord.seen">(
      EVENT_WORD.eventNegotiated,
      (fact) => ({
        message: `the device stores avail_event ${fact.found}, which does not exist without EVENT_IDX`,
        expected: "used.flags, without EVENT_IDX",
        found: `avail_event ${fact.found}`,
        shape: "",
      }),
      "split",
    ),
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8, eventIdx: false });
        queue.operation("deviceSetNotify", [store("device", 68, 2, 3)]);
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.operation("deviceSetNotify", [store("device", 68, 2, 0)]);
        return queue.events;
      },
      // Linux stores used_event whether the feature was negotiated or not.
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8, eventIdx: false });
        queue.operation("enableCb", [store("driver", 20, 2, 0)], { lastUsed: 0, result: 1 });
        return queue.events;
      },
    ],
  },
});
