import { EventBatch, type StringTable } from "../../model/batch.ts";
import { emptyLedger, type Ledger } from "../../model/check-report.ts";
import { type DiagnosticCode, DiagnosticLog } from "../../model/diagnostic.ts";
import { EVENT_KINDS, FIELD, KIND, LEVEL, PHASE_BEGIN } from "../../model/event.ts";
import type { PointerTable } from "../../model/pointer.ts";
import { type ClockBase, sinceBase } from "../../model/time.ts";
import { BPFTRACE_LAYOUT, type BpftraceRemark } from "../bpftrace/text.ts";
import {
  BRACE_OPEN,
  CARRIAGE_RETURN,
  COLON,
  EQUALS,
  PAREN_CLOSE,
  PAREN_OPEN,
  PLUS,
  SPACE,
  skipSpaces,
  startsWith,
  textOf,
} from "../bytes.ts";
import { hashByte, InternedBytes } from "../interned-bytes.ts";
import { LINE_BYTES_MAX, LineSplitter, type LineTarget } from "../line-splitter.ts";
import { fillBareRow, fillLossRow } from "../loss-row.ts";
import {
  CPU_MISSING,
  isChainEntry,
  lostByRecord,
  type PerfRemark,
  SCRIPT_LAYOUT,
} from "../perf/script.ts";
import type { ProbeMap } from "../probe-map.ts";
import type { TraceReader } from "../trace-reader.ts";
import type { ConsoleRemark } from "./console.ts";
import { ConsoleGuard } from "./console-guard.ts";
import { descriptorBytes } from "./descriptors.ts";
import { HEADER_TEXT_MAX, type HeaderLayout } from "./event-header.ts";
import { type GraphCall, GraphReader } from "./graph.ts";
import { HeaderScanner } from "./header.ts";
import { CONSOLE_LAYOUT, LATENCY_LAYOUT, VERBOSE_LAYOUT } from "./latency.ts";
import { type KeyNode, learnKey, type ProbePoint, resolveProbePoint } from "./probe-point.ts";
import { couldBeginEvent, isStackEntry, remarkOf } from "./remarks.ts";
import { ValueScanner } from "./values.ts";

/** Beyond this a clock does not fit 64 bits: no kernel's does that. */
const MAJOR_MAX = 9_000_000_000;
const BATCH_ROWS = 4096;
/** Event names and probe places are few; a file that has more of them is no trace. */
const NAMES_MAX = 4096;
const PLACES_MAX = 1024;
/** A marker's text ends with the tracer's line buffer. */
const MARKER_BYTES_MAX = 4096;

/** Events after which lines without a header belong to the event: their text may hold newlines. */
const MARKER_NAMES = new Set(["tracing_mark_write", "print", "bprint", "bputs"]);

/** A record of perf beside the events begins with this, and is short. */
const UPPER_P = 0x50;
const RECORD_BYTES_MAX = 120;
const RETURN_FIELD = "__probe_ret_ip=";
const TIME_EXPECTED = "a time of 64 bits, within 104 days of the first event";
const FUNCTION_GRAPH = "function_graph";
const GRAPH_EXPECTED =
  "events with fields; a function graph has calls and how long they took, and other functions' are not kept";
const GRAPH_CPU_MISSING =
  "the CPU of each call (option funcgraph-cpu): without it the calls of all CPUs are one list";
const latin1 = new TextDecoder("latin1");

/** Columns other than the usual ones. No line fits two of them. */
const LAYOUTS: readonly HeaderLayout[] = [
  SCRIPT_LAYOUT,
  CONSOLE_LAYOUT,
  LATENCY_LAYOUT,
  VERBOSE_LAYOUT,
  BPFTRACE_LAYOUT,
];

/** The columns of HeaderScanner, which no HeaderLayout is. */
export const USUAL_COLUMNS = "usual";
export type ColumnLayout = HeaderLayout | typeof USUAL_COLUMNS;

const TRACER_NAMES: ReadonlyMap<string, string> = new Map([
  ["function", "function"],
  ["funcgraph_entry", "function_graph"],
  ["funcgraph_exit", "function_graph"],
]);

