import { KIND } from "../model/event.ts";
import type { Place } from "../model/finding.ts";
import { u16Distance } from "../virtio/u16.ts";
import { splitAvailIdx } from "./kick-decisions.ts";
import type { QueueContext } from "./queue-context.ts";
import { blankSample, isCount, type Sample, UNKNOWN } from "./sample.ts";

/** A free-running index of the driver, and the calls since its last sample that move it by one. */
class Followed {
  readonly #queue: QueueContext;
  readonly #what: string;
  #index = UNKNOWN;
  #sample: Sample | undefined;
  #moves = 0;
  #unsure = 0;
  #lossy = false;

  constructor(queue: QueueContext, what: string) {
    this.#queue = queue;
    this.#what = what;
  }

  moved(sure: boolean): void {
    if (sure) this.#moves++;
    else this.#unsure++;
  }

  created(place: Place): void {
    this.#index = 0;
    this.#sample = blankSample(place);
  }

  attached(): void {
    this.#sample = undefined;
  }

  eventsLost(): void {
    this.#lossy = true;
  }

  sample(sample: Sample, index: number): void {
    const before = this.#sample;
    if (before !== undefined) {
      const moved = u16Distance(this.#index, index);
      if (moved > 0x8000 && this.#queue.mayBeExchanged(before.place, sample.place)) {
        this.#queue.exchanged();
        return;
      }
      if (moved < this.#moves || moved > this.#moves + this.#unsure) {
        this.#queue.gap(before.place, sample.place, this.#reason());
      }
    }
    this.#index = index;
    this.#sample = sample;
    this.#moves = 0;
    this.#unsure = 0;
    this.#lossy = false;
  }

  #reason(): string {
    return this.#lossy
      ? `the tracer lost events, and ${this.#call} was among them`
      : `the ${this.#what} index moved without ${this.#call} in the trace`;
  }

  get #call(): string {
    return this.#what === "used" ? "a get_buf" : "an add";
  }
}

/**
 * The driver's places in a split queue: `last_used`, which each buffer that get_buf returns moves by
 * one, and `avail.idx`, which each add does. A move without such a call in the trace is a gap.
 */
export class SplitIndexes {
  readonly #used: Followed;
  readonly #avail: Followed;

  constructor(queue: QueueContext) {
    this.#used = new Followed(queue, "used");
    this.#avail = new Followed(queue, "available");
  }

  returned(sure: boolean): void {
    this.#used.moved(sure);
  }

  added(sure: boolean): void {
    this.#avail.moved(sure);
  }

  /** At creation both indexes are 0 (virtio 1.3, 2.7.6 and 2.7.8). */
  created(place: Place): void {
    this.#used.created(place);
    this.#avail.created(place);
  }

  /** The queue was attached in the middle of its life: nothing is known, and nothing was missed. */
  attached(): void {
    this.#used.attached();
    this.#avail.attached();
  }

  eventsLost(): void {
    this.#used.eventsLost();
    this.#avail.eventsLost();
  }

  /** True when the sample shows both indexes. */
  sample(sample: Sample): boolean {
    const hasUsed = isCount(sample.lastUsed, 0xffff);
    if (hasUsed) this.#used.sample(sample, sample.lastUsed);
    // Other calls may run beside an add, which publishes its index before it returns.
    const availIdx = splitAvailIdx(sample);
    const hasAvail = sample.kind === KIND.kickPrepare && isCount(availIdx, 0xffff);
    if (hasAvail) this.#avail.sample(sample, availIdx);
    return hasUsed && hasAvail;
  }
}
