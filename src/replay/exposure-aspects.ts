import { EXPOSURE } from "./ring-facts.ts";

/** What makes a buffer out of descriptors: which of them, in which order, and whose. */
const SHAPE =
  EXPOSURE.runsOn |
  EXPOSURE.cutShort |
  EXPOSURE.walkEnds |
  EXPOSURE.storedBefore |
  EXPOSURE.idFree |
  EXPOSURE.slotsFree |
  EXPOSURE.tableLength |
  EXPOSURE.indirectFlag |
  EXPOSURE.indirectAllowed |
  EXPOSURE.indirectAlone |
  EXPOSURE.length;
export const SPLIT_SHAPE = SHAPE | EXPOSURE.misLinked | EXPOSURE.headIsHead | EXPOSURE.entryStored;
export const PACKED_SHAPE =
  SHAPE | EXPOSURE.ownerBits | EXPOSURE.idStored | EXPOSURE.idInside | EXPOSURE.slotBehind;
/** Aspects for which the elements that were asked for must be known. */
export const COMPARED =
  EXPOSURE.runsOn |
  EXPOSURE.cutShort |
  EXPOSURE.misLinked |
  EXPOSURE.headIsHead |
  EXPOSURE.entryStored |
  EXPOSURE.direction |
  EXPOSURE.content;
/** Aspects for which an indirect table must be known. */
export const TABLE_CONTENTS =
  EXPOSURE.elementOrder |
  EXPOSURE.tableFlags |
  EXPOSURE.tableFits |
  EXPOSURE.length |
  EXPOSURE.bytes |
  EXPOSURE.lengthSet |
  EXPOSURE.sequential |
  EXPOSURE.flagsKnown;
/** What the elements of a buffer say: worth nothing while its shape is wrong. */
export const CONTENTS =
  EXPOSURE.elementOrder |
  EXPOSURE.direction |
  EXPOSURE.content |
  EXPOSURE.tableFlags |
  EXPOSURE.tableFits |
  EXPOSURE.lengthSet;
export const SPLIT_CONTENTS = CONTENTS | EXPOSURE.bytes | EXPOSURE.sequential | EXPOSURE.flagsKnown;
/** What is odd in one of these takes nothing from what the rest of the buffer says. */
export const APART =
  EXPOSURE.tableFits |
  EXPOSURE.bytes |
  EXPOSURE.lengthSet |
  EXPOSURE.sequential |
  EXPOSURE.flagsKnown |
  EXPOSURE.idInside;

/** After one of these the ring no longer holds what the driver believes. */
export const DERAILS =
  EXPOSURE.runsOn |
  EXPOSURE.cutShort |
  EXPOSURE.misLinked |
  EXPOSURE.walkEnds |
  EXPOSURE.headIsHead |
  EXPOSURE.entryStored |
  EXPOSURE.ownerBits |
  EXPOSURE.idStored |
  EXPOSURE.idFree |
  EXPOSURE.slotsFree |
  EXPOSURE.tableLength |
  EXPOSURE.indirectFlag |
  EXPOSURE.indirectAllowed |
  EXPOSURE.indirectAlone |
  EXPOSURE.length |
  EXPOSURE.slotBehind;
