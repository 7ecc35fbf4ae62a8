import type { FuzzTarget } from "./fuzz-targets.ts";
import { mutated, RUNS } from "./mutated.ts";
import { randomOf } from "./run.ts";

/** CPU time of an input of a few kilobytes, in microseconds: others' load does not count. */
const MICROSECONDS_MAX = 300_000;
const FAILURES_MAX = 20;

/** A run of one thing, nearly as long as a line may be. */
const RUN_BYTES = 60_000;
/** What takes time by the square of its input takes ten times this for a run. */
const RUN_MICROSECONDS_MAX = 1_500_000;

export interface FuzzRun {
  readonly name: string;
  readonly inputs: number;
  /** Inputs that were still read as what they had been. */
  readonly taken: number;
  /** Time of the slowest input, in microseconds. */
  readonly slowest: number;
  readonly failures: readonly string[];
}

interface Input {
  /** How to have it again. */
  readonly name: string;
  /** Makes the input, and the random numbers of its reading: the same at each call. */
  readonly make: () => { readonly bytes: Uint8Array; readonly random: () => number };
}

/** Reads so many mutated inputs; each follows from the seed and its number alone. */
export function fuzz(target: FuzzTarget, seed: number, inputs: number): Promise<FuzzRun> {
  function* numbered(): Generator<Input> {
    for (let number = 0; number < inputs; number++) {
      const make = (): ReturnType<Input["make"]> => {
        const random = randomOf(Math.imul(seed, 0x9e37_79b1) + number);
        return { bytes: mutated(target.samples, random), random };
      };
      yield { name: `FUZZ_SEED=${seed}, input ${number}`, make };
    }
  }
  return readInputs(target, numbered(), MICROSECONDS_MAX);
}

/** Puts a long run of each thing into a sample: no reader may go back over it again and again. */
export function fuzzRuns(target: FuzzTarget, seed: number): Promise<FuzzRun> {
  function* runs(): Generator<Input> {
    for (const [number, run] of RUNS.entries()) {
      const make = (): ReturnType<Input["make"]> => {
        const random = randomOf(seed + number);
        const { samples } = target;
        const sample = samples[Math.floor(random() * samples.length)] ?? new Uint8Array(0);
        const at = Math.floor(random() * sample.length);
        const noise = Buffer.from(run.repeat(RUN_BYTES / run.length), "latin1");
        const whole = Buffer.concat([sample.subarray(0, at), noise, sample.subarray(at)]);
        return { bytes: new Uint8Array(whole), random };
      };
      yield { name: `FUZZ_SEED=${seed}, a run of ${JSON.stringify(run)}`, make };
    }
  }
  return readInputs(target, runs(), RUN_MICROSECONDS_MAX);
}

async function readInputs(
  target: FuzzTarget,
  inputs: Iterable<Input>,
  microsecondsMax: number,
): Promise<FuzzRun> {
  const failures: string[] = [];
  let count = 0;
  let taken = 0;
  let slowest = 0;
  for (const { name, make } of inputs) {
    count++;
    try {
      const started = performance.now();
      if (await isTaken(target, make())) taken++;
      let microseconds = Math.ceil(1000 * (performance.now() - started));
      // Once more: it may have been another's time, the compiler's, or the collector's.
      for (let left = 2; microseconds > microsecondsMax && left > 0; left--) {
        microseconds = Math.min(microseconds, await cpuTime(target, make()));
      }
      slowest = Math.max(slowest, microseconds);
      if (microseconds > microsecondsMax) throw new Error(`it took ${microseconds} us`);
    } catch (error) {
      const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
      failures.push(`${target.name}: ${name}: ${why}`);
      if (failures.length === FAILURES_MAX) break;
    }
  }
  return { name: target.name, inputs: count, taken, slowest, failures };
}

type Made = ReturnType<Input["make"]>;

function isTaken(target: FuzzTarget, { bytes, random }: Made): boolean | Promise<boolean> {
  return target.read(bytes, random);
}

async function cpuTime(target: FuzzTarget, made: Made): Promise<number> {
  const before = process.cpuUsage();
  await isTaken(target, made);
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
