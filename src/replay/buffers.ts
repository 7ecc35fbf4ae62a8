import type { Place } from "../model/finding.ts";

/** A buffer that the driver made available and has not had back. */
export interface Buffer {
  readonly place: Place;
  readonly func: string;
}

/** A queue of unknown size holds no more than the largest queue. */
const BUFFERS_MAX = 32768;

/**
 * Buffers in flight by the driver's token. Returns may go unseen, so that this is what was added and
 * not seen to come back, no proof that it is still out.
 */
export class Buffers {
  readonly #byToken = new Map<number, Buffer>();

  add(token: number, buffer: Buffer, queueSize: number | undefined): void {
    // A token that is added again has come back unseen.
    this.#byToken.delete(token);
    if (this.#byToken.size >= (queueSize ?? BUFFERS_MAX)) {
      const [oldest] = this.#byToken.keys();
      this.#byToken.delete(oldest as number);
    }
    this.#byToken.set(token, buffer);
  }

  /** The buffer that came back; undefined when its add was not seen. */
  take(token: number): Buffer | undefined {
    const buffer = this.#byToken.get(token);
    this.#byToken.delete(token);
    return buffer;
  }

  forget(): void {
    this.#byToken.clear();
  }

  /** Buffers added from `seq` on, oldest first. */
  since(seq: number): Buffer[] {
    return [...this.#byToken.values()].filter(({ place }) => place.seq >= seq);
  }
}
