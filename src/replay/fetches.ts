import type { Place } from "../model/finding.ts";
import { advancePosition, positionText } from "../virtio/packed.ts";
import type { InFlightBuffer } from "./in-flight.ts";
import type { Operation } from "./operation.ts";
import type { QueueContext } from "./queue-context.ts";
import {
  type BufferFetched,
  FETCH,
  NO_FACTS,
  NONE,
  type RingFact,
  ringFact,
} from "./ring-facts.ts";
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
  /** Position or index behind what the device took last; NONE not known. */
  #at = 0;
  /** The queue was created anew, and the device has not looked since. */
  #restarted: boolean;
  /** Every fetch says which buffer it was. */
  #told = true;

  constructor(queue: QueueContext, ring: RingState, restarted: boolean) {
    this.#queue = queue;
    this.#restarted = restarted;
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
    this.#at = NONE;
    this.#restarted = false;
  }

  /** The device looked for a buffer; true: it does so where it was before the queue was reset. */
  fetched(fetch: Operation): boolean {
    const { result } = fetch;
    if (this.#restarted) {
      this.#restarted = false;
      if (this.#wentOn(fetch)) return true;
    }
    // A log need not say which buffer it was.
    if (result === FETCHED.buffer) {
      if (Number.isNaN(fetch.bufferId)) this.#told = false;
      else this.#buffer(fetch);
    } else if (result === FETCHED.nothing || result === FETCHED.unreadable) {
      this.#none(result, fetch.place);
    }
    return false;
  }

  /** The first look: from the start of the ring, by what the device says of its position behind it? */
  #wentOn({ result, bufferId, deviceAvail: after, place }: Operation): boolean {
    if (after === NONE) return false;
    const took = result === FETCHED.buffer;
    const buffer = took ? this.#ring.inFlight.get(bufferId) : undefined;
    const { layout } = this.#ring.setup;
    // How many slots a buffer has that is not known nobody can say.
    if (took && buffer === undefined && layout === "packed") return false;
    if (took && Number.isNaN(bufferId)) return false;
    let end = 0;
    if (took) end = layout === "split" ? 1 : this.#behindStart(buffer?.slots ?? 1);
    if (after === end) {
      this.#emit(place, NONE, FETCH.atStart, NO_FACTS);
      return false;
    }
    const what = `stands at ${this.#text(after)} after it has taken ${took ? "one buffer" : "none"}, which is ${this.#text(end)}`;
    this.#emit(place, NONE, FETCH.atStart, [this.#fact(FETCH.atStart, place, what, buffer)]);
    return true;
  }

  #behindStart(slots: number): number {
    return advancePosition(0, slots, this.#ring.setup.queueSize);
  }

  #none(outcome: number, place: Place): void {
    if (!this.#told) return;
    if (this.#ring.waiting <= 0) {
      this.#emit(place, NONE, FETCH.noticed, NO_FACTS);
      return;
    }
    const waiting = this.#ring.inFlight.waitingBetween(0, this.#ring.exposed);
    if (waiting === undefined) return;
    const what = outcome === FETCHED.nothing ? "found nothing" : "could not read what it found";
    this.#emit(place, NONE, FETCH.noticed, [this.#fact(FETCH.noticed, place, what, waiting)]);
  }

  #buffer(fetch: Operation): void {
    const { bufferId: id, deviceAvail: after, place } = fetch;
    const { inFlight, setup } = this.#ring;
    const start = this.#at;
    this.#at = after;
    const buffer = inFlight.get(id);
    if (buffer === undefined) {
      const what = `id ${id}, which is not in flight`;
      this.#emit(place, id, FETCH.available, [this.#fact(FETCH.available, place, what)]);
      return;
    }
    const end = this.#behind(buffer);
    if (after !== NONE && after !== end && start !== buffer.at) {
      const what = `id ${id} at ${this.#text(start)}, and it is available at ${this.#text(buffer.at)}`;
      this.#emit(place, id, FETCH.available, [this.#fact(FETCH.available, place, what, buffer)]);
      return;
    }
    let decided: number = FETCH.available | FETCH.noticed;
    let facts = NO_FACTS;
    if (after !== NONE) decided |= FETCH.position;
    if (after !== NONE && after !== end) {
      const what = `${this.#text(after)} after it took id ${id}, which ends before ${this.#text(end)}`;
      facts = [this.#fact(FETCH.position, place, what, buffer)];
    }
    const { ordinal } = buffer;
    // Split: nothing says in which order a device takes what is available.
    if (setup.layout === "packed") decided |= FETCH.order;
    // A device may give back what it took last, and take it again (catalogue D15).
    const passed = ordinal > this.#next ? inFlight.waitingBetween(this.#next, ordinal) : undefined;
    this.#next = ordinal + 1;
    if (!buffer.fetched) {
      buffer.fetched = true;
      this.#ring.waiting--;
    }
    if (passed !== undefined && this.#told && setup.layout === "packed") {
      const what = `id ${id}, and passed over one that was made available before`;
      facts = [...facts, this.#fact(FETCH.order, place, what, passed)];
    }
    if (fetch.elementsTo > fetch.elementsFrom && buffer.writableBytes !== NONE) {
      decided |= FETCH.elements;
      const found = writableBytes(fetch);
      if (found !== buffer.writableBytes) {
        const what = `${found} device-writable bytes in id ${id}, which has ${buffer.writableBytes}`;
        facts = [...facts, this.#fact(FETCH.elements, place, what, buffer)];
      }
    }
    this.#emit(place, id, decided, facts);
  }

  /** Position or index behind a buffer. */
  #behind(buffer: InFlightBuffer): number {
    const { layout, queueSize } = this.#ring.setup;
    if (layout === "split") return (buffer.at + 1) & 0xffff;
    return advancePosition(buffer.at, buffer.slots, queueSize);
  }

  #text(position: number): string {
    if (position === NONE) return "a place that is not known";
    const { layout, queueSize } = this.#ring.setup;
    return layout === "split" ? `index ${position}` : positionText(position, queueSize);
  }

  #fact(aspect: number, place: Place, what: string, buffer?: InFlightBuffer): RingFact {
    const looks = {
      role: "decision",
      place,
      what: `the device looks for a buffer: ${what}`,
    } as const;
    if (buffer === undefined) return ringFact(aspect, [looks], { what });
    const available = "the buffer was made available";
    const published = { role: "publication", place: buffer.place, what: available } as const;
    return ringFact(aspect, [published, looks], { what });
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

/** Of the elements that a device says it found. */
function writableBytes({ elements, elementsFrom, elementsTo }: Operation): number {
  let bytes = 0;
  for (let i = elementsFrom; i < elementsTo; i++) {
    if (elements.writable[i] === 1) bytes += elements.len[i] as number;
  }
  return bytes;
}
