/** The longest variable-length integer. */
export const VARINT_MAX = 9;

/** A record at hand (sqlite.org/fileformat2.html, 2.1): serial types, and values. */
export class RecordBytes {
  readonly #columns: number;
  readonly #types: Uint8Array;
  #typesEnd = 0;
  #body = Buffer.alloc(512);
  #bodyEnd = 0;

  constructor(columns: number) {
    this.#columns = columns;
    this.#types = new Uint8Array(columns * VARINT_MAX);
  }

  /** Bytes of the record, its header among them. */
  get size(): number {
    return this.#header + this.#bodyEnd;
  }

  clear(): void {
    this.#typesEnd = 0;
    this.#bodyEnd = 0;
  }

  null(): void {
    this.#types[this.#typesEnd++] = 0;
  }

  /** A whole number of 64 bits that a double holds, or NULL for NaN. */
  integer(value: number): void {
    const types = this.#types;
    const body = this.#body;
    let at = this.#bodyEnd;
    if (value >= -0x8000_0000 && value <= 0x7fff_ffff) {
      const small = value | 0;
      if (small === 0 || small === 1) {
        types[this.#typesEnd++] = 8 + small;
        return;
      }
      if (small >= -0x80 && small <= 0x7f) {
        types[this.#typesEnd++] = 1;
      } else if (small >= -0x8000 && small <= 0x7fff) {
        types[this.#typesEnd++] = 2;
        body[at++] = small >> 8;
      } else if (small >= -0x80_0000 && small <= 0x7f_ffff) {
        types[this.#typesEnd++] = 3;
        body[at++] = small >> 16;
        body[at++] = small >> 8;
      } else {
        types[this.#typesEnd++] = 4;
        body[at++] = small >> 24;
        body[at++] = small >> 16;
        body[at++] = small >> 8;
      }
      body[at++] = small;
    } else if (Number.isNaN(value)) {
      types[this.#typesEnd++] = 0;
    } else {
      const high = Math.floor(value / 0x1_0000_0000);
      const low = value >>> 0;
      if (high >= -0x8000 && high <= 0x7fff) {
        types[this.#typesEnd++] = 5;
      } else {
        types[this.#typesEnd++] = 6;
        body[at++] = high >> 24;
        body[at++] = high >> 16;
      }
      body[at++] = high >> 8;
      body[at++] = high;
      body[at++] = low >>> 24;
      body[at++] = low >>> 16;
      body[at++] = low >>> 8;
      body[at++] = low;
    }
    this.#bodyEnd = at;
  }

  /** A signed integer of 64 bits. */
  wide(value: bigint): void {
    const number = Number(value);
    if (Number.isSafeInteger(number)) {
      this.integer(number);
      return;
    }
    this.#types[this.#typesEnd++] = 6;
    this.#bodyEnd = this.#body.writeBigInt64BE(value, this.#bodyEnd);
  }

  text(value: string | null): void {
    if (value === null) {
      this.null();
      return;
    }
    // Three bytes are the most that one unit of a string becomes; 8 for each number behind it.
    const room = this.#bodyEnd + value.length * 3 + this.#columns * 8;
    if (room > this.#body.length) this.#body = Buffer.concat([this.#body], room * 2);
    const length = this.#body.write(value, this.#bodyEnd);
    this.#bodyEnd += length;
    this.#typesEnd = putVarint(this.#types, this.#typesEnd, 13 + 2 * length);
  }

  /** Answers with its end. */
  put(bytes: Uint8Array, start: number): number {
    let at = putVarint(bytes, start, this.#header);
    const types = this.#types;
    const typesEnd = this.#typesEnd;
    for (let i = 0; i < typesEnd; i++) bytes[at++] = types[i] as number;
    const body = this.#body;
    const bodyEnd = this.#bodyEnd;
    for (let i = 0; i < bodyEnd; i++) bytes[at++] = body[i] as number;
    return at;
  }

  /** The header tells its own length, in one byte while that is below 128. */
  get #header(): number {
    return this.#typesEnd < 127 ? this.#typesEnd + 1 : this.#typesEnd + 2;
  }
}

export function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++;
  return size;
}

/** A whole number from 0 to 2^53 as SQLite's varint, most significant group first; answers with its end. */
export function putVarint(bytes: Uint8Array, at: number, value: number): number {
  if (value < 0x80) {
    bytes[at] = value;
    return at + 1;
  }
  if (value < 0x4000) {
    bytes[at] = (value >> 7) | 0x80;
    bytes[at + 1] = value & 0x7f;
    return at + 2;
  }
  if (value < 0x20_0000) {
    bytes[at] = (value >> 14) | 0x80;
    bytes[at + 1] = (value >> 7) | 0x80;
    bytes[at + 2] = value & 0x7f;
    return at + 3;
  }
  const end = at + varintSize(value);
  let rest = value;
  for (let i = end - 1; i >= at; i--) {
    bytes[i] = (rest % 0x80) | (i === end - 1 ? 0 : 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return end;
}
