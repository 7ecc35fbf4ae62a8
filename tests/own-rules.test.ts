import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Ajv } from "ajv";
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { vringscopeHere } from "./run.ts";

const MISSED = "fixtures/stories/kick-missed/trace.txt";
const STOCK = "fixtures/stories/stock-packed/trace.txt";
const SQL = "fixtures/own-rules/sql";
const MODULE = "fixtures/own-rules/outstanding.mjs";

let folder: string;
let made = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "vringscope-own-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A folder with these files. */
function folderOf(files: Readonly<Record<string, string>>): string {
  const path = join(folder, String(made++));
  mkdirSync(path);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
}

const moduleOf = (text: string): string => join(folderOf({ "rules.mjs": text }), "rules.mjs");

const head = (id: string): string => `-- id: ${id}\n-- severity: error\n-- message: something\n`;

interface Told {
  readonly rule: string;
  readonly severity: string;
  readonly queue: string | null;
  readonly line: number | null;
  readonly message: string;
  readonly fingerprint: string;
  readonly evidence: readonly { readonly role: string; readonly line: number }[];
  readonly effects: readonly { readonly message: string }[];
}

async function told(
  args: readonly string[],
): Promise<{ readonly findings: Told[]; readonly report: unknown }> {
  const { stdout, stderr } = await vringscopeHere(["check", "--format", "json", ...args]);
  if (stdout === "") throw new Error(stderr);
  const report = JSON.parse(stdout) as { findings: Told[] };
  return { findings: report.findings, report };
}

const own = (findings: readonly Told[]): Told[] =>
  findings.filter(({ rule }) => rule.startsWith("my/"));

const fitsSchema = new Ajv().compile(JSON.parse(readFileSync("docs/check.schema.json", "utf8")));

