/**
 * Descriptors of both layouts (virtio 1.3, 2.7.5 and 2.8.13): 16 bytes, little-endian. Note where
 * flags stand: at 12 in a split descriptor, at 14 in a packed one.
 */

export const DESC_BYTES = 16;

export const VIRTQ_DESC_F_NEXT = 0x1;
export const VIRTQ_DESC_F_WRITE = 0x2;
export const VIRTQ_DESC_F_INDIRECT = 0x4;
/** Packed only: the two bits that tell a slot's owner, each against a wrap counter (2.8.1). */
export const VIRTQ_DESC_F_AVAIL = 0x80;
export const VIRTQ_DESC_F_USED = 0x8000;

/** Offsets within a descriptor that both layouts share. */
export const DESC_ADDR = 0;
export const DESC_LEN = 8;
export const SPLIT_DESC_FLAGS = 12;
export const SPLIT_DESC_NEXT = 14;
export const PACKED_DESC_ID = 12;
export const PACKED_DESC_FLAGS = 14;

const FLAG_NAMES: readonly (readonly [bit: number, name: string])[] = [
  [VIRTQ_DESC_F_NEXT, "NEXT"],
  [VIRTQ_DESC_F_WRITE, "WRITE"],
  [VIRTQ_DESC_F_INDIRECT, "INDIRECT"],
];
const PACKED_FLAG_NAMES: readonly (readonly [bit: number, name: string])[] = [
  [VIRTQ_DESC_F_AVAIL, "AVAIL"],
  [VIRTQ_DESC_F_USED, "USED"],
];

/** The specification's names of the set bits, the rest as one hex number. */
export function descFlagNames(flags: number, layout: "split" | "packed"): string[] {
  const names: string[] = [];
  let rest = flags;
  for (const [bit, name] of layout === "packed"
    ? [...FLAG_NAMES, ...PACKED_FLAG_NAMES]
    : FLAG_NAMES) {
    if ((flags & bit) === 0) continue;
    names.push(name);
    rest &= ~bit;
  }
  if (rest !== 0) names.push(`0x${rest.toString(16)}`);
  return names;
}
