import type { Party } from "../model/finding.ts";
import { AREA, BARRIER, MEMORY_OP, type MemoryLog, type RingSetup } from "../model/memory.ts";
import {
  DESC_ADDR,
  DESC_BYTES,
  DESC_LEN,
  PACKED_DESC_FLAGS,
  PACKED_DESC_ID,
  SPLIT_DESC_FLAGS,
  SPLIT_DESC_NEXT,
} from "../virtio/descriptor.ts";
import {
  advancePosition,
  availBits,
  EVENT_FLAGS,
  EVENT_OFF_WRAP,
  OWNER_BITS,
  positionSlot,
  positionWrap,
  usedBits,
} from "../virtio/packed.ts";
import { RING_FLAGS, RING_IDX, usedElem } from "../virtio/split.ts";
import { u16Distance } from "../virtio/u16.ts";
import { Chain, type TableLookup } from "./chain.ts";
import { InFlight, type InFlightBuffer } from "./in-flight.ts";
import { NONE } from "./ring-facts.ts";
import { RingMemory } from "./ring-memory.ts";
import { UsedBuffers } from "./used-buffers.ts";

/** A buffer that an operation of the device marked used. */
export interface UseSeen {
  readonly id: number;
  readonly len: number;
  /** Packed: flags of the used descriptor. */
  readonly flags: number;
  /** Slot of the ring (packed), or of the used ring (split), that says so. */
  readonly slot: number;
  /** The buffer as it was made available; undefined when no buffer of that id is in flight. */
  readonly buffer: InFlightBuffer | undefined;
  readonly barrierBefore: boolean;
  /** Split: id and len were stored since the slot was last published. */
  readonly stored: boolean;
  /** Packed: a slot that the position steps over with the buffer, and that is marked used; NONE if none is. */
  readonly steppedOver: number;
}

type OpenUse = { -readonly [key in keyof UseSeen]: UseSeen[key] };

/** A used element's two halves, as they are stored. */
const HAS_ID = 1;
const HAS_LEN = 2;
const WHOLE_ELEMENT = HAS_ID | HAS_LEN;

/** A store, where a fact has to name it. */
export interface StoreSeen {
  readonly area: number;
  readonly offset: number;
}

const KNOWN_PAGE_BITS = 12;
const KNOWN_PAGE = 1 << KNOWN_PAGE_BITS;
/** Stores after the publishing one that are looked at; a log with more of them in one operation is none. */
const LATE_MAX = 256;

/**
 * A ring as its stores make it: bytes, both positions, what is in flight, and what the operation at
 * hand has stored so far and in which order. Facts are made of it by those who watch one subject each.
 */
export class RingState {
  readonly setup: RingSetup;
  readonly memory: RingMemory;
  readonly chain: Chain;
  readonly inFlight: InFlight;
  readonly tableAt: TableLookup;
  /** Packed: position of the next exposure, and of the next use. Split: the two idx. */
  avail = 0;
  used = 0;
  /** Split: 1 + head of the in-flight chain that a descriptor belongs to, or 0. */
  readonly owner: Int32Array;

  /** Split, with IN_ORDER: the head of the next chain; NONE where the log began in the middle. */
  headDue = 0;

  /** Number of the operation at hand; stamps below bear it. */
  operation = 0;
  /** By slot: the operation that last stored its flags, its id (packed), its address. */
  readonly flagsStored: Int32Array;
  readonly idStored: Int32Array;
  readonly addrStored: Int32Array;
  /** Split: by slot of the available ring, and of the used ring. */
  readonly entryStored: Int32Array;
  /** By slot: the operation in which the device's used element there was published. */
  readonly consumed: Int32Array;
  /** Descriptors whose flags the operation stored, in order, each once. */
  readonly written: Int32Array;
  writtenCount = 0;
  /** A descriptor whose address the operation stored twice, or NONE. */
  addrTwice = NONE;
  /** Table that the operation allocated: offset in the arena, or NONE. */
  allocated = NONE;
  /** The driver's step that published; NONE while there is none. */
  publishedAt = NONE;
  /** The driver's last step that notified; NONE while there is none. */
  notifiedAt = NONE;
  /** Stores to descriptors, tables and ring entries after the publishing step. */
  readonly lateStores: StoreSeen[] = [];
  /** Words that were not zero before the queue was created. */
  readonly held: StoreSeen[] = [];
  /** First store to a used element that the operation had published before. */
  lateUse: StoreSeen | undefined;
  /** First store to an area that is not the party's, or to what the other side owns. */
  foreign: StoreSeen | undefined;
  /** Buffers that the device marked used in the operation, in the order of the ring; filled anew. */
  readonly uses: OpenUse[] = [];
  useCount = 0;
  /** Stores of the operation that published used buffers. */
  usePublications = 0;
  /** Packed: a slot that the operation marked used after the position had stepped over it; NONE if none. */
  steppedOver = NONE;
  /** Slots into which the device has stored a used element that nothing has published yet. */
  unpublished = 0;
  /** What get_buf has to return. */
  readonly usedBuffers: UsedBuffers;
  /** Buffers made available so far. */
  exposed = 0;
  /** Of them in flight: those that the device has not taken. */
  waiting = 0;
  /** Split: where used.idx was before a step that it cannot make; NONE if there was none. */
  idxBack = NONE;
  /** Stores of the operation. */
  stores = 0;
  /**
   * Steps of the last stores to what the party says of its notifications: packed, the words of its event
   * structure; split, its ring's event index and flags. NONE when the operation has none.
   */
  readonly eventSteps = { off: NONE, flags: NONE };

