import type { Database } from "better-sqlite3";
import { integerColumn } from "./codec.ts";
import { Inserter } from "./inserter.ts";

/** Few enough events to look through at once, enough to make blocks few. */
const BLOCK_EVENTS = 4096;

/**
 * Notes what each block of events holds: its times, and which calls, contexts and queues are in it. An
 * index on each of these would cost half as much as the events themselves; this costs nothing to speak of,
 * and a search for what is rare looks into the few blocks that have it.
 */
export class EventBlocks {
  readonly #blocks: Inserter;
  readonly #calls: Members;
  readonly #contexts: Members;
  readonly #queues: Members;
  #source = -1;
  #first = 0;
  #last = 0;
  #count = 0;
  #least = 0;
  #most = 0;

  constructor(db: Database) {
    this.#blocks = new Inserter(db, "event_block", 5);
    this.#calls = new Members(new Inserter(db, "block_call", 2));
    this.#contexts = new Members(new Inserter(db, "block_context", 2));
    this.#queues = new Members(new Inserter(db, "block_queue", 2));
  }

  /** A block is of one source. */
  beginSource(): void {
    this.#close();
    this.#source++;
  }

  event(seq: number, time: number, call: number, context: number): void {
    if (this.#count === BLOCK_EVENTS) this.#close();
    if (this.#count === 0) {
      this.#first = seq;
      this.#least = time;
      this.#most = time;
    }
    this.#count++;
    this.#last = seq;
    if (time < this.#least) this.#least = time;
    if (time > this.#most) this.#most = time;
    this.#calls.add(call, this.#first);
    this.#contexts.add(context, this.#first);
  }

  /** The queue of the event given last. */
  queue(queue: number): void {
    this.#queues.add(queue, this.#first);
  }

  end(): void {
    this.#close();
    this.#blocks.flush();
    for (const members of [this.#calls, this.#contexts, this.#queues]) members.flush();
  }

  #close(): void {
    if (this.#count === 0) return;
    this.#count = 0;
    const times = [integerColumn(this.#least), integerColumn(this.#most)] as const;
    this.#blocks.row(this.#first, this.#last, this.#source, ...times);
  }
}

/** What is in the block at hand, each once. */
class Members {
  readonly #rows: Inserter;
  /** By member: the block that it was last seen in. */
  readonly #seen: number[] = [];

  constructor(rows: Inserter) {
    this.#rows = rows;
  }

  add(member: number, block: number): void {
    if (this.#seen[member] === block) return;
    this.#seen[member] = block;
    this.#rows.row(member, block);
  }

  flush(): void {
    this.#rows.flush();
  }
}
