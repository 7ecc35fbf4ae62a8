import { isDeviceKind, KIND } from "../model/event.ts";
import type { Evidence, Place } from "../model/finding.ts";
import { AREA } from "../model/memory.ts";
import {
  DESC_BYTES,
  PACKED_DESC_FLAGS,
  SPLIT_DESC_FLAGS,
  SPLIT_DESC_NEXT,
  VIRTQ_DESC_F_NEXT,
} from "../virtio/descriptor.ts";
import {
  advancePosition,
  availBits,
  OWNER_BITS,
  positionSlot,
  positionText,
  positionWrap,
} from "../virtio/packed.ts";
import { availEntry, RING_IDX } from "../virtio/split.ts";
import { firstDifference, type Match, matchElements } from "./asked-elements.ts";
import { CHAIN_BYTES_MAX, walkPacked, walkSplit } from "./chain.ts";
import {
  APART,
  COMPARED,
  CONTENTS,
  DERAILS,
  PACKED_SHAPE,
  SPLIT_CONTENTS,
  SPLIT_SHAPE,
  TABLE_CONTENTS,
} from "./exposure-aspects.ts";
import type { Operation } from "./operation.ts";
import type { QueueContext } from "./queue-context.ts";
import {
  type BufferExposed,
  EXPOSURE,
  type FactNumbers,
  NO_FACTS,
  NONE,
  type RingFact,
  ringFact,
} from "./ring-facts.ts";
import type { RingState } from "./ring-state.ts";
import { hex } from "./sample.ts";
import { storeText } from "./store-text.ts";

/**
 * Buffers made available, one for each add: the walk that a device makes, against what its caller asked
 * for. A walk that finds exactly that is right, whatever was or was not stored for it: a driver may leave
 * in place what is there already. Only where it finds something else do the stores of the operation tell
 * why. Judged when the operation has ended, so that a store that came too late is told as that, not as
 * what the device would have read instead.
 */
export class Exposures {
  /** Packed: the slot behind the last list looks available. */
  leftBehind = false;
  readonly #queue: QueueContext;
  readonly #ring: RingState;
  /** Aspects that this queue cannot break. */
  readonly #doesNotApply: number;
  #facts: RingFact[] = [];
  #add: Operation;
  readonly #seen: { -readonly [key in keyof BufferExposed]: BufferExposed[key] };

