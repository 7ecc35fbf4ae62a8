import { AREA } from "../model/memory.ts";
import {
  DESC_ADDR,
  DESC_BYTES,
  DESC_LEN,
  PACKED_DESC_FLAGS,
  PACKED_DESC_ID,
  SPLIT_DESC_FLAGS,
  SPLIT_DESC_NEXT,
  VIRTQ_DESC_F_INDIRECT,
  VIRTQ_DESC_F_NEXT,
  VIRTQ_DESC_F_WRITE,
} from "../virtio/descriptor.ts";
import {
  advancePosition,
  availBits,
  OWNER_BITS,
  positionSlot,
  positionWrap,
} from "../virtio/packed.ts";

/** What a walk reads: `RingMemory` itself, or a port to it that makes each load a visible step. */
export interface RingReader {
  readonly queueSize: number;
  get16(area: number, offset: number): number;
  get32(area: number, offset: number): number;
  get64(area: number, offset: number): number;
}

/** How the walk of a chain or list ended. Only after `complete` is it known to be whole. */
export type ChainEnding =
  | "complete"
  /** It came back to a descriptor that it had passed. */
  | "loop"
  /** `next` names no descriptor of the ring, or no entry of the table. */
  | "outside"
  /** Packed: NEXT is set, and the slot that follows is not available in this lap. */
  | "unavailable"
  /** The length of an indirect table is no whole number of entries, or 0. */
  | "table-length"
  /** An indirect table holds an indirect descriptor, which neither layout allows. */
  | "nested"
  /** The indirect table is not among the bytes at hand. */
  | "table-unread";

/** No chain holds more bytes (virtio 1.3, 2.7.5.2). */
export const CHAIN_BYTES_MAX = 0x1_0000_0000;
/** All flags that a split descriptor may have (virtio 1.3, 2.7.5). */
const SPLIT_FLAGS = VIRTQ_DESC_F_NEXT | VIRTQ_DESC_F_WRITE | VIRTQ_DESC_F_INDIRECT;
/** Larger tables are not read: entries that no walk reaches say nothing, and no driver makes so many. */
const TABLE_ENTRIES_MAX = 65_536;

/**
 * One buffer as a device finds it: the walk from its head. Reused from walk to walk; what it holds is
 * valid until the next.
 */
export class Chain {
  ending: ChainEnding = "complete";
  /** Descriptors of the ring that it takes, in order. */
  slots: Int32Array;
  slotCount = 0;
  /** Elements: the descriptors with a buffer each, those of an indirect table in place of its own. */
  addr: Float64Array;
  len: Uint32Array;
  writable: Uint8Array;
  count = 0;
  /** Sum of the lengths of device-writable elements; may pass 2^32. */
  writableBytes = 0;
  /** First device-readable element behind a device-writable one; -1 none. */
  readableAfterWritable = -1;
  /** Slot of the indirect descriptor; -1 none. Its table's length, and where in the arena it is; -1 unread. */
  indirectSlot = -1;
  tableBytes = 0;
  tableOffset = -1;
  /** First table entry that sets a reserved flag (packed: anything but WRITE); -1 none. */
  oddEntry = -1;
  oddFlags = 0;
  /**
   * An indirect descriptor has NEXT as well, which 2.7.5.3.1 and 2.8.19 forbid; packed: or it is part of
   * a list of several.
   */
  indirectHasNext = false;
  /** Sum of the lengths of all elements; may pass 2^32. */
  bytes = 0;
  /** First element of length 0; -1 none. */
  emptyElement = -1;
  /** Split: first descriptor, or entry of the table, with a flag that has no meaning there; -1 none. */
  unknownFlagsSlot = -1;
  unknownFlagsEntry = -1;
  unknownFlags = 0;
  /** Split: first descriptor, or entry of the table, that leads elsewhere than to the one behind it; -1 none. */
  jumpingSlot = -1;
  jumpingEntry = -1;
  /** Where a walk that is not complete would have gone on to. */
  beyond = -1;
  /** Packed: the id of the last descriptor (2.8.6). Split: the head. */
  bufferId = -1;

  /** By slot: the walk that last passed it. */
  readonly #passed: Uint32Array;
  #walk = 0;

  constructor(queueSize: number) {
    this.slots = new Int32Array(queueSize);
    this.#passed = new Uint32Array(queueSize);
    this.addr = new Float64Array(queueSize);
    this.len = new Uint32Array(queueSize);
    this.writable = new Uint8Array(queueSize);
  }

  /** Whether a ring descriptor is among its slots. */
  has(slot: number): boolean {
    return this.#passed[slot] === this.#walk;
  }

