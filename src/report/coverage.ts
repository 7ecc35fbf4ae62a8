import type { Rule } from "../rules/rule.ts";
import { KEPT, TODO, uncoveredReason } from "../rules/uncovered.ts";
import {
  CATALOGUE_INVARIANTS,
  CATALOGUE_STATEMENTS,
  type CatalogueRow,
  isLifeStatement,
  isRingObligation,
} from "../virtio/catalogue.ts";
import { pageName } from "./rule-text.ts";

/** What stands behind a row of the catalogue. */
export interface RowCoverage {
  readonly row: CatalogueRow;
  readonly rules: readonly Rule[];
  /** Stories of its rules that must yield a finding, and that must yield none: tests run them all. */
  readonly violating: number;
  readonly obeying: number;
  /** Why no rule covers it; undefined where some do. */
  readonly reason: string | undefined;
}

/** Every row, with the rules that cover it. */
export function rowCoverage(rules: readonly Rule[]): RowCoverage[] {
  return [...CATALOGUE_STATEMENTS, ...CATALOGUE_INVARIANTS].map((row) => {
    const covering = rules.filter(({ covers }) => covers.includes(row.id));
    const told = (which: "violates" | "obeys"): number =>
      covering.reduce((sum, { examples }) => sum + examples[which].length, 0);
    return {
      row,
      rules: covering,
      violating: told("violates"),
      obeying: told("obeys"),
      reason: covering.length > 0 ? undefined : (uncoveredReason(row.id) ?? awaited(row.id)),
    };
  });
}

function awaited(row: string): string {
  return TODO.includes(row) ? "a rule is being written" : "no reason is known";
}

/** How many rows of a set can be decided, are covered, and are shown by a test to fire and to be silent. */
export interface CoverageCount {
  readonly title: string;
  readonly rows: number;
  readonly decidable: number;
  readonly partial: number;
  readonly unobservable: number;
  readonly tolerances: number;
  readonly covered: number;
  readonly coveredDecidable: number;
  readonly fired: number;
  readonly silent: number;
  /** No rule covers them: a guard keeps rules silent on what they allow, and a test shows it. */
  readonly kept: number;
}

/** The three counts of the project's goals. */
export function coverageCounts(rows: readonly RowCoverage[]): CoverageCount[] {
  const invariants = new Set(CATALOGUE_INVARIANTS.map(({ id }) => id));
  return [
    counted("obligations of the ring chapters (2.7, 2.8)", rows, ({ row }) =>
      isRingObligation(row),
    ),
    counted("derived invariants", rows, ({ row }) => invariants.has(row.id)),
    counted("status, features, reset, initialisation", rows, ({ row }) => isLifeStatement(row)),
    counted("PCI and MMIO transports", rows, ({ row }) => /^(?:PCI|MMIO)-/.test(row.id)),
  ];
}

function counted(
  title: string,
  all: readonly RowCoverage[],
  belongs: (coverage: RowCoverage) => boolean,
): CoverageCount {
  const rows = all.filter(belongs);
  const count = (of: (coverage: RowCoverage) => boolean): number => rows.filter(of).length;
  const is = (decidability: CatalogueRow["decidability"]) => (coverage: RowCoverage) =>
    coverage.row.decidability === decidability;
  return {
    title,
    rows: rows.length,
    decidable: count(is("decidable")),
    partial: count(is("partial")),
    unobservable: count(is("not observable")),
    tolerances: count(is("tolerance")),
    covered: count(({ rules }) => rules.length > 0),
    coveredDecidable: count((one) => one.rules.length > 0 && one.row.decidability === "decidable"),
    fired: count(({ violating }) => violating > 0),
    silent: count(({ obeying }) => obeying > 0),
    kept: count(({ row, rules }) => rules.length === 0 && KEPT.includes(row.id)),
  };
}

const COUNT_HEAD = [
  "rows",
  "decidable",
  "partial",
  "not observable",
  "tolerances",
  "covered",
  "covered, decidable",
  "fired in a test",
  "silent in a test",
  "kept by a guard",
];

function countCells(count: CoverageCount): number[] {
  return [
    count.rows,
    count.decidable,
    count.partial,
    count.unobservable,
    count.tolerances,
    count.covered,
    count.coveredDecidable,
    count.fired,
    count.silent,
    count.kept,
  ];
}

/** The counts for a terminal, and what is still to do. */
export function coverageText(rows: readonly RowCoverage[]): string {
  const blocks = coverageCounts(rows).map((count) => {
    const cells = countCells(count);
    return `${count.title}\n${COUNT_HEAD.map((name, i) => `  ${name.padEnd(20)}${String(cells[i]).padStart(4)}\n`).join("")}`;
  });
  const open = rows.filter(({ row, rules }) => rules.length === 0 && TODO.includes(row.id));
  return `${blocks.join("\n")}\nto do: ${open.length === 0 ? "none" : `${open.length} rows: ${open.map(({ row }) => row.id).join(" ")}`}\n`;
}

/** docs/coverage.md but for its head. `tests` leads to where stories of a rule stand. */
export function coveragePage(rows: readonly RowCoverage[]): string {
  const counts = coverageCounts(rows).map(
    (count) => `| ${count.title} | ${countCells(count).join(" | ")} |`,
  );
  const sections: readonly (readonly [title: string, prefix: RegExp])[] = [
    ["Split virtqueues (2.7)", /^SP-/],
    ["Packed virtqueues (2.8)", /^PK-/],
    ["Status, features, reset, initialisation (2.1 to 2.6, 3, 6)", /^CM-/],
    ["PCI transport (4.1)", /^PCI-/],
    ["MMIO transport (4.2)", /^MMIO-/],
    ["Derived invariants", /^INV-/],
  ];
  const tables = sections.map(([title, prefix]) => {
    const lines = rows.filter(({ row }) => prefix.test(row.id)).map(rowLine);
    return `## ${title}\n\n| row | what | rules | evidence | tests |\n| --- | --- | --- | --- | --- |\n${lines.join("\n")}`;
  });
  return [
    `| | ${COUNT_HEAD.join(" | ")} |\n| --- |${" ---: |".repeat(COUNT_HEAD.length)}\n${counts.join("\n")}`,
    ...tables,
  ].join("\n\n");
}

function rowLine({ row, rules, violating, obeying, reason }: RowCoverage): string {
  const what = `${row.level}, ${row.section}, by ${row.party === "both" ? "both sides" : `the ${row.party}`}: ${row.text}`;
  const first = `| ${row.id} | ${cell(what)} `;
  if (rules.length === 0) return `${first}| none: ${cell(reason ?? "")} | ${row.decidability} | |`;
  const links = rules.map(({ id }) => `[${id}](rules/${pageName(id)})`).join(", ");
  const needs = [...new Set(rules.map(({ needs }) => needs))].join("; ");
  return `${first}| ${links} | ${row.decidability}: ${cell(needs)} | ${violating} fire, ${obeying} stay silent |`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
