import type { Evidence, Party, Place } from "../model/finding.ts";
import type { Chain } from "./chain.ts";
import type { QueueView } from "./observation.ts";

/**
 * What can be said of ring memory, whatever showed it: stores in their order, or a dump. Each subject
 * has aspects; an Observation says which of them the evidence decides, and what is odd in any of them.
 * Aspects are bits, so that one Observation carries them all at no cost.
 */

/** Of a buffer made available. */
export const EXPOSURE = {
  /** NEXT on the last descriptor of the buffer: it runs on into one that is not the buffer's. */
  runsOn: 1 << 0,
  /** NEXT is missing: the device sees fewer descriptors than the driver wrote for the buffer. */
  cutShort: 1 << 1,
  /** Split: `next` leads away from the descriptors that were written for the buffer. */
  misLinked: 1 << 2,
  /** The walk comes back to where it was, or leaves the ring or the table. */
  walkEnds: 1 << 3,
  /** Split: the entry of the available ring names a descriptor in the middle of the chain. */
  headIsHead: 1 << 4,
  /** Split: the entry of the available ring was stored for this buffer. */
  entryStored: 1 << 5,
  /** Nothing of the buffer was stored after the store that published it. */
  storedBefore: 1 << 6,
  /** A write barrier stands between the buffer's stores and the one that published it. */
  barrier: 1 << 7,
  /** Packed: AVAIL and USED are those of this lap. */
  ownerBits: 1 << 8,
  /** Packed: the last descriptor's id was stored for this buffer. */
  idStored: 1 << 9,
  /** The buffer id (packed) or head (split) is not that of a buffer in flight. */
  idFree: 1 << 10,
  /** None of its descriptors belongs to a buffer in flight. */
  slotsFree: 1 << 11,
  /** Device-readable elements come before device-writable ones. */
  elementOrder: 1 << 12,
  /** Each element has the direction that the caller asked for. */
  direction: 1 << 13,
  /** Addresses, lengths and number of elements are those that the caller asked for. */
  content: 1 << 14,
  /** An indirect table's length is a whole number of entries, and not 0. */
  tableLength: 1 << 15,
  /** A descriptor that points to an indirect table says so. */
  indirectFlag: 1 << 16,
  /** No entry of an indirect table sets a flag that is reserved there. */
  tableFlags: 1 << 17,
  /** INDIRECT only where VIRTIO_F_INDIRECT_DESC was negotiated. */
  indirectAllowed: 1 << 18,
  /** An indirect descriptor does not lead on; packed: it is the whole list. */
  indirectAlone: 1 << 19,
  /** Descriptors and table entries together are no more than the queue has. */
  length: 1 << 20,
  /** Split: all elements together are no more than 2^32 bytes. */
  bytes: 1 << 21,
  /** No element is of length 0. */
  lengthSet: 1 << 22,
  /** Split, with IN_ORDER: descriptors, and table entries, follow each other. */
  sequential: 1 << 23,
  /** Split: no flag is set but NEXT, WRITE and INDIRECT. */
  flagsKnown: 1 << 24,
  /** Packed: the buffer id is below the queue size. */
  idInside: 1 << 25,
  /** Packed: the slot behind the list does not look available in the lap of its position. */
  slotBehind: 1 << 26,
  /** An indirect table alone is no longer than the queue, which the specification leaves open. */
  tableFits: 1 << 27,
} as const;

/** Of a store, or a value, of an event suppression structure or of a ring's flags and event index. */
export const EVENT_WORD = {
  /** Packed: flags are ENABLE, DISABLE or DESC, nothing else. */
  flagsKnown: 1 << 0,
  /** Packed: DESC only with VIRTIO_F_EVENT_IDX. */
  descNegotiated: 1 << 1,
  /** Packed: with DESC, the offset is inside the ring. */
  offInside: 1 << 2,
  /** Packed: off_wrap is stored before flags become DESC. */
  offFirst: 1 << 3,
  /** Packed: a write barrier stands between off_wrap and flags. */
  barrier: 1 << 4,
  /** With callbacks enabled by the plain form, the event asked for is the next used buffer. */
  nextAsked: 1 << 5,
  /** Split: flags are 0 or 1, and with VIRTIO_F_EVENT_IDX 0. */
  ringFlags: 1 << 6,
  /** Split: the device stores avail_event only with VIRTIO_F_EVENT_IDX. */
  eventNegotiated: 1 << 7,
  /** The device asks for no later buffer than the next one that it has not fetched. */
  nextFetched: 1 << 8,
  /** The driver did not overlook a used buffer when it answered that none was pending. */
  pendingSeen: 1 << 9,
  /** What the driver believes its own flags to be is what they are. */
  shadowTrue: 1 << 10,
} as const;