describe("rules in SQL", () => {
  test("each row is a finding, with its place, its queue and its evidence", async () => {
    const { findings, report } = await told(["--sql-rules", SQL, STOCK]);
    expect(fitsSchema(report)).toBe(true);
    expect(own(findings)).toHaveLength(8);
    expect(findings[0]).toMatchObject({
      rule: "my/buffer-slow",
      severity: "warning",
      queue: "req.0@0xff306c978ac00500#1",
      line: 15,
      message:
        "a buffer of req.0@0xff306c978ac00500#1 came back after 1097 us, taken back by insmod",
      evidence: [
        { role: "publication", line: 15 },
        { role: "outcome", line: 22 },
      ],
    });
    expect(report).toMatchObject({
      verdict: "findings",
      summary: { warnings: 7, notes: 1 },
      sqlRules: [
        { id: "my/notifications-never-suppressed", rows: 1, findings: 1 },
        { id: "my/buffer-slow", rows: 7, findings: 7 },
      ],
    });
  });

  test("their findings count for the exit code, and stand in the order of the trace", async () => {
    expect((await vringscopeHere(["--sql-rules", SQL, STOCK])).status).toBe(0);
    expect((await vringscopeHere(["--sql-rules", SQL, "--fail-on", "warning", STOCK])).status).toBe(
      1,
    );
    const lines = (await told(["--sql-rules", SQL, MISSED])).findings.map(
      ({ line }) => line ?? Infinity,
    );
    expect(lines).toEqual([...lines].sort((a, b) => a - b));
    expect(lines).toContain(163);
  });

  test("a folder may be given twice, and a rule without a row says so", async () => {
    const none = folderOf({ "none.sql": `${head("my/none")}SELECT seq FROM events WHERE 0` });
    const { stdout } = await vringscopeHere(["--sql-rules", SQL, "--sql-rules", none, STOCK]);
    expect(stdout).toMatch(/^ {2}my\/none +0 rows/m);
    expect(stdout).toMatch(/^ {2}my\/buffer-slow +7 rows/m);
  });

  test("a rule may speak of the whole case", async () => {
    const rules = folderOf({ "all.sql": `${head("my/all")}SELECT count(*) AS n FROM events` });
    const db = join(folder, "whole.db");
    const { findings, report } = await told(["--sql-rules", rules, "--db", db, STOCK]);
    expect(fitsSchema(report)).toBe(true);
    expect(findings).toMatchObject([{ rule: "my/all", queue: null, line: null, evidence: [] }]);
    expect(
      (await vringscopeHere(["sql", db, "--csv", "SELECT rule, queue, line FROM findings"])).stdout,
    ).toBe("rule,queue,line\r\nmy/all,,\r\n");
    expect((await vringscopeHere(["--sql-rules", rules, STOCK])).stdout).toContain(
      "queue        none: it is about the whole case\n  where        no event that the query names",
    );
  });

  test("columns named message, expected, found and queue win over the head", async () => {
    const rules = folderOf({
      "a.sql": `${head("my/a")}SELECT 0 AS queue, 'other words' AS message, 'one' AS expected, 'two' AS found`,
    });
    expect((await told(["--sql-rules", rules, STOCK])).findings).toMatchObject([
      {
        queue: expect.stringMatching(/@0x/),
        message: "other words",
        expected: "one",
        found: "two",
      },
    ]);
  });

  test("a kept case has the findings, and nothing else lies beside it", async () => {
    const place = folderOf({});
    const db = join(place, "case.db");
    const { findings } = await told(["--sql-rules", SQL, "--db", db, MISSED]);
    expect(readdirSync(place)).toEqual(["case.db"]);
    const kept = new Database(db, { readonly: true });
    const rows = kept.prepare("SELECT rule, fingerprint FROM findings ORDER BY seq").all();
    expect(rows).toEqual(findings.map(({ rule, fingerprint }) => ({ rule, fingerprint })));
    expect(kept.prepare("SELECT warnings, errors FROM summary").get()).toEqual({
      warnings: own(findings).length,
      errors: findings.length - own(findings).length,
    });
    expect(kept.pragma("foreign_key_check")).toEqual([]);
    kept.close();
    // A name that is taken stays as it is.
    const before = readFileSync(db);
    expect((await vringscopeHere(["--sql-rules", SQL, "--db", db, MISSED])).status).toBe(2);
    expect(readFileSync(db).equals(before)).toBe(true);
    expect((await vringscopeHere(["--sql-rules", SQL, "--db", db, "--force", STOCK])).status).toBe(
      0,
    );
    expect(readdirSync(place)).toEqual(["case.db"]);
  });

  test("fingerprints go by the rule, the queue and the named columns, not by the row", async () => {
    const slow = own((await told(["--sql-rules", SQL, STOCK])).findings).slice(0, 7);
    const keys = slow.map(({ queue, message }) => `${queue} ${message.replace(/.* by /, "")}`);
    const byKey = new Map(slow.map(({ fingerprint }, i) => [keys[i], fingerprint]));
    expect(slow.map((_one, i) => byKey.get(keys[i]))).toEqual(slow.map((one) => one.fingerprint));
    expect(new Set(byKey.values()).size).toBe(byKey.size);
    expect(byKey.size).toBeLessThan(slow.length);
    // Later, and at other addresses.
    const moved = join(folder, "moved.txt");
    const text = readFileSync(STOCK, "utf8").replaceAll("ff306c978a", "ff207d068b");
    writeFileSync(moved, text.replaceAll(/ 4\.(\d{6}):/g, " 9.$1:"));
    const again = own((await told(["--sql-rules", SQL, moved])).findings);
    expect(again.slice(0, 7).map((one) => one.fingerprint)).toEqual(
      slow.map((one) => one.fingerprint),
    );
  });

  test.each([
    ["no id", "-- severity: note\n-- message: x\nSELECT 1", ":1: the rule has no id"],
    ["no severity", "-- id: my/a\n-- message: x\nSELECT 1", ":1: the rule has no severity"],
    ["no message", "-- id: my/a\n-- severity: note\nSELECT 1", ":1: the rule has no message"],
    [
      "an odd id",
      "-- id: mine\n-- severity: note\n-- message: x\nSELECT 1",
      ":1: the id mine is not",
    ],
    [
      "an odd severity",
      "-- id: my/a\n-- severity: bad\n-- message: x\nSELECT 1",
      ":2: severity is bad",
    ],
    [
      "an unknown key",
      `${head("my/a")}-- mesage: x\nSELECT 1`,
      ":4: mesage is none of id, severity",
    ],
    ["a key twice", `${head("my/a")}-- id: my/b\nSELECT 1`, ":4: id is given twice"],
    ["an unknown clause", `${head("my/a")}-- clause: 2.8\nSELECT 1`, ":4: clause 2.8 is not known"],
    ["an id of ours", `${head("queue/kick-missed")}SELECT 1`, "already, in vringscope itself"],
    [
      "a syntax error",
      `${head("my/a")}SELECT seq\nFROM events\nWHERE ORDER BY 1`,
      ':6: SQL: near "ORDER"',
    ],
    ["half a query", `${head("my/a")}SELECT (\n`, ":4: SQL: incomplete input"],
    ["no query", head("my/a"), ":1: SQL: The supplied SQL string contains no statements"],
    [
      "an unknown column",
      `${head("my/a")}SELECT\n  -- nope\n  seq, nope\nFROM events`,
      ":6: SQL: no such column: nope",
    ],
    [
      "an unknown table",
      `${head("my/a")}SELECT 1\nFROM nowhere`,
      ":5: SQL: no such table: nowhere",
    ],
    ["an unknown function", `${head("my/a")}SELECT\n frob(1)`, ":5: SQL: no such function: frob"],
    [
      "two queries",
      `${head("my/a")}SELECT 1;\nSELECT 2;`,
      ":5: SQL: The supplied SQL string contains more than one",
    ],
    ["a parameter", `${head("my/a")}SELECT ?`, ":4: SQL: "],
    ["a write", `${head("my/a")}DELETE FROM event`, ":4: a case is read-only"],
    [
      "a write with rows",
      `${head("my/a")}DELETE FROM event RETURNING id`,
      ":4: a case is read-only",
    ],
    [
      "a message of no column",
      "-- id: my/a\n-- severity: note\n-- message: {nope}\nSELECT 1 AS n",
      ":3: the message names the column nope; the query has n",
    ],
    [
      "a fingerprint of no column",
      `${head("my/a")}-- fingerprint: n, m\nSELECT 1 AS n`,
      ":4: the fingerprint names the column m; the query has n",
    ],
    [
      "an event that is not there",
      `${head("my/a")}SELECT 99999 AS seq`,
      ":1: row 1: seq is 99999: no such event",
    ],
    [
      "a queue that is not there",
      `${head("my/a")}SELECT 'q' AS queue`,
      ":1: row 1: queue is q: no such queue",
    ],
    [
      "a row that fails",
      `${head("my/a")}SELECT abs(-9223372036854775807 - 1)`,
      ":4: SQL: integer overflow",
    ],
  ])("refuses %s by file and line", async (_what, text, message) => {
    const place = folderOf({ "a.sql": text });
    const { status, stderr, stdout } = await vringscopeHere(["--sql-rules", place, STOCK]);
    expect(stderr).toContain(`vringscope: ${join(place, "a.sql")}`);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^ +at /m);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  });

  test("refuses two rules of one id, a folder without one, and no folder", async () => {
    const text = `${head("my/a")}SELECT 1`;
    const twice = folderOf({ "a.sql": text, "b.sql": text });
    const { status, stderr } = await vringscopeHere(["--sql-rules", twice, STOCK]);
    expect(stderr).toContain(`there is a rule my/a already, in ${join(twice, "a.sql")}`);
    expect(status).toBe(2);
    expect(await vringscopeHere(["--sql-rules", folderOf({ "a.txt": text }), STOCK])).toMatchObject(
      {
        status: 2,
        stderr: expect.stringContaining("no file ends in .sql"),
      },
    );
    expect((await vringscopeHere(["--sql-rules", join(folder, "nowhere"), STOCK])).status).toBe(2);
  });
});

