import { INITIAL } from "./0001-initial.ts";
import { SNAPSHOTS } from "./0002-snapshots.ts";
import { QUEUELESS_FINDINGS } from "./0003-queueless-findings.ts";

/** The steps from an empty file to today's schema; step n makes version n. Only ever appended to. */
export const MIGRATIONS: readonly string[] = [INITIAL, SNAPSHOTS, QUEUELESS_FINDINGS];
