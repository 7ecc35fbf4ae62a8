import { execFileSync, spawnSync } from "node:child_process";
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
import { Ajv } from "ajv";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AREA } from "../src/model/memory.ts";
import type { RingReport } from "../src/model/ring-report.ts";
import { parseDumpText } from "../src/parser/dump-text.ts";
import { parseQmp } from "../src/parser/qmp/qmp.ts";
import { observeSource, qmpSources, ringReport, ringSources } from "../src/pipeline/ring.ts";
import { isRingFolder, readQmp, readRingFolder } from "../src/pipeline/ring-files.ts";
import { RingMemory } from "../src/replay/ring-memory.ts";
import { ringJson } from "../src/report/ring-json.ts";
import { ringText } from "../src/report/ring-text.ts";
import { SHARED, sharedPresent, sharedTitle, vringscopeHere } from "./run.ts";

const RINGS = "fixtures/rings";
const KEPT = `${RINGS}/next-not-cleared`;
const DESC = `${KEPT}/ring-virtio-blk-0-q0-desc.bin`;

const scratch = mkdtempSync(join(tmpdir(), "vringscope-texts-"));
afterAll(() => rmSync(scratch, { recursive: true }));

function reportsOf(path: string): RingReport[] {
  const { rings, meta, qmp } = readRingFolder(path);
  return ringSources(rings, meta, qmp, {}).map(ringReport);
}

test.each(readdirSync(RINGS))("ring %s reads as written", async (name) => {
  const text = ringText(reportsOf(`${RINGS}/${name}`), { slots: name === "next-not-cleared" });
  await expect(text).toMatchFileSnapshot(`../${RINGS}/${name}/ring.txt`);
  for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
});

test("a last descriptor that keeps NEXT: the slot, and the one that it runs into", () => {
  const [report] = reportsOf(KEPT);
  expect(report?.dump.inFlight).toMatchObject([
    { id: 0, slots: [0, 1, 2], broken: expect.stringMatching(/slot 2 keeps NEXT.*slot 3/) },
  ]);
});

test("in order, the 31 skipped slots of a batch are stale", () => {
  const [report] = reportsOf(`${RINGS}/dpdk-in-order`);
  const states = report?.dump.slots.map(({ state }) => state) ?? [];
  expect(states.slice(1, 32)).toEqual(Array.from({ length: 31 }, () => "stale"));
  expect(report?.dump.inFlight).toEqual([]);
});

const fits = new Ajv({ allErrors: true }).compile(
  JSON.parse(readFileSync("docs/ring.schema.json", "utf8")),
);

test.each(readdirSync(RINGS))("the JSON of ring %s fits its schema", (name) => {
  fits(JSON.parse(ringJson(reportsOf(`${RINGS}/${name}`))));
  expect(fits.errors ?? []).toEqual([]);
  expect(fits({ schema: "vringscope-ring/1" })).toBe(false);
});

test("JSON has what scripts rely on", () => {
  const value = JSON.parse(ringJson(reportsOf(KEPT)));
  expect(value).toMatchObject({
    schema: "vringscope-ring/1",
    layout: "packed",
    size: 16,
    features: null,
    driverPosition: { slot: 3, wrap: 1 },
    devicePosition: { slot: 0, wrap: 1 },
    inFlight: [
      {
        id: 0,
        slots: [0, 1, 2],
        segments: [{ addr: "0xa6aa410", len: 16, writable: false }, {}, {}],
      },
    ],
    events: { driver: { mode: "ENABLE" }, device: { mode: "DISABLE" } },
  });
  expect(value.slots[2]).toEqual({
    slot: 2,
    state: "available",
    id: 0,
    addr: "0xa6aa420",
    len: 1,
    flags: ["NEXT", "WRITE", "AVAIL"],
    buffer: 0,
  });
});

/** Characters that a terminal acts on: ESC, CSI of C1, and right-to-left override. */
const STEERING = /\p{Cc}(?<!\n)|\u202e/u;

