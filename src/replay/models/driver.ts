import type { Layout } from "../../model/event.ts";
import { noTableMemory, type TableAllocator } from "./tables.ts";

export const DRIVER_NAMES = ["linux", "rfc2", "reviewed"] as const;
export type DriverName = (typeof DRIVER_NAMES)[number];

/** One buffer element: an address below 2^53, and a length in bytes. */
export type Segment = readonly [addr: number, len: number];

/** What `getBuf` and `detachUnusedBuf` give when there is no buffer. */
export const NO_TOKEN = -1;

export const EIO = 5;
export const ENOMEM = 12;
export const ENOSPC = 28;

export interface DriverOptions {
  /** VIRTIO_F_EVENT_IDX was negotiated. */
  readonly eventIdx: boolean;
  /** VIRTIO_F_INDIRECT_DESC was negotiated. */
  readonly indirect: boolean;
  /**
   * VIRTIO_F_IN_ORDER was negotiated: a used element stands for all buffers up to the one that it names,
   * which `getBuf` gives back one by one. Newer Linux than 6.1 has it; the other models do not.
   */
  readonly inOrder: boolean;
  /** The queue has a callback; without one it starts with interrupts off. */
  readonly callback: boolean;
  /** Segments are mapped through the DMA API, and unmapped by what tables say of them. */
  readonly dmaApi: boolean;
  readonly tables: TableAllocator;
  /**
   * Split: each descriptor has its indirect table from `create` on, of as many entries as the queue has and
   * linked once and for all, as drivers have it that allocate nothing while they run.
   */
  readonly ownTables: boolean;
  /** Asked once for each segment and table to be mapped: does the mapping fail? */
  readonly mapFails: () => boolean;
}

export const driverDefaults: DriverOptions = {
  eventIdx: true,
  indirect: false,
  inOrder: false,
  callback: true,
  dmaApi: false,
  tables: noTableMemory,
  ownTables: false,
  mapFails: () => false,
};

/**
 * A driver's private state, in ringlog/1's names. `avail_idx`: split, the free-running index; packed,
 * the next slot. `last_used`: likewise. The wrap counters and `avail_used_flags` are packed only.
 */
export interface DriverState {
  readonly num_free: number;
  readonly free_head: number;
  readonly num_added: number;
  readonly avail_idx: number;
  readonly avail_wrap?: number;
  readonly avail_used_flags?: number;
  readonly last_used: number;
  readonly used_wrap?: number;
  readonly flags_shadow: number;
  readonly event_triggered: number;
  readonly broken: number;
}

export type IrqReturn = "IRQ_HANDLED" | "IRQ_NONE";

/**
 * A driver that can be run, over ring memory that it reaches only through its port. Names and meaning
 * are those of Linux's virtqueue functions; a call runs to its end, its steps are the port's to watch.
 */
export interface Driver {
  readonly name: DriverName;
  readonly layout: Layout;
  readonly options: DriverOptions;
  /** Length that came with the buffer which `getBuf` gave last. */
  readonly usedLen: number;
  /** Sets the queue up anew; its three areas must be zero. */
  create(): void;
  /**
   * Offers a buffer: first `out`, which the device reads, then `into`, which it writes. `token` is what
   * `getBuf` will give: a whole number from 0 to 2^31 - 1. Returns 0, or -EIO, -ENOMEM, -ENOSPC.
   * Throws RangeError where Linux stops with BUG_ON: no segment, or no token.
   */
  add(token: number, out: readonly Segment[], into: readonly Segment[]): number;
  /** Does the device want to be notified of what was added since the last call? */
  kickPrepare(): boolean;
  /** Notifies; false: the queue is broken. */
  notify(): boolean;
  /** A used buffer's token, or NO_TOKEN. */
  getBuf(): number;
  disableCb(): void;
  /** What `poll` is to be asked with. */
  enableCbPrepare(): number;
  /** Is there more used than at that `enableCbPrepare`? */
  poll(opaque: number): boolean;
  /** True: nothing was pending. */
  enableCb(): boolean;
  /** True: split, at most three quarters of what was in flight were pending; packed, nothing was. */
  enableCbDelayed(): boolean;
  /** Takes back a buffer that the device has not used; only while the device is stopped. */
  detachUnusedBuf(): number;
  interrupt(): IrqReturn;
  state(): DriverState;
  /** Takes up a state with nothing in flight; the free list is as `create` left it. */
  restore(state: DriverState): void;
}

/** "Use an indirect table?", named once: more than one segment, and a slot for the table's descriptor. */
export function needsIndirect(indirect: boolean, segments: number, numFree: number): boolean {
  return indirect && segments > 1 && numFree > 0;
}

/** Throws RangeError for what is a caller's bug. */
export function checkAdd(token: number, segments: number): void {
  if ((token | 0) !== token || token < 0) throw new RangeError(`token ${token} is no whole number`);
  if (segments === 0) throw new RangeError("a buffer has at least one segment");
}

/** Throws RangeError unless nothing is in flight. */
export function checkRestore(state: DriverState, queueSize: number): void {
  if (state.num_free !== queueSize) {
    throw new RangeError(
      `${queueSize - state.num_free} slots are in flight: their buffers are unknown`,
    );
  }
}
