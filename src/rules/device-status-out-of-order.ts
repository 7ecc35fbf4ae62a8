import type { StatusWritten } from "../replay/life-facts.ts";
import { isKnown } from "../replay/sample.ts";
import { STATUS_BITS, statusText } from "../virtio/status.ts";
import { defineRule } from "./rule.ts";

const { ACKNOWLEDGE, DRIVER, DRIVER_OK, FEATURES_OK } = STATUS_BITS;
const STEPS = ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK;

export const deviceStatusOutOfOrder = defineRule({
  id: "device/status-out-of-order",
  title: "A step of the initialisation was reported before one that it stands on.",
  why:
    "The status tells the device how far its driver is: ACKNOWLEDGE, DRIVER, FEATURES_OK, DRIVER_OK. What " +
    "comes too early makes the device act on features or queues that are not there yet.",
  class: "must",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.1.1",
  covers: ["CM-STAT-01", "CM-INIT-01"],
  needs: "writes of the device status",
  follows: ["device/failed-without-reset"],
  on: {
    "status.written"(seen, judge) {
      const added = seen.value & ~Math.max(seen.before, 0) & STEPS;
      if (seen.value === 0 || (added === 0 && isKnown(seen.before))) return;
      if (!isKnown(seen.before)) return judge.undecided("the status before is not known");
      if (isRestored(seen)) {
        return judge.undecided("a device that is restored gets its status in one step");
      }
      const [problem, unknown] = problemOf(seen, added);
      if (unknown !== "") return judge.undecided(unknown);
      if (problem === "") return judge.satisfied();
      judge.violated({
        place: seen.place,
        message: `the status goes from ${statusText(seen.before)} to ${statusText(seen.value)}: ${problem}`,
        expected: "ACKNOWLEDGE, DRIVER, FEATURES_OK, DRIVER_OK, in this order",
        found: problem,
        evidence: [
          ...seen.evidence,
          { role: "decision", place: seen.place, what: `${statusText(seen.value)} is written` },
        ],
        shape: problem,
      });
    },
  },
  examples: {
    violates: [
      (tell) => {
        const device = tell.device("driver");
        device.status(0);
        device.readStatus(0);
        device.status(1, 3, 15);
        return device.events;
      },
      (tell) => {
        const device = tell.device();
        device.status(0, 1, 9);
        return device.events;
      },
      (tell) => {
        const device = tell.device("driver");
        device.status(0);
        device.readStatus(0);
        device.status(1, 3);
        device.accept("VIRTIO_F_VERSION_1");
        device.status(7);
        return device.events;
      },
    ],
    obeys: [
      (tell) => {
        const device = tell.device("driver");
        device.initialise();
        return device.events;
      },
      // Firmware sets both bits at once, and everything twice.
      (tell) => {
        const device = tell.device();
        device.status(0, 0, 3, 11, 15, 15, 0, 0, 1, 3, 11, 15);
        return device.events;
      },
      // A line may be missing, and nothing else is odd.
      (tell) => {
        const device = tell.device();
        device.status(0, 1, 3, 15);
        return device.events;
      },
      // A legacy driver has no FEATURES_OK, and the log does not say that this is one.
      (tell) => {
        const device = tell.device();
        device.status(0, 1, 3, 7);
        return device.events;
      },
      // A machine is restored into a process that had just been started.
      (tell) => {
        const device = tell.device();
        device.status(0, 0, 15);
        return device.events;
      },
      // The log begins in the middle.
      (tell) => {
        const device = tell.device();
        device.status(15, 0, 1, 3, 131);
        return device.events;
      },
    ],
  },
});

/** From a reset straight to a later step: what a device's own log has of a restored one. */
function isRestored({ before, value, mayBeOwn }: StatusWritten): boolean {
  return mayBeOwn && before === 0 && (value & (FEATURES_OK | DRIVER_OK)) !== 0;
}

/** What is wrong, and why that cannot be said; both empty when nothing is. */
function problemOf({ value, modern, mayBeOwn }: StatusWritten, added: number): [string, string] {
  if ((added & DRIVER) !== 0 && (value & ACKNOWLEDGE) === 0) {
    return ["DRIVER without ACKNOWLEDGE", ""];
  }
  if ((added & FEATURES_OK) !== 0 && (value & DRIVER) === 0) {
    return ["FEATURES_OK without DRIVER", ""];
  }
  if ((added & DRIVER_OK) === 0) return ["", ""];
  if ((value & DRIVER) === 0) return ["DRIVER_OK without DRIVER", ""];
  if ((added & FEATURES_OK) !== 0) {
    if (mayBeOwn) return ["", "a write between may be missing from the log"];
    return ["DRIVER_OK in one write with FEATURES_OK, which has to be read back first", ""];
  }
  if ((value & FEATURES_OK) !== 0 || modern === false) return ["", ""];
  if (modern === undefined) return ["", "not known whether VIRTIO_F_VERSION_1 was accepted"];
  return ["DRIVER_OK without FEATURES_OK", ""];
}
