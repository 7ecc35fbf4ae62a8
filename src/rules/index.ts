import { addRefusedWithRoom } from "./add-refused-with-room.ts";
import { availWrapNotFlipped } from "./avail-wrap-not-flipped.ts";
import { bufferLostAtDetach } from "./buffer-lost-at-detach.ts";
import { enospcWithNothingInFlight } from "./enospc-with-nothing-in-flight.ts";
import { interruptNotSeen } from "./interrupt-not-seen.ts";
import { interruptWithoutWork } from "./interrupt-without-work.ts";
import { kickMissed } from "./kick-missed.ts";
import { notifyNotSeen } from "./notify-not-seen.ts";
import { numAddedNotReset } from "./num-added-not-reset.ts";
import { numFreeMiscounted } from "./num-free-miscounted.ts";
import { offWrapBitMissing } from "./off-wrap-bit-missing.ts";
import { offWrapStale } from "./off-wrap-stale.ts";
import { publicationDelayed } from "./publication-delayed.ts";
import type { Rule } from "./rule.ts";
import { tokenNeverAdded } from "./token-never-added.ts";
import { tokenReturnedTwice } from "./token-returned-twice.ts";
import { tooManyInFlight } from "./too-many-in-flight.ts";
import { usedWrapNotFlipped } from "./used-wrap-not-flipped.ts";

/** Every rule, in the order of their ids. */
export const RULES: readonly Rule[] = [
  availWrapNotFlipped,
  numFreeMiscounted,
  offWrapBitMissing,
  offWrapStale,
  usedWrapNotFlipped,
  addRefusedWithRoom,
  bufferLostAtDetach,
  enospcWithNothingInFlight,
  interruptNotSeen,
  interruptWithoutWork,
  kickMissed,
  notifyNotSeen,
  numAddedNotReset,
  publicationDelayed,
  tokenNeverAdded,
  tokenReturnedTwice,
  tooManyInFlight,
];
