import { KIND } from "../model/event.ts";
import type { Place } from "../model/finding.ts";
import {
  advancePosition,
  positionSlot,
  positionText,
  positionWord,
  wordPosition,
} from "../virtio/packed.ts";
import type { QueueContext } from "./queue-context.ts";
import { NO_FACTS, NONE, type RingFact, ringFact, STORES, type StoresSeen } from "./ring-facts.ts";
import type { RingState } from "./ring-state.ts";
import { isKnown } from "./sample.ts";

const RETURN = STORES.returnedUsed | STORES.returnedNamed | STORES.usedNoticed;

/**
 * What the driver makes of used elements: each get_buf against the buffer that stands at the driver's
 * position, and that position against the ring's.
 */
export class Consumption {
  readonly #queue: QueueContext;
  readonly #ring: RingState;
  readonly #seen: { -readonly [key in keyof StoresSeen]: StoresSeen[key] };
  /** Position (packed) or index (split) of the next used element to be taken. */
  #at = 0;
  /** Why nothing more can be said of it; empty while it can. */
  #lost = "";
  /** The driver's operation before the one at hand. */
  #driven = NONE;

  constructor(queue: QueueContext, ring: RingState) {
    this.#queue = queue;
    this.#ring = ring;
    this.#seen = {
      kind: "stores.seen",
      queue: queue.view,
      place: { seq: 0, line: 0, time: 0, cpu: 0 },
      decided: 0,
      undecided: 0,
      unlogged: 0,
      reason: "",
      facts: NO_FACTS,
      party: "driver",
    };
  }

  /** Nothing is used that was not taken, and the driver stands at `at`; NONE: not known where. */
  attach(at: number): void {
    this.#at = at;
    this.#lost = at === NONE ? "the driver's used position is not known" : "";
  }

  lose(reason: string): void {
    if (this.#lost === "") this.#lost = reason;
  }

  /** An operation of the driver has ended. */
  driven(): void {
    this.#driven = this.#ring.operation;
  }

  /**
   * The driver's own used position, as the log has it: a fact where it is not the ring's; undefined where
   * that cannot be said. `lastUsed`: split, the index; packed, with the wrap counter in bit 15.
   */
  position(lastUsed: number, place: Place, func: string): RingFact | "right" | undefined {
    if (this.#lost !== "" || !isKnown(lastUsed)) return undefined;
    const { layout, queueSize } = this.#ring.setup;
    if (layout === "split") {
      if (lastUsed === this.#at) return "right";
      return this.#misplaced(lastUsed, `index ${lastUsed}`, `index ${this.#at}`, { place, func });
    }
    if (lastUsed === positionWord(this.#at, queueSize)) return "right";
    const found = wordPosition(lastUsed, queueSize);
    const what =
      found === undefined
        ? `slot ${lastUsed & 0x7fff}, which the ring does not have`
        : positionText(found, queueSize);
    const expected = positionText(this.#at, queueSize);
    return this.#misplaced(found ?? NONE, what, expected, { place, func });
  }

  #misplaced(
    found: number,
    what: string,
    expected: string,
    caller: { readonly place: Place; readonly func: string },
  ): RingFact {
    const fact = this.#fact(
      STORES.usedState,
      caller.place,
      `${caller.func} begins, with last_used at ${what}`,
      `${what}, and the next used element is at ${expected}`,
    );
    const numbers = { found, expected: this.#at };
    this.lose(`the driver's used position went wrong at operation ${caller.place.seq}`);
    return { ...fact, ...numbers };
  }

  /** get_buf returned the buffer of a token; 0: it found nothing. */
  returned(token: number, place: Place, func: string): void {
    const { usedBuffers } = this.#ring;
    if (!usedBuffers.known) this.lose("more is marked used than the queue holds");
    if (Number.isNaN(token)) this.lose("a get_buf did not record its token");
    if (this.#lost !== "") {
      this.#emit(place, 0, NO_FACTS, RETURN);
      return;
    }
    if (token === 0) {
      this.#nothing(place, func);
      return;
    }
    if (usedBuffers.count === 0) {
      const what = `token ${token}, with no used element at ${this.#where()}`;
      this.#wrong(STORES.returnedUsed, place, func, what);
      return;
    }
    const named = usedBuffers.token;
    if (Number.isNaN(named)) this.#emit(place, STORES.returnedUsed, NO_FACTS, STORES.returnedNamed);
    else if (named !== token) {
      const what = `token ${token}, and the used element at ${this.#where()} stands for token ${named}`;
      this.#wrong(STORES.returnedNamed, place, func, what);
      return;
    } else this.#emit(place, STORES.returnedUsed | STORES.returnedNamed, NO_FACTS, 0);
    const { layout, queueSize } = this.#ring.setup;
    this.#at =
      layout === "split"
        ? (this.#at + 1) & 0xffff
        : advancePosition(this.#at, usedBuffers.slots, queueSize);
    usedBuffers.pop();
  }

  #nothing(place: Place, func: string): void {
    const { usedBuffers } = this.#ring;
    if (usedBuffers.count === 0) this.#emit(place, STORES.usedNoticed, NO_FACTS, 0);
    // An operation of the device that ran inside this one is told before it: it may have come too late.
    else if (usedBuffers.operation <= this.#driven) {
      this.#wrong(
        STORES.usedNoticed,
        place,
        func,
        `that nothing is used, with a used element at ${this.#where()}`,
      );
    }
  }

  /**
   * The driver looked for used elements and took none: `result` of an enable_cb says that there are none,
   * of an interrupt that there are. enable_cb_delayed may leave some.
   */
  looked(kind: number, result: number, place: Place, func: string): void {
    if (this.#lost !== "" || Number.isNaN(result)) return;
    const { usedBuffers } = this.#ring;
    // What it did not see, and was there: queue/pending-overlooked has that.
    if (result > 0 !== (kind === KIND.interrupt)) return;
    if (usedBuffers.count > 0) this.#emit(place, STORES.returnedUsed, NO_FACTS, 0);
    else {
      const what = `that more is used, with none at ${this.#where()}`;
      this.#wrong(STORES.returnedUsed, place, func, what);
    }
  }

  #where(): string {
    const { layout, queueSize } = this.#ring.setup;
    return layout === "split" ? `index ${this.#at}` : `slot ${positionSlot(this.#at, queueSize)}`;
  }

  #wrong(aspect: number, place: Place, func: string, what: string): void {
    const told = `${func} says ${what}`;
    this.#emit(place, aspect, [this.#fact(aspect, place, told, told)], 0);
    this.lose(`what the driver took went wrong at operation ${place.seq}`);
  }

  #fact(aspect: number, place: Place, evidence: string, what: string): RingFact {
    return ringFact(aspect, [{ role: "decision", place, what: evidence }], { what });
  }

  #emit(place: Place, decided: number, facts: readonly RingFact[], undecided: number): void {
    const seen = this.#seen;
    seen.place = place;
    seen.decided = decided;
    seen.undecided = undecided;
    seen.reason = this.#lost === "" ? "an add did not record its token" : this.#lost;
    seen.facts = facts;
    this.#queue.emit(seen);
  }
}
