import { EventBatch } from "../model/batch.ts";
import { FIELD, FIELDS, type FieldName, POINTER_FIELDS } from "../model/event.ts";
import type { PointerTable } from "../model/pointer.ts";

/** Fields of an event that have a column; the others go into its JSON. */
const TYPED = [
  "lastUsed",
  "nextAvail",
  "availWrap",
  "numFree",
  "numAdded",
  "driverOffWrap",
  "driverFlags",
  "deviceOffWrap",
  "deviceFlags",
  "bufferId",
] as const satisfies readonly FieldName[];
/** Fields that say something of the queue, not of the event, and those with a column of their own. */
const ELSEWHERE: ReadonlySet<FieldName> = new Set([
  ...TYPED,
  "queue",
  "name",
  "index",
  "token",
  "result",
  "needsKick",
  "lostCount",
]);
const UNTYPED = FIELDS.filter((field) => !ELSEWHERE.has(field));
const UNTYPED_CODES = Int32Array.from(UNTYPED, (field) => FIELD[field]);
/** Texts that are kept; a power of two. */
const KEPT_MAX = 512;

/** Columns of fields, in the order of the table. */
export const TYPED_CODES = TYPED.map((field) => FIELD[field]);

/** A text, and which fields and values it says. */
interface Kept {
  readonly codes: Int32Array;
  readonly values: Float64Array;
  readonly text: string;
}

/**
 * The fields of a source's events that have no column, as JSON. Most events say what others said before
 * them: a text is kept where its numbers lead, until others lead there as well.
 */
export class FieldsJson {
  readonly #pointers: PointerTable;
  readonly #kept: (Kept | undefined)[] = new Array(KEPT_MAX).fill(undefined);
  /** What the event at hand has. */
  readonly #codes = new Int32Array(UNTYPED.length);
  readonly #values = new Float64Array(UNTYPED.length);
  #count = 0;

  constructor(pointers: PointerTable) {
    this.#pointers = pointers;
  }

  of(batch: EventBatch, row: number): string | null {
    const members = this.#members(batch.values, row * EventBatch.FIELD_COUNT);
    const rest = batch.rest.size > 0 ? batch.rest.get(row) : undefined;
    if (rest === undefined) return members;
    return members === null ? `{${rest}}` : `${members.slice(0, -1)},${rest}}`;
  }

  #members(fields: Float64Array, base: number): string | null {
    let count = 0;
    let place = 0;
    for (let i = 0; i < UNTYPED_CODES.length; i++) {
      const code = UNTYPED_CODES[i] as number;
      const value = fields[base + code] as number;
      if (Number.isNaN(value)) continue;
      this.#codes[count] = code;
      this.#values[count++] = value;
      place = Math.imul(place + code, 31) + (value | 0);
    }
    if (count === 0) return null;
    this.#count = count;
    place = (place ^ (place >>> 9)) & (KEPT_MAX - 1);
    const kept = this.#kept[place];
    if (kept !== undefined && this.#isSaidBy(kept)) return kept.text;
    const text = this.#text();
    const codes = this.#codes.slice(0, count);
    this.#kept[place] = { codes, values: this.#values.slice(0, count), text };
    return text;
  }

  #isSaidBy({ codes, values }: Kept): boolean {
    if (codes.length !== this.#count) return false;
    for (let i = 0; i < codes.length; i++) {
      if (codes[i] !== this.#codes[i] || values[i] !== this.#values[i]) return false;
    }
    return true;
  }

  #text(): string {
    let members = "";
    for (let i = 0; i < this.#count; i++) {
      const field = FIELDS[this.#codes[i] as number] as FieldName;
      const value = this.#values[i] as number;
      // JSON has no integers beyond 2^53: addresses are text, as the kernel prints them.
      const text = POINTER_FIELDS.has(field) ? `"${this.#pointers.text(value)}"` : String(value);
      members += `${members === "" ? "" : ","}"${field}":${text}`;
    }
    return `{${members}}`;
  }
}