interface NameEntry {
  readonly text: string;
  /** The name with its colon. */
  readonly bytes: Uint8Array;
  readonly length: number;
  /** The name that followed last time. */
  next: NameEntry | undefined;
  readonly marker: boolean;
  /** The function or function_graph tracer's, as trace-cmd prints them. */
  readonly tracer: string | undefined;
  readonly points: ProbePoint[];
}

/**
 * Reads ftrace text (tracefs `trace` and `trace_pipe`, `trace-cmd report`), and what has other columns
 * before the same fields (dumps on the console, `perf script`, bpftrace), chunk by chunk into batches. A byte scanner: one pass, no text made of a line that needs none, memory bounded.
 */
export class FtraceReader implements TraceReader, LineTarget {
  format: HeaderLayout["format"] = "ftrace-text";
  readonly ledger: Ledger = emptyLedger();
  readonly diagnostics = new DiagnosticLog();
  clock: ClockBase | undefined;
  /** Lines that only a trace has: without one, the input is something else. */
  traceLines = 0;

  readonly #map: ProbeMap;
  readonly #keepAll: boolean;
  readonly #emit: (batch: EventBatch) => EventBatch;
  readonly #strings: StringTable;
  #batch: EventBatch;
  readonly #nameIds = new InternedBytes(NAMES_MAX);
  readonly #names: NameEntry[] = [];
  #lastName: NameEntry | undefined;
  readonly #lines = new LineSplitter(this);
  readonly #header = new HeaderScanner();
  readonly #values: ValueScanner;
  #seq: number;
  /** What the header calls the tracer; some layouts are only told by it. */
  #tracer = "";
  #continues: "stack" | "marker" | "chain" | undefined;
  /** Layout of the last event; undefined stands for the usual one. */
  #layout: HeaderLayout | undefined;
  /** Which layouts are tried, and whether the usual one is. */
  readonly #layouts: readonly HeaderLayout[];
  readonly #usual: boolean;
  /** An event was read: what else is tried first follows from it. */
  #settled = false;
  readonly #graph = new GraphReader();
  /** Inside the block that perf prints before its events. */
  #inBlock = false;
  /** A loss stands where it need not have happened: nothing may be inferred from one event to the next. */
  #lossAnywhere = false;
  /** Of the last event of a layout whose order proves nothing. */
  #lastMajor = 0;
  #lastMinor = 0;
  #markerBytes = 0;
  /** The text says that it is a dump on the console. */
  #dumped = false;
  readonly #guard = new ConsoleGuard();

  constructor(options: {
    readonly strings: StringTable;
    readonly pointers: PointerTable;
    readonly firstSeq: number;
    /** Somebody's own probes. */
    readonly map?: ProbeMap;
    /** Also what only a case file keeps: task names, and fields that the engine has no use for. */
    readonly keepAll?: boolean;
    /** What made the text, where its reader knows it. */
    readonly tracer?: string;
    /** Only these columns are read: somebody said which they are. */
    readonly only?: readonly ColumnLayout[] | undefined;
    /** Rows of a batch; fewer where little is to be read. */
    readonly batchRows?: number;
    /** Called with a full batch; answers with an empty one to go on with, often the same. */
    readonly emit: (batch: EventBatch) => EventBatch;
  }) {
    this.#emit = options.emit;
    this.#keepAll = options.keepAll ?? false;
    this.#tracer = options.tracer ?? "";
    const { only } = options;
    this.#usual = only === undefined || only.includes(USUAL_COLUMNS);
    this.#layouts = only?.filter((layout) => layout !== USUAL_COLUMNS) ?? LAYOUTS;
    if (!this.#usual) this.format = this.#layouts[0]?.format ?? this.format;
    this.#strings = options.strings;
    this.#values = new ValueScanner(options.strings, options.pointers);
    this.#map = options.map ?? new Map();
    this.#seq = options.firstSeq;
    this.#batch = new EventBatch(options.batchRows ?? BATCH_ROWS, options.strings);
  }

  /** Seq that the next event of the case gets. */
  get nextSeq(): number {
    return this.#seq;
  }

  /** Reads one chunk; a line may end in a later one. */
  push(chunk: Uint8Array): void {
    this.#lines.push(chunk);
  }
  /** Call once after the last chunk. */
  end(): void {
    this.#lines.end();
    this.#flush();
  }

  longLine(offset: number): void {
    this.ledger.lines++;
    this.#reject("line-too-long", offset, `a line of at most ${LINE_BYTES_MAX} bytes`);
  }

  /** The input ends without a newline: the last number may be cut, so the line proves nothing. */
  unfinishedLine(bytes: Uint8Array, length: number, offset: number): void {
    this.ledger.lines++;
    const text = textOf(bytes, 0, length);
    const cut = `a newline; the input ends inside the line`;
    if (this.#scanHeader(bytes, 0, length) || couldBeginEvent(text)) {
      this.#note();
      this.diagnostics.add("line-truncated", this.ledger.lines, offset, cut);
    } else if (remarkOf(text, this.#tracer) !== undefined || text.trim() === "") {
      this.#note();
    } else {
      this.#reject("line-unrecognised", offset, expectedShape(text));
    }
  }

  #note(): void {
    this.ledger.notes++;
  }

  #reject(code: DiagnosticCode, offset: number, expected: string): void {
    this.ledger.rejected++;
    this.diagnostics.add(code, this.ledger.lines, offset, expected);
  }