/** What QMP says of an idle packed queue of 8, of a device with this name. */
function forgedAnswers(name: string): object {
  const rows = Array.from({ length: 8 }, (_, slot) => {
    const address = (0x1000 + 16 * slot).toString(16).padStart(16, "0");
    return `${address}: 0x00000000 0x00000000 0x00000000 0x00000000`;
  });
  const queue = {
    ...{ name, "queue-index": 0, "vring-num": 8, "used-idx": 0, "last-avail-idx": 0, inuse: 0 },
    ...{ "vring-desc": 0x1000, "vring-avail": 0x2000, "vring-used": 0x3000 },
  };
  const status = {
    ...{ name, "vm-running": false },
    "guest-features": { transports: ["VIRTIO_F_RING_PACKED: x"] },
  };
  return {
    [`qs /m/${name} 0`]: { return: queue },
    xp: { return: rows.join("\n") },
    st: { return: status },
  };
}

describe("a tar is shown as the folder that it was made of", () => {
  const made = (file: string, ...options: string[]): string => {
    const path = join(scratch, file);
    execFileSync("tar", [...options, "-cf", path, "-C", RINGS, "next-not-cleared"]);
    return path;
  };
  /** Names of files are the archive's. */
  const text = async (args: readonly string[]): Promise<string> =>
    (await vringscopeHere(["ring", ...args])).stdout;

  test.each([
    ["a.tar", []],
    ["a.tar.gz", ["-z"]],
  ])("%s", async (file, options) => {
    const path = made(file, ...options);
    expect(await text([path])).toBe(await text([KEPT]));
    expect((await vringscopeHere(["ring", path])).status).toBe(1);
    expect(await text([path, "--queue", "q0"])).toBe(await text([KEPT, "--queue", "q0"]));
  });

  test.skipIf(spawnSync("zstd", ["-V"]).error !== undefined)(
    "a.tar.zst (skipped where zstd is not installed)",
    async () => {
      execFileSync("zstd", ["-q", "-f", made("b.tar")]);
      expect(await text([join(scratch, "b.tar.zst")])).toBe(await text([KEPT]));
    },
  );

  test("several folders in one, and one without a ring", async () => {
    const all = join(scratch, "all.tar");
    execFileSync("tar", ["-cf", all, "-C", RINGS, "."]);
    const reports = (await text([all, "--json"])).trimEnd().replaceAll("\n", ",");
    expect(JSON.parse(`[${reports}]`).length).toBe(
      readdirSync(RINGS).flatMap((name) => reportsOf(`${RINGS}/${name}`)).length,
    );
    const none = join(scratch, "none.tar");
    execFileSync("tar", ["-cf", none, "LICENSE"]);
    expect(await vringscopeHere(["ring", none])).toMatchObject({
      status: 2,
      stdout: "",
      stderr: `vringscope: ${none} is a tar archive without a ring dump\n`,
    });
  });
});

