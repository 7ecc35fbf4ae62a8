import type { AreaName, BarrierName, RingSetup } from "./memory.ts";

/**
 * What a source can tell about a queue. The parser writes these, the engine reads them.
 *
 * The same events have two forms: `RingEvent` objects, for stories and tests, and rows of an
 * `EventBatch`, for traces of millions. `EventBatch.append` turns the first into the second.
 */

/**
 * The calls and life events of a queue, the loss mark of a tracer, what a device does (takes a buffer,
 * marks buffers used, decides whether to interrupt, says when it wants to be notified, stops), the bytes
 * of a ring at one instant, and the life of a device: its status, its features, its queues, and what it
 * does with buffers where it names no descriptor. The order is the code.
 */
export const EVENT_KINDS = [
  "create",
  "delete",
  "add",
  "kickPrepare",
  "kick",
  "notify",
  "getBuf",
  "detach",
  "detachUnused",
  "disableCb",
  "enableCbPrepare",
  "enableCb",
  "enableCbDelayed",
  "poll",
  "interrupt",
  "lost",
  "devicePop",
  "deviceUse",
  "deviceSignal",
  "deviceSetNotify",
  "deviceStop",
  "snapshot",
  "statusWritten",
  "statusRead",
  "featuresOffered",
  "featuresAccepted",
  "configWritten",
  "configInterrupt",
  "deviceError",
  "queueEnabled",
  "queueResetAsked",
  "queueResetRead",
  "deviceNotified",
  "deviceInterrupted",
  "elementAllocated",
  "elementPopped",
  "elementFilled",
  "elementsFlushed",
] as const;

/** Name of a deviceStop that no reset asked for. */
export const STOPPED_BROKEN = "stop (broken)";
/** Name of a deviceUse whose buffers must appear at once. */
export const USED_IN_BATCH = "complete (batch)";

export type EventKind = (typeof EVENT_KINDS)[number];

export const KIND = Object.fromEntries(EVENT_KINDS.map((kind, code) => [kind, code])) as Readonly<
  Record<EventKind, number>
>;

/** Whether an operation is the device's; all others are the driver's. */
export function isDeviceKind(kind: number): boolean {
  return kind >= KIND.devicePop && kind <= KIND.deviceStop;
}

/**
 * A call is seen when it begins (arguments, state as it was before) and when it returns; a log of
 * operations has it whole: the state is that before it, the result is its own.
 */
export const PHASES = ["begin", "end", "whole"] as const;
export type Phase = (typeof PHASES)[number];
export const PHASE_BEGIN = 0;
export const PHASE_END = 1;
export const PHASE_WHOLE = 2;

/** Which ring layout the traced function serves by its name (`detach_buf_packed`). */
export type Layout = "split" | "packed";
export const LAYOUT_UNKNOWN = 0;
export const LAYOUT_SPLIT = 1;
export const LAYOUT_PACKED = 2;

/** Interrupt level of the code that made the call; `unknown` where the tracer did not print it. */
export const LEVEL = { task: 0, softirq: 1, hardirq: 2, nmi: 3, unknown: 4 } as const;

/**
 * The numbers that an event may carry. Absent is NaN in a batch and undefined in a RingEvent.
 * Names are the specification's, or Linux's for state that only the driver has.
 */
