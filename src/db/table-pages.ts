import type { PageFile } from "./page-file.ts";
import { PageTree, putUint32, TABLE } from "./page-tree.ts";
import { putVarint, RecordBytes, VARINT_MAX, varintSize } from "./record.ts";

/**
 * Writes the rows of one table as pages of SQLite's file format (sqlite.org/fileformat2.html), in the
 * order of their keys. An INSERT costs six times as much, whatever is bound how: a case of millions of
 * events is made by this, and every other table by SQLite.
 */
export class TablePages {
  /** Of the row at hand: takes in every column but the key, in order. */
  readonly record: RecordBytes;
  readonly #file: PageFile;
  readonly #tree: PageTree;
  /** Bytes of a payload that may stay in its page (1.6, "Cell Payload Overflow Pages"). */
  readonly #localMax: number;
  readonly #localMin: number;
  #lastKey = -1;

  /** `root`: the table's page, by sqlite_schema. `columns`: the key's, always first, among them. */
  constructor(file: PageFile, root: number, columns: number) {
    this.#file = file;
    this.#tree = new PageTree(file, root, TABLE);
    this.#localMax = file.pageSize - 35;
    this.#localMin = Math.floor(((file.pageSize - 12) * 32) / 255) - 23;
    this.record = new RecordBytes(columns);
    // The key stands in its cell: its column is NULL (2.1).
    this.record.null();
  }

  /** -1 before the first row. */
  get lastKey(): number {
    return this.#lastKey;
  }

  /** The row at hand is whole. Keys ascend. */
  row(key: number): void {
    if (key <= this.#lastKey) throw new Error(`key ${key} comes after ${this.#lastKey}`);
    const { record } = this;
    const { leaf } = this.#tree;
    const payload = record.size;
    const local = this.#localOf(payload);
    const { room } = leaf;
    // Exactly when it does not fit: a row may be as large as a page.
    if (2 * VARINT_MAX + local + 4 > room && cellSize(payload, key, local) > room) {
      const divider = new Uint8Array(varintSize(this.#lastKey));
      putVarint(divider, 0, this.#lastKey);
      this.#tree.divide(divider);
    }
    let at = putVarint(leaf.bytes, leaf.begin(), payload);
    at = putVarint(leaf.bytes, at, key);
    if (local === payload) at = record.put(leaf.bytes, at);
    else at = this.#overflowing(leaf.bytes, at, local);
    leaf.end(at);
    this.#lastKey = key;
    record.clear();
    record.null();
  }

  /** Every row was given. */
  finish(): void {
    this.#tree.finish();
  }

  #localOf(payload: number): number {
    if (payload <= this.#localMax) return payload;
    const local = this.#localMin + ((payload - this.#localMin) % (this.#file.pageSize - 4));
    return local <= this.#localMax ? local : this.#localMin;
  }

  /** A payload that is too large for its page goes on in pages of its own. */
  #overflowing(cells: Uint8Array, start: number, local: number): number {
    const file = this.#file;
    const whole = Buffer.alloc(this.record.size);
    this.record.put(whole, 0);
    cells.set(whole.subarray(0, local), start);
    putUint32(cells, start + local, file.next);
    const piece = file.pageSize - 4;
    for (let at = local; at < whole.length; at += piece) {
      const page = Buffer.alloc(file.pageSize);
      if (at + piece < whole.length) page.writeUInt32BE(file.behind(file.next));
      page.set(whole.subarray(at, at + piece), 4);
      file.append(page);
    }
    return start + local + 4;
  }
}

function cellSize(payload: number, key: number, local: number): number {
  return varintSize(payload) + varintSize(key) + local + (local === payload ? 0 : 4);
}
