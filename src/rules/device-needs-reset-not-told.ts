import { defineRule } from "./rule.ts";

export const deviceNeedsResetNotTold = defineRule({
  id: "device/needs-reset-not-told",
  title: "A device that cannot go on did not tell its driver.",
  why:
    "The driver waits for buffers that never come back. After an error the device should set " +
    "DEVICE_NEEDS_RESET, and while DRIVER_OK is set it must notify of that as of a change of its " +
    "configuration. No clause sets a deadline: this says that nothing came until the end or the reset.",
  class: "lint",
  severity: "note",
  party: "device",
  clause: "virtio-1.3/2.1.2",
  covers: ["CM-STAT-06", "CM-STAT-07"],
  needs: "errors of the device, reads of its status, configuration interrupts",
  follows: [],
  on: {
    "reset.needed"({ missing, undecided, place, evidence }, judge) {
      if (undecided !== undefined) return judge.undecided(undecided);
      if (missing === undefined) return judge.satisfied();
      const bit = missing === "bit";
      judge.violated({
        place,
        message: bit
          ? "the device failed, and its status never said DEVICE_NEEDS_RESET"
          : "the device set DEVICE_NEEDS_RESET, and no configuration interrupt came",
        expected: bit ? "DEVICE_NEEDS_RESET" : "a configuration interrupt",
        found: "none",
        evidence,
        shape: missing,
      });
    },
  },
  examples: {
    violates: [
      (tell) => {
        const device = tell.device("driver");
        device.initialise();
        device.event("deviceError");
        device.readStatus(15);
        device.status(0);
        return device.events;
      },
      (tell) => {
        const device = tell.device("driver");
        device.initialise();
        device.readStatus(79);
        device.status(0);
        return device.events;
      },
    ],
    obeys: [
      (tell) => {
        const device = tell.device("driver");
        device.initialise();
        device.event("deviceError");
        device.readStatus(79);
        device.event("configInterrupt");
        device.status(0);
        return device.events;
      },
      // QEMU's log shows the bit, and has no line for the interrupt.
      (tell) => {
        const device = tell.device();
        device.initialise();
        device.status(79, 0);
        return device.events;
      },
      // Before DRIVER_OK nobody need be told.
      (tell) => {
        const device = tell.device("driver");
        device.status(0);
        device.readStatus(0);
        device.status(1);
        device.readStatus(65);
        device.status(0);
        return device.events;
      },
    ],
  },
});