  /** By slot: what the device has stored of a used element that is not published. */
  readonly #element: Uint8Array;
  /** Packed: position and slots of the buffer used last. */
  #lastUse = 0;
  #lastUseSlots = 0;
  /** Ring descriptors that came back with the element at hand. */
  #taken = 0;
  /** Split: the descriptor behind it in its in-flight chain, or NONE. */
  readonly #nextOwned: Int32Array;
  /** By slot: operation and step of the last store to its contents (all but flags), and of its flags. */
  readonly #contentStored: Int32Array;
  readonly #contentStep: Int32Array;
  readonly #flagsStep: Int32Array;
  /** By slot of a split ring: step of the last store to the entry. */
  readonly #entryStep: Int32Array;
  /** Last store to the arena: step, and offset. */
  #tableStep = NONE;
  #tableStored = NONE;
  /** Steps of the operation that are write barriers. */
  readonly #barriers: number[] = [];
  #barrierCount = 0;
  /** Entries of the arena that this log has stored to: a byte each, page by page. */
  readonly #tablesKnown = new Map<number, Uint8Array>();
  /** The page that was stored to last. */
  #knownNumber = NONE;
  #knownPage: Uint8Array = new Uint8Array(0);

  constructor(setup: RingSetup, memory: RingMemory | undefined) {
    const { layout, queueSize, tables } = setup;
    this.setup = setup;
    this.memory = memory ?? new RingMemory(layout, queueSize, tables.bytes);
    this.memory.reset();
    this.chain = new Chain(queueSize);
    this.inFlight = new InFlight(queueSize, setup.inOrder);
    this.usedBuffers = new UsedBuffers(queueSize);
    this.#element = new Uint8Array(queueSize);
    const stamps = (): Int32Array => new Int32Array(queueSize);
    this.owner = stamps();
    this.flagsStored = stamps();
    this.idStored = stamps();
    this.addrStored = stamps();
    this.entryStored = stamps();
    this.consumed = stamps();
    this.written = stamps();
    this.#nextOwned = stamps();
    this.#contentStored = stamps();
    this.#contentStep = stamps();
    this.#flagsStep = stamps();
    this.#entryStep = stamps();
    this.tableAt = (addr, bytes) => {
      const offset = addr - tables.base;
      if (offset < 0 || offset + bytes > tables.bytes) return NONE;
      // What was put there before the log began is not known.
      return this.#knowsEntry(offset) && this.#knowsEntry(offset + bytes - 1) ? offset : NONE;
    };
  }

  /** What was published and used until now is no longer known; bytes that are stored from here on are. */
  forget(): void {
    this.inFlight.clear();
    this.usedBuffers.clear();
    this.waiting = 0;
    this.#element.fill(0);
    this.unpublished = 0;
    this.#lastUseSlots = 0;
    this.owner.fill(0);
    this.headDue = NONE;
    this.#tablesKnown.clear();
    this.#knownNumber = NONE;
  }

