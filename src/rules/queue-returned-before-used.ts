import { STORES } from "../replay/ring-facts.ts";
import { judgeAspect } from "./fact-judge.ts";
import { defineRule } from "./rule.ts";

export const queueReturnedBeforeUsed = defineRule({
  id: "queue/returned-before-used",
  title: "The driver took something for a used element that is none.",
  why: "From get_buf, the caller gets memory that the device may still write. Packed, a descriptor is used when AVAIL and USED both equal the wrap counter: one of the two is not enough, and a slot that was stepped over keeps its old flags.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.7.8",
  covers: ["INV-C-08"],
  needs: "the stores of both sides, and what get_buf returned",
  follows: ["packed/used-wrap-not-flipped"],
  on: {
    "stores.seen": judgeAspect<"stores.seen">(STORES.returnedUsed, (fact, seen) => ({
      message: `${fact.what}`,
      expected: "nothing, or a buffer that is marked used",
      found: fact.what,
      clause: seen.queue.layout === "packed" ? "virtio-1.3/2.8.22" : "virtio-1.3/2.7.8",
      shape: "",
    })),
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add();
        queue.get({ token: 0x1000 });
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.add();
        queue.use();
        queue.get();
        queue.get({ token: 0x1001 });
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use({ len: 64 });
          queue.get();
        }
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.get();
        queue.use();
        queue.get();
        return queue.events;
      },
    ],
  },
});
