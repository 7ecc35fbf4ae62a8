import { AREA } from "../model/memory.ts";
import {
  DESC_BYTES,
  PACKED_DESC_FLAGS,
  PACKED_DESC_ID,
  SPLIT_DESC_FLAGS,
  SPLIT_DESC_NEXT,
  VIRTQ_DESC_F_INDIRECT,
  VIRTQ_DESC_F_NEXT,
  VIRTQ_DESC_F_WRITE,
} from "../virtio/descriptor.ts";
import { OWNER_BITS } from "../virtio/packed.ts";
import type { RingMemory } from "./ring-memory.ts";

/** How the fields of a ring make sense; "unknown" where they say too little, or make none. */
export type ByteOrder = "little" | "big" | "unknown";

/** Descriptors that must make sense in one order alone: one may be anything. */
const WITNESSES = 2;
const SPLIT_FLAGS = VIRTQ_DESC_F_NEXT | VIRTQ_DESC_F_WRITE | VIRTQ_DESC_F_INDIRECT;

/**
 * The byte order of a ring's descriptors, by their flags and the numbers beside them. Every field is
 * little-endian (virtio 1.3, 1.4), but for those of a legacy guest, which are its own (2.7.3). No flag of
 * one order is one of the other but AVAIL and USED, which are each other's: those alone say nothing.
 */
export function byteOrderOf(memory: RingMemory): ByteOrder {
  const { layout, queueSize } = memory;
  const packed = layout === "packed";
  const defined = packed ? SPLIT_FLAGS | OWNER_BITS : SPLIT_FLAGS;
  const flagsField = packed ? PACKED_DESC_FLAGS : SPLIT_DESC_FLAGS;
  const numberField = packed ? PACKED_DESC_ID : SPLIT_DESC_NEXT;
  let little = 0;
  let big = 0;
  for (let slot = 0; slot < queueSize; slot++) {
    const at = slot * DESC_BYTES;
    const flags = memory.get16(AREA.desc, at + flagsField);
    if ((flags & ~OWNER_BITS) === 0 && (packed || flags === 0)) continue;
    const number = memory.get16(AREA.desc, at + numberField);
    const counts = packed || (swapped(flags) & VIRTQ_DESC_F_NEXT) !== 0;
    if ((flags & ~defined) === 0) little++;
    else if ((swapped(flags) & ~defined) === 0 && (!counts || swapped(number) < queueSize)) big++;
    else return "unknown";
  }
  if (big === 0) return little > 0 ? "little" : "unknown";
  return little === 0 && big >= WITNESSES ? "big" : "unknown";
}

function swapped(word: number): number {
  return ((word & 0xff) << 8) | (word >>> 8);
}
