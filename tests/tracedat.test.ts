import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync, gunzipSync, gzipSync, inflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { ZSTDDecoder } from "zstddec";
import { EventBatch, StringTable } from "../src/model/batch.ts";
import { FIELD, KIND, LEVEL } from "../src/model/event.ts";
import { PointerTable } from "../src/model/pointer.ts";
import { clockText } from "../src/model/time.ts";
import { FtraceReader } from "../src/parser/ftrace/reader.ts";
import { BrokenFile, rangesOf } from "../src/parser/tracedat/byte-cursor.ts";
import { TraceDatReader } from "../src/parser/tracedat/reader.ts";
import { type Inflate, readHead, readTraceFile } from "../src/parser/tracedat/trace-file.ts";
import { checkSources } from "../src/pipeline/check.ts";
import { traceText } from "../src/pipeline/trace-text.ts";
import { SHARED, sharedPresent, sharedTitle, vringscope } from "./run.ts";
import { ADD, ADD_RET, type BuiltFile, type BuiltPage, builtTrace } from "./trace-dat-builder.ts";

interface Seen {
  readonly kind: number;
  readonly phase: number;
  readonly cpu: number;
  readonly pid: number;
  readonly task: string;
  readonly time: string;
  readonly level: number;
  readonly values: readonly (number | string)[];
  readonly rest: string | undefined;
  readonly func: string;
}

/** What a reader emits, row by row, with names and exact times. */
class Rows {
  readonly strings = new StringTable();
  readonly pointers = new PointerTable();
  readonly all: (() => Seen)[] = [];
  readonly emit = (batch: EventBatch): EventBatch => {
    for (let row = 0; row < batch.length; row++) this.all.push(this.#row(batch, row));
    batch.clear();
    return batch;
  };
  clock: Parameters<typeof clockText>[0] | undefined;

  #row(batch: EventBatch, row: number): () => Seen {
    const from = row * EventBatch.FIELD_COUNT;
    const numbers = [...batch.values.subarray(from, from + EventBatch.FIELD_COUNT)];
    const [kind, phase, cpu, pid, task, since, level, func] = [
      batch.kind[row],
      batch.phase[row],
      batch.cpu[row],
      batch.pid[row],
      batch.task[row],
      batch.time[row],
      batch.level[row],
      batch.func[row],
    ] as number[] as [number, number, number, number, number, number, number, number];
    const rest = batch.rest.get(row);
    const values = numbers.map((value, field) =>
      field === FIELD.name && value >= 0 ? this.strings.text(value) : value,
    );
    return () => ({
      kind,
      phase,
      cpu,
      pid,
      level,
      values,
      rest,
      task: this.strings.text(task),
      func: this.strings.text(func),
      time: this.clock === undefined ? "" : clockText(this.clock, since),
    });
  }

  get seen(): Seen[] {
    return this.all.map((row) => row());
  }
}

const plain: Inflate = (block) => block;

function readDat(
  bytes: Uint8Array,
  inflate: Inflate = plain,
): { reader: TraceDatReader; rows: Rows } {
  const ranges = rangesOf(bytes);
  const file = readTraceFile(ranges, readHead(ranges), inflate);
  const rows = new Rows();
  const { strings, pointers, emit } = rows;
  const common = { strings, pointers, emit, firstSeq: 0, keepAll: true };
  const reader = new TraceDatReader({ ...common, ranges, file, inflate });
  while (reader.step(1000));
  reader.end();
  rows.clock = reader.clock;
  const { ledger } = reader;
  expect(ledger.events + ledger.notes + ledger.rejected).toBe(ledger.lines);
  return { reader, rows };
}

function readText(text: Uint8Array): Rows {
  const rows = new Rows();
  const { strings, pointers, emit } = rows;
  const reader = new FtraceReader({ strings, pointers, emit, firstSeq: 0, keepAll: true });
  reader.push(text);
  reader.end();
  rows.clock = reader.clock;
  return rows;
}

/** trace-cmd rounds to microseconds. */
function micros(time: string): string {
  const [seconds = "0", fraction = "0"] = time.split(".");
  return String((BigInt(seconds) * 1_000_000_000n + BigInt(fraction) + 500n) / 1000n);
}

