import type { Database, Statement } from "better-sqlite3";
import type { Column } from "./codec.ts";

/** Rows of one INSERT. Binding is where the time goes; more rows at once save nothing more. */
const ROWS_AT_ONCE = 50;

/** Collects the values of many rows, and inserts them together. */
export class Inserter {
  readonly #full: Statement;
  readonly #one: Statement;
  readonly #width: number;
  readonly #values: Column[];
  #at = 0;

  constructor(db: Database, table: string, columns: number) {
    const row = `(${marks(columns)})`;
    this.#width = columns;
    this.#values = new Array(columns * ROWS_AT_ONCE).fill(null);
    this.#one = db.prepare(`INSERT INTO ${table} VALUES ${row}`);
    this.#full = db.prepare(
      `INSERT INTO ${table} VALUES ${new Array(ROWS_AT_ONCE).fill(row).join(", ")}`,
    );
  }

  row(...columns: Column[]): void {
    for (const column of columns) this.#values[this.#at++] = column;
    if (this.#at < this.#values.length) return;
    // As arguments, not as an array: the binding reads those much faster.
    this.#full.run.apply(this.#full, this.#values);
    this.#at = 0;
  }

  flush(): void {
    for (let at = 0; at < this.#at; at += this.#width) {
      this.#one.run(this.#values.slice(at, at + this.#width));
    }
    this.#at = 0;
  }
}

/** Marks for values that are bound. */
export function marks(count: number): string {
  return new Array(count).fill("?").join(", ");
}
