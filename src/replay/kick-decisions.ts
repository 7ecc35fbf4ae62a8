import type { Effect, Evidence, Place } from "../model/finding.ts";
import {
  eventFlagsName,
  packedPosition,
  positionDistance,
  positionSlot,
  positionText,
  RING_EVENT_FLAGS_DESC,
  RING_EVENT_FLAGS_DISABLE,
  wordPosition,
} from "../virtio/packed.ts";
import { type KickDecided, NO_EVIDENCE } from "./observation.ts";
import type { QueueContext } from "./queue-context.ts";
import type { ExactDecision } from "./ring-decisions.ts";
import { hex, isCount, isKnown, type Sample, UNKNOWN } from "./sample.ts";
import { packedWanted, splitEventWanted, type Wanted } from "./suppression.ts";

/** A buffer made available. */
export interface Publication {
  readonly place: Place;
  readonly func: string;
  /** Packed position that its first slot has; UNKNOWN (-1) if so. */
  readonly avail: number;
}

/** A decision whether to notify, with what it had to go by. */
export interface KickDecision {
  readonly sample: Sample;
  readonly wanted: Wanted;
  /** `wanted` holds for every value that the word had: nothing can have moved it unseen. */
  readonly exact: boolean;
  /** Buffers published since the decision before; the last few of them. */
  readonly publications: readonly Publication[];
  /** Whatever was published from here on, the device has heard of only when it comes back. */
  readonly publishedFrom: number;
  outcome: { readonly place: Place; readonly func: string } | undefined;
  /** What it decided; undefined until its return is seen. */
  needsKick: boolean | undefined;
  /** The last later sample that still showed the same word. */
  after: Sample | undefined;
}

/** A decision against a wanted notification; more of them at once say nothing new. */
const PENDING_MAX = 1024;
const PUBLICATIONS_MAX = 8;
const NO_EFFECTS: readonly Effect[] = [];

/**
 * Follows each kick decision to its end. A probe samples the device's word a moment before the
 * driver reads it, and the device may have moved it in between: a decision that contradicts the
 * sample is therefore pending until something shows that the device was awake, or the trace ends.
 */
export class KickDecisions {
  readonly #queue: QueueContext;
  #publications: Publication[] = [];
  #publishedFrom = UNKNOWN;
  #pending: KickDecision[] = [];
  /** One that the ring itself shows to be wrong: late is no violation, until the driver goes on. */
  #missed: KickDecision | undefined;
  /** Decisions seen, for the queue's line in the report. */
  count = 0;
  /** Decisions to notify. */
  sent = 0;

  constructor(queue: QueueContext) {
    this.#queue = queue;
  }

