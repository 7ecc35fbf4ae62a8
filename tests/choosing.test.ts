import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv } from "ajv";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bindsSince } from "../src/rules/choice.ts";
import { RULES } from "../src/rules/index.ts";
import { vringscope } from "./run.ts";

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
function json(...args: string[]): { status: number | null; report: Report } {
  const { stdout, status } = vringscope(["check", "--format", "json", ...args]);
  const report = JSON.parse(stdout);
  validate(report);
  expect(validate.errors ?? []).toEqual([]);
  return { status, report };
}

describe("--rules and --ignore", () => {
  test("a rule that is left out does not run, and is named as not run", () => {
    const { stdout, status } = vringscope(["check", "--ignore", "queue/kick-missed", MISSED]);
    expect(status).toBe(0);
    expect(stdout).not.toContain("error:");
    expect(stdout).toContain("not run, by --rules or --ignore: 1 rule\n  queue/kick-missed\n");
  });

  test("patterns, lists and repeated options add up", () => {
    const { report } = json("--rules", "queue/kick-*,split/*", "--rules", "packed/off-*", MISSED);
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
  ])("%s is a mistake of the command line", (_what, args, message) => {
    const { status, stderr, stdout } = vringscope(["check", ...args, MISSED]);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/nearest: \S+, \S+, \S+;/);
  });

  test("the nearest id is the one that was meant", () => {
    expect(vringscope(["rules", "kick-mised"]).stderr).toContain("nearest: queue/kick-missed,");
    expect(vringscope(["rules", "off-wrap-stail"]).stderr).toContain(
      "nearest: packed/off-wrap-stale,",
    );
  });

  test("ring chooses as well", () => {
    expect(vringscope(["ring", DUMP]).status).toBe(1);
    const { status, stdout } = vringscope(["ring", DUMP, "--rules", "split/*"]);
    expect(status).toBe(0);
    expect(stdout).not.toContain("error:");
    expect(stdout).toContain("not run, by --rules or --ignore:");
    expect(vringscope(["ring", DUMP, "--spec", "1.1"]).stdout).toMatch(/virtio 1\.1, 2\.7\./);
    const value = JSON.parse(vringscope(["ring", DUMP, "--json", "--spec", "1.0"]).stdout);
    const later = RULES.filter((rule) => bindsSince(rule) !== "1.0").map(({ id }) => id);
    expect(value.spec).toBe("1.0");
    expect(value.notRun.notBinding.map(({ rule }: { rule: string }) => rule)).toEqual(later);
    expect(value.findings.map(({ section }: { section: null }) => section)).not.toContain("2.8.6");
  });
});

describe("--spec", () => {
  test("citations are those of the version", () => {
    const { stdout } = vringscope(["check", "--spec", "1.1", MISSED]);
    expect(stdout).toContain("virtio 1.1, 2.7.10 Driver and Device Event Suppression");
    expect(vringscope(["check", MISSED]).stdout).toContain(
      "virtio 1.3, 2.8.10 Driver and Device Event Suppression",
    );
    const { report } = json("--spec", "1.1", MISSED);
    const [finding] = report.findings;
    expect([report.spec, finding?.clause, finding?.section]).toEqual([
      "1.1",
      "virtio-1.3/2.8.10",
      "2.7.10",
    ]);
  });

  test("rules that bind later do not run, and are named", () => {
    const { stdout } = vringscope(["check", "--spec", "1.0", MISSED]);
    expect(stdout).toMatch(
      /not binding in virtio 1\.0: \d+ rules\n {2}(?:.|\n)*packed\/\S+\s+\(since\s+1\.1\),/,
    );
    // What does bind says that the version has no clause for a packed queue.
    expect(stdout).toContain(
      "virtio 1.1, 2.7.10 Driver and Device Event Suppression; virtio 1.0 has no such clause",
    );
    const { report } = json("--spec", "1.0", MISSED);
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

  test("the example of the documentation waives what it says", () => {
    const path = written("docs.toml", example);
    const { stdout, status } = vringscope(["check", "--waivers", path, MISSED]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^clean: \d+ checks made, none failed that counts, .*2 waived\n/);
    expect(stdout).toContain(
      `the host polls this queue: it needs no kick (${path}, waiver 1, until 2099-12-31)`,
    );
    expect(stdout).toContain(
      `waiver-unused, ${path}, waiver 2 of packed/off-wrap-stale: waives nothing here`,
    );
  });

  test("one finding is waived by its fingerprint, the other counts", () => {
    const path = written(
      "one.toml",
      `[[waiver]]\nrule = "queue/kick-missed"\nfingerprint = "${FIRST}"\nreason = "known"\n`,
    );
    const { status, report } = json("--waivers", path, MISSED);
    const { findings, waived, waivers, summary } = report;
    expect(status).toBe(1);
    expect(findings).toMatchObject([{ fingerprint: SECOND }]);
    expect(waived).toMatchObject([{ fingerprint: FIRST, reason: "known", waiver: 1 }]);
    expect(waivers).toMatchObject([{ status: "used", findings: 1, expires: null, queue: null }]);
    expect(summary).toMatchObject({ errors: 1 });
  });

  test("a queue is meant by a pattern for its id or its name", () => {
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
      const { report } = json("--waivers", path, MISSED);
      expect([queue, report.findings.length]).toEqual([queue, left]);
    }
  });

  test("one that has expired waives nothing and is reported", () => {
    const path = written(
      "old.toml",
      '[[waiver]]\nrule = "queue/kick-missed"\nreason = "r"\nexpires = 2020-02-29\n',
    );
    const { stdout, status } = vringscope(["check", "--waivers", path, MISSED]);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^findings: 2 errors\n/);
    expect(stdout).toContain(
      `waiver-expired, ${path}, waiver 1 of queue/kick-missed: expired on 2020-02-29, and 2 findings would need it`,
    );
    expect(json("--waivers", path, MISSED).report.waivers).toMatchObject([
      { status: "expired", findings: 2 },
    ]);
  });

  test("every mistake of the file is told, and ends with 2", () => {
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
    const { stderr, status } = vringscope(["check", "--waivers", path, MISSED]);
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
    expect(vringscope(["check", "--waivers", join(folder, "none"), MISSED]).status).toBe(2);
    const broken = written("broken.toml", "[[waiver]\n");
    expect(vringscope(["check", "--waivers", broken, MISSED]).stderr).toContain("line 1");
  });
});

