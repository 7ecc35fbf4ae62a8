import type { RingFact } from "../replay/ring-facts.ts";
import { STORES } from "../replay/ring-facts.ts";
import { judgeAspect } from "./fact-judge.ts";
import { defineRule } from "./rule.ts";

const OPEN_POINT =
  "4.1.5.1.3 and 4.2.3.2 tell how a driver typically sets up a queue, with memory that is zero; of what is not read before " +
  "it is written, no sentence says that it has to be";

/** Whether the specification says of what was found that it starts at 0. */
const isStated = (fact: RingFact): boolean => fact.found === 1;

const judgeZeroed = judgeAspect<"stores.seen">(STORES.zeroed, (fact, seen) => ({
  message: `the queue is created with memory that is not zero: ${fact.what}`,
  expected: "ring memory of 0",
  found: fact.what,
  clause:
    seen.queue.layout === "packed"
      ? "virtio-1.3/2.8.13"
      : fact.what.startsWith("used.flags")
        ? "virtio-1.3/2.7.10.1"
        : fact.what.startsWith("used")
          ? "virtio-1.3/2.7.8"
          : "virtio-1.3/2.7.6",
  shape: "",
}));

export const queueRingNotZeroed = defineRule({
  id: "queue/ring-not-zeroed",
  title: "Ring memory was not zero when the queue was created.",
  why:
    "The memory was used before, by an earlier queue or by anybody else. A device takes what is there for buffers made available, or a " +
    "driver for buffers that came back.",
  class: "must",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.8.13",
  covers: ["INV-C-11", "SP-ANS-01", "INV-PK-02", "INV-SP-02"],
  needs:
    "a log that says what the areas held before the queue was created, or what the driver stored then",
  follows: [],
  on: {
    "stores.seen"(seen, judge) {
      const fact = seen.facts.find(({ aspect }) => aspect === STORES.zeroed);
      if (fact !== undefined && !isStated(fact)) judge.unclear(OPEN_POINT);
      else judgeZeroed(seen, judge);
    },
  },
  examples: {
    violates: [
      (tell) => {
        const held = [{ op: "held", area: "desc", offset: 30, value: 0x8080 }] as const;
        return tell.ring({ layout: "packed", size: 4, held }).events;
      },
      (tell) => {
        const held = [{ op: "held", area: "device", offset: 0, value: 1 }] as const;
        return tell.ring({ layout: "split", size: 4, held }).events;
      },
      (tell) => {
        const held = [{ op: "held", area: "driver", offset: 2, value: 7 }] as const;
        return tell.ring({ layout: "split", size: 4, held }).events;
      },
    ],
    obeys: [
      // The driver puts right what was there.
      (tell) => {
        const held = [
          { op: "held", area: "device", offset: 2, value: 7 },
          { op: "store", area: "device", offset: 2, width: 2, value: 0 },
        ] as const;
        return tell.ring({ layout: "split", size: 4, held }).events;
      },
      // Addresses in descriptors that no entry names are read by nobody.
      (tell) => {
        const held = [{ op: "held", area: "desc", offset: 0, value: 0x4000 }] as const;
        const queue = tell.ring({ layout: "split", size: 4, held });
        queue.add();
        return queue.events;
      },
      // Links of free descriptors are the driver's own.
      (tell) => {
        const held = [
          { op: "store", area: "desc", offset: 14, width: 2, value: 1 },
          { op: "store", area: "driver", offset: 0, width: 2, value: 1 },
        ] as const;
        return tell.ring({ layout: "split", size: 4, held }).events;
      },
    ],
  },
});
