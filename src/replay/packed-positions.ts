import type { Evidence, Place } from "../model/finding.ts";
import {
  packedPosition,
  positionDistance,
  positionSlot,
  positionText,
  positionWrap,
  wordPosition,
} from "../virtio/packed.ts";
import { NO_EVIDENCE } from "./observation.ts";
import type { QueueContext } from "./queue-context.ts";
import { blankSample, hex, isCount, isKnown, type Sample, UNKNOWN } from "./sample.ts";

type Which = "avail" | "used";

interface Caller {
  readonly place: Place;
  readonly func: string;
}

/** A position with the event that established it, and the calls since that move it. */
interface Tracked {
  /** UNKNOWN: not established. */
  position: number;
  sample: Sample | undefined;
  /** Calls since that certainly moved it, and calls whose outcome was not seen. */
  moves: number;
  unsure: number;
  lastMove: Caller | undefined;
  /** The tracer lost events since. */
  lossy: boolean;
}

/** An advance that no single call makes. Calls may be missing: the next full sample decides. */
interface Suspect {
  readonly which: Which;
  readonly call: Caller;
  readonly from: number;
  readonly to: number;
  readonly before: Sample;
  readonly after: Sample;
}

/**
 * The driver's two positions on a packed queue, and its free count, from samples of its state.
 *
 * Between two calls (avail - used) mod 2N = N - num_free, so that a sample which breaks the equation is
 * wrong whatever was lost before it. (Inside a call, and once buffers were detached, it need not hold.) A position that moved strangely is
 * only a suspect until such a sample confirms it: missing calls explain the rest.
 */
export class PackedPositions {
  readonly #queue: QueueContext;
  readonly #avail: Tracked = unknownPosition();
  readonly #used: Tracked = unknownPosition();
  #suspect: Suspect | undefined;
  /** The fields behave as positions and counts do: not noise from another kernel's offsets. */
  #proven = false;
  #agrees = true;
  /** Buffers were detached: until the queue is created again, its state follows other rules. */
  #detached = false;
  #lastAdd: Sample | undefined;

  constructor(queue: QueueContext) {
    this.#queue = queue;
  }

  /** Last known positions; UNKNOWN (-1) if so. */
  get avail(): number {
    return this.#avail.position;
  }

  get used(): number {
    return this.#used.position;
  }

  /** Whether the fields are proven and the last full sample was consistent. */
  get reliable(): boolean {
    return this.#proven && this.#agrees && this.#suspect === undefined;
  }

  /** A call that moves a position returned: with success, or unseen. */
  moved(which: Which, call: Caller, sure: boolean): void {
    const tracked = which === "avail" ? this.#avail : this.#used;
    if (sure) tracked.moves++;
    else tracked.unsure++;
    tracked.lastMove = call;
  }

  /** At creation both positions are at slot 0 with wrap counter 1 (virtio 1.3, 2.8.1). */
  created(place: Place): void {
    for (const tracked of [this.#avail, this.#used]) {
      tracked.position = 0;
      tracked.sample = blankSample(place);
    }
  }

  /** The queue was attached in the middle of its life: nothing is known, and nothing was missed. */
  attached(): void {
    Object.assign(this.#avail, unknownPosition());
    Object.assign(this.#used, unknownPosition());
  }

  /** The positions no longer tell what is in flight. */
  forget(): void {
    this.attached();
    this.#suspect = undefined;
    this.#lastAdd = undefined;
    this.#agrees = false;
    this.#detached = true;
  }

  eventsLost(): void {
    this.#avail.lossy = true;
    this.#used.lossy = true;
    this.#suspect = undefined;
    this.#lastAdd = undefined;
  }

  /**
   * Takes in what a begin shows; `isAdd` when it is the begin of an add. True when the sample shows
   * positions and free count, and they agree.
   */
  sample(sample: Sample, isAdd: boolean): boolean {
    const { size } = this.#queue;
    if (size === undefined || this.#detached) return false;
    const avail =
      isCount(sample.nextAvail, size - 1) && isCount(sample.availWrap, 1)
        ? packedPosition(sample.nextAvail, sample.availWrap, size)
        : UNKNOWN;
    const used = !isKnown(sample.lastUsed)
      ? UNKNOWN
      : (wordPosition(sample.lastUsed, size) ?? UNKNOWN);
    if (isKnown(avail)) this.#follow("avail", this.#avail, avail, sample, size);
    if (isKnown(used)) this.#follow("used", this.#used, used, sample, size);
    this.#prove(sample, avail, size, isAdd);
    if (!isKnown(sample.numFree) || !isKnown(sample.nextAvail)) return false;
    if (!isKnown(sample.lastUsed)) return false;
    if (!isKnown(avail) || !isKnown(used) || !isCount(sample.numFree, size)) {
      this.#freeCount(sample, avail, used, "a position or num_free is out of range", size);
      return false;
    }
    this.#count(sample, avail, used, size);
    return this.#agrees;
  }

  /** Between the begin of an add and the next sample, three fields must move by the same number. */
  #prove(sample: Sample, avail: number, size: number, isAdd: boolean): void {
    const add = this.#lastAdd;
    if (add !== undefined && !this.#proven) {
      const slots = positionDistance(
        packedPosition(add.nextAvail, add.availWrap, size),
        avail,
        size,
      );
      this.#proven =
        slots > 0 &&
        add.numFree - sample.numFree === slots &&
        sample.numAdded - add.numAdded === slots;
    }
    this.#lastAdd = isAdd ? sample : undefined;
  }

  #count(sample: Sample, avail: number, used: number, size: number): void {
    const byPosition = positionDistance(used, avail, size);
    const byCount = size - sample.numFree;
    this.#agrees = byPosition === byCount;
    if (this.#agrees) {
      this.#proven = true;
      if (this.#suspect !== undefined) this.#explainAway(this.#suspect, size);
      this.#suspect = undefined;
      this.#freeCount(sample, avail, used, undefined, size);
      return;
    }
    // virtqueue_resize keeps the queue at its address, and starts it anew with another size.
    if (avail === 0 && used === 0 && !this.#queue.everyOperationTold) {
      this.#freeCount(sample, avail, used, "the queue may have been reset and resized", size);
      this.#suspect = undefined;
      this.#queue.resized();
      return;
    }
    const suspect = this.#suspect;
    this.#suspect = undefined;
    // Exactly N apart: everything is right but one wrap bit.
    if (suspect !== undefined && positionDistance(byCount, byPosition, size) === size) {
      this.#proven = true;
      this.#advanced(suspect.which, suspect.call.place, suspect.from, suspect.to, false, [
        { role: "before", place: suspect.before.place, what: describeSample(suspect.before) },
        { role: "after", place: suspect.after.place, what: describeSample(suspect.after) },
        { role: "outcome", place: sample.place, what: describeSample(sample) },
      ]);
    }
    this.#freeCount(
      sample,
      avail,
      used,
      this.#proven
        ? undefined
        : "positions and num_free never agreed on this queue: the probe may read other fields",
      size,
    );
  }

