import { readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { replayLog } from "./model-log.ts";
import { SHARED, sharedPresent, sharedTitle } from "./run.ts";

const STOCK = `${SHARED}/oracle/stock`;
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
