import type { FilterSql } from "./filter-sql.ts";

/** A question about a case, with its SQL. */
export interface NamedQuery {
  readonly title: string;
  readonly sql: string;
}

/** The SQL behind every number of a check report; `check --show-sql` prints it. */
export const REPORT_QUERIES = {
  summary: {
    title: "verdict, findings by severity, checks decided and undecided",
    sql: "SELECT verdict, errors, warnings, notes, checked, undecided FROM summary",
  },
  findings: {
    title: "findings, first cause first",
    sql: "SELECT severity, rule, queue, line, message, expected, found, fingerprint FROM findings ORDER BY seq, rule",
  },
  evidence: {
    title: "the events that prove each finding",
    sql: "SELECT f.rule, e.role, ev.line, e.what FROM finding_evidence e JOIN finding f ON f.id = e.finding JOIN event ev ON ev.id = e.event ORDER BY e.finding, e.place",
  },
  effects: {
    title: "what followed from each finding",
    sql: "SELECT f.rule, ev.line, e.message FROM finding_effect e JOIN finding f ON f.id = e.finding JOIN event ev ON ev.id = e.event ORDER BY e.finding, e.place",
  },
  ledger: {
    title: "what became of each source's lines, and what its tracer lost",
    sql: "SELECT path, lines, events, notes, rejected, lost_events, lost_marks FROM source ORDER BY id",
  },
  diagnostics: {
    title: "trouble with the input",
    sql: "SELECT s.path, d.code, d.line, d.offset, d.expected, d.count FROM diagnostic d JOIN source s ON s.id = d.source ORDER BY d.id",
  },
  queues: {
    title: "queues, with their events, buffers, kick decisions, kicks and interrupts",
    sql: "SELECT queue, layout, size, features, events, requests, decisions, kicks, interrupts, findings FROM queues ORDER BY id",
  },
  coverage: {
    title: "how often each rule was satisfied, violated and undecided",
    sql: "SELECT rule, sum(satisfied) AS satisfied, sum(violated) AS violated, sum(undecided) AS undecided FROM coverage GROUP BY rule ORDER BY rule",
  },
  reasons: {
    title: "why checks were undecided",
    sql: "SELECT rule, reason, sum(count) AS count FROM coverage_reason GROUP BY rule, reason ORDER BY rule, count DESC, reason",
  },
  openPoints: {
    title: "what the specification leaves open, and how often that was met",
    sql: "SELECT rule, point, sum(count) AS count FROM open_point GROUP BY rule, point ORDER BY rule, count DESC, point",
  },
  gaps: {
    title: "stretches in which calls are missing",
    sql: "SELECT queue, from_line, to_line, reason FROM gaps",
  },
  features: {
    title: "features whose effect the trace shows",
    sql: "SELECT feature FROM exercised ORDER BY feature",
  },
  exchanges: {
    title: "samples that the clock put behind a newer one",
    sql: "SELECT CAST(value AS INTEGER) AS exchanges FROM case_info WHERE key = 'exchanges'",
  },
} as const satisfies Record<string, NamedQuery>;

/** Further questions, as examples in docs/sql.md. */
export const EXAMPLE_QUERIES: readonly NamedQuery[] = [
  {
    title: "the ten slowest buffers, in microseconds from add to get_buf",
    sql: "SELECT queue, added_line, returned_line, add_to_return / 1000 AS us FROM requests WHERE state = 'returned' ORDER BY add_to_return DESC LIMIT 10",
  },
  {
    title: "buffers that are still out when the trace ends",
    sql: "SELECT queue, added_line, added_by, kicked IS NOT NULL AS was_kicked FROM requests WHERE state = 'outstanding' ORDER BY seq",
  },
  {
    title: "one buffer's way: the events with its token",
    sql: "SELECT e.line, c.func, c.phase FROM event e JOIN call c ON c.id = e.call WHERE e.token = (SELECT token FROM request ORDER BY id LIMIT 1) ORDER BY e.id",
  },
  {
    title: "how much of the kicks each queue suppressed",
    sql: "SELECT queue, count(*) AS decisions, sum(needs_kick = 0) AS suppressed FROM decisions GROUP BY queue ORDER BY queue",
  },
  {
    title: "where a driver's free count was lowest",
    sql: "SELECT queue, line, num_free FROM events WHERE num_free IS NOT NULL ORDER BY num_free, seq LIMIT 5",
  },
  {
    title: "fields without a column, from their JSON",
    sql: "SELECT line, json_extract(fields, '$.outSgs') AS out_sgs, json_extract(fields, '$.inSgs') AS in_sgs FROM events WHERE kind = 'add' AND fields IS NOT NULL ORDER BY seq LIMIT 5",
  },
];

