import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CheckReport } from "../src/model/check-report.ts";
import { checkSources } from "../src/pipeline/check.ts";
import { captureText, randomOf, SHARED, sharedPresent, sharedTitle } from "./run.ts";

/** What is wrong in the broken captures, by line: the deciding call, and lines of the proof. */
const BROKEN: Readonly<Record<string, readonly [rule: string, line: number, proof: number[]][]>> = {
  "driver-kick-rfcv2-packed": [
    ["queue/kick-missed", 163, [161, 163, 164]],
    ["queue/kick-missed", 184, [182, 184, 185]],
  ],
  "driver-usedwrap-noflip-packed": [
    ["packed/used-wrap-not-flipped", 112, [112, 120]],
    ["packed/used-wrap-not-flipped", 196, [196, 199]],
  ],
  "driver-numfree-leak-packed": [
    ["packed/num-free-miscounted", 29, [29]],
    ["packed/num-free-miscounted", 143, [143]],
  ],
  "driver-offwrap-stale-packed": [
    ["packed/off-wrap-stale", 55, [55, 108]],
    ["packed/off-wrap-stale", 196, [196, 208]],
  ],
};

/** Unmodified drivers, with the packed EVENT_IDX kick decisions that each capture holds. */
const UNMODIFIED: readonly [capture: string, decisions: number][] = [
  ["packed-blk-net-rng", 5684],
  ["packed-noindirect", 1825],
  ["packed-irq", 278],
  ["packed-snap16", 262],
  ["packed-snap32-ind", 259],
  ["driver-stock-packed", 244],
  ["packed-noevent", 0],
  ["split-blk-net", 0],
  ["split-noevent", 0],
  ["split-noindirect", 0],
];

const REPORTS = ["packed-dat", "packed-dat-mono", "split-dat"];

const checkCapture = (name: string, file = "trace.txt.gz"): Promise<CheckReport> =>
  checkSources([`${SHARED}/captures/${name}/${file}`]);

const aboveNote = (report: CheckReport): CheckReport["findings"] =>
  report.findings.filter(({ severity }) => severity !== "note");

const linesOf = (finding: CheckReport["findings"][number]): number[] =>
  finding.evidence.map(({ place }) => place.line);

function ledgerAddsUp(report: CheckReport, rejected = 0): void {
  for (const { ledger } of report.sources) {
    expect(ledger.events + ledger.notes + ledger.rejected).toBe(ledger.lines);
    expect(ledger.rejected).toBe(rejected);
  }
}

describe.skipIf(!sharedPresent)(`broken drivers${sharedTitle}`, () => {
  test.each(Object.entries(BROKEN))(
    "%s: exactly its mistakes, at their lines",
    async (name, truth) => {
      const report = await checkCapture(name);
      ledgerAddsUp(report);
      expect(aboveNote(report).map(({ rule, place }) => [rule, place.line])).toEqual(
        truth.map(([rule, line]) => [rule, line]),
      );
      for (const [i, [, , proof]] of truth.entries()) {
        expect(linesOf(report.findings[i] as CheckReport["findings"][number])).toEqual(
          expect.arrayContaining(proof),
        );
      }
    },
  );

  test("a missed kick leaves buffers outstanding; nobody says that the queue hung", async () => {
    const report = await checkCapture("driver-kick-rfcv2-packed");
    for (const { effects, message } of aboveNote(report)) {
      expect(effects.map((effect) => effect.message).join()).toContain(
        "outstanding when the trace ends",
      );
      expect(message).not.toMatch(/hung|hang/);
    }
  });

  test("a guest that froze at once has nothing to check, and half a line is a note", async () => {
    const report = await checkCapture("driver-next-not-cleared-packed");
    ledgerAddsUp(report);
    expect(report.verdict).toBe("nothing-checked");
    expect(report.sources[0]?.diagnostics.map(({ code }) => code)).toEqual(["line-truncated"]);
  });
});

