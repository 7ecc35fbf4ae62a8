import type { Comparison, Filter, FilterField, FilterValue } from "../model/filter.ts";
import { OTHER_FIELDS } from "../model/filter.ts";

/** A filter as SQL on the table `event` (e) and its blocks (b): values are bound, never part of the text. */
export interface FilterSql {
  /** What a block of events must hold so that one of them may fit; undefined where nothing is asked. */
  readonly blocks: string | undefined;
  readonly where: string;
  /** In the order of their marks, those of `blocks` first. */
  readonly parameters: readonly Bound[];
}

type Bound = bigint | string;

/** A condition, and the values for its marks. */
interface Condition {
  readonly sql: string;
  readonly values: readonly Bound[];
}

/** Tables that events refer to: few rows, each of which stands for many events. */
const CALLS = { column: "call", rows: "SELECT id FROM call WHERE" } as const;
const CONTEXTS = {
  column: "context",
  rows: "SELECT x.id FROM context x LEFT JOIN name n ON n.id = x.task WHERE",
} as const;

/** Fields that stand in such a table, by the column there. */
const REFERRED: Readonly<
  Record<string, { readonly table: typeof CALLS | typeof CONTEXTS; readonly column: string }>
> = {
  event: { table: CALLS, column: "func" },
  kind: { table: CALLS, column: "kind" },
  phase: { table: CALLS, column: "phase" },
  level: { table: CALLS, column: "level" },
  caller: { table: CALLS, column: "caller" },
  cpu: { table: CONTEXTS, column: "x.cpu" },
  pid: { table: CONTEXTS, column: "x.pid" },
  task: { table: CONTEXTS, column: "n.text" },
};

const SOURCE_OF_EVENT = "s WHERE e.id >= s.first_event AND e.id < s.end_event";

/** Columns of the table `event`, for the fields that are named otherwise there. */
const COLUMNS: Readonly<Record<string, string>> = {
  seq: "e.id",
  clock: `e.time + (SELECT s.base FROM source ${SOURCE_OF_EVENT})`,
  source: `(SELECT s.path FROM source ${SOURCE_OF_EVENT})`,
};

/** The least and the greatest value in a block, of the fields of which a block tells that. */
const EXTENTS: Readonly<Record<string, readonly [least: string, most: string]>> = {
  seq: ["b.first", "b.last"],
  time: ["b.least_time", "b.most_time"],
  clock: [
    "b.least_time + (SELECT s.base FROM source s WHERE s.id = b.source)",
    "b.most_time + (SELECT s.base FROM source s WHERE s.id = b.source)",
  ],
};

const QUEUES = "SELECT id FROM queue WHERE key = ? OR name = ?";

/** A filter as SQL. `not` takes in the events that lack the field; every other test wants it there. */
export function filterSql(filter: Filter): FilterSql {
  const blocks = blocksOf(filter);
  const where = conditionOf(filter);
  return {
    blocks: blocks?.sql,
    where: where.sql,
    parameters: [...(blocks?.values ?? []), ...where.values],
  };
}

/** The same, for a case of a version that kept no blocks. */
export function withoutBlocks({ blocks, where, parameters }: FilterSql): FilterSql {
  const marks = blocks?.match(/\?/g)?.length ?? 0;
  return { blocks: undefined, where, parameters: parameters.slice(marks) };
}

function conditionOf(filter: Filter): Condition {
  switch (filter.op) {
    case "and":
    case "or":
      return joined(filter.of.map(conditionOf), filter.op);
    case "not": {
      const { sql, values } = conditionOf(filter.of);
      return { sql: `NOT ifnull(${sql}, 0)`, values };
    }
    case "in":
      return joined(
        filter.values.map((value) => comparison(filter.field, "=", value)),
        "or",
      );
    case "compare":
      return comparison(filter.field, filter.how, filter.value);
    default:
      return onField(filter.field, testOf(filter));
  }
}

/** The test of one value, to stand behind it. */
function testOf(filter: Extract<Filter, { op: "present" | "between" | "match" }>): Condition {
  switch (filter.op) {
    case "present":
      return { sql: "IS NOT NULL", values: [] };
    case "between":
      return { sql: "BETWEEN ? AND ?", values: [bound(filter.from), bound(filter.to)] };
    default:
      return { sql: "REGEXP ?", values: [filter.pattern] };
  }
}

