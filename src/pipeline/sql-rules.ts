import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { addFindings } from "../db/add-findings.ts";
import { CaseReader, EmptyCase, type EventRow } from "../db/reader.ts";
import type {
  CheckReport,
  QueueReport,
  SourcedFinding,
  SourceReport,
} from "../model/check-report.ts";
import { EVIDENCE_ROLES, type Evidence, type EvidenceRole, type Place } from "../model/finding.ts";
import { UserError } from "../model/user-error.ts";
import { NO_PLACE } from "../replay/dump/dump-facts.ts";
import { fingerprintOf } from "../rules/fingerprint.ts";
import { claimId, type RuleOrigins } from "./rule-modules.ts";
import {
  errorLine,
  filled,
  parseSqlRule,
  placeholders,
  refused,
  type SqlRule,
} from "./sql-rule-file.ts";

/** Rows told of one rule; the rest are counted. */
const ROWS_TOLD_MAX = 10_000;

/**
 * Reads the rules of folders, one in each `.sql` file, and asks an empty case whether it understands them.
 *
 * @throws UserError for whatever is wrong with one.
 */
export function loadSqlRules(folders: readonly string[], origins: RuleOrigins): SqlRule[] {
  if (folders.length === 0) return [];
  const empty = new EmptyCase();
  try {
    return folders.flatMap((folder) =>
      filesIn(folder).map((path) => {
        const rule = parseSqlRule(path, textOf(path));
        claimId(rule.id, path, origins);
        checkColumns(rule, columnsOf(rule, empty));
        return rule;
      }),
    );
  } finally {
    empty.close();
  }
}

function filesIn(folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    throw new UserError("input-unreadable", `cannot read ${folder}: ${(error as Error).message}`);
  }
  const files = names.filter((name) => name.endsWith(".sql")).sort();
  if (files.length === 0) {
    throw new UserError("sql-rules-absent", `${folder} has no rule: no file ends in .sql`);
  }
  return files.map((name) => join(folder, name));
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8")
      .replace(/^\uFEFF/, "")
      .replaceAll("\r\n", "\n");
  } catch (error) {
    throw new UserError("input-unreadable", `cannot read ${path}: ${(error as Error).message}`);
  }
}

