import { LEVEL } from "../../model/event.ts";

/** LEVEL of the third irq-info character: hard interrupt, hard inside soft, NMI, soft interrupt. */
export function levelOf(flag: number): number {
  switch (flag) {
    case 0x68: // h
    case 0x48: // H
      return LEVEL.hardirq;
    case 0x73: // s
      return LEVEL.softirq;
    case 0x7a: // z
    case 0x5a: // Z
      return LEVEL.nmi;
    default:
      return LEVEL.task;
  }
}

/** Bits of an entry's flags. */
const HARD_INTERRUPT = 0x08;
const SOFT_INTERRUPT = 0x10;
const NMI = 0x40;

/** LEVEL of an entry's flags as a number. */
export function levelOfFlags(flags: number): number {
  if ((flags & NMI) !== 0) return LEVEL.nmi;
  if ((flags & HARD_INTERRUPT) !== 0) return LEVEL.hardirq;
  return (flags & SOFT_INTERRUPT) !== 0 ? LEVEL.softirq : LEVEL.task;
}
