/** Free-running 16-bit arithmetic: split `idx` fields and event indexes wrap at 65536. */

/** The low 16 bits of `value`, which may be negative. */
export function u16(value: number): number {
  return value & 0xffff;
}

/** How far a free-running u16 index went from `from` to `to`; 65535 to 0 is 1. */
export function u16Distance(from: number, to: number): number {
  return (to - from) & 0xffff;
}
