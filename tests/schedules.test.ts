import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { CheckReport } from "../src/model/check-report.ts";
import { checkSources } from "../src/pipeline/check.ts";
import type { DriverName } from "../src/replay/models/driver.ts";
import { runSchedule } from "../src/replay/models/schedule.ts";
import { randomOf } from "./run.ts";

const SEED = 20261123;
const SIZES = Array.from({ length: 15 }, (_, i) => i + 2);

const folder = mkdtempSync(join(tmpdir(), "vringscope-schedules-"));
const path = join(folder, "log.jsonl");
afterAll(() => rmSync(folder, { recursive: true }));

/** A random schedule of one driver against the correct device, as a log that is then checked. */
async function scheduled(
  driver: DriverName,
  options: {
    layout: "split" | "packed";
    queueSize: number;
    indirect: boolean;
    seed: number;
    inOrderBatches?: boolean;
  },
): Promise<CheckReport> {
  const lines: string[] = [];
  runSchedule({
    driver,
    eventIdx: true,
    random: randomOf(options.seed),
    operations: 1000,
    inOrder: true,
    segmentsMax: Math.min(4, options.queueSize),
    allocFailPercent: 5,
    line: (line: string) => lines.push(line),
    ...options,
  });
  writeFileSync(path, `${lines.join("\n")}\n`);
  return checkSources([path]);
}

const loud = (report: CheckReport): string[] =>
  report.findings.filter(({ severity }) => severity !== "note").map(({ rule }) => rule);

describe.each(SIZES)("random schedules, N = %i", (queueSize) => {
  for (const indirect of [false, true]) {
    const seed = SEED + queueSize * 2 + Number(indirect);
    const name = `${indirect ? "indirect" : "direct"}, seed ${seed}`;

    test(`linux and reviewed make no mistake (${name})`, async () => {
      for (const [driver, layout] of [
        ["linux", "packed"],
        ["linux", "split"],
        ["reviewed", "packed"],
      ] as const) {
        if (layout === "split" && (queueSize & (queueSize - 1)) !== 0) continue;
        const report = await scheduled(driver, { layout, queueSize, indirect, seed });
        expect({ driver, layout, seed, loud: loud(report) }).toEqual({
          driver,
          layout,
          seed,
          loud: [],
        });
        expect(report.sources[0]?.diagnostics).toEqual([]);
        // Decisions over more slots than the queue has are undecided, and counted.
        const kicks = report.coverage.filter(({ rule }) => rule === "queue/kick-missed");
        expect(kicks.reduce((sum, row) => sum + row.satisfied, 0)).toBeGreaterThan(0);
      }
    });

    test(`linux takes back in order what batches stand for (${name})`, async () => {
      for (const layout of ["packed", "split"] as const) {
        if (layout === "split" && (queueSize & (queueSize - 1)) !== 0) continue;
        const options = { layout, queueSize, indirect, seed, inOrderBatches: true };
        const report = await scheduled("linux", options);
        expect({ layout, seed, loud: loud(report) }).toEqual({ layout, seed, loud: [] });
        for (const rule of ["queue/used-out-of-order", "queue/wrong-buffer-returned"]) {
          const row = report.coverage.find((one) => one.rule === rule);
          expect({ rule, satisfied: (row?.satisfied ?? 0) > 20 }).toEqual({
            rule,
            satisfied: true,
          });
        }
      }
    });

    test(`rfc2 loses a kick and leaves off_wrap stale (${name})`, async () => {
      const report = await scheduled("rfc2", { layout: "packed", queueSize, indirect, seed });
      expect(loud(report)).toContain("queue/kick-missed");
      // The window of the stale off_wrap: DESC is stored first, and no barrier between.
      expect(loud(report)).toContain("packed/event-flags-before-off-wrap");
    });
  }
});

test("rfc2 leaves off_wrap where callbacks were enabled last", async () => {
  const stale: number[] = [];
  for (const queueSize of SIZES) {
    const seed = SEED + 100 + queueSize;
    const report = await scheduled("rfc2", { layout: "packed", queueSize, indirect: false, seed });
    if (loud(report).includes("packed/off-wrap-stale")) stale.push(queueSize);
  }
  expect(stale.length).toBeGreaterThan(0);
});
