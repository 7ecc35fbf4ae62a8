import { closeSync, openSync, readSync, writeSync } from "node:fs";

/** Pages written to the file at once. */
const PAGES_AT_ONCE = 32;
/** Of a page of a table's tree (file format, 1.6): its header, and what it says it is. */
const LEAF_HEADER = 8;
const INTERIOR_HEADER = 12;
const LEAF = 0x0d;
const INTERIOR = 0x05;
/** In the file's header (1.3): its size in pages. */
const SIZE_OFFSET = 28;
/** The longest variable-length integer. */
const VARINT_MAX = 9;

/** A page below another, and the largest key in it. */
interface Child {
  readonly page: number;
  readonly key: number;
}

/**
 * Writes the rows of one table as pages of SQLite's file format (sqlite.org/fileformat2.html), in the
 * order of their keys. An INSERT costs six times as much, whatever is bound how: a case of millions of
 * events is made by this, and every other table by SQLite.
 *
 * The file was made by SQLite, with the table and no row in it, and nobody else has it open.
 */
export class TablePages {
  readonly #file: number;
  #open = true;
  readonly #root: number;
  readonly #pageSize: number;
  readonly #columns: number;
  /** Bytes of a payload that may stay in its page (1.6, "Cell Payload Overflow Pages"). */
  readonly #localMax: number;
  readonly #localMin: number;
  /** Number of the next page. */
  #page: number;
  /** Pages that are full, and not written yet. */
  readonly #pages: Buffer;
  #pagesAt = 0;
  readonly #leaves: Child[] = [];
  /** Cells of the leaf at hand, one behind the other, and where each begins. */
  readonly #cells: Uint8Array;
  #cellsEnd = 0;
  readonly #starts: Int32Array;
  #count = 0;
  #lastKey = -1;
  /** The record at hand: serial types, and values. */
  readonly #types: Uint8Array;
  #typesEnd = 0;
  #body: Buffer;
  #bodyEnd = 0;