describe("the command", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "vringscope-ring-"));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const areas = [
    "--driver",
    DESC.replace("desc", "driver"),
    "--device",
    DESC.replace("desc", "device"),
  ];

  test("files and options give the same as a folder", async () => {
    const byFolder = await vringscopeHere(["ring", KEPT, "--json"]);
    const byFiles = await vringscopeHere([
      "ring",
      "--desc",
      DESC,
      ...areas,
      "--layout",
      "packed",
      "--size",
      "16",
      "--json",
    ]);
    const { slots, inFlight } = JSON.parse(byFolder.stdout);
    expect(JSON.parse(byFiles.stdout)).toMatchObject({ slots, inFlight });
  });

  test("features in names or as a word", async () => {
    const named = await vringscopeHere([
      "ring",
      KEPT,
      "--features",
      "EVENT_IDX,ring_packed",
      "--json",
    ]);
    const word = await vringscopeHere(["ring", KEPT, "--features", "0x420000000", "--json"]);
    expect(word.stdout).toBe(named.stdout);
    expect(JSON.parse(word.stdout).features).toEqual([
      "VIRTIO_F_EVENT_IDX",
      "VIRTIO_F_RING_PACKED",
    ]);
  });

  test("descriptors alone: what the other areas would tell is said to be missing", async () => {
    const { stdout, status } = await vringscopeHere(["ring", "--desc", DESC, "--layout", "split"]);
    expect(status).toBe(0);
    expect(stdout).toContain("in flight: cannot be told");
    expect(stdout).toContain("driver  not in the dump");
  });

  test.each([
    ["nothing", ["ring"], "which ring?"],
    ["a file that does not exist", ["ring", "nowhere.json"], "nowhere.json does not exist"],
    ["a folder without dumps", ["ring", "src"], "holds no ring dumps"],
    ["a file that is no QMP answer", ["ring", "package.json"], "holds no answers"],
    ["no layout", ["ring", "--desc", DESC], "split or packed"],
    [
      "a size that the file does not have",
      ["ring", KEPT, "--size", "32"],
      "256 bytes, and a packed queue of 32 needs 512",
    ],
    ["a size of no queue", ["ring", KEPT, "--size", "0"], "1 to 32768"],
    ["a size that is no number", ["ring", KEPT, "--size", "big"], "1 to 32768"],
    [
      "a split size that is no power of 2",
      ["ring", "--desc", DESC, "--layout", "split", "--size", "12"],
      "power of 2",
    ],
    ["unknown features", ["ring", KEPT, "--features", "EVENTS"], "no such feature: EVENTS"],
    [
      "features against the layout",
      ["ring", KEPT, "--features", "0x0", "--layout", "packed"],
      "contradicts",
    ],
    ["a folder and --desc", ["ring", KEPT, "--desc", DESC], "give one of them"],
    ["--driver alone", ["ring", ...areas], "need --desc"],
    ["a queue that is not there", ["ring", KEPT, "--queue", "q7"], "virtio-blk-0 q0"],
    ["an unknown layout", ["ring", KEPT, "--layout", "ring"], "split, packed"],
  ])("%s: exit 2, and why", async (_what, args, words) => {
    const { status, stderr } = await vringscopeHere(args);
    expect(stderr).toContain(words);
    expect(status).toBe(2);
  });

  test("names of files cannot steer the terminal", async () => {
    const name = "ring-virtio-\u001b[31mblk-0-q0";
    const inside = join(folder, "names");
    mkdirSync(inside);
    for (const area of ["desc", "driver", "device"]) {
      copyFileSync(DESC.replace("desc", area), join(inside, `${name}-${area}.bin`));
    }
    const { stdout } = await vringscopeHere(["ring", inside]);
    expect(stdout).toContain("\\x1b[31m");
    expect(stdout).not.toContain("\u001b");
  });

  /** A split queue whose driver published `heads`; of each descriptor, its flags and `next`. */
  function splitFolder(
    name: string,
    heads: readonly number[],
    descriptors: readonly (readonly [flags: number, next: number])[],
  ): string {
    const inside = join(folder, name);
    const size = descriptors.length;
    const desc = Buffer.alloc(16 * size);
    for (const [slot, [flags, next]] of descriptors.entries()) {
      desc.writeUInt32LE(0x1000 * (slot + 1), 16 * slot);
      desc.writeUInt32LE(64, 16 * slot + 8);
      desc.writeUInt16LE(flags, 16 * slot + 12);
      desc.writeUInt16LE(next, 16 * slot + 14);
    }
    const driver = Buffer.alloc(6 + 2 * size);
    driver.writeUInt16LE(heads.length, 2);
    for (const [i, head] of heads.entries()) driver.writeUInt16LE(head, 4 + 2 * i);
    mkdirSync(inside);
    writeFileSync(join(inside, "a-q0-desc.bin"), desc);
    writeFileSync(join(inside, "a-q0-driver.bin"), driver);
    writeFileSync(join(inside, "a-q0-device.bin"), Buffer.alloc(6 + 8 * size));
    return inside;
  }

  test("a chain of scattered slots keeps to 80 columns", async () => {
    const size = 128;
    // From 0 in steps of 5, through 60 descriptors.
    const descriptors = Array.from({ length: size }, (_, slot) => {
      const last = slot === (59 * 5) % size;
      return [last ? 0 : 1, (slot + 5) % size] as const;
    });
    const { stdout } = await vringscopeHere([
      "ring",
      splitFolder("wide", [0], descriptors),
      "--layout=split",
    ]);
    expect(stdout).toContain("head 0, slots 0, 5, 10,");
    expect(stdout).toContain("R 64 at 0x1000");
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });

  test("a head that names no descriptor is told as that", async () => {
    const inside = splitFolder(
      "no-descriptor",
      [9],
      [
        [0, 0],
        [0, 0],
      ],
    );
    const { stdout } = await vringscopeHere(["ring", inside, "--layout=split"]);
    expect(stdout).toMatch(/^ {2}head 9: no descriptor$/m);
  });

  test("a case file counts what is in flight as the picture does", async () => {
    const inside = splitFolder(
      "twice",
      [0, 0, 9],
      [
        [0, 0],
        [0, 0],
        [0, 0],
        [0, 0],
      ],
    );
    const [path, layout] = [join(folder, "twice.db"), "--layout=split"];
    const { inFlight } = JSON.parse(
      (await vringscopeHere(["ring", inside, layout, "--json"])).stdout,
    );
    expect(inFlight).toHaveLength(3);
    expect(await vringscopeHere(["import", inside, layout, "-o", path])).toMatchObject({
      stderr: "",
    });
    const { stdout } = await vringscopeHere([
      "sql",
      path,
      "SELECT in_flight FROM snapshots",
      "--json",
    ]);
    expect(JSON.parse(stdout)).toEqual({ in_flight: 3 });
  });

  test("names in QMP answers start no line, and steer no terminal", async () => {
    const inside = join(folder, "forged.json");
    const forged = "evil\u001b[31m\u009b31m\u202e\nerror: packed/fake\n  forged";
    writeFileSync(inside, JSON.stringify(forgedAnswers(forged)));
    for (const command of ["ring", "check"]) {
      const text = (await vringscopeHere([command, inside, "--layout=packed"])).stdout;
      expect(text).toContain("evil\\x1b[31m\\x9b31m\\u202e");
      expect(text).not.toMatch(STEERING);
      expect(text).not.toMatch(/^error|^ {2}forged/m);
    }
    for (const args of [
      ["ring", inside, "--layout=packed", "--json"],
      ["check", inside, "--layout=packed", "--format=json"],
    ]) {
      const { stdout } = await vringscopeHere(args);
      expect(stdout).toContain("\\u009b31m\\u202e");
      expect(stdout).not.toMatch(STEERING);
      expect(JSON.stringify(JSON.parse(stdout))).toContain("\u009b31m\u202e");
    }
  });

  test("a broken meta.json is named", async () => {
    const inside = join(folder, "meta");
    mkdirSync(inside);
    copyFileSync(DESC, join(inside, "a-q0-desc.bin"));
    writeFileSync(join(inside, "meta.json"), "{");
    expect((await vringscopeHere(["ring", inside])).stderr).toContain("meta.json is no JSON");
  });

  test.each([
    ["a layout", { layout: "ring" }, "neither split nor packed"],
    ["a size", { layout: "packed", size: "16" }, "size is no number"],
    ["features", { layout: "packed", features: ["EVENTS"] }, "EVENTS"],
  ])("meta.json with %s of no sense is refused", async (what, meta, words) => {
    const inside = join(folder, `meta-${what}`);
    mkdirSync(inside);
    copyFileSync(DESC, join(inside, "a-q0-desc.bin"));
    writeFileSync(join(inside, "meta.json"), JSON.stringify(meta));
    const { status, stderr } = await vringscopeHere(["ring", inside]);
    expect(stderr).toContain(words);
    expect(status).toBe(2);
  });

  test("areas without their descriptors, and dumps at two levels, are refused", async () => {
    const inside = join(folder, "levels");
    mkdirSync(join(inside, "rings"), { recursive: true });
    copyFileSync(DESC.replace("desc", "driver"), join(inside, "a-q0-driver.bin"));
    expect(await vringscopeHere(["ring", inside])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("not its descriptors: a-q0-desc.bin"),
    });
    copyFileSync(DESC, join(inside, "a-q0-desc.bin"));
    copyFileSync(DESC, join(inside, "rings", "a-q0-desc.bin"));
    expect(await vringscopeHere(["ring", inside])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("give one of the two folders"),
    });
  });

  test("an area that is no regular file is refused, and not waited for", async () => {
    const inside = join(folder, "fifo");
    mkdirSync(inside);
    execFileSync("mkfifo", [join(inside, "a-q0-desc.bin")]);
    const { status, stderr } = await vringscopeHere(["ring", inside]);
    expect(stderr).toContain("is no regular file");
    expect(status).toBe(2);
  });

  test("areas as text of other tools give what the bytes give", async () => {
    const inside = join(folder, "text");
    mkdirSync(inside);
    for (const area of ["desc", "driver", "device"]) {
      const bytes = readFileSync(DESC.replace("desc", area));
      const rows = Array.from({ length: Math.ceil(bytes.length / 16) }, (_, row) => {
        const piece = [...bytes.subarray(16 * row, 16 * row + 16)];
        const hex = piece.map((byte) => byte.toString(16).padStart(2, "0"));
        return `${(16 * row).toString(16).padStart(8, "0")}  ${hex.join(" ").padEnd(48)}  |${".".repeat(piece.length)}|`;
      });
      writeFileSync(join(inside, `ring-virtio-blk-0-q0-${area}.txt`), `${rows.join("\n")}\n`);
    }
    const slots = async (path: string) =>
      JSON.parse((await vringscopeHere(["ring", path, "--json"])).stdout).slots;
    expect(await slots(inside)).toEqual(await slots(KEPT));
  });

  test("text that is a dump with a hole is refused, with its line; and so are two files of one area", async () => {
    const inside = join(folder, "hole");
    mkdirSync(inside);
    const row = (at: string) => `${at}  ${"00 ".repeat(8)} ${"00 ".repeat(8)} |................|`;
    const path = join(inside, "a-q0-desc.txt");
    writeFileSync(path, `${row("00000000")}\n${row("00000020")}\n`);
    const { status, stderr } = await vringscopeHere(["ring", inside, "--layout=packed"]);
    expect(stderr).toContain("its line 2 does not fit");
    expect(stderr).toContain("the row at 10");
    expect(status).toBe(2);
    copyFileSync(DESC, join(inside, "a-q0-desc.bin"));
    expect(await vringscopeHere(["ring", inside, "--layout=packed"])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("which of them is it?"),
    });
  });

  test("an area that begins as gzip does is bytes like any other", async () => {
    const inside = join(folder, "magic");
    mkdirSync(inside);
    const bytes = readFileSync(DESC);
    bytes.set([0x1f, 0x8b, 8], 0);
    writeFileSync(join(inside, "a-q0-desc.bin"), bytes);
    const { status, stdout } = await vringscopeHere([
      "ring",
      inside,
      "--layout",
      "packed",
      "--json",
    ]);
    expect(status).toBe(0);
    expect(JSON.parse(stdout).slots[0].addr).toMatch(/88b1f$/i);
  });
});

