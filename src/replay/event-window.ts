/** More values than this in one window are told as one thing: it moved. */
const VALUES_MAX = 16;

/**
 * What the other side asked for between a publication and the decision whether to notify it (catalogue
 * 3.2, race rule): the words are unsynchronised, so that a decision is wrong only when every value that
 * the word had in that time says so.
 */
export class EventWindow {
  /** Slots (packed) or entries (split) published since the last decision. */
  published = 0;
  readonly #values: number[] = [];
  #overflow = false;

  /** `word` is what the other side asks for at the moment of publication. */
  publish(count: number, word: number): void {
    if (this.published === 0) this.#note(word);
    this.published += count;
  }

  /** The other side has stored its word. */
  moved(word: number): void {
    if (this.published > 0) this.#note(word);
  }

  /**
   * Whether every value wanted a notification (true) or none did (false); undefined when they differ or
   * one does not say, with the reason. `word` is the value at the decision.
   */
  decide(
    word: number,
    wanted: (word: number) => { readonly wanted: boolean | undefined; readonly reason?: string },
  ): { readonly wanted: boolean | undefined; readonly reason: string } {
    this.#note(word);
    let all: boolean | undefined;
    for (const value of this.#values) {
      const one = wanted(value);
      if (one.wanted === undefined) return { wanted: undefined, reason: one.reason ?? "" };
      if (all !== undefined && one.wanted !== all) return MOVED;
      all = one.wanted;
    }
    return this.#overflow ? MOVED : { wanted: all, reason: "" };
  }

  /** A decision was made: the next window begins with the next publication. */
  close(): void {
    this.published = 0;
    this.#values.length = 0;
    this.#overflow = false;
  }

  #note(word: number): void {
    if (this.#values.includes(word)) return;
    if (this.#values.length >= VALUES_MAX) this.#overflow = true;
    else this.#values.push(word);
  }
}

const MOVED = {
  wanted: undefined,
  reason: "the other side moved its event word between publication and decision",
} as const;
