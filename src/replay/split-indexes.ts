import { u16Distance } from "../virtio/u16.ts";
import type { QueueContext } from "./queue-context.ts";
import { isCount, type Sample } from "./sample.ts";

/**
 * The driver's place in a split queue: `last_used`, which each buffer that get_buf returns moves by
 * one. A move without a get_buf in the trace is a gap.
 */
export class SplitIndexes {
  readonly #queue: QueueContext;
  #lastUsed = Number.NaN;
  #sample: Sample | undefined;
  #gets = 0;
  #unsure = 0;
  #lossy = false;

  constructor(queue: QueueContext) {
    this.#queue = queue;
  }

  returned(sure: boolean): void {
    if (sure) this.#gets++;
    else this.#unsure++;
  }

  eventsLost(): void {
    this.#lossy = true;
  }

  sample(sample: Sample): void {
    if (!isCount(sample.lastUsed, 0xffff)) return;
    const before = this.#sample;
    if (before !== undefined) {
      const moved = u16Distance(this.#lastUsed, sample.lastUsed);
      if (moved > 0x8000 && this.#queue.mayBeExchanged(before.place, sample.place)) {
        this.#queue.exchanged();
        return;
      }
      if (moved < this.#gets || moved > this.#gets + this.#unsure) {
        this.#queue.gap(
          before.place,
          sample.place,
          this.#lossy
            ? "the tracer lost events, and a get_buf was among them"
            : "the used index moved without a get_buf in the trace",
        );
      }
    }
    this.#lastUsed = sample.lastUsed;
    this.#sample = sample;
    this.#gets = 0;
    this.#unsure = 0;
    this.#lossy = false;
  }
}
