import { spawn, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MIGRATIONS } from "../src/db/migrations/index.ts";
import { EXAMPLE_QUERIES, REPORT_QUERIES } from "../src/db/queries.ts";
import { CaseReader } from "../src/db/reader.ts";
import { CaseWriter, claimCase } from "../src/db/writer.ts";
import type { CheckReport } from "../src/model/check-report.ts";
import { checkSources } from "../src/pipeline/check.ts";
import { referenceEvent } from "./reference-reader.ts";
import {
  captureText,
  randomOf,
  SHARED,
  STORIES,
  sharedPresent,
  sharedTitle,
  vringscope,
  vringscopeHere,
} from "./run.ts";

const MISSED = "fixtures/stories/kick-missed/trace.txt";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "vringscope-case-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function importedCase(
  name: string,
  paths: readonly string[],
): Promise<{ path: string; report: CheckReport }> {
  const path = join(folder, `${name}.db`);
  claimCase(path, { force: true });
  const report = await checkSources(paths, { store: new CaseWriter(path) });
  return { path, report };
}

type Cell = string | number | null;

function ask(path: string, sql: string): Cell[][] {
  const reader = new CaseReader(path);
  try {
    return [...reader.query(sql).rows].map((row) =>
      row.map((cell) => (typeof cell === "bigint" ? Number(cell) : (cell as Cell))),
    );
  } finally {
    reader.close();
  }
}

/** Every number of the report, asked of the case. */
function sameNumbers(path: string, report: CheckReport): void {
  const { verdict, summary } = report;
  expect(ask(path, REPORT_QUERIES.summary.sql)).toEqual([
    [verdict, summary.errors, summary.warnings, summary.notes, summary.checked, summary.undecided],
  ]);
  expect(ask(path, REPORT_QUERIES.ledger.sql)).toEqual(
    report.sources.map(({ path: source, ledger }) => [
      source,
      ledger.lines,
      ledger.events,
      ledger.notes,
      ledger.rejected,
      ledger.lostEvents,
      ledger.lostMarks,
    ]),
  );
  expect(
    ask(
      path,
      "SELECT queue, events, requests, decisions, kicks, interrupts FROM queues ORDER BY id",
    ),
  ).toEqual(
    report.queues.map((queue) => [
      queue.id,
      queue.events,
      queue.requests,
      queue.decisions,
      queue.kicks,
      queue.interrupts,
    ]),
  );
  expect(ask(path, "SELECT rule, queue, line, message FROM findings ORDER BY seq, rule")).toEqual(
    report.findings.map(({ rule, queue, place, message }) => [rule, queue, place.line, message]),
  );
  expect(ask(path, REPORT_QUERIES.evidence.sql).map(([, role, line]) => [role, line])).toEqual(
    report.findings.flatMap(({ evidence }) =>
      evidence.map(({ role, place }) => [role, place.line]),
    ),
  );
  const coverage = new Map<string, number[]>();
  for (const { rule, satisfied, violated, undecided } of report.coverage) {
    const [a = 0, b = 0, c = 0] = coverage.get(rule) ?? [];
    coverage.set(rule, [a + satisfied, b + violated, c + undecided]);
  }
  expect(ask(path, REPORT_QUERIES.coverage.sql)).toEqual(
    [...coverage].sort(([a], [b]) => (a < b ? -1 : 1)).map(([rule, counts]) => [rule, ...counts]),
  );
  expect(ask(path, REPORT_QUERIES.gaps.sql)).toEqual(
    report.gaps.map(({ queue, from, to, reason }) => [queue, from.line, to.line, reason]),
  );
  expect(ask(path, REPORT_QUERIES.features.sql).flat()).toEqual(report.featuresExercised);
  expect(ask(path, REPORT_QUERIES.exchanges.sql)).toEqual([[report.exchanges]]);
  expect(
    ask(path, REPORT_QUERIES.diagnostics.sql).map(([, code, line, , , count]) => [
      code,
      line,
      count,
    ]),
  ).toEqual(
    report.sources.flatMap(({ diagnostics }) =>
      diagnostics.map(({ code, line, count }) => [code, line, count]),
    ),
  );
  // Decisions end in one way each, and the rule counts the same.
  const kicks = report.coverage.filter(({ rule }) => rule === "queue/kick-missed");
  const outcome = (name: string): number =>
    Number(ask(path, `SELECT count(*) FROM decision WHERE outcome = '${name}'`)[0]?.[0]);
  expect(outcome("held")).toBe(kicks.reduce((sum, row) => sum + row.satisfied, 0));
  expect(outcome("missed")).toBe(kicks.reduce((sum, row) => sum + row.violated, 0));
  expect(outcome("undecided")).toBe(kicks.reduce((sum, row) => sum + row.undecided, 0));
}

