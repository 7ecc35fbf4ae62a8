import {
  positionDistance,
  RING_EVENT_FLAGS_DESC,
  RING_EVENT_FLAGS_DISABLE,
  RING_EVENT_FLAGS_ENABLE,
  wordPosition,
} from "../virtio/packed.ts";
import { u16 } from "../virtio/u16.ts";

/**
 * Whether a notification is wanted (virtio 1.3, 2.7.10 and 2.8.10); `reason` where the words do not
 * say, in the words that coverage counts.
 */
export type Wanted =
  | { readonly wanted: boolean; readonly by: "flags" | "event" }
  | { readonly wanted: undefined; readonly reason: string };

/** The two answers, by what decided: the same objects each time, for a decision is a frequent thing. */
export const WANTED = {
  flags: { wanted: true, by: "flags" },
  event: { wanted: true, by: "event" },
} as const;
export const UNWANTED = {
  flags: { wanted: false, by: "flags" },
  event: { wanted: false, by: "event" },
} as const;

/** Split with EVENT_IDX: is `event` among the entries [old, next) modulo 2^16? */
export function splitEventWanted(event: number, old: number, next: number): boolean {
  return u16(next - event - 1) < u16(next - old);
}

/**
 * Packed: the event suppression structure of the other side, after `slots` slots up to `position`.
 * `eventIdx` undefined: not known whether VIRTIO_F_EVENT_IDX was negotiated.
 */
export function packedWanted(facts: {
  readonly flags: number;
  readonly offWrap: number;
  readonly position: number;
  readonly slots: number;
  readonly queueSize: number;
  readonly eventIdx: boolean | undefined;
}): Wanted {
  const { flags, offWrap, position, slots, queueSize, eventIdx } = facts;
  if (flags === RING_EVENT_FLAGS_ENABLE) return slots > 0 ? WANTED.flags : UNWANTED.flags;
  if (flags === RING_EVENT_FLAGS_DISABLE) return UNWANTED.flags;
  if (flags !== RING_EVENT_FLAGS_DESC) {
    return { wanted: undefined, reason: "event flags have a reserved value" };
  }
  if (eventIdx === false) {
    return { wanted: undefined, reason: "flags are DESC without VIRTIO_F_EVENT_IDX" };
  }
  // One wrap bit cannot tell a lap from the next but one (catalogue 3.5, trap 5).
  if (slots > queueSize) {
    return { wanted: undefined, reason: "more slots than the queue has since the last decision" };
  }
  const event = wordPosition(offWrap, queueSize);
  if (event === undefined) {
    return { wanted: undefined, reason: "off_wrap points outside the ring" };
  }
  const old = positionDistance(slots, position, queueSize);
  return positionDistance(old, event, queueSize) < slots ? WANTED.event : UNWANTED.event;
}
