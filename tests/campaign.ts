import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CheckReport } from "../src/model/check-report.ts";
import { checkSources } from "../src/pipeline/check.ts";
import { type Exercise, exercised } from "./random-schedules.ts";
import { captureText, randomOf } from "./run.ts";

/**
 * What must survive of a broken capture for its mistake to be found: the lines of the proof, and that
 * no loss mark falls between the first and `until` (the end of the trace for what lacks there).
 */
const PROOFS: Readonly<
  Record<string, readonly { queue: string; lines: number[]; until: number }[]>
> = {
  "driver-kick-rfcv2-packed": [
    { queue: "req.1", lines: [157, 158, 161, 162, 163, 164], until: Number.POSITIVE_INFINITY },
    { queue: "req.0", lines: [178, 182, 183, 184, 185], until: Number.POSITIVE_INFINITY },
  ],
  "driver-usedwrap-noflip-packed": [
    { queue: "req.0", lines: [112, 114, 120, 131], until: 131 },
    { queue: "req.1", lines: [196, 198, 199, 203], until: 203 },
  ],
  "driver-numfree-leak-packed": [
    { queue: "req.0", lines: [15, 29], until: 29 },
    { queue: "req.1", lines: [131, 143], until: 143 },
  ],
  "driver-offwrap-stale-packed": [
    { queue: "req.0", lines: [55, 56, 106, 108], until: 108 },
    { queue: "req.1", lines: [196, 197, 206, 208], until: 208 },
  ],
};

/** Lines before a proof that establish what is known there: a loss among them takes it away. */
const PROOF_CONTEXT = 80;

interface Line {
  readonly number: number;
  readonly text: string;
  readonly cpu: number;
}

interface Variant {
  readonly name: string;
  readonly lines: readonly (Line | string)[];
}

