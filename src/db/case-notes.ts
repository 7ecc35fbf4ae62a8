import Database from "better-sqlite3";
import { UserError } from "../model/user-error.ts";
import { APPLICATION_ID, migrate, versionOf } from "./migrate.ts";

/** How long another writer is waited for: somebody sits before the screen. */
const BUSY_MS = 500;

/** A place in a case that somebody named. */
export interface Mark {
  readonly name: string;
  readonly event: number;
  readonly text: string;
  /** ISO 8601. */
  readonly made: string;
}

/** A finding that somebody accepts, by its fingerprint. */
export interface KeptWaiver {
  readonly fingerprint: string;
  readonly rule: string;
  readonly reason: string;
  readonly made: string;
}

/**
 * What the user of a screen puts down in a case: marks, waivers, and where the screen stood. It writes
 * to these three tables and to nothing else; a case of an older schema is brought to today's first.
 *
 * Every method throws a UserError when the file cannot be written: read without it.
 */
export class CaseNotes {
  readonly #path: string;
  readonly #db: Database.Database;

  /** @throws UserError when the file is no case, or may not be written. */
  constructor(path: string) {
    this.#path = path;
    this.#db = this.#guard(() => new Database(path, { fileMustExist: true, timeout: BUSY_MS }));
    try {
      this.#guard(() => this.#prepare());
    } catch (error) {
      this.#db.close();
      throw error;
    }
  }

  #prepare(): void {
    const db = this.#db;
    if (db.pragma("application_id", { simple: true }) !== APPLICATION_ID) {
      throw new UserError("input-not-a-case", `${this.#path} is no case file`);
    }
    versionOf(db);
    // Tables are made anew by some steps while others refer to them.
    db.pragma("foreign_keys = OFF");
    migrate(db);
    // A write that changes nothing tells whether one may be made at all.
    db.exec("BEGIN IMMEDIATE; DELETE FROM screen_state WHERE 0; COMMIT");
  }

  marks(): Mark[] {
    const sql = "SELECT name, event, text, made FROM mark ORDER BY event, name";
    return this.#guard(() => this.#db.prepare(sql).all() as Mark[]);
  }

  /** Replaces a mark of the same name. */
  setMark({ name, event, text, made }: Mark): void {
    this.#run("INSERT OR REPLACE INTO mark VALUES (?, ?, ?, ?)", [name, event, text, made]);
  }

  removeMark(name: string): void {
    this.#run("DELETE FROM mark WHERE name = ?", [name]);
  }

  waivers(): KeptWaiver[] {
    const sql = "SELECT fingerprint, rule, reason, made FROM waiver ORDER BY made, fingerprint";
    return this.#guard(() => this.#db.prepare(sql).all() as KeptWaiver[]);
  }

  /** Replaces a waiver of the same fingerprint. */
  setWaiver({ fingerprint, rule, reason, made }: KeptWaiver): void {
    const sql = "INSERT OR REPLACE INTO waiver VALUES (?, ?, ?, ?)";
    this.#run(sql, [fingerprint, rule, reason, made]);
  }

  removeWaiver(fingerprint: string): void {
    this.#run("DELETE FROM waiver WHERE fingerprint = ?", [fingerprint]);
  }

  state(key: string): string | undefined {
    const sql = "SELECT value FROM screen_state WHERE key = ?";
    return this.#guard(() => this.#db.prepare(sql).pluck().get(key) as string | undefined);
  }

  setState(key: string, value: string): void {
    this.#run("INSERT OR REPLACE INTO screen_state VALUES (?, ?)", [key, value]);
  }

  close(): void {
    this.#db.close();
  }

  #run(sql: string, values: readonly (string | number)[]): void {
    this.#guard(() => this.#db.prepare(sql).run(...values));
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof Database.SqliteError)) throw error;
      if (error.code === "SQLITE_NOTADB") {
        throw new UserError("input-not-a-case", `${this.#path} is no case file`);
      }
      throw new UserError(
        "notes-unwritable",
        `cannot write marks and waivers into ${this.#path}: ${reasonOf(error)}`,
      );
    }
  }
}

function reasonOf({ code, message }: { readonly code: string; readonly message: string }): string {
  if (code.startsWith("SQLITE_READONLY")) return "the file or its folder is read-only";
  if (code.startsWith("SQLITE_CANTOPEN")) return "it or its folder may not be written";
  if (code.startsWith("SQLITE_BUSY")) return "another program is writing to it";
  return code === "SQLITE_FULL" ? "the disk is full" : message;
}