/** Of a buffer that the device marked used. */
export const USE = {
  /** The id (packed) or head (split) is that of a buffer in flight. */
  idInFlight: 1 << 0,
  /** len is no more than the buffer's device-writable bytes. */
  lenFits: 1 << 1,
  /** A write barrier stands between id and len and the store that published them. */
  barrier: 1 << 2,
  /** Nothing of the used element was stored after it was published. */
  storedBefore: 1 << 3,
  /** Packed: it was written at the device's position, with the owner bits of its lap. */
  position: 1 << 4,
  /** Packed: no slot that the device's position steps over with the buffer is marked used itself. */
  oneElement: 1 << 5,
  /** Packed: WRITE is set where len is not 0 and the buffer has device-writable elements. */
  writeFlag: 1 << 6,
  /** Split: the used element was stored since its slot was last published. */
  elementStored: 1 << 7,
  /** What the device stored as used elements was published when it stopped. */
  published: 1 << 8,
  /** Packed: a batch that must appear at once does: its first flags are stored last. */
  atOnce: 1 << 9,
  /** With VIRTIO_F_IN_ORDER: it was not passed over by a batch before. */
  order: 1 << 10,
} as const;

/** Of what a device finds when it looks for an available buffer. */
export const FETCH = {
  /** The buffer that it takes is available, at the place where it takes it. */
  available: 1 << 0,
  /** Packed: it is the next one, in the order of the ring. */
  order: 1 << 1,
  /** It takes a buffer when there is one. */
  noticed: 1 << 2,
  /** The device's own position is behind it then. */
  position: 1 << 3,
  /** It finds as many device-writable bytes as the buffer has. */
  elements: 1 << 4,
  /** The first look after the queue was created anew is at the start of the ring. */
  atStart: 1 << 5,
} as const;

/** Of all the stores of one operation, and of the indexes and positions they lead to. */
export const STORES = {
  /** Each went to an area that the party may write, and to nothing the other side owns. */
  owned: 1 << 0,
  /** Split: no more entries are available than the queue has, and idx never goes back. */
  availIdx: 1 << 1,
  /** Split: used.idx does not go back, and does not pass avail.idx. */
  usedIdx: 1 << 2,
  /** The driver's own available position is the ring's. */
  driverState: 1 << 3,
  /** The areas held nothing but zero when the queue was created. */
  zeroed: 1 << 4,
  /** Split: the driver's count of free descriptors is that of the chains that it has not taken back. */
  freeCount: 1 << 5,
  /** The driver's own used position is the ring's. */
  usedState: 1 << 7,
  /** get_buf returns a buffer only when a used element stands at the driver's position. */
  returnedUsed: 1 << 8,
  /** It is the buffer that the used element names. */
  returnedNamed: 1 << 9,
  /** get_buf finds the used element that stands there. */
  usedNoticed: 1 << 10,
  /** After the queue was created anew the driver begins at the start of the ring. */
  atStart: 1 << 11,
} as const;

/** Something odd, in numbers; which of them mean what, the aspect says. NONE where there is none. */
export interface RingFact {
  readonly aspect: number;
  /** Slot, descriptor or table entry that is odd. */
  readonly slot: number;
  /** The other one: where NEXT leads, which buffer owns it. */
  readonly other: number;
  readonly found: number;
  readonly expected: number;
  /** What was found, in words, where numbers do not say it. */
  readonly what: string;
  readonly evidence: readonly Evidence[];
}

export const NONE = -1;

/** Made anew for nobody: valid until the handler returns, as its facts and its place stay. */
interface RingChecked {
  readonly queue: QueueView;
  readonly place: Place;
  /** Aspects that the evidence decides; the rest are either undecided or do not apply. */
  readonly decided: number;
  /** Barriers that the source does not record: their aspects are undecided for that reason. */
  readonly unlogged: number;
  /** Aspects that it would have to decide and cannot, with the reason. */
  readonly undecided: number;
  readonly reason: string;
  /** Everything odd, each of a decided aspect. */
  readonly facts: readonly RingFact[];
}

/** A buffer was made available, or is seen to be. */
export interface BufferExposed extends RingChecked {
  readonly kind: "buffer.exposed";
  /** Split: the head. Packed: the first slot. */
  readonly head: number;
  /** Valid until the handler returns. */
  readonly chain: Chain;
}

export interface BufferUsed extends RingChecked {
  readonly kind: "buffer.used";
  readonly bufferId: number;
  readonly len: number;
  /** VIRTIO_F_VERSION_1 is known not to be negotiated: such devices often report another length (2.7.8.1). */
  readonly legacy: boolean;
  /** Nothing follows in the log: what is missing may only not have been recorded. */
  readonly atLogEnd: boolean;
}

export interface BufferFetched extends RingChecked {
  readonly kind: "buffer.fetched";
  /** NONE where the device found nothing. */
  readonly bufferId: number;
}

export interface EventWordSeen extends RingChecked {
  readonly kind: "eventWord.seen";
  readonly party: Party;
}

export interface StoresSeen extends RingChecked {
  readonly kind: "stores.seen";
  readonly party: Party;
}

export const NO_FACTS: readonly RingFact[] = [];

/** What a fact says beside its aspect and evidence; NONE, or no words, where it is left out. */
export type FactNumbers = Partial<Omit<RingFact, "aspect" | "evidence">>;

export function ringFact(
  aspect: number,
  evidence: RingFact["evidence"],
  numbers: FactNumbers,
): RingFact {
  return {
    aspect,
    slot: NONE,
    other: NONE,
    found: NONE,
    expected: NONE,
    what: "",
    ...numbers,
    evidence,
  };
}