/** One round over a capture; what satisfied a rule on the way is counted in `exercise`. */
export async function campaignOver(
  capture: string,
  seed: number,
  exercise: Exercise = new Map(),
): Promise<{ lines: string[]; failed: number }> {
  const random = randomOf(seed);
  const all = captureText(`${capture}/trace.txt.gz`)
    .split("\n")
    .slice(0, -1)
    .map((text, i) => ({ number: i + 1, text, cpu: Number(/\[(\d+)\]/.exec(text)?.[1] ?? -1) }));
  const folder = mkdtempSync(join(tmpdir(), "vringscope-campaign-"));
  const path = join(folder, "trace.txt");
  const check = async (lines: readonly (Line | string)[]): Promise<CheckReport | undefined> => {
    if (!lines.some((line) => typeof line !== "string" && line.cpu >= 0)) return undefined;
    const texts = lines.map((line) => (typeof line === "string" ? line : line.text));
    writeFileSync(path, `${texts.join("\n")}\n`, "latin1");
    const report = await checkSources([path]);
    exercised(exercise, report.coverage);
    return report;
  };
  const output: string[] = [];
  let failed = 0;
  const fail = (what: string): void => {
    failed++;
    output.push(`FAILED ${capture}, seed ${seed}: ${what}`);
  };
  try {
    const whole = await check(all);
    const decided = kickDecisions(whole);
    for (const variant of variantsOf(all, random)) {
      const report = await check(variant.lines);
      if (report === undefined) continue;
      const proofs = PROOFS[capture];
      if (proofs === undefined) {
        for (const { rule, severity, place } of report.findings) {
          if (severity !== "note") fail(`${variant.name}: ${rule} at line ${place.line}`);
        }
      } else {
        for (const what of lostProofs(proofs, variant, report)) fail(`${variant.name}: ${what}`);
      }
      if (variant.name === "1% marked" && kickDecisions(report) * 2 < decided) {
        fail(`${variant.name}: ${kickDecisions(report)} of ${decided} decisions decided`);
      }
      if (variant.name.endsWith("marked")) {
        output.push(
          `${capture}: ${variant.name}: ${kickDecisions(report)} of ${decided} decisions decided`,
        );
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return { lines: output, failed };
}

function kickDecisions(report: CheckReport | undefined): number {
  return (report?.coverage ?? [])
    .filter(({ rule }) => rule === "queue/kick-missed")
    .reduce((sum, row) => sum + row.satisfied + row.violated, 0);
}

/** Queues whose proof is in the variant, and whose mistake was not found. */
function lostProofs(
  proofs: (typeof PROOFS)[string],
  { name, lines }: Variant,
  report: CheckReport,
): string[] {
  if (!name.endsWith("marked")) return [];
  const found = new Set(
    report.findings
      .filter(({ severity }) => severity === "error")
      .map(({ queue }) => queue.split("@")[0]),
  );
  const kept = new Set(lines.map((line) => (typeof line === "string" ? 0 : line.number)));
  const markedBehind: number[] = [];
  let last = 0;
  for (const line of lines) {
    if (typeof line === "string") markedBehind.push(last);
    else last = line.number;
  }
  // A mark stands before the next event of its CPU, perhaps far behind what it is about.
  const isWhole = (from: number, until: number): boolean => {
    for (let number = Math.max(1, from); number < Math.min(until, last); number++) {
      if (!kept.has(number)) return false;
    }
    return true;
  };
  return (proofs ?? [])
    .filter(({ lines: proof }) => proof.every((number) => kept.has(number)))
    .filter(({ lines: proof, until }) => isWhole((proof[0] as number) - PROOF_CONTEXT, until))
    .filter(({ lines: proof, until }) =>
      markedBehind.every(
        (number) => number < (proof[0] as number) - PROOF_CONTEXT || number >= until,
      ),
    )
    .filter(({ queue }) => !found.has(queue))
    .map(
      ({ queue, lines: proof }) =>
        `${queue}: lines ${proof.join(", ")} are there, and nothing was found`,
    );
}

function variantsOf(all: readonly Line[], random: () => number): Variant[] {
  const variants: Variant[] = [];
  for (const percent of [1, 10, 50]) {
    variants.push({ name: `${percent}% marked`, lines: deleted(all, percent / 100, random) });
  }
  const silently = (share: number): Line[] => all.filter(({ cpu }) => cpu < 0 || random() >= share);
  variants.push({ name: "2% silent", lines: silently(0.02) });
  variants.push({ name: "first half", lines: all.slice(0, all.length >> 1) });
  variants.push({ name: "second half", lines: all.slice(all.length >> 1) });
  const at = Math.floor(random() * all.length);
  variants.push({ name: `up to line ${at}`, lines: all.slice(0, at) });
  variants.push({ name: `from line ${at}`, lines: all.slice(at) });
  for (const cpu of [0, 1]) {
    variants.push({ name: `CPU ${cpu}`, lines: all.filter((line) => line.cpu === cpu) });
  }
  for (const word of [
    "req.0",
    "req.1",
    "input",
    "output",
    "virtqueue_add",
    "kick_prepare",
    "get_buf",
    "enable_cb",
    "_ret:",
  ]) {
    variants.push({ name: `grep ${word}`, lines: all.filter(({ text }) => text.includes(word)) });
    variants.push({
      name: `grep -v ${word}`,
      lines: all.filter(({ text }) => !text.includes(word)),
    });
  }
  return variants;
}

/** Deletes events and says so, as a tracer does: before the next event of the CPU. */
function deleted(all: readonly Line[], share: number, random: () => number): (Line | string)[] {
  const lost = new Map<number, number>();
  const lines: (Line | string)[] = [];
  for (const line of all) {
    const { cpu } = line;
    if (cpu >= 0 && random() < share) {
      lost.set(cpu, (lost.get(cpu) ?? 0) + 1);
      continue;
    }
    const count = lost.get(cpu);
    if (count !== undefined) lines.push(`CPU:${cpu} [LOST ${count} EVENTS]`);
    lost.delete(cpu);
    lines.push(line);
  }
  return lines;
}
