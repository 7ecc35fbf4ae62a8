import { FIELD, KIND } from "../model/event.ts";
import type { Party, Place } from "../model/finding.ts";
import { AREA } from "../model/memory.ts";
import {
  EVENT_FLAGS,
  EVENT_OFF_WRAP,
  positionDistance,
  RING_EVENT_FLAGS_DESC,
  RING_EVENT_FLAGS_DISABLE,
  wordPosition,
} from "../virtio/packed.ts";
import { availEventOffset, RING_FLAGS, usedEventOffset } from "../virtio/split.ts";
import { u16Distance } from "../virtio/u16.ts";
import { eventWordAspects, eventWordBits, ringFlagsWrong } from "./event-word-aspects.ts";
import type { Operation } from "./operation.ts";
import type { QueueContext } from "./queue-context.ts";
import {
  EVENT_WORD,
  type EventWordSeen,
  NO_FACTS,
  NONE,
  type RingFact,
  ringFact,
} from "./ring-facts.ts";
import type { RingState } from "./ring-state.ts";
import type { StandingWork } from "./standing-work.ts";

/** What the two sides say about when they want to be notified: each store, and what it leads to. */
export class EventWords {
  readonly #queue: QueueContext;
  readonly #ring: RingState;
  readonly #work: StandingWork;
  /** What the driver believed its flags to be, and what they were, when it was last stated. */
  #believed = NONE;
  readonly #seen: { -readonly [key in keyof EventWordSeen]: EventWordSeen[key] };

