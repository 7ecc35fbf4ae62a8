import { STORES } from "../replay/ring-facts.ts";
import { judgeAspect } from "./fact-judge.ts";
import type { RingStory } from "./ring-story.ts";
import { defineRule } from "./rule.ts";
import type { StoryTeller } from "./scenario.ts";

export const splitNumFreeMiscounted = defineRule({
  id: "split/num-free-miscounted",
  title: "The driver's count of free descriptors contradicts the chains that it has out.",
  why:
    "All descriptors are free but those of chains that were added and have not come back. A count that is too small ends in -ENOSPC for " +
    "ever, one that is too large writes over what the device still owns. Look at what an add and a detach count for a chain of several.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: null,
  covers: ["INV-SP-09", "INV-C-01"],
  needs: "every operation on the ring, with num_free before each",
  follows: [
    "queue/descriptor-in-flight-twice",
    "queue/token-never-added",
    "queue/token-returned-twice",
  ],
  on: {
    "stores.seen": judgeAspect<"stores.seen">(
      STORES.freeCount,
      (fact, seen) => ({
        message: `${(seen.queue.size ?? 0) - fact.expected} of ${seen.queue.size ?? 0} descriptors are in chains that the driver has out, and num_free is ${fact.found}`,
        expected: `num_free=${fact.expected}`,
        found: `num_free=${fact.found}`,
        shape: `${fact.what} free`,
      }),
      "split",
    ),
  },
  examples: {
    violates: [
      // A chain of two came back, and one descriptor was counted.
      (tell) =>
        counted(tell, [
          [1, 7],
          [-1, 8],
          [2, 6],
          [-2, 7],
          [1, 6],
        ]),
      // A chain of three was counted as one.
      (tell) =>
        counted(tell, [
          [1, 7],
          [3, 6],
          [1, 5],
        ]),
    ],
    obeys: [
      (tell) =>
        counted(tell, [
          [1, 7],
          [-1, 8],
          [3, 5],
          [2, 3],
          [-3, 6],
          [-2, 8],
          [4, 4],
        ]),
      // A driver that counts descriptors free later than in get_buf, and one that counts something else.
      (tell) =>
        counted(tell, [
          [1, 7],
          [-1, 7],
          [1, 7],
          [-1, 7],
          [2, 6],
          [1, 5],
        ]),
      (tell) =>
        counted(tell, [
          [2, 8],
          [1, 8],
          [-2, 8],
          [-1, 8],
          [1, 8],
        ]),
    ],
  },
});

/** A split queue of 8: chains added (their length) or given back (less than 0), and num_free after each. */
function counted(
  tell: StoryTeller,
  calls: readonly (readonly [slots: number, numFree: number])[],
): RingStory["events"] {
  const queue = tell.ring({ layout: "split", size: 8 });
  let numFree = 8;
  let token = 0x1000;
  const out: number[] = [];
  for (const [slots, after] of calls) {
    queue.numFree = numFree;
    if (slots > 0) {
      out.push(token++);
      queue.add({ readable: slots });
    } else {
      queue.numFree = undefined;
      queue.use();
      queue.operation("getBuf", [], { token: out.shift() ?? 0, numFree });
    }
    numFree = after;
  }
  queue.numFree = numFree;
  queue.kick(0);
  return queue.events;
}
