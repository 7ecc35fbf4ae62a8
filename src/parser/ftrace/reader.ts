import { EventBatch, type StringTable } from "../../model/batch.ts";
import type { Ledger } from "../../model/check-report.ts";
import { type DiagnosticCode, DiagnosticLog } from "../../model/diagnostic.ts";
import { EVENT_KINDS, FIELD, KIND, LAYOUT_UNKNOWN, LEVEL, PHASE_BEGIN } from "../../model/event.ts";
import type { PointerTable } from "../../model/pointer.ts";
import { type ClockBase, sinceBase } from "../../model/time.ts";
import { hashByte, InternedBytes } from "../interned-bytes.ts";
import type { ProbeMap } from "../probe-map.ts";
import { type KeyNode, learnKey, type ProbePoint, resolveProbePoint } from "./probe-point.ts";
import { couldBeginEvent, isStackEntry, remarkOf } from "./remarks.ts";

/** No tracer writes a longer line: the kernel's line buffer is one page, perf's two. */
const LINE_BYTES_MAX = 64 * 1024;
/** `[cpu]` stands within the first bytes: a task name has 15, trace-cmd may put a file name first. */
const HEADER_BYTES_MAX = 256;
/** Where `[cpu]` may be looked for first: behind a task name, pid and tgid, not behind a payload. */
const COLUMN_MAX = 48;
const BATCH_ROWS = 4096;
/** Event names and probe places are few; a file that has more of them is no trace. */
const NAMES_MAX = 4096;
const PLACES_MAX = 1024;
/** A marker's text ends with the tracer's line buffer. */
const MARKER_BYTES_MAX = 4096;

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const PAREN_OPEN = 0x28;
const PAREN_CLOSE = 0x29;
const PLUS = 0x2b;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;
const EQUALS = 0x3d;
const BRACKET_OPEN = 0x5b;
const BRACKET_CLOSE = 0x5d;
const LOWER_X = 0x78;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;

/** Events after which lines without a header belong to the event: their text may hold newlines. */
const MARKER_NAMES = new Set(["tracing_mark_write", "print", "bprint", "bputs"]);

interface NameEntry {
  readonly text: string;
  /** The name with its colon. */
  readonly bytes: Uint8Array;
  readonly length: number;
  /** The name that followed last time. */
  next: NameEntry | undefined;
  readonly marker: boolean;
  readonly points: ProbePoint[];
}

/**
 * Reads ftrace text (tracefs `trace` and `trace_pipe`, `trace-cmd report`) chunk by chunk into
 * batches. A byte scanner: one pass, no text made of a line that needs none, memory bounded.
 *
 * ```
 *          dd-113     [001] d..1.     4.772717: virtqueue_notify: (virtqueue_notify+0x0/0x40 [virtio_ring]) vq=0xff1c
 *          dd-113     (    113) [001] d..1.  63373800568: vq_notify: (...)        tgid; integer clock
 *          dd-113   [001]     4.772717: vq_notify:           (ffffffffc0459180)   trace-cmd, no flags
 * ```
 *
 * A task name may hold blanks, `-`, `[` and `:`, and a payload may quote a whole line, so the header
 * is the first `-pid [cpu]` that fits.
 */
export class FtraceReader {
  readonly ledger: Ledger = {
    lines: 0,
    events: 0,
    notes: 0,
    rejected: 0,
    lostMarks: 0,
    lostEvents: 0,
  };
  readonly diagnostics = new DiagnosticLog();
  /** Layouts other than events that were seen, with the number of their lines. */
  readonly layouts = new Map<string, number>();
  clock: ClockBase | undefined;
  /** Lines that only a trace has: without one, the input is something else. */
  traceLines = 0;

