import { isKnown } from "../replay/sample.ts";
import { STATUS_BITS, statusText } from "../virtio/status.ts";
import { defineRule } from "./rule.ts";

const { DRIVER, DRIVER_OK, FAILED, FEATURES_OK } = STATUS_BITS;

export const deviceFailedWithoutReset = defineRule({
  id: "device/failed-without-reset",
  title: "The driver gave the device up, and went on with it without a reset.",
  why:
    "FAILED says that the driver has given the device up. What it negotiated before that is void: the next " +
    "attempt begins with a reset.",
  class: "must",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.1.1",
  covers: ["CM-STAT-03", "CM-INIT-06"],
  needs: "writes of the device status",
  follows: [],
  on: {
    "status.written"({ before, value, undecided, place, evidence }, judge) {
      if (!isKnown(before) || (before & FAILED) === 0 || value === before) return;
      const goesOn = (value & ~before & (DRIVER | FEATURES_OK | DRIVER_OK)) !== 0;
      if (value === 0 || (!goesOn && (value & FAILED) !== 0)) return judge.satisfied();
      if (undecided !== undefined) return judge.undecided(undecided);
      judge.violated({
        place,
        message: `the status goes from ${statusText(before)} to ${statusText(value)}: the device was given up, and not reset since`,
        expected: "a reset: 0",
        found: statusText(value),
        evidence: [
          ...evidence,
          { role: "decision", place, what: `${statusText(value)} is written` },
        ],
        shape: goesOn ? "goes on" : "cleared",
      });
    },
  },
  examples: {
    violates: [
      (tell) => {
        const device = tell.device();
        device.status(0, 1, 3, 131, 139);
        return device.events;
      },
      // Clearing FAILED is no reset either.
      (tell) => {
        const device = tell.device();
        device.status(0, 1, 3, 131, 1);
        return device.events;
      },
    ],
    obeys: [
      (tell) => {
        const device = tell.device();
        device.status(0, 1, 3, 131, 131, 0, 1, 3, 11, 15);
        return device.events;
      },
    ],
  },
});
