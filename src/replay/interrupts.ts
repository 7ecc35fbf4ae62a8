import type { Place } from "../model/finding.ts";
import type { QueueContext } from "./queue-context.ts";
import { isKnown, UNKNOWN } from "./sample.ts";

/** An interrupt, until something shows whether it brought work. */
interface Served {
  readonly place: Place;
  readonly func: string;
  /** The used position then, as the trace has it; UNKNOWN (-1) if so. */
  readonly lastUsed: number;
  /** The last later sample that shows the same used position. */
  same: Place | undefined;
}

/** Callbacks were enabled: the next used buffer is to bring an interrupt. */
interface Wanted {
  readonly place: Place;
  readonly func: string;
  /** Used position then, as the trace has it. */
  readonly lastUsed: number;
}

/**
 * Whether each interrupt of a queue found a used buffer before the next one came, and whether one came
 * after callbacks were enabled and before the driver found the buffer by itself. A driver may poll, and
 * a handler may run unseen: both are worth a note, and prove nothing.
 */
export class Interrupts {
  readonly #queue: QueueContext;
  #open: Served | undefined;
  #lastUsed = UNKNOWN;
  #wanted: Wanted | undefined;
  /** The last interrupt; undefined where one may have gone unseen since. */
  last: Place | undefined;
  /** Interrupts seen, for the queue's line in the report. */
  count = 0;

  constructor(queue: QueueContext) {
    this.#queue = queue;
  }

  begin(place: Place, func: string): void {
    this.count++;
    this.last = place;
    this.#close();
    if (this.#wanted !== undefined) this.#emitAwaited(this.#wanted, true, place);
    this.#open = { place, func, lastUsed: this.#lastUsed, same: undefined };
  }

  /** A sample shows the used position; another one than before is work done. */
  sample(place: Place, lastUsed: number): void {
    this.#lastUsed = lastUsed;
    const open = this.#open;
    if (open === undefined || !isKnown(open.lastUsed)) return;
    if (lastUsed === open.lastUsed) open.same = place;
    else this.#emit(open, true, undefined);
  }

  /** Callbacks are enabled at a used position; UNKNOWN (-1) if so. */
  enabled(place: Place, func: string, lastUsed: number): void {
    this.#wanted = !isKnown(lastUsed) ? undefined : { place, func, lastUsed };
  }

  /** get_buf returned a buffer; it began at a used position, UNKNOWN (-1) if so. */
  got(place: Place, lastUsed: number): void {
    const wanted = this.#wanted;
    if (wanted !== undefined && lastUsed === wanted.lastUsed && this.count > 0) {
      this.#emitAwaited(wanted, false, place);
    }
    if (this.#open !== undefined) this.#emit(this.#open, true, undefined);
  }

  /** Calls are missing, or the tracer lost events. */
  uncertain(reason: string): void {
    this.#lastUsed = UNKNOWN;
    this.#wanted = undefined;
    this.last = undefined;
    if (this.#open !== undefined) this.#emit(this.#open, false, reason);
  }

  #emitAwaited(wanted: Wanted, seen: boolean, place: Place): void {
    this.#wanted = undefined;
    this.#queue.emit({
      kind: "interrupt.awaited",
      queue: this.#queue.view,
      place: wanted.place,
      undecided: undefined,
      seen,
      evidence: seen
        ? []
        : [
            { role: "decision", place: wanted.place, what: wanted.func },
            { role: "outcome", place, what: "get_buf finds the buffer, no interrupt was seen" },
          ],
    });
  }

  #close(): void {
    const open = this.#open;
    if (open === undefined) return;
    this.#emit(
      open,
      false,
      open.same === undefined ? "no later sample of the used position" : undefined,
    );
  }

  #emit(open: Served, work: boolean, undecided: string | undefined): void {
    this.#open = undefined;
    this.#queue.emit({
      kind: "interrupt.served",
      queue: this.#queue.view,
      place: open.place,
      undecided,
      work,
      evidence:
        work || undecided !== undefined
          ? []
          : [
              { role: "decision", place: open.place, what: open.func },
              {
                role: "after",
                place: open.same as Place,
                what: "the used position is still the same",
              },
            ],
    });
  }
}
