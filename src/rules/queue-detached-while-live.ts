import { defineRule } from "./rule.ts";

export const queueDetachedWhileLive = defineRule({
  id: "queue/detached-while-live",
  title: "The driver took back a buffer that the device may still use.",
  why:
    "Buffers that are available and not used come back after a reset of the device or of the queue " +
    "only: until then the device may write to them. That Linux lowers avail.idx while it takes them " +
    "back is no violation: the queue is no longer live then.",
  class: "must",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/3.3.1",
  covers: ["CM-LIVE-02", "INV-R-02"],
  needs: "every operation on the queue, its resets among them",
  follows: [],
  on: {
    "buffer.withdrawn"({ live, place, evidence }, judge) {
      if (!live) return judge.satisfied();
      judge.violated({
        place,
        message: "detach_unused_buf takes back a buffer, and the device has not been stopped",
        expected: "a reset of the device or of the queue first",
        found: "a live queue",
        evidence,
        shape: "",
      });
    },
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add();
        queue.operation("detachUnused", [], { token: 0x1000 });
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add();
        queue.operation("deviceStop", []);
        queue.operation("detachUnused", [], { token: 0x1000 });
        queue.operation("detachUnused", [], { token: 0 });
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.operation("queueResetAsked", []);
        queue.operation("queueResetRead", [], { status: 0 });
        queue.operation("detachUnused", [], { token: 0x1000 });
        return queue.events;
      },
      // Asking takes nothing back.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.operation("detachUnused", [], { token: 0 });
        return queue.events;
      },
    ],
  },
});
