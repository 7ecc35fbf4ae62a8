import { EventBatch, type StringTable } from "../../model/batch.ts";
import { emptyLedger, type Ledger } from "../../model/check-report.ts";
import { type DiagnosticCode, DiagnosticLog } from "../../model/diagnostic.ts";
import { FIELD, KIND, LEVEL, PHASE_BEGIN } from "../../model/event.ts";
import type { PointerTable } from "../../model/pointer.ts";
import type { ClockBase } from "../../model/time.ts";
import { ValueScanner } from "../ftrace/values.ts";
import { fillLossRow } from "../loss-row.ts";
import type { ProbeMap } from "../probe-map.ts";
import type { TraceSource } from "../trace-reader.ts";
import type { ByteRanges } from "./byte-cursor.ts";
import type { CpuRecords } from "./cpu-records.ts";
import { EventPlan, type FieldRead, type PointPlan, READ } from "./event-plan.ts";
import { Kallsyms } from "./kallsyms.ts";
import { MergedRecords } from "./merged-records.ts";
import { RestText } from "./rest-text.ts";
import type { Inflate, TraceFile } from "./trace-file.ts";
import { dynamicEnd, dynamicStart, textEnd } from "./values.ts";

const BATCH_ROWS = 4096;
/** Seconds that no kernel's clock reaches; see the text reader. */
const MAJOR_MAX = 9_000_000_000n;
const PER_MAJOR = 1_000_000_000n;
/** Clocks that count something else than nanoseconds. */
const TICK_CLOCKS = new Set(["counter", "uptime", "x86-tsc", "ppc-tb"]);

/** Bits of `common_flags`. */
const FLAG_HARDIRQ = 0x08;
const FLAG_SOFTIRQ = 0x10;
const FLAG_NMI = 0x40;

/** What a trace.dat is read with. */
export interface TraceDatOptions {
  readonly ranges: ByteRanges;
  readonly file: TraceFile;
  readonly inflate: Inflate;
  readonly strings: StringTable;
  readonly pointers: PointerTable;
  readonly firstSeq: number;
  /** Somebody's own probes. */
  readonly map?: ProbeMap;
  /** Also what only a case file keeps: task names, and fields that the engine has no use for. */
  readonly keepAll?: boolean;
  /** Rows of a batch; fewer where little is to be read. */
  readonly batchRows?: number;
  /** Called with a full batch; answers with an empty one to go on with, often the same. */
  readonly emit: (batch: EventBatch) => EventBatch;
}

/**
 * Reads trace.dat (trace-cmd, versions 6 and 7), and pages of the ring buffer, into the batches that the text reader makes of the
 * same events. In its ledger a line is a record.
 */
export class TraceDatReader implements TraceSource {
  readonly format: "trace.dat" | "ring-buffer-pages";
  readonly ledger: Ledger = emptyLedger();
  readonly diagnostics = new DiagnosticLog();
  clock: ClockBase | undefined;
  /** Its first bytes say what it is. */
  readonly traceLines = 1;

  readonly #file: TraceFile;
  readonly #records: MergedRecords;
  readonly #plans: (EventPlan | undefined)[] = [];
  readonly #keepAll: boolean;
  readonly #emit: TraceDatOptions["emit"];
  readonly #strings: StringTable;
  readonly #pointers: PointerTable;
  readonly #values: ValueScanner;
  readonly #little: boolean;
  readonly #tasks = new Map<number, number>();
  readonly #rest: RestText;
  #batch: EventBatch;
  #seq: number;
  /** Distance of the first event. */
  #firstTime = 0;

