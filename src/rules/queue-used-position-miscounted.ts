import { STORES } from "../replay/ring-facts.ts";
import { judgeAspect } from "./fact-judge.ts";
import { defineRule } from "./rule.ts";
import { isOtherLap } from "./wrap-not-flipped.ts";

const judgeState = judgeAspect<"stores.seen">(STORES.usedState, (fact) => ({
  message: `the driver's used position is ${fact.what}`,
  expected: "the position of the next used element",
  found: fact.what,
  shape: "",
}));

export const queueUsedPositionMiscounted = defineRule({
  id: "queue/used-position-miscounted",
  title: "The driver's own used position is not where the next used element stands.",
  why: "The driver looks in the wrong place from here on. Packed, the position moves by the slots of the buffer that came back: one for an indirect table, all of a list; split, by one.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: null,
  covers: ["INV-PK-08"],
  needs: "the driver's private state and the stores of the ring",
  follows: ["packed/used-wrap-not-flipped"],
  on: {
    "stores.seen"(seen, judge) {
      // The right slot in the wrong lap has a name of its own: packed/used-wrap-not-flipped.
      if (!isOtherLap(seen, STORES.usedState)) judgeState(seen, judge);
    },
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add({ readable: 2 });
        queue.use();
        queue.get({ lastUsed: 0x8000 });
        queue.get({ lastUsed: 0x8001 });
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.use();
        queue.get({ lastUsed: 0 });
        queue.get({ lastUsed: 2 });
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add({ readable: 2 });
        queue.use();
        queue.get({ lastUsed: 0x8000 });
        queue.get({ lastUsed: 0x8002 });
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.use();
        queue.get({ lastUsed: 0 });
        queue.get({ lastUsed: 1 });
        return queue.events;
      },
    ],
  },
});