/** One 16-byte packed descriptor as `xp /4wx` prints it. */
function xpLine(address: number, addr: number, len: number, flags: number, id = 0): string {
  const words = [addr, 0, len, ((flags << 16) | id) >>> 0];
  return `${address.toString(16).padStart(16, "0")}: ${words.map((word) => `0x${word.toString(16).padStart(8, "0")}`).join(" ")}\r\n`;
}

test("a QMP answer that has all the bytes: areas, and the indirect table behind a descriptor", () => {
  const path = "/machine/peripheral/vblk0/virtio-backend";
  const answers = parseQmp(
    JSON.stringify({
      [`status ${path}`]: {
        return: {
          name: "virtio-blk",
          "vm-running": false,
          "guest-features": {
            transports: ["VIRTIO_F_RING_PACKED: packed", "VIRTIO_RING_F_INDIRECT_DESC: indirect"],
          },
        },
      },
      [`queue-status ${path} 0`]: {
        return: {
          name: "virtio-blk",
          "queue-index": 0,
          "vring-num": 2,
          "vring-desc": 0x1000,
          "vring-avail": 0x2000,
          "vring-used": 0x3000,
          "used-idx": 0,
          "last-avail-idx": 1,
          inuse: 1,
        },
      },
      "xp desc": { return: xpLine(0x1000, 0x4000, 32, 0x84, 5) + xpLine(0x1010, 0, 0, 0) },
      "xp driver": { return: "0000000000002000: 0x0000 0x0001\r\n" },
      "xp device": { return: "0000000000003000: 0x80 0x00 0x03 0x00\r\n" },
      "xp table": { return: xpLine(0x4000, 0x9000, 512, 0) + xpLine(0x4010, 0xa000, 1, 2) },
    }),
  );
  if (answers === undefined) throw new Error("these are QMP answers");
  const [report] = qmpSources({ path: "qmp.json", answers }, {}).map(ringReport);
  expect(report?.name).toBe("vblk0 q0");
  expect(report?.dump).toMatchObject({
    certainty: "certain",
    takenPosition: { slot: 1, wrap: 1 },
    inFlight: [
      {
        id: 5,
        slots: [0],
        taken: true,
        unreadTable: null,
        segments: [
          { addr: 0x9000n, len: 512, writable: false },
          { addr: 0xa000n, len: 1, writable: true },
        ],
      },
    ],
    events: { driver: { mode: "DISABLE" }, device: { off: 128, mode: "0x3" } },
  });
});