  /** Applies the steps of one operation; `mayWriteAll` while the queue is set up. */
  apply(party: Party, log: MemoryLog, from: number, to: number, mayWriteAll: boolean): void {
    this.operation++;
    this.writtenCount = 0;
    this.allocated = NONE;
    this.addrTwice = NONE;
    this.publishedAt = NONE;
    this.notifiedAt = NONE;
    if (this.lateStores.length > 0) this.lateStores.length = 0;
    this.lateUse = undefined;
    this.foreign = undefined;
    this.stores = 0;
    this.useCount = 0;
    this.usePublications = 0;
    this.steppedOver = NONE;
    this.idxBack = NONE;
    this.eventSteps.off = NONE;
    this.eventSteps.flags = NONE;
    this.#tableStep = NONE;
    this.#barrierCount = 0;
    for (let step = from; step < to; step++) {
      switch (log.op[step]) {
        case MEMORY_OP.store:
          this.#store(party, log, step, mayWriteAll);
          break;
        case MEMORY_OP.barrier:
          if (log.area[step] !== BARRIER.rmb) this.#barriers[this.#barrierCount++] = step;
          break;
        case MEMORY_OP.held:
          this.#hold(log, step);
          break;
        case MEMORY_OP.alloc:
          this.allocated = log.offset[step] as number;
          break;
        case MEMORY_OP.notify:
          this.notifiedAt = step;
          break;
        default:
          break;
      }
    }
  }

