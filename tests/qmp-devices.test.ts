import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { CheckReport } from "../src/model/check-report.ts";
import { checkSources } from "../src/pipeline/check.ts";
import { captureText, SHARED, sharedPresent, sharedTitle } from "./run.ts";

const folder = mkdtempSync(join(tmpdir(), "vringscope-qmp-"));
const path = join(folder, "qmp.json");
afterAll(() => rmSync(folder, { recursive: true }));

const NAME = "status /machine/peripheral-anon/device[0]/virtio-backend";
const QUEUE = "queue-status /machine/peripheral-anon/device[0]/virtio-backend 0";

interface Status {
  "guest-features": Record<string, string[] | number>;
  "host-features": Record<string, string[] | number>;
  status: { statuses: string[] };
}

async function check(answers: object): Promise<CheckReport> {
  writeFileSync(path, JSON.stringify(answers));
  return checkSources([path]);
}

/** Answers as QEMU gives them for a packed block device with Linux as its driver. */
function answers(): { [NAME]: { return: Status }; [QUEUE]: { return: Record<string, unknown> } } {
  const transports = [
    "VIRTIO_RING_F_EVENT_IDX: Used & avail. event fields enabled",
    "VIRTIO_F_RING_PACKED: Device supports packed VQ layout",
    "VIRTIO_F_VERSION_1: Device compliant for v1 spec (legacy)",
  ];
  const own = ["VIRTIO_BLK_F_MQ: Multiqueue supported"];
  return {
    [NAME]: {
      return: {
        name: "virtio-blk",
        status: {
          statuses: ["ACKNOWLEDGE", "DRIVER", "FEATURES_OK", "DRIVER_OK"].map(
            (bit) => `VIRTIO_CONFIG_S_${bit}: text`,
          ),
        },
        "host-features": {
          transports: [...transports, "VIRTIO_F_ANY_LAYOUT: text"],
          "dev-features": [...own, "VHOST_USER_F_PROTOCOL_FEATURES: text"],
        },
        "guest-features": { transports, "dev-features": own },
      } as Status,
    },
    [QUEUE]: {
      return: {
        name: "virtio-blk",
        "queue-index": 0,
        "vring-num": 12,
        "vring-desc": 0x1000,
        "vring-avail": 0x2000,
        "vring-used": 0x3000,
        "used-idx": 0,
        "last-avail-idx": 0,
        inuse: 0,
      },
    },
  } as ReturnType<typeof answers>;
}

const told = ({ findings }: CheckReport): string[][] =>
  findings.map(({ rule, queue, severity }) => [rule, queue, severity]);
const DEVICE = "virtio-blk /machine/peripheral-anon/device[0]/virtio-backend";

test("features and queues as they should be: nothing to say, and that is counted", async () => {
  const report = await check(answers());
  expect(told(report)).toEqual([]);
  const rules = report.coverage.filter(({ queue }) => queue === DEVICE).map(({ rule }) => rule);
  expect(rules).toEqual(
    expect.arrayContaining([
      "device/feature-not-offered",
      "device/feature-not-accepted",
      "device/feature-declined",
      "queue/area-misaligned",
      "queue/size-not-allowed",
      "queue/areas-overlap",
    ]),
  );
  expect(report.queues.find(({ id }) => id === DEVICE)?.features).toContain("VIRTIO_F_RING_PACKED");
});

test("a feature that was not offered, one that nobody defines, and an area at an odd address", async () => {
  const wrong = answers();
  const { return: status } = wrong[NAME];
  status["guest-features"]["unknown-dev-features"] = 2 ** 45;
  wrong[QUEUE].return["vring-avail"] = 0x2002;
  expect(told(await check(wrong))).toEqual([
    ["device/feature-not-offered", DEVICE, "error"],
    ["queue/area-misaligned", `${DEVICE} q0`, "error"],
  ]);
});

test("before FEATURES_OK nothing is accepted yet; a legacy driver need not take VERSION_1", async () => {
  const early = answers();
  early[NAME].return.status.statuses.length = 2;
  early[NAME].return["guest-features"] = { transports: [], "dev-features": [] };
  early[QUEUE].return["vring-num"] = 16;
  expect(told(await check(early))).toEqual([]);
  const legacy = answers();
  legacy[NAME].return.status.statuses.splice(2, 1);
  legacy[NAME].return["guest-features"] = { transports: [], "dev-features": [] };
  Object.assign(legacy[QUEUE].return, {
    "vring-num": 16,
    "vring-avail": 0x1100,
    "vring-used": 0x2000,
  });
  expect(told(await check(legacy))).toEqual([]);
  legacy[QUEUE].return["vring-avail"] = 0x1400;
  expect(told(await check(legacy))).toEqual([["split/legacy-layout", `${DEVICE} q0`, "error"]]);
});

const captures = sharedPresent
  ? readdirSync(`${SHARED}/captures`).filter((name) =>
      existsSync(`${SHARED}/captures/${name}/qmp.json.gz`),
    )
  : [];

describe.skipIf(!sharedPresent)(`answers of QEMU about its own devices${sharedTitle}`, () => {
  test.each(captures)("%s", async (name) => {
    writeFileSync(path, captureText(`${name}/qmp.json.gz`));
    const report = await checkSources([path]);
    const ours = report.findings.filter(({ rule }) => /^device|size|area|legacy/.test(rule));
    expect(ours).toEqual([]);
    const made = report.coverage.filter(({ rule }) => rule === "device/feature-not-offered");
    expect(made.length).toBeGreaterThan(1);
  });
});
