import { lacking } from "../virtio/feature-set.ts";
import { defineRule } from "./rule.ts";

export const deviceFeatureNotOffered = defineRule({
  id: "device/feature-not-offered",
  title: "The driver accepted a feature that the device does not offer.",
  why: "The driver will use what the device does not understand. The device has to refuse such a set: where it took it (FEATURES_OK reads back), an effect says so.",
  class: "must",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.2.1",
  covers: ["CM-FEAT-01", "CM-FEAT-11"],
  needs: "the features that are offered and those that are accepted",
  follows: [],
  on: {
    "features.seen"({ offered, accepted, place, evidence }, judge) {
      if (offered === undefined || accepted === undefined) return;
      const more = lacking(accepted, offered);
      if (more.length === 0) return judge.satisfied();
      judge.violated({
        place,
        message: `the driver accepted ${more.join(", ")}, which the device does not offer`,
        expected: "features that are offered",
        found: more.join(", "),
        evidence,
        shape: more.join(" "),
      });
    },
  },
  examples: {
    violates: [
      (tell) => {
        const device = tell.device("driver");
        device.offer("VIRTIO_F_VERSION_1");
        device.initialise(["VIRTIO_F_VERSION_1", "VIRTIO_F_IN_ORDER"]);
        return device.events;
      },
    ],
    obeys: [
      (tell) => {
        const device = tell.device("driver");
        device.offer("VIRTIO_F_VERSION_1", "VIRTIO_F_IN_ORDER", 5);
        device.initialise(["VIRTIO_F_VERSION_1", 5]);
        return device.events;
      },
      // What was offered is not known.
      (tell) => {
        const device = tell.device("driver");
        device.initialise(["VIRTIO_F_VERSION_1", "VIRTIO_F_IN_ORDER"]);
        return device.events;
      },
    ],
  },
});