describe("the case behind rules in SQL", () => {
  const run = (args: readonly string[], tmp: string): ReturnType<typeof spawn> =>
    spawn(process.execPath, ["bin/vringscope.js", ...args], {
      env: { ...process.env, TMPDIR: tmp },
    });
  const ended = (child: ReturnType<typeof spawn>): Promise<number | null> =>
    new Promise((done) => child.on("close", done));

  test("is gone when the check has ended, however it did", async () => {
    const tmp = folderOf({});
    const failing = folderOf({ "a.sql": `${head("my/a")}SELECT 99999 AS seq` });
    expect(await ended(run(["--sql-rules", SQL, STOCK], tmp))).toBe(0);
    expect(await ended(run(["--sql-rules", SQL, "README.md"], tmp))).toBe(2);
    expect(await ended(run(["--sql-rules", failing, STOCK], tmp))).toBe(2);
    expect(readdirSync(tmp)).toEqual([]);
  });

  test.each([
    ["without --db", []],
    ["with --db", ["--db"]],
  ])("is gone after a signal, %s", async (_what, more) => {
    const tmp = folderOf({});
    const place = folderOf({});
    const db = more.length === 0 ? [] : ["--db", join(place, "case.db")];
    const child = run(["--sql-rules", SQL, ...db, "-"], tmp);
    child.stdin?.write(readFileSync(STOCK));
    const where = more.length === 0 ? tmp : place;
    while (readdirSync(where).length === 0) await new Promise((soon) => setTimeout(soon, 20));
    // The case itself is under way as well.
    const [name] = readdirSync(where);
    while (readdirSync(join(where, name as string)).length === 0) {
      await new Promise((soon) => setTimeout(soon, 20));
    }
    child.kill("SIGTERM");
    expect(await ended(child)).toBe(143);
    expect([...readdirSync(tmp), ...readdirSync(place)]).toEqual([]);
  });
});