test("the largest ring is decoded at once", () => {
  const size = 32768;
  const memory = new RingMemory("packed", size);
  for (let slot = 0; slot < size; slot++)
    memory.set16(AREA.desc, 16 * slot + 14, slot % 7 === 0 ? 0x80 : 0x8000);
  const desc = memory.bytes(AREA.desc);
  const ring = {
    name: "q",
    device: undefined,
    index: 0,
    paths: [],
    desc,
    driver: undefined,
    deviceArea: undefined,
  };
  const meta = { layout: "packed" as const, size, features: undefined };
  const [report] = ringSources([ring], meta, undefined, {}).map(ringReport);
  expect(report?.dump.certainty).toBe("ambiguous");
  expect(report?.dump.slots).toHaveLength(size);
});

const captures = sharedPresent
  ? readdirSync(`${SHARED}/captures`).filter((name) => isRingFolder(`${SHARED}/captures/${name}`))
  : [];

describe.skipIf(!sharedPresent)(`samples of dumps${sharedTitle}`, () => {
  const samples = sharedPresent ? readdirSync(`${SHARED}/samples/rings`) : [];
  test.each(samples.filter((name) => name.endsWith(".txt")))("%s gives its .bin", (name) => {
    const text = readFileSync(`${SHARED}/samples/rings/${name}`, "utf8");
    const dump = parseDumpText(text);
    const bytes = readFileSync(
      `${SHARED}/samples/rings/${name.replace(/\.(?:xxd|hexdump-C)\.txt$/, "")}`,
    );
    expect(dump.kind === "bytes" && bytes.equals(Buffer.from(dump.bytes))).toBe(true);
  });
});