  constructor(options: TraceDatOptions) {
    const { file, strings, pointers } = options;
    this.#file = file;
    this.format = file.head.version === 0 ? "ring-buffer-pages" : "trace.dat";
    this.#little = !file.head.bigEndian;
    this.#emit = options.emit;
    this.#keepAll = options.keepAll ?? false;
    this.#strings = strings;
    this.#pointers = pointers;
    this.#values = new ValueScanner(strings, pointers);
    this.#seq = options.firstSeq;
    this.#batch = new EventBatch(options.batchRows ?? BATCH_ROWS, strings);
    this.#rest = new RestText(this.#little);
    this.#records = new MergedRecords(options.ranges, file, options.inflate);
    let kallsyms: Kallsyms | undefined;
    const context = {
      strings,
      pointers,
      map: options.map ?? new Map(),
      kallsyms: () => {
        kallsyms ??= this.#readKallsyms();
        return kallsyms;
      },
    };
    for (const format of file.formats) {
      if (this.#plans[format.id] === undefined) {
        this.#plans[format.id] = new EventPlan(format, context);
      }
    }
    this.#tellLosses();
    if (file.buffers.length === 0) {
      const expected = "events; a latency tracer's file holds text, which is not read";
      this.diagnostics.add("layout-not-read", 0, 0, expected);
    }
  }

  /** Seq that the next event of the case gets. */
  get nextSeq(): number {
    return this.#seq;
  }

  #readKallsyms(): Kallsyms {
    try {
      return new Kallsyms(this.#file.kallsyms());
    } catch (error) {
      // Without symbols a probe's event name still says what it is.
      const expected = `symbols; the section ${error instanceof Error ? error.message : "is broken"}`;
      this.diagnostics.add("section-broken", 0, 0, expected);
      return new Kallsyms(new Uint8Array(0));
    }
  }

  #tellLosses(): void {
    const { ledger } = this;
    const dropped = droppedEvents(this.#file);
    if (dropped === 0) return;
    ledger.lostMarks++;
    ledger.lostEvents = dropped;
    const expected =
      "overrun and dropped events of 0; what lacks at the end of the trace proves nothing";
    this.diagnostics.add("events-lost", 0, 0, expected);
  }

  /** Reads so many records, and returns whether there are more. */
  step(records: number): boolean {
    for (let left = records; left > 0; left--) {
      const from = this.#records.next();
      this.#tellBroken();
      if (from === undefined) return false;
      this.ledger.lines++;
      if (from.missed !== 0) this.#missed(from);
      this.#record(from);
    }
    return true;
  }

  /** Call once after the last step. */
  end(): void {
    // A CPU that could not be read to its end may have done anything since.
    for (const { cpu } of this.#records.broken) this.#lossRow(cpu, 0, 0);
    if (this.#batch.length > 0) this.#batch = this.#emit(this.#batch);
  }

  /** Bytes of the file that are behind, for a line of progress. */
  get done(): number {
    return this.#records.done;
  }

  #tellBroken(): void {
    for (const { cpu, broken, blockOffset } of this.#records.takeBroken()) {
      const what =
        broken === "truncated"
          ? `the file ends inside the events of CPU ${cpu}`
          : broken === "unpacked"
            ? `a block of CPU ${cpu} cannot be unpacked`
            : `a page of CPU ${cpu} is none that a kernel writes`;
      const expected = `${what}; the rest of its events were not read`;
      this.diagnostics.add("events-unreadable", this.ledger.lines, blockOffset, expected);
      this.#lost(cpu, 0, blockOffset);
    }
  }

  #missed(from: CpuRecords): void {
    this.#lost(from.cpu, Math.max(0, from.missed), from.offset);
    const expected = `nothing of CPU ${from.cpu} between its events around this record`;
    this.diagnostics.add("events-lost", this.ledger.lines, from.offset, expected);
  }

