import { chmodSync, cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CaseNotes } from "../src/db/case-notes.ts";
import { CaseSummary, CHECKPOINT_EVENTS } from "../src/db/case-summary.ts";
import { migrate } from "../src/db/migrate.ts";
import { MIGRATIONS } from "../src/db/migrations/index.ts";
import { CaseWriter, claimCase } from "../src/db/writer.ts";
import { EventBatch, StringTable } from "../src/model/batch.ts";
import { KIND } from "../src/model/event.ts";
import { checkSources } from "../src/pipeline/check.ts";
import { SHARED, STORIES, sharedPresent, sharedTitle } from "./run.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "vringscope-summary-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function imported(name: string, paths: readonly string[]): Promise<string> {
  const path = join(folder, `${name}.db`);
  claimCase(path, { force: true });
  await checkSources(paths, { store: new CaseWriter(path) });
  return path;
}

/** Counts by the view, and by whatever else tells them, beside those that are stored. */
function sameCounts(path: string): void {
  const db = new Database(path, { readonly: true });
  const stored = db
    .prepare(
      "SELECT queue AS id, first_event, last_event, events, requests, decisions, kicks, suppressed, interrupts, in_flight_end, findings FROM queue_count ORDER BY queue",
    )
    .all();
  const counted = db
    .prepare(`SELECT id,
      (SELECT min(id) FROM event e WHERE e.queue = q.id) AS first_event,
      (SELECT max(id) FROM event e WHERE e.queue = q.id) AS last_event,
      events, requests, decisions, kicks,
      (SELECT count(*) FROM decision d WHERE d.queue = q.id AND d.needs_kick = 0) AS suppressed,
      interrupts,
      (SELECT count(*) FROM request r WHERE r.queue = q.id AND r.state = 'outstanding') AS in_flight_end,
      findings
      FROM queues q ORDER BY id`)
    .all();
  expect(stored).toEqual(counted);
  const activity = db
    .prepare("SELECT queue, sum(events) AS events FROM activity GROUP BY queue ORDER BY queue")
    .all();
  expect(activity).toEqual(
    db.prepare("SELECT queue, events FROM queue_count WHERE events > 0 ORDER BY queue").all(),
  );
  const buckets = db
    .prepare("SELECT queue, bucket, events FROM activity ORDER BY queue, bucket")
    .all();
  expect(buckets).toEqual(
    db
      .prepare(`SELECT q.id AS queue, max(e.time, 0) / w.width AS bucket, count(*) AS events
        FROM event e JOIN queue q ON q.id = e.queue JOIN activity_width w ON w.source = q.source
        GROUP BY q.id, bucket ORDER BY q.id, bucket`)
      .all(),
  );
  expect(db.prepare("SELECT coalesce(max(bucket), 0) FROM activity").pluck().get()).toBeLessThan(
    256,
  );
  const checkpoints = db
    .prepare("SELECT queue, event, request FROM checkpoint ORDER BY queue, event, request")
    .all();
  expect(checkpoints).toEqual(
    db
      .prepare(`WITH RECURSIVE at (event) AS (
          SELECT 0 UNION ALL SELECT event + ${CHECKPOINT_EVENTS} FROM at
          WHERE event + ${CHECKPOINT_EVENTS} <= (SELECT max(id) FROM event)
        )
        SELECT r.queue, at.event, r.id AS request
        FROM at JOIN request r ON r.id <= at.event
        LEFT JOIN unseen u ON u.request = r.id JOIN queue_count c ON c.queue = r.queue
        WHERE at.event < coalesce(r.returned_event, u.noticed, c.last_event + 1)
        ORDER BY r.queue, at.event, r.id`)
      .all(),
  );
  const unseen = db.prepare("SELECT count(*) FROM request WHERE state = 'unseen'").pluck().get();
  expect(db.prepare("SELECT count(*) FROM unseen").pluck().get()).toBe(unseen);
  db.close();
}

test("stored counts, activity and checkpoints are what the case's own rows say", async () => {
  for (const [number, path] of STORIES.entries()) sameCounts(await imported(`s${number}`, [path]));
});

test("several sources in one case are counted apart", async () => {
  sameCounts(await imported("several", STORIES.slice(0, 4)));
});

describe.skipIf(!sharedPresent)(`of captures${sharedTitle}`, () => {
  test.each(["packed-blk-net-rng", "split-blk-net", "packed-irq", "driver-kick-rfcv2-packed"])(
    "of %s as well",
    async (name) => {
      sameCounts(await imported(name, [`${SHARED}/captures/${name}`]));
    },
  );
});

