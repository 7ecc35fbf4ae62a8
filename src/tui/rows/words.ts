import { type QueueFacts, type SourceFacts, sourceAt } from "../../db/case-view.ts";
import { clockText, durationText } from "../../model/time.ts";
import type { Model } from "../model.ts";

export function sourceOf(model: Model, seq: number): SourceFacts | undefined {
  return sourceAt(model.case.sources, seq);
}

/** The key of a queue by its number; undefined for no queue, which stands for all. */
export function keyOf(model: Model, queue: number | undefined): string | undefined {
  return model.case.queues.find(({ id }) => id === queue)?.key;
}

/** A time as its clock wrote it; `time` counts from the source's base. */
export function timeOf(source: SourceFacts | undefined, time: number): string {
  return source?.clock === undefined ? "" : clockText(source.clock, time);
}

export function lasting(source: SourceFacts | undefined, duration: number): string {
  return source?.clock === undefined ? String(duration) : durationText(source.clock, duration);
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** The end of a path that tells files apart. */
export function baseName(path: string): string {
  return (
    path
      .split("/")
      .filter((part) => part !== "")
      .at(-1) ?? path
  );
}

/** A text of at most so many columns: what tells names apart is mostly at their ends. */
export function elided(text: string, most: number): string {
  if (text.length <= most) return text;
  const head = Math.floor((most - 1) / 3);
  return `${text.slice(0, head)}…${text.slice(text.length - (most - 1 - head))}`;
}

/** A text as a filter takes it. */
export function filterText(text: string): string {
  return `"${text.replace(/[\\"]/g, "\\$&")}"`;
}

const SHORT_KEYS = new WeakMap<readonly QueueFacts[], ReadonlyMap<string, string>>();

/** A queue's key as short as it stays the only one of the case: its name, or the end of its address too. */
export function shortKey({ case: { queues } }: Model, key: string): string {
  let short = SHORT_KEYS.get(queues);
  if (short === undefined) {
    short = shortKeys(queues.map((queue) => queue.key));
    SHORT_KEYS.set(queues, short);
  }
  return short.get(key) ?? key;
}

function shortKeys(keys: readonly string[]): ReadonlyMap<string, string> {
  const forms = [
    (key: string): string => key.split("@")[0] ?? key,
    (key: string): string => key.replace(/@0x[0-9a-f]*?([0-9a-f]{1,4})(?:#1)?$/, "@…$1"),
  ];
  return new Map(
    keys.map((key) => {
      const form = forms.find(
        (one) => one(key) !== "" && keys.every((other) => other === key || one(other) !== one(key)),
      );
      return [key, form?.(key) ?? key];
    }),
  );
}

const BARS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] as const;

/** Counts as a line of bars, as wide as there are columns; an empty stretch is a blank. */
export function sparkline(counts: readonly number[], columns: number): string {
  if (counts.length === 0 || columns <= 0) return "";
  const wide = Math.min(columns, counts.length);
  const sums = Array.from({ length: wide }, (_, column) => {
    const from = Math.floor((column * counts.length) / wide);
    const to = Math.max(from + 1, Math.floor(((column + 1) * counts.length) / wide));
    return counts.slice(from, to).reduce((sum, count) => sum + count, 0);
  });
  const most = Math.max(...sums, 1);
  return sums
    .map((sum) => (sum === 0 ? " " : BARS[Math.min(7, Math.ceil((sum / most) * 8) - 1)]))
    .join("");
}

/** Lines of a window that keeps the cursor's line in sight. */
export function windowOf<T>(lines: readonly T[], cursor: number, height: number): readonly T[] {
  if (lines.length <= height) return lines;
  const top = Math.max(0, Math.min(cursor - Math.floor(height / 2), lines.length - height));
  return lines.slice(top, top + height);
}
