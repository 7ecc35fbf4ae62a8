import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { filterSql } from "../src/db/filter-sql.ts";
import { eventsQuery } from "../src/db/queries.ts";
import { CaseReader } from "../src/db/reader.ts";
import { parseFilter } from "../src/parser/filter/filter.ts";
import { rowsJson } from "../src/report/rows.ts";
import { randomOf, vringscopeHere } from "./run.ts";

const folder = mkdtempSync(join(tmpdir(), "vringscope-filter-"));
const path = join(folder, "case.db");
afterAll(() => rmSync(folder, { recursive: true }));

type Row = Readonly<Record<string, unknown>> & { readonly seq: number };
let all: Row[] = [];

/** The events that a filter lets through, as the command asks for them. */
function listed(filter?: string): Row[] {
  const parsed = filter === undefined ? undefined : parseFilter(filter);
  if (parsed?.kind === "error") throw new Error(parsed.error.message);
  const sql = parsed === undefined ? undefined : filterSql(parsed.filter);
  const reader = new CaseReader(path);
  try {
    const answer = reader.query(eventsQuery(sql, undefined), sql?.parameters);
    return [...rowsJson(answer.columns, answer.rows)].map((line) => JSON.parse(line) as Row);
  } finally {
    reader.close();
  }
}

beforeAll(async () => {
  await vringscopeHere(["import", "-o", path, "fixtures/stories/kick-missed/trace.txt"]);
  all = listed();
});

const nameOf = (row: Row): string => String(row["queue"]).replace(/@.*/, "");
const present = (value: unknown): boolean => value !== null;

// The same question, asked of the rows by hand.
test.each<[filter: string, fits: (row: Row) => boolean]>([
  ["queue = req.1", (row) => nameOf(row) === "req.1"],
  ["queue = req.1@0xff1c752b4258eb00#1", (row) => String(row["queue"]).includes("4258eb00")],
  ["queue != req.1", (row) => present(row["queue"]) && nameOf(row) !== "req.1"],
  ["kind in (add, getBuf)", ({ kind }) => kind === "add" || kind === "getBuf"],
  ["event = virtqueue_kick_prepare", ({ func }) => func === "virtqueue_kick_prepare"],
  ["time in 30ms..0.06s", ({ time }) => Number(time) >= 30e6 && Number(time) <= 60e6],
  ["clock > 4.772s", ({ clock }) => Number(clock) > 4_772_000_000],
  ["task ~ /^ins/ and cpu = 1", ({ task, cpu }) => String(task).startsWith("ins") && cpu === 1],
  ["task !~ /^ins/", ({ task }) => !String(task).startsWith("ins")],
  ["ret = 0", ({ ret }) => ret === 0],
  ["ret != 0", ({ ret }) => present(ret) && ret !== 0],
  ["not ret = 0", ({ ret }) => ret !== 0],
  ["not ret", ({ ret }) => !present(ret)],
  ["device_off_wrap >= 0x800f", (row) => Number(row["device_off_wrap"] ?? -1) >= 0x800f],
  ["token = 0xff1c752b4a427410", ({ token }) => token === "0xff1c752b4a427410"],
  ["fields.packed = 0", ({ fields }) => String(fields).includes('"packed":0')],
])("%s", (filter, fits) => {
  const expected = all.filter(fits).map(({ seq }) => seq);
  expect(expected.length).toBeGreaterThan(0);
  expect(expected.length).toBeLessThan(all.length);
  expect(listed(filter).map(({ seq }) => seq)).toEqual(expected);
});

test("and, or and not mean what they say, in random filters", () => {
  const seed = 20261126;
  const random = randomOf(seed);
  const atoms: readonly (readonly [string, (row: Row) => boolean])[] = [
    ["cpu = 0", ({ cpu }) => cpu === 0],
    ["ret", ({ ret }) => present(ret)],
    ["kind = add", ({ kind }) => kind === "add"],
    ["num_added > 2", (row) => Number(row["num_added"] ?? -1) > 2],
    ["queue = req.0", (row) => present(row["queue"]) && nameOf(row) === "req.0"],
  ];
  const grow = (depth: number): readonly [string, (row: Row) => boolean] => {
    const [text, fits] = atoms[Math.floor(random() * atoms.length)] ?? atoms[0] ?? ["", () => true];
    if (depth === 0) return [text, fits];
    const [left, isLeft] = grow(depth - 1);
    const [right, isRight] = grow(depth - 1);
    const roll = random();
    if (roll < 0.3) return [`not (${left})`, (row) => !isLeft(row)];
    if (roll < 0.65) return [`(${left} and ${right})`, (row) => isLeft(row) && isRight(row)];
    return [`(${left} or ${right})`, (row) => isLeft(row) || isRight(row)];
  };
  for (let round = 0; round < 200; round++) {
    const [text, fits] = grow(1 + (round % 3));
    const expected = all.filter(fits).map(({ seq }) => seq);
    expect({ seed, text, seqs: listed(text).map(({ seq }) => seq) }).toEqual({
      seed,
      text,
      seqs: expected,
    });
  }
});

