import type { PageFile } from "./page-file.ts";
import { INDEX, PageTree } from "./page-tree.ts";
import { putVarint, RecordBytes, VARINT_MAX } from "./record.ts";

/**
 * Writes an index on one column as pages of SQLite's file format (sqlite.org/fileformat2.html, 1.6 and
 * 2.5), where rows are given by ascending keys and the column has few values: what has one value waits
 * together, as its distances, so that nothing is left to sort. CREATE INDEX takes five times as long.
 */
export class IndexPages {
  readonly #tree: PageTree;
  /** By value: NULL first, as SQLite sorts it. */
  readonly #rows: RowKeys[] = [];

  /** `root`: the index's page, by sqlite_schema. */
  constructor(file: PageFile, root: number) {
    this.#tree = new PageTree(file, root, INDEX);
  }

  /** `value`: from 0, the smaller the better; or -1 for NULL. Keys ascend. */
  row(value: number, key: number): void {
    while (this.#rows.length < value + 2) this.#rows.push(new RowKeys());
    (this.#rows[value + 1] as RowKeys).push(key);
  }

  /** Every row was given. */
  finish(): void {
    const { leaf } = this.#tree;
    const record = new RecordBytes(2);
    for (const [place, keys] of this.#rows.entries()) {
      keys.each((key) => {
        record.clear();
        record.integer(place === 0 ? Number.NaN : place - 1);
        record.integer(key);
        // What divides two leaves stands between them, in neither.
        if (record.size + 1 > leaf.room) this.#tree.divide(leaf.pop());
        leaf.end(record.put(leaf.bytes, putVarint(leaf.bytes, leaf.begin(), record.size)));
      });
    }
    this.#tree.finish();
  }
}

/** Keys of rows, each as a varint of its distance from the one before: a byte or two for most. */
class RowKeys {
  #bytes = new Uint8Array(64);
  #end = 0;
  #last = 0;

  push(key: number): void {
    if (this.#end + VARINT_MAX > this.#bytes.length) {
      const bytes = new Uint8Array(2 * this.#bytes.length);
      bytes.set(this.#bytes);
      this.#bytes = bytes;
    }
    this.#end = putVarint(this.#bytes, this.#end, key - this.#last);
    this.#last = key;
  }

  each(visit: (key: number) => void): void {
    let key = 0;
    let distance = 0;
    for (let at = 0; at < this.#end; at++) {
      const byte = this.#bytes[at] as number;
      distance = distance * 0x80 + (byte & 0x7f);
      if (byte >= 0x80) continue;
      key += distance;
      distance = 0;
      visit(key);
    }
  }
}
