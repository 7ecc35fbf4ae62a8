import { expect, test } from "vitest";
import type { CheckReport, SourceReport } from "../model/check-report.ts";
import { checkText } from "./text.ts";

const HOSTILE = "evil\nerror: packed/fake\n  forged";

test("remarks and paths of a source are one line each", () => {
  const source: SourceReport = {
    path: HOSTILE,
    format: "ring-dump",
    clock: undefined,
    firstSeq: 0,
    ledger: { lines: 0, events: 0, notes: 0, rejected: 0, lostMarks: 0, lostEvents: 0 },
    diagnostics: [],
    remarks: [HOSTILE, "second"],
  };
  const report: CheckReport = {
    verdict: "nothing-checked",
    sources: [source],
    queues: [],
    selection: { spec: "1.3", leftOut: [], notBinding: [] },
    findings: [],
    waived: [],
    known: [],
    waivers: [],
    sqlRules: [],
    snapshots: [],
    coverage: [
      {
        rule: "r",
        queue: HOSTILE,
        satisfied: 0,
        violated: 0,
        undecided: 1,
        reasons: new Map([[HOSTILE, 1]]),
        unclear: 0,
        openPoints: new Map(),
      },
    ],
    gaps: [],
    exchanges: 0,
    featuresExercised: [],
    summary: { errors: 0, warnings: 0, notes: 0, undecided: 1, unclear: 0, checked: 0 },
  };
  const shown = "evil\\x0aerror: packed/fake\\x0a  forged";
  const text = checkText(report, ["r"]);
  expect(text).toContain(
    `  ring-dump    ${shown}\n  remark       ${shown}\n               second\n`,
  );
  expect(text).toContain(`  r: 1 undecided, ${shown}\n`);
  expect(text).not.toMatch(/^error|^ {2}forged/m);
});
