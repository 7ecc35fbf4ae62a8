import type { FeatureName } from "../virtio/features.ts";
import { defineRule } from "./rule.ts";

/** Features that came with version 1 or later: no legacy device has them. */
const LATER: readonly FeatureName[] = [
  "VIRTIO_F_ACCESS_PLATFORM",
  "VIRTIO_F_RING_PACKED",
  "VIRTIO_F_IN_ORDER",
  "VIRTIO_F_ORDER_PLATFORM",
  "VIRTIO_F_SR_IOV",
  "VIRTIO_F_NOTIFICATION_DATA",
  "VIRTIO_F_NOTIF_CONFIG_DATA",
  "VIRTIO_F_RING_RESET",
  "VIRTIO_F_ADMIN_VQ",
  "VIRTIO_F_SUSPEND",
];

export const deviceVersion1NotOffered = defineRule({
  id: "device/version-1-not-offered",
  title: "The device does not offer VIRTIO_F_VERSION_1, and is no legacy device.",
  why:
    "Without VERSION_1 every driver takes the device for a legacy one: other layout, other byte order, other " +
    "steps. What else it offers exists only with VERSION_1.",
  class: "must",
  severity: "error",
  party: "device",
  clause: "virtio-1.3/6.2",
  covers: ["CM-RFB-10"],
  needs: "the features that are offered",
  follows: [],
  on: {
    "features.seen"({ offered, place, evidence }, judge) {
      if (offered === undefined) return;
      if (offered.has("VIRTIO_F_VERSION_1")) return judge.satisfied();
      const later = LATER.filter((name) => offered.has(name));
      // The specification is not about devices that are legacy alone.
      if (later.length === 0) return judge.undecided("it may be a legacy device");
      judge.violated({
        place,
        message: `the device offers ${later.join(", ")} and not VIRTIO_F_VERSION_1`,
        expected: "VIRTIO_F_VERSION_1",
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
        device.offer("VIRTIO_F_RING_PACKED", "VIRTIO_F_EVENT_IDX");
        return device.events;
      },
    ],
    obeys: [
      (tell) => {
        const device = tell.device("driver");
        device.offer("VIRTIO_F_VERSION_1", "VIRTIO_F_RING_PACKED");
        return device.events;
      },
      // A legacy device.
      (tell) => {
        const device = tell.device("driver");
        device.offer("VIRTIO_F_EVENT_IDX", "VIRTIO_F_INDIRECT_DESC");
        return device.events;
      },
    ],
  },
});