  #lost(cpu: number, count: number, offset: number): void {
    const { ledger } = this;
    ledger.lostMarks++;
    ledger.lostEvents =
      count === 0 || ledger.lostEvents === null ? null : ledger.lostEvents + count;
    this.#lossRow(cpu, count, offset);
  }

  #lossRow(cpu: number, count: number, offset: number): void {
    const row = this.#newRow(offset);
    fillLossRow(this.#batch, row, cpu, count);
  }

  #newRow(offset: number): number {
    if (this.#batch.length === this.#batch.capacity) this.#batch = this.#emit(this.#batch);
    const batch = this.#batch;
    const row = batch.length++;
    batch.seq[row] = this.#seq;
    batch.line[row] = this.ledger.lines;
    batch.offset[row] = offset;
    return row;
  }

  #reject(code: DiagnosticCode, offset: number, expected: string): void {
    this.ledger.rejected++;
    this.diagnostics.add(code, this.ledger.lines, offset, expected);
  }

  #record(from: CpuRecords): void {
    const { view, start, length } = from;
    const plan = length < 2 ? undefined : this.#plans[view.getUint16(start, this.#little)];
    if (plan === undefined) {
      const expected = "an event that the file has a format of";
      this.#reject("record-unrecognised", from.offset, expected);
      return;
    }
    if (length < plan.lengthMin) {
      const expected = `at least ${plan.lengthMin} bytes in each ${plan.format.name}`;
      this.#reject("record-unrecognised", from.offset, expected);
      return;
    }
    const found = plan.at(
      plan.addressOffset < 0 ? Number.NaN : this.#address(view, start + plan.addressOffset, plan),
      plan.callerOffset < 0 ? Number.NaN : this.#address(view, start + plan.callerOffset, plan),
    );
    if (found.point.kind < 0) {
      this.ledger.notes++;
      return;
    }
    if (plan.buffer < 0) plan.buffer = from.bufferNumber;
    else if (plan.buffer !== from.bufferNumber) {
      // One call, recorded by two buffers, is one call.
      this.ledger.notes++;
      const expected = `each probe in one buffer; ${plan.format.name} was taken from one of several`;
      this.diagnostics.add("buffer-repeats", this.ledger.lines, from.offset, expected);
      return;
    }
    const time = this.#timeSinceFirst(from.time);
    if (time === undefined) {
      const expected = "a time of 64 bits, within 104 days of the first event";
      this.#reject("time-out-of-range", from.offset, expected);
      return;
    }
    this.#event(from, plan, found, time);
  }

  #address(view: DataView, at: number, { addressBytes }: EventPlan): number {
    const little = this.#little;
    if (addressBytes === 4) return view.getUint32(at, little);
    return this.#pointers.fromHalves(
      view.getUint32(little ? at + 4 : at, little),
      view.getUint32(little ? at : at + 4, little),
    );
  }

  #timeSinceFirst(time: number): number | undefined {
    if (this.clock === undefined) {
      if (!Number.isSafeInteger(time)) return undefined;
      const total = this.#records.origin + BigInt(time);
      let major = total / PER_MAJOR;
      if (total < 0n && major * PER_MAJOR !== total) major -= 1n;
      if (major > MAJOR_MAX || major < -MAJOR_MAX) return undefined;
      this.#firstTime = time;
      this.clock = {
        major: Number(major),
        minor: Number(total - major * PER_MAJOR),
        unit: inTicks(this.#file) ? "ticks" : "seconds",
      };
    }
    const since = time - this.#firstTime;
    return Number.isSafeInteger(since) ? since : undefined;
  }

  #event(from: CpuRecords, plan: EventPlan, { point, reads }: PointPlan, time: number): void {
    const { view, start } = from;
    this.ledger.events++;
    const row = this.#newRow(from.offset);
    this.#seq++;
    const batch = this.#batch;
    const pid = view.getInt32(start + plan.pidOffset, this.#little);
    batch.kind[row] = point.kind;
    batch.phase[row] = point.phase;
    batch.layoutHint[row] = point.layoutHint;
    batch.level[row] = levelOf(view.getUint8(start + plan.flagsOffset));
    batch.time[row] = time;
    batch.cpu[row] = from.cpu;
    batch.pid[row] = pid;
    batch.bytes[row] = from.length;
    batch.task[row] = this.#keepAll ? this.#task(pid) : -1;
    batch.queue[row] = -1;
    batch.func[row] = point.func;
    batch.caller[row] = point.caller;
    const base = row * EventBatch.FIELD_COUNT;
    for (let i = 0; i < reads.length; i++) this.#field(from, reads[i] as FieldRead, base);
    if (this.#keepAll) this.#rest.add(batch, row, from, plan.format, reads);
    // A return belongs to the queue of its begin, and the arguments of a create name none yet.
    if (
      point.phase === PHASE_BEGIN &&
      point.kind !== KIND.create &&
      Number.isNaN(batch.values[base + FIELD.queue] as number)
    ) {
      const expected = "a queue pointer (vq=) in each call";
      this.diagnostics.add("call-without-queue", this.ledger.lines, from.offset, expected);
    }
  }

  #field(from: CpuRecords, read: FieldRead, base: number): void {
    if (read.field < 0) {
      if (read.read === READ.descriptors && read.end <= from.length) this.#ring(from, read, base);
      return;
    }
    const value = read.unfit || read.end > from.length ? Number.NaN : this.#value(from, read);
    // A stand-in for a wide pointer has a fraction; in a field that counts something it is nonsense.
    if (Number.isNaN(value) || !(read.pointer || Number.isInteger(value))) {
      const expected = `a number in ${read.format.name}`;
      this.diagnostics.add("field-unreadable", this.ledger.lines, from.offset, expected);
      return;
    }
    const { values } = this.#batch;
    // The first of several fields with one meaning counts.
    if (Number.isNaN(values[base + read.field] as number)) values[base + read.field] = value;
  }

  #value(from: CpuRecords, read: FieldRead): number {
    const { view, bytes } = from;
    const at = from.start + read.offset;
    const little = this.#little;
    switch (read.read) {
      case READ.u8:
        return view.getUint8(at);
      case READ.s8:
        return view.getInt8(at);
      case READ.u16:
        return view.getUint16(at, little);
      case READ.s16:
        return view.getInt16(at, little);
      case READ.u32:
        return view.getUint32(at, little);
      case READ.s32:
        return view.getInt32(at, little);
      case READ.word: {
        const low = view.getUint32(little ? at : at + 4, little);
        const high = view.getUint32(little ? at + 4 : at, little);
        return high === 0 ? low : this.#pointers.fromHalves(high, low);
      }
      case READ.dynamicText: {
        const first = dynamicStart(from, read.format, little);
        const last = dynamicEnd(from, read.format, little);
        return first < 0
          ? Number.NaN
          : this.#values.text(bytes, first, textEnd(bytes, first, last));
      }
      case READ.fixedText: {
        const last = at + read.format.size;
        return this.#values.text(bytes, at, textEnd(bytes, at, last));
      }
      default:
        return Number.NaN;
    }
  }

  /** The bytes of the ring in guest order, which is little-endian whatever the file's is. */
  #ring(from: CpuRecords, { offset, format }: FieldRead, base: number): void {
    const at = from.start + offset;
    const ring = from.bytes.slice(at, at + format.size);
    if (!this.#little) {
      for (let word = 0; word + 8 <= ring.length; word += 8)
        ring.subarray(word, word + 8).reverse();
    }
    this.#batch.descriptors.set(base / EventBatch.FIELD_COUNT, ring);
  }

  #task(pid: number): number {
    let id = this.#tasks.get(pid);
    if (id === undefined) {
      id = this.#strings.intern(taskName(this.#file, pid));
      this.#tasks.set(pid, id);
    }
    return id;
  }
}

