import type { FindingFacts, ProofFacts } from "../../db/case-view.ts";
import { SHIPPED_BUGS } from "../../rules/shipped-bugs.ts";
import { CLAUSES, type ClauseId, citation, SPEC_DEFAULT } from "../../virtio/clauses.ts";
import { folded, type Line, line, restyled, span } from "../line.ts";
import { bodyRows, type Model } from "../model.ts";
import { chosenFinding } from "../place.ts";
import { shortKey, sourceOf, windowOf } from "./words.ts";

const LIST_ROWS_MAX = 8;

/** The list above, what the chosen one stands on below. */
export function findingsRows(model: Model, width: number, height: number): readonly Line[] {
  const { findings } = model.case;
  if (findings.length === 0) return nothing(model, width);
  const { cursor, pane } = model.findings;
  const listHeight = listRows(model, height);
  const list = findings.map((finding, at) => {
    const row = listRow(model, finding);
    if (at !== cursor) return row;
    return pane === "list" ? restyled(row, "cursor") : [span("▶", "mark"), ...row.slice(1)];
  });
  const detail = findingDetail(model, width);
  const room = height - listHeight - 1;
  return [
    ...windowOf(list, cursor, listHeight),
    line(span("─".repeat(width), "dim")),
    ...windowOf(detail.rows, pane === "proof" ? detail.cursorRow : 0, room),
  ];
}

function listRows({ case: { findings } }: Model, height: number): number {
  return Math.min(LIST_ROWS_MAX, findings.length, Math.max(1, Math.floor(height / 3)));
}

/** The furthest place of the proof's cursor: behind the last event it goes on to the end of the text. */
export function proofReach(model: Model): number {
  const { findings, columns } = model;
  const height = bodyRows(model);
  const room = height - listRows(model, height) - 1;
  const last = Math.max(0, proofsOf(model).length - 1);
  const { rows, cursorRow } = findingDetail(
    { ...model, findings: { ...findings, pane: "proof", proofCursor: last } },
    columns,
  );
  if (rows.length <= room) return last;
  return last + Math.max(0, rows.length - room + Math.floor(room / 2) - cursorRow);
}

/** Evidence and effects of the chosen finding, as far as they are loaded. */
export function proofsOf(model: Model): readonly ProofFacts[] {
  const { proof } = model.findings;
  return proof === undefined || proof.id !== chosenFinding(model)?.id
    ? []
    : [...proof.evidence, ...proof.effects];
}

function nothing({ case: { summary } }: Model, width: number): Line[] {
  const said =
    summary.verdict === "nothing-checked"
      ? "No rule met anything to judge: that is not a pass."
      : summary.verdict === "inconclusive"
        ? `No finding, and nothing that counts as a pass: ${summary.checked} checks made, ${summary.undecided} undecided.`
        : `No finding: ${summary.checked} checks made, ${summary.undecided} could not be decided.`;
  return [
    [],
    ...folded(`  ${said}`, width, "  ", "good"),
    ...folded("  1 shows what was checked and which evidence is missing.", width, "  ", "dim"),
  ];
}

function listRow(model: Model, { severity, rule, queue, seq, fingerprint }: FindingFacts): Line {
  const waived = model.case.waived.get(fingerprint);
  return line(
    " ",
    span(severity.padEnd(8), severity),
    span(rule.padEnd(34), "bold"),
    span(` ${queue === null ? "whole case" : shortKey(model, queue)}`),
    span(seq === null ? "" : `  event ${seq}`, "dim"),
    span(waived === undefined ? "" : `  waived: ${waived}`, "note"),
  );
}

/** The chosen finding in full, and the row that its proof's cursor is on. */
export function findingDetail(
  model: Model,
  width: number,
): { readonly rows: readonly Line[]; readonly cursorRow: number } {
  const finding = chosenFinding(model);
  if (finding === undefined) return { rows: [], cursorRow: 0 };
  const { proof, pane, proofCursor } = model.findings;
  const loaded = proof?.id === finding.id ? proof : undefined;
  const rows: Line[] = [
    line(
      span(`${finding.severity}: ${finding.rule}`, finding.severity),
      span(`  ${finding.party}`, "dim"),
    ),
    ...folded(`  ${finding.message}`, width, "  "),
    ...(finding.queue === null ? [] : field("queue", finding.queue, width)),
  ];
  const proofs = proofsOf(model);
  rows.push(
    [],
    line(span("evidence", "title"), span("  tab, j and k, enter: to the event", "dim")),
  );
  const beyond = Math.max(0, proofCursor - (proofs.length - 1));
  let cursorRow = rows.length;
  for (const [at, one] of proofs.entries()) {
    const [first, ...more] = proofRows(model, one, width);
    const chosen = pane === "proof" && at === proofCursor - beyond;
    if (chosen) cursorRow = rows.length;
    if (first !== undefined) rows.push(chosen ? restyled(first, "cursor") : first);
    rows.push(...more);
  }
  if (loaded === undefined) rows.push(line(span("  ...", "dim")));
  rows.push(
    [],
    ...field("expected", finding.expected, width),
    ...field("found", finding.found, width),
  );
  rows.push(...clause(finding, width), ...shipped(finding, width));
  rows.push(...field("fingerprint", finding.fingerprint, width));
  rows.push(
    line(span("  S: the SQL that gives this  y: copy it all  w: waive it  r: the ring", "dim")),
  );
  return { rows, cursorRow: cursorRow + beyond };
}

function proofRows(
  model: Model,
  { role, seq, line: number, what }: ProofFacts,
  width: number,
): Line[] {
  const binary = seq !== null && sourceOf(model, seq)?.format === "trace.dat";
  const where =
    seq === null ? "no event" : number === null || binary ? `event ${seq}` : `line ${number}`;
  const head = `  ${role.padEnd(12)} ${where.padEnd(12)} `;
  return folded(`${head}${what}`, width, " ".repeat(head.length));
}

function field(name: string, text: string, width: number): Line[] {
  return folded(`  ${name.padEnd(12)} ${text}`, width, " ".repeat(15));
}

function clause({ clause: id }: FindingFacts, width: number): Line[] {
  if (id === null || !(id in CLAUSES)) {
    return field("clause", "none: it is about state that only the driver has", width);
  }
  const known = id as ClauseId;
  return [
    ...field("clause", citation(known, SPEC_DEFAULT), width),
    ...folded(`${" ".repeat(15)}${CLAUSES[known].paraphrase}`, width, " ".repeat(15), "dim"),
  ];
}

function shipped({ rule }: FindingFacts, width: number): Line[] {
  const bugs = SHIPPED_BUGS[rule] ?? [];
  return bugs.flatMap(({ project, reference, what }, at) =>
    field(at === 0 ? "shipped" : "", `${project} ${reference}: ${what}`, width),
  );
}
