/**
 * The text of QEMU's `xp` (examine physical memory), as bytes.
 *
 *   000000000a49c000: 0x0292f000 0x00000000 0x00001000 0x80030000
 *
 * Words are values of 1, 2, 4 or 8 bytes; ring memory is little-endian, and so they go back to bytes.
 * Only hexadecimal words are read: decimal ones do not say how wide they are.
 */

export interface MemoryPiece {
  readonly address: number;
  readonly bytes: Uint8Array;
}

/** More than the areas of the largest queue and its tables. */
const BYTES_MAX = 8 << 20;
const LINE =
  /^\s*([0-9a-f]{16}):((?:\s+0x(?:[0-9a-f]{2}|[0-9a-f]{4}|[0-9a-f]{8}|[0-9a-f]{16}))+)\s*$/i;

/** What `xp` printed. */
export interface XpText {
  /** In the order of the text, joined where they follow each other. */
  readonly pieces: readonly MemoryPiece[];
  /** Lines that are no memory, as "Cannot access memory". */
  readonly unread: number;
}

/** Undefined when no line is memory as `xp` prints it. */
export function parseXp(text: string): XpText | undefined {
  let unread = 0;
  const pieces: { address: number; bytes: number[] }[] = [];
  let total = 0;
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === "") continue;
    const match = LINE.exec(line);
    if (match === null) {
      unread++;
      continue;
    }
    const address = Number.parseInt(match[1] as string, 16);
    const words = (match[2] as string).trim().split(/\s+/);
    const bytes = words.flatMap(wordBytes);
    total += bytes.length;
    if (!Number.isSafeInteger(address) || bytes.length === 0 || total > BYTES_MAX) {
      unread++;
      continue;
    }
    const last = pieces[pieces.length - 1];
    if (last !== undefined && last.address + last.bytes.length === address) {
      for (const byte of bytes) last.bytes.push(byte);
    } else pieces.push({ address, bytes });
  }
  if (pieces.length === 0) return undefined;
  return {
    pieces: pieces.map(({ address, bytes }) => ({ address, bytes: Uint8Array.from(bytes) })),
    unread,
  };
}

/** `0x1234` to its two bytes, lowest first. */
function wordBytes(word: string): number[] {
  const digits = word.slice(2);
  const bytes: number[] = [];
  for (let at = digits.length - 2; at >= 0; at -= 2) {
    bytes.push(Number.parseInt(digits.slice(at, at + 2), 16));
  }
  return bytes;
}

/**
 * Bytes of a range that one piece holds as a whole; undefined when none does, or two of them say
 * different things: they are of different moments.
 */
export function bytesAt(
  pieces: readonly MemoryPiece[],
  address: number,
  length: number,
): Uint8Array | undefined {
  let found: Uint8Array | undefined;
  for (const piece of pieces) {
    const from = address - piece.address;
    if (from < 0 || from + length > piece.bytes.length) continue;
    const bytes = piece.bytes.subarray(from, from + length);
    if (found === undefined) found = bytes;
    else if (found.some((byte, i) => byte !== bytes[i])) return undefined;
  }
  return found;
}
