import { defineRule } from "./rule.ts";
import { judgeWrap } from "./wrap-not-flipped.ts";

export const packedUsedWrapNotFlipped = defineRule({
  id: "packed/used-wrap-not-flipped",
  title: "The driver's used position passed the ring end without flipping its wrap counter.",
  why:
    "The driver then looks for the wrong lap: it misses used buffers, or takes old ones for new. It shows " +
    "in get_buf, when the buffer it returns reaches the ring end; one of exactly N slots leaves the slot " +
    "as it was and flips all the same.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.8.1",
  covers: ["INV-PK-03"],
  needs:
    "last_used before and after a get_buf that returned a buffer, and one full sample after it",
  follows: [],
  on: {
    "position.advanced"(seen, judge) {
      if (seen.which === "used") judgeWrap(seen, judge);
    },
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.packed({ size: 16 });
        queue.serve({ slots: 15 });
        queue.add({ slots: 3 });
        queue.kick();
        queue.use();
        queue.get({ flip: false });
        queue.add({ slots: 1 });
        return queue.events;
      },
      // A buffer of exactly N slots.
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.serve({ slots: 1 });
        queue.add({ slots: 4 });
        queue.kick();
        queue.use();
        queue.get({ flip: false });
        queue.add({ slots: 1 });
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.packed({ size: 3 });
        for (let i = 0; i < 5; i++) queue.serve({ slots: 2 });
        queue.serve({ slots: 3 });
        return queue.events;
      },
      // No full sample follows: calls may be missing.
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.serve({ slots: 3 });
        queue.add({ slots: 2 });
        queue.kick();
        queue.use();
        queue.get({ flip: false });
        queue.get();
        return queue.events;
      },
    ],
  },
});
