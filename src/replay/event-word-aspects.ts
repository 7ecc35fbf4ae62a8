import { RING_EVENT_FLAGS_DESC } from "../virtio/packed.ts";
import { EVENT_WORD } from "./ring-facts.ts";

/** What the value of a packed event suppression structure says by itself (virtio 1.3, 2.8.10 and 2.8.14). */
export interface EventWordAspects {
  /** Bits of EVENT_WORD that the value decides, would have to decide, and breaks. */
  decided: number;
  undecided: number;
  wrong: number;
}

/** `eventIdx` undefined: not known whether VIRTIO_F_EVENT_IDX was negotiated. */
export function eventWordAspects(
  flags: number,
  offWrap: number,
  queueSize: number,
  eventIdx: boolean | undefined,
): EventWordAspects {
  const { flagsKnown, descNegotiated, offInside } = EVENT_WORD;
  if (flags > RING_EVENT_FLAGS_DESC) {
    return { decided: flagsKnown, undecided: 0, wrong: flagsKnown };
  }
  if (flags !== RING_EVENT_FLAGS_DESC) {
    return { decided: flagsKnown | descNegotiated, undecided: 0, wrong: 0 };
  }
  const outside = (offWrap & 0x7fff) >= queueSize ? offInside : 0;
  return {
    decided: flagsKnown | offInside | (eventIdx === undefined ? 0 : descNegotiated),
    undecided: eventIdx === undefined ? descNegotiated : 0,
    wrong: outside | (eventIdx === false ? descNegotiated : 0),
  };
}

/** Split: flags are 0 or 1, and with EVENT_IDX 0 (virtio 1.3, 2.7.7.1 and 2.7.10.2). */
export function ringFlagsWrong(flags: number, eventIdx: boolean): boolean {
  return flags > (eventIdx ? 0 : 1);
}

/** Aspects of EVENT_WORD that a mask names, one by one. */
export function eventWordBits(mask: number): number[] {
  return Object.values(EVENT_WORD).filter((aspect) => (mask & aspect) !== 0);
}
