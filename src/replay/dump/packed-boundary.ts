import { AREA } from "../../model/memory.ts";
import {
  DESC_BYTES,
  PACKED_DESC_FLAGS,
  PACKED_DESC_ID,
  VIRTQ_DESC_F_AVAIL,
  VIRTQ_DESC_F_NEXT,
} from "../../virtio/descriptor.ts";
import {
  advancePosition,
  availBits,
  OWNER_BITS,
  packedPosition,
  positionDistance,
  positionSlot,
  positionWrap,
  usedBits,
} from "../../virtio/packed.ts";
import type { RingMemory } from "../ring-memory.ts";
import { neverWritten } from "./dump-input.ts";

/** Where both sides may stand, by the bits of the descriptors alone. Positions, see virtio/packed.ts. */
export interface PackedBoundary {
  /** Where the driver puts its next list. */
  readonly driver: number;
  /** Slots behind it that a list in the making has written already; its head comes last. */
  readonly ahead: number;
  /** The oldest position whose descriptor is still there. */
  readonly oldest: number;
  /** The last descriptor that the device marked used; undefined when none is left. */
  readonly lastUsed: number | undefined;
  /** The device's next used descriptor goes to one of these, inclusive. */
  readonly deviceMin: number;
  readonly deviceMax: number;
  /** No slot has been written twice yet. */
  readonly firstLap: boolean;
  /** The bits would be the same in the middle of writing one list over nearly the whole ring. */
  readonly doubtful: boolean;
}

/** More changes of AVAIL around the ring than a driver's position and a list in the making explain. */
const RUNS_MAX = 4;

/**
 * Finds the boundaries of a packed ring (virtio 1.3, 2.8.1) in the bits of its descriptors.
 *
 * A driver writes each slot once a lap, with AVAIL equal to its wrap counter of that lap, and a device
 * that marks one used leaves AVAIL as it is. So AVAIL changes exactly where the driver stands: that is
 * told even where skipped slots look available. Where the device stands is told no better than "behind
 * the last descriptor marked used": the slots after it may be in flight, or the rest of what was used.
 *
 * Undefined when AVAIL changes in a way that no position explains: another dump's bytes are mixed in,
 * or the driver rewrites the flags of descriptors that it has taken back.
 */
export function packedBoundary(memory: RingMemory): PackedBoundary | undefined {
  const { queueSize } = memory;
  const fits: { driver: number; ahead: number }[] = [];
  for (const driver of driverCandidates(memory)) {
    const ahead = aheadOf(memory, driver);
    if (ahead !== undefined) fits.push({ driver, ahead });
  }
  const plain = fits.filter(({ ahead }) => ahead === 0);
  const [only, ...others] = plain.length > 0 ? plain : fits;
  if (only === undefined || others.length > 0) return undefined;
  const { driver, ahead } = only;
  const doubtful = fits.length > 1;
  const firstLap = isFirstLap(memory, driver, ahead);
  // The slot in hand and those written ahead of it hold no older list any more.
  const behind = ahead === 0 ? queueSize : queueSize - ahead - 1;
  const oldest = firstLap ? 0 : positionDistance(behind, driver, queueSize);
  let lastUsed: number | undefined;
  for (let back = 1; back <= positionDistance(oldest, driver, queueSize); back++) {
    const position = positionDistance(back, driver, queueSize);
    const used = usedBits(positionWrap(position, queueSize));
    if (ownerBits(memory, positionSlot(position, queueSize)) !== used) continue;
    lastUsed = position;
    break;
  }
  const found = { driver, ahead, oldest, lastUsed, firstLap, doubtful };
  if (lastUsed !== undefined) {
    return { ...found, deviceMin: advancePosition(lastUsed, 1, queueSize), deviceMax: driver };
  }
  // A device that had moved in the first lap would have left its mark. Later, the driver may have
  // written a new list over the mark, and not over all the slots that were skipped behind it.
  const deviceMax = firstLap || driver === oldest ? oldest : positionDistance(1, driver, queueSize);
  return { ...found, deviceMin: oldest, deviceMax };
}

/**
 * Every pair of positions that the bits alone allow, without the assumption about AVAIL: a run of
 * available descriptors from the device's position on, and nothing available behind it.
 */
export function packedPairs(memory: RingMemory): { driver: number; device: number }[] {
  const { queueSize } = memory;
  const pairs: { driver: number; device: number }[] = [];
  // From the end, so that each run is counted once; two laps, for a run may go over the ring's end.
  const runs = new Int32Array(2 * queueSize + 1);
  for (let round = 0; round < 2; round++) {
    for (let position = 2 * queueSize - 1; position >= 0; position--) {
      const next = advancePosition(position, 1, queueSize);
      runs[position] = isAvailable(memory, position)
        ? Math.min(queueSize, (runs[next] as number) + 1)
        : 0;
    }
  }
  for (let device = 0; device < 2 * queueSize; device++) {
    const slot = positionSlot(device, queueSize);
    if (ownerBits(memory, slot) === usedBits(positionWrap(device, queueSize))) continue;
    pairs.push({ device, driver: advancePosition(device, runs[device] as number, queueSize) });
  }
  return pairs;
}

