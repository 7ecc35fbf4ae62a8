import { printable } from "./printable.ts";

/** Width that a terminal has at least. */
export const WIDTH = 80;

/**
 * One paragraph in lines of at most `width` columns, the first behind `first`, the others behind `rest`.
 * Control characters of the text become visible: no newline in it starts a line of its own.
 */
export function wrapped(first: string, rest: string, text: string, width = WIDTH): string[] {
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of printable(text).split(" ")) {
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = rest;
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  return [...lines, line].map((one) => one.trimEnd());
}
