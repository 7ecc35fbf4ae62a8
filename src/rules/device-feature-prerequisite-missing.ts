import type { Party } from "../model/finding.ts";
import {
  DEVICE_ID_NET,
  type FeatureSet,
  hasPrerequisites,
  withoutPrerequisite,
} from "../virtio/feature-set.ts";
import { defineRule, type Judge } from "./rule.ts";

export const deviceFeaturePrerequisiteMissing = defineRule({
  id: "device/feature-prerequisite-missing",
  title: "A feature was offered or accepted without one that it stands on.",
  why:
    "What a feature means may rest on another: a network device without VIRTIO_NET_F_CTRL_VQ has no queue to " +
    "set the number of its queue pairs on. The table is that of 5.1.3.1; other features stand on none.",
  class: "must",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.2.1",
  covers: ["CM-FEAT-02", "CM-FEAT-09", "CM-FEAT-11"],
  needs: "the features that are offered or accepted, by name",
  follows: ["device/feature-not-offered"],
  on: {
    "features.seen"({ offered, accepted, place, evidence }, judge) {
      for (const [party, set] of [
        ["device", offered],
        ["driver", accepted],
      ] as const) {
        if (set !== undefined) judgeSet(set, party, judge, { place, evidence });
      }
    },
  },
  examples: {
    violates: [
      (tell) => {
        const device = tell.device("driver");
        device.deviceType = DEVICE_ID_NET;
        device.offer("VIRTIO_F_VERSION_1", 22);
        return device.events;
      },
      (tell) => {
        const device = tell.device("driver");
        device.deviceType = DEVICE_ID_NET;
        device.offer("VIRTIO_F_VERSION_1", 0, 11, 13);
        device.initialise(["VIRTIO_F_VERSION_1", 0, 13]);
        return device.events;
      },
      (tell) => {
        const device = tell.device("driver");
        device.deviceType = DEVICE_ID_NET;
        device.offer("VIRTIO_F_VERSION_1", 0, 17, 51, 56);
        return device.events;
      },
    ],
    obeys: [
      // One of two suffices: HASH_REPORT for HASH_TUNNEL, beside CTRL_VQ.
      (tell) => {
        const device = tell.device("driver");
        device.deviceType = DEVICE_ID_NET;
        device.offer("VIRTIO_F_VERSION_1", 0, 1, 17, 51, 54, 55, 56, 57);
        return device.events;
      },
      (tell) => {
        const device = tell.device("driver");
        device.deviceType = DEVICE_ID_NET;
        device.offer("VIRTIO_F_VERSION_1", 0, 12, 13, 17, 22);
        device.initialise(["VIRTIO_F_VERSION_1", 0, 12, 13]);
        return device.events;
      },
      // Of a device of unknown type bit 22 may mean anything.
      (tell) => {
        const device = tell.device("driver");
        device.offer("VIRTIO_F_VERSION_1", 22);
        return device.events;
      },
    ],
  },
});

function judgeSet(
  set: FeatureSet,
  party: Exclude<Party, "unknown">,
  judge: Judge,
  at: Pick<Parameters<Judge["violated"]>[0], "place" | "evidence">,
): void {
  if (!hasPrerequisites(set)) return;
  const missing = withoutPrerequisite(set);
  if (missing.length === 0) {
    judge.satisfied();
    return;
  }
  judge.violated({
    ...at,
    message: `the ${party} ${party === "device" ? "offers" : "accepted"} ${missing.join(", ")}`,
    expected: "each feature with what it stands on",
    found: missing.join(", "),
    clause: party === "device" ? "virtio-1.3/2.2.2" : "virtio-1.3/2.2.1",
    party,
    shape: `${party} ${missing.join(" ")}`,
  });
}
