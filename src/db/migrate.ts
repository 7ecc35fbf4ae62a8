import type { Database } from "better-sqlite3";
import { UserError } from "../model/user-error.ts";
import { MIGRATIONS } from "./migrations/index.ts";

/** `vrng`: tells a case file from any other SQLite database. */
export const APPLICATION_ID = 0x76726e67;

/** Brings a database to today's schema, one transaction a step. */
export function migrate(db: Database): void {
  const version = versionOf(db);
  for (let step = version; step < MIGRATIONS.length; step++) {
    db.transaction(() => {
      db.exec(MIGRATIONS[step] as string);
      db.pragma(`user_version = ${step + 1}`);
    })();
  }
  db.pragma(`application_id = ${APPLICATION_ID}`);
}

/** @throws UserError for a file that a newer vringscope wrote. */
export function versionOf(db: Database): number {
  const version = db.pragma("user_version", { simple: true }) as number;
  if (version > MIGRATIONS.length) {
    throw new UserError(
      "case-from-the-future",
      `the case file has schema version ${version}, this vringscope knows ${MIGRATIONS.length}`,
      "a newer vringscope wrote it",
    );
  }
  return version;
}