function comparison(field: FilterField, how: Comparison, value: FilterValue): Condition {
  if (field.sort === "queue") {
    const name = String(value);
    return { sql: `e.queue ${how === "=" ? "IN" : "NOT IN"} (${QUEUES})`, values: [name, name] };
  }
  return onField(field, { sql: `${how} ?`, values: [bound(value)] });
}

function onField(field: FilterField, test: Condition): Condition {
  const { name, sort } = field;
  const referred = REFERRED[name];
  if (referred !== undefined) {
    const { table, column } = referred;
    return {
      sql: `e.${table.column} IN (${table.rows} ${column} ${test.sql})`,
      values: test.values,
    };
  }
  const regexp = test.sql.startsWith("REGEXP");
  if (sort === "queue" && regexp) {
    return { sql: `e.queue IN (SELECT id FROM queue WHERE key ${test.sql})`, values: test.values };
  }
  if (sort === "pointer" && regexp) {
    // As the view has it: in hexadecimal, unsigned.
    return {
      sql: `iif(e.${name} IS NULL, NULL, format('0x%x', e.${name})) ${test.sql}`,
      values: test.values,
    };
  }
  if (name.startsWith(OTHER_FIELDS)) {
    const path = `$."${name.slice(OTHER_FIELDS.length)}"`;
    return { sql: `json_extract(e.fields, ?) ${test.sql}`, values: [path, ...test.values] };
  }
  return { sql: `${COLUMNS[name] ?? `e.${name}`} ${test.sql}`, values: test.values };
}

/** What a filter asks of a whole block; undefined where any block may hold an event that fits. */
function blocksOf(filter: Filter): Condition | undefined {
  switch (filter.op) {
    case "and": {
      const parts = filter.of.map(blocksOf).filter((part) => part !== undefined);
      return parts.length === 0 ? undefined : joined(parts, "and");
    }
    case "or": {
      const parts = filter.of.map(blocksOf);
      return parts.every((part) => part !== undefined) ? joined(parts, "or") : undefined;
    }
    case "in": {
      const { field } = filter;
      const parts = filter.values.map((value) =>
        blocksOf({ op: "compare", field, how: "=", value }),
      );
      return parts.every((part) => part !== undefined) ? joined(parts, "or") : undefined;
    }
    case "not":
      return undefined;
    default:
      return blocksWith(filter);
  }
}

function blocksWith(
  filter: Extract<Filter, { op: "present" | "compare" | "between" | "match" }>,
): Condition | undefined {
  const { name } = filter.field;
  const extent = EXTENTS[name];
  if (extent !== undefined) return blocksAcross(filter, ...extent);
  const referred = REFERRED[name]?.table.column ?? (name === "queue" ? "queue" : undefined);
  if (referred === undefined) return undefined;
  const condition = conditionOf(filter);
  const inside = condition.sql.replace(`e.${referred} `, `${referred} `);
  return {
    sql: `b.first IN (SELECT block FROM block_${referred} WHERE ${inside})`,
    values: condition.values,
  };
}

/** Blocks whose values, from the least to the most, reach into a range. */
function blocksAcross(filter: Filter, least: string, most: string): Condition | undefined {
  if (filter.op === "between") {
    return {
      sql: `(${most} >= ? AND ${least} <= ?)`,
      values: [bound(filter.from), bound(filter.to)],
    };
  }
  if (filter.op !== "compare") return undefined;
  const value = bound(filter.value);
  switch (filter.how) {
    case "=":
      return { sql: `(${most} >= ? AND ${least} <= ?)`, values: [value, value] };
    case "<":
    case "<=":
      return { sql: `${least} ${filter.how} ?`, values: [value] };
    case ">":
    case ">=":
      return { sql: `${most} ${filter.how} ?`, values: [value] };
    default:
      return undefined;
  }
}

function joined(parts: readonly Condition[], how: "and" | "or"): Condition {
  const sql = parts.map((part) => part.sql).join(how === "and" ? " AND " : " OR ");
  return {
    sql: parts.length === 1 ? sql : `(${sql})`,
    values: parts.flatMap((part) => part.values),
  };
}

/** A value as a column has it: 64 bits, signed. */
function bound(value: FilterValue): Bound {
  return typeof value === "bigint" ? BigInt.asIntN(64, value) : value;
}
