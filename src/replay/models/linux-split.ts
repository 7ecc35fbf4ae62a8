import { AREA, BARRIER } from "../../model/memory.ts";
import {
  DESC_ADDR,
  DESC_BYTES,
  DESC_LEN,
  SPLIT_DESC_FLAGS,
  SPLIT_DESC_NEXT,
  VIRTQ_DESC_F_INDIRECT,
  VIRTQ_DESC_F_NEXT,
  VIRTQ_DESC_F_WRITE,
} from "../../virtio/descriptor.ts";
import {
  AVAIL_F_NO_INTERRUPT,
  availEntry,
  availEventOffset,
  RING_FLAGS,
  RING_IDX,
  USED_F_NO_NOTIFY,
  usedElem,
  usedEventOffset,
} from "../../virtio/split.ts";
import { u16, u16Distance } from "../../virtio/u16.ts";
import { splitEventWanted } from "../suppression.ts";
import {
  checkAdd,
  checkRestore,
  type Driver,
  type DriverOptions,
  type DriverState,
  driverDefaults,
  EIO,
  ENOMEM,
  ENOSPC,
  type IrqReturn,
  NO_TOKEN,
  needsIndirect,
  type Segment,
} from "./driver.ts";
import { BatchInOrder, bytesOf } from "./in-order.ts";
import type { Port } from "./port.ts";

const NO_TABLE = -1;

/**
 * The split half of Linux 6.1's virtio_ring.c, store for store. What is noise there is noise here:
 * `next` is written where NEXT is clear, used_event without EVENT_IDX.
 */
export class LinuxSplitDriver implements Driver {
  readonly name = "linux";
  readonly layout = "split";
  readonly options: DriverOptions;
  usedLen = 0;
  readonly #port: Port;
  readonly #size: number;
  /** By descriptor, beside the ring where no device can reach: the free list, and what was mapped. */
  readonly #next: Uint16Array;
  readonly #mappedLen: Uint32Array;
  /** By head. */
  readonly #tokens: Int32Array;
  readonly #tables: Int32Array;
  /** With `ownTables`: the table of each descriptor. */
  readonly #own: Int32Array;
  /** With VIRTIO_F_IN_ORDER only. */
  readonly #batch: BatchInOrder | undefined;
  #numFree = 0;
  #freeHead = 0;
  #numAdded = 0;
  #availIdx = 0;
  #lastUsed = 0;
  #availFlags = 0;
  #eventTriggered = false;
  #broken = false;

  /** Throws RangeError unless the queue's size is a power of two (virtio 1.3, 2.7). */
  constructor(port: Port, options: Partial<DriverOptions> = {}) {
    const size = port.queueSize;
    if (size === 0 || (size & (size - 1)) !== 0) {
      throw new RangeError(`split queue size ${size} is not a power of two`);
    }
    this.options = { ...driverDefaults, ...options };
    this.#port = port;
    this.#size = size;
    this.#batch = this.options.inOrder ? new BatchInOrder(size) : undefined;
    this.#next = new Uint16Array(size);
    this.#mappedLen = new Uint32Array(size);
    this.#tokens = new Int32Array(size);
    this.#tables = new Int32Array(size);
    this.#own = new Int32Array(this.options.ownTables ? size : 0).fill(NO_TABLE);
    this.create();
  }

