import { AREA, BARRIER } from "../../model/memory.ts";
import {
  DESC_ADDR,
  DESC_BYTES,
  DESC_LEN,
  PACKED_DESC_FLAGS,
  PACKED_DESC_ID,
  VIRTQ_DESC_F_INDIRECT,
  VIRTQ_DESC_F_NEXT,
  VIRTQ_DESC_F_WRITE,
} from "../../virtio/descriptor.ts";
import {
  advancePosition,
  availBits,
  EVENT_FLAGS,
  EVENT_OFF_WRAP,
  OWNER_BITS,
  packedPosition,
  positionWord,
  RING_EVENT_FLAGS_DESC,
  RING_EVENT_FLAGS_DISABLE,
  RING_EVENT_FLAGS_ENABLE,
  usedBits,
} from "../../virtio/packed.ts";
import {
  checkAdd,
  checkRestore,
  type Driver,
  type DriverOptions,
  type DriverState,
  driverDefaults,
  EIO,
  ENOSPC,
  type IrqReturn,
  NO_TOKEN,
  needsIndirect,
  type Segment,
} from "./driver.ts";
import { BatchInOrder, bytesOf } from "./in-order.ts";
import { linuxPackedKick } from "./packed-kick.ts";
import type { Port } from "./port.ts";

const NO_TABLE = -1;

/** The packed half of Linux 6.1's virtio_ring.c, store for store. */
export class LinuxPackedDriver implements Driver {
  readonly name = "linux";
  readonly layout = "packed";
  readonly options: DriverOptions;
  usedLen = 0;
  readonly #port: Port;
  readonly #size: number;
  /** By id: the free list of ids, and of a buffer in flight its token, slots, last id and table. */
  readonly #next: Uint16Array;
  readonly #tokens: Int32Array;
  readonly #slots: Uint16Array;
  readonly #last: Uint16Array;
  readonly #tables: Int32Array;
  readonly #tableEntries: Uint32Array;
  /** With VIRTIO_F_IN_ORDER only. */
  readonly #batch: BatchInOrder | undefined;
  #numFree = 0;
  #freeHead = 0;
  #numAdded = 0;
  #nextAvail = 0;
  #availWrap: number = 1;
  #availBits = 0;
  #lastUsed = 0;
  #usedWrap: number = 1;
  #eventFlags = RING_EVENT_FLAGS_ENABLE;
  #eventTriggered = false;
  #broken = false;

  constructor(port: Port, options: Partial<DriverOptions> = {}) {
    const size = port.queueSize;
    this.options = { ...driverDefaults, ...options };
    this.#port = port;
    this.#size = size;
    this.#batch = this.options.inOrder ? new BatchInOrder(size) : undefined;
    this.#next = new Uint16Array(size);
    this.#tokens = new Int32Array(size);
    this.#slots = new Uint16Array(size);
    this.#last = new Uint16Array(size);
    this.#tables = new Int32Array(size);
    this.#tableEntries = new Uint32Array(size);
    this.create();
  }