  /** `root`: the table's page, by sqlite_schema. `columns`: the key's, always first, among them. */
  constructor(path: string, root: number, columns: number) {
    this.#file = openSync(path, "r+");
    const header = Buffer.alloc(100);
    readSync(this.#file, header, 0, header.length, 0);
    this.#pageSize = header.readUInt16BE(16);
    this.#page = header.readUInt32BE(SIZE_OFFSET) + 1;
    this.#root = root;
    this.#columns = columns;
    this.#localMax = this.#pageSize - 35;
    this.#localMin = Math.floor(((this.#pageSize - 12) * 32) / 255) - 23;
    this.#pages = Buffer.alloc(this.#pageSize * PAGES_AT_ONCE);
    this.#cells = new Uint8Array(this.#pageSize);
    this.#starts = new Int32Array(this.#pageSize / 4);
    this.#types = new Uint8Array(columns * VARINT_MAX);
    this.#body = Buffer.alloc(this.#pageSize);
    this.#begin();
  }

  null(): void {
    this.#types[this.#typesEnd++] = 0;
  }

  /** A whole number that a double holds, or NULL for NaN. */
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

  /** A signed integer of 64 bits, or NULL. */
  wide(value: bigint | number | null): void {
    if (value === null) {
      this.null();
      return;
    }
    const number = Number(value);
    if (Number.isSafeInteger(number)) {
      this.integer(number);
      return;
    }
    this.#types[this.#typesEnd++] = 6;
    this.#bodyEnd = this.#body.writeBigInt64BE(BigInt(value), this.#bodyEnd);
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

  /** The row at hand is whole: every column but the key was given, in order. Keys ascend. */
  row(key: number): void {
    if (key <= this.#lastKey) throw new Error(`key ${key} comes after ${this.#lastKey}`);
    // The header tells its own length, in one byte while that is below 128.
    const types = this.#typesEnd;
    const header = types < 127 ? types + 1 : types + 2;
    const payload = header + this.#bodyEnd;
    const local = this.#localOf(payload);
    const cellMax = 2 * VARINT_MAX + local + 4;
    const room = this.#pageSize - LEAF_HEADER - 2 * (this.#count + 1);
    // Exactly when it does not fit: a row may be as large as a page.
    if (this.#cellsEnd + cellMax > room && this.#cellsEnd + cellSize(payload, key, local) > room) {
      this.#leaf();
    }
    const cells = this.#cells;
    this.#starts[this.#count++] = this.#cellsEnd;
    let at = putVarint(cells, this.#cellsEnd, payload);
    at = putVarint(cells, at, key);
    if (local === payload) {
      at = putVarint(cells, at, header);
      const serial = this.#types;
      for (let i = 0; i < types; i++) cells[at++] = serial[i] as number;
      const body = this.#body;
      const end = this.#bodyEnd;
      for (let i = 0; i < end; i++) cells[at++] = body[i] as number;
    } else at = this.#overflowing(at, header, payload, local);
    this.#cellsEnd = at;
    this.#lastKey = key;
    this.#begin();
  }

  /** Puts the tree above the leaves, and closes the file: from here on it is SQLite's again. */
  finish(): void {
    if (this.#leaves.length === 0) {
      // The root is a leaf, empty or not.
      if (this.#count > 0) this.#write(this.#root, this.#leafPage());
    } else {
      if (this.#count > 0) this.#leaf();
      let level: readonly Child[] = this.#leaves;
      const most = Math.floor((this.#pageSize - INTERIOR_HEADER) / (2 + 4 + VARINT_MAX)) + 1;
      while (level.length > most) level = this.#above(level, most);
      this.#write(this.#root, this.#interior(level));
    }
    this.#flush();
    const size = Buffer.alloc(4);
    size.writeUInt32BE(this.#page - 1);
    writeAll(this.#file, size, SIZE_OFFSET);
    this.close();
  }

  /** Lets go of the file; without `finish` it is to be thrown away. */
  close(): void {
    if (this.#open) closeSync(this.#file);
    this.#open = false;
  }

  #begin(): void {
    // The key stands in its cell: its column is NULL (2.1).
    this.#types[0] = 0;
    this.#typesEnd = 1;
    this.#bodyEnd = 0;
  }

  #localOf(payload: number): number {
    if (payload <= this.#localMax) return payload;
    const local = this.#localMin + ((payload - this.#localMin) % (this.#pageSize - 4));
    return local <= this.#localMax ? local : this.#localMin;
  }

  /** A payload that is too large for its page goes on in pages of its own. */
  #overflowing(start: number, header: number, payload: number, local: number): number {
    const whole = Buffer.alloc(payload);
    const types = putVarint(whole, 0, header);
    whole.set(this.#types.subarray(0, this.#typesEnd), types);
    whole.set(this.#body.subarray(0, this.#bodyEnd), types + this.#typesEnd);
    this.#cells.set(whole.subarray(0, local), start);
    putUint32(this.#cells, start + local, this.#page);
    const piece = this.#pageSize - 4;
    for (let at = local; at < payload; at += piece) {
      const page = Buffer.alloc(this.#pageSize);
      if (at + piece < payload) page.writeUInt32BE(this.#page + 1);
      page.set(whole.subarray(at, at + piece), 4);
      this.#append(page);
    }
    return start + local + 4;
  }

  #leaf(): void {
    const key = this.#lastKey;
    this.#leaves.push({ page: this.#append(this.#leafPage()), key });
    this.#count = 0;
    this.#cellsEnd = 0;
  }

  #leafPage(): Buffer {
    const page = Buffer.alloc(this.#pageSize);
    const content = this.#pageSize - this.#cellsEnd;
    page[0] = LEAF;
    page.writeUInt16BE(this.#count, 3);
    page.writeUInt16BE(content, 5);
    for (let i = 0, at = LEAF_HEADER; i < this.#count; i++, at += 2) {
      page.writeUInt16BE(content + (this.#starts[i] as number), at);
    }
    page.set(this.#cells.subarray(0, this.#cellsEnd), content);
    return page;
  }

  /** Pages above others, filled alike: none of them may be left with a single child. */
  #above(children: readonly Child[], most: number): Child[] {
    const pages = Math.ceil(children.length / most);
    return Array.from({ length: pages }, (_, i) => {
      const from = Math.floor((i * children.length) / pages);
      const to = Math.floor(((i + 1) * children.length) / pages);
      const of = children.slice(from, to);
      return { page: this.#append(this.#interior(of)), key: (of.at(-1) as Child).key };
    });
  }

  #interior(children: readonly Child[]): Buffer {
    const page = Buffer.alloc(this.#pageSize);
    const cells = children.slice(0, -1);
    page[0] = INTERIOR;
    page.writeUInt16BE(cells.length, 3);
    page.writeUInt32BE((children.at(-1) as Child).page, 8);
    let end = this.#pageSize;
    for (const [i, { page: below, key }] of cells.entries()) {
      end -= 4 + varintSize(key);
      page.writeUInt32BE(below, end);
      putVarint(page, end + 4, key);
      page.writeUInt16BE(end, INTERIOR_HEADER + 2 * i);
    }
    page.writeUInt16BE(end, 5);
    return page;
  }

  /** Answers with the number of the page. */
  #append(page: Uint8Array): number {
    this.#pages.set(page, this.#pagesAt);
    this.#pagesAt += this.#pageSize;
    this.#page++;
    if (this.#pagesAt === this.#pages.length) this.#flush();
    return this.#page - 1;
  }

  #flush(): void {
    const first = this.#page - this.#pagesAt / this.#pageSize;
    this.#write(first, this.#pages.subarray(0, this.#pagesAt));
    this.#pagesAt = 0;
  }

  #write(page: number, bytes: Uint8Array): void {
    writeAll(this.#file, bytes, (page - 1) * this.#pageSize);
  }
}

function cellSize(payload: number, key: number, local: number): number {
  return varintSize(payload) + varintSize(key) + local + (local === payload ? 0 : 4);
}

function putUint32(bytes: Uint8Array, at: number, value: number): void {
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(at, value);
}

function writeAll(file: number, bytes: Uint8Array, position: number): void {
  for (let at = 0; at < bytes.length; ) {
    at += writeSync(file, bytes, at, bytes.length - at, position + at);
  }
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++;
  return size;
}

/** A whole number from 0 to 2^53 as SQLite's varint, most significant group first; answers with its end. */
function putVarint(bytes: Uint8Array, at: number, value: number): number {
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
