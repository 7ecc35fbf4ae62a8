import { judgeReturn } from "./returned-token.ts";
import { defineRule } from "./rule.ts";

export const queueTokenNeverAdded = defineRule({
  id: "queue/token-never-added",
  title: "A buffer came back that was not in flight.",
  why:
    "The driver hands a stranger to its caller: memory that the device may still write, or that was freed. " +
    "Look at the id the device wrote, and at how the driver finds the buffer of an id.",
  class: "protocol",
  severity: "error",
  party: "unknown",
  clause: "virtio-1.3/2.7.8",
  covers: ["INV-C-02", "INV-C-07"],
  needs:
    "adds and get_bufs with tokens, from the queue's creation or from a sample with nothing in flight on, without a gap",
  follows: ["packed/used-wrap-not-flipped", "queue/token-returned-twice"],
  on: {
    "buffer.checked"(seen, judge) {
      judgeReturn(seen, judge, "never-added", {
        what: "a token that was never added",
        found: "a token that no add in this stretch had",
        shape: "never added",
      });
    },
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.serve({ slots: 1 });
        queue.add({ slots: 1 });
        queue.kick();
        queue.use();
        queue.get({ token: 0x77 });
        queue.add({ slots: 1 });
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.packed({ size: 4 });
        for (let i = 0; i < 6; i++) queue.serve({ slots: 2 });
        return queue.events;
      },
      // Its add went unseen: the position tells.
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.serve({ slots: 1 });
        queue.unseen(() => queue.add({ slots: 1 }));
        queue.kick();
        queue.use();
        queue.get();
        queue.add({ slots: 1 });
        return queue.events;
      },
      // The tracer lost events: it may have been added then.
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.serve({ slots: 1 });
        queue.lost();
        queue.unseen(() => queue.add({ slots: 1 }));
        queue.use();
        queue.get();
        queue.add({ slots: 1 });
        return queue.events;
      },
    ],
  },
});