  constructor(queue: QueueContext, ring: RingState, work: StandingWork) {
    this.#work = work;
    this.#queue = queue;
    this.#ring = ring;
    this.#seen = {
      kind: "eventWord.seen",
      queue: queue.view,
      place: { seq: 0, line: 0, time: 0, cpu: 0 },
      decided: 0,
      undecided: 0,
      unlogged: 0,
      reason: "",
      facts: NO_FACTS,
      party: "driver",
    };
  }

  /**
   * Packed: what an operation has stored into a party's event suppression structure, whose flags were
   * `before`.
   */
  stored(party: Exclude<Party, "unknown">, place: Place, func: string, before: number): void {
    const { eventSteps, memory, setup } = this.#ring;
    const area = party === "driver" ? AREA.driver : AREA.device;
    const flags = memory.get16(area, EVENT_FLAGS);
    const offWrap = memory.get16(area, EVENT_OFF_WRAP);
    const aspects = eventWordAspects(flags, offWrap, setup.queueSize, setup.eventIdx);
    const becomesDesc = flags === RING_EVENT_FLAGS_DESC && before !== RING_EVENT_FLAGS_DESC;
    const ordered = becomesDesc ? this.#ordered() : 0;
    let { wrong } = aspects;
    if ((ordered & EVENT_WORD.offFirst) !== 0 && eventSteps.off > eventSteps.flags) {
      wrong |= EVENT_WORD.offFirst;
    } else if (
      (ordered & EVENT_WORD.barrier) !== 0 &&
      !this.#ring.isBarred(eventSteps.off, eventSteps.flags)
    ) {
      wrong |= EVENT_WORD.barrier;
    }
    const seen = this.#seen;
    seen.party = party;
    seen.place = place;
    seen.decided = aspects.decided | ordered;
    seen.facts = wrong === 0 ? NO_FACTS : this.#facts(wrong, { place, func, flags, offWrap });
    this.#queue.emit(seen);
    if (party !== "device" || flags !== RING_EVENT_FLAGS_DESC) return;
    const event = wordPosition(offWrap, setup.queueSize);
    if (event === undefined || !this.#work.known) return;
    const ahead = positionDistance(this.#work.fetchedAt, event, setup.queueSize);
    this.#fetchAsked(place, func, ahead, ahead < setup.queueSize);
  }

  /** Split: what an operation has stored to the flags and the event index of a party's ring. */
  ringStored(party: Exclude<Party, "unknown">, place: Place, func: string): void {
    const { eventSteps, memory, setup } = this.#ring;
    const { eventIdx, queueSize } = setup;
    const isDevice = party === "device";
    if (eventSteps.flags !== NONE) {
      const flags = memory.get16(isDevice ? AREA.device : AREA.driver, RING_FLAGS);
      const fact = ringFlagsWrong(flags, eventIdx)
        ? oddWord(
            EVENT_WORD.ringFlags,
            place,
            `${func} stores its ring's flags`,
            flags,
            eventIdx ? 0 : 1,
          )
        : undefined;
      this.#emit(party, place, EVENT_WORD.ringFlags, fact);
    }
    // The driver's is not judged: Linux stores used_event whether it was negotiated or not, where a
    // device without the feature does not look (2.7.7.2).
    if (!isDevice || eventSteps.off === NONE) return;
    const found = memory.get16(AREA.device, availEventOffset(queueSize));
    const stray = eventIdx
      ? undefined
      : oddWord(EVENT_WORD.eventNegotiated, place, `${func} stores avail_event`, found, NONE);
    this.#emit(party, place, EVENT_WORD.eventNegotiated, stray);
    if (!eventIdx || !this.#work.known) return;
    const ahead = u16Distance(this.#work.fetchedAt, found);
    this.#fetchAsked(place, func, ahead, ahead < 0x8000);
  }

  /** The device asks for the buffer `ahead` of the next one that it fetches; behind is an off switch. */
  #fetchAsked(place: Place, func: string, ahead: number, isAhead: boolean): void {
    const { unfetched } = this.#work;
    const fact =
      isAhead && ahead > 0 && unfetched > 0
        ? oddWord(EVENT_WORD.nextFetched, place, `${func} stores its event`, ahead, unfetched)
        : undefined;
    this.#emit("device", place, EVENT_WORD.nextFetched, fact);
  }

  /**
   * What the driver believes its flags to be (Linux's flags_shadow), before it begins an operation. That
   * it believes its callbacks off while the ring says on is legal: after an event Linux lets them be.
   */
  believed(place: Place, shadow: number): void {
    const { memory, setup } = this.#ring;
    if (Number.isNaN(shadow)) return;
    const packed = setup.layout === "packed";
    // With EVENT_IDX the flags of a split ring stay 0, and off is a stale index.
    if (!packed && setup.eventIdx) return;
    const flags = memory.get16(AREA.driver, packed ? EVENT_FLAGS : RING_FLAGS);
    // Once for each pair of them, not before every operation.
    const pair = (shadow << 16) | flags;
    if (pair === this.#believed) return;
    this.#believed = pair;
    const on = packed ? shadow !== RING_EVENT_FLAGS_DISABLE : (shadow & 1) === 0;
    const off = packed ? flags === RING_EVENT_FLAGS_DISABLE : (flags & 1) === 1;
    const fact =
      on && off
        ? oddWord(EVENT_WORD.shadowTrue, place, "an operation begins", flags, shadow)
        : undefined;
    this.#emit("driver", place, EVENT_WORD.shadowTrue, fact);
  }

  /** The device says what it asks for: is it what it has stored? */
  asked({ place, func, values, base }: Operation): void {
    const { memory, setup } = this.#ring;
    const packed = setup.layout === "packed";
    const mode = values[base + (packed ? FIELD.deviceFlags : FIELD.usedFlags)] as number;
    if (!Number.isNaN(mode)) {
      const flags = memory.get16(AREA.device, packed ? EVENT_FLAGS : RING_FLAGS);
      this.#emit(
        "device",
        place,
        EVENT_WORD.shadowTrue,
        differing(place, func, "flags", flags, mode),
      );
    }
    const field = packed ? FIELD.deviceOffWrap : FIELD.availEvent;
    const word = values[base + field] as number;
    if (Number.isNaN(word)) return;
    const at = packed ? EVENT_OFF_WRAP : availEventOffset(setup.queueSize);
    const found = memory.get16(AREA.device, at);
    const name = packed ? "off_wrap" : "avail_event";
    this.#emit("device", place, EVENT_WORD.shadowTrue, differing(place, func, name, found, word));
  }

  /**
   * The driver has answered whether a used buffer is pending, and no operation runs beside its own: was
   * one there when it did? The delayed form may say no while what it asked for is still to come.
   */
  answered({ kind, place, func, result, values, base }: Operation): void {
    const lastUsed = values[base + FIELD.lastUsed] as number;
    if (Number.isNaN(lastUsed)) return;
    const { memory, setup, used } = this.#ring;
    const { layout, queueSize, eventIdx } = setup;
    if (kind === KIND.poll && values[base + FIELD.opaque] !== lastUsed) return;
    const none = kind === KIND.poll ? result === 0 : result !== 0;
    const split = layout === "split";
    const at = split ? lastUsed : wordPosition(lastUsed, queueSize);
    if (at === undefined) return;
    const pending = split ? u16Distance(at, used) : positionDistance(at, used, queueSize);
    // The driver has passed what the device published: another rule's matter.
    if (pending > queueSize) return;
    let asked = 0;
    if (kind === KIND.enableCbDelayed) {
      if (!eventIdx) return;
      const word = split
        ? memory.get16(AREA.driver, usedEventOffset(queueSize))
        : wordPosition(memory.get16(AREA.driver, EVENT_OFF_WRAP), queueSize);
      if (word === undefined) return;
      asked = split ? u16Distance(at, word) : positionDistance(at, word, queueSize);
    }
    const fact =
      none && pending > asked
        ? oddWord(EVENT_WORD.pendingSeen, place, `${func} says that none is`, pending, asked)
        : undefined;
    this.#emit("driver", place, EVENT_WORD.pendingSeen, fact);
  }

  #emit(
    party: Exclude<Party, "unknown">,
    place: Place,
    aspect: number,
    fact: RingFact | undefined,
  ): void {
    const seen = this.#seen;
    seen.party = party;
    seen.place = place;
    seen.decided = aspect;
    seen.facts = fact === undefined ? NO_FACTS : [fact];
    this.#queue.emit(seen);
  }

  #facts(
    wrong: number,
    store: { place: Place; func: string; flags: number; offWrap: number },
  ): RingFact[] {
    const { place, func, flags, offWrap } = store;
    const what = `${func} stores its event structure`;
    return eventWordBits(wrong).map((aspect) => {
      const found = aspect === EVENT_WORD.flagsKnown ? flags : offWrap;
      return ringFact(aspect, [{ role: "word", place, what }], { found });
    });
  }

  /** Which orders the operation decides: the flags became DESC, and the offset was stored as well. */
  #ordered(): number {
    const { eventSteps, setup } = this.#ring;
    if (eventSteps.off === NONE || eventSteps.flags === NONE) return 0;
    // One store of both words has no order.
    if (eventSteps.off === eventSteps.flags) return 0;
    const both = setup.barriersLogged && eventSteps.off < eventSteps.flags;
    return EVENT_WORD.offFirst | (both ? EVENT_WORD.barrier : 0);
  }

  /**
   * Callbacks were enabled by the plain form, with the driver's used position at `lastUsed` (split: idx;
   * packed: with its wrap counter in bit 15). Any value is legal (virtio 1.3, 2.7.7.1), and yet one that
   * is not the next used buffer is rarely what was meant.
   */
  enabled(place: Place, func: string, lastUsed: number): void {
    const ahead = this.#ahead(lastUsed);
    if (ahead === undefined) return;
    const seen = this.#seen;
    seen.party = "driver";
    seen.place = place;
    seen.decided = EVENT_WORD.nextAsked;
    seen.facts =
      ahead === 0
        ? NO_FACTS
        : [
            ringFact(
              EVENT_WORD.nextAsked,
              [{ role: "decision", place, what: `${func} enables callbacks` }],
              { found: ahead, expected: 0 },
            ),
          ];
    this.#queue.emit(seen);
  }

  /** How far ahead of the used position the driver's event is; undefined where it names none. */
  #ahead(lastUsed: number): number | undefined {
    const { memory, setup } = this.#ring;
    const { queueSize } = setup;
    if (!setup.eventIdx) return undefined;
    if (setup.layout === "split") {
      return u16Distance(lastUsed, memory.get16(AREA.driver, usedEventOffset(queueSize)));
    }
    if (memory.get16(AREA.driver, EVENT_FLAGS) !== RING_EVENT_FLAGS_DESC) return undefined;
    const event = wordPosition(memory.get16(AREA.driver, EVENT_OFF_WRAP), queueSize);
    const from = wordPosition(lastUsed, queueSize);
    if (event === undefined || from === undefined) return undefined;
    const ahead = positionDistance(from, event, queueSize);
    // Behind, it is stale: packed/off-wrap-stale has that.
    return ahead < queueSize ? ahead : undefined;
  }
}

function oddWord(
  aspect: number,
  place: Place,
  what: string,
  found: number,
  expected: number,
): RingFact {
  return ringFact(aspect, [{ role: "word", place, what }], { found, expected });
}

/** What the device says that it asks for, against what it has stored. */
function differing(
  place: Place,
  func: string,
  name: string,
  found: number,
  expected: number,
): RingFact | undefined {
  if (found === expected) return undefined;
  const what = `${func} asks for ${name} ${expected}`;
  return { ...oddWord(EVENT_WORD.shadowTrue, place, what, found, expected), what: name };
}
