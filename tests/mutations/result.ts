import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Finding } from "../../src/model/finding.ts";
import { checkSources } from "../../src/pipeline/check.ts";
import { type Mutation, mutated, type Run } from "./mutation.ts";
import * as right from "./parties-entry.ts";

/** What came of one run, with the mistake and without. */
export interface RunResult {
  readonly shape: string;
  /** Findings above note on the run without the mistake: there must be none. */
  readonly alarms: readonly string[];
  /** The first finding that names the mistake. */
  readonly found: Pick<Finding, "rule" | "severity"> | undefined;
  /** All rules with a finding, the first cause first. */
  readonly rules: readonly string[];
}

export interface MutationResult {
  readonly mutation: Mutation;
  readonly runs: readonly RunResult[];
}

/** Makes the mistake, and runs what is to expose it. */
export async function resultOf(mutation: Mutation): Promise<MutationResult> {
  if (mutation.rules.length === 0) return { mutation, runs: [] };
  const folder = mkdtempSync(join(tmpdir(), "vringscope-mutation-"));
  const path = join(folder, "log.jsonl");
  const findingsOf = async (lines: readonly string[]): Promise<readonly Finding[]> => {
    writeFileSync(path, `${lines.join("\n")}\n`);
    return (await checkSources([path])).findings;
  };
  try {
    const wrong = await mutated(mutation);
    const result = async ({ shape, lines }: Run): Promise<RunResult> => {
      const silent = await findingsOf(lines(right));
      const loud = await findingsOf(lines(wrong));
      return {
        shape,
        alarms: silent.filter(({ severity }) => severity !== "note").map(({ rule }) => rule),
        found: loud.find(({ rule }) => mutation.rules.includes(rule)),
        rules: loud.map(({ rule }) => rule),
      };
    };
    const runs: RunResult[] = [];
    for (const run of mutation.runs) runs.push(await result(run));
    return { mutation, runs };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const VISIBLE: Readonly<Record<Mutation["visibility"], string>> = {
  D: "every run",
  C: "needs a shape",
  T: "forced schedule",
  O: "outcome only",
  X: "no trace",
};

/** docs/mutations.md. */
export function mutationsPage(results: readonly MutationResult[]): string {
  const rows = results.map(({ mutation, runs }) => {
    const { id, what, visibility, remark } = mutation;
    const found = [...new Set(runs.map((run) => run.found?.rule))].map((rule) =>
      rule === undefined ? "**not found**" : `\`${rule}\``,
    );
    const severities = [...new Set(runs.map((run) => run.found?.severity ?? "-"))];
    const shapes = runs.map(({ shape }) => shape).join("; ");
    const words = runs.length === 0 ? remark : remark === "" ? shapes : `${shapes}. ${remark}`;
    return `| ${id} | ${what} | ${VISIBLE[visibility]} | ${found.join(", ") || "-"} | ${severities.join(", ") || "-"} | ${words} |`;
  });
  const told = results.filter(({ mutation }) => mutation.rules.length > 0);
  const missed = told.filter(({ runs }) => runs.some(({ found }) => found === undefined));
  const alarms = told.filter(({ runs }) => runs.some((run) => run.alarms.length > 0));
  return `# Mistakes on purpose, and what finds them

<!-- printed by \`npm run mutations\`; do not edit -->

Each row is a patch of a few lines to a correct model of a driver or a device (\`tests/mutations\`), run in the
shapes that expose it; the run without the patch has no finding above note. Group 1 to 4 are a packed
driver's (publishing, indirect, consuming, events), 5 a packed device's, 6 a split driver's, 7 a split device's.

| | mistake | to be seen in | found by | severity | shapes |
| --- | --- | --- | --- | --- | --- |
${rows.join("\n")}

${results.length} mutations; ${told.length} that a trace can show, ${told.length - missed.length} found in each of their runs, ${missed.length} not; ${alarms.length} with a finding above note in a run without the mistake.
`;
}
