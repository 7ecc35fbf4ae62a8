import { AREA } from "../../model/memory.ts";
import { DESC_BYTES } from "../../virtio/descriptor.ts";
import type { FeatureName } from "../../virtio/features.ts";
import type { TableLookup } from "../chain.ts";
import type { RingMemory } from "../ring-memory.ts";

/** The bytes of a queue at one instant, and what else is known of that instant. */
export interface DumpInput {
  readonly memory: RingMemory;
  /** Which of the two small areas are at hand. */
  readonly hasDriverArea: boolean;
  readonly hasDeviceArea: boolean;
  /** Undefined when nobody says what was negotiated. */
  readonly features: ReadonlySet<FeatureName> | undefined;
  /** The device's own account of itself at that instant. */
  readonly device: DeviceAccount | undefined;
  /** The guest stood still while the bytes were read, so that they all are of one instant. */
  readonly paused: boolean;
  readonly tableAt: TableLookup;
  /**
   * Who says how many entries the ring has: somebody, the exact lengths of all three areas, or only the
   * length of the descriptor area, which tools round up to whole pages. Told, if it is left out.
   */
  readonly sizeBy?: "told" | "areas" | "length";
}

/** Numbers that a device reports of a queue (QEMU: x-query-virtio-queue-status). */
export interface DeviceAccount {
  /** Packed: slot of the next used descriptor, with the wrap counter in bit 15 where the device gives it. Split: used.idx. */
  readonly used: number;
  /** Where it takes the next buffer, in the same terms. */
  readonly taken: number;
  /** Whether bit 15 of a packed position is the wrap counter; QEMU 7.2 leaves it out. */
  readonly hasWrap: boolean;
}

/** Whether all 16 bytes of a descriptor are zero, as the driver allocates them. */
export function neverWritten(memory: RingMemory, slot: number): boolean {
  for (let at = slot * DESC_BYTES; at < (slot + 1) * DESC_BYTES; at += 4) {
    if (memory.get32(AREA.desc, at) !== 0) return false;
  }
  return true;
}

/** A descriptor's address, all 64 bits. */
export function addressAt(memory: RingMemory, slot: number): bigint {
  const at = slot * DESC_BYTES;
  return (BigInt(memory.get32(AREA.desc, at + 4)) << 32n) | BigInt(memory.get32(AREA.desc, at));
}
