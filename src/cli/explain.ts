import type { CheckReport } from "../model/check-report.ts";
import { UserError } from "../model/user-error.ts";
import { ParseExplainer } from "../pipeline/explain.ts";
import { explanationText } from "../report/explanation.ts";

/** What --explain-parse asks for; undefined without it. */
export function explainer(options: {
  readonly explainParse?: boolean;
}): ParseExplainer | undefined {
  return options.explainParse === true ? new ParseExplainer() : undefined;
}

/** Runs what reads inputs. Where it fails, what is known of them is told: that is when it is needed most. */
export async function explained(
  explain: ParseExplainer | undefined,
  run: () => Promise<CheckReport>,
): Promise<CheckReport> {
  try {
    return await run();
  } catch (error) {
    const explanations = explain?.explanations ?? [];
    if (error instanceof UserError && explanations.length > 0) {
      process.stderr.write(explanationText(explanations, []));
    }
    throw error;
  }
}

/** What a report says of how its sources were read; nothing where nobody asked. */
export function explanationOf(explain: ParseExplainer | undefined, report: CheckReport): string {
  return explain === undefined ? "" : explanationText(explain.explanations, report.sources);
}
