import type { Place } from "../model/finding.ts";
import type { ElementEnd, ElementEnded } from "./life-facts.ts";
import type { QueueView } from "./observation.ts";

/** A device that is never asked to interrupt fills elements for ever: no more of them wait for one. */
const WAITING_MAX = 4096;

/** An element from its pop on. */
export interface ServedElement {
  readonly element: number;
  readonly popped: Place;
  filled: Place | undefined;
  flushed: Place | undefined;
  certain: boolean;
}

/** Elements of one queue that were marked used, until an interrupt follows. */
export class ServedElements {
  readonly #queue: QueueView;
  readonly #emit: (seen: ElementEnded) => void;
  #waiting: ServedElement[] = [];
  /** Filled since the last flush. */
  readonly #batch = new Set<ServedElement>();
  /** The log tells of flushes: what none has published was not interrupted for. */
  #flushes = false;

  constructor(queue: QueueView, emit: (seen: ElementEnded) => void) {
    this.#queue = queue;
    this.#emit = emit;
  }

  /** A batch begins. Where the one before had no flush, the log does not tell of them (QEMU's of packed queues). */
  begin(): void {
    if (this.#flushes && this.#batch.size > 0) {
      this.#flushes = false;
      // Whether an interrupt since then was for these is not known.
      for (const element of this.#batch) this.end(element, "used");
      this.#waiting = this.#waiting.filter((element) => !this.#batch.has(element));
    }
    this.#batch.clear();
  }

  filled(element: ServedElement): void {
    if (this.#waiting.length === WAITING_MAX) this.close();
    this.#waiting.push(element);
    this.#batch.add(element);
  }

  /** `whole`: the batch is all that was filled since the last one. */
  flushed(place: Place, whole: boolean): void {
    this.#flushes = true;
    if (whole) for (const element of this.#batch) element.flushed = place;
    this.#batch.clear();
  }

  interrupted(place: Place): void {
    const later: ServedElement[] = [];
    for (const element of this.#waiting) {
      if (this.#flushes && this.#batch.has(element)) later.push(element);
      else this.end(element, "used", place);
    }
    this.#waiting = later;
  }

  /** Nothing more is to come of those that were filled. */
  close(): void {
    for (const element of this.#waiting) this.end(element, "used");
    this.#waiting = [];
    this.#batch.clear();
  }

  end(served: ServedElement, end: ElementEnd, interrupted?: Place): void {
    const { element, popped, filled, flushed, certain } = served;
    const ways = { popped, filled, flushed, interrupted };
    this.#emit({ kind: "element.ended", queue: this.#queue, element, ...ways, end, certain });
  }
}