/**
 * The slow, obvious count: every line through the reference grammar, begins and returns paired by a
 * list for each task, interrupt level and, for the idle task, CPU.
 */
function countedAgain(text: string): Record<string, number> {
  const counts = { events: 0, decisions: 0, kicks: 0, interrupts: 0, requests: 0 };
  const open = new Map<string, { kind: string; token: string | undefined }[]>();
  for (const line of text.split("\n").slice(0, -1)) {
    const event = referenceEvent(line);
    if (event === undefined) continue;
    counts.events++;
    const flags = /\] ([A-Za-z.0-9]{5}) /.exec(line)?.[1] ?? ".....";
    const level = "hHzZ".includes(flags[2] as string) ? "irq" : flags[2] === "s" ? "soft" : "task";
    const context = `${event.pid}/${level}/${event.pid === 0 ? event.cpu : ""}`;
    const stack = open.get(context) ?? [];
    open.set(context, stack);
    const { kind, phase, fields } = event;
    if (phase === "begin") {
      if (kind === "interrupt") counts.interrupts++;
      if (kind === "kickPrepare") counts.decisions++;
      stack.push({ kind, token: fields["token"] });
      continue;
    }
    const at = stack.findLastIndex((begin) => begin.kind === kind);
    if (at < 0) continue;
    const [begin] = stack.splice(at);
    if (kind === "kickPrepare" && fields["needsKick"] === "1") counts.kicks++;
    if (kind === "add" && fields["result"] === "0" && begin?.token !== undefined) counts.requests++;
  }
  return counts;
}

/** The grammar of the second count knows event lines of ftrace, no calls of function_graph. */
const hasGrammar = (name: string): boolean => !/graph|balloon/.test(name);

describe("a case has every number of its report", () => {
  const texts = STORIES.filter((path) => path.endsWith(".txt"));
  test.each(texts)("%s", async (trace) => {
    const { path, report } = await importedCase(trace.replaceAll("/", "-"), [trace]);
    sameNumbers(path, report);
    if (!hasGrammar(trace)) return;
    const again = countedAgain(readFileSync(trace, "latin1"));
    expect(ask(path, COUNTS)[0]).toEqual(Object.values(again));
  });

  test("several sources keep apart", async () => {
    const paths = [MISSED, "fixtures/stories/stock-packed/trace.txt"];
    const { path, report } = await importedCase("several", paths);
    sameNumbers(path, report);
    expect(
      ask(path, "SELECT source, count(*) FROM events GROUP BY source ORDER BY min(seq)"),
    ).toEqual(report.sources.map((source) => [source.path, source.ledger.events]));
  });
});

const COUNTS = `SELECT
  (SELECT count(*) FROM event),
  (SELECT count(*) FROM decision),
  (SELECT count(*) FROM decision WHERE needs_kick = 1),
  (SELECT count(*) FROM events WHERE kind = 'interrupt' AND phase = 'begin'),
  (SELECT count(*) FROM request)`;

const CAPTURES = sharedPresent
  ? readdirSync(`${SHARED}/captures`).filter((name) =>
      existsSync(`${SHARED}/captures/${name}/trace.txt.gz`),
    )
  : [];

describe.skipIf(!sharedPresent)(`captures${sharedTitle}`, () => {
  test.each(CAPTURES)("%s: report, case and a second count agree", async (name) => {
    const file = `${name}/trace.txt.gz`;
    const { path, report } = await importedCase(name, [`${SHARED}/captures/${file}`]);
    sameNumbers(path, report);
    if (hasGrammar(name)) {
      expect(ask(path, COUNTS)[0]).toEqual(Object.values(countedAgain(captureText(file))));
    }
    rmSync(path);
  });
});

