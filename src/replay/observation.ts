import type { Layout } from "../model/event.ts";
import type { Effect, Evidence, Party, Place } from "../model/finding.ts";
import type { ByteOrder } from "./byte-order.ts";
import type { LifeFact } from "./life-facts.ts";
import type {
  BufferExposed,
  BufferFetched,
  BufferUsed,
  EventWordSeen,
  StoresSeen,
} from "./ring-facts.ts";

/** Most Observations have nothing to prove. */
export const NO_EVIDENCE: readonly Evidence[] = [];

/**
 * Facts that the engine states; a closed list. Rules judge them. An Observation whose `undecided` is
 * set is a check that could not be made, with the reason in the words that coverage counts.
 */
export type Observation =
  | FreeCountSampled
  | PositionAdvanced
  | KickDecided
  | KickForced
  | DriverEventSampled
  | NumAddedSampled
  | RequestEnded
  | BufferChecked
  | BuffersDetached
  | AddRefused
  | PublicationAged
  | InterruptServed
  | InterruptAwaited
  | InterruptDecided
  | NotifyAwaited
  | BufferExposed
  | BufferUsed
  | BufferFetched
  | EventWordSeen
  | StoresSeen
  | ByteOrderSeen
  | LifeFact
  | EffectSeen
  | WorkLeft
  | PublicationLeft
  | KickEarly
  | NotificationSurvived
  | NotifyDataSeen;

/** The kinds of Observations; an object, so that the compiler misses none. */
const KINDS: Readonly<Record<Observation["kind"], true>> = {
  "freeCount.sampled": true,
  "position.advanced": true,
  "kick.decided": true,
  "kick.forced": true,
  "driverEvent.sampled": true,
  "numAdded.sampled": true,
  "request.ended": true,
  "buffer.checked": true,
  "buffers.detached": true,
  "add.refused": true,
  "publication.aged": true,
  "interrupt.served": true,
  "interrupt.awaited": true,
  "interrupt.decided": true,
  "notify.awaited": true,
  "buffer.exposed": true,
  "buffer.used": true,
  "buffer.fetched": true,
  "eventWord.seen": true,
  "stores.seen": true,
  "byteOrder.seen": true,
  "effect.seen": true,
  "work.left": true,
  "publication.left": true,
  "kick.early": true,
  "notification.survived": true,
  "notify.data": true,
  "status.written": true,
  "status.read": true,
  "queue.touched": true,
  "features.seen": true,
  "features.written": true,
  "features.answered": true,
  "config.written": true,
  "reset.needed": true,
  "queue.created": true,
  "queue.enabled": true,
  "buffer.withdrawn": true,
  "element.filled": true,
  "elements.flushed": true,
  "element.ended": true,
};

export const OBSERVATION_KINDS: readonly string[] = Object.keys(KINDS);

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
  /** Every value that the device's words had is known, not only samples of them. */
  readonly exact: boolean;
  /** It was sent, and at no time since the publication was it wanted; known from ring stores only. */
  readonly superfluous: boolean;
  /** Whether the words at the decision wanted a notification; undefined where they do not say. */
  readonly wanted: boolean | undefined;
  readonly by: "flags" | "event" | undefined;
  /** What was decided; undefined when the return was not seen. */
  readonly needsKick: boolean | undefined;
  /** Positions (packed) or entries (split) published since the decision before: [old, next). */
  readonly old: number;
  readonly next: number;
  /** The device's words that decided: flags, and off_wrap or avail_event; UNKNOWN where not recorded. */
  readonly flags: number;
  readonly word: number;
  /** What the device asked for, and what the driver had published, in words. */
  readonly asked: string;
  readonly published: string;
  /** A word that is to be ignored here, and that would explain the decision; empty if there is none. */
  readonly explained: string;
  readonly evidence: readonly Evidence[];
  readonly effects: readonly Effect[];
}

