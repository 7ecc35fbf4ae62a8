import type { CheckReport, SourcedFinding, SourceReport } from "../model/check-report.ts";
import { type Coverage, hasEvent, type Place } from "../model/finding.ts";
import { clockText } from "../model/time.ts";
import { type SpecVersion, sectionIn } from "../virtio/clauses.ts";
import { printableJson } from "./printable.ts";

/** `vringscope-check/1`: docs/check.schema.json is its schema. */
export function checkJson(report: CheckReport): string {
  const { spec } = report.selection;
  const value = {
    schema: "vringscope-check/1",
    spec,
    verdict: report.verdict,
    sources: report.sources.map(sourceJson),
    queues: report.queues.map((queue) => ({
      id: queue.id,
      device: queue.device ?? null,
      name: queue.name ?? null,
      index: queue.index ?? null,
      layout: queue.layout ?? null,
      size: queue.size ?? null,
      features: queue.features,
      events: queue.events,
      decisions: queue.decisions,
    })),
    findings: report.findings.map((finding) => findingJson(finding, spec)),
    waived: report.waived.map(({ finding, waiver }) => ({
      ...findingJson(finding, spec),
      reason: waiver.reason,
      waiver: waiver.number,
    })),
    known: report.known.map((finding) => findingJson(finding, spec)),
    waivers: report.waivers.map(({ queue, fingerprint, expires, ...waiver }) => ({
      ...waiver,
      queue: queue ?? null,
      fingerprint: fingerprint ?? null,
      expires: expires ?? null,
    })),
    ...(report.sqlRules.length === 0 ? {} : { sqlRules: report.sqlRules }),
    coverage: report.coverage.map(coverageJson),
    gaps: report.gaps.map(({ queue, from, to, reason }) => ({
      queue,
      fromSeq: from.seq,
      toSeq: to.seq,
      reason,
    })),
    exchanges: report.exchanges,
    featuresExercised: report.featuresExercised,
    unclear: openPoints(report.coverage),
    notRun: {
      leftOut: report.selection.leftOut,
      notBinding: report.selection.notBinding,
    },
    summary: report.summary,
  };
  return `${printableJson(value, 2)}\n`;
}

/** What the specification leaves open, by rule and queue. */
export function openPoints(coverage: readonly Coverage[]): object[] {
  return coverage.flatMap((row) =>
    [...row.openPoints].map(([point, count]) => ({
      rule: row.rule,
      queue: row.queue,
      point,
      count,
    })),
  );
}

function findingJson(finding: SourcedFinding, spec: SpecVersion): object {
  return {
    rule: finding.rule,
    class: finding.class,
    severity: finding.severity,
    party: finding.party,
    queue: finding.queue === "" ? null : finding.queue,
    seq: finding.place.seq,
    line: lineOf(finding.source, finding.place),
    time: hasEvent(finding.place) ? timeText(finding.source, finding.place.time) : null,
    message: finding.message,
    clause: finding.clause,
    section: finding.clause === null ? null : (sectionIn(finding.clause, spec) ?? null),
    covers: finding.covers,
    fingerprint: finding.fingerprint,
    expected: finding.expected,
    found: finding.found,
    evidence: finding.evidence.map(({ role, place }) => ({
      source: finding.source.path,
      line: lineOf(finding.source, place),
      seq: place.seq,
      role,
    })),
    effects: finding.effects.map(({ message, place }) => ({
      message,
      line: lineOf(finding.source, place),
      seq: place.seq,
    })),
  };
}

export function timeText(source: SourceReport, since: number): string {
  return source.clock === undefined ? "0" : clockText(source.clock, since);
}

/** Binary sources and dumps have no lines. */
function lineOf(source: SourceReport, place: Place): number | null {
  return place.line === 0 || hasRecords(source) ? null : place.line;
}

/** Whether places in a source are counted in records, not lines. */
export function hasRecords({ format }: SourceReport): boolean {
  return format === "trace.dat" || format === "ring-buffer-pages";
}

function sourceJson(source: SourceReport): object {
  const { lines, events, notes, rejected, lostEvents, lostMarks } = source.ledger;
  return {
    path: source.path,
    format: source.format,
    clock: source.clock?.unit ?? null,
    lines,
    events,
    notes,
    rejected,
    lost: { events: lostEvents, marks: lostMarks },
    diagnostics: source.diagnostics.map(({ code, line, offset, expected, count }) => ({
      code,
      line,
      offset,
      expected,
      count,
    })),
    remarks: source.remarks ?? [],
  };
}

function coverageJson(row: Coverage): object {
  const { rule, queue, satisfied, violated, undecided, reasons } = row;
  return { rule, queue, satisfied, violated, undecided, reasons: Object.fromEntries(reasons) };
}
