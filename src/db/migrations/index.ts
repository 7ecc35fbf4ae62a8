import { INITIAL } from "./0001-initial.ts";
import { SNAPSHOTS } from "./0002-snapshots.ts";
import { OPEN_POINTS } from "./0003-open-points.ts";
import { QUEUELESS_FINDINGS } from "./0004-queueless-findings.ts";
import { WAYS_AND_BLOCKS } from "./0005-ways-and-blocks.ts";
import { SCREEN } from "./0006-screen.ts";

/** The steps from an empty file to today's schema; step n makes version n. Only ever appended to. */
export const MIGRATIONS: readonly string[] = [
  INITIAL,
  SNAPSHOTS,
  OPEN_POINTS,
  QUEUELESS_FINDINGS,
  WAYS_AND_BLOCKS,
  SCREEN,
];
