import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv } from "ajv";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bindsSince } from "../src/rules/choice.ts";
import { RULES } from "../src/rules/index.ts";
import { vringscope, vringscopeHere } from "./run.ts";

const MISSED = "fixtures/stories/kick-missed/trace.txt";
const DUMP = "fixtures/rings/next-not-cleared";
const FIRST = "e111b7e3b3836b2a";
const SECOND = "18cd1794e2b88e3e";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "vringscope-choosing-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function written(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const validate = new Ajv({ allErrors: true }).compile(
  JSON.parse(readFileSync("docs/check.schema.json", "utf8")),
);

interface Found {
  readonly rule: string;
  readonly clause: string | null;
  readonly section: string | null;
  readonly fingerprint: string;
}

interface Report {
  readonly spec: string;
  readonly findings: readonly Found[];
  readonly waived: readonly Found[];
  readonly known: readonly Found[];
  readonly waivers: readonly object[];
  readonly coverage: readonly { readonly rule: string }[];
  readonly notRun: {
    readonly leftOut: readonly string[];
    readonly notBinding: readonly { readonly rule: string; readonly since: string }[];
  };
  readonly summary: object;
}

/** The JSON report, which fits its schema. */
async function json(...args: string[]): Promise<{ status: number | null; report: Report }> {
  const { stdout, status } = await vringscopeHere(["check", "--format", "json", ...args]);
  const report = JSON.parse(stdout);
  validate(report);
  expect(validate.errors ?? []).toEqual([]);
  return { status, report };
}

describe("--rules and --ignore", () => {
  test("a rule that is left out does not run, and is named as not run", async () => {
    const { stdout, status } = await vringscopeHere([
      "check",
      "--ignore",
      "queue/kick-missed",
      MISSED,
    ]);
    expect(status).toBe(0);
    expect(stdout).not.toContain("error:");
    expect(stdout).toContain("not run, by --rules or --ignore: 1 rule\n  queue/kick-missed\n");
  });

  test("patterns, lists and repeated options add up", async () => {
    const { report } = await json(
      "--rules",
      "queue/kick-*,split/*",
      "--rules",
      "packed/off-*",
      MISSED,
    );
    const run = new Set(report.coverage.map(({ rule }) => rule));
    expect([...run].sort()).toEqual([
      "packed/off-wrap-bit-missing",
      "packed/off-wrap-stale",
      "queue/kick-missed",
    ]);
    const { notRun } = report;
    expect(notRun.leftOut).toEqual(
      RULES.map(({ id }) => id).filter((id) => !/^split|^queue\/kick-|^packed\/off-/.test(id)),
    );
  });

  test.each([
    ["an unknown id", ["--rules", "queue/kick-mised"], "no such rule: queue/kick-mised"],
    ["a pattern without a rule", ["--ignore", "paked/*"], "no rule fits paked/*"],
    ["an empty id", ["--rules", "queue/kick-missed,"], "no such rule: (an empty id)"],
  ])("%s is a mistake of the command line", async (_what, args, message) => {
    const { status, stderr, stdout } = await vringscopeHere(["check", ...args, MISSED]);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/nearest: \S+, \S+, \S+;/);
  });

  test("the nearest id is the one that was meant", async () => {
    expect((await vringscopeHere(["rules", "kick-mised"])).stderr).toContain(
      "nearest: queue/kick-missed,",
    );
    expect((await vringscopeHere(["rules", "off-wrap-stail"])).stderr).toContain(
      "nearest: packed/off-wrap-stale,",
    );
  });

  test("ring chooses as well", async () => {
    expect((await vringscopeHere(["ring", DUMP])).status).toBe(1);
    const { status, stdout } = await vringscopeHere(["ring", DUMP, "--rules", "split/*"]);
    expect(status).toBe(0);
    expect(stdout).not.toContain("error:");
    expect(stdout).toContain("not run, by --rules or --ignore:");
    expect((await vringscopeHere(["ring", DUMP, "--spec", "1.1"])).stdout).toMatch(
      /virtio 1\.1, 2\.7\./,
    );
    const value = JSON.parse(
      (await vringscopeHere(["ring", DUMP, "--json", "--spec", "1.0"])).stdout,
    );
    const later = RULES.filter((rule) => bindsSince(rule) !== "1.0").map(({ id }) => id);
    expect(value.spec).toBe("1.0");
    expect(value.notRun.notBinding.map(({ rule }: { rule: string }) => rule)).toEqual(later);
    expect(value.findings.map(({ section }: { section: null }) => section)).not.toContain("2.8.6");
  });
});

