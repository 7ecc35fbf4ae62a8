import { ENDS_QUERY, LEGS, type Leg, legsQuery, slowestQuery } from "../../db/queries.ts";
import { CaseReader } from "../../db/reader.ts";
import { UserError } from "../../model/user-error.ts";
import { rowsCsv, rowsJson, rowsTable } from "../../report/rows.ts";
import { EXIT } from "../exit.ts";
import type { RequestsOptions } from "../options.ts";
import { writePieces } from "../output.ts";
import { rowLimit } from "../row-limit.ts";

/** The slowest buffers that are listed where nobody says how many. */
const SLOWEST_DEFAULT = "10";

/** `vringscope requests`: how buffers fared, leg by leg, and the slowest of them. */
export async function requests(path: string, options: RequestsOptions): Promise<number> {
  const leg = legOf(options.by ?? "add_to_return");
  const slowest = slowestQuery(leg, rowLimit(options.slowest ?? SLOWEST_DEFAULT) ?? -1);
  const parts = [
    { title: "how they ended", sql: ENDS_QUERY },
    {
      title: "how long each leg took, in nanoseconds (of an integer clock: ticks)",
      sql: legsQuery(),
    },
    { title: `the slowest by ${leg}`, sql: slowest },
  ];
  if (options.showSql === true) {
    await writePieces(parts.map(({ title, sql }) => `-- ${title}\n${sql};\n`));
    return EXIT.clean;
  }
  const reader = new CaseReader(path);
  try {
    if (options.json === true || options.csv === true) {
      const { columns, rows } = reader.query(slowest);
      await writePieces((options.json === true ? rowsJson : rowsCsv)(columns, rows));
      return EXIT.clean;
    }
    for (const [i, { title, sql }] of parts.entries()) {
      const { columns, rows } = reader.query(sql);
      await writePieces([`${i === 0 ? "" : "\n"}${title}\n`, ...rowsTable(columns, rows)]);
    }
    return EXIT.clean;
  } finally {
    reader.close();
  }
}

function legOf(text: string): Leg {
  const leg = LEGS.find((one) => one === text);
  if (leg === undefined)
    throw new UserError("leg-unknown", `--by takes ${LEGS.join(", ")}: ${text}`);
  return leg;
}
