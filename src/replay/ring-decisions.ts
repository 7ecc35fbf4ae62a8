import type { Party, Place } from "../model/finding.ts";
import { AREA } from "../model/memory.ts";
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
import { EventWindow, type Verdict } from "./event-window.ts";
import { type InterruptDecided, type KickEarly, NO_EVIDENCE } from "./observation.ts";
import type { QueueContext } from "./queue-context.ts";
import { NONE } from "./ring-facts.ts";
import type { RingState } from "./ring-state.ts";
import { type Sample, sampleAt } from "./sample.ts";
import type { LastWords, StandingWork } from "./standing-work.ts";
import { packedWanted, splitEventWanted, UNWANTED, WANTED, type Wanted } from "./suppression.ts";

/** What the engine knows of a kick decision when it knows the ring: DESIGN.md 3, true windows. */
export interface ExactDecision {
  /** The driver's sample with position, count and words as the ring has them. */
  readonly sample: Sample;
  readonly wanted: Wanted;
}

/** That the run ends proves nothing: queue/publication-without-decision tells it where it looks odd. */
const UNDECIDED_YET = {
  wanted: undefined,
  reason: "the run ends before a decision could follow the publication",
} as const;

/** Nothing was published that anybody could want to be told of. */
const NOTHING_NEW: Verdict = { wanted: false, reason: "" };

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
  /** The last decision was about something that the device asked for, and no notification has followed. */
  #owed = false;
  /** A notification that stood before the store which published; `wanted` once a decision has followed. */
  #early: { readonly place: Place; readonly func: string; wanted: Verdict | undefined } | undefined;
  /** Filled anew: a log has as many of them as notifications, and most of them say nothing. */
  readonly #earlySeen: { -readonly [key in keyof KickEarly]: KickEarly[key] };
  readonly #decided: { -readonly [key in keyof InterruptDecided]: InterruptDecided[key] };

  constructor(queue: QueueContext, ring: RingState) {
    this.#queue = queue;
    this.#ring = ring;
    const place: Place = { seq: 0, line: 0, time: 0, cpu: 0 };
    this.#earlySeen = {
      kind: "kick.early",
      queue: queue.view,
      place,
      undecided: undefined,
      missed: false,
      asked: "",
      evidence: NO_EVIDENCE,
    };
    this.#decided = {
      kind: "interrupt.decided",
      queue: queue.view,
      place,
      undecided: undefined,
      wanted: undefined,
      sent: false,
      emptied: undefined,
      used: 0,
      asked: "",
      explained: "",
      evidence: NO_EVIDENCE,
    };
  }

  /** The driver made so many slots (packed) or entries (split) available. */
  published(count: number): void {
    // Without a decision yet, a notification may still follow for both: no clause sets a deadline.
    if (this.#early?.wanted !== undefined) this.#closeEarly();
    this.#kicks.publish(count, this.#deviceWord());
    // Linux decides inside the add that makes num_added 65535, and starts to count anew.
    if (this.#ring.notifiedAt > this.#ring.publishedAt) this.#kicks.close();
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
    this.#early = undefined;
    this.#owed = false;
  }

  /**
   * The driver notified the device, by a call of its own or within another operation. True where it told
   * of nothing but what was available before.
   */
  notified(place: Place, func: string): boolean {
    const { notifiedAt, publishedAt } = this.#ring;
    this.#owed = false;
    if (publishedAt !== NONE && notifiedAt < publishedAt) {
      // What was published before, it tells of.
      if (this.#early !== undefined) this.#emitEarly(this.#early.place, undefined, undefined);
      this.#early = { place, func, wanted: undefined };
      return true;
    }
    this.#emitEarly(this.#early?.place ?? place, undefined, undefined);
    return false;
  }

  /** No other notification has followed an early one, and the driver goes on, or the run ends. */
  #closeEarly(): void {
    const early = this.#early;
    if (early === undefined) return;
    const { wanted, reason } = early.wanted ?? UNDECIDED_YET;
    this.#emitEarly(
      early.place,
      wanted === undefined ? reason : undefined,
      wanted === true ? early.func : undefined,
    );
  }

  /** What every value of the device's word says of what no decision has followed yet. */
  #open(): Verdict {
    const { published } = this.#kicks;
    if (published === 0) return NOTHING_NEW;
    return this.#kicks.decide(this.#deviceWord(), this.#ring.avail, this.#wanted);
  }

  /** `missed`: the call that notified too early, where no other notification followed and one was due. */
  #emitEarly(place: Place, undecided: string | undefined, missed: string | undefined): void {
    this.#early = undefined;
    const seen = this.#earlySeen;
    seen.place = place;
    seen.undecided = undecided;
    seen.missed = missed !== undefined;
    seen.asked = "";
    seen.evidence = NO_EVIDENCE;
    if (missed !== undefined) {
      const what = `${missed} notifies, then makes the buffer available`;
      seen.asked = this.#askedText(this.#deviceWord(), "device");
      seen.evidence = [{ role: "decision", place, what }];
    }
    this.#queue.emit(seen);
  }

  /** The run ends, with what no decision has followed. */
  runEnds(place: Place, work: StandingWork): void {
    this.#closeEarly();
    const { wanted } = this.#open();
    const forgotten = wanted === true && work.isForgotten();
    const published = work.publishedLast;
    this.#queue.emit({
      kind: "publication.left",
      queue: this.#queue.view,
      place,
      wanted: forgotten,
      asked: forgotten ? this.#askedText(this.#deviceWord(), "device") : "",
      evidence:
        forgotten && published !== undefined
          ? [{ role: "publication", place: published, what: "a buffer is made available" }]
          : NO_EVIDENCE,
    });
  }

  lastWords(): LastWords {
    return {
      undecidedAvail: this.#kicks.published,
      undecidedUsed: this.#interrupts.published,
      deviceAsks: this.#askedText(this.#deviceWord(), "device"),
      driverAsks: this.#askedText(this.#driverWord(), "driver"),
    };
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
  refused(place: Place, func: string): void {
    if (this.#ring.notifiedAt === NONE) return;
    const { published } = this.#kicks;
    const { wanted } =
      published === 0
        ? { wanted: this.#owed }
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
  readonly #wanted = (word: number, position: number, count: number): Wanted => {
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
    if (!eventIdx) return (word & 1) === 0 ? WANTED.flags : UNWANTED.flags;
    const isWanted = splitEventWanted(word, (position - count) & 0xffff, position);
    return isWanted ? WANTED.event : UNWANTED.event;
  };

  /** A kick decision begins. */
  kick(sample: Sample): ExactDecision {
    const { avail, setup } = this.#ring;
    const { published } = this.#kicks;
    if (this.#early?.wanted !== undefined) this.#closeEarly();
    const word = this.#deviceWord();
    const { wanted, reason } = this.#kicks.decide(word, avail, this.#wanted);
    this.#kicks.close();
    if (this.#early !== undefined) this.#early.wanted = { wanted, reason };
    this.#owed = published > 0 && wanted === true;
    const packed = setup.layout === "packed";
    const byFlags = packed ? word >>> 16 !== RING_EVENT_FLAGS_DESC : !setup.eventIdx;
    const by = byFlags ? "flags" : "event";
    let decided: Wanted;
    // With nothing new, Linux says yes where flags decide, and no clause minds.
    if (published === 0) decided = UNWANTED[by];
    else if (wanted === undefined) decided = { wanted, reason };
    else decided = wanted ? WANTED[by] : UNWANTED[by];
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
    const { wanted, reason } = this.#interrupts.decide(word, used, this.#wanted);
    this.#interrupts.close();
    const { setup, inFlight } = this.#ring;
    const emptied = setup.notifyOnEmpty === true ? inFlight.count === 0 : undefined;
    const missed = !sent && (wanted === true || emptied === true);
    const decided = this.#decided;
    decided.place = place;
    decided.undecided = wanted === undefined ? reason : undefined;
    decided.wanted = wanted;
    decided.sent = sent;
    decided.emptied = emptied;
    decided.used = published;
    decided.asked = this.#askedText(word, "driver");
    decided.explained = wanted === true && !sent ? this.#explained(published) : "";
    decided.evidence = NO_EVIDENCE;
    if (missed || (wanted !== undefined && wanted !== sent)) {
      const what = `${func} decides ${sent ? "to" : "not to"} interrupt`;
      decided.evidence = [{ role: "decision", place, what }];
    }
    if (missed) this.#missed = { ...decided };
    else this.#queue.emit(decided);
  }

  /** Split: the word that the device has to ignore (2.7.7.2), where it says what was decided. */
  #explained(published: number): string {
    const { memory, setup, used } = this.#ring;
    if (setup.layout !== "split") return "";
    if (setup.eventIdx) {
      const flags = memory.get16(AREA.driver, RING_FLAGS);
      if ((flags & 1) === 0) return "";
      return `avail.flags ${flags} would explain it, and is to be ignored with EVENT_IDX`;
    }
    const event = memory.get16(AREA.driver, usedEventOffset(setup.queueSize));
    if (splitEventWanted(event, (used - published) & 0xffff, used)) return "";
    return `used_event ${event} would explain it, and does not exist without EVENT_IDX`;
  }

  /** What a party's word asks for. */
  #askedText(word: number, party: Exclude<Party, "unknown">): string {
    const { layout, queueSize, eventIdx } = this.#ring.setup;
    if (layout === "split") {
      if (eventIdx) return `entry ${word} (${party === "driver" ? "used_event" : "avail_event"})`;
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
