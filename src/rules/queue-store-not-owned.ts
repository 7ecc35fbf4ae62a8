import { STORES } from "../replay/ring-facts.ts";
import { judgeAspect } from "./fact-judge.ts";
import { store } from "./ring-story.ts";
import { defineRule } from "./rule.ts";

export const queueStoreNotOwned = defineRule({
  id: "queue/store-not-owned",
  title: "A party stored to memory that the other side owns.",
  why: "What the device may read, the driver must leave alone until it has it back, and the other way round: the two overwrite each other.",
  class: "must",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.8.16",
  covers: [
    "INV-C-09",
    "SP-DESC-04",
    "PK-DESC-04",
    "PK-DESC-05",
    "PK-DESC-06",
    "INV-SP-16",
    "CM-LIVE-01",
  ],
  needs: "the stores of both sides",
  follows: [
    "queue/buffer-id-in-flight-twice",
    "queue/descriptor-in-flight-twice",
    "queue/used-published-too-early",
    "packed/avail-flags-wrong-lap",
    "split/avail-entry-not-stored",
    "packed/used-at-skipped-slot",
    "split/avail-idx-jumped",
    "packed/used-flags-wrong-lap",
  ],
  on: {
    "stores.seen": judgeAspect<"stores.seen">(STORES.owned, (fact, seen) => ({
      message: `the ${seen.party} stored to ${fact.what}, which is not its own`,
      expected: "stores to its own area, and to descriptors that it owns",
      found: `a store to ${fact.what}`,
      clause:
        seen.queue.layout === "split"
          ? "virtio-1.3/2.7"
          : seen.party === "driver"
            ? "virtio-1.3/2.8.16"
            : "virtio-1.3/2.8.15",
      party: seen.party,
      shape: seen.party,
    })),
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add();
        queue.operation("disableCb", [store("desc", 8, 4, 1)]);
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.operation("deviceSetNotify", [store("driver", 0, 2, 1)]);
        return queue.events;
      },
      // The driver turns off what the device has asked for.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.operation("disableCb", [store("device", 2, 2, 1)]);
        return queue.events;
      },
      // The descriptor of a buffer that the device has.
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.operation("disableCb", [store("desc", 8, 4, 1)]);
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use();
        }
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use({ len: 64 });
        }
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 2, indirect: true });
          queue.use({ len: 128 });
        }
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 2, indirect: true });
          queue.use();
        }
        return queue.events;
      },
    ],
  },
});
