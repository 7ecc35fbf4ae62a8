import type { Database } from "better-sqlite3";
import type { Column } from "./codec.ts";
import { Inserter } from "./inserter.ts";
import type { PageFile } from "./page-file.ts";
import { TablePages } from "./table-pages.ts";

/**
 * Rows of one table that come nearly in the order of their keys: those that do are written as pages, and
 * what comes late is left for SQLite to insert where it belongs.
 */
export class KeyedRows {
  readonly #pages: TablePages;
  readonly #late: Inserter;

  /** `late`: a database with the same table, for {@link finish} to leave rows in. */
  constructor(file: PageFile, root: number, late: Database, table: string, columns: number) {
    this.#pages = new TablePages(file, root, columns);
    this.#late = new Inserter(late, table, columns);
  }

  row(key: number, ...columns: Column[]): void {
    if (key <= this.#pages.lastKey) {
      this.#late.row(key, ...columns);
      return;
    }
    const { record } = this.#pages;
    for (const value of columns) {
      if (value === null) record.null();
      else if (typeof value === "number") record.integer(value);
      else if (typeof value === "string") record.text(value);
      else record.wide(value);
    }
    this.#pages.row(key);
  }

  finish(): void {
    this.#pages.finish();
    this.#late.flush();
  }
}
