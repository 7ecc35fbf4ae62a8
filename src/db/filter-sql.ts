import type { Comparison, Filter, FilterField, FilterValue } from "../model/filter.ts";
import { OTHER_FIELDS } from "../model/filter.ts";

/** A condition on the view `events`: values are bound, never part of the text. */
export interface FilterSql {
  readonly where: string;
  readonly parameters: readonly (bigint | string)[];
}

/** The column behind a field whose name is not the column's. */
const COLUMNS: Readonly<Record<string, string>> = { event: "func" };

const QUEUES = "(SELECT key FROM queue WHERE key = ? OR name = ?)";

/** A filter as SQL. `not` takes in the events that lack the field; every other test wants it there. */
export function filterSql(filter: Filter): FilterSql {
  const parameters: (bigint | string)[] = [];
  return { where: conditionOf(filter, parameters), parameters };
}

function conditionOf(filter: Filter, parameters: (bigint | string)[]): string {
  switch (filter.op) {
    case "and":
    case "or": {
      const parts = filter.of.map((part) => conditionOf(part, parameters));
      return `(${parts.join(filter.op === "and" ? " AND " : " OR ")})`;
    }
    case "not":
      return `NOT ifnull(${conditionOf(filter.of, parameters)}, 0)`;
    case "present":
      return `${columnOf(filter.field, parameters)} IS NOT NULL`;
    case "compare":
      return comparison(filter.field, filter.how, filter.value, parameters);
    case "in": {
      const { field, values } = filter;
      const parts = values.map((value) => comparison(field, "=", value, parameters));
      return `(${parts.join(" OR ")})`;
    }
    case "between": {
      const column = columnOf(filter.field, parameters);
      parameters.push(bound(filter.field, filter.from), bound(filter.field, filter.to));
      return `${column} BETWEEN ? AND ?`;
    }
    default: {
      const column = columnOf(filter.field, parameters);
      parameters.push(filter.pattern);
      return `${column} REGEXP ?`;
    }
  }
}

function comparison(
  field: FilterField,
  how: Comparison,
  value: FilterValue,
  parameters: (bigint | string)[],
): string {
  if (field.sort === "queue") {
    const name = String(value);
    parameters.push(name, name);
    return `${columnOf(field, parameters)} ${how === "=" ? "IN" : "NOT IN"} ${QUEUES}`;
  }
  const column = columnOf(field, parameters);
  parameters.push(bound(field, value));
  return `${column} ${how} ?`;
}

function columnOf({ name }: FilterField, parameters: (bigint | string)[]): string {
  if (!name.startsWith(OTHER_FIELDS)) return COLUMNS[name] ?? name;
  parameters.push(`$."${name.slice(OTHER_FIELDS.length)}"`);
  return "json_extract(fields, ?)";
}

/** A value as the view has it. */
function bound({ sort }: FilterField, value: FilterValue): bigint | string {
  if (sort === "pointer" && typeof value === "bigint") {
    return `0x${BigInt.asUintN(64, value).toString(16)}`;
  }
  return typeof value === "bigint" ? BigInt.asIntN(64, value) : value;
}
