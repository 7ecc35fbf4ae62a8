/** Bytes of an input by their place in it: a plain file, or what stdin gave. */
export interface ByteRanges {
  readonly size: number;
  /** The bytes from `offset` on, fewer than `length` where the input ends. They are the caller's. */
  read(offset: number, length: number): Uint8Array;
}

/** Why a file cannot be read as what it says it is; a sentence without its subject. */
export class BrokenFile extends Error {
  override readonly name = "BrokenFile";
}

const WINDOW_BYTES = 64 * 1024;
const decoder = new TextDecoder("latin1");

/** Reads numbers, names and blocks in order, in the byte order of the file. */
export class ByteCursor {
  at: number;
  bigEndian = false;
  readonly #ranges: ByteRanges;
  #window: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  #windowAt = 0;

  constructor(ranges: ByteRanges, at: number, bigEndian = false) {
    this.#ranges = ranges;
    this.at = at;
    this.bigEndian = bigEndian;
  }

  /** Makes the next `length` bytes stand in the window; the place of the first in it. */
  #need(length: number): number {
    const from = this.at - this.#windowAt;
    if (from >= 0 && from + length <= this.#window.length) return from;
    this.#window = this.#ranges.read(this.at, Math.max(WINDOW_BYTES, length));
    this.#windowAt = this.at;
    if (this.#window.length < length) throw new BrokenFile(`ends at byte ${this.#ranges.size}`);
    this.#view = new DataView(
      this.#window.buffer,
      this.#window.byteOffset,
      this.#window.byteLength,
    );
    return 0;
  }

  u8(): number {
    const from = this.#need(1);
    this.at += 1;
    return this.#window[from] as number;
  }

  u16(): number {
    const from = this.#need(2);
    this.at += 2;
    return this.#view.getUint16(from, !this.bigEndian);
  }

  u32(): number {
    const from = this.#need(4);
    this.at += 4;
    return this.#view.getUint32(from, !this.bigEndian);
  }

  u64(): bigint {
    const from = this.#need(8);
    this.at += 8;
    return this.#view.getBigUint64(from, !this.bigEndian);
  }

  /** A 64-bit number that says where something is, or how long. */
  place(): number {
    const value = this.u64();
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw new BrokenFile(`has a place or a length of ${value} at byte ${this.at - 8}`);
    }
    return Number(value);
  }

  /** A block; a length that the input cannot hold is a broken file, not a large allocation. */
  block(length: number): Uint8Array {
    if (length > this.#ranges.size - this.at) {
      throw new BrokenFile(
        `has a block of ${length} bytes at byte ${this.at}, and ends at byte ${this.#ranges.size}`,
      );
    }
    const bytes = this.#ranges.read(this.at, length);
    if (bytes.length < length) throw new BrokenFile(`ends at byte ${this.at + bytes.length}`);
    this.at += length;
    return bytes;
  }

  text(length: number): string {
    return decoder.decode(this.block(length));
  }

  /** Text up to a zero byte. */
  name(lengthMax = 4096): string {
    const start = this.at;
    const codes: number[] = [];
    for (let code = this.u8(); code !== 0; code = this.u8()) {
      if (codes.length === lengthMax) throw new BrokenFile(`has an endless name at byte ${start}`);
      codes.push(code);
    }
    return String.fromCharCode(...codes);
  }
}

/** Bytes in memory as ranges. */
export function rangesOf(bytes: Uint8Array): ByteRanges {
  return {
    size: bytes.length,
    read: (offset, length) => bytes.subarray(offset, offset + length),
  };
}
