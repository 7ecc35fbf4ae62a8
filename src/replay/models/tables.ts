import { AREA } from "../../model/memory.ts";
import type { TableLookup } from "../chain.ts";
import type { RingMemory } from "../ring-memory.ts";

/** Where the indirect tables of a queue come from. */
export interface TableAllocator {
  /** Guest address of the arena's first byte. */
  readonly base: number;
  /** Offset in the arena of a table with room for `bytes`; -1 when there is none. */
  alloc(bytes: number): number;
  free(offset: number): void;
}

/** No table is ever to be had: a queue without VIRTIO_F_INDIRECT_DESC, or without memory. */
export const noTableMemory: TableAllocator = {
  base: 0,
  alloc: () => -1,
  free: () => {},
};

/** Tables in slots of one size, the one freed last given first. */
export class TableSlots implements TableAllocator {
  readonly base: number;
  readonly #slotBytes: number;
  readonly #free: number[] = [];

  /** Divides the whole arena of `memory` into slots of `slotBytes`. */
  constructor(memory: RingMemory, base: number, slotBytes: number) {
    this.base = base;
    this.#slotBytes = slotBytes;
    const slots = Math.floor((memory.lengths[AREA.ind] as number) / slotBytes);
    for (let slot = slots - 1; slot >= 0; slot--) this.#free.push(slot * slotBytes);
  }

  alloc(bytes: number): number {
    if (bytes > this.#slotBytes) return -1;
    return this.#free.pop() ?? -1;
  }

  free(offset: number): void {
    this.#free.push(offset);
  }
}

/** Finds tables of an arena whose first byte is at guest address `base`. */
export function arenaLookup(memory: RingMemory, base: number): TableLookup {
  const length = memory.lengths[AREA.ind] as number;
  return (addr, bytes) => (addr >= base && addr + bytes <= base + length ? addr - base : -1);
}
