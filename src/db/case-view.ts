import { jsonMembers } from "../model/json-members.ts";
import type { ClockBase } from "../model/time.ts";
import type { FilterSql } from "./filter-sql.ts";
import type { CaseReader } from "./reader.ts";
import { pageQuery, pageValues, SCREEN_QUERIES } from "./screen-queries.ts";

export interface SourceFacts {
  readonly id: number;
  readonly path: string;
  readonly format: string;
  /** Undefined where a source has no time: a dump. */
  readonly clock: ClockBase | undefined;
  readonly firstEvent: number;
  readonly endEvent: number;
  readonly lines: number;
  readonly events: number;
  readonly notes: number;
  readonly rejected: number;
  /** Null: the source does not say. */
  readonly lostEvents: number | null;
  readonly lostMarks: number;
}

export interface QueueFacts {
  readonly id: number;
  readonly key: string;
  readonly source: number;
  readonly name: string | null;
  readonly device: string | null;
  readonly number: number | null;
  readonly layout: "packed" | "split" | null;
  readonly size: number | null;
  readonly features: readonly string[];
  readonly events: number;
  readonly requests: number;
  readonly decisions: number;
  readonly kicks: number;
  readonly suppressed: number;
  readonly interrupts: number;
  readonly inFlight: number;
  readonly findings: number;
}

export interface FindingFacts {
  readonly id: number;
  readonly severity: "error" | "warning" | "note";
  readonly rule: string;
  readonly party: string;
  readonly queue: string | null;
  readonly queueId: number | null;
  readonly seq: number | null;
  readonly message: string;
  readonly clause: string | null;
  readonly expected: string;
  readonly found: string;
  readonly fingerprint: string;
}

export interface ProofFacts {
  readonly role: string;
  readonly seq: number | null;
  readonly line: number | null;
  readonly what: string;
}

/** An event as the list shows it; names are the view's. */
export interface EventFacts {
  readonly seq: number;
  readonly line: number | null;
  readonly clock: bigint | null;
  readonly time: number;
  readonly cpu: number;
  readonly pid: number;
  readonly task: string | null;
  readonly kind: string;
  readonly phase: string;
  readonly func: string;
  readonly queue: string | null;
  readonly token: string | null;
  readonly ret: number | null;
  /** The other columns that have a value, in their order, then those of the JSON. */
  readonly fields: readonly (readonly [name: string, value: string])[];
}

export interface Summary {
  readonly verdict: string;
  readonly errors: number;
  readonly warnings: number;
  readonly notes: number;
  readonly checked: number;
  readonly undecided: number;
}

/** A page of events: `from` is not in it, `until` may be. */
export interface PageRange {
  readonly from: number;
  readonly until: number;
  readonly forward: boolean;
  readonly limit: number;
  readonly filter: FilterSql | undefined;
}

type Row = readonly unknown[];

/** The source that an event is of. */
export function sourceAt(sources: readonly SourceFacts[], seq: number): SourceFacts | undefined {
  return sources.find(({ firstEvent, endEvent }) => seq >= firstEvent && seq < endEvent);
}

/** A case as the screen sees it: typed rows of {@link SCREEN_QUERIES}. Numbers fit a double, but the clock. */
export class CaseView {
  readonly reader: CaseReader;

  constructor(reader: CaseReader) {
    this.reader = reader;
  }

