import { STORES } from "../replay/ring-facts.ts";
import { judgeAspect } from "./fact-judge.ts";
import { defineRule } from "./rule.ts";

export const queueUsedBufferOverlooked = defineRule({
  id: "queue/used-buffer-overlooked",
  title: "The driver found nothing, and a used element stood at its position.",
  why: "The buffer is never taken back, nor any behind it. Look at how the driver compares: idx by equality and modulo 2^16, flags with the wrap counter of its lap.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.7.8",
  covers: ["INV-C-08"],
  needs: "the stores of both sides, and what get_buf returned",
  follows: ["packed/used-wrap-not-flipped"],
  on: {
    "stores.seen": judgeAspect<"stores.seen">(STORES.usedNoticed, (fact, seen) => ({
      message: `${fact.what}`,
      expected: "the buffer that the used element names",
      found: fact.what,
      clause: seen.queue.layout === "packed" ? "virtio-1.3/2.8.22" : "virtio-1.3/2.7.8",
      shape: "",
    })),
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.use();
        queue.disable();
        queue.get({ token: 0 });
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add();
        queue.use();
        queue.disable();
        queue.get({ token: 0 });
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        // What the device does inside an operation of the driver is told before it: it may have come too late.
        queue.add();
        queue.use();
        queue.get({ token: 0 });
        queue.get();
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use({ len: 64 });
          queue.get();
        }
        return queue.events;
      },
    ],
  },
});
