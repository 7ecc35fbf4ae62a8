import { u16 } from "../../virtio/u16.ts";
import { splitEventWanted } from "../suppression.ts";

/**
 * Linux's own test of a packed DESC word, in u16 as split indexes are. It gives what `packedWanted`
 * gives for up to N slots; for more, where that knows of no verdict, it still answers, and the models
 * must answer likewise. `slot` is the one after what was added, `wrap` the counter there.
 */
export function linuxPackedKick(
  offWrap: number,
  slot: number,
  wrap: number,
  added: number,
  queueSize: number,
): boolean {
  const off = offWrap & 0x7fff;
  const event = offWrap >> 15 === wrap ? off : off - queueSize;
  return splitEventWanted(event, u16(slot - added), slot);
}
