import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
    const answer = reader.query(eventsQuery(sql?.where, undefined), sql?.parameters);
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
      "SELECT * FROM events WHERE task = ? ORDER BY seq LIMIT 100;\n-- ?1: a' OR 1\n",
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
    ["no case", ["events", "package.json"], "no case file"],
    ["no file", ["requests", "nowhere.db"], "does not exist"],
  ])("%s: exit 2", async (_what, args, words) => {
    const { status, stderr } = await vringscopeHere(args);
    expect(stderr).toContain(words);
    expect(status).toBe(2);
  });
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