const rule = (more: string, id = "my/a"): string =>
  moduleOf(`export const a = { id: "${id}", title: "A.", severity: "warning", ${more} };`);

describe("rules in JavaScript", () => {
  test("run beside ours and report as they do", async () => {
    const { findings, report } = await told(["--rule-module", MODULE, MISSED]);
    expect(fitsSchema(report)).toBe(true);
    expect(findings.map(({ rule, line }) => `${rule} ${line}`)).toEqual([
      "my/buffer-outstanding 161",
      "queue/kick-missed 163",
      "my/buffer-outstanding 182",
      "queue/kick-missed 184",
    ]);
    expect(report).toMatchObject({
      coverage: expect.arrayContaining([
        expect.objectContaining({ rule: "my/buffer-outstanding", violated: 1 }),
      ]),
    });
    const { stdout, status } = await vringscopeHere([
      "--rule-module",
      MODULE,
      "--fail-on",
      "warning",
      STOCK,
    ]);
    expect(stdout).toMatch(/^ {2}my\/buffer-outstanding +29 satisfied {2}1 violated/m);
    expect(status).toBe(1);
  });

  test("go into a case, and go with rules in SQL", async () => {
    const db = join(folder, "module.db");
    await told(["--rule-module", MODULE, "--db", db, MISSED]);
    const { stdout } = await vringscopeHere([
      "sql",
      db,
      "--csv",
      "SELECT count(*) AS n FROM findings",
    ]);
    expect(stdout).toBe("n\r\n4\r\n");
    const both = (await told(["--rule-module", MODULE, "--sql-rules", SQL, MISSED])).findings;
    expect(new Set(own(both).map((one) => one.rule)).size).toBe(2);
  });

  test("may be plain objects, in lists, and leave out what has a default", async () => {
    const path = moduleOf(`
      const on = { "publication.aged"(seen, judge) { judge.violated({ message: "age " + typeof seen.age }); } };
      export const all = [
        { id: "my/a", title: "A.", severity: "note", on },
        { id: "my/b", title: "B.", severity: "warning", on },
      ];
      export default all[0];
      export const LIMIT = 3, other = { limit: 3 };
    `);
    const { findings, report } = await told(["--rule-module", path, STOCK]);
    expect(fitsSchema(report)).toBe(true);
    const rules = findings.map((one) => one.rule);
    expect([...new Set(rules)].sort()).toEqual(["my/a", "my/b"]);
    expect(findings[0]).toMatchObject({ message: "age number", party: "unknown", clause: null });
  });

  test("what follows from a finding of ours is told under it", async () => {
    const path = rule(
      `follows: ["queue/kick-missed"], on: { "notify.awaited"(seen, judge) { judge.violated({ message: "mine" }); } }`,
    );
    const { findings } = await told(["--rule-module", path, MISSED]);
    const effects = findings.flatMap((one) => one.effects.map(({ message }) => message));
    expect(findings.map((one) => one.rule)).toContain("my/a");
    expect(effects.filter((text) => text.startsWith("mine")).length).toBeGreaterThan(0);
  });

  const on = `on: { "kick.decided"() {} }`;
  test.each([
    ["an odd id", () => rule(on, "mine"), 'the id "mine" is not of the form'],
    ["an id of ours", () => rule(on, "queue/kick-missed"), "already, in vringscope itself"],
    [
      "an unknown handler",
      () => rule(`on: { "kick.decide"() {} }`),
      'rule my/a: it handles "kick.decide"',
    ],
    ["no handler", () => rule("on: {}"), "rule my/a: it has no handlers"],
    [
      "a handler that is no function",
      () => rule(`on: { "kick.decided": 3 }`),
      "of kick.decided is no function",
    ],
    [
      "an unknown clause",
      () => rule(`clause: "2.8", ${on}`),
      'rule my/a: clause "2.8" is not known',
    ],
    [
      "an unknown party",
      () => rule(`party: "me", ${on}`),
      'rule my/a: party is "me", not one of driver',
    ],
    [
      "an unknown cause",
      () => rule(`follows: ["my/b"], ${on}`),
      "rule my/a: follows my/b: no such rule",
    ],
    ["no rule", () => moduleOf("export const a = 3;"), "exports no rule"],
    ["no module", () => join(folder, "nowhere.mjs"), "does not exist"],
    ["a syntax error", () => moduleOf("const a = ;"), "cannot be loaded, line 1: SyntaxError"],
    [
      "an error",
      () => moduleOf('\nthrow new Error("no luck");'),
      "cannot be loaded, line 2: Error: no luck",
    ],
    ["an unknown package", () => moduleOf('import "vringscop";'), "cannot be loaded"],
    [
      "a rule that throws",
      () => rule(`on: { "kick.decided"(seen) { seen.nothing.at(0); } }`),
      "rule my/a: failed on kick.decided at line ",
    ],
    [
      "a rule that waits",
      () => rule(`on: { async "kick.decided"() {} }`),
      "rule my/a: its handler of kick.decided is async",
    ],
    [
      "a violation without a message",
      () => rule(`on: { "kick.decided"(seen, judge) { judge.violated({}); } }`),
      "rule my/a: the message of a violation is undefined",
    ],
    [
      "evidence without a place",
      () =>
        rule(
          `on: { "kick.decided"(seen, judge) { judge.violated({ message: "m", evidence: [{ role: "word" }] }); } }`,
        ),
      "rule my/a: a violation's evidence is no list",
    ],
    [
      "evidence of an unknown role",
      () =>
        rule(
          `on: { "kick.decided"(seen, judge) { judge.violated({ message: "m", evidence: [{ role: "x", place: seen.place, what: "" }] }); } }`,
        ),
      'rule my/a: the role of evidence is "x"',
    ],
  ])("refuses %s by name, without a stack", async (_what, make, message) => {
    const path = make();
    const { status, stderr, stdout } = await vringscopeHere(["--rule-module", path, STOCK]);
    expect(stderr).toContain(path);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^ +at /m);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  });

  test("two modules may not have rules of one id", async () => {
    const first = rule(on);
    const { status, stderr } = await vringscopeHere([
      "--rule-module",
      first,
      "--rule-module",
      rule(on),
      STOCK,
    ]);
    expect(stderr).toContain(`there is a rule my/a already, in ${first}`);
    expect(status).toBe(2);
  });

  test("nobody's module is run unless it is named", async () => {
    const place = folderOf({ "rules.mjs": 'throw new Error("run");' });
    const path = resolve(MISSED);
    const bin = resolve("bin/vringscope.js");
    const child = spawn(process.execPath, [bin, "-q", path], { cwd: place });
    return new Promise<void>((done) => {
      child.on("close", (status) => {
        expect(status).toBe(1);
        done();
      });
    });
  });
});

test("docs/own-rules.md shows the rules that these tests run", async () => {
  const page = readFileSync("docs/own-rules.md", "utf8");
  expect(page).toContain(readFileSync(`${SQL}/slow-buffer.sql`, "utf8").trimEnd());
  expect(page).toContain(readFileSync(MODULE, "utf8").trimEnd());
});
