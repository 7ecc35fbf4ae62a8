import type { Database, Statement } from "better-sqlite3";
import { CHECKPOINT_EVENTS } from "./case-summary.ts";

/** A queue that a ring can be drawn of: one whose layout and size are known and that has events. */
export interface RingQueueRow {
  readonly id: number;
  readonly key: string;
  readonly layout: "packed" | "split";
  readonly size: number;
  readonly features: readonly string[];
  /** Format of its source. */
  readonly format: string;
  /** The source admits losses. */
  readonly lossy: boolean;
  /** Address of its descriptor area in a ring log, else of the virtqueue. */
  readonly pointer: bigint;
  readonly firstEvent: number;
  readonly lastEvent: number;
}

/** One event of a queue, as its row has it; numbers are null where the event does not carry them. */
export interface RingEventRow {
  readonly seq: number;
  readonly time: number;
  readonly kind: string;
  readonly phase: string;
  readonly func: string;
  readonly token: string | null;
  readonly ret: number | null;
  readonly fields: string | null;
  readonly lastUsed: number | null;
  readonly nextAvail: number | null;
  readonly availWrap: number | null;
  readonly numFree: number | null;
  readonly numAdded: number | null;
  readonly driverOffWrap: number | null;
  readonly driverFlags: number | null;
  readonly deviceOffWrap: number | null;
  readonly deviceFlags: number | null;
  readonly bufferId: number | null;
}

/** A buffer in flight at some event. */
export interface RingBufferRow {
  readonly seq: number;
  readonly token: string;
  readonly added: number;
  readonly kickedEvent: number | null;
  readonly certain: boolean;
  readonly task: string;
}

export interface GapRow {
  readonly from: number;
  readonly to: number;
}

export type Direction = 1 | -1;

const EVENT = `SELECT e.id, e.time, c.kind, c.phase, c.func,
  iif(e.token IS NULL, NULL, format('0x%x', e.token)), e.ret, e.fields, e.last_used, e.next_avail,
  e.avail_wrap, e.num_free, e.num_added, e.driver_off_wrap, e.driver_flags, e.device_off_wrap,
  e.device_flags, e.buffer_id
FROM event e JOIN call c ON c.id = e.call`;

/** What a picture of a ring is made of: rows of a case, by queue and event. */
export class RingRows {
  readonly #db: Database;
  readonly #statements = new Map<string, Statement>();
  readonly #hasCheckpoints: boolean;

  constructor(db: Database) {
    this.#db = db;
    // A case of an older schema that may not be written has none.
    const sql = "SELECT count(*) FROM sqlite_schema WHERE name = 'checkpoint'";
    this.#hasCheckpoints = db.prepare(sql).pluck().get() === 1;
  }