/**
 * Events as they are listed, those that a filter lets through. Blocks that hold none are passed over; in
 * the others rows come in their order, so that a list ends as soon as it is long enough.
 */
export function eventsQuery(filter: FilterSql | undefined, limit: number | undefined): string {
  const rows = limit === undefined ? "" : ` LIMIT ${limit}`;
  if (filter === undefined) return `SELECT * FROM events ORDER BY seq${rows}`;
  const { blocks, where } = filter;
  const from =
    blocks === undefined
      ? "event e"
      : "event_block b CROSS JOIN event e ON e.id BETWEEN b.first AND b.last";
  const order = blocks === undefined ? "e.id" : "b.first, e.id";
  const conditions = blocks === undefined ? where : `${blocks} AND ${where}`;
  return `SELECT v.* FROM ${from} CROSS JOIN events v ON v.seq = e.id WHERE ${conditions} ORDER BY ${order}${rows}`;
}

/** The legs of a buffer's way, as columns of the view `requests`: the driver's side. */
export const REQUEST_LEGS = [
  "add_to_kick",
  "kick_to_interrupt",
  "interrupt_to_return",
  "kick_to_return",
  "add_to_return",
] as const;
/** The legs of an element's way, as columns of the view `elements`: the device's side. */
export const ELEMENT_LEGS = [
  "pop_to_fill",
  "fill_to_flush",
  "fill_to_interrupt",
  "pop_to_interrupt",
] as const;
export type Leg = (typeof REQUEST_LEGS | typeof ELEMENT_LEGS)[number];

/** One side of a queue, and what is listed of it. */
export interface Side {
  readonly view: "requests" | "elements";
  readonly legs: readonly Leg[];
  readonly states: readonly string[];
  /** The leg that is the whole way, or what is surely known of it. */
  readonly way: Leg;
  /** Columns that name a buffer, and those that say where to look. */
  readonly named: readonly string[];
  readonly places: readonly string[];
}

export const DRIVER_SIDE: Side = {
  view: "requests",
  legs: REQUEST_LEGS,
  states: ["returned", "detached", "outstanding", "unseen"],
  way: "add_to_return",
  named: ["queue", "token"],
  places: ["added_line", "added_by", "returned_line", "returned_by"],
};
export const DEVICE_SIDE: Side = {
  view: "elements",
  legs: ELEMENT_LEGS,
  states: ["used", "held", "reset", "unseen"],
  way: "pop_to_fill",
  named: ["queue", "element"],
  places: ["popped_line", "filled_line"],
};

/** Share of the buffers that are no slower (nearest rank), by the column's name. */
const PERCENTILES = { p50: 50, p90: 90, p99: 99 } as const;

/**
 * One row for each queue and leg: of how many buffers it is known, how long it took, in nanoseconds, and
 * of how many it is not known. Of a leg that no buffer has, every time is NULL.
 */
export function legsQuery({ view, legs }: Side): string {
  const each = legs
    .map((leg, place) => `SELECT queue, ${place} AS place, '${leg}' AS leg, ${leg} AS ns FROM rows`)
    .join(" UNION ALL ");
  const ranks = Object.entries(PERCENTILES).map(
    ([name, share]) => `max(iif(rank = (n * ${share} + 99) / 100, ns, NULL)) AS ${name}`,
  );
  // NULLs come last: the ranks before them are those of the times that are known.
  const ranked =
    "SELECT queue, place, leg, ns, row_number() OVER (PARTITION BY queue, place ORDER BY ns NULLS LAST) AS rank, count(ns) OVER (PARTITION BY queue, place) AS n FROM legs";
  return `WITH rows AS MATERIALIZED (SELECT queue, ${legs.join(", ")} FROM ${view}), legs AS (${each}), ranked AS (${ranked}) SELECT queue, leg, n AS buffers, min(ns) AS least, ${ranks.join(", ")}, max(ns) AS most, count(*) - n AS unknown FROM ranked GROUP BY queue, place ORDER BY queue, place`;
}

/** The buffers that took longest over a leg. */
export function slowestQuery({ view, legs, named, places }: Side, leg: Leg, limit: number): string {
  const columns = [...named, "state", ...legs, ...places].join(", ");
  return `SELECT ${columns} FROM ${view} WHERE ${leg} IS NOT NULL ORDER BY ${leg} DESC, seq LIMIT ${limit}`;
}

/** How the buffers of each queue ended. */
export function endsQuery({ view, states }: Side): string {
  const sums = states.map((state) => `sum(state = '${state}') AS ${state}`);
  return `SELECT queue, count(*) AS buffers, ${sums.join(", ")}, sum(certain = 0) AS uncertain FROM ${view} GROUP BY queue ORDER BY queue`;
}
