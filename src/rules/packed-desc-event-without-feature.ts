import { EVENT_WORD } from "../replay/ring-facts.ts";
import { judgeAspect } from "./fact-judge.ts";
import { defineRule } from "./rule.ts";

export const packedDescEventWithoutFeature = defineRule({
  id: "packed/desc-event-without-feature",
  title: "Event flags are DESC, and VIRTIO_F_EVENT_IDX was not negotiated.",
  why: "Without the feature the offset has no meaning: the other side notifies always, never, or by a word that nobody sets.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.8.10",
  covers: ["INV-PK-20"],
  needs: "stores to an event structure or a dump, and the features",
  follows: [],
  on: {
    "eventWord.seen": judgeAspect<"eventWord.seen">(
      EVENT_WORD.descNegotiated,
      (_fact, seen) => ({
        message: `the ${seen.party} asks for one descriptor (flags DESC) without VIRTIO_F_EVENT_IDX`,
        expected: "ENABLE or DISABLE",
        found: "DESC",
        party: seen.party,
        shape: seen.party,
      }),
      "packed",
    ),
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8, eventIdx: false });
        queue.enable();
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.enable();
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8, eventIdx: false });
        queue.disable();
        return queue.events;
      },
    ],
  },
});