describe.skipIf(!sharedPresent)(`unmodified drivers${sharedTitle}`, () => {
  test.each(UNMODIFIED)("%s: no finding, and not by silence", async (name, decisions) => {
    const report = await checkCapture(name);
    ledgerAddsUp(report);
    expect(aboveNote(report)).toEqual([]);
    const kicks = report.coverage.filter(({ rule }) => rule === "queue/kick-missed");
    const packedEvent = new Set(
      report.queues
        .filter(({ features }) => features?.includes("VIRTIO_F_RING_PACKED"))
        .filter(({ features }) => features?.includes("VIRTIO_F_EVENT_IDX"))
        .map(({ id }) => id),
    );
    const decided = kicks
      .filter(({ queue }) => packedEvent.has(queue))
      .reduce((sum, row) => sum + row.satisfied, 0);
    expect(decided).toBe(decisions);
    const counts = report.coverage.filter(({ rule }) => rule === "packed/num-free-miscounted");
    for (const row of counts) expect(row).toMatchObject({ violated: 0, undecided: 0 });
  });

  test.each(REPORTS)("%s as trace-cmd prints it: no finding", async (name) => {
    const report = await checkCapture(name, "trace-cmd-report.txt.gz");
    ledgerAddsUp(report);
    expect(aboveNote(report)).toEqual([]);
  });

  test("split EVENT_IDX decisions are undecided, for avail_event was not recorded", async () => {
    const report = await checkCapture("split-noindirect");
    const kicks = report.coverage.filter(({ rule }) => rule === "queue/kick-missed");
    const undecided = kicks.reduce((sum, row) => sum + row.undecided, 0);
    expect(kicks.reduce((sum, row) => sum + row.satisfied, 0)).toBe(0);
    for (const { reasons, undecided: all } of kicks) {
      expect(Object.fromEntries(reasons)).toEqual({ "avail_event was not recorded": all });
    }
    expect(undecided).toBe(3891);
  });

  test("the handler that went unseen before line 34579 is a gap", async () => {
    const report = await checkCapture("packed-blk-net-rng");
    expect(report.gaps.map(({ to }) => to.line)).toContain(34579);
  });

  test("a function graph carries nothing to judge", async () => {
    const report = await checkCapture("packed-graph");
    ledgerAddsUp(report);
    expect(report.verdict).toBe("nothing-checked");
  });
});

describe.skipIf(!sharedPresent)(`garbage${sharedTitle}`, () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "vringscope-"));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  test.each(["driver-stock-packed", "packed-irq", "split-noevent", "driver-kick-rfcv2-packed"])(
    "%s: a hundred lines of it anywhere are a hundred rejected, and nothing else changes",
    async (name) => {
      const seed = randomBytes(4).readUInt32LE();
      const random = randomOf(seed);
      const lines = captureText(`${name}/trace.txt.gz`).split("\n").slice(0, 6000);
      if (lines.at(-1) === "") lines.pop();
      const before = join(folder, `${name}.before`);
      const after = join(folder, `${name}.after`);
      writeFileSync(before, `${lines.join("\n")}\n`, "latin1");
      for (let i = 0; i < 100; i++) {
        const at = Math.floor(random() * (lines.length + 1));
        lines.splice(at, 0, garbage(random));
      }
      writeFileSync(after, `${lines.join("\n")}\n`, "latin1");
      const clean = await checkSources([before]);
      const dirty = await checkSources([after]);
      expect(dirty.sources[0]?.ledger.rejected, `seed ${seed}`).toBe(100);
      ledgerAddsUp(dirty, 100);
      expect(dirty.summary, `seed ${seed}`).toEqual(clean.summary);
    },
  );
});

/** Lines that are none: words, bytes, broken events. */
function garbage(random: () => number): string {
  const pick = (items: readonly string[]): string =>
    items[Math.floor(random() * items.length)] as string;
  const noise = Array.from({ length: 1 + Math.floor(random() * 60) }, () =>
    String.fromCharCode(33 + Math.floor(random() * 94)),
  ).join("");
  return pick([
    `x${noise}`,
    "lorem ipsum dolor sit amet",
    "# a remark that nobody's tracer writes",
    `dd-109 [001] d..1. ${noise.replace(/\d/g, "q")}`,
    `<idle>-0 [abc] d.h1. 1.000001: virtqueue_notify: (virtqueue_notify+0x0/0x40) vq=0x1`,
    "[LOST 12 EVENTS]",
    '{ "json": true }',
    ` => not_behind_a_stack_trace`,
    "\u0001\u0002\u0003 binary",
  ]);
}
