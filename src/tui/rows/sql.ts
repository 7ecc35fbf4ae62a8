import { EMPTY, folded, type Line, line, restyled, span, table, widthOf } from "../line.ts";
import type { Model } from "../model.ts";
import { plural, windowOf } from "./words.ts";

/** What the console answered. */
export function sqlRows(model: Model, width: number, height: number): readonly Line[] {
  const { text, answer, error, cursor } = model.sql;
  if (text === "") {
    return [
      EMPTY,
      ...folded(
        "  ; asks the case in SQL: up and down choose a named query or one of before, tab takes it over.",
        width,
        "  ",
        "dim",
      ),
      ...folded("  docs/sql.md has the tables. A case is read-only here.", width, "  ", "dim"),
    ];
  }
  const asked = folded(text, width, "  ", "key").slice(0, Math.max(1, Math.floor(height / 3)));
  if (error !== undefined) return [...asked, EMPTY, ...folded(error, width, "  ", "error")];
  if (answer === undefined) return asked;
  const heads = answer.columns.map((title) => ({ title }));
  const cells = answer.rows.map((row) => row.map((cell) => span(cell)));
  const made = table(heads, cells, Number.MAX_SAFE_INTEGER);
  // What goes beyond the right edge of the chosen row stands below.
  const whole = widthOf(made.head) > width ? chosenRow(model, width) : [];
  const below = whole.slice(0, Math.max(0, Math.floor((height - asked.length - 3) / 2)));
  const room = height - asked.length - 3 - below.length;
  const rows = made.rows.map((row, at) => (at === cursor ? restyled(row, "cursor") : row));
  return [
    ...asked,
    EMPTY,
    made.head,
    ...windowOf(rows, cursor, room),
    line(
      span(
        `${plural(answer.rows.length, "row")}${answer.more ? "; there are more, which vringscope sql prints" : ""}`,
        "dim",
      ),
    ),
    ...below,
  ];
}

/** All cells of the row that the cursor is on. */
function chosenRow({ sql: { answer, cursor } }: Model, width: number): Line[] {
  const row = answer?.rows[cursor];
  if (answer === undefined || row === undefined) return [];
  const cells = answer.columns.map((name, at) => `${name}=${row[at] ?? ""}`);
  return folded(`  ${cells.join("  ")}`, width, "  ");
}