  #hold(log: MemoryLog, step: number): void {
    const area = log.area[step] as number;
    const offset = log.offset[step] as number;
    const width = log.width[step] as number;
    const low = log.low[step] as number;
    if (!this.memory.store(area, offset, width, low, log.high[step] as number)) return;
    if (this.held.length < LATE_MAX) this.held.push({ area, offset });
  }

  /** Packed: whether a slot belongs to the device: it lies between the two positions. */
  deviceOwns(slot: number): boolean {
    const { queueSize } = this.setup;
    let ahead = slot - positionSlot(this.used, queueSize);
    if (ahead < 0) ahead += queueSize;
    return ahead < this.inFlight.slots;
  }

  /** Split: the descriptors of the chain at hand belong to the device now. */
  own(head: number): void {
    const { slots, slotCount } = this.chain;
    for (let i = 0; i < slotCount; i++) {
      const slot = slots[i] as number;
      this.owner[slot] = head + 1;
      this.#nextOwned[slot] = i + 1 < slotCount ? (slots[i + 1] as number) : NONE;
    }
  }

  /** Whether a write barrier stands between two steps of the operation. */
  isBarred(from: number, to: number): boolean {
    for (let i = 0; i < this.#barrierCount; i++) {
      const barrier = this.#barriers[i] as number;
      if (barrier > from && barrier < to) return true;
    }
    return false;
  }

  /**
   * Whether everything that the operation stored for the chain at hand, before it was published, is
   * separated from the publishing store by a write barrier. `entry`: its slot of the available ring.
   */
  isChainBarred(entry: number): boolean {
    const { chain, publishedAt } = this;
    for (let i = 0; i < chain.slotCount; i++) {
      const slot = chain.slots[i] as number;
      if (!this.#isSlotBarred(slot, publishedAt)) return false;
    }
    if (entry !== NONE && this.entryStored[entry] === this.operation) {
      const step = this.#entryStep[entry] as number;
      if (step < publishedAt && !this.isBarred(step, publishedAt)) return false;
    }
    const inTable =
      chain.tableOffset !== NONE &&
      this.#tableStep !== NONE &&
      this.#tableStored >= chain.tableOffset &&
      this.#tableStored < chain.tableOffset + chain.tableBytes;
    return !inTable || this.#tableStep > publishedAt || this.isBarred(this.#tableStep, publishedAt);
  }

  #isSlotBarred(slot: number, until: number): boolean {
    const { operation } = this;
    const content = this.#contentStep[slot] as number;
    const hasContent = this.#contentStored[slot] === operation && content < until;
    if (hasContent && !this.isBarred(content, until)) return false;
    const flags = this.#flagsStep[slot] as number;
    const hasFlags = this.flagsStored[slot] === operation && flags < until;
    return !hasFlags || this.isBarred(flags, until);
  }

  #knowsEntry(offset: number): boolean {
    const entry = Math.floor(offset / DESC_BYTES);
    const page = this.#tablesKnown.get(entry >>> KNOWN_PAGE_BITS);
    return page !== undefined && page[entry & (KNOWN_PAGE - 1)] === 1;
  }

  #knowEntry(offset: number): void {
    const entry = Math.floor(offset / DESC_BYTES);
    const number = entry >>> KNOWN_PAGE_BITS;
    if (number !== this.#knownNumber) {
      const page = this.#tablesKnown.get(number) ?? new Uint8Array(KNOWN_PAGE);
      this.#tablesKnown.set(number, page);
      this.#knownNumber = number;
      this.#knownPage = page;
    }
    this.#knownPage[entry & (KNOWN_PAGE - 1)] = 1;
  }

  #store(party: Party, log: MemoryLog, step: number, mayWriteAll: boolean): void {
    const area = log.area[step] as number;
    // Memory of the queue's pages that belongs to neither area is nobody's.
    if (area === AREA.pad) return;
    const offset = log.offset[step] as number;
    const width = log.width[step] as number;
    this.stores++;
    if (!mayWriteAll && !this.#mayStore(party, area, offset)) this.foreign ??= { area, offset };
    const low = log.low[step] as number;
    if (!this.memory.store(area, offset, width, low, log.high[step] as number)) {
      this.foreign ??= { area, offset };
      return;
    }
    if (area === AREA.ind) {
      this.#knowEntry(offset);
      this.#tableStep = step;
      this.#tableStored = offset;
      this.#after(party, area, offset);
    } else if (area === AREA.desc) {
      this.#storeDesc(party, offset, width, step);
    } else if (this.setup.layout === "packed") {
      // A store to the other side's structure says nothing of what the party asks for.
      if (area !== (party === "driver" ? AREA.driver : AREA.device)) return;
      if (covers(offset, width, EVENT_OFF_WRAP)) this.eventSteps.off = step;
      if (covers(offset, width, EVENT_FLAGS)) this.eventSteps.flags = step;
    } else {
      this.#storeRing(party, area, offset, width, step);
    }
  }

  /** virtio 1.3, 2.7 and 2.8: each part of a split queue has one writer; packed descriptors change hands. */
  #mayStore(party: Party, area: number, offset: number): boolean {
    const packed = this.setup.layout === "packed";
    const driver = party === "driver";
    switch (area) {
      case AREA.driver:
        return driver && (packed || !this.#isWaitingEntry(offset));
      case AREA.device:
        return !driver;
      case AREA.desc: {
        const slot = Math.floor(offset / DESC_BYTES);
        if (packed) return driver !== this.deviceOwns(slot);
        return driver && this.owner[slot] === 0;
      }
      default:
        return driver;
    }
  }

  /** Split: an entry of the available ring that the device has not used yet. */
  #isWaitingEntry(offset: number): boolean {
    const { queueSize } = this.setup;
    const entry = (offset - 4) / 2;
    if (entry < 0 || entry >= queueSize) return false;
    const ahead = (entry - (this.used % queueSize) + queueSize) % queueSize;
    return ahead < ((this.avail - this.used) & 0xffff);
  }

  #storeDesc(party: Party, offset: number, width: number, step: number): void {
    const slot = (offset / DESC_BYTES) | 0;
    const field = offset % DESC_BYTES;
    const packed = this.setup.layout === "packed";
    if (field === DESC_ADDR) {
      if (this.addrStored[slot] === this.operation) this.addrTwice = slot;
      this.addrStored[slot] = this.operation;
    }
    if (packed && covers(field, width, PACKED_DESC_ID)) this.idStored[slot] = this.operation;
    if (packed && party === "device") {
      if (covers(field, width, PACKED_DESC_ID)) this.#storeElement(slot, HAS_ID);
      if (covers(field, width, DESC_LEN)) this.#storeElement(slot, HAS_LEN);
    }
    const flagsAt = packed ? PACKED_DESC_FLAGS : SPLIT_DESC_FLAGS;
    const nextAt = packed ? PACKED_DESC_ID : SPLIT_DESC_NEXT;
    if (field < SPLIT_DESC_FLAGS || covers(field, width, nextAt)) {
      this.#contentStored[slot] = this.operation;
      this.#contentStep[slot] = step;
    }
    if (!covers(field, width, flagsAt)) {
      this.#after(party, AREA.desc, offset);
      return;
    }
    if (this.flagsStored[slot] !== this.operation) this.written[this.writtenCount++] = slot;
    this.flagsStored[slot] = this.operation;
    this.#flagsStep[slot] = step;
    if (packed && party === "device") this.#usePacked(slot, step);
    else if (!packed || !this.#publishPacked(slot, step)) this.#after(party, AREA.desc, offset);
  }

  #storeRing(party: Party, area: number, offset: number, width: number, step: number): void {
    const { queueSize } = this.setup;
    if (area !== (party === "driver" ? AREA.driver : AREA.device)) return;
    if (covers(offset, width, RING_IDX)) {
      if (party === "device") this.#useSplit(step);
      else if (this.publishedAt === NONE) this.publishedAt = step;
      // One store of four bytes reaches the flags as well.
      if (offset <= RING_FLAGS) this.eventSteps.flags = step;
      return;
    }
    if (offset < 4) {
      this.eventSteps.flags = step;
      return;
    }
    const entry = ((offset - 4) / (area === AREA.driver ? 2 : 8)) | 0;
    // What lies behind the entries is the event index.
    if (entry >= queueSize) {
      this.eventSteps.off = step;
      return;
    }
    this.entryStored[entry] = this.operation;
    this.#entryStep[entry] = step;
    if (party === "device") {
      if (this.consumed[entry] === this.operation) this.lateUse ??= { area, offset };
      const elem = usedElem(entry);
      if (covers(offset, width, elem)) this.#storeElement(entry, HAS_ID);
      if (covers(offset, width, elem + 4)) this.#storeElement(entry, HAS_LEN);
    }
    this.#after(party, area, offset);
  }

  #storeElement(slot: number, part: number): void {
    // What is stored behind the store that published it is late, and not the next element.
    if (this.consumed[slot] === this.operation) return;
    if (this.#element[slot] === 0) this.unpublished++;
    this.#element[slot] = (this.#element[slot] as number) | part;
  }

  /** A slot is published, or stepped over; whether id and len had been stored for it. */
  #publishElement(slot: number): boolean {
    const parts = this.#element[slot] as number;
    if (parts !== 0) this.unpublished--;
    this.#element[slot] = 0;
    return parts === WHOLE_ELEMENT;
  }

  /** A store of the driver's after it has published. */
  #after(party: Party, area: number, offset: number): void {
    if (party !== "driver") {
      const slot = (offset / DESC_BYTES) | 0;
      if (area === AREA.desc && this.consumed[slot] === this.operation) {
        this.lateUse ??= { area, offset };
      }
    } else if (this.publishedAt !== NONE && this.lateStores.length < LATE_MAX) {
      this.lateStores.push({ area, offset });
    }
  }

  /** The head's flags make a list available, once they are those of its lap (virtio 1.3, 2.8.6). */
  #publishPacked(slot: number, step: number): boolean {
    const { queueSize } = this.setup;
    if (slot !== positionSlot(this.avail, queueSize) || this.publishedAt !== NONE) return false;
    const flags = this.memory.get16(AREA.desc, slot * DESC_BYTES + PACKED_DESC_FLAGS);
    if ((flags & OWNER_BITS) !== availBits(positionWrap(this.avail, queueSize))) return false;
    this.publishedAt = step;
    return true;
  }

  /**
   * A store to flags at the device's position may publish it, and what was written behind it, now or
   * before (catalogue PK-DEV-03): in this lap only the device makes a slot in flight look used.
   */
  #usePacked(slot: number, step: number): void {
    const { queueSize } = this.setup;
    if (this.consumed[slot] === this.operation) {
      this.lateUse ??= { area: AREA.desc, offset: slot * DESC_BYTES };
    }
    if (slot !== positionSlot(this.used, queueSize)) {
      this.#markedBehind(slot);
      return;
    }
    const before = this.useCount;
    this.#usesFrom(step);
    if (this.useCount > before) this.usePublications++;
  }

  #usesFrom(step: number): void {
    const { queueSize } = this.setup;
    while (this.inFlight.count > 0) {
      const at = positionSlot(this.used, queueSize);
      const offset = at * DESC_BYTES;
      const flags = this.memory.get16(AREA.desc, offset + PACKED_DESC_FLAGS);
      if ((flags & OWNER_BITS) !== usedBits(positionWrap(this.used, queueSize))) return;
      const id = this.memory.get16(AREA.desc, offset + PACKED_DESC_ID);
      const len = this.memory.get32(AREA.desc, offset + DESC_LEN);
      this.consumed[at] = this.operation;
      const stored = this.#publishElement(at);
      const use = this.#take(id, len, flags, at, this.#isUseBarred(at, step));
      use.stored = stored;
      if (this.#taken === 0) return;
      this.#lastUse = this.used;
      this.#lastUseSlots = this.#taken;
      use.steppedOver = this.#stepOver(this.used, this.#taken);
      this.used = advancePosition(this.used, this.#taken, queueSize);
    }
  }

  /** The position passes the other slots of a buffer: the first of them that is marked used, or NONE. */
  #stepOver(position: number, slots: number): number {
    let marked = NONE;
    for (let i = 1; i < slots; i++) {
      const at = advancePosition(position, i, this.setup.queueSize);
      const slot = positionSlot(at, this.setup.queueSize);
      this.#publishElement(slot);
      if (marked === NONE && this.#isMarkedUsed(slot, at)) marked = slot;
    }
    return marked;
  }

  #isMarkedUsed(slot: number, position: number): boolean {
    const flags = this.memory.get16(AREA.desc, slot * DESC_BYTES + PACKED_DESC_FLAGS);
    return (flags & OWNER_BITS) === usedBits(positionWrap(position, this.setup.queueSize));
  }

  /** Flags were stored elsewhere: in a slot that the buffer used last took with it? */
  #markedBehind(slot: number): void {
    const { queueSize } = this.setup;
    let ahead = slot - positionSlot(this.#lastUse, queueSize);
    if (ahead < 0) ahead += queueSize;
    if (ahead === 0 || ahead >= this.#lastUseSlots || this.deviceOwns(slot)) return;
    if (this.#isMarkedUsed(slot, advancePosition(this.#lastUse, ahead, queueSize))) {
      this.steppedOver = slot;
    }
  }

  /** Packed: id and len against the flags of the same descriptor; one store of all is its own order. */
  #isUseBarred(slot: number, step: number): boolean {
    if (this.#contentStored[slot] !== this.operation) return true;
    const content = this.#contentStep[slot] as number;
    const flags =
      this.flagsStored[slot] === this.operation ? (this.#flagsStep[slot] as number) : step;
    return content === flags || this.isBarred(content, flags);
  }

  #useSplit(step: number): void {
    const { queueSize } = this.setup;
    const to = this.memory.get16(AREA.device, RING_IDX);
    if (u16Distance(this.used, to) > this.inFlight.count) {
      this.idxBack = this.used;
      this.used = to;
      return;
    }
    while (this.used !== to) {
      const slot = this.used % queueSize;
      const id = this.memory.get32(AREA.device, usedElem(slot));
      const len = this.memory.get32(AREA.device, usedElem(slot) + 4);
      const before = this.inFlight.count;
      this.consumed[slot] = this.operation;
      const stored = this.entryStored[slot] === this.operation;
      const barrierBefore = !stored || this.isBarred(this.#entryStep[slot] as number, step);
      const whole = this.#publishElement(slot);
      this.#take(id, len, 0, slot, barrierBefore).stored = whole;
      // An element that names nothing in flight still takes its place.
      const taken = Math.max(1, before - this.inFlight.count);
      this.used = (this.used + Math.min(taken, u16Distance(this.used, to))) & 0xffff;
    }
  }

  /** Takes a used buffer, or a whole batch, out of flight; `#taken` is what it gives back. */
  #take(id: number, len: number, flags: number, slot: number, barrierBefore: boolean): OpenUse {
    const { inFlight, setup } = this;
    const before = inFlight.slots;
    let buffer: InFlightBuffer | undefined;
    if (setup.inOrder) {
      for (const one of inFlight.batchUpTo(id)) buffer = this.#takeOne(one);
    } else {
      buffer = this.#takeOne(id);
    }
    this.#taken = before - inFlight.slots;
    let use = this.uses[this.useCount];
    this.useCount++;
    if (use === undefined) {
      const rest = { stored: true, steppedOver: NONE };
      use = { id, len, flags, slot, buffer, barrierBefore, ...rest };
      this.uses.push(use);
      return use;
    }
    use.id = id;
    use.len = len;
    use.flags = flags;
    use.slot = slot;
    use.buffer = buffer;
    use.barrierBefore = barrierBefore;
    use.stored = true;
    use.steppedOver = NONE;
    return use;
  }

  #takeOne(id: number): InFlightBuffer | undefined {
    if (this.setup.layout === "split") this.#disown(id);
    const buffer = this.inFlight.take(id);
    if (buffer === undefined) return undefined;
    if (!buffer.fetched) this.waiting--;
    this.usedBuffers.push(buffer.token, buffer.slots, this.operation);
    return buffer;
  }

  #disown(head: number): void {
    for (let slot = head; slot !== NONE && this.owner[slot] === head + 1; ) {
      this.owner[slot] = 0;
      slot = this.#nextOwned[slot] as number;
    }
  }
}

/** Whether a store of `width` bytes at `offset` reaches the field at `field`. */
function covers(offset: number, width: number, field: number): boolean {
  return offset <= field && offset + width > field;
}
