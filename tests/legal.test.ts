import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { checkSources } from "../src/pipeline/check.ts";

// Each of these is what a correct driver may show, and each once raised a false alarm.
test.each(readdirSync("fixtures/legal"))("%s is legal", async (name) => {
  const report = await checkSources([`fixtures/legal/${name}`]);
  expect(report.findings.filter(({ severity }) => severity !== "note")).toEqual([]);
  expect(report.sources[0]?.ledger.events).toBeGreaterThan(0);
});
