import {
  FIELD,
  FIELDS,
  type FieldName,
  KIND,
  LAYOUT_PACKED,
  LAYOUT_SPLIT,
  LAYOUT_UNKNOWN,
  LEVEL,
  PHASES,
  type RingEvent,
} from "./event.ts";
import { AREA, BARRIER, MEMORY_OP, OperationLog } from "./memory.ts";

/** Bytes of a row beside its fields: two doubles, nine words, four codes. */
const COLUMN_BYTES = { double: 8 * 2, word: 4 * 9, byte: 4 };

/** Strings by number; names in a trace are few and repeat. */
export class StringTable {
  /** A trace with more names than this has names that mean nothing; the rest share one entry. */
  static readonly STRINGS_MAX = 1 << 16;
  readonly #strings: string[] = [];
  readonly #byText = new Map<string, number>();

  intern(text: string): number {
    let id = this.#byText.get(text);
    if (id === undefined) {
      if (this.#strings.length >= StringTable.STRINGS_MAX) return StringTable.STRINGS_MAX - 1;
      id = this.#strings.length;
      this.#strings.push(text);
      this.#byText.set(text, id);
    }
    return id;
  }

  /** Strings from a number on, in order. */
  from(id: number): string[] {
    return this.#strings.slice(id);
  }

  /** Empty for -1, which stands for no string. */
  text(id: number): string {
    // An index below 0 is a property look-up to the engine, and slow.
    if (id < 0) return "";
    return this.#strings[id] ?? "";
  }
}

/**
 * Events as columns, in source order; row `i` is event `i`. Fields of row `i` stand at
 * `values[i * FIELD_COUNT + FIELD.x]`; an absent field is NaN.
 */
export class EventBatch {
  static readonly FIELD_COUNT = FIELDS.length;
  length = 0;
  readonly kind: Uint8Array;
  readonly phase: Uint8Array;
  readonly level: Uint8Array;
  readonly layoutHint: Uint8Array;
  /** Position among all events of the case, from 0; a loss mark has the next event's. */
  readonly seq: Uint32Array;
  readonly line: Uint32Array;
  /** Byte offset of the line after decompression. */
  readonly offset: Float64Array;
  /** Length of the line in bytes, without its end. */
  readonly bytes: Uint32Array;
  /** Nanoseconds or ticks since the source's first event. */
  readonly time: Float64Array;
  readonly cpu: Int32Array;
  readonly pid: Int32Array;
  /** String ids of the traced function and its caller; -1 unknown. */
  readonly func: Int32Array;
  readonly caller: Int32Array;
  /** String id of the task's name; -1 unknown. */
  readonly task: Int32Array;
  /** Number of the queue that the event belongs to, set by the replay; -1 none. */
  readonly queue: Int32Array;
  readonly values: Float64Array;
  /** By row, as JSON: fields of the event that the engine has no use for. Empty unless asked for. */
  readonly rest = new Map<number, string>();
  /** What each row did to ring memory, where the source tells; it does not travel with `buffer`. */
  operations: OperationLog | undefined;
  /** By row: bytes of the descriptor ring that a probe recorded with the event. */
  readonly descriptors = new Map<number, Uint8Array>();
  readonly capacity: number;
  readonly strings: StringTable;

  /** All columns are views of this one, so that a batch can be handed to another thread. */
  readonly buffer: ArrayBuffer;

