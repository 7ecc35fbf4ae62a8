import {
  FIELD,
  FIELDS,
  type FieldName,
  KIND,
  LAYOUT_PACKED,
  LAYOUT_SPLIT,
  LAYOUT_UNKNOWN,
  LEVEL,
  PHASE_BEGIN,
  PHASE_END,
  type RingEvent,
} from "./event.ts";

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
  readonly capacity: number;
  readonly strings: StringTable;

  constructor(capacity: number, strings: StringTable) {
    this.capacity = capacity;
    this.strings = strings;
    this.kind = new Uint8Array(capacity);
    this.phase = new Uint8Array(capacity);
    this.level = new Uint8Array(capacity);
    this.layoutHint = new Uint8Array(capacity);
    this.seq = new Uint32Array(capacity);
    this.line = new Uint32Array(capacity);
    this.offset = new Float64Array(capacity);
    this.bytes = new Uint32Array(capacity);
    this.time = new Float64Array(capacity);
    this.cpu = new Int32Array(capacity);
    this.pid = new Int32Array(capacity);
    this.func = new Int32Array(capacity);
    this.caller = new Int32Array(capacity);
    this.task = new Int32Array(capacity);
    this.queue = new Int32Array(capacity);
    this.values = new Float64Array(capacity * EventBatch.FIELD_COUNT).fill(Number.NaN);
  }

  /** Empties the batch for reuse. */
  clear(): void {
    this.values.fill(Number.NaN, 0, this.length * EventBatch.FIELD_COUNT);
    this.length = 0;
    if (this.rest.size > 0) this.rest.clear();
  }

  value(row: number, field: FieldName): number {
    return this.values[row * EventBatch.FIELD_COUNT + FIELD[field]] as number;
  }

  /** Adds one event; the n-th event of a story gets seq n and line n + 1. */
  append(event: RingEvent, seq: number): void {
    const row = this.length++;
    this.kind[row] = KIND[event.kind];
    this.phase[row] = event.phase === "begin" ? PHASE_BEGIN : PHASE_END;
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
  }
}
