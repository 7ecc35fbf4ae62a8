import { NO_TOKEN } from "./driver.ts";

const NONE = -1;

/**
 * What a driver keeps with VIRTIO_F_IN_ORDER: the buffers in flight in the order of their exposure, and
 * the used element that it is in the middle of (virtio 1.3, 2.7.9 and 2.8.8).
 */
export class BatchInOrder {
  /** Id (packed) or head (split) that the used element names; -1: no element is being taken. */
  last = NONE;
  /** The element's len, which is the last buffer's. */
  len = 0;
  readonly #ids: Int32Array;
  /** By buffer, as in `#ids`: the bytes that the device may write. */
  readonly #writable: Float64Array;
  #first = 0;
  #count = 0;

  constructor(queueSize: number) {
    this.#ids = new Int32Array(queueSize);
    this.#writable = new Float64Array(queueSize);
  }

  clear(): void {
    this.last = NONE;
    this.#first = 0;
    this.#count = 0;
  }

  get isOpen(): boolean {
    return this.last !== NONE;
  }

  added(id: number, writable: number): void {
    const at = (this.#first + this.#count++) % this.#ids.length;
    this.#ids[at] = id;
    this.#writable[at] = writable;
  }

  /** The oldest buffer: its id, or NO_TOKEN when there is none. */
  next(): number {
    return this.#count === 0 ? NO_TOKEN : (this.#ids[this.#first] as number);
  }

  /** Takes the oldest buffer; what was written to it. Of those passed over that is all that could be. */
  take(): number {
    const id = this.#ids[this.#first] as number;
    const writable = this.#writable[this.#first] as number;
    this.#first = (this.#first + 1) % this.#ids.length;
    this.#count--;
    if (id !== this.last) return writable;
    this.last = NONE;
    return this.len;
  }
}

/** Bytes of segments. */
export function bytesOf(segments: readonly (readonly [addr: number, len: number])[]): number {
  let bytes = 0;
  for (const [, len] of segments) bytes += len;
  return bytes;
}