describe("ring logs", () => {
  const stories = readdirSync("fixtures/stories").filter((name) => name.startsWith("ringlog-"));
  test.each(stories)(
    "%s: report and case agree, and each operation is kept whole",
    async (name) => {
      const file = `fixtures/stories/${name}/trace.jsonl`;
      const { path, report } = await importedCase(name, [file]);
      sameNumbers(path, report);
      const operations = readFileSync(file, "utf8")
        .trim()
        .split("\n")
        .map(
          (line) => JSON.parse(line) as { seq?: number; op?: string; mem?: unknown; type?: string },
        )
        .filter(({ type }) => type === undefined);
      expect(
        ask(path, "SELECT func, fields FROM events ORDER BY seq").map(([func, fields]) => {
          const { seq, mem } = JSON.parse(String(fields)) as { seq: number; mem: unknown };
          return { seq, op: String(func).replace(/ \((?:broken|batch)\)$/, ""), mem };
        }),
      ).toEqual(operations.map(({ seq, op, mem }) => ({ seq, op, mem })));
      expect(ask(path, "SELECT DISTINCT phase FROM events")).toEqual([["whole"]]);
      const db = new Database(path, { readonly: true });
      expect(db.pragma("foreign_key_check")).toEqual([]);
      db.close();
    },
  );
});

describe("the file", () => {
  test("is whole, has its references, and says what it is", async () => {
    const { path } = await importedCase("whole", [MISSED]);
    const db = new Database(path, { readonly: true });
    expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
    expect(db.pragma("foreign_key_check")).toEqual([]);
    expect(db.pragma("application_id", { simple: true })).toBe(0x76726e67);
    expect(db.pragma("user_version", { simple: true })).toBe(MIGRATIONS.length);
    const loose = db
      .prepare(
        "SELECT name FROM pragma_table_list WHERE type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite_%'",
      )
      .all();
    expect(loose).toEqual([]);
    const plan = db
      .prepare(
        "EXPLAIN QUERY PLAN SELECT id FROM event WHERE queue = 1 AND id > 20 ORDER BY id LIMIT 50",
      )
      .all();
    expect((plan[0] as { detail: string }).detail).toBe(
      "SEARCH event USING COVERING INDEX event_by_queue (queue=? AND rowid>?)",
    );
    db.close();
  });

  test("keeps the original line's place, pointers of 64 bits, and fields without a column", async () => {
    const { path } = await importedCase("details", [MISSED]);
    const [[line, offset, length] = []] = ask(
      path,
      "SELECT line, offset, length FROM event WHERE line = 163",
    );
    const bytes = readFileSync(MISSED);
    const text = bytes.subarray(Number(offset), Number(offset) + Number(length)).toString();
    expect(text).toBe(bytes.toString().split("\n")[Number(line) - 1]);
    expect(ask(path, "SELECT token FROM events WHERE line = 161")).toEqual([
      ["0xff1c752b4a427590"],
    ]);
    expect(
      ask(
        path,
        "SELECT json_extract(fields, '$.outSgs'), json_extract(fields, '$.inSgs') FROM event WHERE line = 161",
      ),
    ).toEqual([[1, 2]]);
    expect(ask(path, "SELECT fields FROM event WHERE line = 164")).toEqual([[null]]);
    expect(
      String(
        ask(path, "SELECT json_extract(fields, '$.desc') FROM event WHERE line = 163")[0]?.[0],
      ),
    ).toMatch(/^\{0x2939000,/);
  });

  test("is the same from both writers", async () => {
    const { path: one } = await importedCase("one-thread", [MISSED]);
    const two = join(folder, "two-threads.db");
    // stdin counts as large: it is written by a thread of its own.
    expect(vringscope(["import", "-o", two, "-"], { input: readFileSync(MISSED) }).status).toBe(0);
    for (const table of [
      "event",
      "request",
      "decision",
      "finding",
      "coverage",
      "queue",
      "context",
      "call",
      "name",
    ]) {
      const sql = `SELECT * FROM ${table}`;
      expect([table, ask(two, sql)]).toEqual([table, ask(one, sql)]);
    }
  });

  test("of a newer vringscope is refused, and so is any other database", async () => {
    const { path } = await importedCase("future", [MISSED]);
    const db = new Database(path);
    db.pragma("user_version = 99");
    db.close();
    expect(await vringscopeHere(["sql", path, "SELECT 1"])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("schema version 99"),
    });
    const other = join(folder, "other.db");
    new Database(other).exec("CREATE TABLE t (x)").close();
    for (const wrong of [other, MISSED, join(folder, "nowhere.db"), folder]) {
      expect((await vringscopeHere(["sql", wrong, "SELECT 1"])).status).toBe(2);
    }
  });
});

