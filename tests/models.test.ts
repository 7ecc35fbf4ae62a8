import { existsSync, readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { replayLog } from "./model-log.ts";
import { SHARED, sharedPresent, sharedTitle } from "./run.ts";

const STOCK = `${SHARED}/oracle/stock`;
const VARIANTS = `${SHARED}/oracle/variants`;
const logs = sharedPresent
  ? readdirSync(STOCK)
      .filter((name) => name.endsWith(".jsonl.gz"))
      .sort()
  : [];

// Every line as text: arguments, return values, each store, load and barrier in program order, state,
// and the footer. Linux 6.1 wrote these logs.
test.skipIf(!sharedPresent).each(logs.length > 0 ? logs : ["stock"])(
  `linux and the correct device do what Linux 6.1 did: %s${sharedTitle}`,
  (name) => {
    const { operations, differences } = replayLog(
      gunzipSync(readFileSync(`${STOCK}/${name}`)).toString("utf8"),
    );
    expect(differences.slice(0, 3)).toEqual([]);
    expect(operations).toBeGreaterThanOrEqual(4000);
  },
);

test.skipIf(!sharedPresent)(`all 46 logs are there${sharedTitle}`, () => {
  expect(logs).toHaveLength(46);
});

// The same driver with one mistake each: the models part from it at the very line where the two drivers did.
test.skipIf(!sharedPresent)(
  `linux is told from each of 29 broken drivers where it first differs${sharedTitle}`,
  () => {
    const rows = readFileSync(`${VARIANTS}/divergence.tsv`, "utf8")
      .trimEnd()
      .split("\n")
      .map((row) => row.split("\t"));
    const [names = [], ...runs] = rows;
    const column = (row: readonly string[], name: string): string => row[names.indexOf(name)] ?? "";
    const told = new Set<string>();
    for (const run of runs) {
      const variant = column(run, "variant");
      const path = `${VARIANTS}/${variant}.${column(run, "config")}.jsonl.gz`;
      if (!existsSync(path)) continue;
      const [first] = replayLog(gunzipSync(readFileSync(path)).toString("utf8"), 1).differences;
      // Line 1 is the header, line 2 has seq 0.
      const seq = first === undefined ? -1 : first.line - 2;
      expect([path, seq]).toEqual([path, Number(column(run, "first_diff"))]);
      told.add(variant);
    }
    expect(told.size).toBe(29);
  },
);
