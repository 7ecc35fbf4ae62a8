import { USED_IN_BATCH } from "../model/event.ts";
import type { Place } from "../model/finding.ts";
import { AREA } from "../model/memory.ts";
import {
  DESC_BYTES,
  DESC_LEN,
  PACKED_DESC_FLAGS,
  PACKED_DESC_ID,
  VIRTQ_DESC_F_WRITE,
} from "../virtio/descriptor.ts";
import { availBits, OWNER_BITS, positionSlot, positionWrap } from "../virtio/packed.ts";
import type { QueueContext } from "./queue-context.ts";
import {
  type BufferUsed,
  type FactNumbers,
  NO_FACTS,
  NONE,
  type RingFact,
  ringFact,
  USE,
} from "./ring-facts.ts";
import type { RingState, UseSeen } from "./ring-state.ts";
import { hex } from "./sample.ts";
import { storeText } from "./store-text.ts";

/**
 * Buffers that the device marks used: each used element against the buffer that it names, and against the
 * order and the place in which a device has to store it.
 */
export class Uses {
  readonly #queue: QueueContext;
  readonly #ring: RingState;
  readonly #seen: { -readonly [key in keyof BufferUsed]: BufferUsed[key] };
  /** The device's operation that left used elements unpublished, where one did. */
  #unpublishedSince: Place | undefined;

