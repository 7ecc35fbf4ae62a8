import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, expect, test } from "vitest";
import { KeyedRows } from "./keyed-rows.ts";
import { PageFile } from "./page-file.ts";

const folder = mkdtempSync(join(tmpdir(), "vringscope-keyed-"));
afterAll(() => rmSync(folder, { recursive: true }));

const SCHEMA = "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b TEXT) STRICT";

test("rows that come late are left for INSERT, and both make the table", () => {
  const path = join(folder, "case.db");
  const whole = new Database(path);
  whole.exec(SCHEMA);
  const root = whole.prepare("SELECT rootpage FROM sqlite_schema").pluck().get() as number;
  whole.close();
  const late = new Database(":memory:");
  late.exec(SCHEMA);
  const file = new PageFile(path);
  const rows = new KeyedRows(file, root, late, "t", 3);
  // Each third one comes two behind its place.
  const keys = Array.from({ length: 3000 }, (_, i) => (i % 3 === 2 ? i - 2 : i + 1));
  const values = [7, -(2n ** 63n), null, 2 ** 40];
  for (const key of keys) rows.row(key, values[key % 4] ?? null, key % 2 === 0 ? null : `${key}`);
  rows.finish();
  file.finish();
  expect(late.prepare("SELECT count(*) FROM t WHERE id % 3 = 0").pluck().get()).toBe(1000);
  expect(late.prepare("SELECT count(*) FROM t").pluck().get()).toBe(1000);
  late.prepare("ATTACH ? AS whole").run(path);
  late.exec("INSERT INTO whole.t SELECT * FROM main.t");
  expect(late.pragma("whole.integrity_check", { simple: true })).toBe("ok");
  const expected = keys.toSorted((a, b) => a - b);
  expect(late.prepare("SELECT * FROM whole.t").safeIntegers().raw().all()).toEqual(
    expected.map((key) => {
      const value = values[key % 4] ?? null;
      return [BigInt(key), value === null ? null : BigInt(value), key % 2 === 0 ? null : `${key}`];
    }),
  );
  late.close();
});