  readonly #map: ProbeMap;
  readonly #keepAll: boolean;
  readonly #emit: (batch: EventBatch) => EventBatch;
  readonly #strings: StringTable;
  readonly #pointers: PointerTable;
  #batch: EventBatch;
  readonly #nameIds = new InternedBytes(NAMES_MAX);
  readonly #names: NameEntry[] = [];
  #lastName: NameEntry | undefined;
  readonly #textIds = new InternedBytes(NAMES_MAX);
  readonly #texts: number[] = [];
  #seq: number;
  #offset = 0;
  #carry = new Uint8Array(4096);
  #carryLength = 0;
  #skippingLine = false;
  /** What the header calls the tracer; some layouts are only told by it. */
  #tracer = "";
  #continues: "stack" | "marker" | undefined;
  #markerBytes = 0;

  constructor(options: {
    readonly strings: StringTable;
    readonly pointers: PointerTable;
    readonly firstSeq: number;
    /** Somebody's own probes. */
    readonly map?: ProbeMap;
    /** Also what only a case file keeps: task names, and fields that the engine has no use for. */
    readonly keepAll?: boolean;
    /** Called with a full batch; answers with an empty one to go on with, often the same. */
    readonly emit: (batch: EventBatch) => EventBatch;
  }) {
    this.#emit = options.emit;
    this.#keepAll = options.keepAll ?? false;
    this.#strings = options.strings;
    this.#pointers = options.pointers;
    this.#map = options.map ?? new Map();
    this.#seq = options.firstSeq;
    this.#batch = new EventBatch(BATCH_ROWS, options.strings);
  }

  /** Seq that the next event of the case gets. */
  get nextSeq(): number {
    return this.#seq;
  }

  /** Reads one chunk; a line may end in a later one. */
  push(data: Uint8Array): void {
    // A Buffer is another class to the compiler, with another indexOf; the hot path sees one.
    const chunk = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    let at = 0;
    if (this.#carryLength > 0 || this.#skippingLine) {
      const end = chunk.indexOf(NEWLINE);
      if (end < 0) {
        this.#keep(chunk, 0, chunk.length);
        return;
      }
      this.#keep(chunk, 0, end);
      this.#endCarriedLine();
      at = end + 1;
    }
    for (;;) {
      const end = chunk.indexOf(NEWLINE, at);
      if (end < 0) break;
      if (end - at > LINE_BYTES_MAX) this.#rejectLong();
      else this.#line(chunk, at, end, this.#offset);
      this.#offset += end - at + 1;
      at = end + 1;
    }
    this.#keep(chunk, at, chunk.length);
  }

