import type { Place } from "../model/finding.ts";
import { AREA, MEMORY_OP } from "../model/memory.ts";
import {
  eventFlagsName,
  positionSlot,
  positionText,
  positionWrap,
  RING_EVENT_FLAGS_DESC,
  RING_EVENT_FLAGS_DISABLE,
  wordPosition,
} from "../virtio/packed.ts";
import { availEventOffset, RING_FLAGS, usedEventOffset } from "../virtio/split.ts";
import { EventWindow } from "./event-window.ts";
import { type InterruptDecided, NO_EVIDENCE } from "./observation.ts";
import type { QueueContext } from "./queue-context.ts";
import type { Operation } from "./ring-shadow.ts";
import type { RingState } from "./ring-state.ts";
import { type Sample, sampleAt } from "./sample.ts";
import { packedWanted, splitEventWanted, type Wanted } from "./suppression.ts";

/** What the engine knows of a kick decision when it knows the ring: DESIGN.md 3, true windows. */
export interface ExactDecision {
  /** The driver's sample with position, count and words as the ring has them. */
  readonly sample: Sample;
  readonly wanted: Wanted;
}

/**
 * Both sides' decisions whether to notify the other, where every value of the deciding word is known:
 * the race rule of the catalogue (3.2) in full.
 */
export class RingDecisions {
  readonly #queue: QueueContext;
  readonly #ring: RingState;
  readonly #kicks = new EventWindow();
  readonly #interrupts = new EventWindow();
  /** An interrupt that was wanted and not sent: late is no violation, until the device goes on. */
  #missed: InterruptDecided | undefined;

  constructor(queue: QueueContext, ring: RingState) {
    this.#queue = queue;
    this.#ring = ring;
  }

  /** The driver made so many slots (packed) or entries (split) available. */
  published(count: number): void {
    this.#kicks.publish(count, this.#deviceWord());
  }

  /** The device marked so many slots (packed) or entries (split) used. */
  used(count: number): void {
    this.#closeMissed();
    this.#interrupts.publish(count, this.#driverWord());
  }

  /** What was published and asked for until now is not known. */
  forget(): void {
    this.#kicks.close();
    this.#interrupts.close();
    if (this.#missed !== undefined) {
      this.#queue.emit({ ...this.#missed, undecided: "operations are missing from the log" });
    }
    this.#missed = undefined;
  }

  endOfTrace(lastSeq: number): void {
    const missed = this.#missed;
    if (missed !== undefined && missed.place.seq === lastSeq) {
      this.#queue.emit({ ...missed, undecided: "the log ends with the decision" });
      this.#missed = undefined;
    }
    this.#closeMissed();
  }

  #closeMissed(): void {
    if (this.#missed !== undefined) this.#queue.emit(this.#missed);
    this.#missed = undefined;
  }

  /** A side has stored to its own event words. */
  driverMoved(): void {
    this.#interrupts.moved(this.#driverWord());
  }

  deviceMoved(): void {
    this.#kicks.moved(this.#deviceWord());
  }

