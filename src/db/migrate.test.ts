import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { migrate } from "./migrate.ts";
import { INITIAL } from "./migrations/0001-initial.ts";
import { MIGRATIONS } from "./migrations/index.ts";

test("a case of the first schema keeps its findings and effects", () => {
  const db = new Database(":memory:");
  db.exec(INITIAL);
  db.pragma("user_version = 1");
  db.pragma("foreign_keys = OFF");
  db.exec(`
    INSERT INTO finding VALUES (7, 'queue/kick-missed', 'protocol', 'error', 'driver', 0, 163, 'm', NULL, '[]', 'f', 'e', 'g');
    INSERT INTO finding_effect VALUES (7, 0, 198, 'outstanding');
  `);
  migrate(db);
  expect(db.pragma("user_version", { simple: true })).toBe(MIGRATIONS.length);
  expect(db.prepare("SELECT id, rule, event FROM finding").all()).toEqual([
    { id: 7, rule: "queue/kick-missed", event: 163 },
  ]);
  expect(db.prepare("SELECT * FROM finding_effect").all()).toEqual([
    { finding: 7, place: 0, event: 198, message: "outstanding" },
  ]);
  // Every view still compiles.
  const views = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'view'").pluck().all();
  for (const view of views) expect(db.prepare(`SELECT * FROM ${view}`).all()).toBeDefined();
});
