import { type FilterSql, filterSql, withoutBlocks } from "../../db/filter-sql.ts";
import { eventsQuery } from "../../db/queries.ts";
import { UserError } from "../../model/user-error.ts";
import { parseFilter } from "../../parser/filter/filter.ts";
import { eventLines } from "../../report/event-lines.ts";
import { filterErrorText } from "../../report/filter-error.ts";
import { rowsCsv, rowsJson } from "../../report/rows.ts";
import { withCase } from "../case-of.ts";
import { EXIT } from "../exit.ts";
import type { EventsOptions } from "../options.ts";
import { writePieces } from "../output.ts";
import { rowLimit } from "../row-limit.ts";

/** `vringscope events`: the events of a case or of traces, those that a filter lets through. */
export async function events(paths: readonly string[], options: EventsOptions): Promise<number> {
  const filter = filterOf(options.filter);
  const parameters = filter?.parameters ?? [];
  const limit = rowLimit(options.limit);
  const sql = eventsQuery(filter, limit);
  if (options.showSql === true) {
    await writePieces([`${sql};\n`, ...parameters.map((value, i) => `-- ?${i + 1}: ${value}\n`)]);
    return EXIT.clean;
  }
  return withCase(paths, options, async (reader) => {
    // A case of an older version knows no blocks: every event is looked at.
    const known = reader.has("event_block") ? filter : filter && withoutBlocks(filter);
    const answer = reader.query(eventsQuery(known, limit), known?.parameters);
    let shown = 0;
    const rows = counted(answer.rows, () => shown++);
    const print = options.json === true ? rowsJson : options.csv === true ? rowsCsv : eventLines;
    await writePieces(print(answer.columns, rows));
    if (shown === limit) {
      process.stderr.write(`the first ${limit} events; --limit N, or --limit all, shows more\n`);
    }
    return EXIT.clean;
  });
}

function* counted(
  rows: Iterable<readonly unknown[]>,
  seen: () => void,
): Generator<readonly unknown[]> {
  for (const row of rows) {
    seen();
    yield row;
  }
}

/** @throws UserError that shows where the filter is wrong, and what to write instead. */
function filterOf(text: string | undefined): FilterSql | undefined {
  if (text === undefined) return undefined;
  const parsed = parseFilter(text);
  if (parsed.kind === "filter") return filterSql(parsed.filter);
  const { error } = parsed;
  const lines = [...filterErrorText(text, error), ...(error.help === "" ? [] : [error.help])];
  throw new UserError("filter-wrong", `filter: ${error.message}`, lines.join("\n  "));
}
