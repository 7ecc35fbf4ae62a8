import type { Place } from "../model/finding.ts";
import type { BufferEnd } from "./observation.ts";
import type { QueueContext } from "./queue-context.ts";

/** A buffer that the driver made available. */
export interface Buffer {
  readonly token: number;
  readonly place: Place;
  readonly func: string;
  /** The first notification after it was added: a kick decision, or a notify. */
  kicked: Place | undefined;
  /** False once its return may have gone unseen. */
  certain: boolean;
}

/** A queue of unknown size holds no more than the largest queue. */
const BUFFERS_MAX = 32768;
/** Surprises kept for the end of the trace; more of one queue say nothing new. */
const CONFIRMED_MAX = 16;

/** What a return, or the end of an add, means against what is known to be in flight. */
interface TokenSuspect {
  readonly place: Place;
  readonly what: "never-added" | "returned-twice" | "too-many";
  readonly inFlight: number;
  readonly earlier: Place | undefined;
}

/**
 * Buffers in flight by the driver's token. Probes miss calls without a word, so that this is exact
 * only in a stretch: from the creation of the queue, or from a sample that shows nothing in flight,
 * until a gap or a loss. Even inside it a surprise is only a suspect: the next full sample must show
 * that no call was missed, and the whole source that its begins and returns pair. (Where a begin and
 * the return of another call are both missing, what is left pairs wrongly and looks right.)
 */
export class Buffers {
  readonly #queue: QueueContext;
  readonly #byToken = new Map<number, Buffer>();
  /** Tokens returned and not added again since, with the place of their return. */
  readonly #returned = new Map<number, Place>();
  #unkicked: Buffer[] = [];
  #suspects: TokenSuspect[] = [];
  #confirmed: TokenSuspect[] = [];
  #exact: boolean;
  /** Buffers seen, for the queue's line in the report. */
  count = 0;

  constructor(queue: QueueContext, created: boolean) {
    this.#queue = queue;
    this.#exact = created;
  }

  get inFlight(): number {
    return this.#byToken.size;
  }