  published(publication: Publication): void {
    this.#closeMissed();
    if (!isKnown(this.#publishedFrom)) this.#publishedFrom = publication.place.seq;
    if (this.#publications.length >= PUBLICATIONS_MAX) this.#publications.shift();
    this.#publications.push(publication);
  }

  /** A kick decision begins; `exact` is what the ring itself says of it, where every store is known. */
  begin(sample: Sample, exact?: ExactDecision): KickDecision {
    this.count++;
    this.#closeMissed();
    const decision: KickDecision = {
      sample: exact?.sample ?? sample,
      wanted: exact?.wanted ?? this.#wanted(sample),
      exact: exact !== undefined,
      publications: this.#publications,
      publishedFrom: !isKnown(this.#publishedFrom) ? sample.place.seq : this.#publishedFrom,
      outcome: undefined,
      needsKick: undefined,
      after: undefined,
    };
    this.#publications = [];
    this.#publishedFrom = UNKNOWN;
    return decision;
  }

  /** The decision returned; `needsKick` NaN when the probe did not record it. */
  end(decision: KickDecision, needsKick: number, outcome: { place: Place; func: string }): void {
    decision.outcome = outcome;
    if (!Number.isNaN(needsKick)) decision.needsKick = needsKick !== 0;
    if (decision.needsKick === true) this.sent++;
    if (Number.isNaN(needsKick)) {
      this.#undecided(decision, "the decision's return value was not recorded");
    } else if (decision.wanted.wanted === undefined) {
      // A notification that was sent says nothing about whether the driver reads the word rightly.
      this.#undecided(decision, decision.wanted.reason);
      if (needsKick !== 0) this.notified();
    } else if (needsKick !== 0) {
      this.#held(decision);
      this.notified();
    } else if (!decision.wanted.wanted) {
      this.#held(decision);
    } else if (decision.exact) {
      this.#missed = decision;
    } else if (this.#pending.length >= PENDING_MAX) {
      this.#undecided(decision, "too many decisions without an outcome at once");
    } else {
      this.#pending.push(decision);
    }
  }

  returnLost(decision: KickDecision): void {
    this.#undecided(decision, "the decision's return is not in the trace");
  }

  /** The device was notified: that serves everything published before. */
  notified(): void {
    if (this.#missed !== undefined) this.#held(this.#missed);
    this.#missed = undefined;
    for (const decision of this.#take()) this.#held(decision);
  }

  /** A buffer came back that was published at `seq`; undefined when its add was not seen. */
  returned(seq: number | undefined): void {
    if (this.#pending.length === 0) return;
    const kept: KickDecision[] = [];
    for (const decision of this.#pending) {
      if (seq === undefined || seq >= decision.publishedFrom) this.#held(decision);
      else kept.push(decision);
    }
    this.#pending = kept;
  }

  /** A later sample of the device's word. */
  sample(sample: Sample): void {
    if (this.#pending.length === 0) return;
    const kept: KickDecision[] = [];
    for (const decision of this.#pending) {
      const same = this.#sameWord(decision.sample, sample);
      if (same === false && decision.wanted.wanted && decision.wanted.by === "event") {
        this.#undecided(decision, "the device moved its event word around the decision");
        continue;
      }
      if (same === true) {
        decision.after = sample;
      }
      kept.push(decision);
    }
    this.#pending = kept;
  }

  /** What happened since is not known: calls or whole stretches are missing. */
  interrupted(reason: string): void {
    if (this.#missed !== undefined) this.#undecided(this.#missed, reason);
    this.#missed = undefined;
    for (const decision of this.#take()) this.#undecided(decision, reason);
    this.#publications = [];
    this.#publishedFrom = UNKNOWN;
  }

  /** The trace ends. `outstanding` tells what is in flight, and since when. */
  endOfTrace(lastSeq: number, outstanding: (decision: KickDecision) => Effect[]): void {
    if (this.#missed?.outcome?.place.seq === lastSeq) {
      this.#undecided(this.#missed, "the trace ends with the decision");
      this.#missed = undefined;
    }
    this.#closeMissed();
    for (const decision of this.#take()) {
      if (decision.outcome?.place.seq === lastSeq) {
        this.#undecided(decision, "the trace ends with the decision");
        continue;
      }
      if (decision.wanted.wanted && decision.wanted.by === "event") {
        this.#emit(decision, undefined, true, outstanding(decision));
      } else {
        this.#undecided(decision, "the device may have moved its flags between two equal samples");
      }
    }
  }

  #closeMissed(): void {
    if (this.#missed !== undefined) this.#emit(this.#missed, undefined, true, NO_EFFECTS);
    this.#missed = undefined;
  }

  #take(): KickDecision[] {
    const taken = this.#pending;
    this.#pending = [];
    return taken;
  }

  #sameWord(before: Sample, after: Sample): boolean | undefined {
    if (this.#queue.layout === "split") {
      if (!isKnown(after.availEvent)) return undefined;
      return after.availEvent === before.availEvent;
    }
    if (!isKnown(after.deviceFlags) || !isKnown(after.deviceOffWrap)) return undefined;
    return after.deviceFlags === before.deviceFlags && after.deviceOffWrap === before.deviceOffWrap;
  }

  #held(decision: KickDecision): void {
    this.#emit(decision, undefined, false, NO_EFFECTS);
  }

  #undecided(decision: KickDecision, reason: string): void {
    this.#emit(decision, reason, false, NO_EFFECTS);
  }

  #emit(
    decision: KickDecision,
    undecided: string | undefined,
    missed: boolean,
    effects: readonly Effect[],
  ): void {
    const numbers = this.#numbers(decision.sample);
    const superfluous =
      decision.exact &&
      decision.needsKick === true &&
      decision.wanted.wanted === false &&
      decision.sample.numAdded > 0;
    const told = missed || superfluous;
    const observation: KickDecided = {
      kind: "kick.decided",
      queue: this.#queue.view,
      place: decision.sample.place,
      undecided,
      layout: this.#queue.layout,
      missed,
      exact: decision.exact,
      superfluous,
      wanted: decision.wanted.wanted,
      by: decision.wanted.wanted !== undefined ? decision.wanted.by : undefined,
      needsKick: decision.needsKick,
      old: numbers.old,
      next: numbers.next,
      flags: numbers.flags,
      word: numbers.word,
      asked: told ? this.#askedText(decision.sample) : "",
      published: told ? this.#publishedText(decision.sample) : "",
      explained: missed ? this.#explained(decision.sample) : "",
      evidence: told ? this.#evidence(decision) : NO_EVIDENCE,
      effects,
    };
    this.#queue.emit(observation);
  }

  #numbers(sample: Sample): Pick<KickDecided, "old" | "next" | "flags" | "word"> {
    const { layout, size } = this.#queue;
    if (layout === "split") {
      const next = splitAvailIdx(sample);
      const flags = splitUsedFlags(sample);
      const known = isKnown(next) && isKnown(sample.numAdded);
      const old = known ? (next - sample.numAdded) & 0xffff : UNKNOWN;
      return { old, next, flags, word: sample.availEvent };
    }
    const { nextAvail, availWrap, numAdded, deviceFlags: flags, deviceOffWrap: word } = sample;
    if (size === undefined || !isCount(nextAvail, size - 1) || !isCount(availWrap, 1)) {
      return { old: UNKNOWN, next: UNKNOWN, flags, word };
    }
    const next = packedPosition(nextAvail, availWrap, size);
    const old = isKnown(numAdded) ? positionDistance(numAdded, next, size) : UNKNOWN;
    return { old, next, flags, word };
  }

  #wanted(sample: Sample): Wanted {
    const { layout, size, eventIdx } = this.#queue;
    if (layout === undefined) {
      return { wanted: undefined, reason: "the layout of the queue is not known" };
    }
    if (layout === "split") return splitWanted(sample, eventIdx);
    const { deviceFlags: flags, deviceOffWrap: offWrap, nextAvail, availWrap, numAdded } = sample;
    if (!isKnown(flags) || !isKnown(offWrap)) {
      return { wanted: undefined, reason: "the device's event words were not recorded" };
    }
    if (size === undefined) return { wanted: undefined, reason: "the queue size is not known" };
    if (!isKnown(nextAvail) || !isKnown(availWrap) || !isKnown(numAdded)) {
      return { wanted: undefined, reason: "the driver's position or num_added was not recorded" };
    }
    if (!isCount(nextAvail, size - 1) || !isCount(availWrap, 1) || !isCount(numAdded, 0xffff)) {
      return { wanted: undefined, reason: "the driver's position or num_added is out of range" };
    }
    return packedWanted({
      flags,
      offWrap,
      position: packedPosition(nextAvail, availWrap, size),
      slots: numAdded,
      queueSize: size,
      eventIdx,
    });
  }

  #askedText(sample: Sample): string {
    const { layout, size, eventIdx } = this.#queue;
    if (layout === "split") {
      if (eventIdx === true) return `entry ${sample.availEvent} (avail_event)`;
      return (splitUsedFlags(sample) & 1) === 0 ? "every buffer (flags 0)" : "no buffer (flags 1)";
    }
    if (sample.deviceFlags !== RING_EVENT_FLAGS_DESC || size === undefined) {
      const which = sample.deviceFlags === RING_EVENT_FLAGS_DISABLE ? "no" : "every";
      return `${which} buffer (flags ${eventFlagsName(sample.deviceFlags)})`;
    }
    const event = wordPosition(sample.deviceOffWrap, size) as number;
    return `${positionText(event, size)}, off_wrap ${hex(sample.deviceOffWrap)}`;
  }

  /** Split: the word that the driver has to ignore (2.7.10.1), where it says what was decided. */
  #explained(sample: Sample): string {
    const { layout, eventIdx } = this.#queue;
    if (layout !== "split") return "";
    if (eventIdx === true) {
      const flags = splitUsedFlags(sample);
      if (!isKnown(flags) || (flags & 1) === 0) return "";
      return `used.flags ${flags} would explain it, and is to be ignored with EVENT_IDX`;
    }
    const next = splitAvailIdx(sample);
    const { availEvent } = sample;
    if (!isKnown(availEvent) || splitEventWanted(availEvent, next - sample.numAdded, next))
      return "";
    return `avail_event ${availEvent} would explain it, and does not exist without EVENT_IDX`;
  }

  #publishedText(sample: Sample): string {
    const { layout, size } = this.#queue;
    if (layout === "split" || size === undefined) {
      const next = splitAvailIdx(sample);
      return sample.numAdded === 1
        ? `entry ${(next - 1) & 0xffff}`
        : `entries ${(next - sample.numAdded) & 0xffff} to ${(next - 1) & 0xffff}`;
    }
    const next = packedPosition(sample.nextAvail, sample.availWrap, size);
    const first = positionDistance(sample.numAdded, next, size);
    const slots = Array.from({ length: Math.min(sample.numAdded, 4) }, (_, i) =>
      positionSlot(positionDistance(0, first + i, size), size),
    );
    const last = positionSlot(positionDistance(1, next, size), size);
    const list = sample.numAdded <= 4 ? listText(slots.map(String)) : `${slots[0]} to ${last}`;
    return `${sample.numAdded === 1 ? "slot" : "slots"} ${list}`;
  }