describe("hostile traces make a sound case", () => {
  const made = (at: number): string =>
    `a-1 [000] d..1. 1.0000${at}: c: (x+0x0/0x1 <- vring_create_virtqueue) vq=0x1000 packed=1 event=1 num=4 name="q" index=0\n`;
  const add = (fields: string, header = "a-1 [000] d..1. 1.000050"): string =>
    `${header}: p: (virtqueue_add_sgs+0x0/0xd0) vq=0x1000 ${fields}\n`;
  test.each([
    [
      "created, deleted and created at one address",
      `${made(10)}a-1 [000] d..1. 1.000020: d: (vring_del_virtqueue+0x0/0x1) vq=0x1000\n${made(30)}`,
    ],
    [
      "wide numbers where counts belong",
      made(10) +
        add("num_free=0x123456789abcdef1 last_used=9007199254740993 out_sgs=0xfedcba9876543211"),
    ],
    [
      "negative and huge counts",
      made(10) + add("num_free=-1 next_avail=4294967295 avail_wrap=7 num_added=0xffffffffffffffff"),
    ],
    [
      "a clock beyond 64 bits",
      made(10) + add("num_free=4", "a-1 [000] d..1. 99999999999999999999.000100"),
    ],
    [
      "a CPU beyond any machine's",
      made(10) +
        add("num_free=4", "a-5 [001024] d..1. 1.000050") +
        add("num_free=4", "a-6 [000] d..1. 1.000060"),
    ],
    [
      "names of what every object has",
      "a-1 [000] d..1. 1.000001: constructor: x=1\na-1 [000] d..1. 1.000001: __proto__: x=1\n" +
        made(10),
    ],
    ["a field named twice", made(10) + add('foo=1 foo=2 name="q" name="r"')],
    [
      "a quote in every name",
      made(10).replace('"q"', '"q\'"; DROP TABLE event; --"') + add("num_free=4"),
    ],
  ])("%s", async (name, text) => {
    const trace = join(folder, "hostile.txt");
    writeFileSync(trace, text);
    const { path, report } = await importedCase("hostile", [trace]);
    sameNumbers(path, report);
    const db = new Database(path, { readonly: true });
    expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
    expect(db.pragma("foreign_key_check")).toEqual([]);
    expect(
      db
        .prepare(
          "SELECT count(*) AS n FROM event WHERE fields IS NOT NULL AND NOT json_valid(fields)",
        )
        .get(),
    ).toEqual({ n: 0 });
    if (name.startsWith("a CPU")) {
      expect(ask(path, "SELECT cpu, pid FROM events WHERE kind = 'add'")).toEqual([
        [1024, 5],
        [0, 6],
      ]);
    }
    db.close();
    expect(report.findings.filter(({ severity }) => severity !== "note")).toEqual([]);
  });

  test("thousands of queues, and as many sorts of errors, are bounded", async () => {
    const trace = join(folder, "many.txt");
    let text = "";
    for (let i = 1; i <= 40_000; i++) {
      text += `a-1 [000] d..1. 1.000050: p: (virtqueue_notify+0x0/0xd0) vq=0x${(i * 64).toString(16)}\n`;
      text += `a-1 [000] d..1. 1.000051: p: (virtqueue_add_sgs+0x0/0xd0) vq=0x40\na-1 [000] d..1. 1.000052: r: (x+0x0/0x1 <- virtqueue_add_sgs) ret=-${i}\n`;
    }
    writeFileSync(trace, text);
    const report = await checkSources([trace]);
    expect(report.queues.length).toBeLessThanOrEqual(1 << 14);
    expect(report.sources[0]?.diagnostics.map(({ code }) => code)).toContain("queues-over-limit");
  });
});

