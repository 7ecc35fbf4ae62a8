import { defineRule } from "./rule.ts";

export const queueFlushCountWrong = defineRule({
  id: "queue/flush-count-wrong",
  title: "The device published another number of used buffers than it had filled in.",
  why:
    "With too many the driver reads what an earlier lap left in the ring; with too few a buffer never comes " +
    "back, or the next batch is written over it. " +
    "A suspicion, not more: lines that are missing from the log explain it as well.",
  // A log of a device can be cut and filtered, and no count in it tells of that.
  class: "lint",
  severity: "note",
  party: "device",
  clause: "virtio-1.3/2.7.8",
  covers: ["INV-C-03"],
  needs: "a device's log of what it fills and flushes, whole",
  follows: ["queue/filled-not-popped"],
  on: {
    "elements.flushed"({ filled, flushed, undecided, place, evidence }, judge) {
      if (undecided !== undefined) return judge.undecided(undecided);
      if (filled === flushed) return judge.satisfied();
      judge.violated({
        place,
        message: `the device publishes ${flushed} used buffers, and has filled in ${filled}`,
        expected: String(filled),
        found: String(flushed),
        evidence,
        shape: flushed > filled ? "more" : "fewer",
      });
    },
  },
  examples: {
    violates: [
      (tell) => {
        const device = tell.device();
        device.initialise();
        device.notify(0);
        device.pop(0, 0x10);
        device.fill(0, 0x10);
        device.flush(0, 2);
        return device.events;
      },
      (tell) => {
        const device = tell.device();
        device.initialise();
        device.notify(0);
        device.pop(0, 0x10);
        device.pop(0, 0x20);
        device.fill(0, 0x10);
        device.fill(0, 0x20, 1);
        device.flush(0, 1);
        return device.events;
      },
    ],
    obeys: [
      (tell) => {
        const device = tell.device();
        device.initialise();
        device.notify(0);
        device.pop(0, 0x10);
        device.pop(0, 0x20);
        device.pop(0, 0x30);
        device.fill(0, 0x20);
        device.fill(0, 0x10, 1);
        device.flush(0, 2);
        device.fill(0, 0x30);
        device.flush(0);
        return device.events;
      },
      // QEMU logs no flush of a packed queue.
      (tell) => {
        const device = tell.device();
        device.initialise();
        device.notify(0);
        for (const element of [0x10, 0x20, 0x30]) {
          device.pop(0, element);
          device.fill(0, element);
        }
        device.flush(0);
        return device.events;
      },
      // A line of the batch is missing.
      (tell) => {
        const device = tell.device();
        device.initialise();
        device.notify(0);
        device.pop(0, 0x10);
        device.pop(0, 0x20);
        device.pop(0, 0x30);
        device.fill(0, 0x10);
        device.fill(0, 0x30, 2);
        device.flush(0, 3);
        return device.events;
      },
    ],
  },
});
