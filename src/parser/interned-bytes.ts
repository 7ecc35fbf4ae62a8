/**
 * Byte strings by number: finds one that was seen before without making text of it. Bounded; what
 * comes after the limit gets no number.
 */
export class InternedBytes {
  readonly #limit: number;
  readonly #buckets: (Int32Array | undefined)[];
  readonly #entries: Uint8Array[] = [];

  /** `limit` is a power of two. */
  constructor(limit: number) {
    this.#limit = limit;
    this.#buckets = new Array(limit);
  }

  /** The number of `bytes[from, to)`, given its hash; -1 when it is new. */
  find(bytes: Uint8Array, from: number, to: number, hash: number): number {
    const bucket = this.#buckets[hash & (this.#limit - 1)];
    if (bucket === undefined) return -1;
    for (let i = 0; i < bucket.length; i++) {
      const id = bucket[i] as number;
      if (equalBytes(this.#entries[id] as Uint8Array, bytes, from, to)) return id;
    }
    return -1;
  }

  /** Takes in a new one; -1 when the limit is reached. */
  add(bytes: Uint8Array, from: number, to: number, hash: number): number {
    const id = this.#entries.length;
    if (id >= this.#limit) return -1;
    this.#entries.push(bytes.slice(from, to));
    const at = hash & (this.#limit - 1);
    this.#buckets[at] = Int32Array.of(id, ...(this.#buckets[at] ?? []));
    return id;
  }
}

/** One step of the hash that {@link InternedBytes} is asked with; start with 0. */
export function hashByte(hash: number, byte: number): number {
  return (Math.imul(hash, 31) + byte) | 0;
}

export function equalBytes(
  expected: Uint8Array,
  bytes: Uint8Array,
  from: number,
  to: number,
): boolean {
  if (to - from !== expected.length) return false;
  for (let i = 0; i < expected.length; i++) {
    if (expected[i] !== bytes[from + i]) return false;
  }
  return true;
}
