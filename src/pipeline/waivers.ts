import { readFileSync } from "node:fs";
import { parse, TomlError } from "smol-toml";
import type { CheckReport, SourcedFinding, WaiverReport } from "../model/check-report.ts";
import { nearest } from "../model/nearest.ts";
import { UserError } from "../model/user-error.ts";
import { globTest } from "../rules/glob.ts";
import { readError } from "./source.ts";

/** A waiver as its file has it. */
export type Waiver = Omit<WaiverReport, "status" | "findings">;

/** What the user lives with: findings that do not count. */
export interface Accepted {
  readonly waivers: readonly Waiver[];
  /** Fingerprints of the findings of an earlier report. */
  readonly baseline: ReadonlySet<string>;
  /** The day of the check, as `2026-12-31`. */
  readonly today: string;
}

const KEYS = ["rule", "queue", "fingerprint", "reason", "expires"];
const FINGERPRINT = /^[0-9a-f]{16}$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/**
 * Waivers of a file (TOML, docs/waivers.md); `rules`: ids that a waiver may name.
 *
 * @throws UserError when the file cannot be read or has mistakes; it tells every one.
 */
export function readWaivers(path: string, rules: readonly string[]): Waiver[] {
  const { waivers, errors } = parseWaivers(path, textOf(path), rules);
  if (errors.length > 0) {
    throw new UserError(
      "waivers-invalid",
      `${path}: ${errors.join(`\n  ${path}: `)}`,
      "docs/waivers.md has an example",
    );
  }
  return waivers;
}

function parseWaivers(
  file: string,
  text: string,
  rules: readonly string[],
): { waivers: Waiver[]; errors: string[] } {
  let document: Record<string, unknown>;
  try {
    document = parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [first] = error.message.split("\n");
    return { waivers: [], errors: [`line ${error.line}, column ${error.column}: ${first}`] };
  }
  const errors = Object.keys(document)
    .filter((key) => key !== "waiver")
    .map((key) => `unknown key \`${key}\`: it holds [[waiver]] and nothing else`);
  const { waiver: entries = [] } = document as { waiver?: unknown };
  if (!Array.isArray(entries)) return { waivers: [], errors: [...errors, "no [[waiver]] in it"] };
  const waivers = entries.flatMap((entry: unknown, i) => {
    const wrong = (message: string): void => {
      errors.push(`waiver ${i + 1}: ${message}`);
    };
    return waiverOf(file, i + 1, entry, rules, wrong) ?? [];
  });
  return { waivers, errors };
}

function waiverOf(
  file: string,
  number: number,
  entry: unknown,
  rules: readonly string[],
  wrong: (message: string) => void,
): Waiver | undefined {
  if (typeof entry !== "object" || entry === null) {
    wrong("is no table");
    return undefined;
  }
  const { rule, queue, fingerprint, reason, expires } = entry as Record<string, unknown>;
  for (const key of Object.keys(entry)) {
    if (!KEYS.includes(key)) wrong(`unknown key \`${key}\`, not one of ${KEYS.join(", ")}`);
  }
  if (typeof rule !== "string") wrong("needs a `rule`");
  else if (!rules.includes(rule)) {
    wrong(`no such rule: ${rule}; nearest: ${nearest(rule, rules).join(", ")}`);
  }
  if (typeof reason !== "string" || reason.trim() === "") wrong("needs a `reason`");
  if (queue !== undefined && typeof queue !== "string") wrong("`queue` is no text");
  if (fingerprint !== undefined && !FINGERPRINT.test(String(fingerprint))) {
    wrong("`fingerprint` is no fingerprint: 16 hex digits, as a report has them");
  }
  const day = dayOf(expires);
  if (expires !== undefined && day === undefined) wrong("`expires` is no date, as 2026-12-31");
  if (typeof rule !== "string" || typeof reason !== "string") return undefined;
  return {
    file,
    number,
    rule,
    queue: queue as string | undefined,
    fingerprint: fingerprint as string | undefined,
    reason,
    expires: day,
  };
}

/** TOML has dates; a text that looks like one is meant as one. */
function dayOf(value: unknown): string | undefined {
  const day = value instanceof Date ? value.toISOString().slice(0, 10) : value;
  if (typeof day !== "string" || !DAY.test(day)) return undefined;
  const time = Date.parse(`${day}T00:00:00Z`);
  // 30 February parses to a day in March.
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day) ? day : undefined;
}

/**
 * Fingerprints of what an earlier report found, what it knew already included: baselines can be chained.
 * What it waived is not: the waiver may end.
 *
 * @throws UserError when the file is no such report.
 */
export function readBaseline(path: string): Set<string> {
  const text = textOf(path);
  let report: { schema?: unknown; findings?: unknown; known?: unknown } | null = null;
  try {
    report = JSON.parse(text);
  } catch {
    // Told below, as any other file that is no report.
  }
  if (report?.schema !== "vringscope-check/1" || !Array.isArray(report.findings)) {
    throw new UserError(
      "baseline-invalid",
      `${path} is no report of vringscope check --format json`,
      "a baseline is made with: vringscope check --format json -o baseline.json TRACE",
    );
  }
  const { findings, known } = report as { findings: unknown[]; known?: unknown };
  return new Set(
    [...findings, ...(Array.isArray(known) ? known : [])].map((one: { fingerprint?: unknown }) =>
      String(one?.fingerprint),
    ),
  );
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw readError(path, error);
  }
}

/** Parts findings into those that count and those that somebody lives with. */
export function acceptFindings(
  findings: readonly SourcedFinding[],
  queueName: (queue: string) => string | undefined,
  { waivers, baseline, today }: Accepted,
): Pick<CheckReport, "findings" | "waived" | "known" | "waivers"> {
  const matchers = waivers.map((waiver) => ({
    waiver,
    // The last day is a day on which it waives.
    active: waiver.expires === undefined || waiver.expires >= today,
    fits: matcherOf(waiver, queueName),
    count: 0,
  }));
  const left: SourcedFinding[] = [];
  const known: SourcedFinding[] = [];
  const pairs: { finding: SourcedFinding; waiver: Waiver }[] = [];
  for (const finding of findings) {
    const fitting = matchers.filter(({ fits }) => fits(finding));
    const first = fitting.find(({ active }) => active);
    for (const one of first === undefined ? fitting : [first]) one.count++;
    if (first !== undefined) pairs.push({ finding, waiver: first.waiver });
    else if (baseline.has(finding.fingerprint)) known.push(finding);
    else left.push(finding);
  }
  const reports = new Map(
    matchers.map(({ waiver, active, count }): [Waiver, WaiverReport] => {
      const status = !active ? "expired" : count > 0 ? "used" : "unused";
      return [waiver, { ...waiver, status, findings: count }];
    }),
  );
  return {
    findings: left,
    waived: pairs.flatMap(({ finding, waiver }) => {
      const report = reports.get(waiver);
      return report === undefined ? [] : [{ finding, waiver: report }];
    }),
    known,
    waivers: [...reports.values()],
  };
}

/** A queue is meant by its id in the report, or by the name that its driver gave it. */
function matcherOf(
  { rule, queue, fingerprint }: Waiver,
  queueName: (queue: string) => string | undefined,
): (finding: SourcedFinding) => boolean {
  const queueFits = queue === undefined ? () => true : globTest(queue);
  return (finding) =>
    finding.rule === rule &&
    (fingerprint === undefined || finding.fingerprint === fingerprint) &&
    (queueFits(finding.queue) || queueFits(queueName(finding.queue) ?? finding.queue));
}
