import {
  DEVICE_SIDE,
  DRIVER_SIDE,
  endsQuery,
  type Leg,
  legsQuery,
  type NamedQuery,
  type Side,
  slowestQuery,
} from "../../db/queries.ts";
import type { CaseReader } from "../../db/reader.ts";
import { UserError } from "../../model/user-error.ts";
import { rowsCsv, rowsJson, rowsTable } from "../../report/rows.ts";
import { withCase } from "../case-of.ts";
import { EXIT } from "../exit.ts";
import type { RequestsOptions } from "../options.ts";
import { writePieces } from "../output.ts";
import { rowLimit } from "../row-limit.ts";

/** The slowest buffers that are listed where nobody says how many. */
const SLOWEST_DEFAULT = "10";
const SIDES = [DRIVER_SIDE, DEVICE_SIDE] as const;

const APART =
  "The two sides are not joined: a device's log names elements by its own pointers, on its own clock, and no line of it names a buffer of the driver's.\n";

/** `vringscope requests`: how buffers fared, leg by leg, and the slowest of them. */
export async function requests(
  paths: readonly string[],
  options: RequestsOptions,
): Promise<number> {
  const by = options.by === undefined ? undefined : legOf(options.by);
  const limit = rowLimit(options.slowest ?? SLOWEST_DEFAULT) ?? -1;
  const chosen = SIDES.filter(({ legs }) => by === undefined || legs.includes(by));
  if (options.showSql === true) {
    const parts = chosen.flatMap((side) => partsOf(side, by ?? side.way, limit));
    await writePieces(parts.map(({ title, sql }) => `-- ${title}\n${sql};\n`));
    return EXIT.clean;
  }
  return withCase(paths, options, async (reader) => {
    if (!reader.has("elements")) {
      throw new UserError(
        "case-outdated",
        "an older vringscope made this case: it has not every leg of a buffer's way",
        "import the traces again, or ask with `vringscope sql`",
      );
    }
    const held = SIDES.filter((side) => hasRows(reader, side));
    // Without any buffer the driver's side says so.
    const sides = held.length === 0 ? [DRIVER_SIDE] : held;
    const shown = by === undefined ? sides : chosen;
    if (options.json === true || options.csv === true) {
      const side = shown[0] ?? DRIVER_SIDE;
      const { columns, rows } = reader.query(slowestQuery(side, by ?? side.way, limit));
      await writePieces((options.json === true ? rowsJson : rowsCsv)(columns, rows));
      return EXIT.clean;
    }
    const parts = shown.flatMap((side) => partsOf(side, by ?? side.way, limit));
    for (const [i, { title, sql }] of parts.entries()) {
      const { columns, rows } = reader.query(sql);
      const head = `${i === 0 ? "" : "\n"}${title}\n`;
      await writePieces([head, ...rowsTable(columns, rows, "unknown")]);
    }
    if (held.length === SIDES.length) await writePieces([`\n${APART}`]);
    return EXIT.clean;
  });
}

function partsOf(side: Side, leg: Leg, limit: number): NamedQuery[] {
  const what = side === DRIVER_SIDE ? "the driver's buffers" : "the device's elements";
  return [
    { title: `${what}: how they ended`, sql: endsQuery(side) },
    {
      title: `${what}: how long each leg took, in nanoseconds (of an integer clock: ticks)`,
      sql: legsQuery(side),
    },
    { title: `${what}: the slowest by ${leg}`, sql: slowestQuery(side, leg, limit) },
  ];
}

function hasRows(reader: CaseReader, { view }: Side): boolean {
  for (const _row of reader.query(`SELECT 1 FROM ${view} LIMIT 1`).rows) return true;
  return false;
}

function legOf(text: string): Leg {
  const legs = SIDES.flatMap((side) => side.legs);
  const leg = legs.find((one) => one === text);
  if (leg === undefined) {
    throw new UserError("leg-unknown", `--by takes ${legs.join(", ")}: ${text}`);
  }
  return leg;
}
