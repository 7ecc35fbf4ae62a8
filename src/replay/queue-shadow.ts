import { EventBatch } from "../model/batch.ts";
import { FIELD, KIND, LAYOUT_PACKED, LAYOUT_UNKNOWN, type Layout } from "../model/event.ts";
import type { Effect, Place } from "../model/finding.ts";
import type { FeatureName } from "../virtio/features.ts";
import { packedPosition, positionDistance, RING_EVENT_FLAGS_DESC } from "../virtio/packed.ts";
import { Buffers } from "./buffers.ts";
import type { OpenCall } from "./calls.ts";
import { DriverEvent } from "./driver-event.ts";
import { type KickDecision, KickDecisions } from "./kick-decisions.ts";
import { NumAdded } from "./num-added.ts";
import type { Observation, QueueView } from "./observation.ts";
import { PackedPositions } from "./packed-positions.ts";
import type { QueueContext } from "./queue-context.ts";
import { isCount, isQueueSize, type Sample } from "./sample.ts";
import { SplitIndexes } from "./split-indexes.ts";

/** A stretch of the trace in which calls of a queue are missing. */
export interface Gap {
  readonly queue: QueueShadow;
  readonly from: Place;
  readonly to: Place;
  readonly reason: string;
}

/** Losses that the source has admitted so far; a new value for each mark. */
export interface Losses {
  readonly marks: number;
  /** Infinity once a mark did not say how many. */
  readonly events: number;
}

/** What a queue's shadow tells the outside. */
export interface ShadowOutput {
  observe(observation: Observation): void;
  gap(gap: Gap): void;
  exchanged(): void;
}

/**
 * On a clock that CPUs do not share exactly (`local`, `perf`), events of one queue from two CPUs this
 * close, in nanoseconds, may stand in the wrong order. DESIGN.md 3.
 */
const EXCHANGE_TIME_MAX = 10_000;

/** errno values that an add refuses a buffer with. */
const ERRNO_NAMES: Readonly<Record<number, string>> = {
  5: "EIO",
  12: "ENOMEM",
  22: "EINVAL",
  28: "ENOSPC",
};

/**
 * The shadow of one queue: follows the driver from its calls and the state they show, and states
 * Observations. Everything in it is known from an event, or unknown.
 */
export class QueueShadow implements QueueContext, QueueView {
  readonly pointer: number;
  readonly generation: number;
  readonly firstSeq: number;
  /** Text of the pointer, for the id. */
  readonly pointerText: string;
  readonly idPrefix: string;
  name: string | undefined;
  index: number | undefined;
  layout: Layout | undefined;
  size: number | undefined;
  eventIdx: boolean | undefined;
  indirect: boolean | undefined;
  ordinal = 0;
  events = 0;
  /** Features whose effect was seen, not merely negotiated. */
  readonly exercised = new Set<FeatureName>();
  readonly kicks: KickDecisions;
  readonly #clockIsExact: () => boolean;
  readonly #output: ShadowOutput;
  readonly #positions: PackedPositions;
  readonly #split: SplitIndexes;
  readonly #driverEvent: DriverEvent;
  readonly #numAdded: NumAdded;
  readonly #buffers = new Buffers();
  #losses: Losses;
  #knowsAll = false;
  /** The add that began last, to see how many descriptors it took. */
  #lastAdd: { readonly sample: Sample; readonly segments: number } | undefined;

  constructor(options: {
    readonly pointer: number;
    readonly pointerText: string;
    readonly idPrefix: string;
    readonly generation: number;
    readonly firstSeq: number;
    readonly losses: Losses;
    readonly clockIsExact: () => boolean;
    readonly output: ShadowOutput;
  }) {
    this.pointer = options.pointer;
    this.pointerText = options.pointerText;
    this.idPrefix = options.idPrefix;
    this.generation = options.generation;
    this.firstSeq = options.firstSeq;
    this.#losses = options.losses;
    this.#clockIsExact = options.clockIsExact;
    this.#output = options.output;
    this.kicks = new KickDecisions(this);
    this.#positions = new PackedPositions(this);
    this.#split = new SplitIndexes(this);
    this.#driverEvent = new DriverEvent(this);
    this.#numAdded = new NumAdded(this);
  }

  get id(): string {
    return `${this.idPrefix}${this.name ?? "?"}@${this.pointerText}#${this.generation}`;
  }

  get view(): QueueView {
    return this;
  }

  /** Names of the features known to be negotiated; null when nothing about them is known. */
  get features(): FeatureName[] | null {
    if (this.layout === undefined && this.eventIdx === undefined && this.indirect === undefined) {
      return null;
    }
    const names: FeatureName[] = [];
    if (this.indirect === true) names.push("VIRTIO_F_INDIRECT_DESC");
    if (this.eventIdx === true) names.push("VIRTIO_F_EVENT_IDX");
    if (this.layout === "packed") names.push("VIRTIO_F_RING_PACKED");
    return names;
  }

