import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { CaseReader } from "../src/db/reader.ts";
import { CaseWriter, claimCase } from "../src/db/writer.ts";
import type { CheckReport } from "../src/model/check-report.ts";
import { checkSources } from "../src/pipeline/check.ts";
import { captureText, randomOf, SHARED, sharedPresent, sharedTitle } from "./run.ts";

const folder = mkdtempSync(join(tmpdir(), "vringscope-qemu-"));
afterAll(() => rmSync(folder, { recursive: true }));

const logs = sharedPresent
  ? readdirSync(`${SHARED}/captures`).filter((name) =>
      existsSync(`${SHARED}/captures/${name}/qemu.log.gz`),
    )
  : [];

async function checkText(text: string): Promise<CheckReport> {
  const path = join(folder, "qemu.log");
  writeFileSync(path, text);
  return checkSources([path]);
}

const satisfied = (report: CheckReport, rule: string): number =>
  report.coverage.filter((row) => row.rule === rule).reduce((sum, row) => sum + row.satisfied, 0);

describe.skipIf(!sharedPresent)(`QEMU's logs of every capture${sharedTitle}`, () => {
  test("there are 19", () => expect(logs.length).toBe(19));

  // A driver's own mistakes do not show on the device's side.
  test.each(logs)("%s: no finding, every line accounted for, and not by silence", async (name) => {
    const report = await checkSources([`${SHARED}/captures/${name}/qemu.log.gz`]);
    expect(report.findings).toEqual([]);
    const [source] = report.sources;
    expect(source?.format).toBe("qemu-log");
    expect(source?.ledger).toMatchObject({
      events: source?.ledger.lines,
      notes: 0,
      rejected: 0,
    });
    const fills = captureText(`${name}/qemu.log.gz`).match(/:virtqueue_fill /g)?.length ?? 0;
    expect(satisfied(report, "queue/filled-not-popped")).toBe(fills);
    expect(satisfied(report, "device/status-out-of-order")).toBeGreaterThan(2);
    expect(satisfied(report, "device/used-before-driver-ok")).toBeGreaterThan(fills);
    expect(satisfied(report, "device/kick-before-driver-ok")).toBeGreaterThan(0);
  });

  test("imported, every line of every log is an event", async () => {
    const path = join(folder, "logs.db");
    claimCase(path, { force: true });
    const paths = logs.map((name) => `${SHARED}/captures/${name}/qemu.log.gz`);
    await checkSources(paths, { store: new CaseWriter(path) });
    const reader = new CaseReader(path);
    const rows = [
      ...reader.query(
        "SELECT s.path, s.lines, s.events, s.notes, s.rejected, (SELECT count(*) FROM event e WHERE e.id >= s.first_event AND e.id < s.end_event) FROM source s ORDER BY s.id",
      ).rows,
    ];
    reader.close();
    const lines = logs.map((name) =>
      BigInt(captureText(`${name}/qemu.log.gz`).split("\n").length - 1),
    );
    expect(rows).toEqual(paths.map((log, i) => [log, lines[i], lines[i], 0n, 0n, lines[i]]));
  });

  test.each(logs.filter((name) => /irq|split-dat|stock|snap16/.test(name)))(
    "%s: lines that are missing make no finding",
    async (name) => {
      const seed = 20261126 + logs.indexOf(name);
      const random = randomOf(seed);
      const lines = captureText(`${name}/qemu.log.gz`).trim().split("\n");
      const without = (pattern: RegExp): string[] => lines.filter((line) => !pattern.test(line));
      const at = Math.floor(random() * lines.length);
      const cuts: Readonly<Record<string, string[]>> = {
        "1% gone": lines.filter(() => random() >= 0.01),
        "10% gone": lines.filter(() => random() >= 0.1),
        "half gone": lines.filter(() => random() >= 0.5),
        "from the middle": lines.slice(at),
        "up to the middle": lines.slice(0, at),
        "no pops": without(/_pop /),
        "no allocations": without(/_alloc_element /),
        "no pops, no allocations": without(/_pop |_alloc_element /),
        "no fills": without(/_fill /),
        "no status": without(/_set_status /),
        "no resets": without(/ val 0$/),
        "no DRIVER_OK": without(/ val 15$/),
        "no notifications": without(/_queue_notify /),
      };
      for (const [cut, kept] of Object.entries(cuts)) {
        const { findings } = await checkText(`${kept.join("\n")}\n`);
        const told = findings.map(({ rule, message }) => [rule, message]);
        expect({ seed, cut, told }).toEqual({ seed, cut, told: [] });
      }
    },
    60_000,
  );
});

test("a device that pops, marks used twice and is kicked too early is told so", async () => {
  const lines = [
    "virtio_set_status vdev 0x10 val 0",
    "virtio_set_status vdev 0x10 val 1",
    "virtio_set_status vdev 0x10 val 3",
    "virtio_set_status vdev 0x10 val 11",
    "virtio_queue_notify vdev 0x10 n 0 vq 0x100",
    "virtio_set_status vdev 0x10 val 15",
    "virtqueue_alloc_element elem 0x20 size 240 in_num 2 out_num 1",
    "virtqueue_pop vq 0x100 elem 0x20 in_num 2 out_num 1",
    "virtqueue_fill vq 0x100 elem 0x20 len 1 idx 0",
    "virtqueue_fill vq 0x100 elem 0x20 len 1 idx 0",
    "virtqueue_flush vq 0x100 count 1",
    "virtio_set_status vdev 0x10 val 8",
  ];
  const stamped = lines.map((line, i) => `7@1795398970.58700${i % 10}:${line}`);
  const { findings, queues } = await checkText(`${stamped.join("\n")}\n`);
  expect(findings.map(({ rule, queue, place, party }) => [rule, queue, place.line, party])).toEqual(
    [
      ["device/kick-before-driver-ok", "queue 0@0x100#1", 5, "driver"],
      ["queue/filled-not-popped", "queue 0@0x100#1", 10, "device"],
      ["device/status-bit-cleared", "device@0x10", 12, "driver"],
    ],
  );
  expect(queues.map(({ id, device, index }) => [id, device, index])).toEqual([
    ["device@0x10", "device@0x10", undefined],
    ["queue 0@0x100#1", "device@0x10", 0],
  ]);
});