  constructor(queue: QueueContext, ring: RingState) {
    this.#queue = queue;
    this.#ring = ring;
    this.#seen = {
      kind: "buffer.used",
      queue: queue.view,
      place: { seq: 0, line: 0, time: 0, cpu: 0 },
      decided: 0,
      undecided: 0,
      unlogged: 0,
      reason: "",
      facts: NO_FACTS,
      bufferId: NONE,
      len: 0,
      legacy: ring.setup.legacy,
      atLogEnd: false,
    };
  }

  /** What was stored as used until now is not known. */
  forget(): void {
    this.#unpublishedSince = undefined;
  }

  /** What an operation of the device has marked used. True when the ring went wrong by it. */
  marked(place: Place, func: string): boolean {
    const ring = this.#ring;
    let derailed = false;
    for (let i = 0; i < ring.useCount; i++) {
      derailed = this.#used(ring.uses[i] as UseSeen, i === 0, place, func) || derailed;
    }
    return derailed;
  }

  /** An operation of the device has ended. */
  deviceActed(place: Place): void {
    if (this.#ring.unpublished === 0) this.#unpublishedSince = undefined;
    else this.#unpublishedSince ??= place;
  }

  /** The device stops, or the log does: was all published that it stored as used? */
  ends(place: Place, until: string, atLogEnd: boolean): void {
    const { unpublished } = this.#ring;
    const since = this.#unpublishedSince;
    let facts = NO_FACTS;
    if (unpublished > 0 && since !== undefined) {
      const fact = this.#fact(USE.published, place, until, { found: unpublished, what: until });
      const stored = { role: "before" as const, place: since, what: "the device stores it" };
      facts = [{ ...fact, evidence: [stored, ...fact.evidence] }];
    }
    // Where the log only ends and all is well, nothing was left to be seen.
    if (atLogEnd && facts.length === 0) return;
    this.#seen.atLogEnd = atLogEnd;
    this.#emitUse(place, USE.published, 0, facts);
    this.#seen.atLogEnd = false;
  }

  #emitUse(place: Place, decided: number, undecided: number, facts: readonly RingFact[]): void {
    const seen = this.#seen;
    seen.place = place;
    seen.decided = decided;
    seen.undecided = undecided;
    seen.unlogged = 0;
    seen.reason = "not known how much the buffer holds";
    seen.facts = facts;
    this.#queue.emit(seen);
  }

  /** One used element; `first`: of its operation. */
  #used(use: UseSeen, first: boolean, place: Place, func: string): boolean {
    const { barriersLogged, layout } = this.#ring.setup;
    const { lateUse: late } = this.#ring;
    const packed = layout === "packed";
    let facts = NO_FACTS;
    // What was stored too late is told as that, and not as what the driver would have read instead.
    if (use.buffer === undefined && late === undefined) facts = this.#unknownUse(use, place, func);
    const derailed = use.buffer === undefined || !(packed || use.stored);
    let decided: number = USE.idInFlight | USE.storedBefore;
    let undecided = 0;
    if (packed) decided |= USE.position | USE.oneElement;
    else decided |= USE.elementStored;
    if (this.#ring.setup.inOrder) decided |= USE.order;
    // What came after its publication came too late: that is told, and not that it is missing.
    if (!packed && !use.stored && late === undefined) {
      // What stands there from a lap ago says nothing of its own.
      decided &= ~USE.idInFlight;
      facts = [this.#fact(USE.elementStored, place, func, { slot: use.slot, found: use.id })];
    }
    if (use.buffer !== undefined && (packed || use.stored)) {
      const length = this.#length(use);
      if (length < 0) undecided |= -length;
      else decided |= length;
      const wrong = length < 0 ? NO_FACTS : this.#wrongLength(use, length, place, func);
      if (wrong.length > 0) facts = [...facts, ...wrong];
    }
    if (use.steppedOver !== NONE) {
      const numbers = { slot: use.steppedOver, other: use.slot, found: use.id };
      facts = [...facts, this.#fact(USE.oneElement, place, func, numbers)];
    }
    if (late !== undefined) {
      const what = storeText(late, layout);
      facts = [...facts, this.#fact(USE.storedBefore, place, func, { slot: use.slot, what })];
    }
    if (packed && first && func === USED_IN_BATCH && this.#ring.useCount > 1) {
      decided |= USE.atOnce;
      if (this.#ring.usePublications > 1) {
        const numbers = { slot: use.slot, found: this.#ring.usePublications };
        facts = [...facts, this.#fact(USE.atOnce, place, func, numbers)];
      }
    }
    if (barriersLogged) {
      decided |= USE.barrier;
      if (!use.barrierBefore) {
        facts = [...facts, this.#fact(USE.barrier, place, func, { slot: use.slot })];
      }
    }
    const seen = this.#seen;
    seen.bufferId = use.id;
    seen.len = use.len;
    seen.place = place;
    seen.decided = decided;
    seen.undecided = undecided;
    seen.unlogged = barriersLogged ? 0 : USE.barrier;
    seen.reason = "not known how much the buffer holds";
    seen.facts = facts;
    this.#queue.emit(seen);
    return derailed;
  }

  /** No buffer of that id is in flight: with IN_ORDER, because a batch has passed it over? */
  #unknownUse({ slot, id }: UseSeen, place: Place, func: string): readonly RingFact[] {
    const { inFlight, setup } = this.#ring;
    const aspect = setup.inOrder && inFlight.wasImplied(id) ? USE.order : USE.idInFlight;
    return [this.#fact(aspect, place, func, { slot, found: id })];
  }

  /** Aspects of len that the element decides; below 0 those that it would, were the buffer known. */
  #length({ buffer, flags, len }: UseSeen): number {
    const { layout } = this.#ring.setup;
    // Packed: without WRITE, len has no meaning (2.8.4).
    const written = layout === "split" || (flags & VIRTQ_DESC_F_WRITE) !== 0;
    const writableBytes = buffer?.writableBytes ?? NONE;
    if (writableBytes === NONE) return -USE.lenFits;
    const flagged = layout === "packed" && len > 0 && writableBytes > 0 ? USE.writeFlag : 0;
    return flagged | (written ? USE.lenFits : 0);
  }

  #wrongLength(use: UseSeen, decided: number, place: Place, func: string): readonly RingFact[] {
    const expected = use.buffer?.writableBytes ?? NONE;
    const numbers = { slot: use.slot, found: use.len, expected };
    // Beyond 2^32 no len can say it (catalogue INV-C-05).
    if ((decided & USE.lenFits) !== 0 && use.len > expected) {
      return [this.#fact(USE.lenFits, place, func, numbers)];
    }
    if ((decided & USE.writeFlag) !== 0 && (use.flags & VIRTQ_DESC_F_WRITE) === 0) {
      return [this.#fact(USE.writeFlag, place, func, numbers)];
    }
    return NO_FACTS;
  }

  /**
   * Packed: the device stored flags at its own position, and they are not those of a used descriptor in
   * this lap. (Behind that position it may write ahead: catalogue PK-DEV-03.)
   */
  stray(place: Place, func: string): boolean {
    const { flagsStored, consumed, operation, used, setup, memory, steppedOver } = this.#ring;
    if (steppedOver !== NONE) {
      const at = steppedOver * DESC_BYTES;
      this.#seen.bufferId = memory.get16(AREA.desc, at + PACKED_DESC_ID);
      this.#seen.len = memory.get32(AREA.desc, at + DESC_LEN);
      const numbers = { slot: steppedOver, found: this.#seen.bufferId };
      const fact = this.#fact(USE.oneElement, place, func, numbers);
      this.#emitUse(place, USE.oneElement, 0, [fact]);
      return true;
    }
    const slot = positionSlot(used, setup.queueSize);
    if (flagsStored[slot] !== operation || consumed[slot] === operation) return false;
    const at = slot * DESC_BYTES;
    const flags = memory.get16(AREA.desc, at + PACKED_DESC_FLAGS);
    const wrap = positionWrap(used, setup.queueSize);
    // As available as before: nothing was said yet.
    if ((flags & OWNER_BITS) === availBits(wrap)) return false;
    const what = `flags ${hex(flags)} at wrap counter ${wrap}`;
    this.#seen.bufferId = memory.get16(AREA.desc, at + PACKED_DESC_ID);
    this.#seen.len = memory.get32(AREA.desc, at + DESC_LEN);
    this.#emitUse(place, USE.position, 0, [
      this.#fact(USE.position, place, func, { slot, found: flags, expected: wrap, what }),
    ]);
    return true;
  }

  #fact(aspect: number, place: Place, what: string, numbers: FactNumbers): RingFact {
    return ringFact(aspect, [{ role: "decision", place, what }], numbers);
  }
}
