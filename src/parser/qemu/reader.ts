import { EventBatch, type StringTable } from "../../model/batch.ts";
import { emptyLedger, type Ledger } from "../../model/check-report.ts";
import { DiagnosticLog } from "../../model/diagnostic.ts";
import {
  type EventKind,
  FIELD,
  type FieldName,
  KIND,
  LAYOUT_UNKNOWN,
  LEVEL,
  PHASE_BEGIN,
  POINTER_FIELDS,
} from "../../model/event.ts";
import type { PointerTable } from "../../model/pointer.ts";
import { type ClockBase, sinceBase } from "../../model/time.ts";
import { textOf } from "../bytes.ts";
import { LINE_BYTES_MAX, LineSplitter, type LineTarget } from "../line-splitter.ts";
import type { TraceReader } from "../trace-reader.ts";
import { type DeviceMessage, messageOf } from "./messages.ts";

/** As the writing thread has them. */
const BATCH_ROWS = 4096;
const MESSAGES_MAX = 1000;

interface TraceEvent {
  readonly kind: EventKind;
  /** Arguments by their names in the line, and what they are here; others are not used. */
  readonly arguments: readonly (readonly [name: string, field: FieldName])[];
}

/** QEMU's trace events that say something of a device or a queue (hw/virtio/trace-events). */
const TRACE_EVENTS: ReadonlyMap<string, TraceEvent> = new Map(
  Object.entries<TraceEvent>({
    virtio_set_status: {
      kind: "statusWritten",
      arguments: [
        ["vdev", "device"],
        ["val", "status"],
      ],
    },
    virtio_queue_notify: {
      kind: "deviceNotified",
      arguments: [
        ["vdev", "device"],
        ["n", "index"],
        ["vq", "queue"],
      ],
    },
    virtio_notify: {
      kind: "deviceInterrupted",
      arguments: [
        ["vdev", "device"],
        ["vq", "queue"],
      ],
    },
    virtio_notify_irqfd: {
      kind: "deviceInterrupted",
      arguments: [
        ["vdev", "device"],
        ["vq", "queue"],
      ],
    },
    virtqueue_alloc_element: { kind: "elementAllocated", arguments: [["elem", "element"]] },
    virtqueue_pop: {
      kind: "elementPopped",
      arguments: [
        ["vq", "queue"],
        ["elem", "element"],
        ["in_num", "inSgs"],
        ["out_num", "outSgs"],
      ],
    },
    virtqueue_fill: {
      kind: "elementFilled",
      arguments: [
        ["vq", "queue"],
        ["elem", "element"],
        ["idx", "count"],
      ],
    },
    virtqueue_flush: {
      kind: "elementsFlushed",
      arguments: [
        ["vq", "queue"],
        ["count", "count"],
      ],
    },
  }),
);

/**
 * `PID@SECONDS.MICROSECONDS:NAME ARGUMENTS`; or the time as newer versions have it, and no thread; or
 * neither. The simple backend has nanoseconds.
 */
const LINE =
  /^(?:(\d{1,10})@(\d{1,15})\.(\d{6}|\d{9}):|(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{6})Z )?([A-Za-z]\w*)(?: (.*))?$/;
const EXPECTED = "a trace event of QEMU's log backend, or a message of QEMU";

/**
 * Reads what QEMU's log backend prints of its trace events (`-trace 'virtio*' -D FILE`):
 *
 *     28995@1795398970.587002:virtio_queue_notify vdev 0x55a4a69179e0 n 0 vq 0x55a4a691e6f0
 *     28995@1795398970.587010:virtqueue_pop vq 0x55a4a691e6f0 elem 0x55a4a7 in_num 2 out_num 1
 *
 * Other trace events, and what QEMU itself says, are notes.
 */
export class QemuReader implements TraceReader, LineTarget {
  readonly format = "qemu-log";
  readonly ledger: Ledger = emptyLedger();
  readonly diagnostics: DiagnosticLog;
  /** What QEMU itself said. */
  readonly messages: DeviceMessage[] = [];
  clock: ClockBase | undefined;
  traceLines = 0;
  readonly #emit: (batch: EventBatch) => EventBatch;
  readonly #strings: StringTable;
  readonly #pointers: PointerTable;
  readonly #keepAll: boolean;
  readonly #lines = new LineSplitter(this);
  #batch: EventBatch;
  #seq: number;
  #time = 0;

