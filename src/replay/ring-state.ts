import type { Party } from "../model/finding.ts";
import { AREA, BARRIER, MEMORY_OP, type MemoryLog, type RingSetup } from "../model/memory.ts";
import {
  DESC_ADDR,
  DESC_BYTES,
  DESC_LEN,
  PACKED_DESC_FLAGS,
  PACKED_DESC_ID,
  SPLIT_DESC_FLAGS,
} from "../virtio/descriptor.ts";
import {
  advancePosition,
  OWNER_BITS,
  positionSlot,
  positionWrap,
  usedBits,
} from "../virtio/packed.ts";
import { RING_IDX, usedElem } from "../virtio/split.ts";
import { u16Distance } from "../virtio/u16.ts";
import { Chain, type TableLookup } from "./chain.ts";
import { InFlight, type InFlightBuffer } from "./in-flight.ts";
import { NONE } from "./ring-facts.ts";
import { RingMemory } from "./ring-memory.ts";

/** A buffer that an operation of the device marked used. */
export interface UseSeen {
  readonly id: number;
  readonly len: number;
  /** Slot of the ring (packed), or of the used ring (split), that says so. */
  readonly slot: number;
  /** The buffer as it was made available; undefined when no buffer of that id is in flight. */
  readonly buffer: InFlightBuffer | undefined;
  readonly barrierBefore: boolean;
}