  #evidence(decision: KickDecision): Evidence[] {
    const { sample, outcome, after } = decision;
    const evidence: Evidence[] = [];
    const publication = this.#asking(decision);
    if (publication !== undefined) {
      const { size } = this.#queue;
      const at =
        !isKnown(publication.avail) || size === undefined
          ? ""
          : ` from ${positionText(publication.avail, size)} on`;
      evidence.push({
        role: "publication",
        place: publication.place,
        what: `${publication.func} makes a buffer available${at}`,
      });
    }
    evidence.push({ role: "word", place: sample.place, what: this.#wordText(sample) });
    if (outcome !== undefined) {
      evidence.push({
        role: "outcome",
        place: outcome.place,
        what: `${outcome.func} returns needs_kick=${decision.needsKick === true ? 1 : 0}`,
      });
    }
    if (after !== undefined) {
      evidence.push({
        role: "after",
        place: after.place,
        what: `${this.#wordText(after)}: the same word`,
      });
    }
    return evidence;
  }

  /** The publication that holds the slot or entry the device asked for. */
  #asking(decision: KickDecision): Publication | undefined {
    const { publications, sample } = decision;
    const { size, layout } = this.#queue;
    const event =
      layout === "packed" && size !== undefined
        ? wordPosition(sample.deviceOffWrap, size)
        : undefined;
    if (event === undefined || size === undefined) return publications.at(-1);
    const first = publications.find(({ avail }) => isKnown(avail));
    if (first === undefined) return publications.at(-1);
    const wantedAt = positionDistance(first.avail, event, size);
    return publications.findLast(
      ({ avail }) => positionDistance(first.avail, avail, size) <= wantedAt,
    );
  }

