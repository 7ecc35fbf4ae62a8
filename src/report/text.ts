import type {
  CheckReport,
  QueueReport,
  SelectionReport,
  SourcedFinding,
  SourceReport,
} from "../model/check-report.ts";
import { type Coverage, type Finding, hasEvent } from "../model/finding.ts";
import { CLAUSES, citation, type SpecVersion } from "../virtio/clauses.ts";
import { hasRecords, timeText } from "./json.ts";
import { printable } from "./printable.ts";
import { wrapped } from "./wrapped.ts";

/** Queues in the table, the busiest; JSON has all of them. */
const QUEUES_SHOWN = 12;
/** Sources that have a clock and may lose events; the others are dumps and texts. */
const TRACE_FORMATS = new Set([
  "trace.dat",
  "ring-buffer-pages",
  "ftrace-text",
  "perf-script",
  "bpftrace",
  "bpftrace-json",
  "ring-buffer-stats",
]);
/** Gaps told one by one; the rest are a number. JSON has all of them. */
const GAPS_SHOWN = 5;

/** The report for people. `rules`: ids of all rules, to name those that met nothing. */
export function checkText(report: CheckReport, rules: readonly string[]): string {
  const several = report.sources.length > 1;
  const queries = new Set(report.sqlRules.map(({ id }) => id));
  const blocks = [
    headline(report),
    ...report.findings.map((finding) =>
      findingBlock(finding, { spec: report.selection.spec, several, queries }),
    ),
    acceptedBlock(report),
    sourcesBlock(report.sources),
    queuesBlock(report.queues),
    coverageBlock(report.coverage, rulesRun(rules, report.selection)),
    sqlRulesBlock(report.sqlRules),
    selectionBlock(report.selection),
    openBlock(report.coverage),
    gapsBlock(report),
  ];
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}

/** One line for each finding, and nothing when there is none. */
export function checkTerse(report: CheckReport): string {
  return report.findings
    .map((finding) =>
      printable(
        `${finding.source.path}:${finding.place.line}: ${finding.severity}: ${finding.rule}: ` +
          `${finding.queue}: ${finding.message}`,
      ),
    )
    .map((line) => `${line}\n`)
    .join("");
}

/** Questions to a case file, each with its SQL. */
export function sqlText(
  queries: readonly { readonly title: string; readonly sql: string }[],
): string {
  return `\nthe same from a case file (vringscope sql CASE.db "..."):\n${queries
    .map(({ title, sql }) => `\n-- ${title}\n${sql};\n`)
    .join("")}`;
}

function headline(report: CheckReport): string {
  const { summary, verdict } = report;
  const accepted = acceptedText(report);
  switch (verdict) {
    case "findings": {
      const counts = [
        plural(summary.errors, "error"),
        plural(summary.warnings, "warning"),
        plural(summary.notes, "note"),
      ].filter((text) => !text.startsWith("0 "));
      return `findings: ${counts.join(", ")}${accepted}`;
    }
    case "clean":
      return `clean: ${madeText(report)}${undecidedText(summary)}${accepted}`;
    case "inconclusive":
      return `inconclusive: ${madeText(report)}${undecidedText(summary)}${accepted}`;
    case "nothing-checked":
      return "nothing-checked: no rule found anything to check in this trace, which is not a pass";
    default:
      return verdict satisfies never;
  }
}

/** A check that failed and does not count did fail. */
function madeText({ summary, waived, known }: CheckReport): string {
  const failed = waived.length + known.length > 0 ? "none failed that counts" : "none failed";
  return `${plural(summary.checked, "check")} made, ${failed}`;
}

function acceptedText({ waived, known }: CheckReport): string {
  const parts = [
    ...(waived.length === 0 ? [] : [`${waived.length} waived`]),
    ...(known.length === 0 ? [] : [`${known.length} known from the baseline`]),
  ];
  return parts.map((part) => `, ${part}`).join("");
}

function undecidedText({ undecided, unclear }: CheckReport["summary"]): string {
  return (
    (undecided === 0 ? "" : `, ${undecided} could not be decided`) +
    (unclear === 0 ? "" : `, ${unclear} left open by the specification`)
  );
}

/**
 * One finding, as the report shows it. `several`: more than one source, so that lines need a path;
 * `queries`: ids of the rules in SQL.
 */
