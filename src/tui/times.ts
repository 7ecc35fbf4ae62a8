import type { SourceFacts } from "../db/case-view.ts";

/** Units of a duration, in nanoseconds. */
const UNITS: Readonly<Record<string, number>> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9 };

/**
 * A time that somebody types: as the clock wrote it (`4.772717`), or from the chosen event on (`+1.5ms`,
 * `-20us`). In units since the source's base; undefined when it is neither.
 */
export function typedTime(text: string, source: SourceFacts, chosen: number): number | undefined {
  const { clock } = source;
  if (clock === undefined) return undefined;
  const relative = /^([+-])\s*(\d{1,12}(?:\.\d{1,9})?)\s*(ns|us|ms|s)?$/.exec(text);
  if (relative !== null) {
    const [, sign, digits, unit] = relative;
    const scale = clock.unit === "ticks" ? 1 : (UNITS[unit ?? "s"] ?? 1);
    const distance = Math.round(Number(digits) * scale);
    return chosen + (sign === "-" ? -distance : distance);
  }
  const absolute = /^(\d{1,12})(?:\.(\d{1,9}))?$/.exec(text);
  if (absolute === null) return undefined;
  const [, whole = "0", fraction = ""] = absolute;
  const base = BigInt(clock.major) * 1_000_000_000n + BigInt(clock.minor);
  const value =
    clock.unit === "ticks"
      ? BigInt(whole)
      : BigInt(whole) * 1_000_000_000n + BigInt(fraction.padEnd(9, "0"));
  const since = Number(value - base);
  return Number.isSafeInteger(since) ? since : undefined;
}
