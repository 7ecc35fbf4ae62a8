import { EXPOSURE } from "../replay/ring-facts.ts";
import { judgeAspect } from "./fact-judge.ts";
import { changeStore } from "./ring-story.ts";
import { defineRule, type Handlers } from "./rule.ts";

type Exposed = Parameters<NonNullable<Handlers["buffer.exposed"]>>;

const OPEN_POINT =
  "2.7.5.3.1 limits a chain to the queue size in a clause about tables, 2.8.19 to what the device allows: " +
  "whether entries of a table count is open (virtio-spec issue 122)";

const judgeLength = judgeAspect<"buffer.exposed">(EXPOSURE.length, (fact, seen) => {
  const size = seen.queue.size ?? 0;
  const what =
    fact.what === "both"
      ? `${fact.slot} direct descriptors and ${fact.other} entries of a table are ${fact.found}`
      : fact.what === "list"
        ? `the list leads on from the last of ${fact.found} slots`
        : `${fact.found} elements are put into direct descriptors`;
  return {
    message: `${what}, and the queue has ${size} descriptors`,
    expected: `at most ${size} descriptors`,
    found: fact.what === "list" ? `more than ${fact.found}` : `${fact.found}`,
    clause: seen.queue.layout === "packed" ? "virtio-1.3/2.8.17" : "virtio-1.3/2.7.5.3.1",
    shape: fact.what,
  };
});

export const queueChainLongerThanQueue = defineRule({
  id: "queue/chain-longer-than-queue",
  title: "A buffer takes more descriptors than the queue has.",
  why:
    "A device reserves room for as many elements as the queue has descriptors, and refuses the buffer or breaks. Without a table the " +
    "driver also writes over what it has just written.",
  class: "must",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.7.5.3.1",
  covers: ["SP-IND-03", "SP-FRAME-04", "PK-SG-01", "PK-SG-02", "PK-IND-03"],
  needs: "the stores of the add with the elements that were asked for, or a dump of the ring",
  follows: ["packed/next-not-cleared"],
  on: {
    "buffer.exposed"(...[seen, judge]: Exposed) {
      const long = seen.facts.some(({ aspect }) => aspect === EXPOSURE.tableFits);
      if (long) judge.unclear(OPEN_POINT);
      else judgeLength(seen, judge);
    },
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 4 });
        queue.add({ readable: 2, before: 3, indirect: true });
        return queue.events;
      },
      // Five elements in a ring of four: the last one was put over the first.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 4 });
        queue.add({ readable: 5 });
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 4 });
        for (let i = 0; i < 3; i++) {
          queue.add({ readable: 1, before: 3, indirect: true });
          queue.use();
          queue.add({ readable: 3, writable: 1 });
          queue.use();
        }
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 3 });
        for (let i = 0; i < 5; i++) {
          queue.add({ readable: 1, writable: 2 });
          queue.use();
        }
        return queue.events;
      },
      // Only the table is longer than the queue: open, and what Linux does.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 2 });
        queue.add({ readable: 3, indirect: true });
        queue.add({ readable: 2, spoil: changeStore("desc", 0, 0), indirect: true });
        return queue.events.slice(0, 2);
      },
    ],
  },
});
