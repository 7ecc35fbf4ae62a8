import { STORES } from "../replay/ring-facts.ts";
import { judgeAspect } from "./fact-judge.ts";
import { defineRule } from "./rule.ts";
import { isOtherLap } from "./wrap-not-flipped.ts";

const judgeState = judgeAspect<"stores.seen">(STORES.driverState, (fact) => ({
  message: `the driver's available position is ${fact.what}`,
  expected: "the position behind the last buffer in the ring",
  found: fact.what,
  shape: "",
}));

export const queueDriverStateAgainstRing = defineRule({
  id: "queue/driver-state-against-ring",
  title: "The driver's own available position is not the ring's.",
  why: "The driver believes that it is somewhere else than what it wrote says: its next buffer, and its kick decisions, go by the wrong position.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: null,
  covers: ["INV-PK-07"],
  needs: "the driver's private state and the stores of the ring",
  follows: [
    "packed/avail-wrap-not-flipped",
    "packed/list-cut-short",
    "packed/next-not-cleared",
    "packed/avail-flags-wrong-lap",
    "split/avail-entry-not-stored",
    "split/avail-idx-jumped",
  ],
  on: {
    "stores.seen"(seen, judge) {
      // The right slot in the wrong lap has a name of its own: packed/avail-wrap-not-flipped.
      if (!isOtherLap(seen)) judgeState(seen, judge);
    },
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add();
        queue.operation("getBuf", [], { nextAvail: 3, availWrap: 1, token: 0 });
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add();
        queue.operation("getBuf", [], { nextAvail: 1, availWrap: 1, token: 0 });
        return queue.events;
      },
    ],
  },
});