  #flush(): void {
    if (this.#batch.length > 0) this.#batch = this.#emit(this.#batch);
  }

  line(bytes: Uint8Array, start: number, lineEnd: number, offset: number): void {
    const end = lineEnd > start && bytes[lineEnd - 1] === CARRIAGE_RETURN ? lineEnd - 1 : lineEnd;
    this.ledger.lines++;
    // The usual layout takes one scan and no more.
    if (this.#settled && this.#layout === undefined && this.#header.scan(bytes, start, end)) {
      this.#continues = undefined;
      this.#event(bytes, start, end, end, offset);
    } else if (this.#scanHeader(bytes, start, end)) {
      this.#settled = true;
      this.#eventOfLayout(bytes, start, end, offset);
    } else {
      this.#otherLine(textOf(bytes, start, end), offset, end - start);
    }
  }

  /**
   * The columns before the payload, in whatever layout; the last one's first, for a payload may quote
   * a line of another.
   */
  #scanHeader(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#settled && this.#layout === undefined && this.#header.scan(bytes, start, end)) {
      return true;
    }
    const text = latin1.decode(bytes.subarray(start, Math.min(end, start + HEADER_TEXT_MAX)));
    const last = this.#layout;
    if (last?.read(text, start, end, this.#header) === true) return true;
    // Behind a marker stands its text, which may be anything.
    if (this.#continues === "marker") return false;
    for (const layout of this.#layouts) {
      if (layout === last || !layout.read(text, start, end, this.#header)) continue;
      this.#layout = layout;
      this.format = layout.format;
      return true;
    }
    if (!this.#usual || !this.#header.scan(bytes, start, end)) return false;
    this.#layout = undefined;
    return true;
  }

  #eventOfLayout(bytes: Uint8Array, start: number, end: number, offset: number): void {
    const header = this.#header;
    const layout = this.#layout;
    this.#continues = undefined;
    this.#inBlock = false;
    if (layout === undefined) {
      this.#event(bytes, start, end, end, offset);
      return;
    }
    if (header.cpu < 0) {
      const expected = CPU_MISSING;
      this.#remark({ kind: "layout", layout: layout.format, expected }, offset);
    } else if (layout.unordered === true && this.#isBehind()) {
      this.traceLines++;
      this.#note();
      this.#lost(-1, 1, offset);
      const expected =
        "lines in the order of their time (sort -s -t= -k2,2n); this one was not used";
      this.diagnostics.add("events-lost", this.ledger.lines, offset, expected);
    } else {
      if (this.#lossAnywhere) this.#lossRow(-1, 0, offset);
      this.#lastMajor = header.major;
      this.#lastMinor = header.minor;
      this.#event(bytes, start, end, header.payloadEnd, offset);
    }
    if (layout === BPFTRACE_LAYOUT) this.#tracer = "bpftrace";
    if (layout.chains === true) this.#continues = "chain";
  }

  #isBehind(): boolean {
    const { major, minor } = this.#header;
    return major < this.#lastMajor || (major === this.#lastMajor && minor < this.#lastMinor);
  }

  #otherLine(text: string, offset: number, length: number): void {
    if (this.#continues === "stack" && isStackEntry(text)) {
      this.#note();
      return;
    }
    if (this.#continues === "chain" && isChainEntry(text)) {
      this.#note();
      return;
    }
    const remark = remarkOf(text, this.#tracer);
    if (remark !== undefined) {
      if (remark.kind === "layout" && remark.layout === FUNCTION_GRAPH) {
        this.#graphLine(text, offset, length);
      } else this.#remark(remark, offset);
      return;
    }
    if (this.#inBlock && text.startsWith("#")) {
      this.#note();
      return;
    }
    if (this.#continues === "marker" && this.#markerBytes + length <= MARKER_BYTES_MAX) {
      this.#markerBytes += length;
      this.#note();
      return;
    }
    if (text.trim() === "") {
      this.#note();
      return;
    }
    this.#reject("line-unrecognised", offset, expectedShape(text));
  }

  #graphLine(text: string, offset: number, length: number): void {
    const line = this.#graph.read(text);
    if (line.kind === "call") {
      this.#graphCall(line.call, offset, length);
      return;
    }
    const expected = line.kind === "no cpu" ? GRAPH_CPU_MISSING : GRAPH_EXPECTED;
    this.#remark({ kind: "layout", layout: FUNCTION_GRAPH, expected }, offset);
  }

  #graphCall(call: GraphCall, offset: number, length: number): void {
    const [seconds, fraction] = call.time ?? ["0", String(this.ledger.lines)];
    const major = Number(seconds);
    const minor = Number(call.time === undefined ? fraction : fraction.padEnd(9, "0"));
    // Without times the lines are counted.
    this.clock ??= { major, minor, unit: call.time === undefined ? "ticks" : "seconds" };
    const time = sinceBase(this.clock, major, minor);
    if (time === undefined) {
      this.#reject("time-out-of-range", offset, TIME_EXPECTED);
      return;
    }
    this.traceLines++;
    this.ledger.events++;
    const row = this.#bareRow(KIND[call.kind], call.cpu, offset);
    this.#seq++;
    const batch = this.#batch;
    batch.time[row] = time;
    batch.pid[row] = call.pid;
    batch.bytes[row] = length;
    batch.func[row] = this.#strings.intern(call.func);
    if (this.#keepAll) {
      batch.task[row] = this.#strings.intern(call.task);
      if (call.duration !== undefined) batch.rest.set(row, `"duration_us":"${call.duration}"`);
    }
    const expected = "a queue pointer (vq=) in each call; a function graph has no arguments";
    this.diagnostics.add("call-without-queue", this.ledger.lines, offset, expected);
  }

  #remark(remark: NonNullable<ReturnType<typeof remarkOf>>, offset: number): void {
    this.#note();
    switch (remark.kind) {
      case "header":
        if (remark.distinctive) this.traceLines++;
        this.#tracer = remark.tracer ?? this.#tracer;
        return;
      case "entries":
        this.traceLines++;
        if (remark.written > remark.inBuffer) {
          const missing = remark.written - remark.inBuffer;
          this.#lost(-1, missing, offset);
          this.diagnostics.add(
            "buffer-wrapped",
            this.ledger.lines,
            offset,
            `the first ${missing} of ${remark.written} events were overwritten`,
          );
        }
        return;
      case "lost":
        this.traceLines++;
        this.#lost(remark.cpu, remark.count, offset);
        this.diagnostics.add(
          "events-lost",
          this.ledger.lines,
          offset,
          `nothing of CPU ${remark.cpu} between its events around this line`,
        );
        return;
      case "bufferStarted":
        this.traceLines++;
        this.#lost(remark.cpu, 0, offset);
        this.diagnostics.add(
          "events-lost",
          this.ledger.lines,
          offset,
          `events of CPU ${remark.cpu} before this line were overwritten`,
        );
        return;
      case "layout":
        this.traceLines++;
        this.diagnostics.add(
          "layout-not-read",
          this.ledger.lines,
          offset,
          remark.expected ??
            `the default layout with event fields; ${remark.layout} lines carry none that can be judged here`,
        );
        return;
      case "cut":
        this.#lostAt(remark.count, offset, `nothing: ${remark.what}`);
        return;
      case "console":
        this.#consoleLine(remark.remark, offset);
        return;
      case "perf":
        this.#perfLine(remark.remark, offset);
        return;
      case "bpftrace":
        this.#bpftraceLine(remark.remark, offset);
        return;
      default:
        remark satisfies never;
    }
  }

  /** What else the kernel's log holds is no loss; a dump shares the console with it. */
  #consoleLine(remark: ConsoleRemark, offset: number): void {
    if (remark === "dump" || remark === "empty dump") {
      this.traceLines++;
      this.#dumped = true;
    }
    if (remark !== "dropped") return;
    const expected = "every line of the kernel's log; it says that it dropped some";
    this.#lostAt(0, offset, expected);
  }

  #perfLine(remark: PerfRemark, offset: number): void {
    if (remark.kind === "block") {
      this.#inBlock = !this.#inBlock;
    } else if (remark.kind === "lost") {
      this.#lostAt(0, offset, "nothing: perf lost chunks of its recording");
    } else if (remark.kind === "refused") {
      if (remark.distinctive) this.traceLines++;
      const { expected } = remark;
      this.diagnostics.add("layout-not-read", this.ledger.lines, offset, expected);
    }
  }

  #bpftraceLine(remark: BpftraceRemark, offset: number): void {
    this.#tracer = "bpftrace";
    if (remark.kind !== "lost") return;
    // Sorting puts this line before all events.
    if (this.ledger.events === 0) this.#lossAnywhere = true;
    this.#lostAt(
      remark.count,
      offset,
      "nothing: bpftrace lost events before this line, or anywhere",
    );
  }

  /** A loss that may be of any CPU. */
  #lostAt(count: number, offset: number, expected: string): void {
    this.#lost(-1, count, offset);
    this.diagnostics.add("events-lost", this.ledger.lines, offset, expected);
  }

  #lost(cpu: number, count: number, offset: number): void {
    const { ledger } = this;
    ledger.lostMarks++;
    ledger.lostEvents =
      count === 0 || ledger.lostEvents === null ? null : ledger.lostEvents + count;
    this.#lossRow(cpu, count, offset);
  }

  #lossRow(cpu: number, count: number, offset: number): void {
    fillLossRow(this.#batch, this.#newRow(offset), cpu, count);
  }

  /** A row of which no more is known. */
  #bareRow(kind: number, cpu: number, offset: number): number {
    const row = this.#newRow(offset);
    fillBareRow(this.#batch, row, kind, cpu);
    return row;
  }

  #newRow(offset: number): number {
    if (this.#batch.length === this.#batch.capacity) this.#flush();
    const batch = this.#batch;
    const row = batch.length++;
    batch.seq[row] = this.#seq;
    batch.line[row] = this.ledger.lines;
    batch.offset[row] = offset;
    return row;
  }

  /** An event whose line ends at `lineEnd` and its fields at `end`. */
  #event(bytes: Uint8Array, start: number, end: number, lineEnd: number, offset: number): void {
    this.traceLines++;
    const from = skipTimeDifference(bytes, this.#header.payload, end);
    const name = this.#name(bytes, from, end);
    if (this.#layout === SCRIPT_LAYOUT && bytes[from] === UPPER_P) {
      const lost = lostByRecord(textOf(bytes, from, Math.min(end, from + RECORD_BYTES_MAX)));
      if (lost !== undefined) this.#lostAt(lost, offset, "nothing: perf says that it lost events");
    }
    if (name === undefined) {
      this.#nameless(textOf(bytes, from, end), offset);
      return;
    }
    const at = skipSpaces(bytes, from + name.length + 1, end);
    const point = this.#probePoint(name, bytes, at, end);
    if (point.kind < 0) {
      if (name.marker) {
        this.#continues = "marker";
        this.#markerBytes = 0;
      } else if (isStackHead(bytes, at, end)) {
        this.#continues = "stack";
      } else if (name.tracer !== undefined) {
        this.#remark({ kind: "layout", layout: name.tracer }, offset);
        return;
      }
      this.#note();
      return;
    }
    if (this.#isBroken(name, point, bytes, at, end, offset)) return;
    const time = this.#timeSinceFirst();
    if (time === undefined) {
      this.#reject("time-out-of-range", offset, TIME_EXPECTED);
      return;
    }
    this.ledger.events++;
    const row = this.#newRow(offset);
    this.#seq++;
    const header = this.#header;
    const batch = this.#batch;
    batch.kind[row] = point.kind;
    batch.phase[row] = point.phase;
    batch.layoutHint[row] = point.layoutHint;
    batch.level[row] = header.level;
    batch.time[row] = time;
    batch.cpu[row] = header.cpu;
    batch.pid[row] = header.pid;
    batch.bytes[row] = lineEnd - start;
    batch.task[row] = this.#keepAll
      ? this.#values.text(bytes, skipSpaces(bytes, header.taskStart, end), header.taskEnd)
      : -1;
    batch.queue[row] = -1;
    batch.func[row] = point.func;
    batch.caller[row] = point.caller;
    const fields = at + point.place.length;
    const base = row * EventBatch.FIELD_COUNT;
    this.#fields(point, bytes, fields, end, base, offset);
    // A return belongs to the queue of its begin, and the arguments of a create name none yet.
    if (point.phase === PHASE_BEGIN && point.kind !== KIND.create) {
      if (Number.isNaN(batch.values[base + FIELD.queue])) {
        const { lines } = this.ledger;
        this.diagnostics.add(
          "call-without-queue",
          lines,
          offset,
          "a queue pointer (vq=) in each call",
        );
      }
    }
  }

  /** A line of a dump on the console that another message cut: an event, and nobody knows which. */
  #isBroken(
    name: NameEntry,
    point: ProbePoint,
    bytes: Uint8Array,
    at: number,
    end: number,
    offset: number,
  ): boolean {
    const layout = this.#layout;
    if (layout !== CONSOLE_LAYOUT && !(this.#dumped && layout === LATENCY_LAYOUT)) return false;
    const fields = textOf(bytes, at + point.place.length, end);
    const kind = EVENT_KINDS[point.kind] as (typeof EVENT_KINDS)[number];
    const phase = point.phase === PHASE_BEGIN ? "begin" : "end";
    const missing = this.#guard.missing(name.text, fields, kind, phase);
    if (missing === undefined) return false;
    this.#reject("line-broken", offset, missing);
    this.#lost(-1, 1, offset);
    return true;
  }

  /** An event line without `name:`: `func <-parent` of the function tracer, or `<stack trace>`. */
  #nameless(text: string, offset: number): void {
    if (text.startsWith("<stack trace")) {
      this.#continues = "stack";
      this.#note();
    } else if (this.#layout === SCRIPT_LAYOUT && text.startsWith("PERF_RECORD_")) {
      this.#note();
    } else if (/^[^ ]+(?: \[\w+\])? <-[^ ]+/.test(text)) {
      this.#remark({ kind: "layout", layout: "function" }, offset);
    } else {
      this.#reject("line-unrecognised", offset, "an event name and a colon after the time");
    }
  }

  #timeSinceFirst(): number | undefined {
    const { major, minor, seconds } = this.#header;
    if (major > MAJOR_MAX) return undefined;
    this.clock ??= this.#clockOf(major, minor, seconds);
    return sinceBase(this.clock, major, minor);
  }

  #clockOf(major: number, minor: number, seconds: boolean): ClockBase {
    if (seconds) return { major, minor, unit: "seconds" };
    // What trace-cmd report --raw-ts prints of any clock looks like the counter of a processor.
    const ofTraceCmd = this.#tracer === "trace-cmd" || this.#header.level === LEVEL.unknown;
    return { major, minor, unit: "ticks", ...(ofTraceCmd ? { unshared: true } : {}) };
  }

  /** The event's name up to its colon, guessed from the one that followed the last name before. */
  #name(bytes: Uint8Array, from: number, end: number): NameEntry | undefined {
    const guess = this.#lastName?.next;
    if (guess !== undefined && startsWith(guess.bytes, bytes, from, end)) {
      this.#lastName = guess;
      return guess;
    }
    let at = from;
    let hash = 0;
    for (; at < end; at++) {
      const byte = bytes[at] as number;
      if (byte === COLON || byte === SPACE) break;
      hash = hashByte(hash, byte);
    }
    if (at === from || at === end || bytes[at] !== COLON) return undefined;
    const name = this.#nameEntry(bytes, from, at, hash);
    if (this.#lastName !== undefined) this.#lastName.next = name;
    this.#lastName = name;
    return name;
  }

  #nameEntry(bytes: Uint8Array, from: number, to: number, hash: number): NameEntry {
    const known = this.#nameIds.find(bytes, from, to, hash);
    if (known >= 0) return this.#names[known] as NameEntry;
    const text = textOf(bytes, from, to);
    const entry: NameEntry = {
      text,
      bytes: bytes.slice(from, to + 1),
      length: to - from,
      marker: MARKER_NAMES.has(text),
      tracer: TRACER_NAMES.get(text),
      points: [],
      next: undefined,
    };
    // Past the limit a name is resolved each time: slower, and still right.
    if (this.#nameIds.add(bytes, from, to, hash) >= 0) this.#names.push(entry);
    return entry;
  }

  #probePoint(name: NameEntry, bytes: Uint8Array, at: number, end: number): ProbePoint {
    const { points } = name;
    for (let i = 0; i < points.length; i++) {
      const point = points[i] as ProbePoint;
      if (!startsWith(point.place, bytes, at, end)) continue;
      // Without parentheses of its own, a point stands for all lines that have none either.
      if (point.place.length === 0 && bytes[at] === PAREN_OPEN) continue;
      if (i > 0) {
        points[i] = points[i - 1] as ProbePoint;
        points[i - 1] = point;
      }
      return point;
    }
    let from = at;
    let to = at;
    if (bytes[at] === PAREN_OPEN) {
      from = at + 1;
      to = from;
      while (to < end && bytes[to] !== PAREN_CLOSE) to++;
      // No closing parenthesis: not a probe's place.
      if (to === end) to = from;
    }
    const point = resolveProbePoint(name.text, textOf(bytes, from, to), this.#strings, this.#map, {
      // trace-cmd report -R has no parentheses; what returns has the address that it returns to.
      returns: from === to && textOf(bytes, at, end).includes(RETURN_FIELD),
    });
    if (points.length < PLACES_MAX) points.push(point);
    return point;
  }

  /** Reads ` key=value ...` into the row whose fields start at `base`. */
  #fields(
    point: ProbePoint,
    bytes: Uint8Array,
    from: number,
    end: number,
    base: number,
    offset: number,
  ): void {
    const { values } = this.#batch;
    const scanner = this.#values;
    let node = point.start;
    let at = from;
    for (;;) {
      at = skipSpaces(bytes, at, end);
      if (at >= end) return;
      const key = this.#key(point, node, bytes, at, end);
      if (key === undefined) {
        // A bare word: free text behind the fields.
        while (at < end && bytes[at] !== SPACE) at++;
        continue;
      }
      node = key;
      at += key.bytes.length + 1;
      const valueEnd = scanner.scan(bytes, at, end);
      if (key.field >= 0) {
        const value = scanner.number;
        const isName = key.field === FIELD.name;
        if (scanner.isText !== isName || !(key.pointer || isName || isCountable(value))) {
          this.#unreadable(bytes, at, valueEnd, key, offset);
        } else if (Number.isNaN(values[base + key.field])) {
          // The first of several fields with one meaning counts.
          values[base + key.field] = value;
        }
      } else {
        if (key.descriptors) this.#descriptors(base, bytes, at, valueEnd, offset);
        if (this.#keepAll) this.#addRest(base, key, textOf(bytes, at, valueEnd));
      }
      at = valueEnd;
    }
  }

  #descriptors(base: number, bytes: Uint8Array, at: number, to: number, offset: number): void {
    // Anything but an array is somebody's own field of that name.
    if (bytes[at] !== BRACE_OPEN) return;
    const ring = descriptorBytes(bytes, at, to);
    if (ring !== undefined) this.#batch.descriptors.set(base / EventBatch.FIELD_COUNT, ring);
    else {
      const expected = "pairs of 64-bit words in desc: {0x...,0x...}";
      this.diagnostics.add("field-unreadable", this.ledger.lines, offset, expected);
    }
  }

  #addRest(base: number, key: KeyNode, value: string): void {
    const { rest } = this.#batch;
    const row = base / EventBatch.FIELD_COUNT;
    const member = `${JSON.stringify(textOf(key.bytes, 0, key.bytes.length))}:${JSON.stringify(value)}`;
    const before = rest.get(row);
    // The first of several fields with one name counts, as everywhere.
    if (before?.includes(member.slice(0, member.indexOf(":") + 1))) return;
    rest.set(row, before === undefined ? member : `${before},${member}`);
  }

  #unreadable(bytes: Uint8Array, at: number, to: number, key: KeyNode, offset: number): void {
    const name = textOf(key.bytes, 0, key.bytes.length);
    const found = textOf(bytes, at, Math.min(to, at + 40));
    this.diagnostics.add(
      "field-unreadable",
      this.ledger.lines,
      offset,
      found === "(fault)"
        ? `a readable ${name}: the probe could not read memory`
        : `a number in ${name}`,
    );
  }

  #key(
    point: ProbePoint,
    before: KeyNode,
    bytes: Uint8Array,
    at: number,
    end: number,
  ): KeyNode | undefined {
    const { next } = before;
    if (next !== undefined && followsAt(next, bytes, at, end)) return next;
    const { other } = before;
    if (other !== undefined && followsAt(other, bytes, at, end)) return other;
    let to = at;
    while (to < end && bytes[to] !== EQUALS && bytes[to] !== SPACE) to++;
    if (to === at || to === end || bytes[to] !== EQUALS) return undefined;
    return learnKey(
      point,
      before,
      textOf(bytes, at, to),
      EVENT_KINDS[point.kind] as (typeof EVENT_KINDS)[number],
    );
  }
}