function sameEvents(binary: readonly Seen[], text: readonly Seen[]): void {
  expect(binary.length).toBe(text.length);
  for (const [i, seen] of binary.entries()) {
    const { time, level, func, values, ...rest } = seen;
    const other = text[i] as Seen;
    const { time: printed, level: _, func: __, values: read, ...same } = other;
    expect({ i, ...rest }).toEqual({ i, ...same });
    expect({ i, values }).toEqual({ i, values: read });
    expect(micros(time)).toBe(micros(printed));
  }
}

const VQ = 0xffff_8881_0000_1000n;
const add = (delta: number, number = 4, extra: object = {}) =>
  ({ delta, id: ADD, pid: 7, vq: VQ, number, ...extra }) as const;
const addRet = (delta: number, number = 0, extra: object = {}) =>
  ({ delta, id: ADD_RET, pid: 7, vq: VQ, number, ...extra }) as const;
const page = (time: bigint, ...events: BuiltPage["events"]): BuiltPage => ({ time, events });

describe("binary traces that were built", () => {
  test.each([false, true])("big endian: %s", (bigEndian) => {
    const { rows, reader } = readDat(
      builtTrace({
        bigEndian,
        cpus: [
          [page(5_000_000_000n, add(1), addRet(20, -28))],
          [page(5_000_000_000n, { ...add(10), pid: 0, flags: 8 })],
        ],
      }),
    );
    expect(rows.seen.map(({ time, cpu, task }) => [time, cpu, task])).toEqual([
      ["5.000000001", 0, "qemu-ga"],
      ["5.000000010", 1, "<idle>"],
      ["5.000000021", 0, "qemu-ga"],
    ]);
    expect(rows.seen.map(({ level }) => level)).toEqual([LEVEL.task, LEVEL.hardirq, LEVEL.task]);
    expect(rows.seen[0]?.values[FIELD.queue]).toBe(Number(BigInt.asIntN(64, VQ)));
    expect(rows.seen[0]?.values[FIELD.numFree]).toBe(4);
    expect(rows.seen[2]?.values[FIELD.result]).toBe(-28);
    expect(reader.diagnostics.entries()).toEqual([]);
  });

  const chunks = (bytes: number) => ({
    packed: { name: "zlib", pack: (plain: Uint8Array) => deflateSync(plain), chunkBytes: bytes },
  });
  const everything: BuiltFile = {
    cpus: [
      [page(5_000n, add(1), addRet(20, -28)), { ...page(6_000n, add(1), addRet(2)), missed: 7 }],
      [page(5_010n, add(0, 4, { extend: 1 << 28 }), addRet(3))],
    ],
    instances: [
      { name: "second", cpus: [[], [page(5_005n, { ...add(0), pid: 8, flags: 0x10 })]] },
      { name: "third", cpus: [[page(5_007n, addRet(1))], []] },
    ],
    options: [
      [7, Buffer.from("-500\0")],
      [14, Uint8Array.of(3, 0, 0, 0, 1, 0, 0, 0)],
    ],
  };
  const bigOptions: BuiltFile["options"] = [
    [7, Buffer.from("-500\0")],
    [14, Uint8Array.of(0, 0, 0, 3, 0, 0, 0, 1)],
  ];

  // Chunks of whole pages, of parts of them, and of several.
  test.each([
    ["plain", {}, {}],
    ["zlib", {}, chunks(512)],
    ["zlib, chunks of parts of pages", {}, chunks(100)],
    ["zlib, chunks of several pages", {}, chunks(100_000)],
    ["big endian", { bigEndian: true, options: bigOptions }, {}],
    ["big endian, zlib", { bigEndian: true, options: bigOptions }, chunks(300)],
    ["sub-buffers of 16 KiB", { pageBytes: 16_384 }, {}],
    ["sub-buffers of 64 KiB, zlib", { pageBytes: 65_536 }, chunks(65_536)],
  ])("version 7 has the events of version 6: %s", (_what, change, packing) => {
    const inflate: Inflate = "packed" in packing ? (block) => inflateSync(block) : plain;
    const six = readDat(builtTrace({ ...everything, ...change }));
    const seven = readDat(
      builtTrace({ ...everything, ...change, ...packing, version: 7 }),
      inflate,
    );
    expect(six.reader.ledger).toMatchObject({ lines: 8, rejected: 0, lostEvents: 7 });
    expect(six.rows.seen[0]?.time).toBe("0.000007001");
    expect(seven.rows.seen).toEqual(six.rows.seen);
    expect(seven.reader.ledger).toEqual(six.reader.ledger);
  });

  test("zlib in a file, through the pipeline", async () => {
    const folder = mkdtempSync(join(tmpdir(), "vringscope-dat-"));
    const [packed, bare] = ["packed.dat", "plain.dat"].map((name) => join(folder, name)) as [
      string,
      string,
    ];
    writeFileSync(packed, builtTrace({ ...everything, version: 7, ...chunks(700) }));
    writeFileSync(bare, builtTrace({ ...everything, version: 7 }));
    const said = async (path: string): Promise<unknown> => {
      const { sources, queues } = await checkSources([path]);
      return [sources[0]?.ledger, queues.map(({ source: _source, ...queue }) => queue)];
    };
    expect(await said(packed)).toEqual(await said(bare));
    // A block whose bytes are no zlib's any more.
    const broken = builtTrace({ ...everything, version: 7, ...chunks(700) });
    const at = Buffer.from(broken).lastIndexOf(Buffer.of(0x78, 0x9c), broken.length - 400);
    broken.fill(0xff, at, at + 8);
    writeFileSync(packed, broken);
    const outcome = await checkSources([packed]).then(
      ({ sources }) => sources[0]?.diagnostics.map(({ code }) => code),
      (error: unknown) => [String(error)],
    );
    expect(outcome?.join()).toMatch(/events-unreadable|zlib data .* does not unpack/);
    rmSync(folder, { recursive: true });
  });

  test("chunks of one byte are put together once", { timeout: 10_000 }, () => {
    const cpus = [[page(1n, add(0))]];
    const packed = { name: "none", pack: (bytes: Uint8Array) => bytes, chunkBytes: 1 };
    const bytes = builtTrace({ cpus, version: 7, pageBytes: 65_536, packed });
    expect(readDat(bytes).reader.ledger).toMatchObject({ lines: 1, events: 1 });
  });

  test("extends and absolute stamps, with more bits than a double has", () => {
    const start = 1_792_395_392_000_000_123n;
    const stamp = (start + 10n ** 12n) & ((1n << 59n) - 1n);
    const { rows } = readDat(
      builtTrace({
        cpus: [[page(start, add(0), add(3, 4, { extend: 10 ** 10 }), add(0, 4, { stamp }))]],
      }),
    );
    expect(rows.seen.map(({ time }) => time)).toEqual([
      "1792395392.000000123",
      "1792395402.000000126",
      "1792396392.000000123",
    ]);
  });

  test("equal times: the lowest CPU first; loss marks stand before the next event of their CPU", () => {
    const { rows, reader } = readDat(
      builtTrace({
        cpus: [
          [page(100n, add(0)), { ...page(200n, add(0)), missed: 101 }],
          [page(100n, add(0)), { ...page(150n, add(0)), missed: -1 }],
        ],
      }),
    );
    const seen = rows.seen.map(({ kind, cpu, values }) =>
      kind === KIND.lost ? ["lost", cpu, values[FIELD.lostCount]] : ["add", cpu],
    );
    expect(seen).toEqual([
      ["add", 0],
      ["add", 1],
      ["lost", 1, 0],
      ["add", 1],
      ["lost", 0, 101],
      ["add", 0],
    ]);
    expect(reader.ledger).toMatchObject({ lostMarks: 2, lostEvents: null, events: 4 });
  });

  test("a probe in two buffers is judged once; offsets, dates and cycles are taken in", () => {
    const text = (value: string): Uint8Array => Buffer.from(`${value}\0`, "latin1");
    const both = [page(1000n, add(0), addRet(5))];
    const scale = Buffer.alloc(16);
    scale.writeUInt32LE(3, 0);
    scale.writeUInt32LE(1, 4);
    const { rows, reader } = readDat(
      builtTrace({
        cpus: [both],
        instances: [{ name: "second", cpus: [both] }],
        options: [
          [1, text("0x2")],
          [7, text("-500")],
          [14, scale],
        ],
      }),
    );
    expect(reader.ledger).toMatchObject({ lines: 4, events: 2, notes: 2 });
    expect(reader.diagnostics.entries().map(({ code }) => code)).toContain("buffer-repeats");
    // 1000 cycles are 1500 ns, and 2 us and -500 ns come on top.
    expect(rows.seen.map(({ time }) => time)).toEqual(["0.000003000", "0.000003007"]);
  });

  test("statistics that count dropped events are told, and the end is not trusted", () => {
    const { reader } = readDat(
      builtTrace({
        cpus: [[page(1n, add(0))]],
        options: [[2, Buffer.from("CPU: 0\nentries: 1\noverrun: 0\ndropped events: 12\n\0")]],
      }),
    );
    expect(reader.ledger).toMatchObject({ lostMarks: 1, lostEvents: 12 });
  });

  test("a file that ends early keeps what it has, and says what it has not", () => {
    const whole = builtTrace({ cpus: [[page(1n, add(0)), page(9n, add(0))], [page(1n, add(1))]] });
    const { reader, rows } = readDat(whole.subarray(0, whole.length - 700));
    expect(reader.ledger.events).toBeGreaterThan(0);
    expect(reader.diagnostics.entries().map(({ code }) => code)).toContain("events-unreadable");
    expect(rows.seen.filter(({ kind }) => kind === KIND.lost).length).toBeGreaterThan(0);
  });

  test.each<[string, (bytes: Uint8Array) => void, RegExp]>([
    ["a version of tomorrow", (bytes) => bytes.set([0x39], 10), /version "9"/],
    ["a byte order that is none", (bytes) => bytes.set([7], 12), /byte order 7/],
    ["pages without end", (bytes) => bytes.set([0, 0, 0, 0x7f], 14), /pages of/],
    [
      "a format as long as the world",
      (bytes) => bytes.fill(0x7f, 30, 38),
      /block of|place or a length/,
    ],
  ])("%s is one clear sentence", (_, harm, expected) => {
    const bytes = builtTrace({ cpus: [[page(1n, add(0))]] });
    harm(bytes);
    expect(() => readDat(bytes)).toThrow(BrokenFile);
    expect(() => readDat(bytes)).toThrow(expected);
  });
});

