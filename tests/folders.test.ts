import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkSources } from "../src/pipeline/check.ts";
import { DumpChecks, observeSubject } from "../src/pipeline/dump-check.ts";
import { sortMembers } from "../src/pipeline/members.ts";
import type { Observation } from "../src/replay/observation.ts";
import { EXPOSURE } from "../src/replay/ring-facts.ts";
import { checkText } from "../src/report/text.ts";
import { SHARED, sharedPresent, sharedTitle, vringscope } from "./run.ts";

const SAID = "2026-11-23T01:56:10.587129Z qemu-system-x86_64: Incorrect order for descriptors\n";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "vringscope-folder-"));
  const rings = join(folder, "rings");
  mkdirSync(rings);
  copyFileSync("fixtures/stories/unfinished/trace.txt", join(folder, "trace.txt"));
  const from = "fixtures/rings/next-not-cleared";
  for (const file of readdirSync(from).filter((name) => name.endsWith(".bin"))) {
    copyFileSync(join(from, file), join(rings, file));
  }
  writeFileSync(
    join(folder, "qemu.log"),
    `28995@1795398970.587002:virtio_notify vdev 0x1 vq 0x2\n${SAID}`,
  );
  writeFileSync(join(folder, "console.txt"), "Booting\nlogin:\n");
  writeFileSync(join(folder, "core"), Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, 0]));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

test("a folder is taken apart: every member is a source, with its lines", async () => {
  const { sources, queues } = await checkSources([folder]);
  const kinds = sources.map(({ path, format, ledger }) => [
    path.slice(folder.length + 1),
    format,
    ledger.lines,
    ledger.notes,
  ]);
  expect(kinds).toEqual([
    ["trace.txt", "ftrace-text", 3, 1],
    ["qemu.log", "qemu-log", 2, 1],
    ["rings/ring-virtio-blk-0-q0-{desc,driver,device}.bin", "ring-dump", 0, 0],
    ["console.txt", "text", 2, 2],
    ["core", "not-read", 0, 0],
  ]);
  // Two of the trace; a device and its queue by the device's own log.
  expect(queues.map(({ device }) => device)).toEqual([
    undefined,
    undefined,
    "device@0x1",
    "device@0x1",
  ]);
  expect(sources[2]?.remarks?.join("\n")).toContain("queue req.0@0xff448aaa6ff80900#1");
});

test("what the device said is an effect on the queue whose dump shows why", async () => {
  const { dumps, logs } = await sortMembers([folder], {});
  const [subject] = new DumpChecks(dumps, logs).subjects;
  const seen: Observation[] = [];
  const queue = {
    number: 0,
    id: "q",
    name: undefined,
    index: 0,
    layout: undefined,
    size: 16,
    ordinal: 0,
  };
  if (subject === undefined) throw new Error("the dump is gone");
  observeSubject(subject, queue, { seq: 0, line: 0, time: 0, cpu: -1 }, (one) => seen.push(one));
  const exposed = seen.find((one) => one.kind === "buffer.exposed");
  expect(exposed?.facts).toMatchObject([{ aspect: EXPOSURE.runsOn, slot: 2, other: 3 }]);
  const effects = seen.filter((one) => one.kind === "effect.seen");
  expect(effects.map(({ effect }) => effect.message)).toEqual([
    `the device stopped: QEMU says "Incorrect order for descriptors" (${join(folder, "qemu.log")} line 2)`,
  ]);
  expect(logs[0]?.source.diagnostics).toEqual([]);
});

test("what the device said, and no dump shows why, is kept with its log", async () => {
  const other = join(folder, "other");
  mkdirSync(other);
  copyFileSync("fixtures/stories/stock-packed/trace.txt", join(other, "trace.txt"));
  writeFileSync(join(other, "qemu.log"), SAID);
  const report = await checkSources([other]);
  expect(report.sources[1]?.diagnostics).toMatchObject([{ code: "device-message", line: 1 }]);
  expect(report.verdict).toBe("clean");
  expect(checkText(report, [])).toContain('nothing from QEMU: "Incorrect order for descriptors"');
});

test("a dump is judged alone, by the name of its file", async () => {
  const { queues, sources } = await checkSources([
    "fixtures/rings/next-not-cleared/ring-virtio-blk-0-q0-desc.bin",
  ]);
  expect(queues).toMatchObject([{ id: "virtio-blk-0 q0", layout: "packed", size: 16 }]);
  expect(sources).toHaveLength(1);
});

test("a folder without a trace and without a dump is refused, with what is in it", () => {
  const empty = join(folder, "binaries");
  mkdirSync(empty);
  copyFileSync(join(folder, "core"), join(empty, "core"));
  const { status, stderr } = vringscope(["check", empty]);
  expect(status).toBe(2);
  expect(stderr).toContain("is a directory without a trace");
  expect(stderr).toContain("an ELF file");
});

