import { FETCH } from "../replay/ring-facts.ts";
import { judgeAspect } from "./fact-judge.ts";
import { defineRule } from "./rule.ts";

export const queueFetchedOutOfOrder = defineRule({
  id: "queue/fetched-out-of-order",
  title: "The device passed over a buffer that stands before the one that it took.",
  why: "Packed, the device takes buffers in the order of the ring. Look at how far its available position moves: by the slots of the list that it took.",
  class: "must",
  severity: "error",
  party: "device",
  clause: "virtio-1.3/2.8.12",
  covers: ["PK-DEV-01"],
  needs: "the stores of both sides, and what the device takes",
  follows: ["queue/fetch-position-miscounted", "queue/fetched-not-available"],
  on: {
    "buffer.fetched": judgeAspect<"buffer.fetched">(
      FETCH.order,
      (fact) => ({
        message: `the device took ${fact.what}`,
        expected: "the buffer at its position",
        found: fact.what,

        shape: "",
      }),
      "packed",
    ),
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add();
        queue.add();
        queue.fetch(1);
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add();
        queue.add();
        queue.fetch(0);
        queue.fetch(1);
        // Both given back, and taken again (catalogue D15).
        queue.fetch(0);
        queue.fetch(1);
        queue.use();
        queue.add();
        queue.fetch(2);
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        // Split: no clause says in which order a device takes what is available.
        queue.add();
        queue.add();
        queue.fetch(1);
        queue.fetch(0);
        return queue.events;
      },
    ],
  },
});