describe.skipIf(!sharedPresent)(`dumps of real guests${sharedTitle}`, () => {
  test.each(captures)("%s decodes, and nothing in it is wrong but what is known", (name) => {
    const path = `${SHARED}/captures/${name}`;
    const { rings, meta, qmp } = readRingFolder(path);
    for (const source of ringSources(rings, meta, qmp, {})) {
      const { dump, findings } = ringReport(source);
      const { device } = source.input;
      const where = `${name} ${source.name}`;
      if (device !== undefined) {
        // The device's own account, which the bytes must bear out.
        expect([where, dump.certainty]).toEqual([where, "certain"]);
        const told = dump.layout === "packed" ? dump.devicePosition?.slot : dump.usedIdx;
        expect([where, told]).toEqual([where, device.used]);
        if (dump.layout === "split") {
          expect(dump.inFlight).toHaveLength(((dump.availIdx ?? 0) - device.used) & 0xffff);
        }
      }
      if (name !== "driver-next-not-cleared-packed") {
        expect([where, findings]).toEqual([where, []]);
        expect(dump.inFlight.filter(({ broken }) => broken !== null)).toEqual([]);
      }
    }
  });

  test("what dumps of drivers without a mistake in their rings show is decided where the guest stood still, and never odd", () => {
    let decided = 0;
    for (const name of captures.filter((one) => one !== "driver-next-not-cleared-packed")) {
      const { rings, meta, qmp } = readRingFolder(`${SHARED}/captures/${name}`);
      for (const source of ringSources(rings, meta, qmp, {})) {
        observeSource(source, 0, (seen) => {
          if (!("facts" in seen)) return;
          expect([name, source.name, seen.facts]).toEqual([name, source.name, []]);
          if (source.input.paused)
            expect([name, source.name, seen.undecided]).toEqual([name, source.name, 0]);
          if (seen.kind === "buffer.exposed" && seen.undecided === 0) decided++;
        });
      }
    }
    expect(decided).toBeGreaterThan(500);
  });

  test("every dump with QMP beside it finds its queue there", () => {
    for (const name of captures) {
      const { rings, meta, qmp } = readRingFolder(`${SHARED}/captures/${name}`);
      if (qmp === undefined) continue;
      for (const source of ringSources(rings, meta, qmp, {})) {
        expect([name, source.name, source.input.paused]).toEqual([name, source.name, true]);
      }
    }
  });

  test("the JSON of every dump fits its schema, one object a line", () => {
    for (const name of captures) {
      for (const line of ringJson(reportsOf(`${SHARED}/captures/${name}`))
        .trimEnd()
        .split("\n")) {
        fits(JSON.parse(line));
        expect([name, fits.errors ?? []]).toEqual([name, []]);
      }
    }
  });

  test("QMP alone gives the same descriptors as the dump", () => {
    const path = `${SHARED}/captures/packed-noindirect`;
    const byFiles = new Map(reportsOf(path).map((report) => [report.name, report.dump]));
    const qmp = `${path}/qmp.json.gz`;
    const byQmp = qmpSources({ path: qmp, answers: readQmp(qmp) }, {}).map(ringReport);
    expect(byQmp).toHaveLength(byFiles.size);
    for (const { name, dump } of byQmp) {
      const other = byFiles.get(name);
      expect(dump.slots.map(({ addr, len, flags }) => [addr, len, flags])).toEqual(
        other?.slots.map(({ addr, len, flags }) => [addr, len, flags]),
      );
      if (dump.layout === "packed") expect(dump.inFlight).toEqual(other?.inFlight);
    }
  });

  test("the buffers that the device never heard of", () => {
    const [q0, q1] = reportsOf(`${SHARED}/captures/driver-kick-rfcv2-packed`);
    expect(q0?.dump.inFlight.map(({ id, slots, taken }) => [id, slots, taken])).toEqual([
      [0, [15, 0, 1], false],
      [3, [2, 3, 4], false],
    ]);
    expect(q1?.dump.inFlight.map(({ slots, taken }) => [slots, taken])).toEqual([
      [[15, 0, 1], false],
    ]);
  });

  test("another driver and another device, in order: no skipped slot is available", () => {
    const available = reportsOf(`${SHARED}/captures/dpdk-packed-inorder`)
      .filter(({ name }) => name.endsWith("q0"))
      .map(({ dump }) => dump.slots.filter(({ state }) => state === "available").length);
    expect(available).toEqual([0, 0, 0]);
  });

  test.each(captures)("%s: the same picture through texts made of its areas", (name) => {
    const path = `${SHARED}/captures/${name}`;
    const expected = reportsOf(path).map(pictureOf);
    expect(expected.length).toBeGreaterThan(0);
    const files = isFolderWith(path, "rings") ? join(path, "rings") : path;
    const [qmp] = readdirSync(path).filter((file) => file.startsWith("qmp.json"));
    for (const [tool, print] of Object.entries(PRINTED)) {
      const copy = mkdtempSync(join(scratch, `${name}-`));
      for (const file of readdirSync(files)) {
        if (!file.endsWith(".bin")) copyFileSync(join(files, file), join(copy, file));
        else {
          writeFileSync(
            join(copy, file.replace(/bin$/, "txt")),
            print(readFileSync(join(files, file))),
          );
        }
      }
      if (qmp !== undefined) copyFileSync(join(path, qmp), join(copy, qmp));
      expect({ tool, rings: reportsOf(copy).map(pictureOf) }).toEqual({ tool, rings: expected });
    }
  });
});

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0");

