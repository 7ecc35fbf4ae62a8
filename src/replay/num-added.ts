import type { Evidence } from "../model/finding.ts";
import { packedPosition, positionDistance } from "../virtio/packed.ts";
import { u16Distance } from "../virtio/u16.ts";
import { splitAvailIdx } from "./kick-decisions.ts";
import { NO_EVIDENCE } from "./observation.ts";
import type { QueueContext } from "./queue-context.ts";
import { isCount, isKnown, type Sample } from "./sample.ts";

/**
 * The driver's count of entries added since its last kick decision. Each decision resets it, so that
 * at the next sample it is no more than what the available position moved by since.
 */
export class NumAdded {
  readonly #queue: QueueContext;
  #decided: Sample | undefined;
  #add: Sample | undefined;
  /** num_added was seen to count: it grew with an add, by what was added. */
  #proven = false;
  /** num_added at the last decision, where the next sample looked as if nothing had been reset; else -1. */
  #kept = -1;

  constructor(queue: QueueContext) {
    this.#queue = queue;
  }

  /** A kick decision that began with `sample` has returned. */
  decided(sample: Sample): void {
    this.#decided = !isKnown(sample.numAdded) ? undefined : sample;
  }

  forget(): void {
    this.#decided = undefined;
    this.#add = undefined;
    this.#kept = -1;
  }

  /** `reliable`: the positions of the queue agree with its counts. */
  sample(sample: Sample, isAdd: boolean, reliable: boolean): void {
    if (!isKnown(sample.numAdded)) return;
    this.#prove(sample, isAdd);
    const before = this.#decided;
    if (before === undefined) return;
    const added = this.#added(before, sample);
    if (added === undefined) return;
    this.#decided = undefined;
    if (sample.numAdded <= added) this.#kept = -1;
    if (!reliable || !this.#proven || this.#queue.mayBeExchanged(before.place, sample.place))
      return;
    this.#queue.emit({
      kind: "numAdded.sampled",
      queue: this.#queue.view,
      place: before.place,
      undecided: sample.numAdded > added ? this.#doubt(before, sample, added) : undefined,
      before: before.numAdded,
      sampled: sample.numAdded,
      added,
      evidence: sample.numAdded > added ? evidenceOf(before, sample) : NO_EVIDENCE,
    });
  }

  /**
   * A packed position shows how far it moved but for whole laps of both wrap values: calls that a probe
   * missed may have added those, and num_added is then of an add that nobody saw. Chance does not make
   * a count grow from decision to decision by just what was added.
   */
  #doubt(before: Sample, sample: Sample, added: number): string | undefined {
    if (this.#queue.layout === "split" || this.#queue.everyOperationTold) return undefined;
    const kept = sample.numAdded === before.numAdded + added;
    const grew = this.#kept > 0 && before.numAdded > this.#kept;
    this.#kept = kept ? before.numAdded : -1;
    return kept && grew ? undefined : "the queue may have gone round unseen since the decision";
  }

  #prove(sample: Sample, isAdd: boolean): void {
    const add = this.#add;
    if (add !== undefined && !this.#proven) {
      // An add on a split queue publishes one entry; on a packed one the position tells how many.
      const entries = this.#queue.layout === "split" ? 1 : this.#added(add, sample);
      this.#proven = sample.numAdded - add.numAdded === entries && entries > 0;
    }
    this.#add = isAdd ? sample : undefined;
  }

  /** How far the available position moved; undefined when a sample does not show it. */
  #added(from: Sample, to: Sample): number | undefined {
    const { layout, size } = this.#queue;
    if (layout === "split") {
      const before = splitAvailIdx(from);
      const after = splitAvailIdx(to);
      return isCount(before, 0xffff) && isCount(after, 0xffff)
        ? u16Distance(before, after)
        : undefined;
    }
    if (size === undefined || layout === undefined) return undefined;
    const inRange = (sample: Sample): boolean =>
      isCount(sample.nextAvail, size - 1) && isCount(sample.availWrap, 1);
    if (!inRange(from) || !inRange(to)) return undefined;
    return positionDistance(
      packedPosition(from.nextAvail, from.availWrap, size),
      packedPosition(to.nextAvail, to.availWrap, size),
      size,
    );
  }
}

function evidenceOf(before: Sample, after: Sample): Evidence[] {
  return [
    {
      role: "decision",
      place: before.place,
      what: `${before.func} num_added=${before.numAdded}`,
    },
    { role: "outcome", place: after.place, what: `${after.func} num_added=${after.numAdded}` },
  ];
}
