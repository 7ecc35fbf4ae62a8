import type { DumpBuffer, DumpSegment } from "../../model/ring-dump.ts";
import type { Chain } from "../chain.ts";
import type { RingMemory } from "../ring-memory.ts";
import { type BufferWalks, NOT_WALKED } from "./buffer-walks.ts";
import { addressAt } from "./dump-input.ts";

/** Segments told of one buffer; a table may claim more. */
const SEGMENTS_MAX = 65_536;

/** What the walk from a position (packed) or head (split) shows of a buffer. */
export function walkedBuffer(
  memory: RingMemory,
  walks: BufferWalks,
  start: number,
): Pick<DumpBuffer, "slots" | "segments" | "unreadTable" | "broken"> {
  const { chain } = walks;
  if (!walks.walk(start)) return { slots: [], segments: [], unreadTable: null, broken: NOT_WALKED };
  return chainBuffer(memory, chain);
}

/** What a finished walk shows of a buffer. */
export function chainBuffer(
  memory: RingMemory,
  chain: Chain,
): Pick<DumpBuffer, "slots" | "segments" | "unreadTable" | "broken"> {
  return {
    slots: Array.from(chain.slots.subarray(0, chain.slotCount)),
    segments: segmentsOf(memory, chain),
    unreadTable: chain.ending === "table-unread" ? chain.indirectSlot : null,
    broken: brokenWords(chain),
  };
}

/** The elements of a walked buffer, with exact addresses where they stand in the ring itself. */
function segmentsOf(memory: RingMemory, chain: Chain): DumpSegment[] {
  const segments: DumpSegment[] = [];
  const direct = chain.indirectSlot < 0;
  for (let i = 0; i < Math.min(chain.count, SEGMENTS_MAX); i++) {
    segments.push({
      addr: direct ? addressAt(memory, chain.slots[i] as number) : BigInt(chain.addr[i] as number),
      len: chain.len[i] as number,
      writable: chain.writable[i] === 1,
    });
  }
  return segments;
}

/** Why a walk is not whole, in words; null when it is, or when only a table's bytes are missing. */
function brokenWords(chain: Chain): string | null {
  const { ending, beyond, slots, slotCount, tableBytes } = chain;
  const last = slots[slotCount - 1] ?? -1;
  switch (ending) {
    case "complete":
    case "table-unread":
      return null;
    case "loop":
      return `it comes back to descriptor ${beyond}`;
    case "outside":
      return `it leads to descriptor ${beyond}, which does not exist`;
    case "unavailable":
      return `slot ${last} keeps NEXT, and slot ${beyond} was never made available with it`;
    case "table-length":
      return `its indirect table has ${tableBytes} bytes, which is no whole number of entries`;
    case "nested":
      return `entry ${chain.oddEntry} of its indirect table is indirect itself`;
    default:
      return ending satisfies never;
  }
}
