import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { expect, test } from "vitest";
import { STORIES, vringscope } from "./run.ts";

const validate = new Ajv({ allErrors: true }).compile(
  JSON.parse(readFileSync("docs/check.schema.json", "utf8")),
);

test.each(STORIES)("the report on %s fits its schema", (path) => {
  const { stdout } = vringscope(["check", "--format", "json", path]);
  validate(JSON.parse(stdout));
  expect(validate.errors ?? []).toEqual([]);
});

test("the schema refuses what is no report", () => {
  expect(validate({ schema: "vringscope-check/1" })).toBe(false);
});

test("numbers of a report agree with each other", () => {
  const { stdout } = vringscope([
    "check",
    "--format",
    "json",
    "fixtures/stories/kick-missed/trace.txt",
  ]);
  const report = JSON.parse(stdout);
  const [source] = report.sources;
  expect(source.lines).toBe(source.events + source.notes + source.rejected);
  const sum = (key: string): number =>
    report.coverage.reduce(
      (total: number, row: Record<string, number>) => total + (row[key] ?? 0),
      0,
    );
  expect(report.summary.checked).toBe(sum("satisfied") + sum("violated"));
  expect(report.summary.undecided).toBe(sum("undecided"));
  for (const { undecided, reasons } of report.coverage) {
    const counts = Object.values(reasons as Record<string, number>);
    expect(counts.reduce((total, count) => total + count, 0)).toBe(undecided);
  }
  for (const { time } of report.findings) expect(time).toMatch(/^\d+\.\d{9}$/);
});
