import type { QueueTouched } from "../replay/life-facts.ts";
import { isKnown } from "../replay/sample.ts";
import { STATUS_BITS, statusText } from "../virtio/status.ts";
import { defineRule } from "./rule.ts";

const DID = {
  popped: "took a buffer",
  used: "marked a buffer used",
  interrupted: "interrupted",
  notified: "was notified",
} as const;

/** Why it cannot be said whether a queue was touched too early; undefined when it can. */
export function untouchable(seen: QueueTouched): string | undefined {
  if (seen.undecided !== undefined) return seen.undecided;
  if (!isKnown(seen.status)) return "the device's status is not known";
  if (seen.live) return "DRIVER_OK went away without a reset";
  // QEMU ends what is in flight while it resets, and logs the reset first.
  if (seen.status === 0 && !seen.resetOver) return "a reset may still be under way";
  return seen.modern === undefined
    ? "not known whether VIRTIO_F_VERSION_1 was accepted"
    : undefined;
}

export const deviceUsedBeforeDriverOk = defineRule({
  id: "device/used-before-driver-ok",
  title: "The device used a queue that it was not to use: before DRIVER_OK, or after a reset.",
  why:
    "Until DRIVER_OK the driver may still fill its queues and change its mind about features; after a reset " +
    "the memory is no longer the queue's. For a queue reset: 2.6.1.1.1 is in no conformance target of 1.3.",
  class: "must",
  severity: "error",
  party: "device",
  clause: "virtio-1.3/2.1.2",
  covers: ["CM-STAT-05", "CM-RST-02", "CM-VQR-01", "MMIO-CFG-01"],
  needs: "the device status, and what the device does with its queues",
  // Who is told of buffers too early takes them too early.
  follows: ["device/kick-before-driver-ok"],
  on: {
    "queue.touched"(seen, judge) {
      if (seen.what === "notified") return;
      if (!seen.queueReset && isKnown(seen.status) && (seen.status & STATUS_BITS.DRIVER_OK) !== 0) {
        return judge.satisfied();
      }
      if (!seen.queueReset) {
        // Through the legacy interface a device may be used before DRIVER_OK.
        if (seen.modern === false && !seen.live) return;
        const undecided = untouchable(seen);
        if (undecided !== undefined) return judge.undecided(undecided);
      }
      const when = seen.queueReset
        ? "after a queue reset, and before the queue was enabled again"
        : `while the status was ${statusText(seen.status)}`;
      judge.violated({
        place: seen.place,
        message: `the device ${DID[seen.what]} ${when}`,
        expected: seen.queueReset ? "an enabled queue" : "DRIVER_OK first",
        found: seen.queueReset ? "a queue that was reset" : statusText(seen.status),
        evidence: [
          ...seen.evidence,
          { role: "outcome", place: seen.place, what: `the device ${DID[seen.what]}` },
        ],
        clause: seen.queueReset
          ? "virtio-1.3/2.6.1.1.1"
          : seen.status === 0
            ? "virtio-1.3/2.4.1"
            : "virtio-1.3/2.1.2",
        shape: seen.queueReset ? "queue reset" : String(seen.status === 0),
      });
    },
  },
  examples: {
    violates: [
      (tell) => {
        const device = tell.device();
        device.status(0, 1, 3, 11, 15);
        device.notify(0);
        device.status(0, 1, 3, 11);
        device.pop(0, 0x10);
        device.status(15);
        return device.events;
      },
      // The reset is over, and the device goes on.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 4 });
        for (const status of [0, 1, 3]) queue.operation("statusWritten", [], { status });
        queue.operation("featuresAccepted", [], { featuresLow: 0, featuresHigh: 1 });
        queue.operation("statusWritten", [], { status: 11 });
        queue.add();
        queue.use();
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 4 });
        queue.operation("statusWritten", [], { status: 15 });
        queue.add();
        queue.operation("queueResetAsked", []);
        queue.operation("queueResetRead", [], { status: 0 });
        queue.operation("devicePop", []);
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const device = tell.device();
        device.status(0, 1, 3, 11, 15);
        device.notify(0);
        device.pop(0, 0x10);
        device.fill(0, 0x10);
        device.interrupt(0);
        return device.events;
      },
      // What was in flight ends with the reset, which the log shows when it begins.
      (tell) => {
        const device = tell.device();
        device.status(0, 1, 3, 11, 15);
        device.notify(0);
        device.pop(0, 0x10);
        device.status(0);
        device.fill(0, 0x10);
        return device.events;
      },
      // A legacy driver, perhaps.
      (tell) => {
        const device = tell.device();
        device.status(0, 1, 3);
        device.notify(0);
        device.pop(0, 0x10);
        return device.events;
      },
      // DRIVER_OK may have been written unseen.
      (tell) => {
        const device = tell.device();
        device.status(0, 1, 3, 11);
        device.notify(0);
        device.pop(0, 0x10);
        device.status(0);
        return device.events;
      },
      // Whose queue it is, nothing has said.
      (tell) => {
        const device = tell.device();
        device.status(0, 1, 3, 11);
        device.pop(0, 0x10);
        return device.events;
      },
    ],
  },
});
