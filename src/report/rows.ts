import { printable, printableJson } from "./printable.ts";

/** Rows that decide how wide the columns of a table are; later ones may stick out. */
const ROWS_MEASURED = 1000;

/** What a query answered, as text in pieces: long answers are never held as a whole. `missing`: for NULL. */
export function* rowsTable(
  columns: readonly string[],
  rows: Iterable<readonly unknown[]>,
  missing = "NULL",
): Generator<string> {
  const cellText = (cell: unknown): string => (cell === null ? missing : printable(rawText(cell)));
  const measured: string[][] = [];
  let widths: readonly number[] = [];
  const head = columns.map(printable);
  const line = (cells: readonly string[]): string =>
    `${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  ")}`.trimEnd().concat("\n");
  function* measuredLines(): Generator<string> {
    widths = head.map((name, i) =>
      measured.reduce((width, row) => Math.max(width, (row[i] ?? "").length), name.length),
    );
    yield line(head);
    yield line(widths.map((width) => "-".repeat(width)));
    for (const row of measured) yield line(row);
  }
  // One loop over the rows, so that whoever stops early closes them as well.
  for (const row of rows) {
    if (measured.length === ROWS_MEASURED) {
      yield line(row.map(cellText));
      continue;
    }
    measured.push(row.map(cellText));
    if (measured.length === ROWS_MEASURED) yield* measuredLines();
  }
  if (measured.length < ROWS_MEASURED) yield* measuredLines();
}

/** One JSON object a line. Integers that JavaScript cannot hold are strings. */
export function* rowsJson(
  columns: readonly string[],
  rows: Iterable<readonly unknown[]>,
): Generator<string> {
  const names = jsonNames(columns);
  for (const row of rows) {
    yield `${printableJson(Object.fromEntries(names.map((name, i) => [name, jsonValue(row[i])])))}\n`;
  }
}

/** An object has each name once: the second `a` is `a:2`, the third `a:3`. */
export function jsonNames(columns: readonly string[]): string[] {
  return columns.map((name, i) => {
    const before = columns.slice(0, i).filter((other) => other === name).length;
    return before === 0 ? name : `${name}:${before + 1}`;
  });
}

/** RFC 4180, with a header; NULL is empty. */
export function* rowsCsv(
  columns: readonly string[],
  rows: Iterable<readonly unknown[]>,
): Generator<string> {
  yield csvLine(columns);
  for (const row of rows) yield csvLine(row);
}

function csvLine(cells: readonly unknown[]): string {
  return `${cells
    .map((cell) => {
      const text = cell === null ? "" : rawText(cell);
      return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    })
    .join(",")}\r\n`;
}

function rawText(cell: unknown): string {
  return cell instanceof Uint8Array ? `x'${Buffer.from(cell).toString("hex")}'` : String(cell);
}

function jsonValue(cell: unknown): unknown {
  if (typeof cell === "bigint") {
    const number = Number(cell);
    return Number.isSafeInteger(number) ? number : String(cell);
  }
  return cell instanceof Uint8Array ? rawText(cell) : cell;
}
