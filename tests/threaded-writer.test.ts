import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import Database from "better-sqlite3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ThreadedWriter } from "../src/db/threaded-writer.ts";
import { CaseWriter } from "../src/db/writer.ts";
import { checkSources } from "../src/pipeline/check.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "vringscope-thread-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Every row of every table, as text. */
function rowsOf(path: string): ReadonlyMap<string, string[]> {
  const db = new Database(path, { readonly: true });
  try {
    const tables = db
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
      .pluck()
      .all() as string[];
    return new Map(
      tables.map((table) => {
        const rows = db.prepare(`SELECT * FROM "${table}"`).raw().safeIntegers().all();
        return [table, rows.map((row) => (row as unknown[]).map(String).join("|")).sort()];
      }),
    );
  } finally {
    db.close();
  }
}

// What the end of a source decides (buffers that are out, decisions that are missed) is of its queues.
test("a thread writes the same case, also of several sources", async () => {
  const sources = ["kick-missed", "stock-packed", "split-event-idx"].map(
    (story) => `fixtures/stories/${story}/trace.txt`,
  );
  const [direct, threaded] = [join(folder, "direct.db"), join(folder, "threaded.db")];
  await checkSources(sources, { store: new CaseWriter(direct) });
  const thread = pathToFileURL(resolve("dist/case-thread.js"));
  await checkSources(sources, { store: new ThreadedWriter(threaded, thread) });
  expect(
    rowsOf(direct)
      .get("request")
      ?.some((row) => row.includes("|outstanding|")),
  ).toBe(true);
  expect(rowsOf(threaded)).toEqual(rowsOf(direct));
});