  take(slot: number): void {
    this.slots[this.slotCount++] = slot;
    this.#passed[slot] = this.#walk;
  }

  clear(): void {
    this.#walk++;
    this.ending = "complete";
    this.slotCount = 0;
    this.count = 0;
    this.writableBytes = 0;
    this.readableAfterWritable = -1;
    this.indirectSlot = -1;
    this.tableBytes = 0;
    this.tableOffset = -1;
    this.oddEntry = -1;
    this.oddFlags = 0;
    this.indirectHasNext = false;
    this.bytes = 0;
    this.emptyElement = -1;
    this.unknownFlagsSlot = -1;
    this.unknownFlagsEntry = -1;
    this.unknownFlags = 0;
    this.jumpingSlot = -1;
    this.jumpingEntry = -1;
    this.beyond = -1;
    this.bufferId = -1;
  }

  /** Adds an element; `flags` are its descriptor's. */
  element(addr: number, len: number, flags: number): void {
    const at = this.count;
    if (at === this.addr.length) this.#grow();
    const writable = (flags & VIRTQ_DESC_F_WRITE) === 0 ? 0 : 1;
    this.addr[at] = addr;
    this.len[at] = len;
    this.writable[at] = writable;
    this.bytes += len;
    if (len === 0 && this.emptyElement < 0) this.emptyElement = at;
    if (writable === 1) this.writableBytes += len;
    else if (this.readableAfterWritable < 0 && at > 0 && this.writable[at - 1] === 1) {
      this.readableAfterWritable = at;
    }
    this.count = at + 1;
  }

  #grow(): void {
    const capacity = 2 * this.addr.length + 1;
    const { addr, len, writable } = this;
    this.addr = new Float64Array(capacity);
    this.addr.set(addr);
    this.len = new Uint32Array(capacity);
    this.len.set(len);
    this.writable = new Uint8Array(capacity);
    this.writable.set(writable);
  }
}

/** Finds an indirect table by its address: its offset in the arena, or -1 when its bytes are not to be had. */
export type TableLookup = (addr: number, bytes: number) => number;

export const noTables: TableLookup = () => -1;

/** Walks the chain that starts at descriptor `head` of a split table (virtio 1.3, 2.7.5). */
export function walkSplit(
  memory: RingReader,
  head: number,
  chain: Chain,
  tableAt: TableLookup,
): void {
  chain.clear();
  chain.bufferId = head;
  const { queueSize } = memory;
  for (let slot = head; ; ) {
    if (slot >= queueSize) {
      chain.ending = "outside";
      chain.beyond = slot;
      return;
    }
    if (chain.has(slot)) {
      chain.ending = "loop";
      chain.beyond = slot;
      return;
    }
    chain.take(slot);
    const at = slot * DESC_BYTES;
    const addr = memory.get64(AREA.desc, at + DESC_ADDR);
    const len = memory.get32(AREA.desc, at + DESC_LEN);
    const flags = memory.get16(AREA.desc, at + SPLIT_DESC_FLAGS);
    if ((flags & ~SPLIT_FLAGS) !== 0 && chain.unknownFlagsSlot < 0) {
      chain.unknownFlagsSlot = slot;
      chain.unknownFlags = flags;
    }
    if ((flags & VIRTQ_DESC_F_INDIRECT) !== 0) {
      chain.indirectSlot = slot;
      chain.indirectHasNext = (flags & VIRTQ_DESC_F_NEXT) !== 0;
      walkSplitTable(memory, addr, len, chain, tableAt);
      return;
    }
    chain.element(addr, len, flags);
    if ((flags & VIRTQ_DESC_F_NEXT) === 0) return;
    const next = memory.get16(AREA.desc, at + SPLIT_DESC_NEXT);
    if (next !== (slot + 1 === queueSize ? 0 : slot + 1) && chain.jumpingSlot < 0) {
      chain.jumpingSlot = slot;
    }
    slot = next;
  }
}

