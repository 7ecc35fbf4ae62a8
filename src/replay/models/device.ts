import type { Chain } from "../chain.ts";

/** Results of `fetch` that are no buffer. */
export const NOTHING_AVAILABLE = -1;
export const MALFORMED = -2;

/** A buffer done with: `id` as `fetch` gave it, `len` bytes written into it. */
export interface UsedBuffer {
  readonly id: number;
  readonly len: number;
}

/**
 * How used buffers are published. `each`: one by one. `batch`: all seen at once. `in-order`, with
 * VIRTIO_F_IN_ORDER only: one used element, of the last buffer, stands for all (virtio 1.3, 2.7.9, 2.8.8).
 */
export const COMPLETE_MODES = ["single", "batch", "each", "in-order"] as const;
export type CompleteMode = (typeof COMPLETE_MODES)[number];

/** What a device asks of its driver: which available buffers it wants to be notified of. */
export type NotifyRequest =
  /** Split with EVENT_IDX. */
  | { readonly mode: "event"; readonly availEvent: number }
  /** Packed with EVENT_IDX. */
  | { readonly mode: "desc"; readonly off: number; readonly wrap: number }
  | { readonly mode: "enable" }
  | { readonly mode: "disable" };

export interface DeviceOptions {
  /** VIRTIO_F_EVENT_IDX was negotiated. */
  readonly eventIdx: boolean;
  /** Guest address of the arena of indirect tables. */
  readonly tableBase: number;
  /**
   * With EVENT_IDX, signals without asking where a device may have lost count: the first time (as vhost
   * does), and packed when a whole lap or more was used since the last time. Superfluous at worst.
   */
  readonly cautious: boolean;
}

export const deviceDefaults: DeviceOptions = { eventIdx: true, tableBase: 0, cautious: false };

/** In ringlog/1's names; the wrap counters are packed only. */
export interface DeviceState {
  readonly avail_idx: number;
  readonly avail_wrap?: number;
  readonly used_idx: number;
  readonly used_wrap?: number;
  readonly inflight: number;
}

/** The words that a decision to interrupt was made on; -1: not read. */
export interface SignalWords {
  /** Used since the decision before: split, buffers; packed, slots. */
  newSlots: number;
  flags: number;
  offWrap: number;
  usedEvent: number;
}

/** A correct device; the calls say in which of the ways that the specification leaves open it goes. */
export interface Device {
  readonly options: DeviceOptions;
  /** The buffer that `fetch` found last; valid until the next. */
  readonly chain: Chain;
  /** Where `fetch` found it: split, the free-running index; packed, the slot. */
  readonly fetchedAt: number;
  /** What was wrong with it; empty unless `fetch` gave MALFORMED. */
  readonly error: string;
  /** What `signal` last went by. */
  readonly words: Readonly<SignalWords>;
  /** As after a reset. */
  create(): void;
  /** The next available buffer's id, NOTHING_AVAILABLE, or MALFORMED. */
  fetch(): number;
  /** Throws RangeError for a buffer that is not in flight, and for `in-order` out of order. */
  complete(used: readonly UsedBuffer[], mode: CompleteMode): void;
  /** Does the driver want to be interrupted for what was used since the last call? */
  signal(): boolean;
  /** Throws RangeError for a mode that the layout or the features do not have. */
  setNotify(request: NotifyRequest): void;
  /** Forgets what is in flight, and touches the ring no more until `create`. */
  stop(): void;
  state(): DeviceState;
  /** Takes up a state with nothing in flight. */
  restore(state: DeviceState): void;
  /**
   * Takes over a queue that another device has served. What that one had told the driver by interrupts is
   * not in the state: the first decision is to interrupt, for fear that one is owed.
   */
  takeOver(state: DeviceState): void;
}

export function notInFlight(id: number): RangeError {
  return new RangeError(`buffer ${id} is not in flight`);
}

export function notInOrder(id: number): RangeError {
  return new RangeError(`buffer ${id} is not the next in order`);
}

export function notNegotiated(mode: string): RangeError {
  return new RangeError(`notifications cannot be asked for by ${mode} here`);
}
