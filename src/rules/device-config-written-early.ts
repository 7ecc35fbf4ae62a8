import { isKnown } from "../replay/sample.ts";
import { STATUS_BITS, statusText } from "../virtio/status.ts";
import { defineRule } from "./rule.ts";

export const deviceConfigWrittenEarly = defineRule({
  id: "device/config-written-early",
  title: "The driver wrote to the configuration while features were being negotiated.",
  why:
    "What a field means may depend on a feature that is not settled yet. Reading is allowed, to decide which " +
    "features to accept.",
  class: "must",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/3.1.1",
  covers: ["CM-INIT-03"],
  needs: "writes to the configuration, and the device status",
  follows: [],
  on: {
    "config.written"({ status, modern, place, evidence }, judge) {
      if (!isKnown(status)) return judge.undecided("the device's status is not known");
      if ((status & STATUS_BITS.FEATURES_OK) !== 0) return judge.satisfied();
      // Through the legacy interface a driver may write it before (3.1.2).
      if (modern === false) return;
      if (modern === undefined) {
        return judge.undecided("not known whether VIRTIO_F_VERSION_1 was accepted");
      }
      judge.violated({
        place,
        message: `the driver writes to the configuration while the status is ${statusText(status)}`,
        expected: "FEATURES_OK first",
        found: statusText(status),
        evidence: [...evidence, { role: "decision", place, what: "the configuration is written" }],
        shape: "",
      });
    },
  },
  examples: {
    violates: [
      (tell) => {
        const device = tell.device("driver");
        device.status(0);
        device.readStatus(0);
        device.status(1, 3);
        device.accept("VIRTIO_F_VERSION_1");
        device.event("configWritten");
        return device.events;
      },
    ],
    obeys: [
      (tell) => {
        const device = tell.device("driver");
        device.initialise();
        device.event("configWritten");
        return device.events;
      },
      // A legacy driver may.
      (tell) => {
        const device = tell.device("driver");
        device.status(0);
        device.readStatus(0);
        device.status(1, 3);
        device.accept("VIRTIO_F_EVENT_IDX");
        device.event("configWritten");
        device.status(7);
        return device.events;
      },
    ],
  },
});
