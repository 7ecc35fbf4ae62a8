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
import type { QueueContext } from "./queue-context.ts";
import { EVENT_WORD, NO_FACTS, NONE, type RingFact } from "./ring-facts.ts";
import type { RingState } from "./ring-state.ts";

/** What the two sides say about when they want to be notified: each store, and what it leads to. */
export class EventWords {
  readonly #queue: QueueContext;
  readonly #ring: RingState;
  /** Flags of the two structures (packed), as they were before the operation at hand. */
  readonly #flags = { driver: 0, device: 0 };

  constructor(queue: QueueContext, ring: RingState) {
    this.#queue = queue;
    this.#ring = ring;
  }

  /** Packed: what an operation has stored into a party's event suppression structure. */
  stored(party: Exclude<Party, "unknown">, place: Place, func: string): void {
    const { eventSteps, memory, setup } = this.#ring;
    if (eventSteps.off === NONE && eventSteps.flags === NONE) return;
    const area = party === "driver" ? AREA.driver : AREA.device;
    const flags = memory.get16(area, EVENT_FLAGS);
    const offWrap = memory.get16(area, EVENT_OFF_WRAP);
    const before = this.#flags[party];
    this.#flags[party] = flags;
    let decided: number = EVENT_WORD.flagsKnown | EVENT_WORD.descNegotiated;
    const facts: RingFact[] = [];
    const fact = (aspect: number, found: number): void => {
      facts.push({
        aspect,
        slot: NONE,
        other: NONE,
        found,
        expected: NONE,
        what: "",
        evidence: [{ role: "word", place, what: `${func} stores its event structure` }],
      });
    };
    if (flags > RING_EVENT_FLAGS_DESC) fact(EVENT_WORD.flagsKnown, flags);
    if (flags === RING_EVENT_FLAGS_DESC) {
      if (!setup.eventIdx) fact(EVENT_WORD.descNegotiated, flags);
      decided |= EVENT_WORD.offInside;
      if ((offWrap & 0x7fff) >= setup.queueSize) fact(EVENT_WORD.offInside, offWrap);
      if (before !== RING_EVENT_FLAGS_DESC && eventSteps.flags !== NONE) {
        decided |= this.#order(fact, offWrap);
      }
    }
    this.#queue.emit({
      kind: "eventWord.seen",
      queue: this.#queue.view,
      place,
      decided,
      undecided: 0,
      reason: "",
      facts: facts.length === 0 ? NO_FACTS : facts,
      party,
    });
  }

  /** Flags become DESC: the offset must be there before them. */
  #order(fact: (aspect: number, found: number) => void, offWrap: number): number {
    const { eventSteps, setup } = this.#ring;
    if (eventSteps.off === NONE) return 0;
    if (eventSteps.off > eventSteps.flags) {
      fact(EVENT_WORD.offFirst, offWrap);
      return EVENT_WORD.offFirst;
    }
    if (!setup.barriersLogged) return EVENT_WORD.offFirst;
    if (eventSteps.barrier === NONE) fact(EVENT_WORD.barrier, offWrap);
    return EVENT_WORD.offFirst | EVENT_WORD.barrier;
  }

  /**
   * Callbacks were enabled by the plain form, with the driver's used position at `lastUsed` (split: idx;
   * packed: with its wrap counter in bit 15). Any value is legal (virtio 1.3, 2.7.7.1), and yet one that
   * is not the next used buffer is rarely what was meant.
   */
  enabled(place: Place, func: string, lastUsed: number): void {
    const ahead = this.#ahead(lastUsed);
    if (ahead === undefined) return;
    this.#queue.emit({
      kind: "eventWord.seen",
      queue: this.#queue.view,
      place,
      decided: EVENT_WORD.nextAsked,
      undecided: 0,
      reason: "",
      facts:
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
            ],
      party: "driver",
    });
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
