import { jsonMembers } from "../model/json-members.ts";
import { printable } from "./printable.ts";

/** Columns of the view `events` that make up the head of a line. */
const HEAD = new Set([
  ...["seq", "source", "line", "clock", "time", "cpu", "pid", "task"],
  ...["kind", "phase", "level", "func", "queue", "fields"],
]);
/** A longer value is cut: a whole ring recorded by a probe takes the screen. `--json` has all of it. */
const FIELD_MAX = 48;
const NANOS = 1_000_000_000n;
/** Words of the line before the fields, as wide as they mostly are. */
const WIDTHS = { seq: 7, line: 7, time: 14, who: 24, what: 34 } as const;

/** Rows of the view `events` for people: one line an event, with the fields that it carries. */
export function* eventLines(
  columns: readonly string[],
  rows: Iterable<readonly unknown[]>,
): Generator<string> {
  const at = new Map(columns.map((name, i) => [name, i]));
  yield `${"seq".padStart(WIDTHS.seq)} ${"line".padStart(WIDTHS.line)} ${"time".padStart(WIDTHS.time)}  ${"cpu task-pid".padEnd(WIDTHS.who)} ${"event".padEnd(WIDTHS.what)} queue, fields\n`;
  for (const row of rows) {
    const cell = (name: string): unknown => row[at.get(name) ?? -1] ?? null;
    const text = (name: string): string => printable(String(cell(name) ?? ""));
    const who = `${text("cpu")} ${text("task")}-${text("pid")}`;
    const what = `${text("func")}${PHASES[text("phase")] ?? ""}`;
    const words = [
      ...(cell("queue") === null ? [] : [text("queue")]),
      ...columns
        .filter((name) => !HEAD.has(name) && cell(name) !== null)
        .map((name) => `${printable(name)}=${text(name)}`),
      ...otherFields(cell("fields")),
    ];
    const head = [
      text("seq").padStart(WIDTHS.seq),
      text("line").padStart(WIDTHS.line),
      timeText(cell("time")).padStart(WIDTHS.time),
      ` ${who.padEnd(WIDTHS.who)}`,
      what.padEnd(WIDTHS.what),
    ];
    yield `${`${head.join(" ")} ${words.join(" ")}`.trimEnd()}\n`;
  }
}

/** Behind the function's name: where the call begins nothing, for that is what is expected. */
const PHASES: Readonly<Record<string, string>> = { end: " returns" };

/** Seconds since the source's first event, with nine decimals; of an integer clock its ticks look the same. */
function timeText(time: unknown): string {
  if (typeof time !== "bigint" && typeof time !== "number") return "";
  const value = BigInt(time);
  const size = value < 0n ? -value : value;
  const sign = value < 0n ? "-" : "";
  return `${sign}${size / NANOS}.${String(size % NANOS).padStart(9, "0")}`;
}

function otherFields(json: unknown): string[] {
  return jsonMembers(json).map(([name, value]) => {
    const text = String(value);
    const shown = text.length > FIELD_MAX ? `${text.slice(0, FIELD_MAX)}...` : text;
    return printable(`${name}=${shown}`);
  });
}