  constructor(options: {
    readonly strings: StringTable;
    readonly pointers: PointerTable;
    readonly firstSeq: number;
    /** Also arguments that the engine has no use for. */
    readonly keepAll?: boolean;
    /** Where else Diagnostics of this source come from. */
    readonly diagnostics?: DiagnosticLog | undefined;
    /** Rows of a batch; fewer where little is to be read. */
    readonly batchRows?: number;
    /** Called with a full batch; answers with an empty one to go on with, often the same. */
    readonly emit: (batch: EventBatch) => EventBatch;
  }) {
    this.#strings = options.strings;
    this.#pointers = options.pointers;
    this.#seq = options.firstSeq;
    this.#keepAll = options.keepAll ?? false;
    this.diagnostics = options.diagnostics ?? new DiagnosticLog();
    this.#emit = options.emit;
    this.#batch = new EventBatch(options.batchRows ?? BATCH_ROWS, options.strings);
  }

  get nextSeq(): number {
    return this.#seq;
  }

  push(chunk: Uint8Array): void {
    this.#lines.push(chunk);
  }

  end(): void {
    this.#lines.end();
    if (this.#batch.length > 0) this.#batch = this.#emit(this.#batch);
  }

  /** `whole`: bytes of the input that the line stands for. */
  line(
    bytes: Uint8Array,
    start: number,
    end: number,
    offset: number,
    whole: number = end - start,
  ): void {
    this.ledger.lines++;
    const text = textOf(bytes, start, end).trimEnd();
    const match = LINE.exec(text);
    const name = match?.[6] ?? "";
    const event = TRACE_EVENTS.get(name);
    if (match !== null && event !== undefined) {
      this.#event(event, name, match, offset, whole);
      return;
    }
    const message = messageOf(text);
    if (message !== undefined && this.messages.length < MESSAGES_MAX) {
      this.messages.push({ line: this.ledger.lines, text: message });
    }
    // Without its time another event's name can still be told from prose by its shape.
    const other = match !== null && (match[1] !== undefined || name.includes("_"));
    if (match?.[1] !== undefined) this.traceLines++;
    if (other || message !== undefined || text === "") this.ledger.notes++;
    else this.#reject(offset, EXPECTED);
  }

  longLine(offset: number): void {
    this.ledger.lines++;
    this.ledger.rejected++;
    const expected = `a line of at most ${LINE_BYTES_MAX} bytes`;
    this.diagnostics.add("line-too-long", this.ledger.lines, offset, expected);
  }

  /** QEMU writes whole lines: half a line may have lost the end of a number. */
  unfinishedLine(_bytes: Uint8Array, _length: number, offset: number): void {
    this.ledger.lines++;
    this.ledger.notes++;
    const expected = "a newline; the input ends inside the line";
    this.diagnostics.add("line-truncated", this.ledger.lines, offset, expected);
  }

  #event(
    event: TraceEvent,
    name: string,
    match: RegExpExecArray,
    offset: number,
    length: number,
  ): void {
    this.traceLines++;
    const words = (match[7] ?? "").split(" ");
    const batch = this.#batch;
    const row = batch.length;
    const base = row * EventBatch.FIELD_COUNT;
    for (const [argument, field] of event.arguments) {
      const at = words.indexOf(argument);
      const value = at < 0 ? Number.NaN : this.#value(field, words[at + 1]);
      if (Number.isNaN(value)) {
        batch.values.fill(Number.NaN, base, base + EventBatch.FIELD_COUNT);
        this.#reject(offset, `${name} with a readable ${argument}`);
        return;
      }
      batch.values[base + FIELD[field]] = value;
    }
    batch.length++;
    batch.kind[row] = KIND[event.kind];
    batch.phase[row] = PHASE_BEGIN;
    batch.level[row] = LEVEL.task;
    batch.layoutHint[row] = LAYOUT_UNKNOWN;
    batch.seq[row] = this.#seq++;
    batch.line[row] = this.ledger.lines;
    batch.offset[row] = offset;
    batch.bytes[row] = length;
    batch.time[row] = this.#timeOf(match);
    batch.cpu[row] = 0;
    batch.pid[row] = match[1] === undefined ? 0 : Number(match[1]) | 0;
    batch.func[row] = this.#strings.intern(name);
    batch.caller[row] = -1;
    batch.task[row] = -1;
    batch.queue[row] = -1;
    if (this.#keepAll) this.#keep(event, words, row);
    this.ledger.events++;
    if (batch.length === batch.capacity) this.#batch = this.#emit(batch);
  }

  #value(field: FieldName, word: string | undefined): number {
    if (word === undefined) return Number.NaN;
    if (!POINTER_FIELDS.has(field)) return /^\d{1,9}$/.test(word) ? Number(word) : Number.NaN;
    // glibc prints a null pointer in a way of its own, and it names nothing.
    if (!/^0x[0-9a-f]{1,16}$/.test(word)) return Number.NaN;
    const digits = word.slice(2).padStart(16, "0");
    const high = Number.parseInt(digits.slice(0, 8), 16);
    const low = Number.parseInt(digits.slice(8), 16);
    return this.#pointers.fromHalves(high, low);
  }

