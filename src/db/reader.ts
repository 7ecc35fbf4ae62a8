import { existsSync, statSync } from "node:fs";
import Database from "better-sqlite3";
import { UserError } from "../model/user-error.ts";
import { APPLICATION_ID, versionOf } from "./migrate.ts";

/** What a query answers with: its columns, and rows as they come. Integers are exact. */
export interface Answer {
  readonly columns: readonly string[];
  readonly rows: Iterable<readonly unknown[]>;
}

/** A case file, opened for reading only. */
export class CaseReader {
  readonly #db: Database.Database;

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
      const statement = this.#db.prepare(sql);
      if (!statement.reader) {
        throw new UserError(
          "sql-not-a-query",
          "a case is read-only: the statement returns no rows",
        );
      }
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

  close(): void {
    this.#db.close();
  }
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
