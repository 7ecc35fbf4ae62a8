import type { Wanted } from "./suppression.ts";

/** What all the values that a word had say together, with the reason where they do not. */
export interface Verdict {
  readonly wanted: boolean | undefined;
  readonly reason: string;
}

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
   * one does not say, with the reason. `word` is the value at the decision, `position` where the party
   * that decides stands. `wanted` is one function for all decisions of a queue: the compiler inlines it.
   */
  decide(
    word: number,
    position: number,
    wanted: (word: number, position: number, published: number) => Wanted,
  ): Verdict {
    this.#note(word);
    const values = this.#values;
    let all: boolean | undefined;
    for (let i = 0; i < values.length; i++) {
      const one = wanted(values[i] as number, position, this.published);
      if (one.wanted === undefined) return { wanted: undefined, reason: one.reason };
      if (all !== undefined && one.wanted !== all) return MOVED;
      all = one.wanted;
    }
    if (this.#overflow) return MOVED;
    return all === true ? ALL : NONE_DID;
  }

  /** A decision was made: the next window begins with the next publication. */
  close(): void {
    this.published = 0;
    // Most windows are closed as they are opened, and setting a length is slow.
    if (this.#values.length > 0) this.#values.length = 0;
    this.#overflow = false;
  }

  #note(word: number): void {
    const values = this.#values;
    for (let i = 0; i < values.length; i++) if (values[i] === word) return;
    if (values.length >= VALUES_MAX) this.#overflow = true;
    else values.push(word);
  }
}

const ALL: Verdict = { wanted: true, reason: "" };
const NONE_DID: Verdict = { wanted: false, reason: "" };
const MOVED: Verdict = {
  wanted: undefined,
  reason: "the other side moved its event word between publication and decision",
};