/** Whether the field name of `node`, with its `=`, stands at `at`. */
function followsAt(node: KeyNode, bytes: Uint8Array, at: number, end: number): boolean {
  const { bytes: expected } = node;
  const to = at + expected.length;
  if (to >= end || bytes[to] !== EQUALS) return false;
  for (let i = 0; i < expected.length; i++) {
    if (expected[i] !== bytes[at + i]) return false;
  }
  return true;
}

/** A stand-in for a wide pointer has a fraction; in a field that counts something it is nonsense. */
function isCountable(value: number): boolean {
  return Number.isInteger(value);
}

/** trace-cmd report --ts-diff: `65.535053: (+37)    vq_add_sgs_ret: ...`. */
function skipTimeDifference(bytes: Uint8Array, from: number, end: number): number {
  if (bytes[from] !== PAREN_OPEN || bytes[from + 1] !== PLUS) return from;
  const close = bytes.indexOf(PAREN_CLOSE, from);
  return close < 0 || close >= end ? from : skipSpaces(bytes, close + 1, end);
}

function isStackHead(bytes: Uint8Array, from: number, end: number): boolean {
  return textOf(bytes, from, Math.min(end, from + 13)).startsWith("<stack trace");
}

/** Says how far a rejected line got, for its Diagnostic. */
function expectedShape(text: string): string {
  if (!/-\d+\s+(?:\(.{0,8}\)\s+)?\[\d+\]/.test(text)) {
    return "an event line `task-pid [cpu] flags time: event: fields`, a header or a loss mark";
  }
  return "a clock value and a colon after `[cpu]`";
}
