import { NONE } from "./ring-facts.ts";

/**
 * Buffers that the device marked used and the driver has not taken back, in the order of the ring: what
 * get_buf has to return, one after the other. With IN_ORDER each buffer of a batch is one of them.
 */
export class UsedBuffers {
  /** False once it can no longer be said what the driver has to find. */
  known = true;
  count = 0;
  readonly #tokens: Float64Array;
  readonly #slots: Int32Array;
  /** The device's operation that marked it used. */
  readonly #operations: Int32Array;
  #first = 0;

  constructor(queueSize: number) {
    this.#tokens = new Float64Array(queueSize);
    this.#slots = new Int32Array(queueSize);
    this.#operations = new Int32Array(queueSize);
  }

  /** A queue holds no more buffers than it has entries: with more, the driver's part is not known. */
  push(token: number, slots: number, operation: number): void {
    const size = this.#tokens.length;
    if (this.count === size) {
      this.known = false;
      return;
    }
    let at = this.#first + this.count;
    if (at >= size) at -= size;
    this.#tokens[at] = token;
    this.#slots[at] = slots;
    this.#operations[at] = operation;
    this.count++;
  }

  /** Of the buffer that the driver finds next; NaN where its add did not tell, NONE where there is none. */
  get token(): number {
    return this.count === 0 ? NONE : (this.#tokens[this.#first] as number);
  }

  get slots(): number {
    return this.count === 0 ? 0 : (this.#slots[this.#first] as number);
  }

  get operation(): number {
    return this.count === 0 ? NONE : (this.#operations[this.#first] as number);
  }

  pop(): void {
    if (this.count === 0) return;
    this.#first++;
    if (this.#first === this.#tokens.length) this.#first = 0;
    this.count--;
  }

  clear(): void {
    this.count = 0;
    this.#first = 0;
  }
}