export function findingBlock(
  finding: SourcedFinding,
  how: {
    readonly spec: SpecVersion;
    readonly several?: boolean;
    readonly queries?: ReadonlySet<string>;
  },
): string {
  const { spec, several = false } = how;
  const byQuery = how.queries?.has(finding.rule) === true;
  const { source, place, evidence } = finding;
  const where = hasEvent(place)
    ? `${several ? `${source.path} ` : ""}${placeWord(source)} ${place.line}, at ${timeText(source, place.time)}`
    : byQuery
      ? "no event that the query names"
      : "a dump of the ring, at no line of a trace";
  const lines = [
    `${finding.severity}: ${finding.rule}`,
    `  ${printable(finding.message)}`,
    "",
    field("queue", finding.queue === "" ? "none: it is about the whole case" : finding.queue),
    field("where", where),
    ...evidenceLines(source, evidence),
    field("expected", finding.expected),
    field("found", finding.found),
    ...clauseLines(finding, spec),
    ...effectLines(finding),
    field("fingerprint", finding.fingerprint),
  ];
  return lines.join("\n");
}

/** Findings that do not count, each in one line with why, and waivers that need a look. */
function acceptedBlock({ waived, known, waivers }: CheckReport): string {
  const line = ({ severity, rule, queue, message, source, place }: SourcedFinding): string => {
    const where = hasEvent(place) ? `${source.path}:${place.line}` : source.path;
    return `  ${printable(`${severity}: ${rule}: ${queue}: ${message} (${where})`)}`;
  };
  const blocks: string[][] = [];
  if (waived.length > 0) {
    const lines = waived.flatMap(({ finding, waiver }) => {
      const until = waiver.expires === undefined ? "" : `, until ${waiver.expires}`;
      const by = `${waiver.file}, waiver ${waiver.number}${until}`;
      return [line(finding), field("", `${waiver.reason} (${by})`)];
    });
    blocks.push(["waived", ...lines]);
  }
  if (known.length > 0) blocks.push(["known from the baseline", ...known.map(line)]);
  const stale = waivers.filter(({ status }) => status !== "used");
  if (stale.length > 0) {
    const lines = stale.map(({ file, number, rule, status, expires, findings }) => {
      const what =
        status === "expired"
          ? `expired on ${expires}, and ${findings === 0 ? "nothing" : plural(findings, "finding")} would need it`
          : "waives nothing here";
      return field("diagnostic", `waiver-${status}, ${file}, waiver ${number} of ${rule}: ${what}`);
    });
    blocks.push(["waivers", ...lines]);
  }
  return blocks.map((lines) => lines.join("\n")).join("\n\n");
}

/** What a place in a source is counted in. */
function placeWord(source: SourceReport): string {
  return hasRecords(source) ? "record" : "line";
}

/** One line, whatever the text holds. */
function field(name: string, text: string): string {
  return `  ${printable(name).padEnd(12)} ${printable(text)}`;
}

function evidenceLines(source: SourceReport, evidence: Finding["evidence"]): string[] {
  const numberWidth = Math.max(0, ...evidence.map(({ place }) => String(place.line).length));
  const roleWidth = Math.max(0, ...evidence.map(({ role }) => role.length));
  return evidence.map(({ role, place, what }, i) =>
    field(
      i === 0 ? "evidence" : "",
      `${placeWord(source)} ${String(place.line).padStart(numberWidth)}  ${timeText(source, place.time)}  ` +
        `${role.padEnd(roleWidth)}  ${what}`,
    ),
  );
}

function clauseLines(finding: SourcedFinding, spec: SpecVersion): string[] {
  if (finding.clause === null) {
    // Every rule of ours covers something.
    const why = finding.covers.length > 0 ? "state that only the driver has" : "a rule of your own";
    return [field("clause", `none: ${why} (class ${finding.class})`)];
  }
  const { paraphrase } = CLAUSES[finding.clause];
  return [
    field("clause", `${citation(finding.clause, spec)} (class ${finding.class})`),
    ...wrapped(field("", ""), field("", ""), paraphrase, 99),
  ];
}

function effectLines(finding: SourcedFinding): string[] {
  const { effects, source } = finding;
  const width = effects.reduce((most, { place }) => Math.max(most, String(place.line).length), 0);
  return effects.map(({ message, place }, i) => {
    const where = !hasEvent(place)
      ? ""
      : `${placeWord(source)} ${String(place.line).padStart(width)}  `;
    return field(i === 0 ? "effect" : "", `${where}${message}`);
  });
}

