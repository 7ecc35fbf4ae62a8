import type { Layout } from "../model/event.ts";
import type { Evidence, Place } from "../model/finding.ts";
import type { FeatureSet } from "../virtio/feature-set.ts";
import type { QueueView } from "./observation.ts";

/** What is stated of a device's life, and of queues that are seen from their device's side. */
export type LifeFact =
  | StatusWritten
  | StatusRead
  | QueueTouched
  | FeaturesSeen
  | FeaturesWritten
  | FeaturesAnswered
  | ConfigWritten
  | ResetNeeded
  | QueueCreated
  | QueueEnabled
  | BufferWithdrawn
  | ElementFilled
  | ElementsFlushed
  | ElementEnded;

interface LifeChecked {
  readonly queue: QueueView;
  readonly place: Place;
  readonly evidence: readonly Evidence[];
}

/** The device status was written; UNKNOWN (-1) where it was not known before. */
export interface StatusWritten extends LifeChecked {
  readonly kind: "status.written";
  /** Why a surprise proves nothing: lines may be missing. */
  readonly undecided: string | undefined;
  readonly before: number;
  readonly value: number;
  /** VIRTIO_F_VERSION_1 was accepted, or was not; undefined where nothing says so. */
  readonly modern: boolean | undefined;
  /** DRIVER_OK was set at some time since the last reset. */
  readonly live: boolean;
  /** The source has writes that the device makes to its own status among those of the driver. */
  readonly mayBeOwn: boolean;
  /** Of the first write after a reset: did a read of 0 come first? Undefined where reads are not told. */
  readonly awaited: boolean | undefined;
}

/** The device status was read: the first time after it was written. */
export interface StatusRead extends LifeChecked {
  readonly kind: "status.read";
  readonly written: number;
  readonly value: number;
}

/** A device or its driver did something with a queue: what the status was then. */
export interface QueueTouched extends LifeChecked {
  readonly kind: "queue.touched";
  /** Why a surprise proves nothing: lines may be missing. */
  readonly undecided: string | undefined;
  readonly what: "popped" | "used" | "interrupted" | "notified";
  /** UNKNOWN (-1) where it, or whose queue this is, is not known. */
  readonly status: number;
  readonly modern: boolean | undefined;
  readonly live: boolean;
  /** A reset is known to be over, by a read of 0. */
  readonly resetOver: boolean;
  /** The queue itself was reset, that was seen to be over, and it has not been enabled again. */
  readonly queueReset: boolean;
}

/** Features, when they are offered or settled, or as they stand at one instant. */
export interface FeaturesSeen extends LifeChecked {
  readonly kind: "features.seen";
  readonly offered: FeatureSet | undefined;
  /** Undefined until they are settled: FEATURES_OK is written, or DRIVER_OK by a legacy driver. */
  readonly accepted: FeatureSet | undefined;
  /** FEATURES_OK is part of the status: the driver is no legacy one. */
  readonly featuresOk: boolean;
}

/** The driver wrote the features that it accepts. */
export interface FeaturesWritten extends LifeChecked {
  readonly kind: "features.written";
  /** Those that it had not accepted before. */
  readonly added: readonly string[];
  /** FEATURES_OK was part of the status by then. */
  readonly afterOk: boolean;
}

/** The device's answer to FEATURES_OK, by the next read of the status. */
export interface FeaturesAnswered extends LifeChecked {
  readonly kind: "features.answered";
  readonly kept: boolean;
  /** Accepted and not offered, or without what they stand on; undefined where it is not known. */
  readonly invalid: readonly string[] | undefined;
  /** The device may refuse what lacks this feature; empty where nothing excuses it. */
  readonly excuse: string;
  /** It took the same features before a reset. */
  readonly takenBefore: boolean;
}

/** The driver wrote to the device's configuration. */
export interface ConfigWritten extends LifeChecked {
  readonly kind: "config.written";
  readonly status: number;
  readonly modern: boolean | undefined;
}

/** The device cannot go on: by an error of its own, or by DEVICE_NEEDS_RESET in its status. */
export interface ResetNeeded extends LifeChecked {
  readonly kind: "reset.needed";
  /** What is missing of the two: the bit after an error, the interrupt after the bit. */
  readonly missing: "bit" | "interrupt" | undefined;
  readonly undecided: string | undefined;
}

/** A queue was created, or is seen as it was: what it is, and where. */
export interface QueueCreated extends LifeChecked {
  readonly kind: "queue.created";
  readonly layout: Layout | undefined;
  readonly size: number;
  /** Addresses of the Descriptor, Driver and Device Area; NaN where one is not told. */
  readonly areas: readonly number[];
  /** VIRTIO_F_VERSION_1 was not accepted: the legacy layout applies. */
  readonly legacy: boolean;
  /** Addresses are those that the device gets, and not what a probe made of a struct. */
  readonly exact: boolean;
  /** Other queues of the same device at the same time. */
  readonly others: readonly QueuePlace[];
}

/** Where the areas of a queue stand. */
export interface QueuePlace {
  readonly name: string;
  readonly layout: Layout;
  readonly size: number;
  readonly areas: readonly number[];
}

/** A queue was enabled, after a queue reset or without one. */
export interface QueueEnabled extends LifeChecked {
  readonly kind: "queue.enabled";
  /** A queue reset was asked for since it was enabled last. */
  readonly reset: boolean;
  /** The driver read that it was over; undefined where the source tells no such reads. */
  readonly verified: boolean | undefined;
}

/** The driver took back a buffer that the device had not used. */
export interface BufferWithdrawn extends LifeChecked {
  readonly kind: "buffer.withdrawn";
  /** The queue was live: neither it nor its device had been reset. */
  readonly live: boolean;
}

/** The device marks an element used, that it names by a pointer of its own. */
export interface ElementFilled extends LifeChecked {
  readonly kind: "element.filled";
  readonly undecided: string | undefined;
  /** What is wrong: it is another queue's, or was marked used before. */
  readonly problem: "other queue" | "filled twice" | undefined;
}

/** The device publishes the elements that it filled. */
export interface ElementsFlushed extends LifeChecked {
  readonly kind: "elements.flushed";
  readonly undecided: string | undefined;
  readonly filled: number;
  readonly flushed: number;
}

/** How an element's time in the log ended. */
export type ElementEnd =
  /** It was marked used. */
  | "used"
  /** The device holds it when the log ends. */
  | "held"
  /** The device was reset while it held it. */
  | "reset"
  /** Its memory was used again: it was given back, or used, unseen. */
  | "unseen";

/** One element, from its pop to wherever the log lets it end. */
export interface ElementEnded {
  readonly kind: "element.ended";
  readonly queue: QueueView;
  /** The device's own pointer. */
  readonly element: number;
  readonly popped: Place;
  readonly filled: Place | undefined;
  /** The flush of its batch; undefined where the log has none, or not all that it covers. */
  readonly flushed: Place | undefined;
  /** The first interrupt of its queue after it was published. */
  readonly interrupted: Place | undefined;
  readonly end: ElementEnd;
  /** False where lines of the log may be missing between its pop and its fill. */
  readonly certain: boolean;
}