test("buckets widen in pairs when the trace outgrows them, and no event is lost", () => {
  const db = new Database(":memory:");
  migrate(db);
  db.pragma("foreign_keys = OFF");
  const summary = new CaseSummary(db);
  const batch = new EventBatch(64, new StringTable());
  summary.beginSource(0);
  const times = [0, 1, 255, 256, 511, 512, 100_000, 3, 2 ** 40, 2 ** 40 - 1];
  for (const [seq, time] of times.entries()) {
    batch.append({ kind: "notify", phase: "begin", time }, seq);
    batch.queue[seq] = 9;
  }
  // A loss mark is no event.
  batch.append({ kind: "lost", phase: "begin", time: 5 }, times.length);
  expect(batch.kind[times.length]).toBe(KIND.lost);
  batch.queue[times.length] = 9;
  summary.batch(batch);
  summary.beginSource(10);
  const width = 2 ** 33;
  expect(db.prepare("SELECT queue, bucket, events FROM activity").all()).toEqual([
    { queue: 9, bucket: 0, events: 8 },
    { queue: 9, bucket: Math.floor((2 ** 40 - 1) / width), events: 1 },
    { queue: 9, bucket: 128, events: 1 },
  ]);
});

/** A case as the schema of before left it: the same rows, and none of this step's tables. */
function olderCase(path: string): string {
  const older = `${path}.older.db`;
  cpSync(path, older);
  const db = new Database(older);
  const step = MIGRATIONS.findIndex((sql) => sql.includes("CREATE TABLE queue_count"));
  const tables = [...(MIGRATIONS[step] as string).matchAll(/CREATE TABLE (\w+)/g)];
  for (const [, table] of tables) db.exec(`DROP TABLE ${table}`);
  db.pragma(`user_version = ${step}`);
  db.close();
  return older;
}

test("a case of the schema before is counted when marks are first written into it", async () => {
  const path = await imported("older", ["fixtures/stories/kick-missed/trace.txt"]);
  const older = olderCase(path);
  const notes = new CaseNotes(older);
  notes.setMark({ name: "a", event: 3, text: "here", made: "2026-11-26T00:00:00Z" });
  notes.close();
  const rows = (file: string, table: string): unknown[] => {
    const db = new Database(file, { readonly: true });
    const all = db.prepare(`SELECT * FROM ${table}`).all();
    db.close();
    return all;
  };
  for (const table of ["queue_count", "activity", "activity_width", "checkpoint"]) {
    expect(rows(older, table)).toEqual(rows(path, table));
  }
  expect(rows(older, "mark")).toHaveLength(1);
});

test("marks, waivers and the screen's state are kept, replaced and removed", async () => {
  const path = await imported("notes", ["fixtures/stories/kick-missed/trace.txt"]);
  const made = "2026-11-26T00:00:00Z";
  const notes = new CaseNotes(path);
  notes.setMark({ name: "b", event: 9, text: "", made });
  notes.setMark({ name: "a", event: 3, text: "first", made });
  notes.setMark({ name: "a", event: 4, text: "second", made });
  notes.setWaiver({ fingerprint: "f", rule: "queue/kick-missed", reason: "known", made });
  notes.setState("place", "42");
  notes.setState("place", "43");
  notes.close();
  const again = new CaseNotes(path);
  expect(again.marks()).toEqual([
    { name: "a", event: 4, text: "second", made },
    { name: "b", event: 9, text: "", made },
  ]);
  expect(again.waivers()).toEqual([
    { fingerprint: "f", rule: "queue/kick-missed", reason: "known", made },
  ]);
  expect(again.state("place")).toBe("43");
  expect(again.state("other")).toBeUndefined();
  again.removeMark("a");
  again.removeWaiver("f");
  expect([again.marks().length, again.waivers().length]).toEqual([1, 0]);
  again.close();
});

const isRoot = process.geteuid?.() === 0;

/** Root may write everywhere: the attempt is made as nobody. */
function asNobody(work: () => void): void {
  if (isRoot) process.seteuid?.(65_534);
  try {
    work();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

test("a file or folder that may not be written is told as that", async () => {
  const path = await imported("locked", ["fixtures/stories/kick-missed/trace.txt"]);
  chmodSync(folder, 0o555);
  chmodSync(path, 0o444);
  asNobody(() => expect(() => new CaseNotes(path)).toThrow(/may not be|read-only/));
  chmodSync(path, 0o666);
  asNobody(() => expect(() => new CaseNotes(path)).toThrow(/may not be|read-only/));
  chmodSync(folder, 0o755);
});

test("another program's lock is told as that, and what is no case is not touched", async () => {
  const path = await imported("busy", ["fixtures/stories/kick-missed/trace.txt"]);
  const other = new Database(path);
  other.exec("BEGIN EXCLUSIVE");
  expect(() => new CaseNotes(path)).toThrow("another program is writing to it");
  other.close();
  expect(() => new CaseNotes("package.json")).toThrow("package.json is no case file");
});
