import { LOWER_X, ZERO } from "../bytes.ts";

const COMMA = 0x2c;
/** Two words a descriptor; a line holds no more than this many. */
const WORDS_MAX = 8192;

/**
 * The bytes of a descriptor ring as a probe array prints them: `{0xae5b410,0x81000000000010,...}`, two
 * 64-bit words a descriptor. Undefined when it is anything else.
 */
export function descriptorBytes(
  line: Uint8Array,
  from: number,
  to: number,
): Uint8Array | undefined {
  const words: number[] = [];
  let at = from + 1;
  while (at < to - 1) {
    if (line[at] !== ZERO || line[at + 1] !== LOWER_X) return undefined;
    let high = 0;
    let low = 0;
    const digits = at + 2;
    for (at = digits; at < to - 1 && line[at] !== COMMA; at++) {
      const byte = line[at] as number;
      const digit = byte <= 0x39 ? byte - ZERO : byte >= 0x61 && byte <= 0x66 ? byte - 0x57 : -1;
      if (digit < 0) return undefined;
      high = ((high << 4) | (low >>> 28)) >>> 0;
      low = ((low << 4) | digit) >>> 0;
    }
    if (at === digits || at - digits > 16 || words.length === 2 * WORDS_MAX) return undefined;
    words.push(low, high);
    at++;
  }
  if (words.length === 0 || words.length % 4 !== 0) return undefined;
  const bytes = new Uint8Array(4 * words.length);
  const view = new DataView(bytes.buffer);
  for (const [i, word] of words.entries()) view.setUint32(4 * i, word, true);
  return bytes;
}
