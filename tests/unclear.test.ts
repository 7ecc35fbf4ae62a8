import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv } from "ajv";
import { afterAll, beforeAll, expect, test } from "vitest";
import { REPORT_QUERIES } from "../src/db/queries.ts";
import { CaseReader } from "../src/db/reader.ts";
import { CaseWriter } from "../src/db/writer.ts";
import { checkSources } from "../src/pipeline/check.ts";
import { checkJson } from "../src/report/json.ts";
import { checkText } from "../src/report/text.ts";
import type { Choice } from "../src/rules/choice.ts";
import { defineRule } from "../src/rules/rule.ts";

const TRACE = "fixtures/stories/stock-packed/trace.txt";
const POINT = "whether a decision may be made on a Monday (virtio 1.3, 2.8.10)";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "vringscope-unclear-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A rule of which the specification says nothing. */
const open = defineRule({
  id: "queue/left-open",
  title: "Nobody knows.",
  why: "Nobody can.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: null,
  covers: [],
  needs: "a decision",
  follows: [],
  on: { "kick.decided": (_seen, judge) => judge.unclear(POINT) },
  examples: { violates: [], obeys: [] },
});

const choice: Choice = {
  spec: "1.3",
  rules: [open],
  leftOut: [],
  notBinding: [],
  others: new Set<string>(),
};

test("what the specification leaves open is told everywhere, and is no finding", async () => {
  const path = join(folder, "case.db");
  const report = await checkSources([TRACE], { choice, store: new CaseWriter(path) });
  const { unclear } = report.summary;
  expect(unclear).toBeGreaterThan(1);
  // Something was met, and nothing could be decided: that is no pass.
  expect(report.verdict).toBe("inconclusive");
  expect(report.findings).toEqual([]);

  const text = checkText(report, [open.id]);
  expect(text).toContain(
    "left open by the specification, and therefore no finding\n  queue/left-open: whether a decision",
  );
  expect(text.replaceAll(/\s+/g, " ")).toContain(`${POINT} (${unclear} times)`);
  expect(text).not.toContain("not exercised");

  const json = JSON.parse(checkJson(report));
  const validate = new Ajv().compile(JSON.parse(readFileSync("docs/check.schema.json", "utf8")));
  validate(json);
  expect(validate.errors ?? []).toEqual([]);
  const sum = (json.unclear as { count: number }[]).reduce((total, { count }) => total + count, 0);
  expect(sum).toBe(unclear);
  for (const one of json.unclear) expect(one).toMatchObject({ rule: open.id, point: POINT });

  const reader = new CaseReader(path);
  expect([...reader.query(REPORT_QUERIES.openPoints.sql).rows]).toEqual([
    [open.id, POINT, BigInt(unclear)],
  ]);
  reader.close();
});

test("the headline counts it", async () => {
  const report = await checkSources([TRACE], { choice });
  expect(checkText(report, [open.id])).toMatch(
    /^inconclusive: 0 checks made, none failed, \d+ left open by the specification\n/,
  );
});
