import { availWrapNotFlipped } from "./avail-wrap-not-flipped.ts";
import { kickMissed } from "./kick-missed.ts";
import { numAddedNotReset } from "./num-added-not-reset.ts";
import { numFreeMiscounted } from "./num-free-miscounted.ts";
import { offWrapBitMissing } from "./off-wrap-bit-missing.ts";
import { offWrapStale } from "./off-wrap-stale.ts";
import type { Rule } from "./rule.ts";
import { usedWrapNotFlipped } from "./used-wrap-not-flipped.ts";

/** Every rule, in the order of their ids. */
export const RULES: readonly Rule[] = [
  availWrapNotFlipped,
  numFreeMiscounted,
  offWrapBitMissing,
  offWrapStale,
  usedWrapNotFlipped,
  kickMissed,
  numAddedNotReset,
];
