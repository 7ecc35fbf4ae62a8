import { NEWLINE } from "./bytes.ts";

/** No tracer writes a longer line: the kernel's line buffer is one page, perf's two. */
export const LINE_BYTES_MAX = 64 * 1024;

/** What takes in lines; `offset` is a line's first byte in the whole input. */
export interface LineTarget {
  /**
   * A line without its newline. The bytes are good during the call only; the one at `end` ends the line,
   * and is none of another.
   */
  line(bytes: Uint8Array, start: number, end: number, offset: number): void;
  /** A line of more bytes than the limit, which is skipped. */
  longLine(offset: number): void;
  /** The input ends without a newline, in the middle of these bytes. */
  unfinishedLine(bytes: Uint8Array, length: number, offset: number): void;
}

/** Bytes to lines, chunk by chunk; memory is bounded by the longest line. */
export class LineSplitter {
  readonly #target: LineTarget;
  readonly #bytesMax: number;
  #offset = 0;
  #carry = new Uint8Array(4096);
  #carryLength = 0;
  #skippingLine = false;

  constructor(target: LineTarget, bytesMax = LINE_BYTES_MAX) {
    this.#target = target;
    this.#bytesMax = bytesMax;
  }

  /** Reads one chunk; a line may end in a later one. */
  push(data: Uint8Array): void {
    // A Buffer is another class to the compiler, with another indexOf; the hot path sees one.
    const chunk = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    let at = 0;
    if (this.#carryLength > 0 || this.#skippingLine) {
      const end = chunk.indexOf(NEWLINE);
      if (end < 0) {
        this.#keep(chunk, 0, chunk.length);
        return;
      }
      this.#keep(chunk, 0, end);
      this.#endCarriedLine();
      at = end + 1;
    }
    for (;;) {
      const end = chunk.indexOf(NEWLINE, at);
      if (end < 0) break;
      if (end - at > this.#bytesMax) this.#target.longLine(this.#offset);
      else this.#target.line(chunk, at, end, this.#offset);
      this.#offset += end - at + 1;
      at = end + 1;
    }
    this.#keep(chunk, at, chunk.length);
  }

  /** Call once after the last chunk. */
  end(): void {
    if (this.#skippingLine) this.#endCarriedLine();
    else if (this.#carryLength > 0) {
      this.#carry[this.#carryLength] = NEWLINE;
      this.#target.unfinishedLine(this.#carry, this.#carryLength, this.#offset);
    }
  }

  #keep(chunk: Uint8Array, from: number, to: number): void {
    const length = to - from;
    if (this.#skippingLine) {
      this.#offset += length;
      return;
    }
    if (this.#carryLength + length > this.#bytesMax) {
      this.#target.longLine(this.#offset);
      this.#offset += this.#carryLength + length;
      this.#carryLength = 0;
      this.#skippingLine = true;
      return;
    }
    // One more, for what ends the line: an earlier line's bytes must not stand there.
    const needed = this.#carryLength + length + 1;
    if (needed > this.#carry.length) {
      const larger = new Uint8Array(Math.max(this.#carry.length * 2, needed));
      larger.set(this.#carry.subarray(0, this.#carryLength));
      this.#carry = larger;
    }
    this.#carry.set(chunk.subarray(from, to), this.#carryLength);
    this.#carryLength += length;
  }

  #endCarriedLine(): void {
    if (this.#skippingLine) {
      this.#skippingLine = false;
      this.#offset += 1;
      return;
    }
    const length = this.#carryLength;
    this.#carryLength = 0;
    this.#carry[length] = NEWLINE;
    this.#target.line(this.#carry, 0, length, this.#offset);
    this.#offset += length + 1;
  }
}
