import type { Layout } from "../../model/event.ts";
import type { DumpEvent, PackedPosition } from "../../model/ring-dump.ts";
import type { PictureBuffer, PictureWord } from "../../model/ring-picture.ts";
import { positionSlot, positionWrap, RING_EVENT_FLAGS_DESC } from "../../virtio/packed.ts";

/** What a picture is drawn of: facts of a queue that no event changes. */
export interface PictureQueue {
  readonly queue: number;
  readonly key: string;
  readonly layout: Layout;
  readonly size: number;
  /** Undefined where nobody tells. */
  readonly eventIdx: boolean | undefined;
  readonly indirect: boolean | undefined;
}

/** A buffer in flight, as far as the calls tell it; the ring tells the rest. */
export type InFlightRow = Pick<
  PictureBuffer,
  "seq" | "token" | "added" | "age" | "kicked" | "task" | "certain"
>;

export function pictureWord(
  word: DumpEvent | null,
  seq: number,
  { size, eventIdx }: PictureQueue,
): PictureWord | null {
  if (word === null) return null;
  const { off, event, flags } = word;
  const points = off === null ? eventIdx !== false : flags === RING_EVENT_FLAGS_DESC;
  const slot = off ?? (event === null ? null : event % size);
  return { ...word, slot: points && slot !== null && slot < size ? slot : null, seq };
}

/** Null below 0, which stands for unknown. */
export function picturePosition(position: number, size: number): PackedPosition | null {
  if (position < 0) return null;
  return { slot: positionSlot(position, size), wrap: positionWrap(position, size) };
}

export function knownOrNull(value: number): number | null {
  return value < 0 ? null : value;
}
