// npm run campaign [-- --seed S] [--rounds N] [--operations N] [--inputs N] [--only captures|schedules|fuzz]
// A finding above note on an unmodified driver, or on correct parties, is our bug. Three parts: the
// captures with events deleted, marked as lost or silently, filtered and cut; then random schedules of
// correct parties, 20 million operations of them; then a million mutated inputs, over all readers. Says
// which rules met nothing that satisfied them. Exits with 1 if anything failed.
import { existsSync, readdirSync } from "node:fs";
import { parseArgs } from "node:util";
import { RULES } from "../src/rules/index.ts";
import { campaignOver } from "../tests/campaign.ts";
import { fuzz, fuzzRuns } from "../tests/fuzz.ts";
import { FUZZ_TARGETS } from "../tests/fuzz-targets.ts";
import { checkSchedule, type Exercise } from "../tests/random-schedules.ts";
import { SHARED } from "../tests/run.ts";

const FAILURES_SHOWN = 20;

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    rounds: { type: "string", default: "1" },
    operations: { type: "string", default: "20000000" },
    inputs: { type: "string", default: "1000000" },
    only: { type: "string" },
  },
});
const seed = wholeNumber("seed", values.seed ?? String(Math.floor(Math.random() * 2 ** 31)));
const exercise: Exercise = new Map();
let failures = 0;

/** A campaign over no operations would find no failure. */
function wholeNumber(option: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new RangeError(`--${option} ${text} is no whole number`);
  return Number(text);
}

async function captures(rounds: number): Promise<void> {
  if (!existsSync(`${SHARED}/captures`)) {
    console.log(`captures: skipped, ${SHARED}/captures is absent`);
    return;
  }
  console.log(`captures: seed ${seed}, ${rounds} rounds`);
  for (const capture of readdirSync(`${SHARED}/captures`)) {
    if (!existsSync(`${SHARED}/captures/${capture}/trace.txt.gz`)) continue;
    for (let round = 0; round < rounds; round++) {
      const { lines, failed } = await campaignOver(capture, seed + round, exercise);
      for (const line of lines) console.log(line);
      failures += failed;
    }
  }
}

function schedules(target: number): void {
  console.log(`schedules: seeds from ${seed}, ${target.toLocaleString("en")} operations`);
  const started = Date.now();
  let operations = 0;
  let schedule = seed;
  let shown = 0;
  for (; operations < target; schedule++) {
    const run = checkSchedule(schedule, exercise);
    operations += run.operations;
    failures += run.failures.length;
    for (const failure of run.failures) {
      if (shown++ < FAILURES_SHOWN) console.log(`${lineStart()}FAILED ${failure}`);
    }
    if (process.stdout.isTTY) progress(operations, target, started);
  }
  const seconds = (Date.now() - started) / 1000;
  const rate = Math.round(operations / seconds).toLocaleString("en");
  console.log(
    `${lineStart()}schedules: ${schedule - seed} runs, ${operations.toLocaleString("en")} operations, ` +
      `${rate} a second`,
  );
}

async function fuzzing(inputs: number): Promise<void> {
  const each = Math.ceil(inputs / FUZZ_TARGETS.length);
  console.log(`fuzz: FUZZ_SEED=${seed}, ${each.toLocaleString("en")} inputs for each reader`);
  for (const target of FUZZ_TARGETS) {
    const started = Date.now();
    const runs = [await fuzz(target, seed, each), await fuzzRuns(target, seed)];
    for (const failure of runs.flatMap((run) => run.failures)) console.log(`FAILED ${failure}`);
    failures += runs.reduce((sum, run) => sum + run.failures.length, 0);
    const [{ name, taken, slowest } = { name: "", taken: 0, slowest: 0 }] = runs;
    console.log(
      `${name.padEnd(20)} ${((100 * taken) / each).toFixed(0).padStart(3)}% still read, ` +
        `slowest ${(slowest / 1000).toFixed(1)} ms, ${((Date.now() - started) / 1000).toFixed(1)} s`,
    );
  }
}

/** Over the line of progress, where there is one. */
function lineStart(): string {
  return process.stdout.isTTY ? "\r\x1b[K" : "";
}

let progressAt = 0;

function progress(operations: number, target: number, started: number): void {
  const now = Date.now();
  if (now - progressAt < 200) return;
  progressAt = now;
  const rate = Math.round((operations * 1000) / Math.max(1, now - started));
  const percent = Math.floor((100 * operations) / target);
  process.stdout.write(
    `${lineStart()}${percent}%, ${rate.toLocaleString("en")} operations a second`,
  );
}

function ruleCounts(): void {
  const ids = RULES.map(({ id }) => id);
  const met = ids.filter((id) => exercise.has(id));
  const count = (id: string): number => exercise.get(id) ?? 0;
  met.sort((a, b) => count(b) - count(a));
  console.log(`satisfied, by count (${met.length} of ${ids.length} rules):`);
  for (const id of met) console.log(`  ${count(id).toLocaleString("en").padStart(14)}  ${id}`);
  const idle = ids.filter((id) => !exercise.has(id));
  console.log(`never satisfied (${idle.length}):${idle.map((id) => `\n  ${id}`).join("")}`);
}

if (values.only !== undefined && !["captures", "schedules", "fuzz"].includes(values.only)) {
  throw new RangeError(`--only ${values.only} is none of captures, schedules and fuzz`);
}
const does = (part: string): boolean => values.only === undefined || values.only === part;
const rounds = wholeNumber("rounds", values.rounds);
const operations = wholeNumber("operations", values.operations);
const inputs = wholeNumber("inputs", values.inputs);
if (does("captures")) await captures(rounds);
if (does("schedules")) schedules(operations);
if (does("fuzz")) await fuzzing(inputs);
if (values.only !== "fuzz") ruleCounts();
console.log(failures === 0 ? "no failure" : `${failures} failures, seed ${seed}`);
process.exitCode = failures === 0 ? 0 : 1;
