/**
 * Packed ring words and positions (virtio 1.3, 2.8).
 *
 * A *slot* is an index into the descriptor ring, 0 to N-1. A *position* is a slot together with a
 * wrap counter, folded into one number: `slot + (wrap ? 0 : N)`, in [0, 2N). Positions compare and
 * subtract modulo 2N; slots never do.
 */

import { VIRTQ_DESC_F_AVAIL, VIRTQ_DESC_F_USED } from "./descriptor.ts";

/** virtio 1.3, 2.7 and 2.8: no queue is larger. */
export const QUEUE_SIZE_MAX = 32768;

/** Offsets within an event suppression structure, 4 bytes (2.8.14); both areas hold one. */
export const EVENT_OFF_WRAP = 0;
export const EVENT_FLAGS = 2;
export const EVENT_BYTES = 4;

/** virtio 1.3, 2.8.14: values of the two flag bits of an event suppression structure. */
export const RING_EVENT_FLAGS_ENABLE = 0;
export const RING_EVENT_FLAGS_DISABLE = 1;
export const RING_EVENT_FLAGS_DESC = 2;

const RING_EVENT_FLAGS_NAMES = ["ENABLE", "DISABLE", "DESC"];

/** The specification's name of an event flags value; the number where it has none. */
export function eventFlagsName(flags: number): string {
  return RING_EVENT_FLAGS_NAMES[flags] ?? `0x${flags.toString(16)}`;
}

/** The two ownership bits of a descriptor that is available at wrap counter `wrap` (2.8.1). */
export function availBits(wrap: number): number {
  return wrap === 0 ? VIRTQ_DESC_F_USED : VIRTQ_DESC_F_AVAIL;
}

/** The two ownership bits of a descriptor that is used at wrap counter `wrap` (2.8.1). */
export function usedBits(wrap: number): number {
  return wrap === 0 ? 0 : VIRTQ_DESC_F_AVAIL | VIRTQ_DESC_F_USED;
}

/** Both ownership bits. */
export const OWNER_BITS = VIRTQ_DESC_F_AVAIL | VIRTQ_DESC_F_USED;

export function packedPosition(slot: number, wrap: number, queueSize: number): number {
  return wrap === 0 ? slot + queueSize : slot;
}

/**
 * The position in a word that keeps the offset in bits 0 to 14 and the wrap counter in bit 15:
 * `off_wrap`, and Linux's `last_used_idx`. Undefined when the offset is outside the ring.
 */
export function wordPosition(word: number, queueSize: number): number | undefined {
  const slot = word & 0x7fff;
  if (slot >= queueSize || word > 0xffff || word < 0) return undefined;
  return packedPosition(slot, word >> 15, queueSize);
}

/** The inverse of {@link wordPosition}. */
export function positionWord(position: number, queueSize: number): number {
  return position < queueSize ? position | 0x8000 : position - queueSize;
}

export function positionSlot(position: number, queueSize: number): number {
  return position < queueSize ? position : position - queueSize;
}

export function positionWrap(position: number, queueSize: number): 0 | 1 {
  return position < queueSize ? 1 : 0;
}

/** Slots from one position forward to another, in [0, 2N). */
export function positionDistance(from: number, to: number, queueSize: number): number {
  const lap2 = 2 * queueSize;
  const distance = to - from;
  // Two positions are less than two laps apart: a division costs more than all the rest.
  if (distance >= 0 && distance < lap2) return distance;
  if (distance < 0 && distance >= -lap2) return distance + lap2;
  return ((distance % lap2) + lap2) % lap2;
}

export function advancePosition(position: number, slots: number, queueSize: number): number {
  return positionDistance(0, position + slots, queueSize);
}

/** `slot 9 (wrap 1)`. */
export function positionText(position: number, queueSize: number): string {
  return `slot ${positionSlot(position, queueSize)} (wrap ${positionWrap(position, queueSize)})`;
}