export const FIELDS = [
  /** The virtqueue pointer, see PointerTable. */
  "queue",
  /** Index of the queue's name in the batch's strings. */
  "name",
  /** Number of the queue within its device. */
  "index",
  "queueSize",
  /** 1 packed, 0 split. */
  "packed",
  /** VIRTIO_F_EVENT_IDX negotiated. */
  "eventIdx",
  /** VIRTIO_F_INDIRECT_DESC negotiated. */
  "indirect",
  /** Packed: slot that the next list starts in. */
  "nextAvail",
  /** Packed: the driver's wrap counter. */
  "availWrap",
  /** Packed: slot and, in bit 15, wrap counter of the next used descriptor. Split: free-running. */
  "lastUsed",
  "numFree",
  /** Slots (packed) or entries (split) published since the last kick decision. */
  "numAdded",
  /** Words of the packed event suppression structures. */
  "driverOffWrap",
  "driverFlags",
  "deviceOffWrap",
  "deviceFlags",
  /** Words of the split rings. */
  "availFlags",
  "availIdx",
  "usedFlags",
  "usedIdx",
  "usedEvent",
  "availEvent",
  /** The driver's own pointer for a buffer; 0 from get_buf means that there was none. */
  "token",
  /** Return value of an add: 0, or a negative errno. */
  "result",
  "needsKick",
  /** Packed buffer id, or split head. */
  "bufferId",
  "irq",
  "outSgs",
  "inSgs",
  "segments",
  "descArea",
  "driverArea",
  "deviceArea",
  "ringDma",
  /** Loss mark: events lost, 0 when the tracer does not know how many. */
  "lostCount",
  /** What enable_cb_prepare gave, and poll is asked with. */
  "opaque",
  /** What the driver believes its own event flags to be: Linux's flags_shadow. */
  "flagsShadow",
  /** 1: the driver has given the queue up. */
  "broken",
  /** Value that a notification carries with VIRTIO_F_NOTIFICATION_DATA. */
  "notifyData",
  /** The device, by the pointer that its own side knows it by. */
  "device",
  /** Device status, or another register of a few bits: what was written or read. */
  "status",
  /** Feature bits 0 to 31, and 32 to 63. */
  "featuresLow",
  "featuresHigh",
  /** Type of the device (virtio 1.3, 5). */
  "deviceType",
  /** The device's own pointer for a buffer. */
  "element",
  /** Place of a used element in its batch; elements in one flush. */
  "count",
] as const;

export type FieldName = (typeof FIELDS)[number];

export const FIELD = Object.fromEntries(FIELDS.map((field, code) => [field, code])) as Readonly<
  Record<FieldName, number>
>;

/** Fields that hold 64-bit pointers; a wide number in any other is nonsense. */
export const POINTER_FIELDS: ReadonlySet<FieldName> = new Set([
  "queue",
  "token",
  "descArea",
  "driverArea",
  "deviceArea",
  "ringDma",
  "device",
  "element",
]);

/** Whether an event tells the life of a device, or what it does with buffers that it names by no descriptor. */
export function isLifeKind(kind: number): boolean {
  return kind >= KIND.statusWritten && kind <= KIND.elementsFlushed;
}

type NumericField = Exclude<FieldName, "name">;

/** One step of an operation on ring memory, as MemoryLog has it. */
export type Step =
  | {
      readonly op: "store";
      readonly area: AreaName;
      readonly offset: number;
      readonly width: 2 | 4 | 8;
      readonly value: number;
    }
  | {
      readonly op: "held";
      readonly area: AreaName;
      readonly offset: number;
      readonly value: number;
    }
  | { readonly op: "barrier"; readonly barrier: BarrierName }
  | { readonly op: "alloc"; readonly offset: number; readonly bytes: number }
  | { readonly op: "notify" };

/** One element of a buffer, as its caller gives it. */
export interface Element {
  readonly addr: number;
  readonly len: number;
  readonly writable: boolean;
}

/** One event as an object: where it was seen, what it was, and the fields that it carried. */
export type RingEvent = {
  readonly kind: EventKind;
  readonly phase: Phase;
  readonly pid?: number;
  readonly cpu?: number;
  readonly level?: keyof typeof LEVEL;
  /** Function as traced. */
  readonly func?: string;
  /** Function that called it, where a return probe names it. */
  readonly caller?: string;
  readonly layoutHint?: Layout;
  /** Nanoseconds since the first event of the story. */
  readonly time?: number;
  readonly name?: string;
  /** Of an operation: what it did to the ring, and the elements that an add was given. */
  readonly steps?: readonly Step[];
  readonly elements?: readonly Element[];
  /** Of the creation of a ring whose stores are told. */
  readonly setup?: RingSetup;
} & { readonly [field in NumericField]?: number };