function sourcesBlock(sources: readonly SourceReport[]): string {
  return sources
    .map((source) => {
      const { lines, events, notes, rejected } = source.ledger;
      const word = placeWord(source);
      const ledger = `${lines} ${word}s = ${events} events + ${notes} notes + ${rejected} rejected`;
      const timed = source.clock !== undefined || TRACE_FORMATS.has(source.format);
      return [
        "source",
        field(source.format, source.path),
        ...(timed || lines > 0 ? [field("ledger", ledger)] : []),
        ...(timed
          ? [field("clock", clockDescription(source)), field("lost", lostDescription(source))]
          : []),
        ...(source.remarks ?? []).map((remark, i) => field(i === 0 ? "remark" : "", remark)),
        ...source.diagnostics.map(({ code, line, offset, expected, count }) =>
          field(
            "diagnostic",
            `${code}${count > 1 ? ` (${count} times)` : ""}, ${word} ${line}, byte ${offset}: expected ${expected}`,
          ),
        ),
      ].join("\n");
    })
    .join("\n\n");
}

function clockDescription(source: SourceReport): string {
  if (source.clock === undefined) return "none: no event with a time";
  // A trace.dat names its clock, and pages keep it exact; a text does neither.
  const which = hasRecords(source) ? "" : "; the text does not say which clock";
  return source.clock.unit === "seconds"
    ? `seconds, from ${timeText(source, 0)}${which}`
    : `an integer clock, from ${timeText(source, 0)}`;
}

function lostDescription({ ledger }: SourceReport): string {
  if (ledger.lostMarks === 0) return "nothing that the tracer admits";
  const events = ledger.lostEvents === null ? "an unknown number of" : ledger.lostEvents;
  return `${events} events, at ${plural(ledger.lostMarks, "mark")}`;
}

function queuesBlock(queues: readonly QueueReport[]): string {
  if (queues.length === 0) return "";
  const used = queues.filter(({ decisions, events }) => decisions > 0 || events > 1);
  const busiest = new Set([...used].sort((a, b) => b.events - a.events).slice(0, QUEUES_SHOWN));
  const rows = used
    .filter((queue) => busiest.has(queue))
    .map((queue) => [
      queue.id,
      queue.layout ?? "unknown layout",
      queue.size === undefined ? "size unknown" : String(queue.size),
      `${queue.events} events`,
      `${queue.requests} buffers`,
      `${queue.kicks} of ${queue.decisions} decisions kick`,
      `${queue.interrupts} interrupts`,
      (queue.features ?? []).map((name) => name.replace("VIRTIO_F_", "")).join(" "),
    ]);
  const lines = ["queues", ...table(rows)];
  const quiet = used.length - rows.length;
  if (quiet > 0) lines.push(`  and ${plural(quiet, "queue")} with fewer events`);
  const idle = queues.length - used.length;
  if (idle > 0) lines.push(`  and ${plural(idle, "queue")} without a call`);
  return lines.join("\n");
}

function coverageBlock(coverage: readonly Coverage[], rules: readonly string[]): string {
  const lines = ["rules"];
  const rows: string[][] = [];
  const reasons: string[] = [];
  const idle: string[] = [];
  for (const rule of rules) {
    const ofRule = coverage.filter((row) => row.rule === rule);
    if (ofRule.length === 0) {
      idle.push(rule);
      continue;
    }
    const total = (key: "satisfied" | "violated" | "undecided"): number =>
      ofRule.reduce((sum, row) => sum + row[key], 0);
    rows.push([
      rule,
      `${total("satisfied")} satisfied`,
      `${total("violated")} violated`,
      `${total("undecided")} undecided`,
    ]);
    for (const [reason, count] of sumReasons(ofRule)) {
      reasons.push(`  ${rule}: ${count} undecided, ${printable(reason)}`);
    }
  }
  const silent =
    idle.length === 0
      ? []
      : [
          "",
          `not exercised, for the trace shows nothing that they judge: ${plural(idle.length, "rule")}`,
          ...wrapped("  ", "  ", byPrefix(idle, rules).join(", "), 94),
        ];
  return [...lines, ...table(rows), ...reasons, ...silent].join("\n");
}

