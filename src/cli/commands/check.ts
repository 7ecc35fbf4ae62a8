import type { CheckReport } from "../../model/check-report.ts";
import { checkSources } from "../../pipeline/check.ts";
import { checkJson } from "../../report/json.ts";
import { checkTerse, checkText } from "../../report/text.ts";
import { atLeast } from "../../rules/check.ts";
import { RULES } from "../../rules/index.ts";
import { EXIT } from "../exit.ts";
import { writeAnswer } from "../output.ts";
import type { CheckOptions } from "../program.ts";

/** `vringscope check`: prints the report and answers with the exit code. */
export async function check(files: readonly string[], options: CheckOptions): Promise<number> {
  const requireDecided = options.requireDecided === true;
  const report = await checkSources(files, { requireDecided });
  const answer =
    options.format === "json"
      ? checkJson(report)
      : options.quiet === true
        ? checkTerse(report)
        : checkText(
            report,
            RULES.map(({ id }) => id),
          );
  await writeAnswer(answer, options);
  return exitCodeOf(report, options);
}

function exitCodeOf(report: CheckReport, options: CheckOptions): number {
  const { failOn } = options;
  if (failOn !== "never" && report.findings.some(({ severity }) => atLeast(severity, failOn))) {
    return EXIT.findings;
  }
  const undecided = report.verdict === "inconclusive" || report.verdict === "nothing-checked";
  return options.requireDecided === true && undecided ? EXIT.inconclusive : EXIT.clean;
}