describe("a real file, cut", () => {
  const fixture = (name: string): Uint8Array => readFileSync(`fixtures/tracedat/${name}`);
  const text = fixture("packed-report.txt");

  test("version 6 has what trace-cmd prints of it, field by field", () => {
    sameEvents(readDat(fixture("packed-v6.dat")).rows.seen, readText(text).seen);
  });

  test.each(["packed-v6.dat", "packed-v7-zstd.dat"])("%s as trace-cmd's text", async (name) => {
    const lines = await traceText(`fixtures/tracedat/${name}`);
    expect([...lines].join("")).toBe(Buffer.from(text).toString("utf8"));
    lines.close();
  });

  test.each(["packed-v6.dat", "packed-v7-zstd.dat"])("%s in a check", async (name) => {
    const report = await checkSources([`fixtures/tracedat/${name}`]);
    expect(report.sources[0]).toMatchObject({ format: "trace.dat", ledger: { events: 703 } });
    expect(report.findings.filter(({ severity }) => severity !== "note")).toEqual([]);
    expect(report.summary.checked).toBeGreaterThan(100);
  });

  test("stdin and gzip are read as the file is", () => {
    const file = vringscope(["check", "--format", "json", "fixtures/tracedat/packed-v6.dat"]);
    const bytes = fixture("packed-v6.dat");
    const piped = vringscope(["check", "--format", "json", "-"], { input: bytes });
    const packed = vringscope(["check", "--format", "json", "-"], { input: gzipSync(bytes) });
    expect(file.status).toBe(0);
    expect(JSON.parse(file.stdout).sources[0]).toMatchObject({ format: "trace.dat", events: 703 });
    expect(piped.stdout).toBe(file.stdout.replace("fixtures/tracedat/packed-v6.dat", "-"));
    expect(packed.stdout).toBe(piped.stdout);
  });

  test("packed bytes that do not unpack are one sentence, or a loss", () => {
    for (const at of [700, 13_000]) {
      const bytes = Uint8Array.from(fixture("packed-v7-zstd.dat"));
      bytes.fill(0xff, at, at + 40);
      const { status, stderr, stdout } = vringscope(["check", "-"], { input: bytes });
      if (status === 2) expect(stderr).toMatch(/trace\.dat that cannot be read: it .*zstd/);
      else expect(stdout).toContain("events-unreadable");
      expect([0, 2]).toContain(status);
    }
  });

  test("symbols name the caller that the text has as an address", () => {
    const { rows } = readDat(fixture("packed-v6.dat"));
    expect(new Set(rows.seen.map(({ func }) => func))).toContain("virtqueue_add_sgs");
  });
});

