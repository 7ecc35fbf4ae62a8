/**
 * Exact time without bigint on the hot path: a clock value is split into `major` and `minor`, where
 * a unit of `major` is 10^9 of `minor`. For a clock in seconds that is seconds and nanoseconds; an
 * integer clock (counter, uptime, x86-tsc) is split the same way, its unit being its own tick.
 * Events carry the distance to the first event of their source, a number.
 */
export interface ClockBase {
  readonly major: number;
  readonly minor: number;
  readonly unit: "seconds" | "ticks";
  /** Of an integer clock: it may be one that CPUs do not share, whose nanoseconds were not converted. */
  readonly unshared?: true;
}

const MINOR_PER_MAJOR = 1_000_000_000;

/** Nanoseconds or ticks since `base`; undefined when a number cannot hold them exactly. */
export function sinceBase(base: ClockBase, major: number, minor: number): number | undefined {
  const since = (major - base.major) * MINOR_PER_MAJOR + (minor - base.minor);
  return Number.isSafeInteger(since) ? since : undefined;
}

/** The clock value as the tracer wrote it: seconds with nine decimals, or the bare tick count. */
export function clockText(base: ClockBase, since: number): string {
  const total = BigInt(base.major) * BigInt(MINOR_PER_MAJOR) + BigInt(base.minor) + BigInt(since);
  if (base.unit === "ticks") return String(total);
  const digits = String(total < 0n ? -total : total).padStart(10, "0");
  return `${total < 0n ? "-" : ""}${digits.slice(0, -9)}.${digits.slice(-9)}`;
}

/** A duration for people: `2.258 ms`, `18 us`, `1.205 s`; ticks have no scale. */
export function durationText(base: ClockBase, duration: number): string {
  if (base.unit === "ticks") return `${duration} ticks`;
  if (duration >= 1e9) return `${(duration / 1e9).toFixed(3)} s`;
  if (duration >= 1e6) return `${(duration / 1e6).toFixed(3)} ms`;
  return `${Math.round(duration / 1e3)} us`;
}