  create(): void {
    for (let i = 0; i < this.#size; i++) this.#next[i] = i + 1 < this.#size ? i + 1 : 0;
    this.#tokens.fill(NO_TOKEN);
    this.#tables.fill(NO_TABLE);
    this.#numFree = this.#size;
    this.#freeHead = 0;
    this.#numAdded = 0;
    this.#nextAvail = 0;
    this.#availWrap = 1;
    this.#availBits = availBits(1);
    this.#lastUsed = 0;
    this.#usedWrap = 1;
    this.#eventFlags = RING_EVENT_FLAGS_ENABLE;
    this.#eventTriggered = false;
    this.#broken = false;
    this.#batch?.clear();
    if (this.options.callback) return;
    this.#eventFlags = RING_EVENT_FLAGS_DISABLE;
    this.#port.set16(AREA.driver, EVENT_FLAGS, this.#eventFlags);
  }

  add(token: number, out: readonly Segment[], into: readonly Segment[]): number {
    if (this.#broken) return -EIO;
    const total = out.length + into.length;
    checkAdd(token, total);
    if (needsIndirect(this.options.indirect, total, this.#numFree)) {
      // Without memory for a table the buffer goes into the ring itself.
      if (this.#addIndirect(token, out, into)) return 0;
    }
    if (this.#numFree < total) return -ENOSPC;
    return this.#addDirect(token, out, into);
  }

  #addDirect(token: number, out: readonly Segment[], into: readonly Segment[]): number {
    const port = this.#port;
    const size = this.#size;
    const total = out.length + into.length;
    const head = this.#nextAvail;
    const headBits = this.#availBits;
    const id = this.#freeHead;
    let headFlags = 0;
    let slot = head;
    let current = id;
    let last = id;
    for (let n = 0; n < total; n++) {
      if (this.options.mapFails()) {
        this.#availBits = headBits;
        return -EIO;
      }
      const readable = n < out.length;
      const segment = (readable ? out[n] : into[n - out.length]) as Segment;
      const flags =
        this.#availBits |
        (n + 1 === total ? 0 : VIRTQ_DESC_F_NEXT) |
        (readable ? 0 : VIRTQ_DESC_F_WRITE);
      const at = slot * DESC_BYTES;
      if (slot === head) headFlags = flags;
      else port.set16(AREA.desc, at + PACKED_DESC_FLAGS, flags);
      port.set64(AREA.desc, at + DESC_ADDR, segment[0]);
      port.set32(AREA.desc, at + DESC_LEN, segment[1]);
      port.set16(AREA.desc, at + PACKED_DESC_ID, id);
      last = current;
      current = this.#next[current] as number;
      slot++;
      if (slot >= size) {
        slot = 0;
        this.#availBits ^= OWNER_BITS;
      }
    }
    if (slot <= head) this.#availWrap ^= 1;
    this.#nextAvail = slot;
    this.#take(id, token, total, last, current);
    this.#batch?.added(id, bytesOf(into));
    port.barrier(BARRIER.wmb);
    port.set16(AREA.desc, head * DESC_BYTES + PACKED_DESC_FLAGS, headFlags);
    this.#numAdded += total;
    return 0;
  }

  /** False: no table was to be had, or a mapping failed. */
  #addIndirect(token: number, out: readonly Segment[], into: readonly Segment[]): boolean {
    const port = this.#port;
    const total = out.length + into.length;
    const bytes = total * DESC_BYTES;
    const table = this.options.tables.alloc(bytes);
    if (table < 0) {
      port.tableRefused(bytes);
      return false;
    }
    port.tableAllocated(table, bytes);
    if (!this.#writeTable(table, out, into) || this.options.mapFails()) {
      this.#freeTable(table, total);
      return false;
    }
    const id = this.#freeHead;
    const at = this.#nextAvail * DESC_BYTES;
    port.set64(AREA.desc, at + DESC_ADDR, this.options.tables.base + table);
    port.set32(AREA.desc, at + DESC_LEN, bytes);
    port.set16(AREA.desc, at + PACKED_DESC_ID, id);
    port.barrier(BARRIER.wmb);
    port.set16(AREA.desc, at + PACKED_DESC_FLAGS, VIRTQ_DESC_F_INDIRECT | this.#availBits);
    this.#nextAvail++;
    if (this.#nextAvail >= this.#size) {
      this.#nextAvail = 0;
      this.#availWrap ^= 1;
      this.#availBits ^= OWNER_BITS;
    }
    this.#take(id, token, 1, id, this.#next[id] as number);
    this.#batch?.added(id, bytesOf(into));
    this.#tables[id] = table;
    this.#tableEntries[id] = total;
    this.#numAdded++;
    return true;
  }

  #writeTable(table: number, out: readonly Segment[], into: readonly Segment[]): boolean {
    const port = this.#port;
    const total = out.length + into.length;
    for (let n = 0; n < total; n++) {
      if (this.options.mapFails()) return false;
      const readable = n < out.length;
      const segment = (readable ? out[n] : into[n - out.length]) as Segment;
      const at = table + n * DESC_BYTES;
      port.set16(AREA.ind, at + PACKED_DESC_FLAGS, readable ? 0 : VIRTQ_DESC_F_WRITE);
      port.set64(AREA.ind, at + DESC_ADDR, segment[0]);
      port.set32(AREA.ind, at + DESC_LEN, segment[1]);
    }
    return true;
  }

  #take(id: number, token: number, slots: number, last: number, freeHead: number): void {
    this.#numFree -= slots;
    this.#freeHead = freeHead;
    this.#tokens[id] = token;
    this.#slots[id] = slots;
    this.#last[id] = last;
  }

  #freeTable(table: number, entries: number): void {
    this.#port.tableFreed(table, entries * DESC_BYTES);
    this.options.tables.free(table);
  }

  kickPrepare(): boolean {
    const port = this.#port;
    port.barrier(BARRIER.mb);
    const added = this.#numAdded;
    this.#numAdded = 0;
    // Both halves in one load: they cannot be torn.
    const word = port.get32(AREA.device, EVENT_OFF_WRAP);
    const flags = word >>> 16;
    if (flags !== RING_EVENT_FLAGS_DESC) return flags !== RING_EVENT_FLAGS_DISABLE;
    return linuxPackedKick(word & 0xffff, this.#nextAvail, this.#availWrap, added, this.#size);
  }

  notify(): boolean {
    if (this.#broken) return false;
    if (this.#port.notify()) return true;
    this.#broken = true;
    return false;
  }

  getBuf(): number {
    if (this.#broken) return NO_TOKEN;
    if (this.#batch !== undefined) return this.#getInOrder(this.#batch);
    if (!this.#isUsed(this.#lastUsed, this.#usedWrap)) return NO_TOKEN;
    const port = this.#port;
    port.barrier(BARRIER.rmb);
    const at = this.#lastUsed * DESC_BYTES;
    const id = port.get16(AREA.desc, at + PACKED_DESC_ID);
    const len = port.get32(AREA.desc, at + DESC_LEN);
    const token = id < this.#size ? (this.#tokens[id] as number) : NO_TOKEN;
    if (token === NO_TOKEN) {
      this.#broken = true;
      return NO_TOKEN;
    }
    this.usedLen = len;
    this.#back(id);
    return token;
  }

  /** One of the buffers that a used element stands for; the element is read once. */
  #getInOrder(batch: BatchInOrder): number {
    const port = this.#port;
    if (!batch.isOpen) {
      if (!this.#isUsed(this.#lastUsed, this.#usedWrap)) return NO_TOKEN;
      port.barrier(BARRIER.rmb);
      const at = this.#lastUsed * DESC_BYTES;
      batch.last = port.get16(AREA.desc, at + PACKED_DESC_ID);
      batch.len = port.get32(AREA.desc, at + DESC_LEN);
    }
    const id = batch.next();
    const token = id < 0 ? NO_TOKEN : (this.#tokens[id] as number);
    if (token === NO_TOKEN) {
      this.#broken = true;
      return NO_TOKEN;
    }
    this.usedLen = batch.take();
    this.#back(id);
    return token;
  }

  /** A buffer is the driver's again: the used position goes on, and so does what it asks for. */
  #back(id: number): void {
    const port = this.#port;
    this.#detach(id);
    this.#lastUsed += this.#slots[id] as number;
    if (this.#lastUsed >= this.#size) {
      this.#lastUsed -= this.#size;
      this.#usedWrap ^= 1;
    }
    if (this.#eventFlags === RING_EVENT_FLAGS_DESC) {
      port.set16(AREA.driver, EVENT_OFF_WRAP, this.#usedWord());
      port.barrier(BARRIER.mb);
    }
  }

  /** What get_buf would find something by. */
  #moreUsed(): boolean {
    return this.#batch?.isOpen === true || this.#isUsed(this.#lastUsed, this.#usedWrap);
  }

  #isUsed(slot: number, wrap: number): boolean {
    const flags = this.#port.get16(AREA.desc, slot * DESC_BYTES + PACKED_DESC_FLAGS);
    return (flags & OWNER_BITS) === usedBits(wrap);
  }

  /** last_used_idx as Linux keeps it: the slot, and the wrap counter in bit 15. */
  #usedWord(): number {
    return this.#lastUsed | (this.#usedWrap << 15);
  }

  /** Stores nothing: the used flags stay behind in the ring. */
  #detach(id: number): void {
    this.#tokens[id] = NO_TOKEN;
    this.#next[this.#last[id] as number] = this.#freeHead;
    this.#freeHead = id;
    this.#numFree += this.#slots[id] as number;
    const table = this.#tables[id] as number;
    if (table === NO_TABLE) return;
    const entries = this.#tableEntries[id] as number;
    if (this.options.dmaApi) {
      for (let i = 0; i < entries; i++) {
        this.#port.get16(AREA.ind, table + i * DESC_BYTES + PACKED_DESC_FLAGS);
      }
    }
    this.#freeTable(table, entries);
    this.#tables[id] = NO_TABLE;
  }

  disableCb(): void {
    if (this.#eventFlags === RING_EVENT_FLAGS_DISABLE) return;
    this.#eventFlags = RING_EVENT_FLAGS_DISABLE;
    // After an event the device asks for the next one first: there is nothing to turn off.
    if (this.#eventTriggered) return;
    this.#port.set16(AREA.driver, EVENT_FLAGS, this.#eventFlags);
  }

  enableCbPrepare(): number {
    this.#askFrom(this.#usedWord());
    return this.#usedWord();
  }

  /** Where, then whether: a device that sees the new flags sees the new offset. */
  #askFrom(offWrap: number): void {
    const port = this.#port;
    this.#eventTriggered = false;
    if (this.options.eventIdx) {
      port.set16(AREA.driver, EVENT_OFF_WRAP, offWrap);
      port.barrier(BARRIER.wmb);
    }
    if (this.#eventFlags !== RING_EVENT_FLAGS_DISABLE) return;
    this.#eventFlags = this.options.eventIdx ? RING_EVENT_FLAGS_DESC : RING_EVENT_FLAGS_ENABLE;
    port.set16(AREA.driver, EVENT_FLAGS, this.#eventFlags);
  }

  poll(opaque: number): boolean {
    if (this.#broken) return false;
    this.#port.barrier(BARRIER.mb);
    // In the middle of a batch the slot itself says nothing.
    if (this.#batch?.isOpen === true) return true;
    return this.#isUsed(opaque & 0x7fff, (opaque >> 15) & 1);
  }

  enableCb(): boolean {
    return !this.poll(this.enableCbPrepare());
  }

  enableCbDelayed(): boolean {
    const port = this.#port;
    const size = this.#size;
    const pending = Math.floor(((size - this.#numFree) * 3) / 4);
    const here = packedPosition(this.#lastUsed, this.#usedWrap, size);
    this.#askFrom(positionWord(advancePosition(here, pending, size), size));
    port.barrier(BARRIER.mb);
    return !this.#moreUsed();
  }

  detachUnusedBuf(): number {
    for (let id = 0; id < this.#size; id++) {
      const token = this.#tokens[id] as number;
      if (token === NO_TOKEN) continue;
      this.#detach(id);
      return token;
    }
    return NO_TOKEN;
  }

  interrupt(): IrqReturn {
    if (!this.#moreUsed()) return "IRQ_NONE";
    if (this.#broken) return "IRQ_HANDLED";
    if (this.options.eventIdx) this.#eventTriggered = true;
    return "IRQ_HANDLED";
  }

  state(): DriverState {
    return {
      num_free: this.#numFree,
      free_head: this.#freeHead,
      num_added: this.#numAdded,
      avail_idx: this.#nextAvail,
      avail_wrap: this.#availWrap,
      avail_used_flags: this.#availBits,
      last_used: this.#lastUsed,
      used_wrap: this.#usedWrap,
      flags_shadow: this.#eventFlags,
      event_triggered: this.#eventTriggered ? 1 : 0,
      broken: this.#broken ? 1 : 0,
    };
  }

  restore(state: DriverState): void {
    checkRestore(state, this.#size);
    this.#numFree = state.num_free;
    this.#freeHead = state.free_head;
    this.#numAdded = state.num_added;
    this.#nextAvail = state.avail_idx;
    this.#availWrap = state.avail_wrap ?? 1;
    this.#availBits = availBits(this.#availWrap);
    this.#lastUsed = state.last_used;
    this.#usedWrap = state.used_wrap ?? 1;
    this.#eventFlags = state.flags_shadow;
    this.#eventTriggered = state.event_triggered === 1;
    this.#broken = state.broken === 1;
  }
}
