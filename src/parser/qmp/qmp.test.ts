import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseQmp } from "./qmp.ts";
import { bytesAt, parseXp } from "./xp.ts";

const status = {
  name: "virtio-blk",
  "queue-index": 1,
  "vring-num": 16,
  "vring-desc": 4096,
  "vring-avail": 8192,
  "vring-used": 12288,
  "used-idx": 15,
  "last-avail-idx": 15,
  inuse: 0,
};

test("xp: words of any width go back to bytes, lowest first", () => {
  expect(parseXp("0000000000001000: 0x0292f000 0x80030000\r\n")?.pieces).toEqual([
    { address: 0x1000, bytes: Uint8Array.from([0x00, 0xf0, 0x92, 0x02, 0x00, 0x00, 0x03, 0x80]) },
  ]);
  expect(
    parseXp("0000000000001000: 0x01 0x02\n0000000000001002: 0x0403")?.pieces[0]?.bytes,
  ).toEqual(Uint8Array.from([1, 2, 3, 4]));
});

test("xp: pieces that do not follow each other stay apart, and are found by address", () => {
  const pieces = parseXp("0000000000001000: 0x01\n0000000000002000: 0x02 0x03")?.pieces ?? [];
  expect(pieces).toHaveLength(2);
  expect(bytesAt(pieces, 0x2001, 1)).toEqual(Uint8Array.from([3]));
  expect(bytesAt(pieces, 0x1000, 2)).toBeUndefined();
});

test("xp: a line that is no memory costs one line, and is counted", () => {
  const text = parseXp("0000000000001000: 0x01\nCannot access memory\n0000000000001001: 0x02\n");
  expect(text?.unread).toBe(1);
  expect(bytesAt(text?.pieces ?? [], 0x1000, 2)).toEqual(Uint8Array.from([1, 2]));
});

test.each([
  ["decimal words", "0000000000001802:   175     2"],
  ["instructions", "0x00001000:  00 1c      addb     %bl, (%si)"],
  ["words of odd width", "0000000000001000: 0x123"],
  ["nothing", ""],
])("xp: %s are not read", (_what, text) => {
  expect(parseXp(text)).toBeUndefined();
});

test("answers under the names of their commands", () => {
  const text = JSON.stringify({
    "queue-status /machine/device[0]/virtio-backend 1": { return: status },
    "queue-status /machine/device[0]/virtio-backend 2": { error: { class: "GenericError" } },
    "xp /machine/device[0]/virtio-backend 1": { return: "0000000000001000: 0x01 0x02\r\n" },
    "status /machine/device[0]/virtio-backend": {
      return: {
        name: "virtio-blk",
        broken: true,
        "vm-running": false,
        "guest-features": {
          "unknown-dev-features": 2 ** 40,
          transports: ["VIRTIO_RING_F_EVENT_IDX: event fields", "VIRTIO_F_RING_PACKED: packed"],
        },
      },
    },
  });
  const path = "/machine/device[0]/virtio-backend";
  expect(parseQmp(text)).toMatchObject({
    queues: [{ path, device: "virtio-blk", index: 1, size: 16, desc: 4096, usedIdx: 15 }],
    devices: [
      {
        path,
        broken: true,
        running: false,
        features: ["VIRTIO_F_EVENT_IDX", "VIRTIO_F_RING_PACKED", "VIRTIO_F_RING_RESET"],
      },
    ],
    memory: [{ address: 4096 }],
    others: 1,
  });
});

test("answers as a QMP session prints them", () => {
  const answers = parseQmp(readFileSync("fixtures/other/qmp.txt", "utf8"));
  expect(answers?.queues.map(({ size, usedIdx }) => [size, usedIdx])).toEqual([
    [128, 175],
    [64, 46],
  ]);
  expect(answers?.devices).toHaveLength(1);
});

test.each([
  ["a size that no queue has", { "vring-num": 65536 }],
  ["a fraction", { "used-idx": 1.5 }],
  ["an address that a double cannot hold", { "vring-desc": 2 ** 60 }],
  ["a queue that was never set up", { "vring-desc": 0 }],
  ["a missing field", { "last-avail-idx": undefined }],
])("%s is no queue", (_what, change) => {
  expect(parseQmp(JSON.stringify({ return: { ...status, ...change } }))).toBeUndefined();
});

test.each(["", "{", "[]", "null", '"text"', '{"a": 1}', "a trace\nof lines"])(
  "%j is no answer",
  (text) => {
    expect(parseQmp(text)).toBeUndefined();
  },
);
