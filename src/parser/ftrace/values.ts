import type { StringTable } from "../../model/batch.ts";
import type { PointerTable } from "../../model/pointer.ts";
import {
  BRACE_CLOSE,
  BRACE_OPEN,
  LOWER_X,
  MINUS,
  PAREN_OPEN,
  QUOTE,
  SPACE,
  textOf,
  ZERO,
} from "../bytes.ts";
import { hashByte, InternedBytes } from "../interned-bytes.ts";

/** Texts found by their bytes; what is past it is found by its text: slower, and still right. */
const TEXTS_MAX = 4096;

/**
 * The values of ` key=value` fields: hex and decimal numbers of 64 bits, quoted and bare text, arrays
 * (skipped), `(fault)`. What a scan found stands in fields, not in a result object: this runs for
 * every field.
 */
export class ValueScanner {
  /** The number, or the id of the text; NaN when there is no usable value. */
  number = 0;
  isText = false;
  readonly #strings: StringTable;
  readonly #pointers: PointerTable;
  readonly #textIds = new InternedBytes(TEXTS_MAX);
  readonly #texts: number[] = [];

  constructor(strings: StringTable, pointers: PointerTable) {
    this.#strings = strings;
    this.#pointers = pointers;
  }

  /** Reads one value at `at` and returns where it ends. */
  scan(bytes: Uint8Array, at: number, end: number): number {
    this.isText = false;
    const first = at < end ? (bytes[at] as number) : SPACE;
    // What stands behind the line's end is another line's.
    if (first === ZERO && at + 1 < end && bytes[at + 1] === LOWER_X)
      return this.#hex(bytes, at + 2, end);
    if (first === MINUS || (first >= ZERO && first <= ZERO + 9)) {
      return this.#decimal(bytes, at, end);
    }
    if (first === QUOTE) return this.#quoted(bytes, at + 1, end);
    this.number = Number.NaN;
    this.isText = true;
    if (first === BRACE_OPEN) {
      const close = bytes.indexOf(BRACE_CLOSE, at);
      return close < 0 || close >= end ? end : close + 1;
    }
    let to = at;
    while (to < end && bytes[to] !== SPACE) to++;
    if (first !== PAREN_OPEN) this.number = this.#strings.intern(textOf(bytes, at, to));
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
      this.number = value;
      this.isText = Number.isNaN(value);
      return at;
    }
    this.number = Number.NaN;
    this.isText = true;
    let to = at;
    while (to < end && bytes[to] !== SPACE) to++;
    return to;
  }

  /** Strings are quoted but not escaped: the quote that a blank or the end follows closes one. */
  #quoted(bytes: Uint8Array, from: number, end: number): number {
    this.isText = true;
    let to = from;
    let hash = 0;
    for (; to < end; to++) {
      const byte = bytes[to] as number;
      if (byte === QUOTE && (to + 1 === end || bytes[to + 1] === SPACE)) break;
      hash = hashByte(hash, byte);
    }
    this.number = this.#textByHash(bytes, from, to, hash);
    return Math.min(to + 1, end);
  }

  /** String id of some bytes of the line. */
  text(bytes: Uint8Array, from: number, to: number): number {
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
