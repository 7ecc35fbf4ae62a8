import { defineRule } from "./rule.ts";

/** A legacy bit (virtio 1.3, 6.3). */
const ANY_LAYOUT = "VIRTIO_F_ANY_LAYOUT";

export const deviceAnyLayoutMissing = defineRule({
  id: "device/any-layout-missing",
  title: "On the legacy interface feature bit 27, ANY_LAYOUT, was not offered, or not accepted.",
  why:
    "A transitional device offers it and a transitional driver takes it, so that buffers may be cut into elements " +
    "as with VERSION_1. Devices and drivers that are legacy alone need not, and some drivers of today do not.",
  class: "lint",
  severity: "note",
  party: "driver",
  clause: "virtio-1.3/6.3",
  covers: ["CM-LEG-10", "CM-LEG-11"],
  needs: "the features that are offered and those that are accepted",
  follows: ["device/feature-not-accepted", "device/features-ok-on-legacy"],
  on: {
    "features.seen"({ offered, accepted, featuresOk, place, evidence }, judge) {
      if (offered === undefined || accepted === undefined || featuresOk) return;
      const transitional = offered.has("VIRTIO_F_VERSION_1");
      if (accepted.has("VIRTIO_F_VERSION_1")) return;
      if (accepted.has(ANY_LAYOUT)) return judge.satisfied();
      if (offered.has(ANY_LAYOUT)) {
        // One that sees VERSION_1 and leaves it is a legacy driver.
        if (transitional) return judge.undecided("a legacy driver need not accept it");
        judge.violated({
          place,
          message: "the driver did not accept ANY_LAYOUT, as a transitional one must",
          expected: ANY_LAYOUT,
          found: "features without it",
          evidence,
          shape: "driver",
        });
        return;
      }
      // A device that offers VERSION_1, and serves a driver without it, is transitional.
      if (!transitional) return judge.undecided("a legacy device need not offer it");
      judge.violated({
        place,
        message: "the device does not offer ANY_LAYOUT, and serves a legacy driver",
        expected: ANY_LAYOUT,
        found: "features without it",
        evidence,
        party: "device",
        shape: "device",
      });
    },
  },
  examples: {
    violates: [
      (tell) => {
        const device = tell.device("driver");
        device.offer(27, "VIRTIO_F_EVENT_IDX");
        device.status(0, 1, 3);
        device.accept("VIRTIO_F_EVENT_IDX");
        device.status(7);
        return device.events;
      },
      (tell) => {
        const device = tell.device("driver");
        device.offer("VIRTIO_F_VERSION_1", "VIRTIO_F_EVENT_IDX");
        device.status(0, 1, 3);
        device.accept("VIRTIO_F_EVENT_IDX");
        device.status(7);
        return device.events;
      },
    ],
    obeys: [
      (tell) => {
        const device = tell.device("driver");
        device.offer("VIRTIO_F_VERSION_1", 27);
        device.status(0, 1, 3);
        device.accept(27);
        device.status(7);
        return device.events;
      },
      // A legacy device, with a legacy driver; and a modern pair.
      (tell) => {
        const device = tell.device("driver");
        device.offer("VIRTIO_F_EVENT_IDX");
        device.status(0, 1, 3);
        device.accept("VIRTIO_F_EVENT_IDX");
        device.status(7);
        return device.events;
      },
      (tell) => {
        const device = tell.device("driver");
        device.offer("VIRTIO_F_VERSION_1");
        device.initialise();
        return device.events;
      },
    ],
  },
});