  /** An add was refused; it may have notified the device all the same. */
  refused({ place, func, log, from, to }: Operation): void {
    let notified = false;
    for (let step = from; step < to; step++) notified ||= log.op[step] === MEMORY_OP.notify;
    if (!notified) return;
    const { published } = this.#kicks;
    const { wanted } =
      published === 0
        ? { wanted: false }
        : this.#wanted(this.#deviceWord(), this.#ring.avail, published);
    this.#queue.emit({
      kind: "kick.forced",
      queue: this.#queue.view,
      place,
      wanted,
      evidence: [{ role: "decision", place, what: `${func} is refused, and notifies` }],
    });
  }

  /** What the device asks the driver for, as one number: see {@link #wanted}. */
  #deviceWord(): number {
    const { memory, setup } = this.#ring;
    if (setup.layout === "packed") return memory.get32(AREA.device, 0);
    const at = setup.eventIdx ? availEventOffset(setup.queueSize) : RING_FLAGS;
    return memory.get16(AREA.device, at);
  }

  #driverWord(): number {
    const { memory, setup } = this.#ring;
    if (setup.layout === "packed") return memory.get32(AREA.driver, 0);
    const at = setup.eventIdx ? usedEventOffset(setup.queueSize) : RING_FLAGS;
    return memory.get16(AREA.driver, at);
  }

  /** Whether a word wants a notification of the last `count` slots or entries before `position`. */
  #wanted(word: number, position: number, count: number): Wanted {
    const { layout, queueSize, eventIdx } = this.#ring.setup;
    if (layout === "packed") {
      return packedWanted({
        flags: word >>> 16,
        offWrap: word & 0xffff,
        position,
        slots: count,
        queueSize,
        eventIdx,
      });
    }
    if (!eventIdx) return { wanted: (word & 1) === 0, by: "flags" };
    return {
      wanted: splitEventWanted(word, (position - count) & 0xffff, position),
      by: "event",
    };
  }

  /** A kick decision begins. */
  kick(sample: Sample): ExactDecision {
    const { avail, setup } = this.#ring;
    const { published } = this.#kicks;
    const word = this.#deviceWord();
    const { wanted, reason } = this.#kicks.decide(word, (value) =>
      this.#wanted(value, avail, published),
    );
    this.#kicks.close();
    const packed = setup.layout === "packed";
    const byFlags = packed ? word >>> 16 !== RING_EVENT_FLAGS_DESC : !setup.eventIdx;
    const by = byFlags ? "flags" : "event";
    // With nothing new, Linux says yes where flags decide, and no clause minds.
    const decided: Wanted =
      published === 0
        ? { wanted: false, by }
        : wanted === undefined
          ? { wanted, reason }
          : { wanted, by };
    return {
      sample: sampleAt(sample, {
        numAdded: published,
        nextAvail: packed ? positionSlot(avail, setup.queueSize) : sample.nextAvail,
        availWrap: packed ? positionWrap(avail, setup.queueSize) : sample.availWrap,
        availIdx: packed ? sample.availIdx : avail,
      }),
      wanted: decided,
    };
  }

  /** The device decided whether to interrupt. */
  signal(place: Place, func: string, sent: boolean): void {
    const { used } = this.#ring;
    const { published } = this.#interrupts;
    if (sent && this.#missed !== undefined) {
      this.#queue.emit({ ...this.#missed, sent: true, evidence: NO_EVIDENCE });
      this.#missed = undefined;
    }
    // With nothing new there is nothing to be told of.
    if (published === 0) return;
    const word = this.#driverWord();
    const { wanted, reason } = this.#interrupts.decide(word, (value) =>
      this.#wanted(value, used, published),
    );
    this.#interrupts.close();
    const decided: InterruptDecided = {
      kind: "interrupt.decided",
      queue: this.#queue.view,
      place,
      undecided: wanted === undefined ? reason : undefined,
      wanted,
      sent,
      used: published,
      asked: this.#askedText(word),
      evidence:
        wanted === undefined || wanted === sent
          ? NO_EVIDENCE
          : [
              {
                role: "decision",
                place,
                what: `${func} decides ${sent ? "to" : "not to"} interrupt`,
              },
            ],
    };
    if (wanted === true && !sent) this.#missed = decided;
    else this.#queue.emit(decided);
  }

  /** What the driver's word asks for. */
  #askedText(word: number): string {
    const { layout, queueSize, eventIdx } = this.#ring.setup;
    if (layout === "split") {
      if (eventIdx) return `entry ${word} (used_event)`;
      return (word & 1) === 0 ? "every buffer (flags 0)" : "no buffer (flags 1)";
    }
    const flags = word >>> 16;
    const position = wordPosition(word & 0xffff, queueSize);
    if (flags === RING_EVENT_FLAGS_DESC && position !== undefined) {
      return positionText(position, queueSize);
    }
    const which = flags === RING_EVENT_FLAGS_DISABLE ? "no" : "every";
    return `${which} buffer (flags ${eventFlagsName(flags)})`;
  }
}
