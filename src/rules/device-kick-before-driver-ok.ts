import { isKnown } from "../replay/sample.ts";
import { STATUS_BITS, statusText } from "../virtio/status.ts";
import { untouchable } from "./device-used-before-driver-ok.ts";
import { defineRule } from "./rule.ts";

export const deviceKickBeforeDriverOk = defineRule({
  id: "device/kick-before-driver-ok",
  title: "The driver notified the device before it set DRIVER_OK.",
  why:
    "The device need not look at its queues yet, and nothing makes it look later: the notification is lost. " +
    "Buffers may be made available before DRIVER_OK, the notification has to wait.",
  class: "must",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/3.1.1",
  covers: ["CM-INIT-07"],
  needs: "the device status, and notifications",
  follows: [],
  on: {
    "queue.touched"(seen, judge) {
      if (seen.what !== "notified" || seen.queueReset) return;
      if (isKnown(seen.status) && (seen.status & STATUS_BITS.DRIVER_OK) !== 0) {
        return judge.satisfied();
      }
      // Through the legacy interface a device may be used before DRIVER_OK.
      if (seen.modern === false && !seen.live) return;
      const undecided = untouchable(seen);
      if (undecided !== undefined) return judge.undecided(undecided);
      judge.violated({
        place: seen.place,
        message: `the driver notifies the device while the status is ${statusText(seen.status)}`,
        expected: "DRIVER_OK first",
        found: statusText(seen.status),
        evidence: [
          ...seen.evidence,
          { role: "outcome", place: seen.place, what: "the device is notified" },
        ],
        shape: "",
      });
    },
  },
  examples: {
    violates: [
      (tell) => {
        const device = tell.device();
        device.status(0, 1, 3, 11);
        device.notify(0);
        device.status(15);
        return device.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 4 });
        for (const status of [0, 1, 3, 11]) queue.operation("statusWritten", [], { status });
        queue.add();
        queue.operation("notify", [{ op: "notify" }]);
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const device = tell.device();
        device.status(0, 1, 3, 11, 15);
        device.notify(0);
        return device.events;
      },
      // Buffers may be made available early.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 4 });
        for (const status of [0, 1, 3, 11]) queue.operation("statusWritten", [], { status });
        queue.add();
        queue.operation("statusWritten", [], { status: 15 });
        queue.operation("notify", [{ op: "notify" }]);
        return queue.events;
      },
      // A legacy driver, perhaps; and one for certain.
      (tell) => {
        const device = tell.device();
        device.status(0, 1, 3);
        device.notify(0);
        device.status(7);
        return device.events;
      },
      // A notification that was under way when the reset came.
      (tell) => {
        const device = tell.device();
        device.status(0, 1, 3, 11, 15, 0);
        device.notify(0);
        return device.events;
      },
    ],
  },
});
