import type { FeatureName } from "../virtio/features.ts";
import { defineRule } from "./rule.ts";

/** What a driver should accept where it is offered. */
const ASKED: readonly FeatureName[] = [
  "VIRTIO_F_ACCESS_PLATFORM",
  "VIRTIO_F_RING_PACKED",
  "VIRTIO_F_ORDER_PLATFORM",
  "VIRTIO_F_NOTIF_CONFIG_DATA",
];

export const deviceFeatureDeclined = defineRule({
  id: "device/feature-declined",
  title: "The driver left out a feature that a driver should accept.",
  why:
    "Firmware does so to stay small, and old drivers do not know the feature: advice, no more. The device " +
    "may refuse to work without ACCESS_PLATFORM or ORDER_PLATFORM.",
  class: "lint",
  severity: "note",
  party: "driver",
  clause: "virtio-1.3/6.1",
  since: "1.1",
  covers: ["CM-RFB-03", "CM-RFB-06", "CM-RFB-07", "CM-RFB-09"],
  needs: "the features that are offered and those that are accepted",
  follows: ["device/feature-not-accepted"],
  on: {
    "features.seen"({ offered, accepted, featuresOk, place, evidence }, judge) {
      if (offered === undefined || accepted === undefined || !featuresOk) return;
      const asked = ASKED.filter((name) => offered.has(name));
      if (asked.length === 0) return;
      const declined = asked.filter((name) => !accepted.has(name));
      if (declined.length === 0) return judge.satisfied();
      judge.violated({
        place,
        message: `the driver did not accept ${declined.join(", ")}, which the device offers`,
        expected: asked.join(", "),
        found: "features without it",
        evidence,
        shape: declined.join(" "),
      });
    },
  },
  examples: {
    violates: [
      (tell) => {
        const device = tell.device("driver");
        device.offer("VIRTIO_F_VERSION_1", "VIRTIO_F_RING_PACKED");
        device.initialise(["VIRTIO_F_VERSION_1"]);
        return device.events;
      },
    ],
    obeys: [
      (tell) => {
        const device = tell.device("driver");
        device.offer("VIRTIO_F_VERSION_1", "VIRTIO_F_RING_PACKED", "VIRTIO_F_IN_ORDER");
        device.initialise(["VIRTIO_F_VERSION_1", "VIRTIO_F_RING_PACKED"]);
        return device.events;
      },
    ],
  },
});
