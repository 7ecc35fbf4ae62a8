import { defineRule } from "./rule.ts";

export const deviceFeaturesRefused = defineRule({
  id: "device/features-refused",
  title: "The device refused features that it offers.",
  why:
    "A device should take any valid subset of what it offers, and what it took before a reset it should take " +
    "again. It may refuse a driver that lacks VERSION_1, ACCESS_PLATFORM or ORDER_PLATFORM.",
  class: "should",
  severity: "warning",
  party: "device",
  clause: "virtio-1.3/2.2.2",
  covers: ["CM-FEAT-10", "CM-FEAT-13"],
  needs: "offered and accepted features, and the status read back after FEATURES_OK",
  follows: ["device/feature-not-offered", "device/feature-prerequisite-missing"],
  on: {
    "features.answered"({ kept, invalid, excuse, takenBefore, place, evidence }, judge) {
      if (kept) return judge.satisfied();
      if (!takenBefore && invalid === undefined) {
        return judge.undecided("not known which features were offered and accepted");
      }
      if (!takenBefore && (invalid?.length ?? 0) > 0) return judge.satisfied();
      if (!takenBefore && excuse !== "") {
        return judge.undecided(`a device may refuse to work without ${excuse}`);
      }
      const what = takenBefore
        ? "features that it took before a reset"
        : "a valid subset of what it offers";
      judge.violated({
        place,
        message: `the device refused ${what}: FEATURES_OK reads back as 0`,
        expected: "FEATURES_OK",
        found: "a status without it",
        evidence: [...evidence, { role: "outcome", place, what: "the status is read back" }],
        shape: takenBefore ? "again" : "",
      });
    },
  },
  examples: {
    violates: [
      (tell) => {
        const device = tell.device("driver");
        device.offer("VIRTIO_F_VERSION_1", 5, 6);
        device.status(0);
        device.readStatus(0);
        device.status(1, 3);
        device.accept("VIRTIO_F_VERSION_1", 5);
        device.status(11);
        device.readStatus(3);
        return device.events;
      },
      (tell) => {
        const device = tell.device("driver");
        device.initialise();
        device.status(0);
        device.readStatus(0);
        device.status(1, 3);
        device.accept("VIRTIO_F_VERSION_1");
        device.status(11);
        device.readStatus(3);
        return device.events;
      },
    ],
    obeys: [
      (tell) => {
        const device = tell.device("driver");
        device.offer("VIRTIO_F_VERSION_1", 5, 6);
        device.initialise(["VIRTIO_F_VERSION_1", 5]);
        return device.events;
      },
      // What was offered is not known, and a device may refuse what lacks the platform's addresses.
      (tell) => {
        const device = tell.device("driver");
        device.status(0);
        device.readStatus(0);
        device.status(1, 3);
        device.accept("VIRTIO_F_VERSION_1");
        device.status(11);
        device.readStatus(3);
        device.status(131);
        return device.events;
      },
    ],
  },
});
