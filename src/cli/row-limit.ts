import { UserError } from "../model/user-error.ts";

/** Rows of a list where nobody says how many. */
const ROWS_DEFAULT = 100;

/** `--limit`: how many rows; undefined for `all`. @throws UserError for what is no number. */
export function rowLimit(text: string | undefined): number | undefined {
  if (text === undefined) return ROWS_DEFAULT;
  if (text === "all") return undefined;
  const limit = Number(text);
  if (!/^[0-9]+$/.test(text) || !Number.isSafeInteger(limit) || limit < 1) {
    throw new UserError("limit-wrong", `--limit takes a whole number from 1 on, or all: ${text}`);
  }
  return limit;
}