  sources(): SourceFacts[] {
    return this.#all(SCREEN_QUERIES.sources.sql).map((row) => ({
      id: number(row[0]),
      path: String(row[1]),
      format: String(row[2]),
      clock: clockOf(row[3], row[4]),
      firstEvent: number(row[5]),
      endEvent: number(row[6]),
      lines: number(row[7]),
      events: number(row[8]),
      notes: number(row[9]),
      rejected: number(row[10]),
      lostEvents: maybe(row[11]),
      lostMarks: number(row[12]),
    }));
  }

  queues(): QueueFacts[] {
    const counts = new Map(
      this.#all(SCREEN_QUERIES.counts.sql).map((row) => [number(row[0]), row]),
    );
    return this.#all(SCREEN_QUERIES.queueFacts.sql).map((row) => {
      const count = counts.get(number(row[0])) ?? [];
      return {
        id: number(row[0]),
        key: String(row[1]),
        source: number(row[2]),
        name: text(row[3]),
        device: text(row[4]),
        number: maybe(row[5]),
        layout: row[6] as QueueFacts["layout"],
        size: maybe(row[7]),
        features: row[8] === null ? [] : (JSON.parse(String(row[8])) as string[]),
        events: number(count[1]),
        requests: number(count[2]),
        decisions: number(count[3]),
        kicks: number(count[4]),
        suppressed: number(count[5]),
        interrupts: number(count[6]),
        inFlight: number(count[7]),
        findings: number(count[8]),
      };
    });
  }

  /** By queue: events over the time of its source, from its beginning to where that of its last queue ends. */
  activity(): ReadonlyMap<number, readonly number[]> {
    const rows = this.#all(SCREEN_QUERIES.activity.sql);
    const last = new Map<number, number>();
    for (const row of rows) {
      const source = number(row[4]);
      last.set(source, Math.max(last.get(source) ?? 0, number(row[1])));
    }
    const counts = new Map<number, number[]>();
    for (const row of rows) {
      const queue = number(row[0]);
      let line = counts.get(queue);
      if (line === undefined) {
        line = new Array<number>((last.get(number(row[4])) ?? 0) + 1).fill(0);
        counts.set(queue, line);
      }
      line[number(row[1])] = number(row[2]);
    }
    return counts;
  }

  summary(): Summary {
    const [row] = this.#all(SCREEN_QUERIES.summary.sql);
    return {
      verdict: String(row?.[0]),
      errors: number(row?.[1]),
      warnings: number(row?.[2]),
      notes: number(row?.[3]),
      checked: number(row?.[4]),
      undecided: number(row?.[5]),
    };
  }

  /** Why checks were undecided, the most frequent first. */
  reasons(): { readonly rule: string; readonly reason: string; readonly count: number }[] {
    return this.#all(SCREEN_QUERIES.reasons.sql)
      .map((row) => ({ rule: String(row[0]), reason: String(row[1]), count: number(row[2]) }))
      .sort((a, b) => b.count - a.count);
  }

  /** Trouble with the input, in words. */
  diagnostics(): string[] {
    return this.#all(SCREEN_QUERIES.diagnostics.sql).map((row) => {
      const line = maybe(row[2]);
      const where = line === null || line === 0 ? "" : ` line ${line}`;
      const count = number(row[5]);
      const often = count === 1 ? "" : ` (${count} times)`;
      return `${row[0]}${where}: ${row[1]}: expected ${row[4]}${often}`;
    });
  }

  findings(): FindingFacts[] {
    return this.#all(SCREEN_QUERIES.findingList.sql).map((row) => ({
      id: number(row[0]),
      severity: row[1] as FindingFacts["severity"],
      rule: String(row[2]),
      party: String(row[3]),
      queue: text(row[4]),
      queueId: maybe(row[5]),
      seq: maybe(row[6]),
      message: String(row[7]),
      clause: text(row[8]),
      expected: String(row[9]),
      found: String(row[10]),
      fingerprint: String(row[11]),
    }));
  }

  /** Evidence in order, then effects. */
  proof(finding: number): { readonly evidence: ProofFacts[]; readonly effects: ProofFacts[] } {
    const evidence = this.#all(SCREEN_QUERIES.findingEvidence.sql, [BigInt(finding)]);
    const effects = this.#all(SCREEN_QUERIES.findingEffects.sql, [BigInt(finding)]);
    return {
      evidence: evidence.map((row) => ({
        role: String(row[0]),
        seq: maybe(row[1]),
        line: maybe(row[2]),
        what: String(row[3]),
      })),
      effects: effects.map((row) => ({
        role: "effect",
        seq: maybe(row[0]),
        line: maybe(row[1]),
        what: String(row[2]),
      })),
    };
  }

  /** Whether a device's own log told of elements. */
  get hasElements(): boolean {
    return this.#all("SELECT 1 FROM element LIMIT 1").length > 0;
  }

  /** Number of the event behind the last one. */
  get endEvent(): number {
    const [row] = this.#all("SELECT max(end_event) FROM source");
    return number(row?.[0]);
  }

  page({ from, until, forward, limit, filter }: PageRange): EventFacts[] {
    const sql = pageQuery(filter, forward, limit);
    const { columns, rows } = this.reader.query(sql, pageValues(filter, from, until));
    return [...rows].map((row) => eventFacts(columns, row));
  }

  event(seq: number): EventFacts | undefined {
    const [found] = this.page({
      from: seq - 1,
      until: seq,
      forward: true,
      limit: 1,
      filter: undefined,
    });
    return found;
  }

  /** Names and values of the view `events` for one event, as they stand there. */
  fieldsOf(seq: number): (readonly [name: string, value: string])[] {
    const { columns, rows } = this.reader.query(SCREEN_QUERIES.oneEvent.sql, [BigInt(seq)]);
    const [row] = [...rows];
    if (row === undefined) return [];
    return columns.flatMap((name, i) =>
      row[i] === null || row[i] === undefined ? [] : [[name, String(row[i])] as const],
    );
  }

  /** Where an event's bytes stand in its source. */
  placeOf(seq: number): { readonly offset: number; readonly length: number } | undefined {
    const [row] = this.#all("SELECT offset, length FROM event WHERE id = ?", [BigInt(seq)]);
    return row === undefined ? undefined : { offset: number(row[0]), length: number(row[1]) };
  }

  /** The first event of a source that is not before a time (in its clock's units, since its base). */
  seqAt(source: SourceFacts, time: number): number {
    return Math.min(this.#firstFrom(source, "time", time), source.endEvent - 1);
  }

  /** The event of a line, or the next one behind it; lines only grow within a source. */
  seqAtLine(source: SourceFacts, line: number): number | undefined {
    const found = this.#firstFrom(source, "line", line);
    return found < source.endEvent ? found : undefined;
  }

  /** The first event of a source in which a column that never falls has a value or more; its end if none. */
  #firstFrom(source: SourceFacts, column: "time" | "line", value: number): number {
    let low = source.firstEvent;
    let high = source.endEvent;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const [row] = this.#all(`SELECT ${column} FROM event WHERE id = ?`, [BigInt(middle)]);
      if (row !== undefined && number(row[0]) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The events of the buffer that an event belongs to: its add, its notification, its return. */
  wayOf(seq: number): number[] {
    const [row] = this.#all(WAY_QUERY, [BigInt(seq), BigInt(seq), BigInt(seq)]);
    if (row === undefined) return [];
    return [row[0], row[1], row[2]].flatMap((cell) => (cell === null ? [] : [number(cell)]));
  }

  #all(sql: string, parameters: readonly (bigint | string)[] = []): Row[] {
    return [...this.reader.query(sql, parameters).rows];
  }
}

