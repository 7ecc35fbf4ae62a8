import type { FindingFacts, QueueFacts, SourceFacts } from "../../db/case-view.ts";
import { folded, type Line, line, restyled, type Span, span, table } from "../line.ts";
import type { Model } from "../model.ts";
import { busiest, FINDINGS_SHOWN, overviewItems } from "../place.ts";
import { baseName, elided, plural, shortKey, sparkline, windowOf } from "./words.ts";

const ACTIVITY_COLUMNS = 24;

/** What there is, what broke, and what could not be told. */
export function overviewRows(model: Model, width: number, height: number): readonly Line[] {
  const rows: Line[] = [];
  let cursorRow = 0;
  const { cursor } = model.overview;
  const item = (at: number, row: Line): void => {
    if (at === cursor) cursorRow = rows.length;
    rows.push(at === cursor ? restyled(row, "cursor") : row);
  };
  const items = (at: number, [first, ...more]: readonly Line[]): void => {
    if (first !== undefined) item(at, first);
    rows.push(...more);
  };
  rows.push(verdict(model));
  const { findings, queues, sources, reasons } = model.case;
  const listed = findings.slice(0, FINDINGS_SHOWN);
  for (const [at, finding] of listed.entries()) item(at, findingRow(model, finding));
  if (findings.length > FINDINGS_SHOWN) {
    rows.push(line(span(`  and ${findings.length - FINDINGS_SHOWN} more: 2 lists them`, "dim")));
  }
  rows.push([], line(span("queues", "title")));
  const shown = table(
    QUEUE_COLUMNS,
    busiest(queues).map((queue) => queueCells(model, queue, width)),
    width - 2,
  );
  rows.push(line("  ", ...shown.head));
  for (const [at, row] of shown.rows.entries()) item(listed.length + at, line("  ", ...row));
  if (queues.length === 0) rows.push(line("  no call of any queue"));
  rows.push([], line(span("sources", "title")));
  const beforeSources = listed.length + queues.length;
  for (const [at, source] of sources.entries()) {
    items(beforeSources + at, sourceRows(source, width));
  }
  for (const diagnostic of model.case.diagnostics) {
    rows.push(...folded(`  ! ${diagnostic}`, width, "    ", "warning"));
  }
  if (reasons.length > 0) {
    rows.push(
      [],
      line(span("could not be decided", "title"), span(", for want of this evidence", "dim")),
    );
  }
  for (const [at, { rule, reason, count }] of reasons.entries()) {
    const text = `  ${String(count).padStart(6)}  ${rule}: ${reason}`;
    items(beforeSources + sources.length + at, folded(text, width, "          "));
  }
  const last = cursor > 0 && cursor === overviewItems(model).length - 1;
  return windowOf(rows, cursor === 0 ? 0 : last ? rows.length - 1 : cursorRow, height);
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

/** A device of QEMU's goes by a path: it may not take the place of what is counted. */
const NAME_WIDE = 48;
const NAME_NARROW = 24;

function queueCells(model: Model, queue: QueueFacts, width: number): readonly Span[] {
  const name = width >= 160 ? NAME_WIDE : NAME_NARROW;
  const activity = model.case.activity.get(queue.id) ?? [];
  const features = queue.features.map((name) => name.replace("VIRTIO_F_", "")).join(" ");
  return [
    span(elided(shortKey(model, queue.key), name)),
    span(elided(queue.device ?? "", name)),
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
  const { lines, events, notes, rejected, path, format } = source;
  const name = `  ${baseName(path)}  ${format}`;
  // A dump of bytes has no lines, and nothing that could be lost between them.
  if (lines === 0) return folded(name, width, "    ");
  const ledger = `${lines} = ${plural(events, "event")} + ${plural(notes, "note")} + ${rejected} rejected`;
  const head = folded(`${name}  ${ledger}`, width, "    ");
  if (events === 0) return head;
  const lost =
    source.lostEvents === null || source.lostMarks > 0
      ? source.lostMarks > 0
        ? `lost ${source.lostEvents === null ? "events, nobody says how many," : plural(source.lostEvents, "event")} at ${plural(source.lostMarks, "place")}`
        : "does not say whether events were lost"
      : source.lostEvents > 0
        ? `lost ${plural(source.lostEvents, "event")}`
        : "lost nothing that it admits";
  const clock = source.clock === undefined ? "no clock" : `clock in ${source.clock.unit}`;
  const style = source.lostMarks > 0 || (source.lostEvents ?? 0) > 0 ? "warning" : "dim";
  return [...head, ...folded(`    ${clock}; ${lost}`, width, "    ", style)];
}
