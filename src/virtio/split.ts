/**
 * Split rings by offset (virtio 1.3, 2.7.6 and 2.7.8). An *idx* is free-running modulo 2^16, a *slot*
 * is `idx % N`; the two never mix. The driver area is the available ring, the device area the used ring.
 */

import { DESC_BYTES } from "./descriptor.ts";

/** Both rings. */
export const RING_FLAGS = 0;
export const RING_IDX = 2;

export const AVAIL_F_NO_INTERRUPT = 1;
export const USED_F_NO_NOTIFY = 1;

export function splitDescBytes(queueSize: number): number {
  return DESC_BYTES * queueSize;
}

/** `used_event` is counted in: the layout has it whether EVENT_IDX is negotiated or not. */
export function availBytes(queueSize: number): number {
  return 6 + 2 * queueSize;
}

/** With `avail_event`. */
export function usedBytes(queueSize: number): number {
  return 6 + 8 * queueSize;
}

/** Offset of the entry in a slot of the available ring: le16, the head of a chain. */
export function availEntry(slot: number): number {
  return 4 + 2 * slot;
}

/** Offset of the element in a slot of the used ring: le32 id, le32 len. */
export function usedElem(slot: number): number {
  return 4 + 8 * slot;
}

export function usedEventOffset(queueSize: number): number {
  return 4 + 2 * queueSize;
}

export function availEventOffset(queueSize: number): number {
  return 4 + 8 * queueSize;
}
