import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, expect, test } from "vitest";
import { PageFile } from "./page-file.ts";
import { TablePages } from "./table-pages.ts";

const folder = mkdtempSync(join(tmpdir(), "vringscope-pages-"));
afterAll(() => rmSync(folder, { recursive: true }));

type Cell = bigint | number | string | null;

const SCHEMA =
  "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b TEXT, c INTEGER, d TEXT) STRICT";

/** Seeded numbers from 0 to 1 (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The rows by pages, behind `size` pages if that is given; answers with the file. */
function write(
  name: string,
  pageSize: number,
  rows: readonly (readonly Cell[])[],
  size?: number,
): string {
  const path = join(folder, `${name}.db`);
  const db = new Database(path);
  db.pragma(`page_size = ${pageSize}`);
  db.exec(`${SCHEMA}; CREATE TABLE other (x)`);
  const root = db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 't'").pluck().get();
  db.close();
  if (size !== undefined) claimSize(path, size);
  const file = new PageFile(path);
  const pages = new TablePages(file, root as number, 5);
  const { record } = pages;
  for (const [key, ...columns] of rows) {
    for (const value of columns) {
      if (value === null) record.null();
      else if (typeof value === "string") record.text(value);
      else if (typeof value === "bigint") record.wide(value);
      else record.integer(value);
    }
    pages.row(Number(key));
  }
  pages.finish();
  file.finish();
  return path;
}

/** Makes a file look as large as so many pages, of which none is written. */
function claimSize(path: string, pages: number): void {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(pages);
  const file = openSync(path, "r+");
  writeSync(file, size, 0, size.length, 28);
  closeSync(file);
}

function compare(path: string, rows: readonly (readonly Cell[])[]): void {
  const db = new Database(path);
  try {
    expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
    db.exec(SCHEMA.replace("TABLE t", "TEMP TABLE by_insert"));
    const insert = db.prepare("INSERT INTO by_insert VALUES (?, ?, ?, ?, ?)");
    db.transaction(() => {
      for (const row of rows) insert.run(...row);
    })();
    const different = db
      .prepare(
        "SELECT count(*) FROM (SELECT *, typeof(a), typeof(c) FROM t EXCEPT SELECT *, typeof(a), typeof(c) FROM by_insert)",
      )
      .pluck()
      .get();
    expect(different).toBe(0);
    expect(db.prepare("SELECT count(*) FROM t").pluck().get()).toBe(rows.length);
    // It is an ordinary file from here on.
    db.exec(
      "CREATE INDEX t_a ON t (a); DELETE FROM t WHERE id % 2 = 1; INSERT INTO other VALUES (1)",
    );
    expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
  } finally {
    db.close();
  }
}

/** Every width of an integer, both sides of each border. */
const EDGES: readonly bigint[] = [7n, 8n, 15n, 16n, 23n, 24n, 31n, 32n, 47n, 48n, 51n, 53n, 63n]
  .flatMap((bits) => [2n ** bits - 1n, 2n ** bits, -(2n ** bits), -(2n ** bits) - 1n])
  .concat([0n, 1n, -1n, 2n])
  .filter((value) => BigInt.asIntN(64, value) === value);

test("integers of every width, as numbers and as bigints", () => {
  const rows = EDGES.map((value, i): Cell[] => [
    i,
    value,
    null,
    BigInt(Number(value)) === value ? Number(value) : null,
    null,
  ]);
  // Bound doubles past 2^51 stay REAL, which STRICT refuses: the oracle gets them as bigints.
  const asBigints = rows.map(([id, a, b, c, d]): Cell[] => [
    id as Cell,
    a as Cell,
    b as Cell,
    c === null ? null : BigInt(c as number),
    d as Cell,
  ]);
  compare(write("edges", 4096, rows), asBigints);
});

test("no row, one row, and a NaN is NULL", () => {
  compare(write("none", 4096, []), []);
  compare(write("one", 4096, [[7, Number.NaN, "x", 1, ""]]), [[7, null, "x", 1, ""]]);
});

test.each([512, 1024, 4096, 32_768])(
  "random rows in pages of %i bytes, some larger than a page",
  (pageSize) => {
    const seed = 20261126 + pageSize;
    const random = randomOf(seed);
    const rows: Cell[][] = [];
    let id = 0;
    for (let i = 0; i < 20_000; i++) {
      id += random() < 0.9 ? 1 : Math.floor(random() * 1e9);
      const long = random() < 0.01 ? Math.floor(random() * 3 * pageSize) : random() * 40;
      rows.push([
        id,
        EDGES[Math.floor(random() * EDGES.length)] as bigint,
        random() < 0.3 ? null : "é𝄞a".repeat(long / 4),
        Math.floor(random() * 300),
        random() < 0.5 ? null : "x".repeat(random() * 20),
      ]);
    }
    compare(write(`random-${pageSize}`, pageSize, rows), rows);
  },
);

test("a payload of every size around the borders of a page", () => {
  const pageSize = 512;
  const rows = Array.from({ length: 1200 }, (_, i): Cell[] => [i, null, "x".repeat(i), i, null]);
  compare(write("borders", pageSize, rows), rows);
});

test.each([
  ["leaves", 40],
  ["overflow pages", 70_000],
])("the page of the lock byte is left out: %s", (name, length) => {
  const rows = Array.from({ length: 9000 }, (_, i): Cell[] => [
    i,
    i,
    "x".repeat(i % 1000 === 0 ? length : 40),
    null,
    null,
  ]);
  // Page 32 769 holds the byte at 1 GiB.
  const path = write(name, 32_768, rows, 32_758);
  // Pages that nothing is written on hang in no tree: a copy has none of them.
  const db = new Database(path);
  db.exec("VACUUM");
  db.close();
  compare(path, rows);
});

test("keys must ascend", () => {
  expect(() =>
    write("keys", 4096, [
      [2, 1, null, 1, null],
      [2, 1, null, 1, null],
    ]),
  ).toThrow("key 2 comes after 2");
});
