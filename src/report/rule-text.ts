import type { SourcedFinding } from "../model/check-report.ts";
import type { RingEvent } from "../model/event.ts";
import { bindsSince } from "../rules/choice.ts";
import type { Rule } from "../rules/rule.ts";
import { SHIPPED_BUGS, type ShippedBug } from "../rules/shipped-bugs.ts";
import { type CatalogueRow, catalogueRow } from "../virtio/catalogue.ts";
import {
  CLAUSES,
  type ClauseId,
  citation,
  inForce,
  type SpecVersion,
  sectionIn,
} from "../virtio/clauses.ts";
import { printableJson } from "./printable.ts";
import { storyLines } from "./story.ts";
import { findingBlock } from "./text.ts";
import { WIDTH, wrapped } from "./wrapped.ts";

/** A rule with what its examples come to. */
export interface RuleAccount {
  readonly rule: Rule;
  /** Every clause that its findings cite; none for state that only the driver has. */
  readonly clauses: readonly ClauseId[];
  readonly violating: {
    readonly events: readonly RingEvent[];
    readonly findings: readonly SourcedFinding[];
  };
  readonly obeying: readonly RingEvent[];
}

const NO_CLAUSE = "none: state that only the driver has";

/** A line for each rule. */
export function rulesTable(rules: readonly Rule[], spec: SpecVersion): string {
  const rows = rules.map((rule) => [
    rule.id,
    rule.severity,
    rule.class,
    rule.party,
    sectionText(rule, spec),
    rule.title,
  ]);
  const head = ["id", "severity", "class", "party", "section", "what went wrong"];
  const all = [head, ...rows];
  const widths = head.map((_, i) => Math.max(...all.map((cells) => (cells[i] ?? "").length)));
  return all
    .map((cells) => cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  "))
    .map((line) => `${line.trimEnd()}\n`)
    .join("");
}

/** The section of a rule's clause; `-` for none, `1.1+` where the rule or the clause came later. */
function sectionText(rule: Rule, spec: SpecVersion): string {
  const since = bindsSince(rule);
  if (!inForce(since, spec)) return `${since}+`;
  return rule.clause === null ? "-" : (sectionIn(rule.clause, spec) ?? "-");
}

/** One JSON array of rules. */
export function rulesJson(rules: readonly Rule[], spec: SpecVersion): string {
  const values = rules.map((rule) => ({
    id: rule.id,
    severity: rule.severity,
    class: rule.class,
    party: rule.party,
    title: rule.title,
    why: rule.why,
    clause: rule.clause,
    section: rule.clause === null ? null : (sectionIn(rule.clause, spec) ?? null),
    spec,
    since: bindsSince(rule),
    binds: inForce(bindsSince(rule), spec),
    needs: rule.needs,
    covers: rule.covers,
    follows: rule.follows,
    shipped: bugsOf(rule),
  }));
  return `${printableJson(values, 2)}\n`;
}

function bugsOf({ id }: Rule): readonly ShippedBug[] {
  return SHIPPED_BUGS[id] ?? [];
}

function rowsOf({ covers }: Rule): CatalogueRow[] {
  return covers.flatMap((id) => catalogueRow(id) ?? []);
}

/** All that is known of a rule, for a terminal. */
export function ruleText(account: RuleAccount, spec: SpecVersion): string {
  const { rule, clauses, violating, obeying } = account;
  const para = (text: string): string[] => wrapped("  ", "  ", text, WIDTH);
  const list = (first: string, text: string): string[] =>
    wrapped(`  ${first}`, "    ", text, WIDTH);
  const since = bindsSince(rule);
  const bugs = bugsOf(rule);
  const [finding] = violating.findings;
  const blocks: string[][] = [
    [rule.id, ...para(rule.title), "", ...para(rule.why)],
    [
      `${rule.severity} (class ${rule.class}), by ${partyText(rule)}; since virtio ${since}${
        inForce(since, spec) ? "" : `, and therefore not binding in virtio ${spec}`
      }`,
    ],
    [
      clauses.length > 1 ? "clauses" : "clause",
      ...(clauses.length === 0 ? para(NO_CLAUSE) : []),
      ...clauses.flatMap((clause) => [
        ...para(citation(clause, spec)),
        ...wrapped("    ", "    ", CLAUSES[clause].paraphrase, WIDTH),
      ]),
    ],
    ["evidence needed", ...para(rule.needs)],
    [
      "catalogue rows (sections of virtio 1.3)",
      ...(rowsOf(rule).length === 0
        ? para("none")
        : rowsOf(rule).flatMap(({ id, level, section, text }) =>
            list("", `${id} (${level}, ${section}): ${text}`),
          )),
    ],
    ...(rule.follows.length === 0
      ? []
      : [
          [
            "an effect, and no finding of its own, where these are found",
            ...rule.follows.map((id) => `  ${id}`),
          ],
        ]),
    ["an example that violates it", ...storyLines(violating.events).map((line) => `  ${line}`)],
    ...(finding === undefined
      ? []
      : [["how that looks in a report", ...indented(findingBlock(finding, { spec }))]]),
    ["an example that obeys it", ...storyLines(obeying).map((line) => `  ${line}`)],
    ...(bugs.length === 0
      ? []
      : [
          [
            "bugs that shipped",
            ...bugs.flatMap(({ project, reference, what }) =>
              list("", `${project} ${reference}: ${what}`),
            ),
          ],
        ]),
  ];
  return `${blocks.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function partyText({ party }: Rule): string {
  return party === "unknown" ? "either side" : `the ${party}`;
}

function indented(text: string): string[] {
  return text.split("\n").map((line) => (line === "" ? "" : `  ${line}`));
}

/** The same as a page of docs/rules. */
export function rulePage(account: RuleAccount, spec: SpecVersion): string {
  const { rule, clauses, violating, obeying } = account;
  const [finding] = violating.findings;
  const bugs = bugsOf(rule);
  const fenced = (text: string): string => `\`\`\`text\n${text}\n\`\`\``;
  const clause =
    clauses.map((one) => `${citation(one, spec)}. ${CLAUSES[one].paraphrase}`).join("<br>") ||
    NO_CLAUSE;
  const rows = rowsOf(rule).map(
    ({ id, level, section, text }) => `- ${id} (${level}, ${section}): ${text}`,
  );
  const follows = rule.follows.map((id) => `[\`${id}\`](${pageName(id)})`).join(", ");
  const parts = [
    rule.title,
    rule.why,
    `| | |\n| --- | --- |\n| severity | ${rule.severity} (class ${rule.class}), by ${partyText(rule)} |\n` +
      `| clause | ${clause.replaceAll("|", "\\|")} |\n| binds since | virtio ${bindsSince(rule)} |\n` +
      `| evidence needed | ${rule.needs.replaceAll("|", "\\|")} |\n| is an effect of | ${follows || "no other rule"} |`,
    `## Catalogue rows (sections of virtio 1.3)\n\n${rows.length === 0 ? "None." : rows.join("\n")}`,
    `## An example that violates it\n\n${fenced(storyLines(violating.events).join("\n"))}`,
    ...(finding === undefined
      ? []
      : [`In a report:\n\n${fenced(findingBlock(finding, { spec }))}`]),
    `## An example that obeys it\n\n${fenced(storyLines(obeying).join("\n"))}`,
    ...(bugs.length === 0
      ? []
      : [
          `## Bugs that shipped\n\n${bugs
            .map(({ project, reference, what }) => `- ${project} ${reference}: ${what}`)
            .join("\n")}`,
        ]),
  ];
  return `${parts.join("\n\n")}\n`;
}

/** The list of all pages of docs/rules. */
export function rulesIndex(rules: readonly Rule[], spec: SpecVersion): string {
  const rows = rules.map((rule) => {
    const cells = [rule.severity, rule.class, rule.party === "unknown" ? "either" : rule.party];
    const link = `[${rule.id}](${pageName(rule.id)})`;
    return `| ${[link, ...cells, sectionText(rule, spec), rule.title].join(" | ")} |`;
  });
  return `| rule | severity | class | party | section | what went wrong |\n| --- | --- | --- | --- | --- | --- |\n${rows.join("\n")}\n`;
}

/** File of a rule's page in docs/rules, as its own file in src/rules is called. */
export function pageName(id: string): string {
  return `${id.replace("/", "-")}.md`;
}