describe("the commands", () => {
  test("an error shows the place, and what to write", async () => {
    expect(await vringscopeHere(["events", path, "-f", "cpu = 1 and que = 1"])).toMatchObject({
      status: 2,
      stderr:
        "vringscope: filter: there is no field que\n" +
        "  cpu = 1 and que = 1\n" +
        "              ^^^\n" +
        "  did you mean queue? A field of the trace without a column is fields.que\n",
    });
  });

  test("a filter cannot steer the terminal", async () => {
    const { stderr, status } = await vringscopeHere(["events", path, "-f", "task = \u001b[31m"]);
    expect(status).toBe(2);
    expect(stderr).not.toContain("\u001b");
  });

  test("values are bound, and the SQL is shown", async () => {
    const { stdout } = await vringscopeHere([
      "events",
      path,
      "--show-sql",
      "-f",
      'task = "a\' OR 1"',
    ]);
    expect(stdout).toBe(
      "SELECT v.* FROM event_block b CROSS JOIN event e ON e.id BETWEEN b.first AND b.last CROSS JOIN events v ON v.seq = e.id " +
        "WHERE b.first IN (SELECT block FROM block_context WHERE context IN (SELECT x.id FROM context x LEFT JOIN name n ON n.id = x.task WHERE n.text = ?)) " +
        "AND e.context IN (SELECT x.id FROM context x LEFT JOIN name n ON n.id = x.task WHERE n.text = ?) ORDER BY b.first, e.id LIMIT 100;\n" +
        "-- ?1: a' OR 1\n-- ?2: a' OR 1\n",
    );
  });

  test("JSON: one object an event, those of the filter", async () => {
    const { stdout } = await vringscopeHere([
      "events",
      path,
      "--json",
      "--limit",
      "all",
      "-f",
      "ret = 0",
    ]);
    const rows = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Row);
    expect(rows).toEqual(listed("ret = 0"));
  });

  test("text: one line an event, and how many there are", async () => {
    const { stdout, stderr } = await vringscopeHere(["events", path, "--limit", "2"]);
    expect(stdout.trimEnd().split("\n")).toHaveLength(3);
    expect(stderr).toBe("the first 2 events; --limit N, or --limit all, shows more\n");
    expect(await vringscopeHere(["events", path, "-f", "cpu = 77"])).toMatchObject({
      status: 0,
      stderr: "",
    });
  });

  test.each([
    ["no number", ["events", path, "--limit", "x"], "--limit takes"],
    ["no leg", ["requests", path, "--by", "time"], "--by takes"],
    ["no trace", ["events", "README.md"], "not a trace"],
    ["no file", ["requests", "nowhere.db"], "does not exist"],
  ])("%s: exit 2", async (_what, args, words) => {
    const { status, stderr } = await vringscopeHere(args);
    expect(stderr).toContain(words);
    expect(status).toBe(2);
  });
});

/** How SQLite goes about a list: the steps that touch events or blocks, and sorts. */
function planOf(filter: string, limit = 100): string[] {
  const parsed = parseFilter(filter);
  if (parsed.kind === "error") throw new Error(parsed.error.message);
  const sql = filterSql(parsed.filter);
  const reader = new CaseReader(path);
  try {
    const answer = reader.query(`EXPLAIN QUERY PLAN ${eventsQuery(sql, limit)}`, sql.parameters);
    return [...answer.rows].map((row) => String(row[3]));
  } finally {
    reader.close();
  }
}

