import type { Coverage } from "../src/model/finding.ts";
import type { DriverName } from "../src/replay/models/driver.ts";
import { runSchedule, type ScheduleOptions } from "../src/replay/models/schedule.ts";
import { checkEvents, LogCheck, type LogReport } from "./log-check.ts";
import { ProbeEvents, thinned } from "./probe-events.ts";
import { randomOf } from "./run.ts";

interface Options
  extends Omit<ScheduleOptions, "random" | "seed" | "interleave" | "line" | "eventsForward"> {
  /** VIRTIO_F_IN_ORDER is negotiated: one used element stands for a batch. */
  readonly inOrderBatches: boolean;
  /** What is judged: every store, or what probes on the driver's functions show. */
  readonly evidence: "stores" | "probes";
  /** How often an operation is missing from the log, whose numbers say so; or an event of the probes. */
  readonly lossPercent: number;
  /** Probes: the tracer says what it lost; the trace begins in the middle of the run. */
  readonly lossAdmitted: boolean;
  readonly fromMiddle: boolean;
  /** Probes: how often one reads the words before something that the device did before the call. */
  readonly earlyPercent: number;
}

/** Operations of one schedule: many short ones meet more shapes than a few long ones. */
const OPERATIONS = 1000;
const SIZES = Array.from({ length: 64 }, (_, i) => i + 1);
const SPLIT_SIZES = SIZES.filter((size) => (size & (size - 1)) === 0);

/** Everything about a schedule that is left open, by chance; the same seed makes the same schedule. */
export function optionsOf(random: () => number): Options {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const chance = (of: number): boolean => random() < of;
  const layout = chance(0.5) ? "packed" : "split";
  const driver: DriverName = layout === "packed" && chance(0.15) ? "reviewed" : "linux";
  const sizes = layout === "packed" ? SIZES : SPLIT_SIZES;
  // Small rings come round, fill up and run dry most often.
  const queueSize = chance(0.5) ? pick(sizes.slice(0, sizes.length / 2)) : pick(sizes);
  const indirect = chance(0.5);
  // Buffers longer than the ring: Linux makes them, and only tables hold them.
  const longTables = indirect && chance(0.3);
  const inOrder = driver !== "linux" || chance(0.5);
  const late = layout === "split" ? 65535 - Math.floor(random() * 80) : pick(SIZES) - 1;
  return {
    driver,
    layout,
    queueSize,
    eventIdx: chance(0.75),
    indirect,
    longTables,
    operations: OPERATIONS,
    inOrder,
    inOrderBatches: inOrder && driver === "linux" && chance(0.5),
    segmentsMax: longTables ? queueSize + 4 : pick([1, 2, 3, 4, 8, queueSize]),
    allocFailPercent: longTables ? 0 : pick([0, 5, 50]),
    mapFailPercent: driver !== "linux" || longTables ? 0 : pick([0, 0, 5, 30]),
    startAt: driver === "linux" && chance(0.4) ? late % startLimit(layout, queueSize) : undefined,
    callback: driver !== "linux" || chance(0.85),
    dmaApi: driver === "linux" && chance(0.3),
    cautious: chance(0.3),
    loads: chance(0.1),
    resets: pick([0, 0, 1, 3]),
    evidence: chance(0.6) ? "stores" : "probes",
    lossPercent: pick([0, 0, 0, 0.3, 5, 40]),
    lossAdmitted: chance(0.5),
    fromMiddle: chance(0.2),
    earlyPercent: pick([0, 5, 50]),
  };
}

/** Idx are 16 bits; packed positions go round twice the ring. */
function startLimit(layout: Options["layout"], queueSize: number): number {
  return layout === "split" ? 0x1_0000 : 2 * queueSize;
}

/**
 * Why a check may be undecided on a whole log of correct parties. Anything else that is not decided
 * there is a hole in the engine, or a new reason that belongs here.
 */