  emit(observation: Observation): void {
    this.#output.observe(observation);
  }

  mayBeExchanged(earlier: Place, later: Place): boolean {
    return (
      !this.#clockIsExact() &&
      earlier.cpu !== later.cpu &&
      later.time - earlier.time <= EXCHANGE_TIME_MAX
    );
  }

  exchanged(): void {
    this.#output.exchanged();
  }

  gap(from: Place, to: Place, reason: string): void {
    this.#output.gap({ queue: this, from, to, reason });
    // What came back unseen is not known, nor what was enabled or reset meanwhile.
    this.kicks.interrupted(`calls are missing: ${reason}`);
    this.#driverEvent.forget();
    this.#numAdded.forget();
  }

  /** Facts about the queue itself that any probe may carry. */
  learn(batch: EventBatch, row: number): void {
    if (this.#knowsAll) return;
    const base = row * EventBatch.FIELD_COUNT;
    const { values } = batch;
    const nameId = values[base + FIELD.name] as number;
    if (this.name === undefined && nameId >= 0) this.name = batch.strings.text(nameId);
    const index = values[base + FIELD.index] as number;
    if (this.index === undefined && isCount(index, 0xffff)) this.index = index;
    const size = values[base + FIELD.queueSize] as number;
    if (this.size === undefined && isQueueSize(size)) this.size = size;
    const packed = values[base + FIELD.packed] as number;
    const hint = batch.layoutHint[row] as number;
    if (this.layout === undefined) {
      if (packed === 0 || packed === 1) this.layout = packed === 1 ? "packed" : "split";
      else if (hint !== LAYOUT_UNKNOWN) this.layout = hint === LAYOUT_PACKED ? "packed" : "split";
    }
    const eventIdx = values[base + FIELD.eventIdx] as number;
    if (this.eventIdx === undefined && isCount(eventIdx, 1)) this.eventIdx = eventIdx === 1;
    const indirect = values[base + FIELD.indirect] as number;
    if (this.indirect === undefined && isCount(indirect, 1)) this.indirect = indirect === 1;
    this.#knowsAll =
      this.name !== undefined &&
      this.index !== undefined &&
      this.size !== undefined &&
      this.layout !== undefined &&
      this.eventIdx !== undefined &&
      this.indirect !== undefined;
  }

  /** The source has admitted so many losses, of so many events, up to here. */
  lossesUntil(losses: Losses): void {
    if (losses.marks === this.#losses.marks) return;
    this.#driverEvent.eventsLost(losses.events - this.#losses.events);
    this.#losses = losses;
    this.#positions.eventsLost();
    this.#split.eventsLost();
    this.#numAdded.forget();
    this.#buffers.forget();
    this.#lastAdd = undefined;
    this.kicks.eventsLost();
  }

  /** A call begins. Returns what its return will need. */
  begin(kind: number, sample: Sample, batch: EventBatch, row: number): unknown {
    this.#sample(kind, sample);
    switch (kind) {
      case KIND.add: {
        const base = row * EventBatch.FIELD_COUNT;
        this.#lastAdd = { sample, segments: segmentsOf(batch.values, base) };
        return batch.values[base + FIELD.token];
      }
      case KIND.kickPrepare:
        return this.kicks.begin(sample);
      case KIND.notify:
        this.kicks.notified();
        return undefined;
      case KIND.enableCbPrepare:
      case KIND.enableCb:
      case KIND.enableCbDelayed:
        this.#driverEvent.begin();
        // The sample was followed already: where it shows last_used, this is it.
        return this.#positions.used;
      default:
        return undefined;
    }
  }

  /** The call's return was seen. */
  end(
    call: OpenCall,
    returned: { place: Place; func: string },
    values: Float64Array,
    base: number,
  ): void {
    const { kind, begun } = call;
    const caller = { place: begun.place, func: begun.func };
    switch (kind) {
      case KIND.add:
        this.#added(call, values[base + FIELD.result] as number, returned.place);
        return;
      case KIND.kickPrepare:
        this.#numAdded.decided(begun);
        this.kicks.end(
          call.note as KickDecision,
          values[base + FIELD.needsKick] as number,
          returned,
        );
        return;
      case KIND.getBuf:
        if (!call.done) this.#got(caller, values[base + FIELD.token] as number);
        return;
      case KIND.enableCbPrepare:
      case KIND.enableCb:
      case KIND.enableCbDelayed:
        if (call.done) this.#driverEvent.returnLost();
        else this.#driverEvent.end(caller, call.note as number);
        return;
      default:
        return;
    }
  }

  /** The call's return was not seen. */
  endLost(call: OpenCall): void {
    const caller = { place: call.begun.place, func: call.begun.func };
    switch (call.kind) {
      case KIND.add:
        if (!call.done) this.#positions.moved("avail", caller, false);
        return;
      case KIND.kickPrepare:
        this.kicks.returnLost(call.note as KickDecision);
        return;
      case KIND.getBuf:
        if (call.done) return;
        this.#positions.moved("used", caller, false);
        this.#split.returned(false);
        return;
      case KIND.enableCbPrepare:
      case KIND.enableCb:
      case KIND.enableCbDelayed:
        this.#driverEvent.returnLost();
        return;
      default:
        return;
    }
  }

  /** Nothing more comes: of the trace, or of this generation of the queue. */
  endOfTrace(durationSince: (place: Place) => string, end: Place | undefined): void {
    this.kicks.endOfTrace((decision) =>
      end === undefined ? [] : this.#outstanding(decision, durationSince, end),
    );
  }

  deleted(): void {
    this.kicks.interrupted("the queue was deleted before the outcome showed");
  }

  #sample(kind: number, sample: Sample): void {
    const isAdd = kind === KIND.add;
    // virtqueue_poll's last_used is its argument, and it runs beside other calls.
    if (kind === KIND.poll) return;
    if (this.layout === "packed") {
      this.#positions.sample(sample, isAdd);
      if (sample.deviceFlags === RING_EVENT_FLAGS_DESC) this.exercised.add("VIRTIO_F_EVENT_IDX");
      this.#driverEvent.sample(sample, this.#positions.avail);
    } else if (this.layout === "split") {
      this.#split.sample(sample);
    }
    this.kicks.sample(sample);
    this.#numAdded.sample(sample, isAdd, this.layout === "split" || this.#positions.reliable);
    this.#seeIndirect(sample);
  }

  /** Several segments in one descriptor: an indirect table. */
  #seeIndirect(sample: Sample): void {
    const add = this.#lastAdd;
    this.#lastAdd = undefined;
    if (add === undefined || add.segments < 2 || this.indirect !== true) return;
    if (add.sample.numFree - sample.numFree === 1) this.exercised.add("VIRTIO_F_INDIRECT_DESC");
  }

