import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, expect, test } from "vitest";
import { IndexPages } from "./index-pages.ts";
import { PageFile } from "./page-file.ts";
import { TablePages } from "./table-pages.ts";

const folder = mkdtempSync(join(tmpdir(), "vringscope-index-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A queue, or -1 for none, and the key of a row. */
type Row = readonly [queue: number, key: number];

/** The rows by pages, and an index made of them as pages. */
function write(name: string, pageSize: number, rows: readonly Row[]): Database.Database {
  const path = join(folder, `${name}.db`);
  const db = new Database(path);
  db.pragma(`page_size = ${pageSize}`);
  db.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, queue INTEGER, twin INTEGER) STRICT");
  db.exec("CREATE INDEX by_queue ON t (queue)");
  const root = db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = ?").pluck();
  const file = new PageFile(path);
  const table = new TablePages(file, root.get("t") as number, 3);
  const index = new IndexPages(file, root.get("by_queue") as number);
  db.close();
  for (const [queue, key] of rows) {
    // The twin has no index: what is found by one is compared with what is found by the other.
    for (let i = 0; i < 2; i++) table.record.integer(queue < 0 ? Number.NaN : queue);
    table.row(key);
    index.row(queue, key);
  }
  table.finish();
  index.finish();
  file.finish();
  return new Database(path);
}

function expectIndex(db: Database.Database, rows: readonly Row[]): void {
  expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
  const byIndex = "SELECT queue, id FROM t INDEXED BY by_queue ORDER BY queue, id";
  expect(db.prepare(`EXPLAIN QUERY PLAN ${byIndex}`).get()).toMatchObject({
    detail: "SCAN t USING COVERING INDEX by_queue",
  });
  expect(db.prepare(byIndex).raw().all()).toEqual(
    db.prepare("SELECT twin, id FROM t NOT INDEXED ORDER BY twin, id").raw().all(),
  );
  expect(db.prepare("SELECT count(*) FROM t INDEXED BY by_queue").pluck().get()).toBe(rows.length);
  const sought = "SELECT id, twin FROM t WHERE queue IS ? AND id >= ?";
  expect(db.prepare(`EXPLAIN QUERY PLAN ${sought}`).get(0, 0)).toMatchObject({
    detail: "SEARCH t USING INDEX by_queue (queue=? AND rowid>?)",
  });
  const bySearch = db.prepare(sought).raw();
  const byScan = db.prepare("SELECT id, twin FROM t NOT INDEXED WHERE twin IS ? AND id >= ?").raw();
  for (const queue of [null, 0, 1, 299]) {
    const from = rows[rows.length >> 1]?.[1] ?? 0;
    expect(bySearch.all(queue, from)).toEqual(byScan.all(queue, from));
  }
}

/** Rows as a trace gives them: queues take turns, and keys grow to four bytes and beyond them. */
function rowsOf(count: number, queues: number): Row[] {
  const stride = Math.max(1, Math.floor(2 ** 31.5 / count));
  return Array.from({ length: count }, (_, i): Row => {
    const queue = ((i * 7919) % (queues + 1)) - 1;
    return [queue, i < count / 2 ? i : i * stride];
  });
}

test.each(
  [512, 1024, 4096, 32_768].flatMap((pageSize) =>
    [0, 1, 2, 40, 3000, 20_000].map((count) => ({ pageSize, count })),
  ),
)("$count rows in pages of $pageSize bytes", ({ pageSize, count }) => {
  // 300 queues: numbers of two bytes among them.
  for (const queues of [1, 300]) {
    const rows = rowsOf(count, queues);
    const db = write(`${pageSize}-${count}-${queues}`, pageSize, rows);
    try {
      expectIndex(db, rows);
      db.exec("REINDEX");
      expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
      db.exec("VACUUM");
      expectIndex(db, rows);
      // It is an ordinary index from here on.
      db.exec("DELETE FROM t WHERE id % 3 = 1; UPDATE t SET queue = 5 WHERE id % 3 = 2");
      expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
    } finally {
      db.close();
    }
  }
});

test("as many rows as fill a page, one fewer and one more", () => {
  for (let count = 80; count < 260; count++) {
    const rows = rowsOf(count, 3);
    const db = write(`border-${count}`, 512, rows);
    expectIndex(db, rows);
    db.close();
  }
});