describe("--spec", () => {
  test("citations are those of the version", async () => {
    const { stdout } = await vringscopeHere(["check", "--spec", "1.1", MISSED]);
    expect(stdout).toContain("virtio 1.1, 2.7.10 Driver and Device Event Suppression");
    expect((await vringscopeHere(["check", MISSED])).stdout).toContain(
      "virtio 1.3, 2.8.10 Driver and Device Event Suppression",
    );
    const { report } = await json("--spec", "1.1", MISSED);
    const [finding] = report.findings;
    expect([report.spec, finding?.clause, finding?.section]).toEqual([
      "1.1",
      "virtio-1.3/2.8.10",
      "2.7.10",
    ]);
  });

  test("rules that bind later do not run, and are named", async () => {
    const { stdout } = await vringscopeHere(["check", "--spec", "1.0", MISSED]);
    expect(stdout).toMatch(
      /not binding in virtio 1\.0: \d+ rules\n {2}(?:.|\n)*packed\/\S+\s+\(since\s+1\.1\),/,
    );
    // What does bind says that the version has no clause for a packed queue.
    expect(stdout).toContain(
      "virtio 1.1, 2.7.10 Driver and Device Event Suppression; virtio 1.0 has no such clause",
    );
    const { report } = await json("--spec", "1.0", MISSED);
    const { notBinding } = report.notRun;
    expect(notBinding.filter(({ rule }) => rule.startsWith("packed/")).length).toBe(
      RULES.filter(({ id }) => id.startsWith("packed/")).length,
    );
    const [finding] = report.findings;
    expect(finding?.section).toBeNull();
    const run = report.coverage.map(({ rule }) => rule);
    expect(run.filter((rule) => rule.startsWith("packed/"))).toEqual([]);
  });

  test("an unknown version is refused", () => {
    expect(vringscope(["check", "--spec", "2.0", MISSED]).status).toBe(2);
  });
});

describe("waivers", () => {
  const example = /```toml\n([\s\S]*?)```/.exec(readFileSync("docs/waivers.md", "utf8"))?.[1] ?? "";

  test("the example of the documentation waives what it says", async () => {
    const path = written("docs.toml", example);
    const { stdout, status } = await vringscopeHere(["check", "--waivers", path, MISSED]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^clean: \d+ checks made, none failed that counts, .*2 waived\n/);
    expect(stdout).toContain(
      `the host polls this queue: it needs no kick (${path}, waiver 1, until 2099-12-31)`,
    );
    expect(stdout).toContain(
      `waiver-unused, ${path}, waiver 2 of packed/off-wrap-stale: waives nothing here`,
    );
  });

  test("one finding is waived by its fingerprint, the other counts", async () => {
    const path = written(
      "one.toml",
      `[[waiver]]\nrule = "queue/kick-missed"\nfingerprint = "${FIRST}"\nreason = "known"\n`,
    );
    const { status, report } = await json("--waivers", path, MISSED);
    const { findings, waived, waivers, summary } = report;
    expect(status).toBe(1);
    expect(findings).toMatchObject([{ fingerprint: SECOND }]);
    expect(waived).toMatchObject([{ fingerprint: FIRST, reason: "known", waiver: 1 }]);
    expect(waivers).toMatchObject([{ status: "used", findings: 1, expires: null, queue: null }]);
    expect(summary).toMatchObject({ errors: 1 });
  });

  test("a queue is meant by a pattern for its id or its name", async () => {
    for (const [queue, left] of [
      ["req.0", 1],
      ["req.0@*", 1],
      ["req.?", 0],
      ["net*", 2],
    ] as const) {
      const path = written(
        "queue.toml",
        `[[waiver]]\nrule = "queue/kick-missed"\nqueue = "${queue}"\nreason = "r"\n`,
      );
      const { report } = await json("--waivers", path, MISSED);
      expect([queue, report.findings.length]).toEqual([queue, left]);
    }
  });

  test("one that has expired waives nothing and is reported", async () => {
    const path = written(
      "old.toml",
      '[[waiver]]\nrule = "queue/kick-missed"\nreason = "r"\nexpires = 2020-02-29\n',
    );
    const { stdout, status } = await vringscopeHere(["check", "--waivers", path, MISSED]);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^findings: 2 errors\n/);
    expect(stdout).toContain(
      `waiver-expired, ${path}, waiver 1 of queue/kick-missed: expired on 2020-02-29, and 2 findings would need it`,
    );
    expect((await json("--waivers", path, MISSED)).report.waivers).toMatchObject([
      { status: "expired", findings: 2 },
    ]);
  });

  test("every mistake of the file is told, and ends with 2", async () => {
    const path = written(
      "wrong.toml",
      [
        'title = "x"',
        "[[waiver]]",
        'rule = "queue/kick-mised"',
        'reason = " "',
        "[[waiver]]",
        'rule = "queue/kick-missed"',
        'reason = "r"',
        'expires = "2026-02-30"',
        'fingerprint = "xyz"',
        "queue = 3",
        'until = "x"',
      ].join("\n"),
    );
    const { stderr, status } = await vringscopeHere(["check", "--waivers", path, MISSED]);
    expect(status).toBe(2);
    for (const part of [
      "unknown key `title`",
      "waiver 1: no such rule: queue/kick-mised; nearest: queue/kick-missed,",
      "waiver 1: needs a `reason`",
      "waiver 2: `expires` is no date",
      "waiver 2: `fingerprint` is no fingerprint",
      "waiver 2: `queue` is no text",
      "waiver 2: unknown key `until`",
    ]) {
      expect(stderr).toContain(part);
    }
    expect(
      (await vringscopeHere(["check", "--waivers", join(folder, "none"), MISSED])).status,
    ).toBe(2);
    const broken = written("broken.toml", "[[waiver]\n");
    expect((await vringscopeHere(["check", "--waivers", broken, MISSED])).stderr).toContain(
      "line 1",
    );
  });
});

