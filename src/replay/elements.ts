import type { Evidence, Place } from "../model/finding.ts";
import type { ElementEnd, ElementFilled, ElementsFlushed } from "./life-facts.ts";
import { NO_EVIDENCE, type Observation } from "./observation.ts";
import type { ServedElement } from "./served-elements.ts";
import type { ServedQueue } from "./served-queue.ts";

/** Surprises kept for the end of the log; more say nothing new. */
const HELD_MAX = 64;
/** Elements followed at once; a device holds no more than its rings do. */
const ELEMENTS_MAX = 1 << 20;

const SILENT = "between the two lines the log is silent for long: a piece may be missing";
/**
 * In a log with a piece cut out, as between two rotated files, the piece is a silence, and around it
 * anything may have happened. A device that is busy has no silence of this many nanoseconds.
 */
const SILENCE = 1_000_000;

interface Element {
  /** Undefined between its allocation and its pop. */
  queue: ServedQueue | undefined;
  place: Place;
  filled: boolean;
  /** From its pop until it is marked used. */
  way: ServedElement | undefined;
}

/**
 * Elements that a device takes from its queues and marks used, by its own pointers. A pointer is used
 * again as soon as its element is freed, and an element may be given back unseen (QEMU unpops what it
 * cannot use, and drops what a reset finds): so only what is marked used is judged, and only where each
 * allocation of the whole log has its pop right behind it, each element that is marked used was popped,
 * and none is allocated that is still held. A log that was filtered, or has a hole, has not.
 */
export class Elements {
  readonly #emit: (observation: Observation) => void;
  readonly #elements = new Map<number, Element>();
  readonly #surprises: (ElementFilled | ElementsFlushed)[] = [];
  /** By thread: the element that was allocated last and not popped. */
  readonly #allocated = new Map<number, number>();
  #intact = true;
  #time = Number.NaN;
  /** Where the log went on after it had been silent. */
  #resumed = -1;

  constructor(emit: (observation: Observation) => void) {
    this.#emit = emit;
  }

  allocated(element: number, thread: number, place: Place): void {
    this.#listen(place);
    if (this.#allocated.has(thread)) this.#intact = false;
    // What is held is not freed: its end was not logged, or is in a piece that is missing.
    const known = this.#elements.get(element);
    if (known?.queue !== undefined && !known.filled) this.#intact = false;
    this.#allocated.set(thread, element);
    // Its memory is used again, whatever became of it.
    if (known?.way !== undefined) known.queue?.ways.end(known.way, "unseen");
    this.#put(element, { queue: undefined, place, filled: false, way: undefined });
  }

  popped(element: number, thread: number, queue: ServedQueue, place: Place): void {
    this.#listen(place);
    if (this.#allocated.get(thread) !== element) this.#intact = false;
    this.#allocated.delete(thread);
    // Whoever held a pointer before has freed it.
    const before = this.#elements.get(element);
    this.#release(before);
    if (before?.way !== undefined) before.queue?.ways.end(before.way, "unseen");
    queue.held++;
    const way = { element, popped: place, filled: undefined, flushed: undefined, certain: true };
    this.#put(element, { queue, place, filled: false, way });
  }

  filled(element: number, queue: ServedQueue, place: Place): void {
    this.#listen(place);
    const known = this.#elements.get(element);
    const base = { kind: "element.filled", queue, place, undecided: undefined } as const;
    if (known?.queue === undefined) {
      this.#intact = false;
      const undecided = "its pop is not in the log";
      this.#emit({ ...base, undecided, problem: undefined, evidence: NO_EVIDENCE });
      return;
    }
    if (known.queue === queue && !known.filled) {
      const { way } = known;
      if (way !== undefined) {
        way.filled = place;
        way.certain = this.#intact && known.place.seq >= this.#resumed;
        queue.ways.filled(way);
      }
      known.way = undefined;
      this.#release(known);
      known.filled = true;
      known.place = place;
      this.#emit({ ...base, problem: undefined, evidence: NO_EVIDENCE });
      return;
    }
    const problem = known.queue === queue ? "filled twice" : "other queue";
    const what = known.filled ? "marked used before" : `popped from ${known.queue.id}`;
    const evidence: Evidence[] = [{ role: "before", place: known.place, what }];
    if (known.place.seq < this.#resumed)
      this.#emit({ ...base, undecided: SILENT, problem, evidence });
    else this.#hold({ ...base, problem, evidence });
    this.#release(known);
    known.filled = true;
    known.place = place;
  }

  /** A batch of filled elements is published. */
  flushed(seen: ElementsFlushed): void {
    if (seen.undecided === undefined && seen.filled !== seen.flushed) this.#hold(seen);
    else this.#emit(seen);
  }

  /** A device was reset: what it held of a queue comes to nothing. */
  reset(queue: ServedQueue): void {
    this.#endHeld((element) => element.queue === queue, "reset");
    queue.ways.close();
  }

  /** The log has ended: where it is whole, what was surprising is told. Answers why it is not. */
  endOfTrace(): string | undefined {
    this.#endHeld(() => true, "held");
    const intact = this.#intact && this.#allocated.size === 0;
    const undecided = intact ? undefined : "allocations and pops in the log do not pair";
    for (const surprise of this.#surprises) this.#emit({ ...surprise, undecided });
    this.#surprises.length = 0;
    return undecided;
  }

  #endHeld(which: (element: Element) => boolean, end: ElementEnd): void {
    for (const element of this.#elements.values()) {
      if (element.way === undefined || !which(element)) continue;
      element.queue?.ways.end(element.way, end);
      element.way = undefined;
    }
  }

  #listen({ seq, time }: Place): void {
    if (time - this.#time > SILENCE) this.#resumed = seq;
    this.#time = time;
  }

  #hold(surprise: ElementFilled | ElementsFlushed): void {
    if (this.#surprises.length < HELD_MAX) this.#surprises.push(surprise);
  }

  #release(element: Element | undefined): void {
    if (element?.queue !== undefined && !element.filled && element.queue.held > 0) {
      element.queue.held--;
    }
  }

  #put(pointer: number, element: Element): void {
    if (this.#elements.size >= ELEMENTS_MAX) {
      this.#endHeld(() => true, "unseen");
      this.#elements.clear();
      this.#intact = false;
    }
    this.#elements.set(pointer, element);
  }
}
