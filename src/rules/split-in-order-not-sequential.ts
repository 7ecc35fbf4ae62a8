import { EXPOSURE } from "../replay/ring-facts.ts";
import { judgeAspect } from "./fact-judge.ts";
import { changeStore } from "./ring-story.ts";
import { defineRule } from "./rule.ts";

export const splitInOrderNotSequential = defineRule({
  id: "split/in-order-not-sequential",
  title: "With VIRTIO_F_IN_ORDER, descriptors do not follow each other in the table.",
  why: "A device that knows the order reads descriptors ahead without looking at next or at the available ring, and so reads another buffer's.",
  class: "must",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.7.5.2",
  since: "1.1",
  covers: ["SP-ORD-01", "SP-ORD-02", "INV-SP-13"],
  needs: "a queue with VIRTIO_F_IN_ORDER and the stores of its adds",
  follows: ["split/next-mislinked", "split/avail-entry-not-head", "split/avail-entry-not-stored"],
  on: {
    "buffer.exposed": judgeAspect<"buffer.exposed">(
      EXPOSURE.sequential,
      (fact) => {
        switch (fact.what) {
          case "head":
            return {
              message: `the chain begins at descriptor ${fact.found}, and the one before it ends before descriptor ${fact.expected}`,
              expected: `head ${fact.expected}`,
              found: `head ${fact.found}`,
              clause: "virtio-1.3/2.7.5",
              shape: fact.what,
            };
          case "next":
            return {
              message: `descriptor ${fact.slot} leads to ${fact.found}, not to ${fact.expected}`,
              expected: `next ${fact.expected}`,
              found: `next ${fact.found}`,
              shape: fact.what,
            };
          default:
            return {
              message: `entry ${fact.slot} of the table does not lead to entry ${fact.expected}`,
              expected: `next ${fact.expected}`,
              found: "another entry",
              clause: "virtio-1.3/2.7.5.3.1",
              shape: fact.what,
            };
        }
      },
      "split",
    ),
  },
  examples: {
    violates: [
      // The free list gives the descriptor that came back last.
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 4, inOrder: true, reuseLast: true });
        queue.add();
        queue.use();
        queue.add();
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 4, inOrder: true });
        queue.add({
          readable: 3,
          indirect: true,
          spoil: (steps) =>
            [changeStore("ind", 14, 2), changeStore("ind", 46, 1)].reduce(
              (spoilt, spoil) => spoil(spoilt),
              [...changeStore("ind", 44, 1)(changeStore("ind", 28, 0)(steps))],
            ),
        });
        return queue.events.map((event) => ({ ...event, elements: [] }));
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 4, inOrder: true });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 1 + (i % 3), indirect: i % 4 === 3 });
          queue.use();
        }
        return queue.events;
      },
      // Without the feature descriptors come as they are free.
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 4 });
        queue.add({ readable: 2 });
        queue.use();
        queue.add();
        queue.add();
        return queue.events;
      },
    ],
  },
});
