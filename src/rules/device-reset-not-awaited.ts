import { statusText } from "../virtio/status.ts";
import { defineRule } from "./rule.ts";

export const deviceResetNotAwaited = defineRule({
  id: "device/reset-not-awaited",
  title: "The driver went on after a reset before the status read 0.",
  why:
    "A device may take time to reset. What is written to it meanwhile may be lost, or be undone when the " +
    "reset ends. On PCI waiting is a must (4.1.4.3.2).",
  class: "should",
  severity: "warning",
  party: "driver",
  clause: "virtio-1.3/2.4.2",
  since: "1.2",
  covers: ["CM-RST-01", "CM-RST-03", "PCI-CFG-09"],
  needs: "writes and reads of the device status",
  follows: [],
  on: {
    "status.written"({ before, value, place, awaited, evidence }, judge) {
      if (before !== 0 || value === 0) return;
      if (awaited === undefined) return judge.undecided("reads of the status are not told");
      if (awaited) return judge.satisfied();
      judge.violated({
        place,
        message: `the driver writes ${statusText(value)} after a reset, and has not read that the reset is over`,
        expected: "a read of 0 first",
        found: "none",
        evidence: [
          ...evidence,
          { role: "decision", place, what: `${statusText(value)} is written` },
        ],
        shape: "",
      });
    },
  },
  examples: {
    violates: [
      (tell) => {
        const device = tell.device("driver");
        device.initialise();
        device.status(0, 1);
        return device.events;
      },
    ],
    obeys: [
      (tell) => {
        const device = tell.device("driver");
        device.initialise();
        device.initialise();
        return device.events;
      },
      // The device's own log has no reads.
      (tell) => {
        const device = tell.device();
        device.initialise();
        device.initialise();
        return device.events;
      },
    ],
  },
});