describe("vringscope sql", () => {
  let path: string;
  beforeAll(async () => {
    ({ path } = await importedCase("sql", [MISSED]));
  });

  test("prints a table, JSON lines or CSV", async () => {
    const query = "SELECT line, severity, NULL AS gone FROM findings ORDER BY line";
    expect((await vringscopeHere(["sql", path, query])).stdout).toBe(
      "line  severity  gone\n----  --------  ----\n163   error     NULL\n184   error     NULL\n",
    );
    expect((await vringscopeHere(["sql", "--json", path, query])).stdout).toBe(
      '{"line":163,"severity":"error","gone":null}\n{"line":184,"severity":"error","gone":null}\n',
    );
    expect((await vringscopeHere(["sql", "--csv", path, query])).stdout).toBe(
      "line,severity,gone\r\n163,error,\r\n184,error,\r\n",
    );
  });

  test("large integers survive in JSON", async () => {
    const { stdout } = await vringscopeHere([
      "sql",
      "--json",
      path,
      "SELECT token FROM request LIMIT 1",
    ]);
    expect(stdout).toBe(`{"token":"${BigInt.asIntN(64, 0xff1c752b4a427410n)}"}\n`);
  });

  test.each([
    "DELETE FROM event",
    "DROP TABLE event",
    "SELECT 1; DELETE FROM event",
    "PRAGMA user_version = 3",
    "SELECT nonsense",
    "SELECT :name",
    "",
  ])("%s is refused, and changes nothing", async (query) => {
    const before = readFileSync(path);
    const { status, stderr } = await vringscopeHere(["sql", path, query]);
    expect(status).toBe(query.startsWith("PRAGMA") ? status : 2);
    expect(stderr).not.toContain("this is a bug");
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test("check --show-sql prints what gives each number", async () => {
    const { stdout } = await vringscopeHere(["check", "--show-sql", MISSED]);
    for (const { sql } of Object.values(REPORT_QUERIES)) expect(stdout).toContain(`${sql};`);
  });

  const hasSqlite3 = spawnSync("sqlite3", ["--version"]).error === undefined;
  test.skipIf(!hasSqlite3)(
    "sqlite3 runs every example of docs/sql.md (skipped where sqlite3 is not installed)",
    () => {
      const examples = [...readFileSync("docs/sql.md", "utf8").matchAll(/```sql\n([^`]+)```/g)];
      expect(examples).toHaveLength(Object.keys(REPORT_QUERIES).length + EXAMPLE_QUERIES.length);
      for (const [, sql] of examples) {
        const { status, stderr } = spawnSync("sqlite3", [path, sql as string], {
          encoding: "utf8",
        });
        expect([sql, status, stderr]).toEqual([sql, 0, ""]);
      }
    },
  );
});

describe("what goes wrong", () => {
  test("an existing case is replaced only with --force; check --db writes one too", async () => {
    const path = join(folder, "again.db");
    expect((await vringscopeHere(["check", "--db", path, MISSED])).status).toBe(1);
    expect(await vringscopeHere(["import", "-o", path, MISSED])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("exists"),
    });
    expect((await vringscopeHere(["import", "--force", "-o", path, MISSED])).status).toBe(0);
    expect(ask(path, "SELECT errors FROM summary")).toEqual([[2]]);
  });

  test("an input that cannot be read leaves no file, and keeps the old one", async () => {
    const place = join(folder, "untouched");
    mkdirSync(place);
    const path = join(place, "case.db");
    expect((await vringscopeHere(["import", "-o", path, "LICENSE"])).status).toBe(2);
    expect(readdirSync(place)).toEqual([]);
    expect((await vringscopeHere(["import", "-o", path, MISSED])).status).toBe(0);
    const before = readFileSync(path);
    expect((await vringscopeHere(["import", "--force", "-o", path, "LICENSE"])).status).toBe(2);
    expect(readdirSync(place)).toEqual(["case.db"]);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test("an output that is an input, a pipe or nothing is refused", async () => {
    const trace = join(folder, "input.txt");
    writeFileSync(trace, readFileSync(MISSED));
    spawnSync("mkfifo", [join(folder, "pipe")]);
    for (const args of [
      ["import", "--force", "-o", trace, trace],
      ["check", "--force", "-o", trace, trace],
      ["check", "--force", "--db", join(folder, "one.out"), "-o", join(folder, "one.out"), trace],
      ["import", "--force", "-o", join(folder, "pipe"), trace],
      ["import", "-o", "", trace],
      ["check", "-", "-"],
    ]) {
      const { status, stderr } = await vringscopeHere(args);
      expect([args, status]).toEqual([args, 2]);
      expect(stderr.trim().split("\n").length).toBeLessThanOrEqual(2);
    }
    expect(readFileSync(trace).equals(readFileSync(MISSED))).toBe(true);
  });

  test("a folder that is missing is one message", async () => {
    const { status, stderr } = await vringscopeHere([
      "import",
      "-o",
      join(folder, "no", "case.db"),
      MISSED,
    ]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^vringscope: cannot write .*\n$/);
  });

  test.each([
    [1, 200],
    [1, 900],
    [2, 900],
  ])("a full disk is one message, and leaves nothing (%i threads, %i KiB)", (threads, kib) => {
    const place = join(folder, `full-${threads}-${kib}`);
    mkdirSync(place);
    const big = join(folder, "big.txt");
    writeFileSync(big, readFileSync(MISSED, "utf8").repeat(40));
    const input = threads === 1 ? big : `- < ${big}`;
    // A limit on file size fails writes just as a full disk does.
    const script = `trap '' XFSZ; ulimit -f ${kib}; exec ${process.execPath} bin/vringscope.js import -o ${place}/case.db ${input}`;
    const { status, stderr } = spawnSync("bash", ["-c", script], { encoding: "utf8" });
    expect(stderr).toMatch(/^vringscope: cannot write .*: .*\n$/);
    expect(status).toBe(2);
    expect(readdirSync(place)).toEqual([]);
  });

  /** An import of so many takes about as long as the latest of its kills comes. */
  const COPIES = 110;
  const KILLED_WITHIN_MS = 450;

  test("killed at fifty random moments, an import never leaves half a case", {
    timeout: 150_000,
  }, async () => {
    const seed = Math.floor(Math.random() * 2 ** 32);
    const random = randomOf(seed);
    const place = join(folder, "killed");
    mkdirSync(place);
    const big = join(folder, "kill.txt");
    writeFileSync(big, readFileSync(MISSED, "utf8").repeat(COPIES));
    const path = join(place, "case.db");
    for (let i = 0; i < 50; i++) {
      await killedAfter(["import", "--force", "-o", path, big], random() * KILLED_WITHIN_MS);
      if (existsSync(path)) {
        const db = new Database(path, { readonly: true });
        expect(db.pragma("integrity_check", { simple: true }), `seed ${seed}`).toBe("ok");
        expect(db.prepare("SELECT count(*) AS n FROM event").get()).toEqual({ n: 186 * COPIES });
        db.close();
      }
    }
    // What the killed ones left aside goes with the next import.
    expect((await vringscopeHere(["import", "--force", "-o", path, MISSED])).status).toBe(0);
    expect(readdirSync(place), `seed ${seed}`).toEqual(["case.db"]);
  });

  test("interrupted, an import cleans up and says how it ended", async () => {
    const place = join(folder, "interrupted");
    mkdirSync(place);
    const child = spawn(process.execPath, [
      "bin/vringscope.js",
      "import",
      "-o",
      join(place, "case.db"),
      "-",
    ]);
    child.stdin.write(readFileSync(MISSED));
    while (readdirSync(place).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill("SIGINT");
    const status = await new Promise((resolve) => child.on("close", resolve));
    expect(status).toBe(130);
    expect(readdirSync(place)).toEqual([]);
  });
});

function killedAfter(args: readonly string[], milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ["bin/vringscope.js", ...args], { stdio: "ignore" });
    const timer = setTimeout(() => child.kill("SIGKILL"), milliseconds);
    child.on("close", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
