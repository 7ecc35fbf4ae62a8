import type { Place } from "../model/finding.ts";
import { advancePosition, positionText } from "../virtio/packed.ts";
import type { InFlightBuffer } from "./in-flight.ts";
import type { QueueContext } from "./queue-context.ts";
import { type BufferFetched, FETCH, NO_FACTS, NONE, type RingFact } from "./ring-facts.ts";
import type { RingState } from "./ring-state.ts";

/** What a look for an available buffer came to. */
export const FETCHED = { buffer: 1, nothing: 0, unreadable: -1 } as const;

/** What the device takes of what is available, and in which order. */
export class Fetches {
  readonly #queue: QueueContext;
  readonly #ring: RingState;
  readonly #seen: { -readonly [key in keyof BufferFetched]: BufferFetched[key] };
  /** Which buffer comes next, in the order of exposure. */
  #next = 0;

  constructor(queue: QueueContext, ring: RingState) {
    this.#queue = queue;
    this.#ring = ring;
    this.#seen = {
      kind: "buffer.fetched",
      queue: queue.view,
      place: { seq: 0, line: 0, time: 0, cpu: 0 },
      decided: 0,
      undecided: 0,
      unlogged: 0,
      reason: "",
      facts: NO_FACTS,
      bufferId: NONE,
    };
  }

  /** What was fetched before is not known. */
  forget(): void {
    this.#next = this.#ring.exposed;
  }

  /**
   * The device looked for a buffer. `id`: of the one that it took. `after`: its own position (packed) or
   * index (split) behind it; NONE where the log does not tell.
   */
  fetched(outcome: number, id: number, after: number, place: Place): void {
    if (outcome === FETCHED.buffer) this.#buffer(id, after, place);
    else if (outcome === FETCHED.nothing || outcome === FETCHED.unreadable) {
      this.#none(outcome, place);
    }
  }

  #none(outcome: number, place: Place): void {
    if (this.#ring.waiting <= 0) {
      this.#emit(place, NONE, FETCH.noticed, NO_FACTS);
      return;
    }
    const waiting = this.#ring.inFlight.waitingBetween(0, this.#ring.exposed);
    if (waiting === undefined) return;
    const what = outcome === FETCHED.nothing ? "found nothing" : "could not read what it found";
    this.#emit(place, NONE, FETCH.noticed, [this.#fact(FETCH.noticed, place, what, waiting)]);
  }

  #buffer(id: number, after: number, place: Place): void {
    const { inFlight, setup } = this.#ring;
    const buffer = inFlight.get(id);
    if (buffer === undefined) {
      const what = `id ${id}, which is not in flight`;
      this.#emit(place, id, FETCH.available, [this.#fact(FETCH.available, place, what)]);
      return;
    }
    const end = this.#behind(buffer);
    if (after !== NONE && after !== end) {
      const what = `id ${id} before ${this.#text(after)}, and it ends before ${this.#text(end)}`;
      this.#emit(place, id, FETCH.available, [this.#fact(FETCH.available, place, what, buffer)]);
      return;
    }
    const { ordinal } = buffer;
    // Split: nothing says in which order a device takes what is available.
    const ordered = setup.layout === "packed" ? FETCH.order : 0;
    // A device may give back what it took last, and take it again (catalogue D15).
    const passed = ordinal > this.#next ? inFlight.waitingBetween(this.#next, ordinal) : undefined;
    this.#next = ordinal + 1;
    if (!buffer.fetched) {
      buffer.fetched = true;
      this.#ring.waiting--;
    }
    const decided = FETCH.available | FETCH.noticed | ordered;
    if (passed === undefined || ordered === 0) this.#emit(place, id, decided, NO_FACTS);
    else {
      const what = `id ${id}, and passed over one that was made available before`;
      this.#emit(place, id, decided, [this.#fact(FETCH.order, place, what, passed)]);
    }
  }

  /** Position or index behind a buffer. */
  #behind(buffer: InFlightBuffer): number {
    const { layout, queueSize } = this.#ring.setup;
    if (layout === "split") return (buffer.at + 1) & 0xffff;
    return advancePosition(buffer.at, buffer.slots, queueSize);
  }

  #text(position: number): string {
    const { layout, queueSize } = this.#ring.setup;
    return layout === "split" ? `index ${position}` : positionText(position, queueSize);
  }

  #fact(aspect: number, place: Place, what: string, buffer?: InFlightBuffer): RingFact {
    const available = "the buffer was made available";
    return {
      aspect,
      slot: NONE,
      other: NONE,
      found: NONE,
      expected: NONE,
      what,
      evidence: [
        ...(buffer === undefined
          ? []
          : [{ role: "publication" as const, place: buffer.place, what: available }]),
        { role: "decision", place, what: `the device looks for a buffer: ${what}` },
      ],
    };
  }

  #emit(place: Place, id: number, decided: number, facts: readonly RingFact[]): void {
    const seen = this.#seen;
    seen.place = place;
    seen.bufferId = id;
    seen.decided = decided;
    seen.facts = facts;
    this.#queue.emit(seen);
  }
}
