import { mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { claimCase } from "../../db/writer.ts";
import type { CheckReport } from "../../model/check-report.ts";
import { UserError } from "../../model/user-error.ts";
import type { SqlRule } from "../../pipeline/sql-rule-file.ts";
import { runSqlRules } from "../../pipeline/sql-rules.ts";
import { onInterrupt } from "../interrupt.ts";
import { intoCase } from "./import.ts";

/**
 * Checks with rules in SQL. They ask a case, which is made in a folder of its own: with `--db` beside its
 * name, which it gets when all findings are in it. However this ends, the folder is gone.
 */
export async function withQueries(
  queries: readonly SqlRule[],
  files: readonly string[],
  options: Omit<Parameters<typeof intoCase>[2], "afterwards"> & { readonly db?: string },
): Promise<CheckReport> {
  const { db } = options;
  if (db !== undefined) claimCase(db, { force: options.force === true });
  const folder = newFolder(db);
  // A thread that is ended by the same signal may make its file meanwhile: then the folder is not empty yet.
  const remove = (): void =>
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
  const done = onInterrupt(remove);
  try {
    const path = join(folder, "case.db");
    const report = await intoCase(path, files, {
      ...options,
      afterwards: (found) => runSqlRules(path, queries, found),
    });
    if (db !== undefined) renameSync(path, db);
    return report;
  } finally {
    remove();
    done();
  }
}

function newFolder(db: string | undefined): string {
  const parent = db === undefined ? tmpdir() : dirname(db);
  const name = db === undefined ? "vringscope-" : `.${basename(db)}.`;
  try {
    return mkdtempSync(join(parent, name));
  } catch (error) {
    throw new UserError(
      "output-unwritable",
      `cannot make a case in ${parent}: ${(error as Error).message}`,
      "rules in SQL ask a case file; TMPDIR says where it is made without --db",
    );
  }
}