test("an import never replaces what it reads, however it is told to", () => {
  const inside = join(folder, "kept");
  mkdirSync(inside);
  const trace = join(inside, "trace.txt");
  copyFileSync("fixtures/stories/stock-packed/trace.txt", trace);
  const before = readFileSync(trace);
  const { status, stderr } = vringscope(["import", inside, "-o", trace, "--force"]);
  expect(stderr).toContain("is an input as well");
  expect(status).toBe(2);
  expect(readFileSync(trace).equals(before)).toBe(true);
});

test("a finding hangs on a size that was told, never on one that a padded file suggests", () => {
  const inside = join(folder, "padded");
  mkdirSync(inside);
  const kept = readFileSync("fixtures/rings/next-not-cleared/ring-virtio-blk-0-q0-desc.bin");
  writeFileSync(
    join(inside, "ring-virtio-blk-0-q0-desc.bin"),
    Buffer.concat([kept, Buffer.alloc(4096 - kept.length)]),
  );
  const check = (meta: object): ReturnType<typeof vringscope> => {
    writeFileSync(join(inside, "meta.json"), JSON.stringify(meta));
    return vringscope(["check", inside]);
  };
  const guessed = check({ layout: "packed" });
  expect(guessed.stdout).toContain("by the length of the descriptor area");
  expect(guessed.status).toBe(0);
  const told = check({ layout: "packed", size: 16 });
  expect(told.stdout).toContain("packed/next-not-cleared");
  expect(told.status).toBe(1);
});

test("an import keeps the snapshot, its slots and its queue", () => {
  const path = join(folder, "case.db");
  const made = vringscope([
    "import",
    "fixtures/stories/stock-packed/trace.txt",
    folder,
    "-o",
    path,
  ]);
  expect(made).toMatchObject({ status: 0, stderr: "" });
  const rows = (query: string): unknown[] =>
    vringscope(["sql", path, query, "--json"])
      .stdout.trim()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);
  expect(rows("SELECT * FROM snapshots")).toMatchObject([
    {
      queue: "req.0@0xff448aaa6ff80900#1/2",
      layout: "packed",
      size: 16,
      certainty: "certain",
      driver_slot: 3,
      driver_wrap: 1,
      device_slot: 0,
      in_flight: 1,
      line: null,
    },
  ]);
  expect(rows("SELECT slot, addr, flags, buffer FROM slots WHERE state = 'available'")).toEqual([
    { slot: 0, addr: "0xa6aa410", flags: "0x0081", buffer: 0 },
    { slot: 1, addr: "0xa6b5000", flags: "0x0083", buffer: 0 },
    { slot: 2, addr: "0xa6aa420", flags: "0x0083", buffer: 0 },
  ]);
});

test("an import of dumps alone, told what they are", () => {
  const path = join(folder, "alone.db");
  const desc = "fixtures/rings/next-not-cleared/ring-virtio-blk-0-q0-desc.bin";
  const args = ["import", desc, "-o", path, "--layout", "packed", "--size", "8"];
  expect(vringscope(args).status).toBe(0);
  const { stdout } = vringscope(["sql", path, "SELECT queue, size FROM snapshots", "--csv"]);
  expect(stdout).toBe("queue,size\r\nvirtio-blk-0 q0,8\r\n");
});

/** Folders of drivers that nobody broke, and that hold what can be read. */
const CLEAN = [
  "driver-stock-packed",
  "dpdk-packed",
  "dpdk-packed-inorder",
  "packed-blk-net-rng",
  "packed-noevent",
  "packed-noindirect",
  "packed-snap16",
  "packed-snap32-ind",
  "split-blk-net",
  "split-noevent",
  "split-noindirect",
];

describe.skipIf(!sharedPresent)(`folders of real guests${sharedTitle}`, () => {
  test.each(CLEAN)("%s: nothing above a note, and every dump finds its queue", async (name) => {
    const report = await checkSources([`${SHARED}/captures/${name}`]);
    expect([report.summary.errors, report.summary.warnings]).toEqual([0, 0]);
    for (const { path, format, remarks = [] } of report.sources) {
      if (format !== "ring-dump" || name.startsWith("dpdk")) continue;
      const joined = remarks.some((remark) =>
        remark.includes("by the address of its descriptor area"),
      );
      expect([path, joined]).toEqual([path, true]);
    }
  });

  test("the last place of a hung queue is where its dump stands", async () => {
    const report = await checkSources([`${SHARED}/captures/driver-kick-rfcv2-packed`]);
    const dump = report.sources.find(({ path }) => path.includes("virtio-blk-0-q0"));
    expect(dump?.remarks).toContain("its positions stand at line 197 of the trace");
  });
});
