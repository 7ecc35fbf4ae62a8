import { isCount, type Sample } from "./sample.ts";

/** Chains that a driver has not taken back yet; a queue holds no more. */
const CHAINS_MAX = 32768;

/** What a driver's count of free descriptors is against the chains that it has out. */
export type FreeCount = "equal" | "too many" | "too few" | "not shown";

/**
 * Split: descriptors are free but for those of the chains that the driver has added and not taken back
 * (virtio 1.3, 2.7.13.1). When it counts them free again is its own affair: a count is held against it
 * only once it was seen to go down with an add, and one that is too low only once it was seen to go up
 * with the get_buf that gave a chain back.
 */
export class SplitFreeCount {
  readonly #size: number;
  readonly #slots = new Map<number, number>();
  #out = 0;
  /** Chains without a token, or more than a queue holds: the count says nothing any more. */
  #known = true;
  #countsAdds = false;
  #countsReturns = false;
  #justReturned = false;
  #numFree = -1;

  constructor(queueSize: number) {
    this.#size = queueSize;
  }

  /** What num_free has to be; only where `judge` did not say "not shown". */
  get expected(): number {
    return this.#size - this.#out;
  }

  /** Nothing is in flight. */
  clear(): void {
    this.#slots.clear();
    this.#out = 0;
    this.#known = true;
    this.#justReturned = false;
  }

  forget(): void {
    this.#known = false;
    this.#slots.clear();
  }

  added(token: number, slots: number): void {
    if (!this.#known) return;
    if (Number.isNaN(token) || this.#slots.has(token) || this.#slots.size === CHAINS_MAX) {
      this.forget();
      return;
    }
    this.#slots.set(token, slots);
    this.#out += slots;
  }

  /** get_buf gave a buffer back: `token`, or 0. */
  returned(token: number): void {
    if (!this.#known || token === 0) return;
    const slots = this.#slots.get(token);
    if (slots === undefined) {
      this.forget();
      return;
    }
    this.#slots.delete(token);
    this.#out -= slots;
    this.#justReturned = true;
  }

  /**
   * An add of `elements` was refused for lack of room. Whenever a driver counts, with all its chains back
   * it has room for whatever fits into the queue.
   */
  refused(elements: number): FreeCount {
    if (!this.#known || this.#numFree < 0 || this.#out > 0) return "not shown";
    const fits = elements > 0 && elements <= this.#size;
    return fits && this.#numFree < this.#size ? "too few" : "not shown";
  }

  /** What the driver counted when it was last asked. */
  get numFree(): number {
    return this.#numFree;
  }

  /** Compares the driver's state between two calls. */
  judge(sample: Sample): FreeCount {
    this.#numFree = isCount(sample.numFree, this.#size) ? sample.numFree : -1;
    const justReturned = this.#justReturned;
    this.#justReturned = false;
    if (!this.#known || this.#numFree < 0) return "not shown";
    const { expected } = this;
    if (sample.numFree === expected) {
      this.#countsAdds ||= this.#out > 0;
      this.#countsReturns ||= justReturned && this.#countsAdds;
      return "equal";
    }
    if (sample.numFree > expected) return this.#countsAdds ? "too many" : "not shown";
    return this.#countsReturns ? "too few" : "not shown";
  }
}
