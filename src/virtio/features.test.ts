import { expect, test } from "vitest";
import { featureNames, parseFeatures } from "./features.ts";
import { statusNames } from "./status.ts";

test("a feature word names the bits that queues and transports know", () => {
  expect(featureNames(0x5_3000_0000n)).toEqual([
    "VIRTIO_F_INDIRECT_DESC",
    "VIRTIO_F_EVENT_IDX",
    "VIRTIO_F_VERSION_1",
    "VIRTIO_F_RING_PACKED",
  ]);
  // Bits of a device's own type say nothing of its queues.
  expect(featureNames(0xff_ffffn)).toEqual([]);
});

test.each([
  ["0xd50000000", ["INDIRECT_DESC", "VERSION_1", "RING_PACKED", "IN_ORDER"]],
  ["EVENT_IDX, ring_packed", ["EVENT_IDX", "RING_PACKED"]],
  ["VIRTIO_RING_F_EVENT_IDX|VIRTIO_F_IN_ORDER", ["EVENT_IDX", "IN_ORDER"]],
  ["", []],
])("%s", (text, names) => {
  const { features, unknown } = parseFeatures(text);
  expect(features).toEqual(names.map((name) => `VIRTIO_F_${name}`));
  expect(unknown).toEqual([]);
});

test("names that the specification does not have are told", () => {
  expect(parseFeatures("EVENT_IDX,FROBNICATE,toString").unknown).toEqual([
    "FROBNICATE",
    "toString",
  ]);
});

test("status bits have the specification's names", () => {
  expect(statusNames(0x4f)).toEqual([
    "ACKNOWLEDGE",
    "DRIVER",
    "DRIVER_OK",
    "FEATURES_OK",
    "DEVICE_NEEDS_RESET",
  ]);
  expect(statusNames(0)).toEqual([]);
});