  /** `buffer`: of a batch of the same capacity, whose events it holds. */
  constructor(capacity: number, strings: StringTable, buffer?: ArrayBuffer) {
    this.capacity = capacity;
    this.strings = strings;
    const rowBytes =
      8 * EventBatch.FIELD_COUNT + COLUMN_BYTES.double + COLUMN_BYTES.word + COLUMN_BYTES.byte;
    this.buffer = buffer ?? new ArrayBuffer(capacity * rowBytes);
    let at = 0;
    const take = (bytes: number): number => {
      const from = at;
      at += bytes * capacity;
      return from;
    };
    const doubles = (width: number): Float64Array =>
      new Float64Array(this.buffer, take(8 * width), capacity * width);
    const words = (): Int32Array => new Int32Array(this.buffer, take(4), capacity);
    const counts = (): Uint32Array => new Uint32Array(this.buffer, take(4), capacity);
    const codes = (): Uint8Array => new Uint8Array(this.buffer, take(1), capacity);
    this.values = doubles(EventBatch.FIELD_COUNT);
    this.offset = doubles(1);
    this.time = doubles(1);
    this.seq = counts();
    this.line = counts();
    this.bytes = counts();
    this.cpu = words();
    this.pid = words();
    this.func = words();
    this.caller = words();
    this.task = words();
    this.queue = words();
    this.kind = codes();
    this.phase = codes();
    this.level = codes();
    this.layoutHint = codes();
    if (buffer === undefined) this.values.fill(Number.NaN);
  }

  /** Empties the batch for reuse. */
  clear(): void {
    this.values.fill(Number.NaN, 0, this.length * EventBatch.FIELD_COUNT);
    this.length = 0;
    if (this.rest.size > 0) this.rest.clear();
    this.operations?.clear();
    if (this.descriptors.size > 0) this.descriptors.clear();
  }

  value(row: number, field: FieldName): number {
    return this.values[row * EventBatch.FIELD_COUNT + FIELD[field]] as number;
  }

  /** Adds one event; the n-th event of a story gets seq n and line n + 1. */
  append(event: RingEvent, seq: number): void {
    const row = this.length++;
    this.kind[row] = KIND[event.kind];
    this.phase[row] = PHASES.indexOf(event.phase);
    this.level[row] = LEVEL[event.level ?? "task"];
    this.layoutHint[row] =
      event.layoutHint === undefined
        ? LAYOUT_UNKNOWN
        : event.layoutHint === "packed"
          ? LAYOUT_PACKED
          : LAYOUT_SPLIT;
    this.seq[row] = seq;
    this.line[row] = seq + 1;
    this.offset[row] = 0;
    this.bytes[row] = 0;
    this.task[row] = -1;
    this.queue[row] = -1;
    this.time[row] = event.time ?? seq * 1000;
    this.cpu[row] = event.cpu ?? 0;
    this.pid[row] = event.pid ?? 1;
    this.func[row] = event.func === undefined ? -1 : this.strings.intern(event.func);
    this.caller[row] = event.caller === undefined ? -1 : this.strings.intern(event.caller);
    for (const field of FIELDS) {
      const value = field === "name" ? undefined : event[field];
      if (value !== undefined) this.values[row * EventBatch.FIELD_COUNT + FIELD[field]] = value;
    }
    if (event.name !== undefined) {
      this.values[row * EventBatch.FIELD_COUNT + FIELD.name] = this.strings.intern(event.name);
    }
    if (event.phase === "whole") this.#appendOperation(event, row);
  }

  #appendOperation({ steps = [], elements = [], setup }: RingEvent, row: number): void {
    this.operations ??= new OperationLog(this.capacity);
    const { memory, segments } = this.operations;
    if (setup !== undefined) this.operations.setup = setup;
    for (const step of steps) {
      const op = MEMORY_OP[step.op];
      if (step.op === "store") {
        const high = Math.floor(step.value / 0x1_0000_0000);
        memory.push(op, AREA[step.area], step.offset, step.width, step.value >>> 0, high);
      } else if (step.op === "held") {
        memory.push(op, AREA[step.area], step.offset, 2, step.value, 0);
      } else if (step.op === "barrier") memory.push(op, BARRIER[step.barrier], 0, 0, 0, 0);
      else if (step.op === "alloc") memory.push(op, AREA.ind, step.offset, 0, step.bytes, 0);
      else memory.push(op, 0, 0, 0, 0, 0);
    }
    for (const { addr, len, writable } of elements) segments.push(addr, len, writable ? 1 : 0);
    this.operations.endRow(row);
  }
}