const KNOWN_REASONS: ReadonlySet<string> = new Set([
  "the other side moved its event word between publication and decision",
  "more slots than the queue has since the last decision",
  "the device's event words do not say",
  "no later sample of the used position",
  "descriptors say too little of their byte order",
]);

/** How often each rule was satisfied, over any number of runs; a rule never satisfied has no entry. */
export type Exercise = Map<string, number>;

export function exercised(exercise: Exercise, coverage: readonly Coverage[]): void {
  for (const { rule, satisfied } of coverage) {
    if (satisfied > 0) exercise.set(rule, (exercise.get(rule) ?? 0) + satisfied);
  }
}

/**
 * Runs the schedule of a seed, and checks what its evidence shows. A failure is a finding above note, a
 * check undecided for no known reason, or a log that is not whole; each with the seed and options that
 * repeat it.
 */
export function checkSchedule(
  seed: number,
  exercise: Exercise,
): { readonly operations: number; readonly failures: string[] } {
  const random = randomOf(seed);
  const options = optionsOf(random);
  // Numbers of its own: what is seen must not change what is run.
  const seeing = randomOf(~seed);
  const see = options.evidence === "stores" ? seeStores : seeProbes;
  const { line, end } = see(options, seeing);
  // Who samples a word takes it to move forward only (`kick-decisions.ts`); stores show each value.
  const eventsForward = options.evidence === "probes";
  const { operations, malformed, broken } = runSchedule({
    ...options,
    eventsForward,
    random,
    seed,
    line,
  });
  const report = end();
  exercised(exercise, report.coverage);
  const failures = loud(report);
  if (malformed !== "" || broken) failures.push(`the models broke: ${malformed}`);
  if (options.evidence === "stores" && options.lossPercent === 0) failures.push(...holes(report));
  return {
    operations,
    failures: failures.map((what) => `seed ${seed}: ${what}; ${JSON.stringify(options)}`),
  };
}

/** Evidence of a run: takes its log line by line, and judges at the end. */
interface Evidence<Report> {
  readonly line: (text: string) => void;
  readonly end: () => Report;
}

/** The log itself. */
function seeStores({ lossPercent }: Options, random: () => number): Evidence<LogReport> {
  const check = new LogCheck();
  const loss = lossPercent / 100;
  let header = true;
  return {
    line: (text) => {
      if (header || loss === 0 || random() >= loss) check.line(text);
      header = false;
    },
    end: () => check.end(),
  };
}

/** What probes on the driver would have shown of it, perhaps from the middle of the run on. */
function seeProbes(options: Options, random: () => number): Evidence<LogReport> {
  const { lossPercent, lossAdmitted, earlyPercent, fromMiddle } = options;
  const loss = lossPercent / 100;
  const early = earlyPercent / 100;
  const probes = new ProbeEvents(() => (random() < early ? 1 + Math.floor(random() * 3) : 0));
  return {
    line: probes.line,
    end: () => {
      const { events } = probes;
      const from = fromMiddle ? Math.floor(random() * events.length) : 0;
      const seen = thinned(events.slice(from), () => random() < loss, lossAdmitted);
      return { ...checkEvents(seen), diagnostics: [] };
    },
  };
}

function loud({ findings }: LogReport): string[] {
  return findings
    .filter(({ severity }) => severity !== "note")
    .map(({ rule, severity, place, message }) => {
      return `${severity} ${rule} at line ${place.line}: ${message}`;
    });
}

/** What a log that lacks nothing must not lead to. */
function holes({ coverage, gaps, diagnostics }: LogReport): string[] {
  return [
    ...diagnostics.map(({ code, expected }) => `diagnostic ${code}: ${expected}`),
    ...gaps.map(({ from, reason }) => `gap at operation ${from.seq}: ${reason}`),
    ...coverage.flatMap(({ rule, reasons }) =>
      [...reasons]
        .filter(([reason]) => !KNOWN_REASONS.has(reason))
        .map(([reason, count]) => `${rule}: ${count} undecided: ${reason}`),
    ),
  ];
}