describe("a list ends early, and passes over what cannot have it", () => {
  test.each([
    ...["queue = req.1", "queue != req.1", "queue in (req.0, req.1)", "kind = create", "cpu = 7"],
    ...["event = virtqueue_notify", "task = dd", "task ~ /^k/", "pid in 1..9", "level = nmi"],
    ...["time in 1s..2s", "time > 9s", "clock = 4.772s", "seq in 3..9", "seq >= 5", "caller"],
    ...["kind = add and num_free = 3", "kind = add or queue = req.0", "kind = add and not cpu = 1"],
  ])("%s", (filter) => {
    const plan = planOf(filter);
    expect(plan.join("\n")).toMatch(/SEARCH e USING INTEGER PRIMARY KEY \(rowid>\? AND rowid<\?\)/);
    expect(plan.join("\n")).not.toMatch(/SCAN e\b|ORDER BY/);
  });

  test.each(["num_free = 3", "not kind = add", "kind = add or num_free = 3", "line = 7"])(
    "%s: in order, until the list is long enough",
    (filter) => {
      const plan = planOf(filter);
      expect(plan.join("\n")).toMatch(/^SCAN e$/m);
      expect(plan.join("\n")).not.toMatch(/ORDER BY/);
    },
  );

  test("blocks hold what they say", async () => {
    const sql = `SELECT count(*) AS wrong FROM event e LEFT JOIN event_block b ON e.id BETWEEN b.first AND b.last
      WHERE b.first IS NULL OR e.time NOT BETWEEN b.least_time AND b.most_time
      OR NOT EXISTS (SELECT 1 FROM block_call WHERE block = b.first AND call = e.call)
      OR NOT EXISTS (SELECT 1 FROM block_context WHERE block = b.first AND context = e.context)
      OR (e.queue IS NOT NULL AND NOT EXISTS (SELECT 1 FROM block_queue WHERE block = b.first AND queue = e.queue))`;
    const several = join(folder, "several.db");
    const sources = [1, 2, 3].map((i) => {
      const copy = join(folder, `trace-${i}.txt`);
      // Of 3 x 40 copies the blocks end in the middle of sources, and at their ends.
      const text = readFileSync("fixtures/stories/kick-missed/trace.txt", "latin1");
      writeFileSync(copy, text.repeat(40));
      return copy;
    });
    await vringscopeHere(["import", "-o", several, ...sources]);
    expect((await vringscopeHere(["sql", several, "--json", sql])).stdout).toBe('{"wrong":0}\n');
    const count = await vringscopeHere([
      "sql",
      several,
      "--json",
      "SELECT count(*) > 3 AS n FROM event_block",
    ]);
    expect(count.stdout).toBe('{"n":1}\n');
  });
});

test("a case of an older version is listed without its blocks", async () => {
  const old = join(folder, "old.db");
  copyFileSync(path, old);
  const db = new Database(old);
  db.pragma("foreign_keys = OFF");
  db.exec("DROP TABLE event_block; DROP VIEW elements; PRAGMA user_version = 4");
  db.close();
  const args = ["--json", "-f", "task ~ /^ins/ and cpu = 1"];
  expect(await vringscopeHere(["events", old, ...args])).toEqual(
    await vringscopeHere(["events", path, ...args]),
  );
  const { status, stderr } = await vringscopeHere(["requests", old]);
  expect(status).toBe(2);
  expect(stderr).toContain("an older vringscope made this case");
});

test("requests: percentiles by nearest rank, and the slowest first", async () => {
  const sql = "SELECT queue, add_to_return AS ns FROM requests WHERE add_to_return IS NOT NULL";
  const rows = (await vringscopeHere(["sql", path, sql, "--json"])).stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { queue: string; ns: number });
  const { stdout } = await vringscopeHere(["requests", path]);
  for (const queue of new Set(rows.map((row) => row.queue))) {
    const sorted = rows.filter((row) => row.queue === queue).map(({ ns }) => ns);
    sorted.sort((a, b) => a - b);
    const rank = (share: number): number =>
      sorted[Math.ceil((share * sorted.length) / 100) - 1] ?? 0;
    const row = [
      queue,
      "add_to_return",
      sorted.length,
      sorted[0],
      rank(50),
      rank(90),
      rank(99),
      sorted.at(-1),
    ];
    expect(stdout.replace(/ +/g, " ")).toContain(row.join(" "));
  }
  const slowest = (await vringscopeHere(["requests", path, "--json", "--slowest", "all"])).stdout;
  const times = slowest
    .trimEnd()
    .split("\n")
    .map((line) => Number(JSON.parse(line).add_to_return));
  expect(times).toEqual([...times].sort((a, b) => b - a));
  expect(times).toHaveLength(rows.length);
});
