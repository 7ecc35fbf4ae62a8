import type { FilterSql } from "./filter-sql.ts";
import {
  DEVICE_SIDE,
  DRIVER_SIDE,
  endsQuery,
  type Leg,
  legsQuery,
  type NamedQuery,
  REPORT_QUERIES,
  type Side,
} from "./queries.ts";

/**
 * What the screen asks of a case, beside what the report asks: each of its numbers comes from one of
 * these, and the screen shows them.
 */
export const SCREEN_QUERIES = {
  ...REPORT_QUERIES,
  sources: {
    title: "sources, what became of their lines, and what their tracers lost",
    sql: "SELECT id, path, format, clock, base, first_event, end_event, lines, events, notes, rejected, lost_events, lost_marks FROM source ORDER BY id",
  },
  queueFacts: {
    title: "queues: device, name, layout, size, features",
    sql: "SELECT q.id, q.key, q.source, q.name, q.device, q.number, q.layout, q.size, q.features FROM queue q ORDER BY q.id",
  },
  counts: {
    title: "what was counted of each queue while the case was made",
    sql: "SELECT queue, events, requests, decisions, kicks, suppressed, interrupts, in_flight_end, findings FROM queue_count ORDER BY queue",
  },
  activity: {
    title: "events of each queue over time, in buckets of a width",
    sql: "SELECT a.queue, a.bucket, a.events, w.width, q.source FROM activity a JOIN queue q ON q.id = a.queue JOIN activity_width w ON w.source = q.source ORDER BY a.queue, a.bucket",
  },
  inFlight: {
    title: "buffers in flight when the trace ends",
    sql: "SELECT q.key AS queue, (SELECT count(*) FROM request r WHERE r.queue = q.id AND r.state = 'outstanding') AS in_flight FROM queue q ORDER BY q.id",
  },
  suppressed: {
    title: "kick decisions that went against a notification",
    sql: "SELECT q.key AS queue, (SELECT count(*) FROM decision d WHERE d.queue = q.id AND d.needs_kick = 0) AS suppressed FROM queue q ORDER BY q.id",
  },
  findingList: {
    title: "findings, first cause first",
    sql: "SELECT f.id, f.severity, f.rule, f.party, q.key AS queue, f.queue AS queue_id, f.event AS seq, f.message, f.clause, f.expected, f.found, f.fingerprint FROM finding f LEFT JOIN queue q ON q.id = f.queue ORDER BY f.event IS NULL, f.event, f.rule",
  },
  findingEvidence: {
    title: "the events that prove one finding, in order",
    sql: "SELECT e.role, e.event AS seq, ev.line, e.what FROM finding_evidence e JOIN event ev ON ev.id = e.event WHERE e.finding = ? ORDER BY e.place",
  },
  findingEffects: {
    title: "what followed from one finding",
    sql: "SELECT e.event AS seq, ev.line, e.message FROM finding_effect e LEFT JOIN event ev ON ev.id = e.event WHERE e.finding = ? ORDER BY e.place",
  },
  ringInFlight: {
    title: "the buffers of one queue that are in flight behind an event",
    sql: "SELECT r.id AS seq, format('0x%x', r.token) AS token, r.added FROM request r WHERE r.queue = ? AND r.id <= ? AND (r.returned_event IS NULL OR r.returned_event > ?) ORDER BY r.id",
  },
  ringSamples: {
    title: "the last samples of its state that a probe took by then",
    sql: "SELECT seq, func, next_avail, avail_wrap, last_used, num_free, num_added, driver_off_wrap, driver_flags, device_off_wrap, device_flags FROM events WHERE queue = (SELECT key FROM queue WHERE id = ?) AND seq <= ? ORDER BY seq DESC LIMIT 8",
  },
  oneEvent: {
    title: "one event with all its fields",
    sql: "SELECT * FROM events WHERE seq = ?",
  },
} as const satisfies Record<string, NamedQuery>;

/** Columns of the list of events, in their order. */
const EVENT_COLUMNS =
  "v.seq, v.line, v.clock, v.time, v.cpu, v.pid, v.task, v.kind, v.phase, v.func, v.queue, v.token, v.ret, v.last_used, v.next_avail, v.avail_wrap, v.num_free, v.num_added, v.driver_off_wrap, v.driver_flags, v.device_off_wrap, v.device_flags, v.buffer_id, v.fields";

/**
 * One page of events by their key: behind `from` and up to `until`, or before it and down to. With what
 * blocks hold known, only those in the range that may have a fitting event are looked into.
 */
export function pageQuery(filter: FilterSql | undefined, forward: boolean, limit: number): string {
  const order = forward ? "ASC" : "DESC";
  const range = forward ? "e.id > ? AND e.id <= ?" : "e.id < ? AND e.id >= ?";
  const blockRange = forward ? "b.last > ? AND b.first <= ?" : "b.first < ? AND b.last >= ?";
  const [from, by, conditions] =
    filter?.blocks === undefined
      ? ["event e", `e.id ${order}`, [range, ...(filter === undefined ? [] : [filter.where])]]
      : [
          "event_block b CROSS JOIN event e ON e.id BETWEEN b.first AND b.last",
          `b.first ${order}, e.id ${order}`,
          [blockRange, range, filter.blocks, filter.where],
        ];
  return `SELECT ${EVENT_COLUMNS} FROM ${from} CROSS JOIN events v ON v.seq = e.id WHERE ${conditions.join(" AND ")} ORDER BY ${by} LIMIT ${limit}`;
}

/** Values of {@link pageQuery}. */
export function pageValues(
  filter: FilterSql | undefined,
  from: number,
  until: number,
): (bigint | string)[] {
  const range = [BigInt(from), BigInt(until)];
  const blocks = filter?.blocks === undefined ? [] : range;
  return [...blocks, ...range, ...(filter?.parameters ?? [])];
}

/** Rows of the slowest buffers that the screen lists. */
const SLOWEST_ROWS = 100;

/** The side of a queue that a leg is of. */
function sideOf(leg: Leg): Side {
  return DEVICE_SIDE.legs.includes(leg) ? DEVICE_SIDE : DRIVER_SIDE;
}

/** What the screen's view of requests shows; of one queue where its key is bound. */
export function requestQueries(
  leg: Leg,
  ofQueue: boolean,
): Readonly<Record<RequestTable, NamedQuery>> {
  const side = sideOf(leg);
  const of = (sql: string): string => (ofQueue ? `SELECT * FROM (${sql}) WHERE queue = ?` : sql);
  const also = ofQueue ? " AND queue = ?" : "";
  const columns = ["seq", ...side.named, "state", ...side.legs, ...side.places].join(", ");
  return {
    ends: { title: "how they ended", sql: of(endsQuery(side)) },
    legs: {
      title: "how long each leg took, in nanoseconds (of an integer clock: ticks)",
      sql: of(legsQuery(side)),
    },
    histogram: {
      title: `buffers by ${leg}, in powers of two`,
      sql: `SELECT CAST(floor(log2(max(${leg}, 1))) AS INTEGER) AS power, count(*) AS buffers FROM ${side.view} WHERE ${leg} IS NOT NULL${also} GROUP BY power ORDER BY power`,
    },
    slowest: {
      title: `the slowest by ${leg}`,
      sql: `SELECT ${columns} FROM ${side.view} WHERE ${leg} IS NOT NULL${also} ORDER BY ${leg} DESC, seq LIMIT ${SLOWEST_ROWS}`,
    },
  };
}

export type RequestTable = "ends" | "legs" | "histogram" | "slowest";
