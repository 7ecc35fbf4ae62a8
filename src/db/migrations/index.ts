import { INITIAL } from "./0001-initial.ts";

/** The steps from an empty file to today's schema; step n makes version n. Only ever appended to. */
export const MIGRATIONS: readonly string[] = [INITIAL];
