import type { FeatureName } from "../virtio/features.ts";
import type { Layout } from "./event.ts";

/**
 * A queue's memory at one instant, decoded: what each descriptor is, where both sides stand, which
 * buffers are in flight, and what one instant cannot tell.
 */

export type SlotState =
  /** Made available, and not used yet. */
  | "available"
  /** Marked used by the device. */
  | "used"
  /** Left over: its bits say available, or it belongs to no buffer in flight, and no side reads it. */
  | "stale"
  /** Used, and taken back by the driver, which one instant never tells. */
  | "free"
  /** All bytes are zero: nobody has written it since the queue was made. */
  | "never"
  /** Depends on a position that the dump does not tell. */
  | "unknown";

export interface DumpSlot {
  readonly slot: number;
  readonly state: SlotState;
  /** Packed: the id as it stands there, the driver's or, once used, the device's. Split: null. */
  readonly id: number | null;
  /** Split: the `next` field, noise where NEXT is clear. Packed: null. */
  readonly next: number | null;
  readonly addr: bigint;
  readonly len: number;
  readonly flags: number;
  /** Its buffer's place in `inFlight`; null for none. */
  readonly buffer: number | null;
}

export interface DumpSegment {
  readonly addr: bigint;
  readonly len: number;
  readonly writable: boolean;
}

export interface DumpBuffer {
  /** Packed: buffer id. Split: head. */
  readonly id: number;
  /** Descriptors of the ring, in order. */
  readonly slots: readonly number[];
  readonly segments: readonly DumpSegment[];
  /** Slot whose table is not among the bytes at hand: its segments are missing. */
  readonly unreadTable: number | null;
  /** Why the list or chain is not whole, in words; null when it is. */
  readonly broken: string | null;
  /** Whether the device has taken it from the ring, by the device's own account; null unknown. */
  readonly taken: boolean | null;
}

export interface PackedPosition {
  readonly slot: number;
  readonly wrap: 0 | 1;
}

/** What one side says about notifications, as numbers and in words. */
export interface DumpEvent {
  /** Packed: off_wrap. Split: null. */
  readonly off: number | null;
  readonly wrap: number | null;
  readonly flags: number;
  /** Packed: the name of the flags. Split: null. */
  readonly mode: string | null;
  /** Split: used_event in the driver's area, avail_event in the device's. Packed: null. */
  readonly event: number | null;
  readonly words: string;
}

/** How sure a position is. */
export type Certainty =
  /** Only one fits. */
  | "certain"
  /** One fits if buffers were used in order, or by what the event words hint at. */
  | "likely"
  | "ambiguous";

export interface RingDump {
  readonly layout: Layout;
  readonly size: number;
  /** Null when nobody says what was negotiated. */
  readonly features: readonly FeatureName[] | null;
  readonly slots: readonly DumpSlot[];
  /** Packed: where the next list goes, and where the next used descriptor goes. Null when unknown. */
  readonly driverPosition: PackedPosition | null;
  readonly devicePosition: PackedPosition | null;
  /** Packed: where the device takes the next list, by its own account. */
  readonly takenPosition: PackedPosition | null;
  /** How sure the device's position (packed), or which heads are in flight (split), is. */
  readonly certainty: Certainty;
  /** Packed: what the device's position may be. */
  readonly candidates: readonly PackedPosition[];
  /** Split. */
  readonly availIdx: number | null;
  readonly usedIdx: number | null;
  readonly inFlight: readonly DumpBuffer[];
  readonly events: { readonly driver: DumpEvent | null; readonly device: DumpEvent | null };
  /** What this instant cannot tell, and why: one sentence each. */
  readonly unknown: readonly string[];
}
