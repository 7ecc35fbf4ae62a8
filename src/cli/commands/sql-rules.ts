import { renameSync } from "node:fs";
import { claimCase } from "../../db/writer.ts";
import type { CheckReport } from "../../model/check-report.ts";
import type { SqlRule } from "../../pipeline/sql-rule-file.ts";
import { runSqlRules } from "../../pipeline/sql-rules.ts";
import { caseFolder } from "../case-folder.ts";
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
  const { path, remove } = caseFolder(
    db,
    "rules in SQL ask a case file; TMPDIR says where it is made without --db",
  );
  try {
    const report = await intoCase(path, files, {
      ...options,
      afterwards: (found) => runSqlRules(path, queries, found),
    });
    if (db !== undefined) renameSync(path, db);
    return report;
  } finally {
    remove();
  }
}
