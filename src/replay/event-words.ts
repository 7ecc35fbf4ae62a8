import type { Party, Place } from "../model/finding.ts";
import { AREA } from "../model/memory.ts";
import {
  EVENT_FLAGS,
  EVENT_OFF_WRAP,
  positionDistance,
  RING_EVENT_FLAGS_DESC,
  wordPosition,
} from "../virtio/packed.ts";
import { usedEventOffset } from "../virtio/split.ts";
import { u16Distance } from "../virtio/u16.ts";
import { eventWordAspects, eventWordBits } from "./event-word-aspects.ts";
import type { QueueContext } from "./queue-context.ts";
import { EVENT_WORD, type EventWordSeen, NO_FACTS, NONE, type RingFact } from "./ring-facts.ts";
import type { RingState } from "./ring-state.ts";

/** What the two sides say about when they want to be notified: each store, and what it leads to. */
export class EventWords {
  readonly #queue: QueueContext;
  readonly #ring: RingState;
  readonly #seen: { -readonly [key in keyof EventWordSeen]: EventWordSeen[key] };

  constructor(queue: QueueContext, ring: RingState) {
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
    if (eventSteps.off === NONE && eventSteps.flags === NONE) return;
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
  }

  #facts(
    wrong: number,
    store: { place: Place; func: string; flags: number; offWrap: number },
  ): RingFact[] {
    const { place, func, flags, offWrap } = store;
    return eventWordBits(wrong).map((aspect) => ({
      aspect,
      slot: NONE,
      other: NONE,
      found: aspect === EVENT_WORD.flagsKnown ? flags : offWrap,
      expected: NONE,
      what: "",
      evidence: [{ role: "word", place, what: `${func} stores its event structure` }],
    }));
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
            {
              aspect: EVENT_WORD.nextAsked,
              slot: NONE,
              other: NONE,
              found: ahead,
              expected: 0,
              what: "",
              evidence: [{ role: "decision", place, what: `${func} enables callbacks` }],
            },
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