  queues(): RingQueueRow[] {
    const sql = `SELECT q.id, q.key, q.layout, q.size, q.features, s.format, s.lost_marks, CAST(q.pointer AS TEXT),
        (SELECT e.id FROM event e WHERE e.queue = q.id ORDER BY e.id LIMIT 1) AS first,
        (SELECT e.id FROM event e WHERE e.queue = q.id ORDER BY e.id DESC LIMIT 1)
      FROM queue q JOIN source s ON s.id = q.source
      WHERE q.layout IS NOT NULL AND q.size IS NOT NULL AND first IS NOT NULL ORDER BY q.id`;
    return this.#all(sql).map(
      ([id, key, layout, size, features, format, marks, pointer, a, b]) => ({
        id: id as number,
        key: key as string,
        layout: layout as RingQueueRow["layout"],
        size: size as number,
        features: features === null ? [] : (JSON.parse(features as string) as string[]),
        format: format as string,
        lossy: (marks as number) > 0,
        pointer: BigInt.asUintN(64, BigInt(pointer as string)),
        firstEvent: a as number,
        lastEvent: b as number,
      }),
    );
  }

  /** The last `limit` events of a queue up to `seq`, oldest first. */
  eventsUpTo(queue: number, seq: number, limit: number): RingEventRow[] {
    const sql = `${EVENT} WHERE e.queue = ? AND e.id <= ? ORDER BY e.id DESC LIMIT ?`;
    return this.#all(sql, queue, seq, limit).map(eventRow).reverse();
  }

  /** The first `limit` events of a queue from `from` up to `to`. */
  eventsBetween(queue: number, from: number, to: number, limit: number): RingEventRow[] {
    const sql = `${EVENT} WHERE e.queue = ? AND e.id >= ? AND e.id <= ? ORDER BY e.id LIMIT ?`;
    return this.#all(sql, queue, from, to, limit).map(eventRow);
  }

  /** The event of a queue next to `seq`, which need not be one. */
  eventBeside(queue: number, seq: number, direction: Direction): number | undefined {
    const sql = beside("SELECT e.id FROM event e WHERE e.queue = ? AND e.id", "e.id", direction);
    return this.#all(sql, queue, seq)[0]?.[0] as number | undefined;
  }

  findingBeside(queue: number, seq: number, direction: Direction): number | undefined {
    const sql = beside(
      "SELECT f.event FROM finding f WHERE f.queue = ? AND f.event",
      "f.event",
      direction,
    );
    return this.#all(sql, queue, seq)[0]?.[0] as number | undefined;
  }

  /** The last event up to `seq` that shows which lap of the ring the driver is in, and that lap. */
  lapAt(
    queue: RingQueueRow,
    seq: number,
  ): { readonly seq: number; readonly lap: number } | undefined {
    const lap = lapOf(queue);
    const sql = `SELECT e.id, ${lap} AS lap ${LAPS} WHERE ${lap} IS NOT NULL AND e.queue = ? AND e.id <= ? ORDER BY e.id DESC LIMIT 1`;
    const row = this.#all(sql, queue.id, seq)[0];
    return row === undefined ? undefined : { seq: row[0] as number, lap: row[1] as number };
  }

  /** The event next to `seq` that shows the driver in another lap than `lap`. */
  otherLap(
    queue: RingQueueRow,
    seq: number,
    lap: number,
    direction: Direction,
  ): number | undefined {
    const where = `SELECT e.id ${LAPS} WHERE ${lapOf(queue)} <> ? AND e.queue = ? AND e.id`;
    const sql = beside(where, "e.id", direction);
    return this.#all(sql, lap, queue.id, seq)[0]?.[0] as number | undefined;
  }

  /**
   * Buffers that were added by `seq` and not back by it, oldest first; `open` is an event whose call has
   * not returned by then: what it brought back is not back yet.
   */
  inFlight(queue: number, seq: number, open: number): RingBufferRow[] {
    const noticed = this.#hasCheckpoints ? "u.noticed, " : "";
    // Where a case does not tell what showed that a buffer was back unseen, it is never shown in flight.
    const back = `coalesce(r.returned_event, ${noticed}iif(r.state = 'unseen', r.id, NULL))`;
    const select = `SELECT r.id, format('0x%x', r.token), r.added, r.kicked_event, r.certain, n.text`;
    const joins = `${this.#hasCheckpoints ? "LEFT JOIN unseen u ON u.request = r.id" : ""}
      JOIN event e ON e.id = r.id JOIN context x ON x.id = e.context LEFT JOIN name n ON n.id = x.task`;
    const isOut = `(${back} IS NULL OR ${back} > @seq OR ${back} = @open)`;
    const behind = `${select} FROM request r ${joins} WHERE r.queue = @queue AND r.id > @base AND r.id <= @seq AND ${isOut} ORDER BY r.id`;
    if (!this.#hasCheckpoints) return this.#buffers(behind, { queue, base: -1, seq, open });
    const kept = `${select} FROM checkpoint k JOIN request r ON r.id = k.request ${joins}
      WHERE k.queue = @queue AND k.event = @base AND ${isOut} ORDER BY k.request`;
    const base = seq - (seq % CHECKPOINT_EVENTS);
    const values = { queue, base, seq, open };
    return [...this.#buffers(kept, values), ...this.#buffers(behind, values)];
  }

  #buffers(sql: string, values: Readonly<Record<string, number>>): RingBufferRow[] {
    return this.#all(sql, values).map(([id, token, added, kickedEvent, certain, task]) => ({
      seq: id as number,
      token: token as string,
      added: added as number,
      kickedEvent: kickedEvent as number | null,
      certain: certain === 1,
      task: (task as string | null) ?? "",
    }));
  }

  gaps(queue: number): GapRow[] {
    const sql = "SELECT from_event, to_event FROM gap WHERE queue = ? ORDER BY from_event";
    return this.#all(sql, queue).map(([from, to]) => ({ from: from as number, to: to as number }));
  }

  #all(sql: string, ...values: (number | Readonly<Record<string, number>>)[]): unknown[][] {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql).raw();
      this.#statements.set(sql, statement);
    }
    return statement.all(...values) as unknown[][];
  }
}

const LAPS = "FROM event e JOIN call c ON c.id = e.call";

/** Which lap of the ring an event shows the driver in. A log of operations tells its state behind each. */
function lapOf({ layout, size, format }: RingQueueRow): string {
  if (format === "ringlog/1") {
    const state = layout === "packed" ? "$.st.avail_wrap" : "$.st.avail_idx";
    const value = `iif(json_extract(e.fields, '$.actor') = 'driver', json_extract(e.fields, '${state}'), NULL)`;
    return layout === "packed" ? value : `${value} / ${size}`;
  }
  if (layout === "packed") return "iif(c.phase = 'begin', e.avail_wrap, NULL)";
  return `coalesce(json_extract(e.fields, '$.availIdx'), e.driver_flags) / ${size}`;
}

function beside(select: string, key: string, direction: Direction): string {
  const [compare, order] = direction === 1 ? [">", "ASC"] : ["<", "DESC"];
  return `${select} ${compare} ? ORDER BY ${key} ${order} LIMIT 1`;
}

function eventRow(row: readonly unknown[]): RingEventRow {
  const number = (at: number): number | null => row[at] as number | null;
  return {
    seq: row[0] as number,
    time: row[1] as number,
    kind: row[2] as string,
    phase: row[3] as string,
    func: row[4] as string,
    token: row[5] as string | null,
    ret: number(6),
    fields: row[7] as string | null,
    lastUsed: number(8),
    nextAvail: number(9),
    availWrap: number(10),
    numFree: number(11),
    numAdded: number(12),
    driverOffWrap: number(13),
    driverFlags: number(14),
    deviceOffWrap: number(15),
    deviceFlags: number(16),
    bufferId: number(17),
  };
}