  #wordText(sample: Sample): string {
    if (this.#queue.layout === "split") {
      return `${sample.func} avail_event=${sample.availEvent} avail_idx=${splitAvailIdx(sample)} num_added=${sample.numAdded}`;
    }
    const parts = [sample.func];
    if (isKnown(sample.nextAvail)) {
      parts.push(`next_avail=${sample.nextAvail} avail_wrap=${sample.availWrap}`);
    }
    if (isKnown(sample.numAdded)) parts.push(`num_added=${sample.numAdded}`);
    parts.push(
      `device off_wrap=${hex(sample.deviceOffWrap)} flags=${eventFlagsName(sample.deviceFlags)}`,
    );
    return parts.join(" ");
  }
}

/** A probe with packed offsets reads avail.idx where a packed queue has its driver flags. */
export function splitAvailIdx(sample: Sample): number {
  return !isKnown(sample.availIdx) ? sample.driverFlags : sample.availIdx;
}

/** A probe with packed offsets reads used.flags where a packed queue has its device off_wrap. */
function splitUsedFlags(sample: Sample): number {
  return !isKnown(sample.usedFlags) ? sample.deviceOffWrap : sample.usedFlags;
}

function splitWanted(sample: Sample, eventIdx: boolean | undefined): Wanted {
  if (eventIdx === undefined) {
    return { wanted: undefined, reason: "not known whether EVENT_IDX was negotiated" };
  }
  const idx = splitAvailIdx(sample);
  if (eventIdx) {
    if (!isKnown(sample.availEvent)) {
      return { wanted: undefined, reason: "avail_event was not recorded" };
    }
    if (!isCount(idx, 0xffff) || !isCount(sample.numAdded, 0xffff)) {
      return { wanted: undefined, reason: "avail.idx or num_added was not recorded" };
    }
    const old = (idx - sample.numAdded) & 0xffff;
    return { wanted: splitEventWanted(sample.availEvent, old, idx), by: "event" };
  }
  const flags = splitUsedFlags(sample);
  if (!isKnown(flags)) return { wanted: undefined, reason: "used.flags was not recorded" };
  // Linux asks no one whether anything was added when flags decide; neither does the clause.
  return { wanted: (flags & 1) === 0, by: "flags" };
}

function listText(items: readonly string[]): string {
  return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}
