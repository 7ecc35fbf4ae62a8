/** Bytes that the scanners look for, and the small steps they share. */
export const NEWLINE = 0x0a;
export const CARRIAGE_RETURN = 0x0d;
export const SPACE = 0x20;
export const QUOTE = 0x22;
export const PAREN_OPEN = 0x28;
export const PAREN_CLOSE = 0x29;
export const PLUS = 0x2b;
export const MINUS = 0x2d;
export const DOT = 0x2e;
export const ZERO = 0x30;
export const COLON = 0x3a;
export const EQUALS = 0x3d;
export const BRACKET_OPEN = 0x5b;
export const BRACKET_CLOSE = 0x5d;
export const LOWER_X = 0x78;
export const BRACE_OPEN = 0x7b;
export const BRACE_CLOSE = 0x7d;

const decoder = new TextDecoder();

export function textOf(bytes: Uint8Array, from: number, to: number): string {
  return decoder.decode(bytes.subarray(from, to));
}

export function skipSpaces(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && bytes[at] === SPACE) at++;
  return at;
}

/** Whether `expected` stands at `at`, before `end`. */
export function startsWith(
  expected: Uint8Array,
  bytes: Uint8Array,
  at: number,
  end: number,
): boolean {
  if (at + expected.length > end) return false;
  for (let i = 0; i < expected.length; i++) {
    if (expected[i] !== bytes[at + i]) return false;
  }
  return true;
}