  /** Call once after the last chunk. */
  end(): void {
    if (this.#skippingLine) this.#endCarriedLine();
    else if (this.#carryLength > 0) this.#unfinishedLine();
    this.#flush();
  }

  #keep(chunk: Uint8Array, from: number, to: number): void {
    const length = to - from;
    if (this.#skippingLine) {
      this.#offset += length;
      return;
    }
    if (this.#carryLength + length > LINE_BYTES_MAX) {
      this.#rejectLong();
      this.#offset += this.#carryLength + length;
      this.#carryLength = 0;
      this.#skippingLine = true;
      return;
    }
    if (this.#carryLength + length > this.#carry.length) {
      const larger = new Uint8Array(Math.max(this.#carry.length * 2, this.#carryLength + length));
      larger.set(this.#carry.subarray(0, this.#carryLength));
      this.#carry = larger;
    }
    this.#carry.set(chunk.subarray(from, to), this.#carryLength);
    this.#carryLength += length;
  }

  #endCarriedLine(): void {
    if (this.#skippingLine) {
      this.#skippingLine = false;
      this.#offset += 1;
      return;
    }
    const length = this.#carryLength;
    this.#carryLength = 0;
    this.#line(this.#carry, 0, length, this.#offset);
    this.#offset += length + 1;
  }

  #rejectLong(): void {
    this.ledger.lines++;
    this.#reject("line-too-long", this.#offset, `a line of at most ${LINE_BYTES_MAX} bytes`);
  }

  /** The input ends without a newline: the last number may be cut, so the line proves nothing. */
  #unfinishedLine(): void {
    this.ledger.lines++;
    const text = textOf(this.#carry, 0, this.#carryLength);
    const cut = `a newline; the input ends inside the line`;
    if (this.#scanHeader(this.#carry, 0, this.#carryLength) || couldBeginEvent(text)) {
      this.#note();
      this.diagnostics.add("line-truncated", this.ledger.lines, this.#offset, cut);
    } else if (remarkOf(text, this.#tracer) !== undefined || text.trim() === "") {
      this.#note();
    } else {
      this.#reject("line-unrecognised", this.#offset, expectedShape(text));
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

  // What the header scan found; fields instead of a result object, for the hot path.
  #pid = 0;
  #cpu = 0;
  #level = 0;
  #major = 0;
  #minor = 0;
  #seconds = false;
  #payload = 0;
  #taskEnd = 0;
  #column = 0;

  #line(bytes: Uint8Array, start: number, lineEnd: number, offset: number): void {
    const end = lineEnd > start && bytes[lineEnd - 1] === CARRIAGE_RETURN ? lineEnd - 1 : lineEnd;
    this.ledger.lines++;
    if (this.#scanHeader(bytes, start, end)) {
      this.#continues = undefined;
      this.#event(bytes, start, end, offset);
    } else {
      this.#otherLine(textOf(bytes, start, end), offset, end - start);
    }
  }

  #otherLine(text: string, offset: number, length: number): void {
    if (this.#continues === "stack" && isStackEntry(text)) {
      this.#note();
      return;
    }
    const remark = remarkOf(text, this.#tracer);
    if (remark !== undefined) {
      this.#remark(remark, offset);
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
        this.layouts.set(remark.layout, (this.layouts.get(remark.layout) ?? 0) + 1);
        this.diagnostics.add(
          "layout-not-read",
          this.ledger.lines,
          offset,
          `the default layout with event fields; ${remark.layout} lines carry none that can be judged here`,
        );
        return;
      default:
        remark satisfies never;
    }
  }

  #lost(cpu: number, count: number, offset: number): void {
    const { ledger } = this;
    ledger.lostMarks++;
    ledger.lostEvents =
      count === 0 || ledger.lostEvents === null ? null : ledger.lostEvents + count;
    const row = this.#newRow(offset);
    const batch = this.#batch;
    batch.kind[row] = KIND.lost;
    batch.phase[row] = PHASE_BEGIN;
    batch.cpu[row] = cpu;
    batch.pid[row] = -1;
    batch.level[row] = LEVEL.unknown;
    batch.layoutHint[row] = LAYOUT_UNKNOWN;
    batch.time[row] = 0;
    batch.bytes[row] = 0;
    batch.task[row] = -1;
    batch.queue[row] = -1;
    batch.func[row] = -1;
    batch.caller[row] = -1;
    batch.values[row * EventBatch.FIELD_COUNT + FIELD.lostCount] = count;
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

  /** Finds `-pid [(tgid)] [cpu] [flags] time: ` and leaves what it says in the fields above. */
  #scanHeader(bytes: Uint8Array, start: number, end: number): boolean {
    // Columns rarely move: the bracket stands where it stood. A task name is too short to hold an
    // earlier one that fits.
    const predicted = start + this.#column;
    if (predicted < end && bytes[predicted] === BRACKET_OPEN) {
      if (this.#headerAround(bytes, start, predicted, end)) return true;
    }
    const limit = Math.min(end, start + HEADER_BYTES_MAX);
    for (let open = start; open < limit; open++) {
      if (bytes[open] !== BRACKET_OPEN) continue;
      if (!this.#headerAround(bytes, start, open, end)) continue;
      this.#column = open - start <= COLUMN_MAX ? open - start : 0;
      return true;
    }
    return false;
  }

  #headerAround(bytes: Uint8Array, start: number, open: number, end: number): boolean {
    let at = open + 1;
    let cpu = 0;
    const cpuStart = at;
    for (; at < end; at++) {
      const digit = (bytes[at] as number) - ZERO;
      if (digit < 0 || digit > 9) break;
      cpu = cpu * 10 + digit;
    }
    if (at === cpuStart || at - cpuStart > 6 || bytes[at] !== BRACKET_CLOSE) return false;
    if (!this.#scanPid(bytes, start, open)) return false;
    at = skipSpaces(bytes, at + 1, end);
    const word = at;
    at = this.#scanTime(bytes, at, end);
    if (at < 0) {
      // Five characters of irq-info, four on kernels before 5.18; six leave room for a new one.
      let wordEnd = word;
      while (wordEnd < end && bytes[wordEnd] !== SPACE) wordEnd++;
      if (wordEnd - word < 4 || wordEnd - word > 6) return false;
      at = this.#scanTime(bytes, skipSpaces(bytes, wordEnd, end), end);
      if (at < 0) return false;
      this.#level = levelOf(bytes[word + 2] as number);
    } else {
      this.#level = LEVEL.unknown;
    }
    this.#cpu = cpu;
    this.#payload = skipSpaces(bytes, at, end);
    return true;
  }

  /** Backwards from `[cpu]`: an optional `(tgid)`, then the last `-digits` of the task. */
  #scanPid(bytes: Uint8Array, start: number, open: number): boolean {
    let at = open - 1;
    while (at > start && bytes[at] === SPACE) at--;
    if (bytes[at] === PAREN_CLOSE) {
      at--;
      while (at > start && bytes[at] !== PAREN_OPEN) at--;
      at--;
      while (at > start && bytes[at] === SPACE) at--;
    }
    let pid = 0;
    let scale = 1;
    const last = at;
    for (; at > start; at--) {
      const digit = (bytes[at] as number) - ZERO;
      if (digit < 0 || digit > 9) break;
      pid += digit * scale;
      scale *= 10;
    }
    if (at === last || last - at > 10 || at <= start || bytes[at] !== MINUS) return false;
    this.#pid = pid | 0;
    this.#taskEnd = at;
    return true;
  }

  /** Reads `secs.frac:` or `ticks:`; the position behind the colon, or -1. */
  #scanTime(bytes: Uint8Array, from: number, end: number): number {
    let at = from;
    let digits = 0;
    let major = 0;
    let minor = 0;
    for (; at < end; at++) {
      const digit = (bytes[at] as number) - ZERO;
      if (digit < 0 || digit > 9) break;
      // The last nine digits of an integer clock are its minor part; see model/time.ts.
      const value = minor * 10 + digit;
      minor = value % 1_000_000_000;
      major = major * 10 + (value - minor) / 1_000_000_000;
      digits++;
    }
    if (digits === 0 || digits > 20) return -1;
    let seconds = false;
    if (bytes[at] === DOT) {
      major = major * 1_000_000_000 + minor;
      minor = 0;
      let scale = 1_000_000_000;
      at++;
      for (; at < end && scale > 1; at++) {
        const digit = (bytes[at] as number) - ZERO;
        if (digit < 0 || digit > 9) break;
        scale /= 10;
        minor += digit * scale;
      }
      if (scale === 1_000_000_000) return -1;
      seconds = true;
    }
    if (bytes[at] !== COLON) return -1;
    this.#major = major;
    this.#minor = minor;
    this.#seconds = seconds;
    return at + 1;
  }

  #event(bytes: Uint8Array, start: number, end: number, offset: number): void {
    this.traceLines++;
    const from = skipTimeDifference(bytes, this.#payload, end);
    const name = this.#name(bytes, from, end);
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
      }
      this.#note();
      return;
    }
    const time = this.#timeSinceFirst();
    if (time === undefined) {
      this.#reject("time-out-of-range", offset, "a time within 104 days of the first event");
      return;
    }
    this.ledger.events++;
    const row = this.#newRow(offset);
    this.#seq++;
    const batch = this.#batch;
    batch.kind[row] = point.kind;
    batch.phase[row] = point.phase;
    batch.layoutHint[row] = point.layoutHint;
    batch.level[row] = this.#level;
    batch.time[row] = time;
    batch.cpu[row] = this.#cpu;
    batch.pid[row] = this.#pid;
    batch.bytes[row] = end - start;
    batch.task[row] = this.#keepAll
      ? this.#text(bytes, skipSpaces(bytes, start, end), this.#taskEnd)
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

  /** An event line without `name:`: `func <-parent` of the function tracer, or `<stack trace>`. */
  #nameless(text: string, offset: number): void {
    if (text.startsWith("<stack trace")) {
      this.#continues = "stack";
      this.#note();
    } else if (/^[^ ]+(?: \[\w+\])? <-[^ ]+/.test(text)) {
      this.#remark({ kind: "layout", layout: "function" }, offset);
    } else {
      this.#reject("line-unrecognised", offset, "an event name and a colon after the time");
    }
  }

  #timeSinceFirst(): number | undefined {
    this.clock ??= {
      major: this.#major,
      minor: this.#minor,
      unit: this.#seconds ? "seconds" : "ticks",
    };
    return sinceBase(this.clock, this.#major, this.#minor);
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
    const point = resolveProbePoint(name.text, textOf(bytes, from, to), this.#strings, this.#map);
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
      const valueEnd = this.#value(bytes, at, end);
      if (key.field >= 0) {
        const value = this.#number;
        const isName = key.field === FIELD.name;
        if (this.#isText !== isName) {
          this.#unreadable(bytes, at, valueEnd, key, offset);
        } else if (Number.isNaN(values[base + key.field])) {
          // The first of several fields with one meaning counts.
          values[base + key.field] = value;
        }
      } else if (this.#keepAll) {
        this.#addRest(base, key, textOf(bytes, at, valueEnd));
      }
      at = valueEnd;
    }
  }

  #addRest(base: number, key: KeyNode, value: string): void {
    const { rest } = this.#batch;
    const row = base / EventBatch.FIELD_COUNT;
    const member = `${JSON.stringify(textOf(key.bytes, 0, key.bytes.length))}:${JSON.stringify(value)}`;
    const before = rest.get(row);
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

  // The value that #value read: NaN when it is none.
  #number = 0;
  #isText = false;

  /** Reads one value at `at` and returns where it ends. */
  #value(bytes: Uint8Array, at: number, end: number): number {
    this.#isText = false;
    const first = at < end ? (bytes[at] as number) : SPACE;
    if (first === ZERO && bytes[at + 1] === LOWER_X) return this.#hex(bytes, at + 2, end);
    if (first === MINUS || (first >= ZERO && first <= ZERO + 9)) {
      return this.#decimal(bytes, at, end);
    }
    if (first === QUOTE) return this.#quoted(bytes, at + 1, end);
    this.#number = Number.NaN;
    this.#isText = true;
    if (first === BRACE_OPEN) {
      const close = bytes.indexOf(BRACE_CLOSE, at);
      return close < 0 || close >= end ? end : close + 1;
    }
    let to = at;
    while (to < end && bytes[to] !== SPACE) to++;
    if (first !== PAREN_OPEN) this.#number = this.#strings.intern(textOf(bytes, at, to));
    return to;
  }

  #hex(bytes: Uint8Array, from: number, end: number): number {
    let high = 0;
    let low = 0;
    let at = from;
    for (; at < end; at++) {
      const byte = bytes[at] as number;
      const digit = byte <= 0x39 ? byte - ZERO : byte >= 0x61 && byte <= 0x66 ? byte - 0x57 : -1;
      if (digit < 0) break;
      high = ((high << 4) | (low >>> 28)) >>> 0;
      low = ((low << 4) | digit) >>> 0;
    }
    return this.#endOfNumber(
      bytes,
      at,
      end,
      at === from || at - from > 16
        ? Number.NaN
        : high === 0
          ? low
          : this.#pointers.fromHalves(high, low),
    );
  }

  #decimal(bytes: Uint8Array, from: number, end: number): number {
    let at = bytes[from] === MINUS ? from + 1 : from;
    const digits = at;
    let value = 0;
    for (; at < end; at++) {
      const digit = (bytes[at] as number) - ZERO;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    if (at === digits || at - digits > 20) value = Number.NaN;
    else if (value > Number.MAX_SAFE_INTEGER) {
      const wide = BigInt.asUintN(64, BigInt(textOf(bytes, from, at)));
      value = this.#pointers.fromHalves(Number(wide >> 32n), Number(wide & 0xffff_ffffn));
    } else if (digits > from) value = -value;
    return this.#endOfNumber(bytes, at, end, value);
  }

  /** A number ends at a blank; `12abc` is none. */
  #endOfNumber(bytes: Uint8Array, at: number, end: number, value: number): number {
    if (at === end || bytes[at] === SPACE) {
      this.#number = value;
      this.#isText = Number.isNaN(value);
      return at;
    }
    this.#number = Number.NaN;
    this.#isText = true;
    let to = at;
    while (to < end && bytes[to] !== SPACE) to++;
    return to;
  }

  /** Strings are quoted but not escaped: the quote that a blank or the end follows closes one. */
  #quoted(bytes: Uint8Array, from: number, end: number): number {
    this.#isText = true;
    let to = from;
    let hash = 0;
    for (; to < end; to++) {
      const byte = bytes[to] as number;
      if (byte === QUOTE && (to + 1 === end || bytes[to + 1] === SPACE)) break;
      hash = hashByte(hash, byte);
    }
    this.#number = this.#textByHash(bytes, from, to, hash);
    return Math.min(to + 1, end);
  }

  /** String id of some bytes of the line. */
  #text(bytes: Uint8Array, from: number, to: number): number {
    let hash = 0;
    for (let at = from; at < to; at++) hash = hashByte(hash, bytes[at] as number);
    return this.#textByHash(bytes, from, to, hash);
  }

  #textByHash(bytes: Uint8Array, from: number, to: number, hash: number): number {
    const known = this.#textIds.find(bytes, from, to, hash);
    if (known >= 0) return this.#texts[known] as number;
    const id = this.#strings.intern(textOf(bytes, from, to));
    if (this.#textIds.add(bytes, from, to, hash) >= 0) this.#texts.push(id);
    return id;
  }
}

