import type { Place } from "../model/finding.ts";
import type { QueueContext } from "./queue-context.ts";

/** A decision to notify, whose notification was not seen yet. */
interface Awaited {
  readonly place: Place;
  readonly caller: string;
  /** Buffers published from here on are waiting for it. */
  readonly publishedFrom: number;
  /** A later event of the queue: the driver has gone on. */
  later: Place | undefined;
}

/**
 * Whether a decision to notify was followed by the notification. `virtqueue_kick` has it inlined, so
 * that its caller leaves no line; and a probe may miss any line. So only what still waits at the end
 * of the trace is told, and only as a note.
 */
export class Notifications {
  readonly #queue: QueueContext;
  #open: Awaited | undefined;
  /** The probe on virtqueue_notify works: it was seen on this queue. */
  #probed = false;

  constructor(queue: QueueContext) {
    this.#queue = queue;
  }

  /** A kick decision said yes; `caller` is empty when the trace does not name it. */
  decided(place: Place, caller: string, publishedFrom: number): void {
    this.#close(undefined);
    if (caller === "" || caller === "virtqueue_kick") return;
    this.#open = { place, caller, publishedFrom, later: undefined };
  }

  notified(): void {
    this.#probed = true;
    if (this.#open !== undefined) this.#emit(this.#open, true, undefined);
  }

  /** A buffer came back: published at `seq`, undefined when its add was not seen. */
  returned(seq: number | undefined): void {
    const open = this.#open;
    if (open !== undefined && (seq === undefined || seq >= open.publishedFrom)) {
      this.#close("a buffer came back: the device was awake");
    }
  }

  later(place: Place): void {
    if (this.#open !== undefined) this.#open.later = place;
  }

  uncertain(reason: string): void {
    this.#close(reason);
  }

  endOfTrace(): void {
    const open = this.#open;
    if (open === undefined) return;
    if (this.#probed && open.later !== undefined) this.#emit(open, false, undefined);
    else this.#close("the trace ends before the notification could show");
  }

  #close(reason: string | undefined): void {
    if (this.#open === undefined) return;
    this.#emit(this.#open, false, reason ?? "another decision to notify followed");
  }

  #emit(open: Awaited, seen: boolean, undecided: string | undefined): void {
    this.#open = undefined;
    this.#queue.emit({
      kind: "notify.awaited",
      queue: this.#queue.view,
      place: open.place,
      undecided,
      seen,
      evidence:
        seen || undecided !== undefined
          ? []
          : [
              { role: "decision", place: open.place, what: `${open.caller} decides to notify` },
              {
                role: "after",
                place: open.later as Place,
                what: "the driver goes on, and no notification was seen",
              },
            ],
    });
  }
}
