import type { PointerTable } from "../model/pointer.ts";

/** What a column takes. SQLite's integers are 64-bit, signed; JavaScript's end at 2^53. */
export type Column = number | bigint | string | null;

/** Past this, SQLite does not take a double for the integer that it is. */
const REAL_AS_INTEGER_MAX = 2 ** 51;

/** A whole number, or NULL for NaN. */
export function integerColumn(value: number): number | bigint | null {
  if (Number.isNaN(value)) return null;
  return Math.abs(value) < REAL_AS_INTEGER_MAX ? value : BigInt(value);
}

/** A pointer as SQLite keeps it, or NULL for NaN: signed, all 64 bits. */
export function pointerColumn(pointer: number, table: PointerTable): bigint | number | null {
  if (Number.isNaN(pointer)) return null;
  return Number.isInteger(pointer) && Math.abs(pointer) < REAL_AS_INTEGER_MAX
    ? pointer
    : table.exact(pointer);
}