const decoder = new TextDecoder();

function textOf(bytes: Uint8Array, from: number, to: number): string {
  return decoder.decode(bytes.subarray(from, to));
}

function skipSpaces(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && bytes[at] === SPACE) at++;
  return at;
}

function startsWith(expected: Uint8Array, bytes: Uint8Array, at: number, end: number): boolean {
  if (at + expected.length > end) return false;
  for (let i = 0; i < expected.length; i++) {
    if (expected[i] !== bytes[at + i]) return false;
  }
  return true;
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

/** trace-cmd report --ts-diff: `65.535053: (+37)    vq_add_sgs_ret: ...`. */
function skipTimeDifference(bytes: Uint8Array, from: number, end: number): number {
  if (bytes[from] !== PAREN_OPEN || bytes[from + 1] !== PLUS) return from;
  const close = bytes.indexOf(PAREN_CLOSE, from);
  return close < 0 || close >= end ? from : skipSpaces(bytes, close + 1, end);
}

function isStackHead(bytes: Uint8Array, from: number, end: number): boolean {
  return textOf(bytes, from, Math.min(end, from + 13)).startsWith("<stack trace");
}

/** The third irq-info character: hard interrupt, hard inside soft, NMI, soft interrupt. */
function levelOf(flag: number): number {
  switch (flag) {
    case 0x68: // h
    case 0x48: // H
      return LEVEL.hardirq;
    case 0x73: // s
      return LEVEL.softirq;
    case 0x7a: // z
    case 0x5a: // Z
      return LEVEL.nmi;
    default:
      return LEVEL.task;
  }
}

/** Says how far a rejected line got, for its Diagnostic. */
function expectedShape(text: string): string {
  if (!/-\d+\s+(?:\(.{0,8}\)\s+)?\[\d+\]/.test(text)) {
    return "an event line `task-pid [cpu] flags time: event: fields`, a header or a loss mark";
  }
  return "a clock value and a colon after `[cpu]`";
}