  /** Since the first event; a log without times counts its lines. */
  #timeOf(match: RegExpExecArray): number {
    const [, , told, parts, day, dayParts] = match;
    const seconds = day === undefined ? told : `${Date.parse(`${day}Z`) / 1000}`;
    const micros = parts ?? dayParts;
    if (seconds === undefined || micros === undefined) {
      this.clock ??= { major: 0, minor: 0, unit: "ticks" };
      if (this.clock.unit === "ticks") this.#time = this.ledger.lines;
      return this.#time;
    }
    const major = Number(seconds);
    // A date that no calendar has: the line keeps the time of the one before it.
    if (Number.isNaN(major)) return this.#time;
    const minor = Number(micros.padEnd(9, "0"));
    this.clock ??= { major, minor, unit: "seconds" };
    if (this.clock.unit === "ticks") this.#time = this.ledger.lines;
    // What is too far from the first event has the time of the one before it.
    else this.#time = sinceBase(this.clock, major, minor) ?? this.#time;
    return this.#time;
  }

  #keep(event: TraceEvent, words: readonly string[], row: number): void {
    const used = new Set(event.arguments.map(([argument]) => argument));
    const members: string[] = [];
    for (let at = 0; at + 1 < words.length; at += 2) {
      const word = words[at] as string;
      if (!used.has(word)) members.push(`${JSON.stringify(word)}:${JSON.stringify(words[at + 1])}`);
    }
    if (members.length > 0) this.#batch.rest.set(row, members.join(","));
  }

  /** A record of another encoding of these events that cannot be read. */
  reject(offset: number, expected: string): void {
    this.ledger.lines++;
    this.#reject(offset, expected);
  }

  /** Events are missing here, of any thread; 0 when nobody knows how many. What says so is counted already. */
  lost(count: number, offset: number): void {
    const { ledger } = this;
    ledger.lostMarks++;
    ledger.lostEvents =
      count === 0 || ledger.lostEvents === null ? null : ledger.lostEvents + count;
    this.diagnostics.add("events-lost", ledger.lines, offset, "no loss; the tracer lost events");
    const batch = this.#batch;
    const row = batch.length++;
    batch.kind[row] = KIND.lost;
    batch.phase[row] = PHASE_BEGIN;
    batch.level[row] = LEVEL.unknown;
    batch.layoutHint[row] = LAYOUT_UNKNOWN;
    batch.seq[row] = this.#seq++;
    batch.line[row] = ledger.lines;
    batch.offset[row] = offset;
    batch.bytes[row] = 0;
    batch.time[row] = this.#time;
    for (const column of [
      batch.cpu,
      batch.pid,
      batch.func,
      batch.caller,
      batch.task,
      batch.queue,
    ]) {
      column[row] = -1;
    }
    batch.values[row * EventBatch.FIELD_COUNT + FIELD.lostCount] = count;
    if (batch.length === batch.capacity) this.#batch = this.#emit(batch);
  }

  #reject(offset: number, expected: string): void {
    this.ledger.rejected++;
    this.diagnostics.add("line-unrecognised", this.ledger.lines, offset, expected);
  }
}