/** The first slot at or behind `from`, before `until`, that ends a list with this buffer id. */
export function listEndWithId(
  memory: RingMemory,
  from: number,
  until: number,
  id: number,
): number | undefined {
  const { queueSize } = memory;
  const slots = positionDistance(from, until, queueSize);
  for (let i = 0; i < slots; i++) {
    const position = advancePosition(from, i, queueSize);
    const slot = positionSlot(position, queueSize);
    if ((flagsAt(memory, slot) & VIRTQ_DESC_F_NEXT) === 0 && idAt(memory, slot) === id) {
      return position;
    }
  }
  return undefined;
}

/** The first slot at or behind `from`, before `until`, that ends a list. */
export function firstListEnd(memory: RingMemory, from: number, until: number): number | undefined {
  const { queueSize } = memory;
  const slots = positionDistance(from, until, queueSize);
  for (let i = 0; i < slots; i++) {
    const position = advancePosition(from, i, queueSize);
    const flags = flagsAt(memory, positionSlot(position, queueSize));
    if ((flags & VIRTQ_DESC_F_NEXT) === 0) return position;
  }
  return undefined;
}

export function flagsAt(memory: RingMemory, slot: number): number {
  return memory.get16(AREA.desc, slot * DESC_BYTES + PACKED_DESC_FLAGS);
}

export function idAt(memory: RingMemory, slot: number): number {
  return memory.get16(AREA.desc, slot * DESC_BYTES + PACKED_DESC_ID);
}

function ownerBits(memory: RingMemory, slot: number): number {
  return flagsAt(memory, slot) & OWNER_BITS;
}

function isAvailable(memory: RingMemory, position: number): boolean {
  const { queueSize } = memory;
  const bits = availBits(positionWrap(position, queueSize));
  return ownerBits(memory, positionSlot(position, queueSize)) === bits;
}

function availBit(memory: RingMemory, slot: number): 0 | 1 {
  return (flagsAt(memory, slot) & VIRTQ_DESC_F_AVAIL) === 0 ? 0 : 1;
}

/** Positions beside a change of AVAIL, and at the ring's ends: the driver stands nowhere else. */
function driverCandidates(memory: RingMemory): Set<number> {
  const { queueSize } = memory;
  const slots = [0, queueSize - 1];
  for (let slot = 1, runs = 1; slot < queueSize; slot++) {
    if (availBit(memory, slot) === availBit(memory, slot - 1)) continue;
    if (++runs > RUNS_MAX) return new Set();
    slots.push(slot, slot - 1);
  }
  return new Set(
    slots.flatMap((slot) => [
      packedPosition(slot, 1, queueSize),
      packedPosition(slot, 0, queueSize),
    ]),
  );
}

/**
 * How many slots behind `driver` a list in the making has written; undefined when the bits do not
 * fit a driver that stands there.
 */
function aheadOf(memory: RingMemory, driver: number): number | undefined {
  const { queueSize } = memory;
  let ahead = 0;
  let writing = true;
  for (let i = 0; i < queueSize; i++) {
    const position = advancePosition(driver, i, queueSize);
    const slot = positionSlot(position, queueSize);
    const isNew = availBit(memory, slot) === positionWrap(position, queueSize);
    if (!isNew) {
      if (i > 0) writing = false;
      continue;
    }
    if (i === 0 || !writing || !isAvailable(memory, position)) return undefined;
    // One list is in the making: each slot but its last leads on.
    if (ahead > 0 && !leadsOn(memory, advancePosition(position, 2 * queueSize - 1, queueSize))) {
      return undefined;
    }
    ahead++;
  }
  return ahead;
}

function leadsOn(memory: RingMemory, position: number): boolean {
  return (flagsAt(memory, positionSlot(position, memory.queueSize)) & VIRTQ_DESC_F_NEXT) !== 0;
}

function isFirstLap(memory: RingMemory, driver: number, ahead: number): boolean {
  const { queueSize } = memory;
  if (positionWrap(driver, queueSize) === 0 || driver + ahead >= queueSize) return false;
  if (!neverWritten(memory, positionSlot(driver, queueSize)) && ahead === 0) return false;
  for (let slot = driver + ahead + 1; slot < queueSize; slot++) {
    if (!neverWritten(memory, slot)) return false;
  }
  return true;
}
