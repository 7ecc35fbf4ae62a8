import type { FilterError } from "../model/filter.ts";
import { printable } from "./printable.ts";

/** Columns of a terminal that the filter may take; a longer one is cut around the place. */
const WIDTH = 72;

/** A filter, and below it a mark where it is wrong: two lines. */
export function filterErrorText(text: string, { offset, length }: FilterError): [string, string] {
  const line = text.replace(/\s/g, " ");
  const from = Math.max(0, Math.min(offset - WIDTH / 2, line.length - WIDTH));
  const before = printable(line.slice(from, offset));
  const marked = printable(line.slice(offset, offset + length)).length;
  const mark = "^".repeat(Math.max(1, marked));
  return [printable(line.slice(from, from + WIDTH)), " ".repeat(before.length) + mark];
}
