import { defineRule } from "./rule.ts";

export const deviceFeaturesOkOnLegacy = defineRule({
  id: "device/features-ok-on-legacy",
  title: "The driver wrote FEATURES_OK to a device that offers no VIRTIO_F_VERSION_1.",
  why:
    "Without VERSION_1 the device is reached through the legacy interface, which has no such step: the bit says " +
    "nothing to it, and reading it back as 0 proves nothing. 3.1.2 is in no conformance target.",
  class: "should",
  severity: "warning",
  party: "driver",
  clause: "virtio-1.3/3.1.2",
  covers: ["CM-LEG-05"],
  needs: "the features that are offered and accepted, and writes of the device status",
  follows: ["device/version-1-not-offered", "device/feature-not-offered"],
  on: {
    "features.seen"({ offered, accepted, featuresOk, place, evidence }, judge) {
      if (offered === undefined || accepted === undefined) return;
      if (offered.has("VIRTIO_F_VERSION_1") || accepted.has("VIRTIO_F_VERSION_1")) return;
      if (!featuresOk) return judge.satisfied();
      judge.violated({
        place,
        message: "FEATURES_OK is set, and the device does not offer VIRTIO_F_VERSION_1",
        expected: "DRIVER_OK without FEATURES_OK",
        found: "FEATURES_OK",
        evidence,
        shape: "",
      });
    },
  },
  examples: {
    violates: [
      (tell) => {
        const device = tell.device("driver");
        device.offer("VIRTIO_F_EVENT_IDX");
        device.initialise(["VIRTIO_F_EVENT_IDX"]);
        return device.events;
      },
    ],
    obeys: [
      (tell) => {
        const device = tell.device("driver");
        device.offer("VIRTIO_F_EVENT_IDX");
        device.status(0, 1, 3);
        device.accept("VIRTIO_F_EVENT_IDX");
        device.status(7);
        return device.events;
      },
      // What is offered is not told.
      (tell) => {
        const device = tell.device("driver");
        device.initialise(["VIRTIO_F_EVENT_IDX"]);
        return device.events;
      },
    ],
  },
});
