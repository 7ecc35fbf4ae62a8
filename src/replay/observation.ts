import type { Layout } from "../model/event.ts";
import type { Effect, Evidence, Place } from "../model/finding.ts";

/**
 * Facts that the engine states; a closed list. Rules judge them. An Observation whose `undecided` is
 * set is a check that could not be made, with the reason in the words that coverage counts.
 */
export type Observation =
  | FreeCountSampled
  | PositionAdvanced
  | KickDecided
  | DriverEventSampled
  | NumAddedSampled
  | EffectSeen;

/** One sample of a packed queue shows both positions and the free count. */
export interface FreeCountSampled {
  readonly kind: "freeCount.sampled";
  readonly queue: QueueView;
  readonly place: Place;
  readonly undecided: string | undefined;
  readonly avail: number;
  readonly used: number;
  readonly numFree: number;
  readonly evidence: readonly Evidence[];
}

/** A call moved a position over the ring end, or should have. */
export interface PositionAdvanced {
  readonly kind: "position.advanced";
  readonly queue: QueueView;
  /** The call that moved it: an add for `avail`, a get_buf for `used`. */
  readonly which: "avail" | "used";
  readonly place: Place;
  readonly undecided: string | undefined;
  readonly from: number;
  readonly to: number;
  /** Whether the wrap counter is right at `to`; when it is not, `to` with its wrap bit flipped is. */
  readonly flipped: boolean;
  readonly evidence: readonly Evidence[];
}

/** What became of a decision whether to notify the device. */
export interface KickDecided {
  readonly kind: "kick.decided";
  readonly queue: QueueView;
  readonly place: Place;
  readonly undecided: string | undefined;
  readonly layout: Layout | undefined;
  /** The notification was wanted, was not sent, and nothing that followed explains that away. */
  readonly missed: boolean;
  readonly by: "flags" | "event";
  /** What the device asked for, and what the driver had published, in words. */
  readonly asked: string;
  readonly published: string;
  readonly evidence: readonly Evidence[];
  readonly effects: readonly Effect[];
}

/** The driver's own event word after it enabled callbacks, in DESC mode. */
export interface DriverEventSampled {
  readonly kind: "driverEvent.sampled";
  readonly queue: QueueView;
  /** The call that enabled callbacks. */
  readonly place: Place;
  readonly undecided: string | undefined;
  /** Used position when callbacks were enabled; off_wrap may point there or ahead, up to `ahead`. */
  readonly enabledAt: number;
  readonly ahead: number;
  readonly sampled: number;
  /** Whether `sampled` lies in the arc from `enabledAt` to `ahead`. */
  readonly inside: boolean;
  readonly evidence: readonly Evidence[];
}

/** The count of entries added since the last kick decision, at the next sample. */
export interface NumAddedSampled {
  readonly kind: "numAdded.sampled";
  readonly queue: QueueView;
  /** The kick decision that had to reset it. */
  readonly place: Place;
  readonly undecided: string | undefined;
  readonly before: number;
  readonly sampled: number;
  /** Entries that the available position moved by in between. */
  readonly added: number;
  readonly evidence: readonly Evidence[];
}

/** Something that follows from an earlier mistake, when there is one. */
export interface EffectSeen {
  readonly kind: "effect.seen";
  readonly queue: QueueView;
  /** Effects of one sort are told once, with their number. */
  readonly sort: string;
  readonly effect: Effect;
}

/** What a rule may know of a queue. */
export interface QueueView {
  readonly id: string;
  readonly name: string | undefined;
  readonly index: number | undefined;
  readonly layout: Layout | undefined;
  readonly size: number | undefined;
  /** Place among queues of the same name, index, layout and size, in order of appearance. */
  readonly ordinal: number;
}
