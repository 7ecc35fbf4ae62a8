import { printable } from "../report/printable.ts";

/** What a piece of a line means; the theme says how it looks. Never the only carrier of it. */
export type Style =
  | "plain"
  | "dim"
  | "bold"
  | "title"
  | "error"
  | "warning"
  | "note"
  | "good"
  | "driver"
  | "device"
  | "mark"
  | "changed"
  | "key"
  | "cursor";

/** A piece of a line: inert text, and what it means. */
export interface Span {
  readonly text: string;
  readonly style: Style;
}

/** One row of the screen. */
export type Line = readonly Span[];

/** Text of our own, or of a trace: either is made inert, and one character wide a column. */
export function span(text: string, style: Style = "plain"): Span {
  return { text: columns(printable(text)), style };
}

export function line(...parts: readonly (Span | string)[]): Line {
  return parts.map((part) => (typeof part === "string" ? span(part) : part));
}

export const EMPTY: Line = [];

/** Behind U+02FF stand combining marks, and further on wide characters: they are shown by number. */
const BEYOND_ONE_COLUMN = /[\u0300-\u{10ffff}]/gu;
/** Signs that the screen itself draws with, each one column wide. */
const DRAWN = new Set([..."─│▁▂▃▄▅▆▇█▲▼◀▶…·↑↓←→"]);

function columns(text: string): string {
  return text.replace(BEYOND_ONE_COLUMN, (char) =>
    DRAWN.has(char) ? char : `\\u{${(char.codePointAt(0) as number).toString(16)}}`,
  );
}

export function widthOf(row: Line): number {
  return row.reduce((sum, { text }) => sum + text.length, 0);
}

/** A line cut to a width; where something is cut off, the last column says so. */
export function cut(row: Line, width: number): Line {
  if (width <= 0) return EMPTY;
  if (widthOf(row) <= width) return row;
  const kept: Span[] = [];
  let left = width - 1;
  for (const { text, style } of row) {
    if (left <= 0) break;
    kept.push({ text: text.slice(0, left), style });
    left -= text.length;
  }
  return [...kept, { text: "…", style: "dim" }];
}

/** A line that fills a width exactly. */
export function filled(row: Line, width: number): Line {
  const short = width - widthOf(row);
  if (short < 0) return cut(row, width);
  return short === 0 ? row : [...row, { text: " ".repeat(short), style: "plain" }];
}

/** The same line in one style: the row of the cursor, for one. */
export function restyled(row: Line, style: Style): Line {
  return [{ text: row.map(({ text }) => text).join(""), style }];
}

export function textOf(row: Line): string {
  return row
    .map(({ text }) => text)
    .join("")
    .trimEnd();
}

/** Words folded into lines of a width; further lines are indented. */
export function folded(
  text: string,
  width: number,
  indent: string,
  style: Style = "plain",
): Line[] {
  const lines: Line[] = [];
  const clean = columns(printable(text));
  const lead = /^ */.exec(clean)?.[0] ?? "";
  let current = lead;
  for (const word of clean.slice(lead.length).split(" ")) {
    const more = current === lead && lines.length === 0 ? lead + word : `${current} ${word}`;
    if (more.length <= width || current.trim() === "") {
      current = more;
      continue;
    }
    lines.push([{ text: current, style }]);
    current = indent + word;
  }
  return [...lines, [{ text: current, style }]];
}

export interface Column {
  readonly title: string;
  readonly right?: boolean;
  /** Taken away first where there is no room: the highest number. */
  readonly gives?: number;
}

/** A table as lines: the columns as wide as their cells, those that give way left out from a width on. */
export function table(
  heads: readonly Column[],
  rows: readonly (readonly Span[])[],
  width: number,
): { readonly head: Line; readonly rows: readonly Line[] } {
  const widths = heads.map(({ title }, i) =>
    rows.reduce((most, row) => Math.max(most, row[i]?.text.length ?? 0), title.length),
  );
  const shown = heads.map((_, i) => i);
  const total = (): number => shown.reduce((sum, i) => sum + (widths[i] ?? 0) + 2, -2);
  while (total() > width) {
    const [first] = shown
      .filter((i) => (heads[i]?.gives ?? 0) > 0)
      .sort((a, b) => (heads[b]?.gives ?? 0) - (heads[a]?.gives ?? 0));
    if (first === undefined) break;
    shown.splice(shown.indexOf(first), 1);
  }
  const cells = (row: readonly Span[]): Line =>
    shown.flatMap((i, place) => {
      const { text, style } = row[i] ?? { text: "", style: "plain" as const };
      const wide = widths[i] ?? 0;
      const padded = heads[i]?.right === true ? text.padStart(wide) : text.padEnd(wide);
      return [...(place === 0 ? [] : [span("  ")]), { text: padded, style }];
    });
  return { head: cells(heads.map(({ title }) => span(title, "dim"))), rows: rows.map(cells) };
}
