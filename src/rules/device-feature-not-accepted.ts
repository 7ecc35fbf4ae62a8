import { defineRule } from "./rule.ts";

export const deviceFeatureNotAccepted = defineRule({
  id: "device/feature-not-accepted",
  title: "The driver left out VIRTIO_F_VERSION_1, and goes on as if it had accepted it.",
  why:
    "A driver that takes the steps of version 1 must accept VERSION_1 where it is offered; one that does not " +
    "is a legacy driver, and writes no FEATURES_OK.",
  class: "must",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/6.1",
  covers: ["CM-RFB-01"],
  needs: "the features that are offered and those that are accepted, and the device status",
  follows: [],
  on: {
    "features.seen"({ offered, accepted, featuresOk, place, evidence }, judge) {
      // Through the legacy interface the bit cannot be seen.
      if (offered === undefined || accepted === undefined || !featuresOk) return;
      if (!offered.has("VIRTIO_F_VERSION_1")) return;
      if (accepted.has("VIRTIO_F_VERSION_1")) return judge.satisfied();
      judge.violated({
        place,
        message: "the driver wrote FEATURES_OK, and did not accept VIRTIO_F_VERSION_1",
        expected: "VIRTIO_F_VERSION_1, which is offered",
        found: "features without it",
        evidence,
        shape: "",
      });
    },
  },
  examples: {
    violates: [
      (tell) => {
        const device = tell.device("driver");
        device.offer("VIRTIO_F_VERSION_1", "VIRTIO_F_EVENT_IDX");
        device.initialise(["VIRTIO_F_EVENT_IDX"]);
        return device.events;
      },
    ],
    obeys: [
      (tell) => {
        const device = tell.device("driver");
        device.offer("VIRTIO_F_VERSION_1", "VIRTIO_F_EVENT_IDX");
        device.initialise(["VIRTIO_F_VERSION_1"]);
        return device.events;
      },
      // A legacy driver.
      (tell) => {
        const device = tell.device("driver");
        device.offer("VIRTIO_F_VERSION_1", "VIRTIO_F_ANY_LAYOUT");
        device.status(0);
        device.readStatus(0);
        device.status(1, 3);
        device.accept("VIRTIO_F_ANY_LAYOUT");
        device.status(7);
        return device.events;
      },
    ],
  },
});