describe.skipIf(!sharedPresent)(`captures${sharedTitle}`, () => {
  const capture = (path: string): Uint8Array => {
    const bytes = readFileSync(`${SHARED}/captures/${path}`);
    return path.endsWith(".gz") ? gunzipSync(bytes) : bytes;
  };

  test("50,273 events of packed-dat, field by field against trace-cmd's text", async () => {
    const binary = readDat(capture("packed-dat/trace-v6-none.dat.gz")).rows.seen;
    const text = readText(capture("packed-dat/trace-cmd-report.txt.gz")).seen;
    expect(binary.length).toBe(50_273);
    sameEvents(binary, text);
    expect(readDat(capture("packed-dat/trace-v7-none.dat.gz")).rows.seen).toEqual(binary);
    const zstd = new ZSTDDecoder();
    await zstd.init();
    const inflate: Inflate = (block, size) => zstd.decode(block, size);
    const packed = readDat(capture("packed-dat/trace-v7-zstd.dat"), inflate).rows.seen;
    expect(packed).toEqual(binary);
  }, 120_000);

  test.each(["packed-dat-mono", "split-dat"])(
    "%s, field by field",
    async (name) => {
      const zstd = new ZSTDDecoder();
      await zstd.init();
      const inflate: Inflate = (block, size) => zstd.decode(block, size);
      const bytes = capture(`${name}/trace.dat`);
      const { compressor } = readHead(rangesOf(bytes));
      const binary = readDat(bytes, compressor === "none" ? plain : inflate).rows.seen;
      expect(binary.length).toBeGreaterThan(1000);
      sameEvents(binary, readText(capture(`${name}/trace-cmd-report.txt.gz`)).seen);
    },
    60_000,
  );

  test("the three files of packed-dat and the text say the same", async () => {
    const said = await Promise.all(
      [
        "trace-v6-none.dat.gz",
        "trace-v7-none.dat.gz",
        "trace-v7-zstd.dat",
        "trace-cmd-report.txt.gz",
      ].map(async (name) => {
        const report = await checkSources([`${SHARED}/captures/packed-dat/${name}`]);
        return {
          findings: report.findings.map(({ rule, queue, message }) => ({ rule, queue, message })),
          queues: report.queues.map(({ source: _, ...queue }) => queue),
          verdict: report.verdict,
          undecided: report.summary.undecided,
        };
      }),
    );
    for (const other of said.slice(1)) expect(other).toEqual(said[0]);
  }, 60_000);

  test.each(["packed-dat/trace-v7-zstd.dat", "packed-dat-mono/trace.dat", "split-dat/trace.dat"])(
    "%s as trace-cmd's text, byte by byte",
    async (path) => {
      const made = await traceText(`${SHARED}/captures/${path}`);
      const folder = path.split("/")[0];
      const expected = Buffer.from(capture(`${folder}/trace-cmd-report.txt.gz`));
      expect(Buffer.from([...made].join("")).equals(expected)).toBe(true);
      made.close();
    },
    60_000,
  );
});
