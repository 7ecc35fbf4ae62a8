import { judgeReturn } from "./returned-token.ts";
import { defineRule } from "./rule.ts";

export const queueTokenReturnedTwice = defineRule({
  id: "queue/token-returned-twice",
  title: "A buffer came back again that had already come back.",
  why:
    "The driver completes a request twice: a use after free in waiting. Look for a device that used one " +
    "buffer twice, and for a driver that does not clear its state when a buffer is detached.",
  class: "protocol",
  severity: "error",
  party: "unknown",
  clause: "virtio-1.3/2.7.8",
  covers: ["INV-C-03"],
  needs:
    "adds and get_bufs with tokens, from the queue's creation or from a sample with nothing in flight on, without a gap",
  follows: ["packed/used-wrap-not-flipped", "queue/token-never-added"],
  on: {
    "buffer.checked"(seen, judge) {
      judgeReturn(seen, judge, "returned-twice", {
        what: "a token for the second time",
        found: "a token that came back before and was not added since",
        shape: "returned twice",
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
        queue.get({ token: 0x1000 });
        queue.add({ slots: 1 });
        return queue.events;
      },
    ],
    obeys: [
      // The same token for one buffer after the other.
      (tell) => {
        const queue = tell.packed({ size: 4 });
        for (let i = 0; i < 4; i++) {
          queue.add({ slots: 1, token: 0x1000 });
          queue.kick();
          queue.use();
          queue.get();
        }
        queue.add({ slots: 1 });
        return queue.events;
      },
    ],
  },
});