/** A notification that no decision asked for: Linux gives one with an add that it refuses. */
export interface KickForced {
  readonly kind: "kick.forced";
  readonly queue: QueueView;
  readonly place: Place;
  /** Whether the device's words want one of what was published before; undefined where they do not say. */
  readonly wanted: boolean | undefined;
  readonly evidence: readonly Evidence[];
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

/** How a buffer's time in the trace ended. */
export type BufferEnd =
  /** get_buf returned it, or detach_unused_buf did. */
  | "returned"
  | "detached"
  /** It is still out when the trace ends, or its queue is deleted. */
  | "outstanding"
  /** Its token was added again: it came back unseen. */
  | "unseen";

/** One buffer, from its add to wherever the trace lets it end. */
export interface RequestEnded {
  readonly kind: "request.ended";
  readonly queue: QueueView;
  readonly token: number;
  readonly added: Place;
  readonly kicked: Place | undefined;
  readonly returned: Place | undefined;
  /** Of one that came back unseen: what showed that it was back. */
  readonly noticed: Place | undefined;
  /** The last interrupt of the queue before it came back; undefined where that was before its kick. */
  readonly interrupted: Place | undefined;
  readonly end: BufferEnd;
  /** False when its return may have gone unseen, and the token used again. */
  readonly certain: boolean;
}

/** A buffer came back, or was added: against what was in flight. */
export interface BufferChecked {
  readonly kind: "buffer.checked";
  readonly queue: QueueView;
  readonly place: Place;
  readonly undecided: string | undefined;
  readonly problem: "never-added" | "returned-twice" | "too-many" | undefined;
  readonly inFlight: number;
  readonly evidence: readonly Evidence[];
}

/** detach_unused_buf has returned everything it will. */
export interface BuffersDetached {
  readonly kind: "buffers.detached";
  readonly queue: QueueView;
  readonly place: Place;
  readonly undecided: string | undefined;
  readonly left: number;
  readonly evidence: readonly Evidence[];
}

/** An add was refused for lack of room. */
export interface AddRefused {
  readonly kind: "add.refused";
  readonly queue: QueueView;
  readonly place: Place;
  readonly undecided: string | undefined;
  readonly numFree: number;
  /** Slots or descriptors in flight by the driver's own state; UNKNOWN (-1) if so. */
  readonly inFlight: number;
  /** Descriptors that the buffer needs; UNKNOWN (-1) if so. */
  readonly needed: number;
  readonly evidence: readonly Evidence[];
}

/** Time from the last add to the next kick decision or get_buf. */
export interface PublicationAged {
  readonly kind: "publication.aged";
  readonly queue: QueueView;
  /** The add. */
  readonly place: Place;
  readonly age: number;
  readonly evidence: readonly Evidence[];
}

/** What an interrupt brought. */
export interface InterruptServed {
  readonly kind: "interrupt.served";
  readonly queue: QueueView;
  readonly place: Place;
  readonly undecided: string | undefined;
  readonly work: boolean;
  readonly evidence: readonly Evidence[];
}

/** Callbacks were enabled, and the next buffer was used: with an interrupt, or without. */
export interface InterruptAwaited {
  readonly kind: "interrupt.awaited";
  readonly queue: QueueView;
  readonly place: Place;
  readonly undecided: string | undefined;
  readonly seen: boolean;
  readonly evidence: readonly Evidence[];
}

/** The device decided whether to interrupt, where every value of the driver's word is known. */
export interface InterruptDecided {
  readonly kind: "interrupt.decided";
  readonly queue: QueueView;
  readonly place: Place;
  readonly undecided: string | undefined;
  readonly wanted: boolean | undefined;
  readonly sent: boolean;
  /** With legacy NOTIFY_ON_EMPTY: whether nothing was left with the device; undefined without it. */
  readonly emptied: boolean | undefined;
  /** Slots (packed) or entries (split) marked used since the decision before. */
  readonly used: number;
  /** What the driver asked for, in words. */
  readonly asked: string;
  /** A word that is to be ignored here, and that would explain the decision; empty if there is none. */
  readonly explained: string;
  readonly evidence: readonly Evidence[];
}

/** A decision to notify, and whether the notification itself was seen. */
export interface NotifyAwaited {
  readonly kind: "notify.awaited";
  readonly queue: QueueView;
  readonly place: Place;
  readonly undecided: string | undefined;
  readonly seen: boolean;
  readonly evidence: readonly Evidence[];
}

/** The bytes of a ring at one instant: in which byte order its descriptors make sense. */
export interface ByteOrderSeen {
  readonly kind: "byteOrder.seen";
  readonly queue: QueueView;
  readonly place: Place;
  readonly order: ByteOrder;
  /** Whether VIRTIO_F_VERSION_1 was negotiated; undefined where nobody says so. */
  readonly version1: boolean | undefined;
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

/** The run ends, and work stands that nothing in the log is going to move; or none does. */
export interface WorkLeft {
  readonly kind: "work.left";
  readonly queue: QueueView;
  /** The run's end. */
  readonly place: Place;
  readonly undecided: string | undefined;
  /** Which work, and who would have to move it; empty when none stands. */
  readonly sort: "" | "not-told" | "told-and-left" | "withheld" | "not-taken";
  readonly party: Party;
  readonly message: string;
  /** What would have to be true for it to be no stall. */
  readonly unless: readonly string[];
  readonly evidence: readonly Evidence[];
}

/** The run ends, and no decision whether to notify the device has followed what was made available. */
export interface PublicationLeft {
  readonly kind: "publication.left";
  readonly queue: QueueView;
  readonly place: Place;
  /** The device asked to be notified of it all along, has not fetched it, and the driver went on. */
  readonly wanted: boolean;
  /** What the device asks for, in words. */
  readonly asked: string;
  readonly evidence: readonly Evidence[];
}

/** A notification stood in the operation that published, before the store that did. */
export interface KickEarly {
  readonly kind: "kick.early";
  readonly queue: QueueView;
  readonly place: Place;
  readonly undecided: string | undefined;
  /** The device asked for what was published, and no notification followed. */
  readonly missed: boolean;
  readonly asked: string;
  readonly evidence: readonly Evidence[];
}

/** A party was notified of nothing new: did it go on? */
export interface NotificationSurvived {
  readonly kind: "notification.survived";
  readonly queue: QueueView;
  readonly place: Place;
  readonly party: Exclude<Party, "unknown">;
  readonly broken: boolean;
  readonly evidence: readonly Evidence[];
}

/** The value that a notification carried with VIRTIO_F_NOTIFICATION_DATA (virtio 1.3, 2.9). */
export interface NotifyDataSeen {
  readonly kind: "notify.data";
  readonly queue: QueueView;
  readonly place: Place;
  readonly undecided: string | undefined;
  /** The driver's position as next_off and next_wrap have it: 15 bits, then one. */
  readonly expected: number;
  readonly found: number;
  /** What else is wrong with it: the queue's number, or an offset outside the ring; empty if nothing. */
  readonly what: string;
  readonly evidence: readonly Evidence[];
}

/** What a rule may know of a queue. */
export interface QueueView {
  /** Place among the queues of its source, from 0. */
  readonly number: number;
  readonly id: string;
  readonly name: string | undefined;
  readonly index: number | undefined;
  readonly layout: Layout | undefined;
  readonly size: number | undefined;
  /** Place among queues of the same name, index, layout and size, in order of appearance. */
  readonly ordinal: number;
}
