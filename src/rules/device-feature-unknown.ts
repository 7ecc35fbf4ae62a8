import { reservedBits } from "../virtio/feature-set.ts";
import { defineRule } from "./rule.ts";

export const deviceFeatureUnknown = defineRule({
  id: "device/feature-unknown",
  title: "The driver accepted a feature bit that has no meaning.",
  why:
    "A bit that no version up to 1.4 defines may mean anything in a later one: a driver that copies what is " +
    "offered promises what it does not know.",
  class: "must",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.2.1",
  since: "1.3",
  covers: ["CM-FEAT-05"],
  needs: "the features that are accepted",
  follows: ["device/feature-not-offered"],
  on: {
    "features.seen"({ accepted, place, evidence }, judge) {
      if (accepted === undefined) return;
      const reserved = reservedBits(accepted);
      if (reserved.length === 0) return judge.satisfied();
      judge.violated({
        place,
        message: `the driver accepted ${reserved.join(", ")}, which no version up to 1.4 defines`,
        expected: "features that are defined",
        found: reserved.join(", "),
        evidence,
        shape: reserved.join(" "),
      });
    },
  },
  examples: {
    violates: [
      (tell) => {
        const device = tell.device("driver");
        device.offer("VIRTIO_F_VERSION_1", 45);
        device.initialise(["VIRTIO_F_VERSION_1", 45]);
        return device.events;
      },
    ],
    obeys: [
      // Offered is not accepted; and bits of the device's own type are many.
      (tell) => {
        const device = tell.device("driver");
        device.offer("VIRTIO_F_VERSION_1", 45, 7, 51);
        device.initialise(["VIRTIO_F_VERSION_1", 7, 51]);
        return device.events;
      },
    ],
  },
});