describe("a baseline", () => {
  test("of the same trace knows everything; what it does not have counts", async () => {
    const all = join(folder, "all.json");
    await vringscopeHere(["check", "--format", "json", "-o", all, MISSED]);
    const { stdout, status } = await vringscopeHere(["check", "--baseline", all, MISSED]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^clean: .*, 2 known from the baseline\n/);
    expect(stdout).toContain("\nknown from the baseline\n  error: queue/kick-missed: ");

    const report = JSON.parse(readFileSync(all, "utf8"));
    report.findings = report.findings.slice(0, 1);
    const some = written("some.json", JSON.stringify(report));
    const partly = await json("--baseline", some, MISSED);
    expect(partly.status).toBe(1);
    expect(partly.report.findings).toMatchObject([{ fingerprint: SECOND }]);
    expect(partly.report.known).toMatchObject([{ fingerprint: FIRST }]);
    // A baseline can have a baseline.
    const next = written("next.json", JSON.stringify(partly.report));
    expect((await vringscopeHere(["check", "--baseline", next, MISSED])).status).toBe(0);
  });

  test("what a waiver took out of it is not known: the waiver may end", async () => {
    const waivers = written(
      "both.toml",
      '[[waiver]]\nrule = "queue/kick-missed"\nreason = "for now"\n',
    );
    const { report } = await json("--waivers", waivers, MISSED);
    const baseline = written("waived.json", JSON.stringify(report));
    expect((await vringscopeHere(["check", "--baseline", baseline, MISSED])).status).toBe(1);
    expect((await json("--baseline", baseline, "--waivers", waivers, MISSED)).report.known).toEqual(
      [],
    );
  });

  test.each(["{}", "no json", '{"schema":"vringscope-ring/1","findings":[]}'])(
    "%s is none",
    async (text) => {
      const { status, stderr } = await vringscopeHere([
        "check",
        "--baseline",
        written("x", text),
        MISSED,
      ]);
      expect(status).toBe(2);
      expect(stderr).toContain("is no report of vringscope check --format json");
    },
  );

  test("an output does not replace what is read", async () => {
    const waivers = written("kept.toml", '[[waiver]]\nrule = "queue/kick-missed"\nreason = "r"\n');
    const { status } = await vringscopeHere([
      "check",
      "--force",
      "-o",
      waivers,
      "--waivers",
      waivers,
      MISSED,
    ]);
    expect(status).toBe(2);
    expect(readFileSync(waivers, "utf8")).toContain("[[waiver]]");
  });
});

test("a case holds what was waived as well", async () => {
  const waivers = written("case.toml", '[[waiver]]\nrule = "queue/kick-missed"\nreason = "r"\n');
  const db = join(folder, "case.db");
  expect((await vringscopeHere(["check", "--db", db, "--waivers", waivers, MISSED])).status).toBe(
    0,
  );
  const { stdout } = await vringscopeHere([
    "sql",
    "--csv",
    db,
    "SELECT count(*) AS n FROM finding",
  ]);
  expect(stdout).toBe("n\r\n2\r\n");
  const info = await vringscopeHere([
    "sql",
    "--json",
    db,
    "SELECT * FROM case_info WHERE key = 'accepted'",
  ]);
  expect(JSON.parse(JSON.parse(info.stdout).value)).toEqual({
    waived: [FIRST, SECOND].map((fingerprint) => ({ fingerprint, reason: "r" })),
    known: [],
  });
});
