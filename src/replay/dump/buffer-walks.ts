import { DESC_BYTES } from "../../virtio/descriptor.ts";
import { Chain, walkPacked, walkSplit } from "../chain.ts";
import type { DumpInput } from "./dump-input.ts";

/** A correct queue of N has N descriptors in flight; what repeats them has shown itself by then. */
const RING_TIMES = 4;
/** Entries of indirect tables read in one dump: many descriptors may name one large table. */
const TABLE_ENTRIES = 1 << 20;

/** Why a buffer is known by its head and id only. */
export const NOT_WALKED =
  "not walked: the buffers before it take more descriptors than a correct queue has in flight, or more table entries " +
  "than are read of one dump";

/**
 * The walks of a dump's buffers, in the order of their starts. What they read altogether is bounded:
 * each of N heads may lead through all N descriptors. Once spent, no later buffer is walked either, so
 * that those walked are exactly the first ones, in whichever pass over the same starts.
 */
export class BufferWalks {
  /** The buffer of the last walk; empty where that was refused. */
  readonly chain: Chain;
  readonly #input: DumpInput;
  #slotsLeft: number;
  #entriesLeft = TABLE_ENTRIES;
  #spent = false;

  constructor(input: DumpInput) {
    this.#input = input;
    this.chain = new Chain(input.memory.queueSize);
    this.#slotsLeft = RING_TIMES * input.memory.queueSize;
  }

  /** Walks the buffer at a position (packed) or head (split); false where it is not walked to its end. */
  walk(start: number): boolean {
    const { chain } = this;
    const { memory } = this.#input;
    if (!this.#spent) {
      const walk = memory.layout === "packed" ? walkPacked : walkSplit;
      walk(memory, start, chain, this.#tableAt);
      this.#slotsLeft -= chain.slotCount;
      if (!this.#spent) {
        this.#spent = this.#slotsLeft <= 0;
        return true;
      }
    }
    chain.clear();
    return false;
  }

  readonly #tableAt = (addr: number, bytes: number): number => {
    const table = this.#input.tableAt(addr, bytes);
    if (table < 0) return table;
    this.#entriesLeft -= bytes / DESC_BYTES;
    if (this.#entriesLeft >= 0) return table;
    this.#spent = true;
    return -1;
  };
}
