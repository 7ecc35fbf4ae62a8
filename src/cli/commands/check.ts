import { REPORT_QUERIES } from "../../db/queries.ts";
import type { CheckReport } from "../../model/check-report.ts";
import { UserError } from "../../model/user-error.ts";
import { checkSources } from "../../pipeline/check.ts";
import { readProbeMap } from "../../pipeline/probe-map.ts";
import { loadRuleModules, type RuleOrigins } from "../../pipeline/rule-modules.ts";
import { loadSqlRules } from "../../pipeline/sql-rules.ts";
import { type Accepted, readBaseline, readWaivers } from "../../pipeline/waivers.ts";
import { checkJson } from "../../report/json.ts";
import { checkTerse, checkText, sqlText } from "../../report/text.ts";
import { atLeast } from "../../rules/check.ts";
import { chooseRules } from "../../rules/choice.ts";
import { RULES } from "../../rules/index.ts";
import { EXIT } from "../exit.ts";
import { explained, explainer, explanationOf } from "../explain.ts";
import { chosenReader } from "../input-format.ts";
import type { CheckOptions } from "../options.ts";
import { refuseOverlap, writeAnswer } from "../output.ts";
import { progressOn } from "../progress.ts";
import { ringOptions } from "../ring-options.ts";
import { intoCase } from "./import.ts";
import { withQueries } from "./sql-rules.ts";

/** `vringscope check`: prints the report and answers with the exit code. */
export async function check(files: readonly string[], options: CheckOptions): Promise<number> {
  if (options.showSql === true && (options.format === "json" || options.quiet === true)) {
    throw new UserError("options-conflict", "--show-sql goes with the text report only");
  }
  const outputs = [options.output, options.db].filter((path) => path !== undefined);
  const { waivers, baseline } = options;
  refuseOverlap([...files, ...[waivers, baseline].filter((path) => path !== undefined)], outputs);
  const origins: RuleOrigins = new Map(RULES.map(({ id }) => [id, "vringscope itself"]));
  const rules = [...RULES, ...(await loadRuleModules(options.ruleModule ?? [], origins))];
  const queries = loadSqlRules(options.sqlRules ?? [], origins);
  const choice = chooseRules(
    rules,
    options,
    queries.map(({ id }) => id),
  );
  const sqlRules = queries.filter(({ id }) => choice.others.has(id));
  const accepted = acceptedBy(options, [...origins.keys()]);
  const explain = explainer(options);
  const more = { ...options, choice, accepted, explain };
  const report = await explained(explain, async () =>
    sqlRules.length > 0
      ? withQueries(sqlRules, files, more)
      : options.db === undefined
        ? checkSources(files, {
            requireDecided: options.requireDecided === true,
            choice,
            accepted,
            map: options.map === undefined ? undefined : readProbeMap(options.map),
            inputFormat: chosenReader(options.inputFormat),
            explain,
            ring: ringOptions(options),
            progress: progressOn(process.stderr),
          })
        : intoCase(options.db, files, more),
  );
  const answer =
    options.format === "json"
      ? checkJson(report)
      : options.quiet === true
        ? checkTerse(report)
        : checkText(
            report,
            rules.map(({ id }) => id),
          );
  const shown = options.showSql === true ? sqlText(Object.values(REPORT_QUERIES)) : "";
  const how = explanationOf(explain, report);
  const isText = options.format === "text" && options.quiet !== true;
  await writeAnswer(answer + shown + (isText && how !== "" ? `\n${how}` : ""), options);
  // Scripts read the others.
  if (!isText) process.stderr.write(how);
  return exitCodeOf(report, options);
}

/** `ids`: of all rules, ours and the user's own. */
function acceptedBy({ waivers, baseline }: CheckOptions, ids: readonly string[]): Accepted {
  return {
    waivers: waivers === undefined ? [] : readWaivers(waivers, ids),
    baseline: baseline === undefined ? new Set() : readBaseline(baseline),
    today: new Date().toISOString().slice(0, 10),
  };
}

function exitCodeOf(report: CheckReport, options: CheckOptions): number {
  const { failOn } = options;
  if (failOn !== "never" && report.findings.some(({ severity }) => atLeast(severity, failOn))) {
    return EXIT.findings;
  }
  const undecided = report.verdict === "inconclusive" || report.verdict === "nothing-checked";
  return options.requireDecided === true && undecided ? EXIT.inconclusive : EXIT.clean;
}
