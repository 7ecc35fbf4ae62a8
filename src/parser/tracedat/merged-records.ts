import type { ByteRanges } from "./byte-cursor.ts";
import { CpuRecords, TimeScale } from "./cpu-records.ts";
import type { Inflate, TraceFile } from "./trace-file.ts";

/**
 * The events of all CPUs and buffers in the order of their times; of equal times the first buffer's
 * and the lowest CPU's come first, as trace-cmd has them.
 */
export class MergedRecords {
  /** The time that distance 0 is. */
  readonly origin: bigint;
  /** CPUs that could not be read to their end, so far. */
  readonly broken: CpuRecords[] = [];
  readonly #all: readonly CpuRecords[];
  /** Those that have an event at hand. */
  readonly #live: CpuRecords[] = [];
  #current: CpuRecords | undefined;
  /** While the current one's time is below this, no other comes before it. */
  #limit = Number.NEGATIVE_INFINITY;
  #told = 0;

  constructor(ranges: ByteRanges, file: TraceFile, inflate: Inflate) {
    this.#all = file.buffers.flatMap((buffer, number) =>
      buffer.cpus
        .filter(({ bytes }) => bytes > 0)
        .map((place) => new CpuRecords(ranges, file, inflate, { buffer, number, place })),
    );
    let first: bigint | undefined;
    for (const one of this.#all) {
      const time = one.firstTime();
      if (time !== undefined && (first === undefined || time < first)) first = time;
    }
    const scale = new TimeScale(first ?? 0n, file);
    this.origin = scale.origin;
    for (const one of this.#all) {
      one.begin(scale);
      if (one.advance()) this.#live.push(one);
      else if (one.broken !== undefined) this.broken.push(one);
    }
  }

  /** The CPU whose event is next; it stays as it is until the next call. */
  next(): CpuRecords | undefined {
    const current = this.#current;
    if (current !== undefined) {
      if (!current.advance()) this.#end(current);
      else if (current.time < this.#limit) return current;
    }
    return this.#choose();
  }

  #end(one: CpuRecords): void {
    this.#live.splice(this.#live.indexOf(one), 1);
    if (one.broken !== undefined) this.broken.push(one);
  }

  #choose(): CpuRecords | undefined {
    const live = this.#live;
    let first: CpuRecords | undefined;
    let limit = Number.POSITIVE_INFINITY;
    for (let i = 0; i < live.length; i++) {
      const one = live[i] as CpuRecords;
      if (first === undefined) first = one;
      else if (one.time < first.time) {
        limit = first.time;
        first = one;
      } else if (one.time < limit) limit = one.time;
    }
    this.#current = first;
    this.#limit = limit;
    return first;
  }

  /** CPUs that broke off since the last call. */
  takeBroken(): readonly CpuRecords[] {
    if (this.#told === this.broken.length) return NONE;
    const since = this.broken.slice(this.#told);
    this.#told = this.broken.length;
    return since;
  }

  /** Bytes of the file that are behind. */
  get done(): number {
    let sum = 0;
    for (const one of this.#all) sum += one.done;
    return sum;
  }
}

const NONE: readonly CpuRecords[] = [];
