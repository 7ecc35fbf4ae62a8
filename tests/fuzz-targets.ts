import { readdirSync, readFileSync } from "node:fs";
import { deflateSync, gzipSync, inflateSync } from "node:zlib";
import { type EventBatch, StringTable } from "../src/model/batch.ts";
import { DiagnosticLog } from "../src/model/diagnostic.ts";
import { EVENT_KINDS, PHASES } from "../src/model/event.ts";
import { PointerTable } from "../src/model/pointer.ts";
import type { ClockBase } from "../src/model/time.ts";
import { UserError } from "../src/model/user-error.ts";
import { BpftraceJsonReader, isBpftraceJson } from "../src/parser/bpftrace/json.ts";
import { detect } from "../src/parser/detect.ts";
import { parseDumpText } from "../src/parser/dump-text.ts";
import { parseFilter } from "../src/parser/filter/filter.ts";
import { FORMATS } from "../src/parser/formats.ts";
import { FtraceReader } from "../src/parser/ftrace/reader.ts";
import { parsePrintFormat } from "../src/parser/printfmt/grammar.ts";
import { printRecord } from "../src/parser/printfmt/print.ts";
import { parseProbeMap } from "../src/parser/probe-map.ts";
import { looksLikeQemuLog, QemuLogReader } from "../src/parser/qemu/messages.ts";
import { QemuReader } from "../src/parser/qemu/reader.ts";
import { SimpleTraceReader, simpleTraceHeader } from "../src/parser/qemu/simple-trace.ts";
import { looksLikeMonitor, parseHmp } from "../src/parser/qmp/hmp.ts";
import { parseQmp } from "../src/parser/qmp/qmp.ts";
import { parseXp } from "../src/parser/qmp/xp.ts";
import { isRinglog, RinglogReader } from "../src/parser/ringlog/reader.ts";
import { parseTar } from "../src/parser/tar.ts";
import type { TraceReader, TraceSource } from "../src/parser/trace-reader.ts";
import { BrokenFile, rangesOf } from "../src/parser/tracedat/byte-cursor.ts";
import { type EventFormat, parseEventFormat } from "../src/parser/tracedat/event-format.ts";
import { pageShape, pagesFile } from "../src/parser/tracedat/raw-pages.ts";
import { TraceDatReader } from "../src/parser/tracedat/reader.ts";
import { ReportLines } from "../src/parser/tracedat/report-lines.ts";
import { type Inflate, readHead, readTraceFile } from "../src/parser/tracedat/trace-file.ts";
import { unpacked } from "../src/pipeline/source.ts";
import { Replay } from "../src/replay/replay.ts";
import { Check } from "../src/rules/check.ts";
import { RULES } from "../src/rules/index.ts";
import { DUMP_TEXTS } from "./dump-texts.ts";
import { simpleTrace } from "./simple-trace-writer.ts";
import { TAR_END, tarEntry } from "./tar-entry.ts";
import {
  ADD,
  ADD_RET,
  BUILT_FORMATS,
  type BuiltFile,
  builtTrace,
  pagesOf,
} from "./trace-dat-builder.ts";

/** Something that reads bytes from outside, and what must hold whatever they are. */
export interface FuzzTarget {
  readonly name: string;
  readonly samples: readonly Uint8Array[];
  /** Reads one input and throws when something does not hold; whether it was taken for what it should be. */
  readonly read: (bytes: Uint8Array, random: () => number) => boolean | Promise<boolean>;
}

function hold(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

/** Rows of a batch: few, so that small inputs fill several. */
const BATCH_ROWS = 16;
/** Of the inputs this share is judged as well, and another read in pieces, or printed. */
const JUDGED = 0.02;
const READ_TWICE = 0.05;
const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "latin1"));

/** Whole lines of a fixture, from a line on. */
function linesOf(path: string, from = 0, bytes = 900): Uint8Array {
  const lines = readFileSync(`fixtures/${path}`, "latin1").split("\n").slice(from);
  let taken = "";
  for (const line of lines) {
    taken += `${line}\n`;
    if (taken.length >= bytes) break;
  }
  return bytesOf(taken);
}