/** The name of a process, as trace-cmd prints it. */
export function taskName({ tasks }: TraceFile, pid: number): string {
  return pid === 0 ? "<idle>" : (tasks.get(pid) ?? "<...>");
}

/** Whether the times of a file are a plain count. */
function inTicks({ buffers, tsc }: TraceFile): boolean {
  return tsc === undefined && TICK_CLOCKS.has(buffers[0]?.clock ?? "");
}

function levelOf(flags: number): number {
  if ((flags & FLAG_NMI) !== 0) return LEVEL.nmi;
  if ((flags & FLAG_HARDIRQ) !== 0) return LEVEL.hardirq;
  return (flags & FLAG_SOFTIRQ) !== 0 ? LEVEL.softirq : LEVEL.task;
}

/** Events that the ring buffer had no room for, by its statistics. */
export function droppedEvents({ statistics }: TraceFile): number {
  return statistics.reduce((sum, text) => sum + droppedIn(text), 0);
}

/** The counts of one CPU's statistics that say that something is missing. */
function droppedIn(text: string): number {
  const count = (name: string): number =>
    Number(new RegExp(`^${name}: (\\d{1,15})\\r?$`, "m").exec(text)?.[1] ?? 0);
  return count("overrun") + count("commit overrun") + count("dropped events");
}