/** The last buffer of the event's queue and token that was added by then. */
const WAY_QUERY =
  "SELECT r.id, r.kicked_event, r.returned_event FROM event e JOIN request r ON r.queue = e.queue AND r.token = e.token WHERE e.id = ? AND r.id <= ? AND (r.returned_event IS NULL OR r.returned_event >= ? - 1) ORDER BY r.id DESC LIMIT 1";

/** Columns of an event that the list shows in places of their own. */
const HEAD = new Set([
  ...["seq", "line", "clock", "time", "cpu", "pid", "task", "kind", "phase", "func", "queue"],
  ...["token", "ret", "fields"],
]);

function eventFacts(columns: readonly string[], row: Row): EventFacts {
  const cell = (name: string): unknown => row[columns.indexOf(name)] ?? null;
  const fields = columns.flatMap((name, i) =>
    HEAD.has(name) || row[i] === null ? [] : [[name, String(row[i])] as const],
  );
  const clock = cell("clock");
  return {
    seq: number(cell("seq")),
    line: maybe(cell("line")),
    clock: typeof clock === "bigint" ? clock : null,
    time: number(cell("time")),
    cpu: number(cell("cpu")),
    pid: number(cell("pid")),
    task: text(cell("task")),
    kind: String(cell("kind")),
    phase: String(cell("phase")),
    func: String(cell("func")),
    queue: text(cell("queue")),
    token: text(cell("token")),
    ret: maybe(cell("ret")),
    fields: [...fields, ...otherFields(cell("fields"))],
  };
}

function otherFields(json: unknown): (readonly [string, string])[] {
  return jsonMembers(json).map(([name, value]) => [
    name,
    typeof value === "object" ? JSON.stringify(value) : String(value),
  ]);
}

function clockOf(unit: unknown, base: unknown): ClockBase | undefined {
  if ((unit !== "seconds" && unit !== "ticks") || typeof base !== "bigint") return undefined;
  return { unit, major: Number(base / 1_000_000_000n), minor: Number(base % 1_000_000_000n) };
}

function number(cell: unknown): number {
  return Number(cell ?? 0);
}

function maybe(cell: unknown): number | null {
  return cell === null || cell === undefined ? null : Number(cell);
}

function text(cell: unknown): string | null {
  return cell === null || cell === undefined ? null : String(cell);
}
