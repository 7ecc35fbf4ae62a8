import type { Database, Statement } from "better-sqlite3";
import type { EventBatch } from "../model/batch.ts";
import type { CheckReport } from "../model/check-report.ts";
import { KIND } from "../model/event.ts";

/** Buckets of each queue's activity over the time of its source. */
const BUCKETS = 256;
/** From one checkpoint to the next: what a seek reads at most. */
export const CHECKPOINT_EVENTS = 16_384;

/** What a buffer's row says of how long it was in flight. */
interface Flight {
  readonly queue: number;
  /** Event of its add. */
  readonly added: number;
  /** Event by which it was back: of its return, or where it was known to be back unseen. */
  readonly back: number | undefined;
}

/**
 * What is counted while a case is made, so that a screen opens at once and goes to any event of it: the
 * counts of each queue, its events over time, and which buffers were in flight at every 16384th event.
 *
 * How long a trace will be nobody knows when it begins: a bucket is one unit of its clock wide, and
 * twice as wide each time that the trace outgrows them. Widths stay powers of two, so that two
 * neighbours make one.
 */
export class CaseSummary {
  readonly #db: Database;
  readonly #checkpoint: Statement;
  readonly #unseen: Statement;
  /** By queue of the source at hand: its buckets, one queue behind the other. */
  #activity = new Uint32Array(8 * BUCKETS);
  #queues = 8;
  /** By queue of the source at hand; -1 while it has no event. */
  #first = new Float64Array(8).fill(-1);
  #last = new Float64Array(8).fill(-1);
  #width = 1;
  #queueBase = 0;
  #sourceOpen = false;
  /** By queue of the case, of the sources before. */
  readonly #spans: { readonly first: number; readonly last: number }[] = [];
  readonly #widths: number[] = [];
  readonly #suppressed = new Map<number, number>();
  /** In flight when their queue had its last event. */
  readonly #outstanding: Flight[] = [];

  constructor(db: Database) {
    this.#db = db;
    this.#checkpoint = db.prepare("INSERT INTO checkpoint VALUES (?, ?, ?)");
    this.#unseen = db.prepare("INSERT INTO unseen VALUES (?, ?)");
  }

  beginSource(queueBase: number): void {
    this.#endSource();
    this.#queueBase = queueBase;
    this.#sourceOpen = true;
  }

  /** Counts the events of a batch; each knows its queue. */
  batch(batch: EventBatch): void {
    const { kind, queue, seq, time, length } = batch;
    let scale = 1 / this.#width;
    for (let row = 0; row < length; row++) {
      const number = queue[row] as number;
      if (number < 0 || kind[row] === KIND.lost) continue;
      if (number >= this.#queues) this.#grow(number);
      let bucket = Math.floor((time[row] as number) * scale);
      if (bucket >= BUCKETS) {
        scale = 1 / this.#widen(time[row] as number);
        bucket = Math.floor((time[row] as number) * scale);
      } else if (bucket < 0) bucket = 0;
      const at = number * BUCKETS + bucket;
      this.#activity[at] = (this.#activity[at] as number) + 1;
      if ((this.#first[number] as number) < 0) this.#first[number] = seq[row] as number;
      this.#last[number] = seq[row] as number;
    }
  }

  /** `added`, `returned`, `noticed`: events of a buffer's add, its return, and of what showed it unseen. */
  request(queue: number, added: number, returned: number | undefined, noticed?: number): void {
    if (returned === undefined && noticed !== undefined) this.#unseen.run(added, noticed);
    const flight = { queue: this.#queueBase + queue, added, back: returned ?? noticed };
    if (flight.back === undefined) this.#outstanding.push(flight);
    else this.#keep(flight, flight.back);
  }

  decision(queue: number, needsKick: boolean | undefined): void {
    if (needsKick !== false) return;
    const id = this.#queueBase + queue;
    this.#suppressed.set(id, (this.#suppressed.get(id) ?? 0) + 1);
  }

  /** Sources and queues have their ids by their places in the report. */
  finish(report: CheckReport): void {
    this.#endSource();
    const outstanding = new Map<number, number>();
    for (const flight of this.#outstanding) {
      const { queue } = flight;
      outstanding.set(queue, (outstanding.get(queue) ?? 0) + 1);
      this.#keep(flight, (this.#spans[queue]?.last ?? 0) + 1);
    }
    const width = this.#db.prepare("INSERT INTO activity_width VALUES (?, ?)");
    for (const [source, one] of this.#widths.entries()) width.run(source, one);
    const findings = new Map<string, number>();
    for (const { queue } of report.findings) findings.set(queue, (findings.get(queue) ?? 0) + 1);
    const count = this.#db.prepare(
      "INSERT INTO queue_count VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    );
    for (const [id, queue] of report.queues.entries()) {
      const span = this.#spans[id];
      count.run(
        id,
        span === undefined || span.first < 0 ? null : span.first,
        span === undefined || span.last < 0 ? null : span.last,
        queue.events,
        queue.requests,
        queue.decisions,
        queue.kicks,
        this.#suppressed.get(id) ?? 0,
        queue.interrupts,
        outstanding.get(id) ?? 0,
        findings.get(queue.id) ?? 0,
      );
    }
  }

  /** A row for each checkpoint that it was in flight at: added <= checkpoint < back. */
  #keep({ queue, added }: Flight, back: number): void {
    const first = Math.ceil(added / CHECKPOINT_EVENTS) * CHECKPOINT_EVENTS;
    for (let event = first; event < back; event += CHECKPOINT_EVENTS) {
      this.#checkpoint.run(queue, event, added);
    }
  }

  #endSource(): void {
    if (!this.#sourceOpen) return;
    const insert = this.#db.prepare("INSERT INTO activity VALUES (?, ?, ?)");
    for (let queue = 0; queue < this.#queues; queue++) {
      const first = this.#first[queue] as number;
      if (first < 0) continue;
      this.#spans[this.#queueBase + queue] = { first, last: this.#last[queue] as number };
      for (let bucket = 0; bucket < BUCKETS; bucket++) {
        const events = this.#activity[queue * BUCKETS + bucket] as number;
        if (events > 0) insert.run(this.#queueBase + queue, bucket, events);
      }
    }
    this.#widths.push(this.#width);
    this.#activity.fill(0);
    this.#first.fill(-1);
    this.#last.fill(-1);
    this.#width = 1;
    this.#sourceOpen = false;
  }

  #grow(number: number): void {
    const queues = Math.max(2 * this.#queues, number + 1);
    const activity = new Uint32Array(queues * BUCKETS);
    activity.set(this.#activity);
    const first = new Float64Array(queues).fill(-1);
    first.set(this.#first);
    const last = new Float64Array(queues).fill(-1);
    last.set(this.#last);
    this.#activity = activity;
    this.#first = first;
    this.#last = last;
    this.#queues = queues;
  }

  /** Makes buckets wide enough for a time, and answers with their width. */
  #widen(time: number): number {
    const activity = this.#activity;
    while (Math.floor(time / this.#width) >= BUCKETS) {
      this.#width *= 2;
      for (let base = 0; base < activity.length; base += BUCKETS) {
        for (let i = 0; i < BUCKETS / 2; i++) {
          const first = activity[base + 2 * i] as number;
          activity[base + i] = first + (activity[base + 2 * i + 1] as number);
        }
        activity.fill(0, base + BUCKETS / 2, base + BUCKETS);
      }
    }
    return this.#width;
  }
}
