import { KIND } from "../model/event.ts";
import type { Evidence, Place } from "../model/finding.ts";
import { NO_EVIDENCE, type Observation } from "./observation.ts";
import type { QueueEntry } from "./queue-entry.ts";

interface Reset {
  readonly place: Place;
  /** The driver read that it is over. */
  over: boolean;
}

/** Queue resets (VIRTIO_F_RING_RESET): from the driver's request to the queue's being enabled again. */
export class QueueResets {
  readonly #emit: (observation: Observation) => void;
  readonly #resets = new Map<QueueEntry, Reset>();
  /** Reads of the reset register are among what the source tells. */
  #readsTold = false;

  constructor(emit: (observation: Observation) => void) {
    this.#emit = emit;
  }

  step(kind: number, queue: QueueEntry, place: Place, value: number): void {
    if (kind === KIND.queueResetAsked) {
      this.#resets.set(queue, { place, over: false });
      return;
    }
    const reset = this.#resets.get(queue);
    if (kind === KIND.queueResetRead) {
      this.#readsTold = true;
      if (reset !== undefined && value === 0) reset.over = true;
      return;
    }
    const evidence: readonly Evidence[] =
      reset === undefined
        ? NO_EVIDENCE
        : [{ role: "before", place: reset.place, what: "the queue reset is asked for" }];
    this.#emit({
      kind: "queue.enabled",
      queue,
      place,
      reset: reset !== undefined,
      verified: reset?.over === true ? true : this.#readsTold ? false : undefined,
      evidence,
    });
    this.#resets.delete(queue);
  }

  /** Whether its reset is seen to be over, and it has not been enabled again. */
  isReset(queue: QueueEntry): boolean {
    return this.#resets.get(queue)?.over === true;
  }

  /** A device reset resets every queue. */
  deviceReset(): void {
    this.#resets.clear();
  }
}
