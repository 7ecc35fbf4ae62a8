import { type AddRefused, NO_EVIDENCE } from "./observation.ts";
import { describeSample } from "./packed-positions.ts";
import type { QueueContext } from "./queue-context.ts";
import { isKnown, type Sample } from "./sample.ts";

/** Surprising refusals kept for the end of the trace; more of one queue say nothing new. */
const REFUSALS_MAX = 16;

/** Adds that the driver refused with -ENOSPC, against what was free and what was in flight. */
export class AddRefusals {
  readonly #queue: QueueContext;
  #surprising: AddRefused[] = [];

  constructor(queue: QueueContext) {
    this.#queue = queue;
  }

  /** `begun`: the sample of the add itself; `inFlight` and `needed` are UNKNOWN where they are not known. */
  refused(begun: Sample, inFlight: number, needed: number): void {
    const refused: AddRefused = {
      kind: "add.refused",
      queue: this.#queue.view,
      place: begun.place,
      undecided: undefined,
      numFree: begun.numFree,
      inFlight,
      needed,
      evidence: NO_EVIDENCE,
    };
    const surprising = inFlight === 0 || (isKnown(needed) && refused.numFree >= needed);
    // The return may be another call's, with what is between the two missing: the whole trace tells.
    if (!surprising) this.#queue.emit(refused);
    else if (this.#surprising.length < REFUSALS_MAX) {
      const what = describeSample(begun);
      this.#surprising.push({
        ...refused,
        evidence: [{ role: "decision", place: begun.place, what }],
      });
    }
  }

  /** Nothing more comes: of the trace, or of the queue. */
  endOfTrace(): void {
    const undecided = this.#queue.pairsIntact()
      ? undefined
      : "the trace misses begins or returns of calls";
    for (const refused of this.#surprising) this.#queue.emit({ ...refused, undecided });
    this.#surprising = [];
  }
}