  constructor(queue: QueueContext, ring: RingState, add: Operation) {
    this.#queue = queue;
    this.#ring = ring;
    this.#add = add;
    const { indirect, inOrder } = ring.setup;
    this.#doesNotApply =
      (indirect ? EXPOSURE.indirectAllowed : 0) | (inOrder ? 0 : EXPOSURE.sequential);
    this.#seen = {
      kind: "buffer.exposed",
      queue: queue.view,
      place: add.place,
      decided: 0,
      undecided: 0,
      unlogged: 0,
      reason: "",
      facts: NO_FACTS,
      head: NONE,
      chain: ring.chain,
    };
  }

  /** Looks at what an add has published. True when the ring went wrong by it. */
  added(add: Operation): boolean {
    this.#add = add;
    if (this.#facts.length > 0) this.#facts = [];
    return this.#ring.setup.layout === "packed" ? this.#packed() : this.#split();
  }

  /** A buffer was made available on a ring that is no longer known. */
  unseen(place: Place, reason: string): void {
    const { layout } = this.#ring.setup;
    const seen = this.#seen;
    seen.place = place;
    seen.decided = 0;
    seen.undecided =
      (layout === "packed" ? PACKED_SHAPE | CONTENTS : SPLIT_SHAPE | SPLIT_CONTENTS) |
      EXPOSURE.barrier;
    seen.undecided &= ~this.#doesNotApply;
    seen.unlogged = 0;
    seen.reason = reason;
    seen.facts = NO_FACTS;
    seen.head = NONE;
    this.#queue.emit(seen);
  }

  #packed(): boolean {
    const ring = this.#ring;
    const { chain, memory, setup } = ring;
    const { queueSize } = setup;
    const head = positionSlot(ring.avail, queueSize);
    walkPacked(memory, ring.avail, chain, ring.tableAt);
    const match = matchElements(chain, this.#add, setup);
    const slots = match === "same" ? chain.slotCount : this.#extent(head);
    this.#asked(match);
    if (this.#facts.length === 0 && ring.publishedAt === NONE) this.#wrongLap(ring.avail);
    else if (this.#facts.length === 0 && !this.#late(NONE)) {
      this.#indirect();
      if (match === "different" && this.#facts.length === 0) this.#packedShape(slots);
      if (this.#facts.length === 0) this.#lastId();
    }
    if (this.#facts.length === 0 && ring.inFlight.slots + slots > queueSize) {
      const slot = (head + queueSize - ring.inFlight.slots) % queueSize;
      this.#fact(EXPOSURE.slotsFree, { slot, found: ring.inFlight.slots + slots });
    }
    this.#common(chain.bufferId, match);
    const next = advancePosition(ring.avail, slots, queueSize);
    const hasRoom = ring.inFlight.slots + slots < queueSize;
    this.leftBehind = hasRoom && this.#facts.length === 0 && this.#behind(next);
    this.#apart();
    const derailed = this.#emit(PACKED_SHAPE | CONTENTS, head, NONE, match);
    // The driver goes on behind what it wrote, whatever the device makes of it.
    this.#expose(chain.bufferId, slots);
    ring.avail = next;
    return derailed;
  }

  /**
   * Packed: the slot behind the list looks available as it is, and nobody has offered it: what a refused
   * add wrote ahead, and did not take back. The next list is written over it; until then a device that
   * looks goes on with it.
   */
  #behind(next: number): boolean {
    const { queueSize } = this.#ring.setup;
    const bits = availBits(positionWrap(next, queueSize));
    return (this.#flagsOf(positionSlot(next, queueSize)) & OWNER_BITS) === bits;
  }

  /** Packed: an operation begins while the slot behind the last list looks available. True: the ring is wrong. */
  looked(kind: number, place: Place, func: string): boolean {
    const ring = this.#ring;
    const { queueSize } = ring.setup;
    const slot = positionSlot(ring.avail, queueSize);
    const isAdd = kind === KIND.add;
    if (isAdd || !this.#behind(ring.avail)) {
      this.leftBehind = false;
      return false;
    }
    if (!isDeviceKind(kind) && kind !== KIND.kickPrepare && kind !== KIND.notify) return false;
    this.leftBehind = false;
    this.#facts = [];
    const numbers = { slot, found: this.#flagsOf(slot), what: positionText(ring.avail, queueSize) };
    this.#fact(EXPOSURE.slotBehind, numbers, [], [{ role: "outcome", place, what: func }]);
    const seen = this.#seen;
    seen.place = this.#add.place;
    seen.decided = EXPOSURE.slotBehind;
    seen.undecided = 0;
    seen.unlogged = 0;
    seen.facts = this.#facts;
    seen.head = slot;
    this.#queue.emit(seen);
    return true;
  }

  /** More elements than descriptors, and not in a table. (Elements may be joined, and then fit.) */
  #asked(match: Match): void {
    const { chain, setup } = this.#ring;
    const asked = this.#add.elementsTo - this.#add.elementsFrom;
    if (asked <= setup.queueSize || chain.indirectSlot !== NONE || match !== "different") return;
    this.#fact(EXPOSURE.length, { found: asked, what: "asked" });
  }

  /** What an indirect descriptor may not do, whatever else the buffer is. */
  #indirect(): void {
    const { chain, setup } = this.#ring;
    const { indirectSlot: slot } = chain;
    if (slot === NONE) return;
    if (!setup.indirect) this.#fact(EXPOSURE.indirectAllowed, { slot, found: this.#flagsOf(slot) });
    else if (chain.indirectHasNext) {
      const what = (this.#flagsOf(slot) & VIRTQ_DESC_F_NEXT) === 0 ? "in list" : "next";
      this.#fact(EXPOSURE.indirectAlone, { slot, found: this.#flagsOf(slot), what });
    } else if (chain.ending === "complete" && chain.slotCount > 1) this.#together();
  }

  /** Split: direct descriptors before a table: neither alone has more than the queue, both do. */
  #together(): void {
    const { chain, setup } = this.#ring;
    const direct = chain.slotCount - 1;
    const entries = chain.count - direct;
    if (entries > setup.queueSize || chain.count <= setup.queueSize) return;
    this.#fact(EXPOSURE.length, { slot: direct, other: entries, found: chain.count, what: "both" });
  }

  /** What takes nothing from the rest of the buffer. */
  #apart(): void {
    for (const { aspect } of this.#facts) if ((aspect & ~CONTENTS) !== 0) return;
    const { chain, setup } = this.#ring;
    const { queueSize, layout } = setup;
    const whole = chain.ending === "complete";
    if (chain.emptyElement !== NONE) {
      this.#fact(EXPOSURE.lengthSet, { slot: chain.emptyElement });
    }
    if (whole && chain.count > queueSize) {
      const direct = chain.slotCount - 1;
      this.#fact(EXPOSURE.tableFits, { slot: direct, found: chain.count });
    }
    if (layout === "packed") {
      if (chain.bufferId >= queueSize) {
        this.#fact(EXPOSURE.idInside, { slot: NONE, found: chain.bufferId });
      }
      return;
    }
    if (whole && chain.bytes > CHAIN_BYTES_MAX) {
      this.#fact(EXPOSURE.bytes, { slot: chain.bufferId, found: chain.bytes });
    }
    if (chain.unknownFlagsSlot !== NONE || chain.unknownFlagsEntry !== NONE) {
      const inTable = chain.unknownFlagsSlot === NONE;
      const slot = inTable ? chain.unknownFlagsEntry : chain.unknownFlagsSlot;
      const what = inTable ? "table" : "";
      this.#fact(EXPOSURE.flagsKnown, { slot, found: chain.unknownFlags, what });
    }
    if (setup.inOrder) this.#sequence();
  }

  /** Split, with IN_ORDER: chains and tables in the order of their descriptors (virtio 1.3, 2.7.5). */
  #sequence(): void {
    const { chain, headDue, setup } = this.#ring;
    const { bufferId: head, jumpingSlot, jumpingEntry } = chain;
    if (headDue !== NONE && head !== headDue) {
      this.#fact(EXPOSURE.sequential, { slot: head, found: head, expected: headDue, what: "head" });
    } else if (jumpingSlot !== NONE) {
      const found = this.#ring.memory.get16(AREA.desc, jumpingSlot * DESC_BYTES + SPLIT_DESC_NEXT);
      const expected = (jumpingSlot + 1) % setup.queueSize;
      this.#fact(EXPOSURE.sequential, { slot: jumpingSlot, found, expected, what: "next" });
    } else if (jumpingEntry !== NONE) {
      const expected = jumpingEntry + 1;
      this.#fact(EXPOSURE.sequential, { slot: jumpingEntry, expected, what: "entry" });
    }
  }

  /** Packed: slots from the head on whose flags the operation stored. */
  #extent(head: number): number {
    const { setup, flagsStored, operation } = this.#ring;
    let extent = 1;
    while (
      extent < setup.queueSize &&
      flagsStored[(head + extent) % setup.queueSize] === operation
    ) {
      extent++;
    }
    return extent;
  }

  /**
   * Flags are not those of an available descriptor in the lap of their position. In the head, the store
   * that was to publish published nothing.
   */
  #wrongLap(position: number): void {
    const { queueSize } = this.#ring.setup;
    const slot = positionSlot(position, queueSize);
    const wrap = positionWrap(position, queueSize);
    const flags = this.#flagsOf(slot);
    this.#fact(EXPOSURE.ownerBits, {
      slot,
      found: flags,
      expected: availBits(wrap),
      what: `flags ${hex(flags)} in slot ${slot}, at wrap counter ${wrap}`,
    });
  }

  /** The device sees other elements than were asked for: what of the list's links says why? */
  #packedShape(extent: number): void {
    const { chain, setup } = this.#ring;
    const last = chain.slots[Math.min(extent, chain.slotCount) - 1] as number;
    if (chain.slotCount > extent || (chain.slotCount === extent && chain.beyond !== NONE)) {
      const other = (last + 1) % setup.queueSize;
      this.#fact(EXPOSURE.runsOn, { slot: last, other, found: this.#flagsOf(last) });
    } else if (chain.slotCount < extent && chain.ending === "unavailable") {
      this.#wrongLap(advancePosition(this.#ring.avail, chain.slotCount, setup.queueSize));
    } else if (chain.slotCount < extent) {
      this.#fact(EXPOSURE.cutShort, { slot: last, found: chain.slotCount, expected: extent });
    }
  }

  /** The id counts in the last descriptor: one that was stored in another alone was stored in vain. */
  #lastId(): void {
    const { chain, idStored, operation } = this.#ring;
    const last = chain.slots[chain.slotCount - 1] as number;
    if (chain.slotCount < 2 || idStored[last] === operation) return;
    for (let i = 0; i < chain.slotCount - 1; i++) {
      if (idStored[chain.slots[i] as number] !== operation) continue;
      this.#fact(EXPOSURE.idStored, { slot: last, found: chain.bufferId });
      return;
    }
  }

  #split(): boolean {
    const ring = this.#ring;
    const { chain, memory, setup } = ring;
    const entry = ring.avail % setup.queueSize;
    const head = memory.get16(AREA.driver, availEntry(entry));
    walkSplit(memory, head, chain, ring.tableAt);
    const match = matchElements(chain, this.#add, setup);
    this.#asked(match);
    if (this.#facts.length === 0 && !this.#late(entry)) {
      this.#indirect();
      if (this.#facts.length === 0 && ring.inFlight.get(head) === undefined) this.#taken();
      if (this.#facts.length === 0 && match === "different") this.#splitShape(entry, head);
    }
    this.#common(head, match);
    this.#apart();
    const derailed = this.#emit(SPLIT_SHAPE | SPLIT_CONTENTS, head, entry, match);
    if (head < setup.queueSize) ring.own(head);
    ring.headDue = (head + chain.slotCount) % setup.queueSize;
    this.#expose(head, chain.slotCount);
    ring.avail = memory.get16(AREA.driver, RING_IDX);
    return derailed;
  }

  /**
   * Split: one add published several entries. Of several buffers, that is legal; a descriptor in the middle
   * of the first or last chain is no head of another. True when the ring went wrong by it.
   */
  several(add: Operation, published: number): boolean {
    const ring = this.#ring;
    this.#add = add;
    this.#facts = [];
    for (const walked of [0, published - 1]) {
      walkSplit(ring.memory, this.#newHead(walked), ring.chain, ring.tableAt);
      for (let i = 0; i < published && this.#facts.length === 0; i++) {
        const head = this.#newHead(i);
        if (i === walked || head === this.#newHead(walked) || !ring.chain.has(head)) continue;
        const at = ring.chain.slots.indexOf(head);
        const other = ring.chain.slots[at - 1] as number;
        const found = (ring.avail + i) % ring.setup.queueSize;
        this.#fact(EXPOSURE.headIsHead, { slot: head, other, found });
      }
    }
    if (this.#facts.length === 0) return false;
    return this.#emit(SPLIT_SHAPE | SPLIT_CONTENTS, this.#newHead(0), NONE, "different");
  }

  /** Split: the head that the entry names which is `ahead` of the last one followed. */
  #newHead(ahead: number): number {
    const { memory, avail, setup } = this.#ring;
    return memory.get16(AREA.driver, availEntry(((avail + ahead) & 0xffff) % setup.queueSize));
  }

  #expose(id: number, slots: number): void {
    const { chain, inFlight, operation, avail: at } = this.#ring;
    const writableBytes = chain.ending === "complete" ? chain.writableBytes : NONE;
    const { place, token } = this.#add;
    const ordinal = this.#ring.exposed++;
    const fetched = false;
    this.#ring.waiting++;
    inFlight.add(id, { slots, writableBytes, place, token, operation, at, ordinal, fetched });
  }

  /** Split: a descriptor that the operation stored to, or that the chain passes, is another buffer's. */
  #taken(): void {
    const { chain, written, writtenCount, owner, setup } = this.#ring;
    for (let i = 0; i < writtenCount + chain.slotCount; i++) {
      const slot = (i < writtenCount ? written[i] : chain.slots[i - writtenCount]) as number;
      if (owner[slot] === 0) continue;
      // A chain that strays into one in flight has another name, if its links were stored so.
      if (i >= writtenCount && matchElements(chain, this.#add, setup) === "different") return;
      const holder = (owner[slot] as number) - 1;
      this.#fact(EXPOSURE.slotsFree, { slot, other: holder }, this.#holder(holder));
      return;
    }
  }

  /** The device sees other elements than were asked for: what of the entry and the links says why? */
  #splitShape(entry: number, head: number): void {
    const { chain, entryStored, operation, writtenCount, inFlight } = this.#ring;
    if (entryStored[entry] !== operation) {
      const other = this.#strayEntry();
      this.#fact(EXPOSURE.entryStored, { slot: entry, other, found: head });
      return;
    }
    if (inFlight.get(head) !== undefined || writtenCount === 0) return;
    const into = this.#linkTo(head);
    const loops = chain.ending === "loop" && chain.indirectSlot === NONE;
    if (loops && chain.beyond === head && chain.slotCount === writtenCount) {
      // The whole buffer, and back to where it began.
      const numbers = { slot: into === NONE ? head : into, other: head, what: "itself" };
      this.#fact(EXPOSURE.runsOn, { ...numbers, found: this.#flagsOf(numbers.slot) });
      return;
    }
    if (!this.#isWritten(head) || into !== NONE) {
      this.#fact(EXPOSURE.headIsHead, { slot: head, other: into, found: entry });
      return;
    }
    let own = 0;
    while (own < chain.slotCount && this.#isWritten(chain.slots[own] as number)) own++;
    const last = chain.slots[own - 1] as number;
    const strays = own < chain.slotCount || chain.ending === "outside" || chain.ending === "loop";
    if (strays && chain.indirectSlot === NONE) {
      const other = own < chain.slotCount ? (chain.slots[own] as number) : chain.beyond;
      const aspect = own === writtenCount ? EXPOSURE.runsOn : EXPOSURE.misLinked;
      this.#fact(aspect, { slot: last, other, found: this.#flagsOf(last) });
    } else if (own < writtenCount) {
      this.#fact(EXPOSURE.cutShort, { slot: last, found: own, expected: writtenCount });
    }
  }

  /** Something of the buffer, its table, or its entry was stored after it was published. */
  #late(entry: number): boolean {
    const { lateStores, chain, setup } = this.#ring;
    if (lateStores.length === 0) return false;
    const late = lateStores.find(({ area, offset }) => {
      if (area === AREA.desc) return chain.has((offset / DESC_BYTES) | 0);
      if (area === AREA.driver) return entry !== NONE && offset === availEntry(entry);
      const within = offset - chain.tableOffset;
      return chain.tableOffset !== NONE && within >= 0 && within < chain.tableBytes;
    });
    if (late === undefined) return false;
    this.#fact(EXPOSURE.storedBefore, { what: storeText(late, setup.layout) });
    return true;
  }

  /** What both layouts ask of a buffer. */
  #common(id: number, match: Match): void {
    if (this.#facts.length > 0) return;
    const { chain, inFlight, allocated } = this.#ring;
    const [slot = NONE] = chain.slots;
    if (inFlight.get(id) !== undefined) {
      this.#fact(EXPOSURE.idFree, { slot, other: id, found: id }, this.#holder(id));
    } else if (chain.ending === "table-length") {
      const numbers = { slot: chain.indirectSlot, found: chain.tableBytes };
      this.#fact(EXPOSURE.tableLength, numbers);
    } else if (chain.ending === "loop" && this.#ring.setup.layout === "packed") {
      // There are no links to loop by: the list has more slots than the ring.
      this.#fact(EXPOSURE.length, { found: chain.slotCount, what: "list" });
    } else if (chain.ending !== "complete" && chain.ending !== "table-unread") {
      this.#fact(EXPOSURE.walkEnds, { slot: chain.beyond, what: chain.ending });
    } else if (allocated !== NONE && chain.indirectSlot === NONE && this.#pointsTo(allocated)) {
      this.#fact(EXPOSURE.indirectFlag, { slot, found: this.#flagsOf(slot) });
    } else this.#contents(match);
  }

  #contents(match: Match): void {
    const { chain, addrTwice, setup } = this.#ring;
    if (chain.oddEntry !== NONE) {
      this.#fact(EXPOSURE.tableFlags, { slot: chain.oddEntry, found: chain.oddFlags });
    }
    if (chain.readableAfterWritable !== NONE) {
      this.#fact(EXPOSURE.elementOrder, { slot: chain.readableAfterWritable });
    } else if (match === "different") {
      // A free list that loops gives one descriptor twice: whatever the chain says then, this is why.
      if (addrTwice === NONE) {
        const { aspect, ...numbers } = firstDifference(chain, this.#add, setup);
        this.#fact(aspect, numbers);
      } else this.#fact(EXPOSURE.slotsFree, { slot: addrTwice, what: "twice for one buffer" });
    }
  }

  #emit(aspects: number, head: number, entry: number, match: Match): boolean {
    const ring = this.#ring;
    const seen = this.#seen;
    const { barriersLogged, indirect, queueSize } = ring.setup;
    let wrong = 0;
    for (const { aspect } of this.#facts) wrong |= aspect;
    const grave = wrong & ~APART;
    // A buffer of the wrong shape says nothing of what its elements are, and little of its other parts.
    let decided = grave & ~CONTENTS ? wrong : grave ? (aspects & ~CONTENTS) | wrong : aspects;
    decided &= ~this.#doesNotApply;
    let undecided = 0;
    if (match === "unknown") {
      const unread = ring.chain.ending === "table-unread";
      seen.reason = unread
        ? "the indirect table is not among what the log has stored"
        : "the log does not say which elements were asked for";
      undecided = unread ? COMPARED | EXPOSURE.walkEnds | TABLE_CONTENTS : COMPARED;
      undecided &= decided & ~wrong;
      decided &= ~undecided;
    }
    if (ring.chain.indirectSlot === NONE) {
      decided &= ~(EXPOSURE.tableLength | EXPOSURE.tableFlags | EXPOSURE.tableFits);
      decided &= ~EXPOSURE.indirectAlone;
    }
    // Of a full ring the slot behind is the device's; what is left there is told when somebody looks.
    const isFull = ring.inFlight.slots + ring.chain.slotCount >= queueSize;
    if (isFull || this.leftBehind) decided &= ~EXPOSURE.slotBehind;
    if (ring.allocated === NONE || !indirect) decided &= ~EXPOSURE.indirectFlag;
    decided |= wrong;
    if (barriersLogged && ring.publishedAt !== NONE) {
      decided |= EXPOSURE.barrier;
      if (!ring.isChainBarred(entry)) this.#fact(EXPOSURE.barrier, { slot: head });
    }
    seen.place = this.#add.place;
    seen.decided = decided;
    seen.undecided = undecided;
    seen.unlogged = barriersLogged ? 0 : EXPOSURE.barrier;
    seen.facts = this.#facts;
    seen.head = head;
    this.#queue.emit(seen);
    return (wrong & DERAILS) !== 0;
  }

  #fact(
    aspect: number,
    numbers: FactNumbers,
    before: readonly Evidence[] = [],
    after: readonly Evidence[] = [],
  ): void {
    const { place, func } = this.#add;
    const available = `${func} makes a buffer available`;
    const evidence: Evidence[] = [
      ...before,
      { role: "publication", place, what: available },
      ...after,
    ];
    this.#facts.push(ringFact(aspect, evidence, numbers));
  }

  #holder(id: number): Evidence[] {
    const buffer = this.#ring.inFlight.get(id);
    return buffer === undefined
      ? []
      : [{ role: "before", place: buffer.place, what: "the buffer in flight was made available" }];
  }

  #flagsOf(slot: number): number {
    const { memory, setup } = this.#ring;
    const field = setup.layout === "packed" ? PACKED_DESC_FLAGS : SPLIT_DESC_FLAGS;
    return memory.get16(AREA.desc, slot * DESC_BYTES + field);
  }

  #isWritten(slot: number): boolean {
    return this.#ring.flagsStored[slot] === this.#ring.operation;
  }

  /** Split: a descriptor of the same add that leads to `head`, or NONE. */
  #linkTo(head: number): number {
    const { memory, written, writtenCount } = this.#ring;
    for (let i = 0; i < writtenCount; i++) {
      const slot = written[i] as number;
      const at = slot * DESC_BYTES;
      if ((memory.get16(AREA.desc, at + SPLIT_DESC_FLAGS) & VIRTQ_DESC_F_NEXT) === 0) continue;
      if (memory.get16(AREA.desc, at + SPLIT_DESC_NEXT) === head && slot !== head) return slot;
    }
    return NONE;
  }

  /** Split: an entry of the available ring that the operation stored, or NONE. */
  #strayEntry(): number {
    return this.#ring.entryStored.indexOf(this.#ring.operation);
  }

  #pointsTo(table: number): boolean {
    const { chain, setup } = this.#ring;
    return chain.count > 0 && chain.addr[0] === setup.tables.base + table;
  }
}
