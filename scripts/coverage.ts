// npm run coverage: how much of the specification catalogue the rules cover, counted from the rule files.
import { coverageText, rowCoverage } from "../src/report/coverage.ts";
import { RULES } from "../src/rules/index.ts";

process.stdout.write(coverageText(rowCoverage(RULES)));