/** Sixteen bytes a line, as a tool prints them. */
function sixteens(bytes: Uint8Array, line: (at: number, row: readonly number[]) => string): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16)
    lines.push(line(at, [...bytes.subarray(at, at + 16)]));
  return `${lines.join("\n")}\n`;
}

const characters = (row: readonly number[]): string =>
  row.map((byte) => (byte >= 0x20 && byte <= 0x7e ? String.fromCharCode(byte) : ".")).join("");

/** Bytes as other tools print them. */
const PRINTED: Readonly<Record<string, (bytes: Uint8Array) => string>> = {
  "hexdump -C": (bytes) => {
    let before = "";
    const text = sixteens(bytes, (at, row) => {
      const words = row.map((byte) => hex(byte, 2));
      const body = `${words.slice(0, 8).join(" ")}  ${words.slice(8).join(" ")}`.padEnd(48);
      const same = body === before && row.length === 16;
      before = body;
      return same ? "*" : `${hex(at, 8)}  ${body}  |${characters(row)}|`;
    });
    // Lines that repeat the one before are one star.
    return `${text.replace(/(?:^\*\n)+/gm, "*\n")}${hex(bytes.length, 8)}\n`;
  },
  xxd: (bytes) =>
    sixteens(bytes, (at, row) => {
      const pairs: string[] = [];
      for (let i = 0; i < row.length; i += 2) {
        pairs.push(
          row
            .slice(i, i + 2)
            .map((byte) => hex(byte, 2))
            .join(""),
        );
      }
      return `${hex(at, 8)}: ${pairs.join(" ").padEnd(39)}  ${characters(row)}`;
    }),
  "xp /xb": (bytes) =>
    sixteens(
      bytes,
      (at, row) =>
        `${hex(0xa49c000 + at, 16)}: ${row.map((byte) => `0x${hex(byte, 2)}`).join(" ")}`,
    ),
};

/** A picture without the names of its files. */
function pictureOf(report: RingReport): unknown {
  const [line] = ringJson([report])
    .trimEnd()
    .split(/\n(?=\{)/);
  const { sources: _, ...picture } = JSON.parse(line ?? "");
  return picture;
}

function isFolderWith(path: string, name: string): boolean {
  return readdirSync(path).includes(name);
}