describe("a baseline", () => {
  test("of the same trace knows everything; what it does not have counts", () => {
    const all = join(folder, "all.json");
    vringscope(["check", "--format", "json", "-o", all, MISSED]);
    const { stdout, status } = vringscope(["check", "--baseline", all, MISSED]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^clean: .*, 2 known from the baseline\n/);
    expect(stdout).toContain("\nknown from the baseline\n  error: queue/kick-missed: ");

    const report = JSON.parse(readFileSync(all, "utf8"));
    report.findings = report.findings.slice(0, 1);
    const some = written("some.json", JSON.stringify(report));
    const partly = json("--baseline", some, MISSED);
    expect(partly.status).toBe(1);
    expect(partly.report.findings).toMatchObject([{ fingerprint: SECOND }]);
    expect(partly.report.known).toMatchObject([{ fingerprint: FIRST }]);
    // A baseline can have a baseline.
    const next = written("next.json", JSON.stringify(partly.report));
    expect(vringscope(["check", "--baseline", next, MISSED]).status).toBe(0);
  });

  test("what a waiver took out of it is not known: the waiver may end", () => {
    const waivers = written(
      "both.toml",
      '[[waiver]]\nrule = "queue/kick-missed"\nreason = "for now"\n',
    );
    const { report } = json("--waivers", waivers, MISSED);
    const baseline = written("waived.json", JSON.stringify(report));
    expect(vringscope(["check", "--baseline", baseline, MISSED]).status).toBe(1);
    expect(json("--baseline", baseline, "--waivers", waivers, MISSED).report.known).toEqual([]);
  });

  test.each(["{}", "no json", '{"schema":"vringscope-ring/1","findings":[]}'])(
    "%s is none",
    (text) => {
      const { status, stderr } = vringscope(["check", "--baseline", written("x", text), MISSED]);
      expect(status).toBe(2);
      expect(stderr).toContain("is no report of vringscope check --format json");
    },
  );

  test("an output does not replace what is read", () => {
    const waivers = written("kept.toml", '[[waiver]]\nrule = "queue/kick-missed"\nreason = "r"\n');
    const { status } = vringscope([
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

test("a case holds what was waived as well", () => {
  const waivers = written("case.toml", '[[waiver]]\nrule = "queue/kick-missed"\nreason = "r"\n');
  const db = join(folder, "case.db");
  expect(vringscope(["check", "--db", db, "--waivers", waivers, MISSED]).status).toBe(0);
  const { stdout } = vringscope(["sql", "--csv", db, "SELECT count(*) AS n FROM finding"]);
  expect(stdout).toBe("n\r\n2\r\n");
  const info = vringscope(["sql", "--json", db, "SELECT * FROM case_info WHERE key = 'accepted'"]);
  expect(JSON.parse(JSON.parse(info.stdout).value)).toEqual({
    waived: [FIRST, SECOND].map((fingerprint) => ({ fingerprint, reason: "r" })),
    known: [],
  });
});
