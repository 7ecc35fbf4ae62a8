import { isKnown } from "../replay/sample.ts";
import { STATUS_BITS, statusText } from "../virtio/status.ts";
import { defineRule } from "./rule.ts";

const { DEVICE_NEEDS_RESET, DRIVER_OK, FEATURES_OK, SUSPEND } = STATUS_BITS;
/** Those that the device sets or clears. */
const DEVICE_BITS = DEVICE_NEEDS_RESET | SUSPEND;

export const deviceStatusBitCleared = defineRule({
  id: "device/status-bit-cleared",
  title: "The driver cleared a bit of the device status, and did not reset the device.",
  why:
    "A step of the initialisation cannot be taken back: the device has acted on it. Only a reset, which is a " +
    "write of 0, clears the status.",
  class: "must",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.1.1",
  covers: ["CM-STAT-02"],
  needs: "writes of the device status",
  follows: ["device/failed-without-reset"],
  on: {
    "status.written"({ before, value, live, mayBeOwn, undecided, ...seen }, judge) {
      if (value === 0 || !isKnown(before) || before === 0) return;
      const cleared = before & ~value & ~DEVICE_BITS;
      if (cleared === 0) return judge.satisfied();
      if (cleared === FEATURES_OK && !live) {
        return judge.undecided("the device may have refused FEATURES_OK");
      }
      if (cleared === DRIVER_OK && mayBeOwn) {
        return judge.undecided("QEMU takes DRIVER_OK back by itself when bus mastering ends");
      }
      if (undecided !== undefined) return judge.undecided(undecided);
      judge.violated({
        place: seen.place,
        message: `the status goes from ${statusText(before)} to ${statusText(value)}: ${statusText(cleared)} is cleared`,
        expected: "a status that keeps the bits that are set, or 0",
        found: statusText(value),
        evidence: [
          ...seen.evidence,
          { role: "decision", place: seen.place, what: `${statusText(value)} is written` },
        ],
        shape: String(cleared),
      });
    },
  },
  examples: {
    violates: [
      (tell) => {
        const device = tell.device();
        device.status(0, 1, 3, 11, 15, 8);
        return device.events;
      },
      (tell) => {
        const device = tell.device("driver");
        device.initialise();
        device.status(11);
        return device.events;
      },
    ],
    obeys: [
      // The device refused the features: the driver gives up.
      (tell) => {
        const device = tell.device();
        device.status(0, 1, 3, 11, 131, 0, 1);
        return device.events;
      },
      // QEMU ends bus mastering, and begins it again.
      (tell) => {
        const device = tell.device();
        device.status(0, 1, 3, 11, 15, 11, 15);
        return device.events;
      },
      // The device sets DEVICE_NEEDS_RESET, which the driver does not know of when it writes next.
      (tell) => {
        const device = tell.device();
        device.status(0, 1, 3, 11, 15, 79, 15, 0);
        return device.events;
      },
    ],
  },
});