  create(): void {
    for (let i = 0; i < this.#size; i++) this.#next[i] = i + 1 < this.#size ? i + 1 : 0;
    this.#tokens.fill(NO_TOKEN);
    this.#tables.fill(NO_TABLE);
    this.#numFree = this.#size;
    this.#freeHead = 0;
    this.#numAdded = 0;
    this.#availIdx = 0;
    this.#lastUsed = 0;
    this.#availFlags = 0;
    this.#eventTriggered = false;
    this.#broken = false;
    this.#batch?.clear();
    this.#clearTables();
    for (const table of this.#own) this.#linkTable(table, this.#size);
    if (this.options.callback) return;
    this.#availFlags = AVAIL_F_NO_INTERRUPT;
    if (!this.options.eventIdx) this.#port.set16(AREA.driver, RING_FLAGS, this.#availFlags);
  }

  add(token: number, out: readonly Segment[], into: readonly Segment[]): number {
    if (this.#broken) return -EIO;
    const total = out.length + into.length;
    checkAdd(token, total);
    const table = needsIndirect(this.options.indirect, total, this.#numFree)
      ? this.#allocTable(total)
      : NO_TABLE;
    const indirect = table !== NO_TABLE;
    if (this.#numFree < (indirect ? 1 : total)) {
      // "For historical reasons": the device should serve the ring as soon as it can.
      if (out.length > 0) this.#port.notify();
      if (indirect) this.#freeTable(table, total);
      return -ENOSPC;
    }
    const head = this.#freeHead;
    const after = indirect ? this.#writeTable(table, out, into) : this.#writeChain(out, into);
    if (after < 0 || (indirect && this.options.mapFails())) {
      if (indirect) this.#freeTable(table, total);
      return -ENOMEM;
    }
    if (indirect) {
      const addr = this.options.tables.base + table;
      this.#writeDesc(head, addr, total * DESC_BYTES, VIRTQ_DESC_F_INDIRECT);
    }
    this.#numFree -= indirect ? 1 : total;
    this.#freeHead = indirect ? (this.#next[head] as number) : after;
    this.#tokens[head] = token;
    this.#tables[head] = table;
    this.#batch?.added(head, bytesOf(into));
    this.#publish(head);
    return 0;
  }

  #publish(head: number): void {
    const port = this.#port;
    port.set16(AREA.driver, availEntry(this.#availIdx & (this.#size - 1)), head);
    port.barrier(BARRIER.wmb);
    this.#availIdx = u16(this.#availIdx + 1);
    port.set16(AREA.driver, RING_IDX, this.#availIdx);
    this.#numAdded++;
    // 2^16 entries without a kick would look like none.
    if (this.#numAdded === 0xffff && this.kickPrepare()) this.notify();
  }

  /** The descriptors' own tables are part of what is zeroed when the queue is set up. */
  #clearTables(): void {
    const bytes = this.#size * DESC_BYTES;
    for (let head = 0; head < this.#own.length; head++) {
      if (this.#own[head] === NO_TABLE) this.#own[head] = this.options.tables.alloc(bytes);
      const table = this.#own[head] as number;
      for (let at = 0; at < bytes; at += 8) this.#port.set64(AREA.ind, table + at, 0);
    }
  }

  #linkTable(table: number, entries: number): void {
    for (let i = 0; i < entries; i++) {
      this.#port.set16(AREA.ind, table + i * DESC_BYTES + SPLIT_DESC_NEXT, i + 1);
    }
  }

  /** Offset of a table, each entry linked to the one after it; the last one past the table's end. */
  #allocTable(entries: number): number {
    if (this.#own.length > 0) return this.#own[this.#freeHead] as number;
    const port = this.#port;
    const bytes = entries * DESC_BYTES;
    const table = this.options.tables.alloc(bytes);
    if (table < 0) {
      port.tableRefused(bytes);
      return NO_TABLE;
    }
    port.tableAllocated(table, bytes);
    this.#linkTable(table, entries);
    return table;
  }

  #freeTable(table: number, entries: number): void {
    if (this.#own.length > 0) return;
    this.#port.tableFreed(table, entries * DESC_BYTES);
    this.options.tables.free(table);
  }

  /** Writes the chain from the free list's head; the free descriptor after it, or -1: a mapping failed. */
  #writeChain(out: readonly Segment[], into: readonly Segment[]): number {
    const total = out.length + into.length;
    let at = this.#freeHead;
    let last = at;
    for (let n = 0; n < total; n++) {
      if (this.options.mapFails()) return -1;
      const readable = n < out.length;
      const segment = (readable ? out[n] : into[n - out.length]) as Segment;
      last = at;
      this.#writeDesc(
        at,
        segment[0],
        segment[1],
        readable ? VIRTQ_DESC_F_NEXT : VIRTQ_DESC_F_NEXT | VIRTQ_DESC_F_WRITE,
      );
      at = this.#next[at] as number;
    }
    this.#endAt(AREA.desc, last * DESC_BYTES);
    return at;
  }

  /** The same in a table; its entries are linked already. */
  #writeTable(table: number, out: readonly Segment[], into: readonly Segment[]): number {
    const port = this.#port;
    const total = out.length + into.length;
    let entry = 0;
    let last = 0;
    for (let n = 0; n < total; n++) {
      if (this.options.mapFails()) return -1;
      const readable = n < out.length;
      const segment = (readable ? out[n] : into[n - out.length]) as Segment;
      last = table + entry * DESC_BYTES;
      port.set16(
        AREA.ind,
        last + SPLIT_DESC_FLAGS,
        readable ? VIRTQ_DESC_F_NEXT : VIRTQ_DESC_F_NEXT | VIRTQ_DESC_F_WRITE,
      );
      port.set64(AREA.ind, last + DESC_ADDR, segment[0]);
      port.set32(AREA.ind, last + DESC_LEN, segment[1]);
      entry = port.get16(AREA.ind, last + SPLIT_DESC_NEXT);
    }
    this.#endAt(AREA.ind, last);
    return entry;
  }

  #writeDesc(at: number, addr: number, len: number, flags: number): void {
    const port = this.#port;
    const offset = at * DESC_BYTES;
    port.set16(AREA.desc, offset + SPLIT_DESC_FLAGS, flags);
    port.set64(AREA.desc, offset + DESC_ADDR, addr);
    port.set32(AREA.desc, offset + DESC_LEN, len);
    port.set16(AREA.desc, offset + SPLIT_DESC_NEXT, this.#next[at] as number);
    this.#mappedLen[at] = len;
  }

  /** The last descriptor does not continue. */
  #endAt(area: number, offset: number): void {
    const flags = this.#port.get16(area, offset + SPLIT_DESC_FLAGS);
    this.#port.set16(area, offset + SPLIT_DESC_FLAGS, flags & ~VIRTQ_DESC_F_NEXT);
  }

  kickPrepare(): boolean {
    const port = this.#port;
    port.barrier(BARRIER.mb);
    const old = u16(this.#availIdx - this.#numAdded);
    this.#numAdded = 0;
    if (this.options.eventIdx) {
      const event = port.get16(AREA.device, availEventOffset(this.#size));
      return splitEventWanted(event, old, this.#availIdx);
    }
    return (port.get16(AREA.device, RING_FLAGS) & USED_F_NO_NOTIFY) === 0;
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
    if (!this.#moreUsed()) return NO_TOKEN;
    const port = this.#port;
    port.barrier(BARRIER.rmb);
    const elem = usedElem(this.#lastUsed & (this.#size - 1));
    const head = port.get32(AREA.device, elem);
    const len = port.get32(AREA.device, elem + 4);
    const token = head < this.#size ? (this.#tokens[head] as number) : NO_TOKEN;
    if (token === NO_TOKEN) {
      this.#broken = true;
      return NO_TOKEN;
    }
    this.usedLen = len;
    this.#back(head);
    return token;
  }

  /** One of the buffers that a used element stands for; the element is read once. */
  #getInOrder(batch: BatchInOrder): number {
    const port = this.#port;
    if (!batch.isOpen) {
      if (!this.#moreUsed()) return NO_TOKEN;
      port.barrier(BARRIER.rmb);
      const elem = usedElem(this.#lastUsed & (this.#size - 1));
      batch.last = port.get32(AREA.device, elem);
      batch.len = port.get32(AREA.device, elem + 4);
    }
    const head = batch.next();
    const token = head < 0 ? NO_TOKEN : (this.#tokens[head] as number);
    if (token === NO_TOKEN) {
      this.#broken = true;
      return NO_TOKEN;
    }
    this.usedLen = batch.take();
    this.#back(head);
    return token;
  }

  /** A buffer is the driver's again: the used index goes on, and so does what it asks for. */
  #back(head: number): void {
    const port = this.#port;
    this.#detach(head);
    this.#lastUsed = u16(this.#lastUsed + 1);
    if ((this.#availFlags & AVAIL_F_NO_INTERRUPT) === 0) {
      port.set16(AREA.driver, usedEventOffset(this.#size), this.#lastUsed);
      port.barrier(BARRIER.mb);
    }
  }

  #moreUsed(): boolean {
    return this.#port.get16(AREA.device, RING_IDX) !== this.#lastUsed;
  }

  /** Puts a chain back on the free list, by NEXT in the ring and `next` beside it. */
  #detach(head: number): void {
    const port = this.#port;
    this.#tokens[head] = NO_TOKEN;
    let at = head;
    while ((port.get16(AREA.desc, at * DESC_BYTES + SPLIT_DESC_FLAGS) & VIRTQ_DESC_F_NEXT) !== 0) {
      at = this.#next[at] as number;
      this.#numFree++;
    }
    // In order, descriptors come back as they went: the free list is the table itself (2.7.5.2).
    if (this.#batch === undefined) {
      this.#next[at] = this.#freeHead;
      this.#freeHead = head;
    }
    this.#numFree++;
    const table = this.#tables[head] as number;
    if (table === NO_TABLE) return;
    const entries = (this.#mappedLen[head] as number) / DESC_BYTES;
    if (this.options.dmaApi) this.#unmapTable(table, entries);
    this.#freeTable(table, entries);
    this.#tables[head] = NO_TABLE;
  }

  #unmapTable(table: number, entries: number): void {
    const port = this.#port;
    for (let i = 0; i < entries; i++) {
      const at = table + i * DESC_BYTES;
      port.get16(AREA.ind, at + SPLIT_DESC_FLAGS);
      port.get64(AREA.ind, at + DESC_ADDR);
      port.get32(AREA.ind, at + DESC_LEN);
    }
  }

  disableCb(): void {
    if ((this.#availFlags & AVAIL_F_NO_INTERRUPT) !== 0) return;
    this.#availFlags |= AVAIL_F_NO_INTERRUPT;
    // After an event the device asks for the next one first: there is nothing to turn off.
    if (this.#eventTriggered) return;
    if (this.options.eventIdx) this.#port.set16(AREA.driver, usedEventOffset(this.#size), 0);
    else this.#port.set16(AREA.driver, RING_FLAGS, this.#availFlags);
  }

  enableCbPrepare(): number {
    this.#allowInterrupts();
    this.#port.set16(AREA.driver, usedEventOffset(this.#size), this.#lastUsed);
    return this.#lastUsed;
  }

  #allowInterrupts(): void {
    this.#eventTriggered = false;
    if ((this.#availFlags & AVAIL_F_NO_INTERRUPT) === 0) return;
    this.#availFlags &= ~AVAIL_F_NO_INTERRUPT;
    if (!this.options.eventIdx) this.#port.set16(AREA.driver, RING_FLAGS, this.#availFlags);
  }

  poll(opaque: number): boolean {
    if (this.#broken) return false;
    this.#port.barrier(BARRIER.mb);
    return this.#port.get16(AREA.device, RING_IDX) !== u16(opaque);
  }

  enableCb(): boolean {
    return !this.poll(this.enableCbPrepare());
  }

  enableCbDelayed(): boolean {
    const port = this.#port;
    this.#allowInterrupts();
    const bufs = Math.floor((u16Distance(this.#lastUsed, this.#availIdx) * 3) / 4);
    port.set16(AREA.driver, usedEventOffset(this.#size), this.#lastUsed + bufs);
    port.barrier(BARRIER.mb);
    return u16Distance(this.#lastUsed, port.get16(AREA.device, RING_IDX)) <= bufs;
  }

  detachUnusedBuf(): number {
    for (let head = 0; head < this.#size; head++) {
      const token = this.#tokens[head] as number;
      if (token === NO_TOKEN) continue;
      this.#detach(head);
      this.#availIdx = u16(this.#availIdx - 1);
      this.#port.set16(AREA.driver, RING_IDX, this.#availIdx);
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
      avail_idx: this.#availIdx,
      last_used: this.#lastUsed,
      flags_shadow: this.#availFlags,
      event_triggered: this.#eventTriggered ? 1 : 0,
      broken: this.#broken ? 1 : 0,
    };
  }

  restore(state: DriverState): void {
    checkRestore(state, this.#size);
    this.#numFree = state.num_free;
    this.#freeHead = state.free_head;
    this.#numAdded = state.num_added;
    this.#availIdx = state.avail_idx;
    this.#lastUsed = state.last_used;
    this.#availFlags = state.flags_shadow;
    this.#eventTriggered = state.event_triggered === 1;
    this.#broken = state.broken === 1;
  }
}
