import { existsSync, statSync } from "node:fs";
import Database from "better-sqlite3";
import { UserError } from "../model/user-error.ts";
import { APPLICATION_ID, migrate, versionOf } from "./migrate.ts";
import { RingRows } from "./ring-rows.ts";

/** What a query answers with: its columns, and rows as they come. Integers are exact. */
export interface Answer {
  readonly columns: readonly string[];
  readonly rows: Iterable<readonly unknown[]>;
}

/** What the view `events` has of one; no line of a binary source. */
export interface EventRow {
  readonly line: number | null;
  readonly time: number;
  readonly cpu: number;
  readonly func: string;
  readonly phase: string;
  readonly queue: string | null;
}

/** A case file, opened for reading only. */
export class CaseReader {
  readonly #db: Database.Database;
  #event: Database.Statement | undefined;

  /** @throws UserError when there is no such file, or it is no case file. */
  constructor(path: string) {
    if (!existsSync(path)) throw new UserError("input-unreadable", `${path} does not exist`);
    if (statSync(path).isDirectory()) {
      throw new UserError("input-directory", `${path} is a directory, not a case file`);
    }
    try {
      this.#db = new Database(path, { readonly: true, fileMustExist: true });
      const id = this.#db.pragma("application_id", { simple: true });
      if (id !== APPLICATION_ID) throw notACase(path);
      versionOf(this.#db);
      this.#db.pragma("query_only = ON");
      this.#db.function("regexp", { deterministic: true, directOnly: true }, regexp());
    } catch (error) {
      if (error instanceof UserError || !(error instanceof Database.SqliteError)) throw error;
      if (error.code === "SQLITE_NOTADB") throw notACase(path);
      throw new UserError("input-unreadable", `cannot read ${path}: ${error.message}`);
    }
  }

  /**
   * `parameters` are bound in their order.
   *
   * @throws UserError for a statement that SQLite refuses, or that would write.
   */
  query(sql: string, parameters: readonly (bigint | string)[] = []): Answer {
    try {
      const statement = question(this.#db, sql);
      const columns = statement.columns().map(({ name }) => name);
      return {
        columns,
        rows: guarded(
          statement
            .raw()
            .safeIntegers()
            .iterate(...parameters),
        ),
      };
    } catch (error) {
      throw queryError(error);
    }
  }

  /** @throws UserError for a statement that SQLite refuses, or that would write. */
  columns(sql: string): string[] {
    try {
      return question(this.#db, sql)
        .columns()
        .map(({ name }) => name);
    } catch (error) {
      throw queryError(error);
    }
  }

  /** Whether the case has a table or a view: an older version made it without those that came later. */
  has(table: string): boolean {
    return this.#db.prepare("SELECT 1 FROM sqlite_schema WHERE name = ?").get(table) !== undefined;
  }

  /** The event of this seq, if there is one. */
  eventAt(seq: number): EventRow | undefined {
    this.#event ??= this.#db.prepare(
      "SELECT line, time, cpu, func, phase, queue FROM events WHERE seq = ?",
    );
    return this.#event.get(seq) as EventRow | undefined;
  }

  /** What pictures of rings are made of. */
  ringRows(): RingRows {
    return new RingRows(this.#db);
  }

  close(): void {
    this.#db.close();
  }
}

/** A case without a row: what its schema says to a query is known before any trace is read. */
export class EmptyCase {
  readonly #db = new Database(":memory:");

  constructor() {
    migrate(this.#db);
  }

  /** @throws UserError for a statement that SQLite refuses, or that would write. */
  columns(sql: string): string[] {
    try {
      return question(this.#db, sql)
        .columns()
        .map(({ name }) => name);
    } catch (error) {
      throw queryError(error);
    }
  }

  close(): void {
    this.#db.close();
  }
}

function question(db: Database.Database, sql: string): Database.Statement {
  const statement = db.prepare(sql);
  if (statement.reader && statement.readonly) return statement;
  throw new UserError(
    "sql-not-a-query",
    statement.reader
      ? "a case is read-only: the statement writes"
      : "a case is read-only: the statement returns no rows",
  );
}

/** `text REGEXP pattern`, which SQLite leaves to who embeds it: 1, 0, or NULL where there is no text. */
function regexp(): (pattern: unknown, text: unknown) => number | null {
  const compiled = new Map<string, RegExp>();
  return (pattern, text) => {
    if (pattern === null || text === null) return null;
    const source = String(pattern);
    let found = compiled.get(source);
    if (found === undefined) {
      found = new RegExp(source, "u");
      compiled.set(source, found);
    }
    return found.test(String(text)) ? 1 : 0;
  };
}

/** Rows may fail half-way: an overflow, an interrupted read. */
function* guarded(rows: IterableIterator<unknown>): Generator<readonly unknown[]> {
  try {
    for (const row of rows) yield row as readonly unknown[];
  } catch (error) {
    throw queryError(error);
  }
}

function queryError(error: unknown): unknown {
  // A second statement in one string is a RangeError of the library's, a parameter a TypeError.
  const refused = error instanceof RangeError || error instanceof TypeError;
  if (error instanceof Database.SqliteError || (refused && error instanceof Error)) {
    return new UserError("sql-refused", `SQL: ${error.message}`);
  }
  return error;
}

function notACase(path: string): UserError {
  return new UserError(
    "input-not-a-case",
    `${path} is no case file`,
    "vringscope import -o CASE.db TRACE... makes one",
  );
}
