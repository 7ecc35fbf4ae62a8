import type { SourceFacts } from "../../db/case-view.ts";
import { EMPTY, type Line, line, restyled, span, table } from "../line.ts";
import type { Model, Table } from "../model.ts";
import { keyOf, lasting, shortKey, sourceOf, windowOf } from "./words.ts";

const BAR_COLUMNS = 30;
/** Columns that hold durations, in the units of the clock. */
const DURATIONS = /^(?:least|p\d+|most)$|_to_/;

/** How buffers ended, how long each leg took, and the slowest. */
export function requestsRows(model: Model, width: number, height: number): readonly Line[] {
  const { data, cursor } = model.requests;
  // While others are counted these stay, under their own name.
  const { leg, queue } = data ?? model.requests;
  const key = keyOf(model, queue) ?? "all queues";
  const rows: Line[] = [
    line(
      span(key, "title"),
      `  by ${leg}  `,
      span("s: next leg   { }: queue   enter: to its add", "dim"),
    ),
  ];
  if (data === undefined)
    return [
      ...rows,
      EMPTY,
      line(span(model.busy === undefined ? "  not counted: 5 counts" : "  counting...", "dim")),
    ];
  if (data.ends.rows.length === 0)
    return [...rows, EMPTY, line(span("  No buffer was seen.", "dim"))];
  rows.push(...listed("how they ended", data.ends, model, width));
  rows.push(...listed("how long each leg took", data.legs, model, width));
  rows.push(...histogram(model, width));
  const slowest = listed("the slowest", data.slowest, model, width);
  const first = rows.length + 3;
  rows.push(...slowest);
  const chosen = first + cursor;
  return windowOf(
    rows.map((row, at) => (at === chosen ? restyled(row, "cursor") : row)),
    cursor === 0 ? 0 : chosen,
    height,
  );
}

function listed(title: string, { columns, rows }: Table, model: Model, width: number): Line[] {
  const cells = rows.map((row) =>
    row.map((cell, at) => span(shown(columns[at] ?? "", cell, model, width))),
  );
  const made = table(
    columns.map((name, at) => ({
      title: name,
      right: at > 0 && name !== "leg" && name !== "state",
      gives: givesWay(name, model.requests.data?.leg ?? ""),
    })),
    cells,
    width - 2,
  );
  return [
    EMPTY,
    line(span(title, "title")),
    line("  ", ...made.head),
    ...made.rows.map((row) => line("  ", ...row)),
  ];
}

/** What a narrow table does without: the median and the worst are asked for most. */
function givesWay(name: string, leg: string): number {
  if (name.includes("_to_")) return name === leg ? 0 : 5;
  if (name.startsWith("added_") || name.startsWith("returned_") || name === "token") return 4;
  return ["p99", "least", "p90"].indexOf(name) + 1;
}

/** Where a queue's whole key has no room beside the durations. */
const WIDTH_KEY = 120;

function shown(column: string, cell: string, model: Model, width: number): string {
  if (column === "queue" && width < WIDTH_KEY) return shortKey(model, cell);
  if (!DURATIONS.test(column) || cell === "-") return cell;
  return lasting(timedSource(model), Number(cell));
}

/** The source whose clock durations are told by. */
function timedSource(model: Model): SourceFacts | undefined {
  const chosen = sourceOf(model, model.seq);
  return chosen?.clock === undefined ? model.case.sources[0] : chosen;
}

function histogram(model: Model, width: number): Line[] {
  const { data } = model.requests;
  if (data === undefined || data.histogram.length === 0) return [];
  const most = Math.max(...data.histogram.map(({ count }) => count));
  const text = (value: number): string => lasting(timedSource(model), value);
  const columns = Math.max(8, Math.min(BAR_COLUMNS, width - 44));
  return [
    EMPTY,
    line(span(`buffers by ${data.leg}`, "title")),
    ...data.histogram.map(({ from, to, count }) =>
      line(
        `  ${text(from).padStart(12)} to ${text(to).padEnd(12)} ${String(count).padStart(9)}  `,
        span("█".repeat(Math.max(1, Math.round((count / most) * columns))), "key"),
      ),
    ),
  ];
}
