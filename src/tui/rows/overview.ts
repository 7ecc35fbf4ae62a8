import type { FindingFacts, QueueFacts, SourceFacts } from "../../db/case-view.ts";
import { folded, type Line, line, restyled, type Span, span, table } from "../line.ts";
import type { Model } from "../model.ts";
import { busiest, overviewItems } from "../place.ts";
import { baseName, plural, shortKey, sparkline, windowOf } from "./words.ts";

/** Reasons that are listed; the rest are a number. */
const REASONS_SHOWN = 8;
const FINDINGS_SHOWN = 6;
const ACTIVITY_COLUMNS = 24;

/** What there is, what broke, and what could not be told. */
export function overviewRows(model: Model, width: number, height: number): readonly Line[] {
  const rows: Line[] = [];
  let cursorRow = 0;
  const { cursor } = model.overview;
  const items = overviewItems(model);
  const item = (at: number, row: Line): void => {
    if (at === cursor) cursorRow = rows.length;
    rows.push(at === cursor ? restyled(row, "cursor") : row);
  };
  rows.push(verdict(model));
  const { findings, queues, sources } = model.case;
  for (const [at, finding] of findings.entries()) {
    if (at >= FINDINGS_SHOWN && at !== cursor) continue;
    item(at, findingRow(model, finding));
  }
  if (findings.length > FINDINGS_SHOWN) {
    rows.push(line(span(`  and ${findings.length - FINDINGS_SHOWN} more: 2 lists them`, "dim")));
  }
  rows.push([], line(span("queues", "title")));
  const shown = table(
    QUEUE_COLUMNS,
    busiest(queues).map((queue) => queueCells(model, queue)),
    width - 2,
  );
  rows.push(line("  ", ...shown.head));
  for (const [at, row] of shown.rows.entries()) item(findings.length + at, line("  ", ...row));
  if (queues.length === 0) rows.push(line("  no call of any queue"));
  rows.push([], line(span("sources", "title")));
  for (const source of sources) rows.push(...sourceRows(source, width));
  for (const diagnostic of model.case.diagnostics) {
    rows.push(...folded(`  ! ${diagnostic}`, width, "    ", "warning"));
  }
  rows.push(...undecided(model, width));
  return windowOf(rows, items.length === 0 || cursor === 0 ? 0 : cursorRow, height);
}

function verdict({ case: { summary } }: Model): Line {
  const counts = [
    [summary.errors, "error"],
    [summary.warnings, "warning"],
    [summary.notes, "note"],
  ] as const;
  const parts = counts
    .filter(([count]) => count > 0)
    .flatMap(([count, noun]) => [span("  "), span(plural(count, noun), noun)]);
  const style =
    summary.verdict === "findings" ? "error" : summary.verdict === "clean" ? "good" : "warning";
  const checks = `  ${plural(summary.checked, "check")} made, ${summary.undecided} undecided`;
  return [span(summary.verdict, style), ...parts, span(checks, "dim")];
}

function findingRow(
  model: Model,
  { severity, rule, queue, message, fingerprint }: FindingFacts,
): Line {
  const waived = model.case.waived.has(fingerprint);
  return line(
    "  ",
    span(severity.padEnd(8), severity),
    span(waived ? "(waived) " : "", "dim"),
    span(rule, "bold"),
    span(`  ${queue === null ? "" : shortKey(model, queue)}`, "dim"),
    `  ${message}`,
  );
}

const QUEUE_COLUMNS = [
  { title: "queue" },
  { title: "device", gives: 4 },
  { title: "layout" },
  { title: "size", right: true },
  { title: "events", right: true, gives: 1 },
  { title: "buffers", right: true },
  { title: "in flight", right: true },
  { title: "kicks", right: true },
  { title: "suppressed", right: true, gives: 2 },
  { title: "interrupts", right: true, gives: 3 },
  { title: "findings", right: true },
  { title: "features", gives: 6 },
  { title: "activity", gives: 5 },
];

function queueCells(model: Model, queue: QueueFacts): readonly Span[] {
  const activity = model.case.activity.get(queue.id) ?? [];
  const features = queue.features.map((name) => name.replace("VIRTIO_F_", "")).join(" ");
  return [
    span(shortKey(model, queue.key)),
    span(queue.device ?? ""),
    span(queue.layout ?? "?", queue.layout === null ? "warning" : "plain"),
    span(String(queue.size ?? "?")),
    span(String(queue.events)),
    span(String(queue.requests)),
    span(String(queue.inFlight), queue.inFlight > 0 ? "bold" : "plain"),
    span(String(queue.kicks)),
    span(String(queue.suppressed)),
    span(String(queue.interrupts)),
    span(queue.findings === 0 ? "-" : String(queue.findings), queue.findings > 0 ? "error" : "dim"),
    span(features, "dim"),
    span(sparkline(activity, ACTIVITY_COLUMNS), "key"),
  ];
}

function sourceRows(source: SourceFacts, width: number): Line[] {
  const { lines, events, notes, rejected } = source;
  const ledger = `${lines} = ${plural(events, "event")} + ${plural(notes, "note")} + ${rejected} rejected`;
  const lost =
    source.lostEvents === null || source.lostMarks > 0
      ? source.lostMarks > 0
        ? `lost ${source.lostEvents === null ? "events, nobody says how many," : plural(source.lostEvents, "event")} at ${plural(source.lostMarks, "place")}`
        : "does not say whether events were lost"
      : source.lostEvents > 0
        ? `lost ${plural(source.lostEvents, "event")}`
        : "lost nothing that it admits";
  const clock = source.clock === undefined ? "no clock" : `clock in ${source.clock.unit}`;
  return [
    ...folded(`  ${baseName(source.path)}  ${source.format}  ${ledger}`, width, "    "),
    ...folded(
      `    ${clock}; ${lost}`,
      width,
      "    ",
      source.lostMarks > 0 || (source.lostEvents ?? 0) > 0 ? "warning" : "dim",
    ),
  ];
}

function undecided({ case: { reasons } }: Model, width: number): Line[] {
  if (reasons.length === 0) return [];
  const shown = reasons.slice(0, REASONS_SHOWN);
  return [
    [],
    line(span("could not be decided", "title"), span(", for want of this evidence", "dim")),
    ...shown.flatMap(({ rule, reason, count }) =>
      folded(`  ${String(count).padStart(6)}  ${rule}: ${reason}`, width, "          "),
    ),
    ...(reasons.length > shown.length
      ? [line(span(`  and ${reasons.length - shown.length} reasons more`, "dim"))]
      : []),
  ];
}
