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
    if (!reliable || !this.#proven || this.#queue.mayBeExchanged(before.place, sample.place))
      return;
    this.#queue.emit({
      kind: "numAdded.sampled",
      queue: this.#queue.view,
      place: before.place,
      undecided: undefined,
      before: before.numAdded,
      sampled: sample.numAdded,
      added,
      evidence: sample.numAdded > added ? evidenceOf(before, sample) : NO_EVIDENCE,
    });
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
