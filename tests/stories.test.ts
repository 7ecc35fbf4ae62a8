import { dirname } from "node:path";
import { expect, test } from "vitest";
import type { CheckReport } from "../src/model/check-report.ts";
import { checkSources } from "../src/pipeline/check.ts";
import { STORIES } from "./run.ts";

/** A report as few lines: what a change of behaviour would change. */
function summaryOf(report: CheckReport): string {
  const lines: string[] = [];
  const { verdict, summary } = report;
  lines.push(`${verdict}: ${summary.checked} checked, ${summary.undecided} undecided`);
  for (const { ledger } of report.sources) {
    const { lines: all, events, notes, rejected, lostMarks } = ledger;
    lines.push(
      `${all} lines = ${events} events + ${notes} notes + ${rejected} rejected; ${lostMarks} loss marks`,
    );
  }
  for (const finding of report.findings) {
    const evidence = finding.evidence.map(({ role, place }) => `${role} ${place.line}`).join(", ");
    lines.push(`${finding.rule}  ${finding.party}  line ${finding.place.line}  ${finding.queue}`);
    lines.push(`  ${finding.message}`);
    lines.push(`  ${evidence}`);
    for (const { message, place } of finding.effects)
      lines.push(`  effect ${place.line}: ${message}`);
  }
  for (const row of report.coverage) {
    const reasons = [...row.reasons].map(([reason, count]) => `; ${count}: ${reason}`).join("");
    lines.push(
      `${row.rule}  ${row.queue}  ${row.satisfied} satisfied, ${row.violated} violated, ${row.undecided} undecided${reasons}`,
    );
  }
  for (const gap of report.gaps) {
    lines.push(`gap  ${gap.queue}  line ${gap.from.line} to ${gap.to.line}: ${gap.reason}`);
  }
  lines.push(`exercised: ${report.featuresExercised.join(" ")}`);
  return `${lines.join("\n")}\n`;
}

test.each(STORIES)("%s ends as written", async (path) => {
  const report = await checkSources([path]);
  await expect(summaryOf(report)).toMatchFileSnapshot(`../${dirname(path)}/findings.txt`);
});
