import type { Layout } from "./event.ts";
import type { DumpEvent, DumpSegment, PackedPosition, SlotState } from "./ring-dump.ts";

/**
 * One queue as it stood behind one event of a case: what the events up to it show, and nothing else.
 * What they do not show is null, and `unknown` says why.
 */
export interface RingPicture {
  /** Id of the queue in the case, and its key. */
  readonly queue: number;
  readonly key: string;
  /** The event whose outcome is the last thing in the picture. */
  readonly seq: number;
  readonly layout: Layout;
  readonly size: number;
  /** `stores`: every byte is known. `recorded`: a probe recorded the descriptors. `samples`: the driver's own state. */
  readonly evidence: "stores" | "recorded" | "samples";
  readonly slots: readonly PictureSlot[];
  /** Packed: where the driver's next list goes. */
  readonly driverPosition: PackedPosition | null;
  /** Packed: where the device writes its next used descriptor; of samples, where the driver looks for it. */
  readonly devicePosition: PackedPosition | null;
  /** Split: free-running. `lastUsed` is the driver's; of entries between it and `usedIdx` it knows nothing yet. */
  readonly availIdx: number | null;
  readonly usedIdx: number | null;
  readonly lastUsed: number | null;
  /** Split: heads in the available and used rings, by slot; null where no event shows them. */
  readonly availRing: readonly (number | null)[];
  readonly usedRing: readonly (number | null)[];
  readonly numFree: number | null;
  readonly numAdded: number | null;
  readonly driverEvent: PictureWord | null;
  readonly deviceEvent: PictureWord | null;
  /** In flight, oldest first. */
  readonly buffers: readonly PictureBuffer[];
  /** What cannot be told, and why: one sentence each. */
  readonly unknown: readonly string[];
}

export interface PictureSlot {
  readonly slot: number;
  readonly state: SlotState;
  /** Packed: wrap counter of the lap in which it was last written; null unknown. */
  readonly lap: 0 | 1 | null;
  /** Its buffer's place in `buffers`. */
  readonly buffer: number | null;
  /** The descriptor, where its bytes are known. `next`: split only. */
  readonly bytes: {
    readonly addr: bigint;
    readonly len: number;
    readonly flags: number;
    readonly id: number | null;
    readonly next: number | null;
  } | null;
}

/** What one side says of notifications, and where that points: a slot (packed) or a ring entry (split). */
export interface PictureWord extends DumpEvent {
  readonly slot: number | null;
  /** The event that shows it. */
  readonly seq: number;
}

export interface PictureBuffer {
  /** The add's event. */
  readonly seq: number;
  /** The driver's pointer, as the case prints it; null of a log without. */
  readonly token: string | null;
  /** Buffer id (packed) or head (split), where it is known. */
  readonly id: number | null;
  /** Slots of the ring, in order; empty where no event tells them. */
  readonly slots: readonly number[];
  /** Its elements, an indirect table opened, where bytes are known. */
  readonly segments: readonly DumpSegment[];
  /** The slot that refers to its table; null for none. */
  readonly table: number | null;
  /** Time of the add (of the case's source), and how long it has been in flight. */
  readonly added: number;
  readonly age: number;
  readonly kicked: boolean | null;
  /** Who added it. */
  readonly task: string;
  /** False once its return may have gone unseen. */
  readonly certain: boolean;
}
