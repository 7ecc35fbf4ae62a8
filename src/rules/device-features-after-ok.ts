import { defineRule } from "./rule.ts";

export const deviceFeaturesAfterOk = defineRule({
  id: "device/features-after-ok",
  title: "The driver accepted another feature after FEATURES_OK.",
  why: "The device took the features as they stood with FEATURES_OK: a later one is in force for the driver alone.",
  class: "must",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/3.1.1",
  covers: ["CM-INIT-04"],
  needs: "writes of the accepted features and of the device status",
  follows: [],
  on: {
    "features.written"({ added, afterOk, place, evidence }, judge) {
      if (!afterOk || added.length === 0) return judge.satisfied();
      judge.violated({
        place,
        message: `the driver accepts ${added.join(", ")} after it wrote FEATURES_OK`,
        expected: "no new feature after FEATURES_OK",
        found: added.join(", "),
        evidence: [
          ...evidence,
          { role: "decision", place, what: `${added.join(", ")} is accepted` },
        ],
        shape: added.join(" "),
      });
    },
  },
  examples: {
    violates: [
      (tell) => {
        const device = tell.device("driver");
        device.initialise();
        device.accept("VIRTIO_F_VERSION_1", "VIRTIO_F_EVENT_IDX");
        return device.events;
      },
    ],
    obeys: [
      (tell) => {
        const device = tell.device("driver");
        device.initialise(["VIRTIO_F_VERSION_1", "VIRTIO_F_EVENT_IDX"]);
        device.accept("VIRTIO_F_VERSION_1");
        return device.events;
      },
      // The features are written in two halves, as registers of 32 bits have them.
      (tell) => {
        const device = tell.device("driver");
        device.status(0);
        device.readStatus(0);
        device.status(1, 3);
        device.accept(5);
        device.accept(5, "VIRTIO_F_VERSION_1");
        device.status(11);
        return device.events;
      },
    ],
  },
});