function columnsOf(rule: SqlRule, empty: EmptyCase): string[] {
  const { path, sql } = rule;
  const messageFor = (text: string): string | undefined => {
    try {
      empty.columns(text);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  };
  const message = messageFor(sql);
  if (message === undefined) return empty.columns(sql);
  throw refused(path, errorLine(sql, message, messageFor), message);
}

function checkColumns({ path, message, fingerprint, sql }: SqlRule, columns: string[]): void {
  const lineOf = (key: string): number =>
    sql.split("\n").findIndex((line) => new RegExp(`^\\s*--\\s*${key}:`).test(line)) + 1;
  for (const [key, names] of [
    ["message", placeholders(message)],
    ["fingerprint", fingerprint],
  ] as const) {
    const unknown = names.find((name) => !columns.includes(name));
    if (unknown === undefined) continue;
    const what = `the ${key} names the column ${unknown}; the query has ${columns.join(", ")}`;
    throw refused(path, lineOf(key), what);
  }
}

/**
 * Asks a whole case the questions of the rules: each row is a finding. The case keeps them as well.
 *
 * @throws UserError when SQLite fails, or a row names an event or a queue that is not there.
 */
export function runSqlRules(
  casePath: string,
  rules: readonly SqlRule[],
  report: CheckReport,
): Pick<CheckReport, "findings" | "sqlRules"> {
  const reader = new CaseReader(casePath);
  const findings: SourcedFinding[] = [];
  const sqlRules: CheckReport["sqlRules"][number][] = [];
  try {
    for (const rule of rules) {
      const { columns, told, rows } = answerOf(rule, reader);
      for (const [number, values] of told.entries()) {
        const row = new Row(rule, number + 1, columns, values);
        findings.push(findingOf(row, reader, report));
      }
      const { id, path: file, title } = rule;
      sqlRules.push({ id, file, title, rows, findings: told.length });
    }
  } finally {
    reader.close();
  }
  if (findings.length > 0) addFindings(casePath, report, findings);
  return { findings, sqlRules };
}

function answerOf(
  { path, sql }: SqlRule,
  reader: CaseReader,
): { readonly columns: readonly string[]; readonly told: (readonly unknown[])[]; rows: number } {
  try {
    const { columns, rows: all } = reader.query(sql);
    const told: (readonly unknown[])[] = [];
    let rows = 0;
    for (const row of all) if (rows++ < ROWS_TOLD_MAX) told.push(row);
    return { columns, told, rows };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw refused(
      path,
      errorLine(sql, error.message, () => undefined),
      error.message,
    );
  }
}

/** A row of a rule's answer. */
class Row {
  readonly rule: SqlRule;
  readonly #number: number;
  readonly #columns: readonly string[];
  readonly #values: readonly unknown[];

  constructor(
    rule: SqlRule,
    number: number,
    columns: readonly string[],
    values: readonly unknown[],
  ) {
    this.rule = rule;
    this.#number = number;
    this.#columns = columns;
    this.#values = values;
  }

  /** Undefined where there is no such column, or it is NULL. */
  value(column: string): unknown {
    return this.#values[this.#columns.indexOf(column)] ?? undefined;
  }

  text(column: string): string {
    return valueText(this.value(column));
  }

  wrong(what: string): UserError {
    return refused(this.rule.path, 1, `row ${this.#number}: ${what}`);
  }
}

function valueText(value: unknown): string {
  if (value === undefined) return "NULL";
  return value instanceof Uint8Array ? `x'${Buffer.from(value).toString("hex")}'` : String(value);
}

function findingOf(row: Row, reader: CaseReader, report: CheckReport): SourcedFinding {
  const { rule } = row;
  const event = eventOf(row, "seq", reader);
  const queue = queueOf(row, event?.row, report);
  const evidence: Evidence[] = [];
  for (const role of EVIDENCE_ROLES) {
    const shown = eventOf(row, `${role}_seq`, reader);
    if (shown !== undefined) evidence.push(evidenceOf(role, shown));
  }
  if (evidence.length === 0 && event !== undefined) evidence.push(evidenceOf("decision", event));
  const place = event?.place ?? NO_PLACE;
  return {
    rule: rule.id,
    severity: rule.severity,
    class: rule.severity === "error" ? "protocol" : rule.severity === "warning" ? "should" : "lint",
    party: rule.party,
    covers: [],
    queue: queue?.id ?? "",
    clause: rule.clause,
    place,
    message:
      row.value("message") === undefined
        ? filled(rule.message, (column) => row.text(column))
        : row.text("message"),
    expected: row.value("expected") === undefined ? "no row" : row.text("expected"),
    found: row.value("found") === undefined ? "a row of this query" : row.text("found"),
    evidence,
    effects: [],
    shape: "",
    fingerprint: fingerprintOf(
      rule.id,
      queue ?? WHOLE_CASE,
      rule.fingerprint.map((column) => row.text(column)).join("\n"),
    ),
    source: sourceOf(event?.place, queue, report),
  };
}

const WHOLE_CASE = {
  name: undefined,
  index: undefined,
  layout: undefined,
  size: undefined,
  ordinal: 0,
};

interface Shown {
  readonly row: EventRow;
  readonly place: Place;
}

/** The event that a column names by its seq. */
function eventOf(row: Row, column: string, reader: CaseReader): Shown | undefined {
  const value = row.value(column);
  if (value === undefined) return undefined;
  const seq = Number(value);
  const event = Number.isSafeInteger(seq) ? reader.eventAt(seq) : undefined;
  if (event === undefined) throw row.wrong(`${column} is ${row.text(column)}: no such event`);
  const { line, time, cpu } = event;
  return { row: event, place: { seq, line: line ?? 0, time, cpu } };
}

function evidenceOf(role: EvidenceRole, { row, place }: Shown): Evidence {
  const { func, phase } = row;
  return { role, place, what: phase === "end" ? `${func} returns` : func };
}

/** A queue by its key or its number in the case; else the event's. */
function queueOf(
  row: Row,
  event: EventRow | undefined,
  { queues }: CheckReport,
): QueueReport | undefined {
  const value = row.value("queue") ?? event?.queue ?? undefined;
  if (value === undefined) return undefined;
  const queue =
    typeof value === "bigint" ? queues[Number(value)] : queues.find(({ id }) => id === value);
  if (queue === undefined) throw row.wrong(`queue is ${valueText(value)}: no such queue`);
  return queue;
}

function sourceOf(
  place: Place | undefined,
  queue: QueueReport | undefined,
  { sources }: CheckReport,
): SourceReport {
  const holds = ({ firstSeq, ledger }: SourceReport): boolean =>
    place !== undefined && place.seq >= firstSeq && place.seq < firstSeq + ledger.events;
  return sources.find(holds) ?? queue?.source ?? (sources[0] as SourceReport);
}