/** A store, where a fact has to name it. */
export interface StoreSeen {
  readonly area: number;
  readonly offset: number;
}

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

  /** Number of the operation at hand; stamps below bear it. */
  operation = 0;
  /** By slot: the operation that last stored its flags, and its id (packed). */
  readonly flagsStored: Int32Array;
  readonly idStored: Int32Array;
  /** Split: by slot of the available ring, and of the used ring. */
  readonly entryStored: Int32Array;
  /** By slot: the operation in which the device's used element there was published. */
  readonly consumed: Int32Array;
  /** Descriptors whose flags the operation stored, in order, each once. */
  readonly written: Int32Array;
  writtenCount = 0;
  /** By slot: the operation that last stored its address; and one that was stored twice by one, or NONE. */
  readonly addrStored: Int32Array;
  addrTwice = NONE;
  /** Table that the operation allocated: offset in the arena, or NONE. */
  allocated = NONE;
  /** The step that published, and whether a write barrier stood before it; NONE while there is none. */
  publishedAt = NONE;
  barrierBefore = false;
  /** First store to a descriptor, a table or a ring entry after that. */
  late: StoreSeen | undefined;
  /** First store to an area that is not the party's, or to what the other side owns. */
  foreign: StoreSeen | undefined;
  /** Buffers that the device marked used in the operation, in the order of the ring. */
  readonly uses: UseSeen[] = [];
  /** Split: where the operation moved an idx from, when not one step of the circle ahead; NONE if so. */
  idxBack = NONE;
  /** Stores of the operation. */
  stores = 0;
  /** Steps of the last stores to each event structure's words; NONE when the operation has none. */
  readonly eventSteps = { off: NONE, flags: NONE, barrier: NONE };

  /** Split: the descriptor behind it in its in-flight chain, or NONE. */
  readonly #nextOwned: Int32Array;
  #contentAt = NONE;
  #barrierAt = NONE;

  constructor(setup: RingSetup, memory: RingMemory | undefined) {
    const { layout, queueSize, tables } = setup;
    this.setup = setup;
    this.memory = memory ?? new RingMemory(layout, queueSize, tables.bytes);
    this.memory.reset();
    this.chain = new Chain(queueSize);
    this.inFlight = new InFlight(queueSize, setup.inOrder);
    this.owner = new Int32Array(queueSize);
    this.#nextOwned = new Int32Array(queueSize);
    this.flagsStored = new Int32Array(queueSize);
    this.addrStored = new Int32Array(queueSize);
    this.idStored = new Int32Array(queueSize);
    this.entryStored = new Int32Array(queueSize);
    this.consumed = new Int32Array(queueSize);
    this.written = new Int32Array(queueSize);
    this.tableAt = (addr, bytes) => {
      const offset = addr - tables.base;
      return offset >= 0 && offset + bytes <= tables.bytes ? offset : NONE;
    };
  }

  /** Applies the steps of one operation; `mayWriteAll` while the queue is set up. */
  apply(party: Party, log: MemoryLog, from: number, to: number, mayWriteAll: boolean): void {
    this.operation++;
    this.writtenCount = 0;
    this.allocated = NONE;
    this.addrTwice = NONE;
    this.publishedAt = NONE;
    this.barrierBefore = false;
    this.late = undefined;
    this.foreign = undefined;
    this.stores = 0;
    if (this.uses.length > 0) this.uses.length = 0;
    this.idxBack = NONE;
    this.eventSteps.off = NONE;
    this.eventSteps.flags = NONE;
    this.eventSteps.barrier = NONE;
    this.#contentAt = NONE;
    this.#barrierAt = NONE;
    for (let step = from; step < to; step++) {
      switch (log.op[step]) {
        case MEMORY_OP.store:
          this.#store(party, log, step, mayWriteAll);
          break;
        case MEMORY_OP.barrier:
          if (log.area[step] === BARRIER.rmb) break;
          this.#barrierAt = step;
          if (this.eventSteps.off !== NONE && this.eventSteps.flags === NONE) {
            this.eventSteps.barrier = step;
          }
          break;
        case MEMORY_OP.alloc:
          this.allocated = log.offset[step] as number;
          break;
        default:
          break;
      }
    }
  }

  /** Packed: whether a slot belongs to the device: it lies between the two positions. */
  deviceOwns(slot: number): boolean {
    const { queueSize } = this.setup;
    let ahead = slot - positionSlot(this.used, queueSize);
    if (ahead < 0) ahead += queueSize;
    return ahead < this.inFlight.slots;
  }

  #store(party: Party, log: MemoryLog, step: number, mayWriteAll: boolean): void {
    const area = log.area[step] as number;
    const offset = log.offset[step] as number;
    const width = log.width[step] as number;
    this.stores++;
    if (!mayWriteAll && !this.#mayStore(party, area, offset)) this.foreign ??= { area, offset };
    const low = log.low[step] as number;
    if (!this.memory.store(area, offset, width, low, log.high[step] as number)) {
      this.foreign ??= { area, offset };
      return;
    }
    if (this.setup.layout === "packed") this.#stampPacked(party, area, offset, width, step);
    else this.#stampSplit(party, area, offset, step);
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
        const slot = (offset / DESC_BYTES) | 0;
        if (packed) return driver !== this.deviceOwns(slot);
        return driver && this.owner[slot] === 0;
      }
      case AREA.ind:
        return driver;
      default:
        return false;
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

  #stampPacked(party: Party, area: number, offset: number, width: number, step: number): void {
    if (area === AREA.desc) {
      const slot = (offset / DESC_BYTES) | 0;
      const field = offset % DESC_BYTES;
      if (field === DESC_ADDR) this.#wroteAddr(slot);
      if (field <= PACKED_DESC_ID && field + width > PACKED_DESC_ID) {
        this.idStored[slot] = this.operation;
      }
      if (field + width > PACKED_DESC_FLAGS) {
        this.#wroteFlags(slot);
        if (party === "driver" ? this.#publishPacked(slot, step) : this.#usePacked(slot)) return;
      }
      this.#content(party, slot, area, offset, step);
    } else if (area === AREA.ind) {
      this.#content(party, NONE, area, offset, step);
    } else {
      if (offset < 2) this.eventSteps.off = step;
      if (offset + width > 2) this.eventSteps.flags = step;
    }
  }

  /** The head's flags make a list available (virtio 1.3, 2.8.6). */
  #publishPacked(slot: number, step: number): boolean {
    const head = positionSlot(this.avail, this.setup.queueSize);
    if (slot !== head || this.publishedAt !== NONE) return false;
    this.publishedAt = step;
    this.barrierBefore = this.#isBarred();
    return true;
  }

  /**
   * A store to flags at the device's position may publish it, and what was written behind it, now or
   * before (catalogue PK-DEV-03): in this lap only the device makes a slot in flight look used.
   */
  #usePacked(slot: number): boolean {
    const { queueSize } = this.setup;
    if (slot !== positionSlot(this.used, queueSize)) return false;
    const barrierBefore = this.#isBarred();
    let published = false;
    while (this.inFlight.count > 0) {
      const at = positionSlot(this.used, queueSize);
      const offset = at * DESC_BYTES;
      const flags = this.memory.get16(AREA.desc, offset + PACKED_DESC_FLAGS);
      if ((flags & OWNER_BITS) !== usedBits(positionWrap(this.used, queueSize))) break;
      published = true;
      const id = this.memory.get16(AREA.desc, offset + PACKED_DESC_ID);
      const len = this.memory.get32(AREA.desc, offset + DESC_LEN);
      this.consumed[at] = this.operation;
      const slots = this.#take(id, len, at, barrierBefore);
      if (slots === 0) break;
      this.used = advancePosition(this.used, slots, queueSize);
    }
    return published;
  }

  /** Takes a used buffer, or a whole batch, out of flight; the ring descriptors it gives back. */
  #take(id: number, len: number, slot: number, barrierBefore: boolean): number {
    const { inFlight, setup } = this;
    const before = inFlight.slots;
    let last: InFlightBuffer | undefined;
    if (setup.inOrder) {
      for (const one of inFlight.batchUpTo(id)) last = this.#takeOne(one);
    } else {
      last = this.#takeOne(id);
    }
    this.uses.push({ id, len, slot, buffer: last, barrierBefore });
    return before - inFlight.slots;
  }

  #takeOne(id: number): InFlightBuffer | undefined {
    if (this.setup.layout === "split") this.#disown(id);
    return this.inFlight.take(id);
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

  #disown(head: number): void {
    for (let slot = head; slot !== NONE && this.owner[slot] === head + 1; ) {
      this.owner[slot] = 0;
      slot = this.#nextOwned[slot] as number;
    }
  }

  #stampSplit(party: Party, area: number, offset: number, step: number): void {
    const { queueSize } = this.setup;
    const ring = party === "driver" ? AREA.driver : AREA.device;
    if (area === AREA.desc) {
      const slot = (offset / DESC_BYTES) | 0;
      const field = offset % DESC_BYTES;
      if (field === DESC_ADDR) this.#wroteAddr(slot);
      if (field === SPLIT_DESC_FLAGS) this.#wroteFlags(slot);
      this.#content(party, NONE, area, offset, step);
    } else if (area === AREA.ind) {
      this.#content(party, NONE, area, offset, step);
    } else if (area === ring && offset === RING_IDX) {
      if (party === "device") this.#useSplit();
      else if (this.publishedAt === NONE) {
        this.publishedAt = step;
        this.barrierBefore = this.#isBarred();
      }
    } else if (area === ring && offset >= 4) {
      const entry = ((offset - 4) / (ring === AREA.driver ? 2 : 8)) | 0;
      // What lies behind the entries is the event index.
      if (entry >= queueSize) return;
      this.entryStored[entry] = this.operation;
      this.#content(party, party === "device" ? entry : NONE, area, offset, step);
    }
  }

  #useSplit(): void {
    const { queueSize } = this.setup;
    const to = this.memory.get16(AREA.device, RING_IDX);
    const count = u16Distance(this.used, to);
    if (count > this.inFlight.count) {
      this.idxBack = this.used;
      this.used = to;
      return;
    }
    const barrierBefore = this.#isBarred();
    while (this.used !== to) {
      const slot = this.used % queueSize;
      const id = this.memory.get32(AREA.device, usedElem(slot));
      const len = this.memory.get32(AREA.device, usedElem(slot) + 4);
      const before = this.inFlight.count;
      this.consumed[slot] = this.operation;
      this.#take(id, len, slot, barrierBefore);
      // An element that names nothing in flight still takes its place.
      const taken = Math.max(1, before - this.inFlight.count);
      this.used = (this.used + Math.min(taken, u16Distance(this.used, to))) & 0xffff;
    }
  }

  #wroteAddr(slot: number): void {
    if (this.addrStored[slot] === this.operation) this.addrTwice = slot;
    this.addrStored[slot] = this.operation;
  }

  #wroteFlags(slot: number): void {
    if (this.flagsStored[slot] === this.operation) return;
    this.flagsStored[slot] = this.operation;
    this.written[this.writtenCount++] = slot;
  }

  /** `element`: the slot whose used element is stored, for a device. */
  #content(party: Party, element: number, area: number, offset: number, step: number): void {
    const published =
      party === "driver"
        ? this.publishedAt !== NONE
        : element !== NONE && this.consumed[element] === this.operation;
    if (published) this.late ??= { area, offset };
    this.#contentAt = step;
  }

  #isBarred(): boolean {
    return this.#contentAt === NONE || this.#barrierAt > this.#contentAt;
  }
}