  add(token: number, place: Place, func: string): void {
    this.count++;
    const before = this.#byToken.get(token);
    if (before !== undefined) {
      before.certain = false;
      this.#exact = false;
      this.#end(before, place, "unseen");
    }
    this.#returned.delete(token);
    const buffer: Buffer = { token, place, func, kicked: undefined, certain: true };
    this.#byToken.set(token, buffer);
    this.#unkicked.push(buffer);
    const limit = this.#queue.size ?? BUFFERS_MAX;
    if (this.#byToken.size > limit) this.#overfull(place);
  }

  /** A notification: whatever was added before it is kicked. */
  notified(place: Place): void {
    for (const buffer of this.#unkicked) buffer.kicked = place;
    this.#unkicked = [];
  }

  /**
   * The seq of the add of the buffer that came back; undefined when that is not certain. `interrupt`: the
   * last one of the queue.
   */
  take(
    token: number,
    place: Place,
    end: "returned" | "detached",
    interrupt?: Place | undefined,
  ): number | undefined {
    const buffer = this.#byToken.get(token);
    if (buffer !== undefined) {
      this.#end(buffer, place, end, interrupt);
      this.#remember(token, place);
      if (this.#exact) this.#observe(place, undefined, undefined);
      return buffer.certain ? buffer.place.seq : undefined;
    }
    if (!this.#exact) {
      this.#observe(place, undefined, "buffers in flight were not known here");
      return undefined;
    }
    const earlier = this.#returned.get(token);
    const what = earlier === undefined ? "never-added" : "returned-twice";
    this.#suspects.push({ place, what, inFlight: this.#byToken.size, earlier });
    return undefined;
  }

  /** Every unused buffer was taken off the queue: none may be left. */
  detachedAll(place: Place, anchored: boolean): void {
    const left = this.#byToken.size;
    const undecided =
      !this.#exact || this.#suspects.length > 0
        ? "buffers in flight were not known here"
        : left > 0 && !anchored
          ? "a get_buf may have gone unseen before it"
          : left > 0 && !this.#queue.pairsIntact()
            ? "the trace misses begins or returns of calls"
            : undefined;
    this.#emitDetached(place, left, undecided);
  }

  /** A call may be missing: surprises prove nothing until the next sample with nothing in flight. */
  inexact(reason: string): void {
    this.#exact = false;
    for (const suspect of this.#suspects) this.#observe(suspect.place, undefined, reason);
    this.#suspects = [];
  }

  /** Calls are missing, or the tracer lost events: what is in flight is no longer known. */
  uncertain(reason: string): void {
    this.inexact(reason);
    for (const buffer of this.#byToken.values()) buffer.certain = false;
    this.#returned.clear();
  }

  /** A full sample at `place` without a gap before it; `empty` when it shows nothing in flight. */
  sampled(empty: boolean, place: Place): void {
    for (const suspect of this.#suspects) {
      if (this.#confirmed.length < CONFIRMED_MAX) this.#confirmed.push(suspect);
      else this.#observe(suspect.place, undefined, "too many surprises on one queue");
    }
    this.#suspects = [];
    if (!empty) return;
    for (const buffer of [...this.#byToken.values()]) this.#end(buffer, place, "unseen");
    this.#unkicked = [];
    this.#exact = true;
  }

  /** Nothing more comes. */
  endOfTrace(): void {
    for (const suspect of this.#suspects) {
      this.#observe(suspect.place, undefined, "no full sample follows");
    }
    this.#suspects = [];
    for (const suspect of this.#confirmed) {
      if (this.#queue.pairsIntact()) this.#observe(suspect.place, suspect, undefined);
      else this.#observe(suspect.place, undefined, "the trace misses begins or returns of calls");
    }
    this.#confirmed = [];
    for (const buffer of [...this.#byToken.values()]) this.#end(buffer, undefined, "outstanding");
  }

  /** Buffers added from `seq` on, oldest first. */
  since(seq: number): Buffer[] {
    return [...this.#byToken.values()].filter(({ place }) => place.seq >= seq);
  }

  #overfull(place: Place): void {
    const inFlight = this.#byToken.size;
    if (this.#exact) {
      this.#suspects.push({ place, what: "too-many", inFlight, earlier: undefined });
      this.#exact = false;
    }
    // Not more than the queue holds: the oldest came back unseen.
    const [oldest] = this.#byToken.values();
    this.#end(oldest as Buffer, place, "unseen");
  }

  #remember(token: number, place: Place): void {
    const limit = this.#queue.size ?? BUFFERS_MAX;
    if (this.#returned.size >= 2 * limit) {
      // Seldom, and many at once: dropping one for each return costs more than all the rest.
      const oldest = this.#returned.keys();
      for (let i = 0; i < limit; i++) this.#returned.delete(oldest.next().value as number);
    }
    this.#returned.set(token, place);
  }

  /** `place`: where it came back, or was known to be back. */
  #end(
    buffer: Buffer,
    place: Place | undefined,
    end: BufferEnd,
    interrupt?: Place | undefined,
  ): void {
    const isUnseen = end === "unseen";
    this.#byToken.delete(buffer.token);
    // An earlier one was about earlier buffers: this one was found without.
    const sent = (buffer.kicked ?? buffer.place).seq;
    const interrupted = interrupt !== undefined && interrupt.seq > sent ? interrupt : undefined;
    this.#queue.emit({
      kind: "request.ended",
      queue: this.#queue.view,
      token: buffer.token,
      added: buffer.place,
      kicked: buffer.kicked,
      returned: isUnseen ? undefined : place,
      noticed: isUnseen ? place : undefined,
      interrupted,
      end,
      certain: buffer.certain,
    });
  }

  #observe(place: Place, suspect: TokenSuspect | undefined, undecided: string | undefined): void {
    this.#queue.emit({
      kind: "buffer.checked",
      queue: this.#queue.view,
      place,
      undecided,
      problem: suspect?.what,
      inFlight: suspect?.inFlight ?? 0,
      evidence:
        suspect === undefined
          ? []
          : [
              ...(suspect.earlier === undefined
                ? []
                : [{ role: "before" as const, place: suspect.earlier, what: "it came back here" }]),
              { role: "decision" as const, place, what: `${suspect.inFlight} buffers in flight` },
            ],
    });
  }

  #emitDetached(place: Place, left: number, undecided: string | undefined): void {
    const [oldest] = this.#byToken.values();
    this.#queue.emit({
      kind: "buffers.detached",
      queue: this.#queue.view,
      place,
      undecided,
      left,
      evidence:
        oldest === undefined
          ? []
          : [
              { role: "publication", place: oldest.place, what: `${oldest.func} added it` },
              { role: "outcome", place, what: "detach_unused_buf returns no more" },
            ],
    });
  }
}