/** Ids, those of a whole prefix in one word: a trace of a packed queue exercises nothing of split ones. */
function byPrefix(ids: readonly string[], all: readonly string[]): string[] {
  const prefixOf = (id: string): string => id.slice(0, id.indexOf("/") + 1);
  const named = new Set(ids);
  const whole = new Set(
    all.map(prefixOf).filter((prefix) => {
      const its = all.filter((id) => prefixOf(id) === prefix);
      return its.length > 1 && its.every((id) => named.has(id));
    }),
  );
  const words = ids.map((id) => {
    const prefix = prefixOf(id);
    if (!whole.has(prefix)) return id;
    return `${prefix}* (all ${ids.filter((one) => prefixOf(one) === prefix).length})`;
  });
  return [...new Set(words)];
}

function rulesRun(rules: readonly string[], selection: SelectionReport): string[] {
  const not = new Set([...selection.leftOut, ...selection.notBinding.map(({ rule }) => rule)]);
  return rules.filter((rule) => !not.has(rule));
}

/** Rules that did not run: silence about them is no pass. */
export function selectionBlock({ spec, leftOut, notBinding }: SelectionReport): string {
  const lines: string[] = [];
  if (notBinding.length > 0) {
    const names = notBinding.map(({ rule, since }) => `${rule} (since ${since})`).join(", ");
    lines.push(
      `not binding in virtio ${spec}: ${plural(notBinding.length, "rule")}`,
      ...wrapped("  ", "  ", names, 94),
    );
  }
  if (leftOut.length > 0) {
    lines.push(
      `not run, by --rules or --ignore: ${plural(leftOut.length, "rule")}`,
      ...wrapped("  ", "  ", leftOut.join(", "), 94),
    );
  }
  return lines.join("\n");
}

/** What happened is known, and nobody can say whether it may: told, and never held against anyone. */
export function openBlock(coverage: readonly Coverage[]): string {
  const counts = new Map<string, number>();
  for (const { rule, openPoints } of coverage) {
    for (const [point, count] of openPoints) {
      const key = `${rule}: ${point}`;
      counts.set(key, (counts.get(key) ?? 0) + count);
    }
  }
  if (counts.size === 0) return "";
  const lines = [...counts].flatMap(([text, count]) =>
    wrapped("  ", "    ", `${text}${count === 1 ? "" : ` (${count} times)`}`, 94),
  );
  return ["left open by the specification, and therefore no finding", ...lines].join("\n");
}

function sqlRulesBlock(rules: CheckReport["sqlRules"]): string {
  if (rules.length === 0) return "";
  const rows = rules.map(({ id, rows, findings, file, title }) => [
    id,
    findings === rows ? plural(rows, "row") : `${plural(rows, "row")}, of which ${findings} told`,
    title === "" ? file : `${file}: ${title}`,
  ]);
  return ["rules in SQL", ...table(rows)].join("\n");
}

function sumReasons(rows: readonly Coverage[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { reasons } of rows) {
    for (const [reason, count] of reasons) sums.set(reason, (sums.get(reason) ?? 0) + count);
  }
  return sums;
}

function gapsBlock(report: CheckReport): string {
  const lines: string[] = [];
  const { gaps, exchanges, featuresExercised } = report;
  const features = featuresExercised.length === 0 ? "none" : featuresExercised.join(" ");
  lines.push(`features exercised: ${features}`);
  if (exchanges > 0) {
    lines.push(`exchanges: ${plural(exchanges, "sample")} that the clock put behind a newer one`);
  }
  if (gaps.length > 0)
    lines.push(`gaps: ${plural(gaps.length, "stretch", "es")} in which calls are missing`);
  for (const { queue, from, to, reason } of gaps.slice(0, GAPS_SHOWN)) {
    const source = report.queues.find(({ id }) => id === queue)?.source;
    const word = source === undefined ? "line" : placeWord(source);
    lines.push(`  ${word} ${from.line} to ${to.line}, ${printable(`${queue}: ${reason}`)}`);
  }
  if (gaps.length > GAPS_SHOWN) lines.push(`  and ${gaps.length - GAPS_SHOWN} more`);
  return lines.join("\n");
}

function table(raw: readonly (readonly string[])[]): string[] {
  const rows = raw.map((cells) => cells.map(printable));
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => {
      if (row.length > 2) widths[i] = Math.max(widths[i] ?? 0, cell.length);
    });
  }
  const first = Math.max(0, ...rows.map(([cell]) => (cell ?? "").length));
  widths[0] = first;
  return rows.map((row) =>
    `  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  ")}`.trimEnd(),
  );
}

function plural(count: number, noun: string, suffix = "s"): string {
  return `${count} ${noun}${count === 1 ? "" : suffix}`;
}