  #freeCount(
    sample: Sample,
    avail: number,
    used: number,
    undecided: string | undefined,
    size: number,
  ): void {
    const wrong =
      undecided === undefined && positionDistance(used, avail, size) !== size - sample.numFree;
    this.#queue.emit({
      kind: "freeCount.sampled",
      queue: this.#queue.view,
      place: sample.place,
      undecided,
      avail,
      used,
      numFree: sample.numFree,
      evidence: wrong
        ? [{ role: "decision", place: sample.place, what: describeSample(sample) }]
        : NO_EVIDENCE,
    });
  }

  #advanced(
    which: Which,
    place: Place,
    from: number,
    to: number,
    flipped: boolean,
    evidence: readonly Evidence[],
  ): void {
    this.#queue.emit({
      kind: "position.advanced",
      queue: this.#queue.view,
      which,
      place,
      undecided: undefined,
      from,
      to,
      flipped,
      evidence,
    });
  }

  #follow(which: Which, tracked: Tracked, now: number, sample: Sample, size: number): void {
    const { position, sample: before, moves, unsure, lastMove } = tracked;
    if (before !== undefined && isKnown(position)) {
      const slots = positionDistance(position, now, size);
      if (moves === 0 && unsure === 0) {
        if (slots > size && this.#queue.mayBeExchanged(before.place, sample.place)) {
          // An older sample that the clock put behind a newer one.
          this.#queue.exchanged();
          return;
        }
        if (slots > 0) this.#gap(which, tracked, sample);
      } else if (tracked.lossy || unsure > 0 || moves > 1) {
        // What several calls, or calls nobody saw, add up to.
        if (slots !== moves || unsure > 0) this.#queue.merged();
        if (slots < moves || slots > size) this.#gap(which, tracked, sample);
      } else if (slots >= 1 && slots <= size) {
        // How many slots a buffer has, the trace does not say: one is the only certain number.
        if (slots !== 1) this.#queue.merged();
        if (positionWrap(now, size) !== positionWrap(position, size)) {
          this.#advanced(which, (lastMove as Caller).place, position, now, true, NO_EVIDENCE);
        }
      } else {
        this.#suspect ??= {
          which,
          call: lastMove as Caller,
          from: position,
          to: now,
          before,
          after: sample,
        };
      }
    }
    tracked.position = now;
    tracked.sample = sample;
    tracked.moves = 0;
    tracked.unsure = 0;
    tracked.lastMove = undefined;
    tracked.lossy = false;
  }

  #gap(which: Which, tracked: Tracked, sample: Sample): void {
    const call = which === "avail" ? "an add" : "a get_buf";
    this.#queue.gap(
      (tracked.sample as Sample).place,
      sample.place,
      tracked.lossy
        ? `the tracer lost events, and ${call} was among them`
        : `the ${which} position moved without ${call} in the trace`,
    );
  }

  #explainAway(suspect: Suspect, size: number): void {
    this.#queue.gap(
      suspect.before.place,
      suspect.after.place,
      `the ${suspect.which} position went from ${positionText(suspect.from, size)} to ` +
        `${positionText(suspect.to, size)}, more than the calls in the trace explain`,
    );
    this.#queue.emit({
      kind: "position.advanced",
      queue: this.#queue.view,
      which: suspect.which,
      place: suspect.call.place,
      undecided: "calls are missing around it",
      from: suspect.from,
      to: suspect.to,
      flipped: positionSlot(suspect.to, size) === suspect.to,
      evidence: NO_EVIDENCE,
    });
  }
}

function unknownPosition(): Tracked {
  return {
    position: UNKNOWN,
    sample: undefined,
    moves: 0,
    unsure: 0,
    lastMove: undefined,
    lossy: false,
  };
}

/** The state fields of a packed sample, as the trace has them. */
export function describeSample(sample: Sample): string {
  const parts = [sample.func];
  if (isKnown(sample.nextAvail)) parts.push(`next_avail=${sample.nextAvail}`);
  if (isKnown(sample.availWrap)) parts.push(`avail_wrap=${sample.availWrap}`);
  if (isKnown(sample.lastUsed)) parts.push(`last_used=${hex(sample.lastUsed)}`);
  if (isKnown(sample.numFree)) parts.push(`num_free=${sample.numFree}`);
  if (isKnown(sample.numAdded)) parts.push(`num_added=${sample.numAdded}`);
  return parts.join(" ");
}