/** Takes in what a reader emits; each row must be one that the engine and a case can take. */
class Sink {
  readonly strings = new StringTable();
  readonly pointers = new PointerTable();
  rows = 0;
  clock: ClockBase | undefined;
  readonly #inputBytes: number;
  readonly #check: Check | undefined;
  readonly #replay: Replay | undefined;
  #seq = 0;

  constructor(inputBytes: number, judges: boolean) {
    this.#inputBytes = inputBytes;
    if (!judges) return;
    const check = new Check(RULES);
    this.#check = check;
    this.#replay = new Replay({
      observe: (observation) => check.observe(observation),
      gap: () => {},
      pointerText: (pointer) => this.pointers.text(pointer),
      clock: () => this.clock,
    });
  }

  readonly emit = (batch: EventBatch): EventBatch => {
    for (let row = 0; row < batch.length; row++) {
      const time = batch.time[row] as number;
      hold((batch.kind[row] as number) < EVENT_KINDS.length, "a kind that is none");
      hold((batch.phase[row] as number) < PHASES.length, "a phase that is none");
      hold(Number.isSafeInteger(time), `the time ${time}`);
      hold((batch.seq[row] as number) >= this.#seq, "a seq that goes back");
      hold((batch.offset[row] as number) <= this.#inputBytes, "an offset outside the input");
      const rest = batch.rest.get(row);
      if (rest !== undefined) JSON.parse(`{${rest}}`);
      this.#seq = batch.seq[row] as number;
    }
    this.rows += batch.length;
    this.#replay?.step(batch);
    batch.clear();
    return batch;
  };

  end(): void {
    this.#replay?.end(() => "");
    this.#check?.findings();
    this.#check?.coverage();
  }
}

/** What holds of every source: the ledger adds up, and nothing grows past the input. */
function holdLedger({ ledger, diagnostics, clock }: TraceSource, sink: Sink, lines: number): void {
  const { events, notes, rejected } = ledger;
  hold(events + notes + rejected === ledger.lines, `a ledger of ${JSON.stringify(ledger)}`);
  hold(ledger.lines <= lines, `${ledger.lines} lines of ${lines}`);
  hold(sink.rows <= 2 * lines + 64, `${sink.rows} rows of ${lines} lines`);
  hold(events <= sink.rows, `${events} events in ${sink.rows} rows`);
  const told = diagnostics.entries();
  hold(told.length <= DiagnosticLog.ENTRIES_MAX + 32, `${told.length} Diagnostics`);
  hold(
    told.every(({ expected, count }) => expected.length < 2000 && count > 0),
    "a Diagnostic without end, or of nothing",
  );
  if (clock === undefined) return;
  hold(Number.isSafeInteger(clock.major) && Number.isSafeInteger(clock.minor), "a clock of NaN");
}

type Common = ConstructorParameters<typeof FtraceReader>[0] & { readonly batchRows: number };

/** Reads chunk by chunk, and in one piece: the chunks must make no difference. */
function readStream(
  bytes: Uint8Array,
  random: () => number,
  make: (options: Common) => TraceReader,
  linesMax: number,
): boolean {
  const read = (pieces: number, judges: boolean): TraceReader => {
    const sink = new Sink(bytes.length, judges);
    const { strings, pointers, emit } = sink;
    const keepAll = random() < 0.5;
    const reader = make({ strings, pointers, emit, keepAll, firstSeq: 0, batchRows: BATCH_ROWS });
    for (let at = 0, left = pieces; at < bytes.length; left--) {
      const end = left <= 1 ? bytes.length : at + 1 + Math.floor(random() * (bytes.length - at));
      reader.push(bytes.slice(at, end));
      sink.clock = reader.clock;
      at = end;
    }
    reader.end();
    sink.end();
    holdLedger(reader, sink, linesMax);
    return reader;
  };
  const reader = read(1, random() < JUDGED);
  if (random() < READ_TWICE) {
    const other = read(2 + Math.floor(random() * 6), false);
    const same = (one: TraceReader): unknown => [one.ledger, one.clock, one.diagnostics.entries()];
    const [whole, pieces] = [reader, other].map((one) => JSON.stringify(same(one)));
    hold(whole === pieces, `other results in pieces: ${whole} ${pieces}`);
  }
  return reader.traceLines > 0;
}

/** Every newline ends a line, and what is behind the last is one. */
function countLines(bytes: Uint8Array): number {
  let lines = bytes.length > 0 && bytes.at(-1) !== 0x0a ? 1 : 0;
  for (const byte of bytes) if (byte === 0x0a) lines++;
  return lines;
}

function textTarget(
  name: string,
  samples: readonly Uint8Array[],
  make: (options: Common) => TraceReader = (options) => new FtraceReader(options),
): FuzzTarget {
  const read = (bytes: Uint8Array, random: () => number): boolean => {
    const lines = countLines(bytes);
    return readStream(bytes, random, make, lines);
  };
  return { name, samples, read };
}

const allOf = (folder: string, pattern: RegExp): Uint8Array[] =>
  readdirSync(`fixtures/${folder}`)
    .filter((file) => pattern.test(file))
    .map((file) => linesOf(`${folder}/${file}`));

const bpftraceText = linesOf("bpftrace/trace.txt");

const bpftraceJson = ((): Uint8Array => {
  const lines = latin1(bpftraceText).trimEnd().split("\n");
  const objects = lines.map((line) => JSON.stringify({ type: "printf", data: `${line}\n` }));
  objects.splice(0, 0, '{"type": "attached_probes", "data": {"probes": 3}}');
  objects.splice(4, 0, '{"type": "lost_events", "data": {"events": 12}}');
  objects.splice(6, 0, '{"type": "map", "data": {"@x": {"key": 1}}}');
  return bytesOf(`${objects.join("\n")}\n`);
})();

const QEMU_NAMES = ["virtio_set_status", "virtqueue_pop", "virtqueue_fill", "virtqueue_flush"];
const QEMU_LINES = latin1(linesOf("other/trace_log_ts.log", 0, 3000))
  .split("\n")
  .filter((line) => QEMU_NAMES.some((name) => line.includes(`:${name} `)));

const simpleTraces = ([2, 3, 4] as const).flatMap((version) =>
  [true, false].map(
    (littleEndian) =>
      new Uint8Array(
        simpleTrace([...QEMU_LINES.slice(0, 12), "dropped 7", ...QEMU_LINES.slice(12, 20)], {
          version,
          littleEndian,
          names: QEMU_NAMES,
        }),
      ),
  ),
);

function readSimpleTrace(bytes: Uint8Array, random: () => number): boolean {
  if (simpleTraceHeader(bytes) === undefined) return false;
  const names = new Map(QEMU_NAMES.map((name, id) => [BigInt(id), name]));
  // A record has at least twenty bytes, and what breaks off is one.
  const linesMax = bytes.length / 20 + 2;
  return readStream(
    bytes,
    random,
    (options) => new SimpleTraceReader(bytes, names, options),
    linesMax,
  );
}

const VQ = 0xffff_8881_0000_1000n;
const event = (delta: number, id: number, number: number, extra: object = {}) => ({
  ...{ delta, id, pid: 7, vq: VQ, number },
  ...extra,
});

const BUILT: BuiltFile = {
  cpus: [
    [
      { time: 100n, events: [event(0, ADD, 4), event(3, ADD_RET, 0)] },
      { time: 200n, events: [event(2, ADD, 4, { extend: 1 << 28 })], missed: 3 },
    ],
    [{ time: 150n, events: [event(0, ADD, 4, { stamp: 900n }), event(1, ADD_RET, 0)] }],
  ],
  instances: [{ name: "more", cpus: [[{ time: 120n, events: [event(0, ADD, 4)] }], []] }],
  options: [[14, new Uint8Array(16).fill(1)]],
};

const zlibPack = { name: "zlib", pack: deflateSync, chunkBytes: 700 };
const traceDats = [
  builtTrace(BUILT),
  builtTrace({ ...BUILT, bigEndian: true }),
  builtTrace({ ...BUILT, version: 7 }),
  builtTrace({ ...BUILT, version: 7, packed: zlibPack }),
  builtTrace({ ...BUILT, version: 7, bigEndian: true, pageBytes: 1024 }),
];

/** As the pipeline has it; what is none of its own is taken as it stands, so that its content is read. */
const inflate: Inflate = (block, size) => {
  if (block[0] === 0x78) return inflateSync(block, { maxOutputLength: Math.max(1, size) });
  return block.length < size ? new Uint8Array(size) : block;
};

function readTraceDat(bytes: Uint8Array, random: () => number): boolean {
  const ranges = rangesOf(bytes);
  try {
    const file = readTraceFile(ranges, readHead(ranges), inflate);
    const sink = new Sink(bytes.length, random() < JUDGED);
    const { strings, pointers, emit } = sink;
    const keepAll = random() < 0.5;
    const options = { strings, pointers, emit, keepAll, firstSeq: 0, batchRows: BATCH_ROWS };
    const reader = new TraceDatReader({ ...options, ranges, file, inflate });
    // The smallest record takes eight bytes of a page; each unpacked byte was one of the file's, or zero.
    const linesMax = bytes.length;
    for (let steps = 0; reader.step(64); steps++) {
      hold(steps * 64 <= linesMax, `more records than ${linesMax}`);
      sink.clock = reader.clock;
    }
    reader.end();
    sink.clock = reader.clock;
    sink.end();
    holdLedger(reader, sink, linesMax);
    if (random() < READ_TWICE) {
      let printed = 0;
      for (const line of new ReportLines(ranges, file, inflate, parsePrintFormat).lines()) {
        printed += line.length;
      }
      hold(printed <= 64 * bytes.length, `${printed} characters printed`);
    }
    return reader.ledger.events > 0;
  } catch (error) {
    if (!(error instanceof BrokenFile)) throw error;
    return false;
  }
}

/** Two CPUs of three pages, one behind the other. */
const rawPages = [false, true].flatMap((bigEndian) =>
  [4096, 8192].map((pageBytes) => {
    const cpus = BUILT.cpus.map((pages) => pagesOf(pages, { bigEndian, pageBytes }));
    // Most of a page is empty: what lies behind its events is left out of the last.
    return new Uint8Array(Buffer.concat(cpus).subarray(0, 2 * pageBytes + 200));
  }),
);

function readRawPages(bytes: Uint8Array, random: () => number): boolean {
  const shape = pageShape(bytes);
  if (shape === undefined) return false;
  const ranges = rangesOf(bytes);
  const formats = BUILT_FORMATS.map((text) => ({ system: "probes", text }));
  const half = Math.floor(bytes.length / 2 / shape.pageBytes) * shape.pageBytes;
  const cpus = [
    { cpu: 0, offset: 0, bytes: half },
    { cpu: 1, offset: half, bytes: bytes.length - half },
  ];
  const file = pagesFile(shape, cpus, {
    ...{ formats, headerPage: undefined, savedCmdlines: "7 dd\n", traceClock: "[local]" },
    ...{ printkFormats: new Uint8Array(0), kallsyms: new Uint8Array(0), statistics: [] },
  });
  const sink = new Sink(bytes.length, random() < JUDGED);
  const { strings, pointers, emit } = sink;
  const options = { strings, pointers, emit, firstSeq: 0, batchRows: BATCH_ROWS };
  const reader = new TraceDatReader({ ...options, ranges, file, inflate: (block) => block });
  while (reader.step(64)) sink.clock = reader.clock;
  reader.end();
  sink.end();
  holdLedger(reader, sink, bytes.length);
  return reader.ledger.events > 0;
}

/** The sums of the headers are made right again: else nothing behind them is looked at. */
function mendSums(bytes: Uint8Array): void {
  for (let at = 0; at + 512 <= bytes.length; at += 512) {
    const header = bytes.subarray(at, at + 512);
    if (latin1(header.subarray(257, 262)) !== "ustar") continue;
    const sum = header.reduce((total, byte, i) => total + (i < 148 || i >= 156 ? byte : 0x20), 0);
    header.set(bytesOf(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
  }
}

function readTar(bytes: Uint8Array, random: () => number): boolean {
  if (random() < 0.8) mendSums(bytes);
  let read = 0;
  const table = parseTar((offset, length) => {
    read += length;
    return bytes.subarray(offset, offset + length);
  }, bytes.length);
  // Each header once, and of names and records each block once.
  hold(read <= 2 * bytes.length + 1024, `${read} bytes looked at of ${bytes.length}`);
  hold(table.members.length + table.refused.length <= bytes.length / 512 + 1, "too many members");
  for (const { name, offset, size } of table.members) {
    hold(offset + size <= bytes.length && size >= 0, `${name} lies outside the archive`);
    hold(!name.split("/").includes("..") && !name.startsWith("/"), `the name ${name}`);
  }
  return table.members.length > 0;
}

const pax = (key: string, value: string): string => {
  const rest = ` ${key}=${value}\n`;
  return `${rest.length + 2}${rest}`;
};
const tars = [
  Buffer.concat([
    tarEntry("case/", "", { kind: "5" }),
    tarEntry("case/trace.txt", "# tracer: nop\n"),
    tarEntry("x", pax("path", `a/${"b".repeat(40)}`), { kind: "x" }),
    tarEntry("short", "1"),
    TAR_END,
  ]),
  Buffer.concat([
    tarEntry("././@LongLink", `${"l".repeat(120)}\0`, { kind: "L" }),
    tarEntry("short", "12"),
    tarEntry("link", "", { kind: "2", link: "/etc" }),
    TAR_END,
  ]),
].map((bytes) => new Uint8Array(bytes));

function readDump(bytes: Uint8Array): boolean {
  const dump = parseDumpText(latin1(bytes));
  if (dump.kind === "bytes") hold(dump.bytes.length <= 1 << 20, "a dump without end");
  return dump.kind === "bytes";
}

function readQmp(bytes: Uint8Array): boolean {
  const text = latin1(bytes);
  const answers = parseQmp(text);
  const pieces = [...(answers?.memory ?? []), ...(parseXp(text)?.pieces ?? [])];
  const held = pieces.reduce((sum, piece) => sum + piece.bytes.length, 0);
  hold(held <= 2 * text.length, `${held} bytes of memory in ${text.length} of text`);
  const { queues = [], devices = [], unread = 0, others = 0 } = answers ?? {};
  hold(queues.length + devices.length + others <= text.length, "more answers than text");
  hold(unread <= 2 * text.length, `${unread} lines that were not read`);
  for (const queue of queues) {
    hold(Number.isSafeInteger(queue.size) && queue.size > 0, `a queue of ${queue.size}`);
  }
  return answers !== undefined;
}

function readHmp(bytes: Uint8Array): boolean {
  const text = latin1(bytes);
  const { answers, memory, unread } = parseHmp(text);
  const lines = countLines(bytes);
  hold(answers.length + unread <= lines, "more answers than lines");
  // A cursor may go right, and leaves blanks behind it.
  hold(memory.length <= 4097 * lines, `${memory.length} characters of memory`);
  readQmp(bytes);
  return answers.length > 0 || memory !== "";
}

const PRINTED = ((): EventFormat => {
  const format = parseEventFormat(
    readFileSync("fixtures/ftrace/format_vq_add_sgs.txt", "utf8"),
    "",
  );
  if (format === undefined) throw new Error("the fixture has no format");
  return format;
})();
const PRINT_FORMATS = [
  PRINTED.printFmt,
  ' "%d,%d %s (%s) %llu + %u [%s]", ((unsigned int) ((REC->dev) >> 20)), REC->index, REC->name, __get_str(name), (unsigned long long)REC->vq, REC->out, REC->in ? "a" : "b"',
  ' "flags=%s %s", __print_flags(REC->out, "|", { 1, "A" }, { (1UL << 3), "B" }), __print_symbolic(REC->in, { 0, "none" }, { 1, "one" })',
  ' "%*.*s %pS %-08x %#lx%%", 4, 2, "abc", (void *)REC->vq, REC->index, REC->token',
  ' "%s %s", __print_hex(__get_dynamic_array(name), __get_dynamic_array_len(name)), __print_array(__get_dynamic_array(name), 2, 1)',
].map(bytesOf);

const RECORD = ((): Uint8Array => {
  const bytes = new Uint8Array(64).fill(3);
  new DataView(bytes.buffer).setUint32(24, (9 << 16) | 52, true);
  bytes.set(bytesOf("requests\0"), 52);
  return bytes;
})();

function readPrintFormat(bytes: Uint8Array): boolean {
  const print = parsePrintFormat(latin1(bytes));
  if (print === undefined) return false;
  const record = { bytes: RECORD, view: new DataView(RECORD.buffer), start: 0, length: 64 };
  const symbolAt = () => ({ name: "virtqueue_add", offset: 3 });
  const context = { little: true, longBytes: 8, symbolAt };
  const text = printRecord(PRINTED, print, record, context);
  hold((text ?? "").length <= 1 << 20, `${text?.length} characters printed`);
  return text !== undefined;
}

const FILTERS = [
  "queue = req.1 and kind in (add, getBuf) and time > 1.5s or not task ~ /^k.*\\/0/",
  "device_off_wrap >= 0x800f and (ret = -28 or fields.outSgs != 1) && !cpu",
  'time in 1.5s..1.6s and task !~ "a b" and line in 10..20 or seq in (1, 2, 3)',
].map(bytesOf);

function readFilter(bytes: Uint8Array): boolean {
  const text = latin1(bytes);
  const parsed = parseFilter(text);
  if (parsed.kind === "filter") return true;
  const { offset, length, message } = parsed.error;
  hold(offset >= 0 && offset + length <= text.length + 1, `a mistake at ${offset}+${length}`);
  hold(message.length > 0 && message.length <= text.length + 2000, "a message without end");
  return false;
}

function readMap(bytes: Uint8Array): boolean {
  const { map, errors } = parseProbeMap(latin1(bytes));
  const told = errors.reduce((sum, error) => sum + error.length, 0);
  hold(told <= 400 * bytes.length + 400, `${told} characters of mistakes`);
  hold(map.size <= bytes.length, "more probes than bytes");
  return errors.length === 0;
}

/** Of one chunk, or of two. */
async function* inChunks(bytes: Uint8Array, at: number): AsyncGenerator<Uint8Array> {
  if (at > 0) yield bytes.subarray(0, at);
  if (at < bytes.length) yield bytes.subarray(at);
}

async function readPacked(bytes: Uint8Array, random: () => number): Promise<boolean> {
  try {
    let length = 0;
    const chunks = inChunks(bytes, Math.floor(random() * bytes.length));
    for await (const chunk of unpacked("fuzz", chunks, () => bytes.length)) length += chunk.length;
    // No format packs zeros by more than this.
    hold(length <= 32_768 * bytes.length, `${length} bytes unpacked`);
    return true;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    hold(error.code === "input-broken-archive", `the message ${error.code}`);
    return false;
  }
}

const packable = linesOf("ftrace/trace_default.txt", 0, 1200);

const said = "2026-11-23T01:56:10.587129Z qemu-system-x86_64: Incorrect order for descriptors\n";
const qemuLogs = [
  linesOf("other/trace_log_ts.log"),
  linesOf("qemu/trace_log_nots.log"),
  bytesOf(
    `${said}${latin1(linesOf("other/trace_log_ts.log", 40, 500)).replaceAll("\n", `\n${said}`)}`,
  ),
];
const sessions = [linesOf("qemu/hmp.txt", 0, 2500), linesOf("qemu/hmp_xp_raw_terminal.txt")];
const ftraceTexts = [
  ...allOf("ftrace", /^trace_(?:default|tgid|noirqinfo|stacktrace|sched|clock_|raw|hex|function)/),
  linesOf("stories/lost-events/trace.txt"),
  linesOf("stories/stock-packed/trace.txt", 60),
  linesOf("stories/split-event-idx/trace.txt", 40),
];
const ringlogs = allOf("ringlog", /jsonl$/);
const qmpTexts = [linesOf("other/qmp.txt", 0, 2500), linesOf("other/qmp.txt", 20, 2500)];
const dumpTexts = DUMP_TEXTS.map(([, text]) => bytesOf(text));
const maps = [linesOf("map/probes.toml")];

/** The looks that decide what an input is. */
function readHeads(bytes: Uint8Array): boolean {
  const text = latin1(bytes);
  const found = detect(bytes);
  hold(found === undefined || FORMATS.includes(found.format), "a format that is in no table");
  const looks = [isRinglog(bytes), isBpftraceJson(bytes), looksLikeMonitor(text)];
  return [...looks, looksLikeQemuLog(text)].includes(true);
}

function readMessages(bytes: Uint8Array): boolean {
  const reader = new QemuLogReader();
  reader.push(bytes);
  reader.end();
  hold(reader.ledger.notes === reader.ledger.lines, "a line that is no note");
  hold(reader.ledger.lines === countLines(bytes), `${reader.ledger.lines} lines`);
  return reader.messages.length > 0;
}

/** All that reads bytes from outside. */
export const FUZZ_TARGETS: readonly FuzzTarget[] = [
  textTarget("ftrace text", ftraceTexts),
  textTarget("latency and verbose", allOf("ftrace", /^trace_latency/)),
  textTarget("trace-cmd report", allOf("trace-cmd", /^report/)),
  textTarget("function_graph", allOf("ftrace", /fgraph/)),
  textTarget("console dump", [
    linesOf("ftrace/dmesg_ftrace_dump.txt"),
    linesOf("ftrace/dmesg_ftrace_dump.txt", 40),
  ]),
  textTarget("perf script", allOf("perf", /txt$/)),
  textTarget("bpftrace text", [bpftraceText]),
  textTarget("bpftrace json", [bpftraceJson], (options) => new BpftraceJsonReader(options)),
  textTarget("ringlog/1", ringlogs, (options) => new RinglogReader(options)),
  textTarget("QEMU log", qemuLogs, (options) => new QemuReader(options)),
  { name: "QEMU messages", samples: qemuLogs, read: readMessages },
  { name: "simpletrace", samples: simpleTraces, read: readSimpleTrace },
  { name: "QMP", samples: qmpTexts, read: readQmp },
  { name: "HMP", samples: sessions, read: readHmp },
  { name: "tar", samples: tars, read: readTar },
  { name: "dump text", samples: dumpTexts, read: readDump },
  { name: "trace.dat", samples: traceDats, read: readTraceDat },
  { name: "ring buffer pages", samples: rawPages, read: readRawPages },
  { name: "print fmt", samples: PRINT_FORMATS, read: readPrintFormat },
  { name: "filter", samples: FILTERS, read: readFilter },
  { name: "probe map", samples: maps, read: readMap },
  { name: "gzip", samples: [new Uint8Array(gzipSync(packable))], read: readPacked },
  {
    name: "zstd",
    samples: [new Uint8Array(readFileSync("fixtures/containers/kick-missed.txt.zst"))],
    read: readPacked,
  },
  {
    name: "what an input is",
    samples: [
      ...[...ftraceTexts, ...qemuLogs, ...sessions, ...ringlogs, ...qmpTexts, ...dumpTexts],
      ...[...maps, bpftraceJson, ...simpleTraces, ...tars],
    ],
    read: readHeads,
  },
];
