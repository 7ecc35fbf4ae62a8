import { ruleAccount } from "../../pipeline/story.ts";
import { rulesJson, rulesTable, ruleText } from "../../report/rule-text.ts";
import { rulesNamed } from "../../rules/choice.ts";
import { RULES } from "../../rules/index.ts";
import { SPEC_DEFAULT } from "../../virtio/clauses.ts";
import { EXIT } from "../exit.ts";
import type { RulesOptions } from "../options.ts";
import { writeAnswer } from "../output.ts";

/** Rules told in full, one under the other. */
const RULER = `${"-".repeat(80)}\n`;

/** `vringscope rules`: a table of all, or everything about those that are named. */
export async function rules(ids: readonly string[], options: RulesOptions): Promise<number> {
  const { spec = SPEC_DEFAULT, json } = options;
  const named = ids.length === 0 ? RULES : rulesNamed(RULES, ids);
  const answer =
    json === true
      ? rulesJson(named, spec)
      : ids.length === 0
        ? rulesTable(named, spec)
        : named.map((rule) => ruleText(ruleAccount(rule, RULES), spec)).join(`\n${RULER}\n`);
  await writeAnswer(answer, {});
  return EXIT.clean;
}
