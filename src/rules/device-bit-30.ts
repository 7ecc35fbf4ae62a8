import { defineRule } from "./rule.ts";

export const deviceBit30 = defineRule({
  id: "device/bit-30",
  title: "Feature bit 30 was negotiated.",
  why:
    "Old drivers accepted every bit that was offered, and bit 30 is there to know them by. A driver " +
    "that takes it has not looked at what it accepts. The clause is part of the legacy interface.",
  class: "should",
  severity: "warning",
  party: "driver",
  clause: "virtio-1.3/6.3",
  covers: ["CM-LEG-12"],
  needs: "the features that are accepted",
  follows: ["device/feature-not-offered"],
  on: {
    "features.seen"({ accepted, place, evidence }, judge) {
      if (accepted === undefined) return;
      if (!accepted.has("bit 30")) return judge.satisfied();
      judge.violated({
        place,
        message: "the driver accepted feature bit 30",
        expected: "features without bit 30",
        found: "bit 30",
        evidence,
        shape: "",
      });
    },
  },
  examples: {
    violates: [
      (tell) => {
        const device = tell.device("driver");
        device.offer("VIRTIO_F_VERSION_1", 30);
        device.initialise(["VIRTIO_F_VERSION_1", 30]);
        return device.events;
      },
    ],
    obeys: [
      // QEMU offers it, to know old drivers by it.
      (tell) => {
        const device = tell.device("driver");
        device.offer("VIRTIO_F_VERSION_1", 30);
        device.initialise();
        return device.events;
      },
    ],
  },
});
