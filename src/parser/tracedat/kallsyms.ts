import { NEWLINE, SPACE, textOf } from "../bytes.ts";

/** A function that an address lies in. */
export interface KernelSymbol {
  readonly name: string;
  /** `[virtio_ring]` without the brackets; empty for the kernel itself. */
  readonly module: string;
  readonly offset: number;
  /** To the next symbol; an upper bound of the function's size. */
  readonly size: number;
}

/** No function is longer: what lies further from a symbol belongs to none. */
const FUNCTION_BYTES_MAX = 0x1_0000;
const TAB = 0x09;

/** Types of symbols that are code: global, local, weak. */
const CODE = new Set([0x54, 0x74, 0x57, 0x77]);

/*
 * ffffffffc02a5180 T virtqueue_add_sgs	[virtio_ring]
 */
/**
 * Functions by address, as the kernel listed them when the trace was saved. Few addresses are asked
 * for, so that the list is searched, not sorted.
 */
export class Kallsyms {
  readonly #text: Uint8Array;
  /** Address and first byte of each code symbol's line. */
  readonly #addresses: Float64Array;
  readonly #lines: Uint32Array;
  readonly #count: number;

  constructor(text: Uint8Array) {
    this.#text = text;
    const most = Math.floor(text.length / 12) + 1;
    const addresses = new Float64Array(most);
    const lines = new Uint32Array(most);
    let count = 0;
    for (let at = 0; at < text.length; ) {
      let newline = text.indexOf(NEWLINE, at);
      if (newline < 0) newline = text.length;
      const blank = text[at + 16] === SPACE ? at + 16 : at + 8;
      if (
        count < most &&
        blank + 3 < newline &&
        text[blank] === SPACE &&
        CODE.has(text[blank + 1] as number)
      ) {
        const address = signedHex(text, at, blank);
        // A kernel that hides its addresses prints zeros.
        if (address !== 0 && !Number.isNaN(address)) {
          addresses[count] = address;
          lines[count++] = at;
        }
      }
      at = newline + 1;
    }
    this.#addresses = addresses;
    this.#lines = lines;
    this.#count = count;
  }

  /** The function that a sign-extended address lies in; of several names the first listed. */
  find(address: number): KernelSymbol | undefined {
    const addresses = this.#addresses;
    let best = -1;
    let next = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.#count; i++) {
      const candidate = addresses[i] as number;
      if (candidate > address) {
        if (candidate < next) next = candidate;
      } else if (best < 0 || candidate > (addresses[best] as number)) best = i;
    }
    if (best < 0) return undefined;
    const from = addresses[best] as number;
    const offset = address - from;
    const size = Math.min(next - from, FUNCTION_BYTES_MAX);
    if (offset >= FUNCTION_BYTES_MAX) return undefined;
    return { ...this.#named(this.#lines[best] as number), offset, size };
  }

  #named(line: number): Pick<KernelSymbol, "name" | "module"> {
    const text = this.#text;
    const from = text.indexOf(SPACE, line) + 3;
    let to = from;
    while (to < text.length && text[to] !== NEWLINE && text[to] !== TAB) to++;
    const newline = text.indexOf(NEWLINE, to);
    const tail = textOf(text, to, newline < 0 ? text.length : newline);
    return {
      name: textOf(text, from, to).trim(),
      module: /\[([^\]]+)\]/.exec(tail)?.[1] ?? "",
    };
  }
}

/** Sixteen hex digits as a sign-extended number; NaN when they are none. */
function signedHex(text: Uint8Array, from: number, to: number): number {
  let high = 0;
  let low = 0;
  for (let at = from; at < to; at++) {
    const byte = text[at] as number;
    const digit =
      byte >= 0x30 && byte <= 0x39 ? byte - 0x30 : byte >= 0x61 && byte <= 0x66 ? byte - 0x57 : -1;
    if (digit < 0) return Number.NaN;
    high = (high << 4) | (low >>> 28);
    low = ((low << 4) | digit) >>> 0;
  }
  return high * 0x1_0000_0000 + low;
}