/** Entries are linked by `next`; those not reached say nothing (2.7.5.3). */
function walkSplitTable(
  memory: RingReader,
  addr: number,
  bytes: number,
  chain: Chain,
  tableAt: TableLookup,
): void {
  const table = enterTable(addr, bytes, chain, tableAt);
  if (table < 0) return;
  const entries = bytes / DESC_BYTES;
  for (let entry = 0, steps = 0; ; steps++) {
    if (entry >= entries) {
      chain.ending = "outside";
      chain.beyond = entry;
      return;
    }
    if (steps === entries) {
      chain.ending = "loop";
      chain.beyond = entry;
      return;
    }
    const at = table + entry * DESC_BYTES;
    const addr = memory.get64(AREA.ind, at + DESC_ADDR);
    const len = memory.get32(AREA.ind, at + DESC_LEN);
    const flags = memory.get16(AREA.ind, at + SPLIT_DESC_FLAGS);
    if ((flags & VIRTQ_DESC_F_INDIRECT) !== 0) {
      chain.ending = "nested";
      chain.oddEntry = entry;
      chain.oddFlags = flags;
      return;
    }
    if ((flags & ~SPLIT_FLAGS) !== 0 && chain.unknownFlagsEntry < 0) {
      chain.unknownFlagsEntry = entry;
      if (chain.unknownFlagsSlot < 0) chain.unknownFlags = flags;
    }
    chain.element(addr, len, flags);
    if ((flags & VIRTQ_DESC_F_NEXT) === 0) return;
    const next = memory.get16(AREA.ind, at + SPLIT_DESC_NEXT);
    if (next !== entry + 1 && chain.jumpingEntry < 0) chain.jumpingEntry = entry;
    entry = next;
  }
}

/**
 * Walks the list that starts at `position` of a packed ring (virtio 1.3, 2.8.6): slots follow each
 * other, and each must be available in its own lap. `headFlags`: the flags of the first slot, when the
 * caller has loaded them; who found the buffer by them must not load them twice.
 */
export function walkPacked(
  memory: RingReader,
  position: number,
  chain: Chain,
  tableAt: TableLookup,
  headFlags = -1,
): void {
  chain.clear();
  const { queueSize } = memory;
  for (let at = position; ; at = advancePosition(at, 1, queueSize)) {
    const slot = positionSlot(at, queueSize);
    const offset = slot * DESC_BYTES;
    if (chain.slotCount === queueSize) {
      chain.ending = "loop";
      chain.beyond = slot;
      return;
    }
    const addr = memory.get64(AREA.desc, offset + DESC_ADDR);
    const len = memory.get32(AREA.desc, offset + DESC_LEN);
    const known = headFlags >= 0 && chain.slotCount === 0;
    const flags = known ? headFlags : memory.get16(AREA.desc, offset + PACKED_DESC_FLAGS);
    if (chain.slotCount > 0 && (flags & OWNER_BITS) !== availBits(positionWrap(at, queueSize))) {
      chain.ending = "unavailable";
      chain.beyond = slot;
      return;
    }
    chain.take(slot);
    chain.bufferId = memory.get16(AREA.desc, offset + PACKED_DESC_ID);
    if ((flags & VIRTQ_DESC_F_INDIRECT) !== 0) {
      chain.indirectSlot = slot;
      chain.indirectHasNext ||= chain.slotCount > 1 || (flags & VIRTQ_DESC_F_NEXT) !== 0;
      readPackedTable(memory, addr, len, chain, tableAt);
      if (chain.ending !== "complete") return;
    } else {
      chain.element(addr, len, flags);
    }
    if ((flags & VIRTQ_DESC_F_NEXT) === 0) return;
  }
}

/** All len/16 entries count, in index order; only WRITE has a meaning in their flags (2.8.7). */
function readPackedTable(
  memory: RingReader,
  addr: number,
  bytes: number,
  chain: Chain,
  tableAt: TableLookup,
): void {
  const table = enterTable(addr, bytes, chain, tableAt);
  if (table < 0) return;
  const entries = bytes / DESC_BYTES;
  for (let entry = 0; entry < entries; entry++) {
    const at = table + entry * DESC_BYTES;
    const addr = memory.get64(AREA.ind, at + DESC_ADDR);
    const len = memory.get32(AREA.ind, at + DESC_LEN);
    const flags = memory.get16(AREA.ind, at + PACKED_DESC_FLAGS);
    if ((flags & ~VIRTQ_DESC_F_WRITE) !== 0 && chain.oddEntry < 0) {
      chain.oddEntry = entry;
      chain.oddFlags = flags;
    }
    chain.element(addr, len, flags);
  }
}

/** Offset of a table in the arena; -1, with the ending set, when it cannot be walked. */
function enterTable(addr: number, bytes: number, chain: Chain, tableAt: TableLookup): number {
  chain.tableBytes = bytes;
  if (bytes === 0 || bytes % DESC_BYTES !== 0) {
    chain.ending = "table-length";
    return -1;
  }
  const table = bytes / DESC_BYTES > TABLE_ENTRIES_MAX ? -1 : tableAt(addr, bytes);
  chain.tableOffset = table;
  if (table < 0) chain.ending = "table-unread";
  return table;
}