  #added(call: OpenCall, result: number, place: Place): void {
    if (call.done) return;
    const { begun } = call;
    const caller = { place: begun.place, func: begun.func };
    if (Number.isNaN(result)) {
      this.#positions.moved("avail", caller, false);
      return;
    }
    if (result !== 0) {
      const errno = ERRNO_NAMES[-result] ?? String(result);
      this.emit({
        kind: "effect.seen",
        queue: this,
        sort: `add ${errno}`,
        effect: { message: `${begun.func} returns ${result} (${errno})`, place },
      });
      return;
    }
    this.#positions.moved("avail", caller, true);
    if (this.layout === "packed") this.exercised.add("VIRTIO_F_RING_PACKED");
    else if (this.layout === "split" && this.eventIdx) this.exercised.add("VIRTIO_F_EVENT_IDX");
    const { size } = this;
    const avail =
      this.layout === "packed" && size !== undefined && isCount(begun.nextAvail, size - 1)
        ? packedPosition(begun.nextAvail, begun.availWrap, size)
        : Number.NaN;
    this.kicks.published({ ...caller, avail });
    const token = call.note as number;
    if (!Number.isNaN(token)) this.#buffers.add(token, caller, size);
  }

  #got(caller: { place: Place; func: string }, token: number): void {
    if (Number.isNaN(token)) {
      this.#positions.moved("used", caller, false);
      this.#split.returned(false);
      return;
    }
    if (token === 0) return;
    this.#positions.moved("used", caller, true);
    this.#split.returned(true);
    this.kicks.returned(this.#buffers.take(token)?.place.seq);
  }

  #outstanding(
    decision: KickDecision,
    durationSince: (place: Place) => string,
    end: Place,
  ): Effect[] {
    const buffers = this.#buffers.since(decision.publishedFrom);
    const { size } = this;
    const slots =
      this.layout === "packed" && size !== undefined
        ? positionDistance(this.#positions.used, this.#positions.avail, size)
        : Number.NaN;
    const inFlight = Number.isNaN(slots) ? "" : `, ${slots} of ${size} slots in flight`;
    const count = buffers.length === 1 ? "1 buffer" : `${buffers.length} buffers`;
    return [
      {
        message: `${count} published since outstanding when the trace ends, ${durationSince(decision.sample.place)} after the decision${inFlight}`,
        place: end,
      },
    ];
  }
}

function segmentsOf(values: Float64Array, base: number): number {
  const segments = values[base + FIELD.segments] as number;
  if (!Number.isNaN(segments)) return segments;
  return (values[base + FIELD.outSgs] as number) + (values[base + FIELD.inSgs] as number);
}
