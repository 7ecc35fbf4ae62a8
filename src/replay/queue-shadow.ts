import { EventBatch } from "../model/batch.ts";
import { EVENT_KINDS, FIELD, KIND } from "../model/event.ts";
import type { Effect, Place } from "../model/finding.ts";
import type { RingSetup } from "../model/memory.ts";
import type { ClockBase } from "../model/time.ts";
import type { FeatureName } from "../virtio/features.ts";
import {
  packedPosition,
  positionDistance,
  RING_EVENT_FLAGS_DESC,
  wordPosition,
} from "../virtio/packed.ts";
import { AddRefusals } from "./add-refusals.ts";
import { Buffers } from "./buffers.ts";
import type { OpenCall } from "./calls.ts";
import { DriverEvent } from "./driver-event.ts";
import { Interrupts } from "./interrupts.ts";
import { type KickDecision, KickDecisions } from "./kick-decisions.ts";
import { Notifications } from "./notifications.ts";
import { emitNotifyData } from "./notify-data.ts";
import { NumAdded } from "./num-added.ts";
import type { Observation, QueueView } from "./observation.ts";
import type { Operation } from "./operation.ts";
import { PackedPositions } from "./packed-positions.ts";
import type { QueueContext } from "./queue-context.ts";
import type { QueueEntry } from "./queue-entry.ts";
import { QueueIdentity, type QueueNumbers } from "./queue-identity.ts";
import type { RingMemory } from "./ring-memory.ts";
import { RingShadow } from "./ring-shadow.ts";
import { RingSnapshots } from "./ring-snapshots.ts";
import { blankSample, isCount, isKnown, type OpenSample, type Sample, UNKNOWN } from "./sample.ts";
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
  pairsIntact(): boolean;
}

/**
 * On a clock that CPUs do not share exactly (`local`, `perf`), events of one queue from two CPUs this
 * close, in nanoseconds, may stand in the wrong order. DESIGN.md 3.
 */
const EXCHANGE_TIME_MAX = 10_000;

/**
 * Calls that a driver makes one at a time on a queue, so that their begins show a settled state. Any
 * other (disable_cb, vring_interrupt, detach inside get_buf) may show the middle of a call.
 */
export const SETTLED = EVENT_KINDS.map((kind) =>
  ["add", "kickPrepare", "getBuf", "enableCbPrepare", "enableCb", "enableCbDelayed"].includes(kind),
);

/** Calls that store the driver's event word to ask for what comes next. */
const MOVES_EVENT = new Set<number>([
  KIND.enableCb,
  KIND.enableCbPrepare,
  KIND.enableCbDelayed,
  KIND.getBuf,
]);
const ENOSPC = 28;
/** Of no event. */
const NO_SEQ = -1;

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
export class QueueShadow extends QueueIdentity implements QueueContext, QueueEntry {
  ordinal = 0;
  events = 0;
  /** The driver's side does not name it. */
  readonly device = undefined;
  /** Features whose effect was seen, not merely negotiated. */
  readonly exercised = new Set<FeatureName>();
  readonly kicks: KickDecisions;
  /** Its ring, where the source tells every store to it. */
  ring: RingShadow | undefined;
  readonly #clock: () => ClockBase | undefined;
  readonly #output: ShadowOutput;
  readonly #positions: PackedPositions;
  readonly #split: SplitIndexes;
  readonly #driverEvent: DriverEvent;
  readonly #numAdded: NumAdded;
  readonly #interrupts: Interrupts;
  readonly #notifications: Notifications;
  readonly #buffers: Buffers;
  /** A call that begins and returns in one event; nobody keeps it. */
  readonly #call: { -readonly [key in keyof OpenCall]: OpenCall[key] };
  readonly #snapshots = new RingSnapshots(this);
  readonly #refusals = new AddRefusals(this);
  #losses: Losses;
  /** The used position as the trace has it, until a get_buf moves it. */
  #lastUsed = UNKNOWN;
  /** Segments of the add that began last; UNKNOWN when the probe counts only scatterlists. */
  #lastSegments = UNKNOWN;
  /** A gap showed in the sample at hand. */
  #gapped = false;
  /** The last add that no kick decision and no get_buf has followed. */
  #unkicked: { readonly place: Place; readonly func: string } | undefined;
  /** The add that began last, to see how many descriptors it took. */
  #lastAdd: { readonly sample: Sample; readonly segments: number } | undefined;

  constructor(
    options: QueueNumbers & {
      readonly losses: Losses;
      /** Its creation is in the trace: nothing is in flight yet. */
      readonly created: boolean;
      readonly clock: () => ClockBase | undefined;
      readonly output: ShadowOutput;
    },
  ) {
    super(options);
    this.#losses = options.losses;
    this.#clock = options.clock;
    this.#output = options.output;
    this.kicks = new KickDecisions(this);
    this.#positions = new PackedPositions(this);
    this.#split = new SplitIndexes(this);
    this.#driverEvent = new DriverEvent(this);
    this.#numAdded = new NumAdded(this);
    this.#interrupts = new Interrupts(this);
    this.#notifications = new Notifications(this);
    this.#buffers = new Buffers(this, options.created);
    const begun = blankSample({ seq: 0, line: 0, time: 0, cpu: 0 });
    this.#call = {
      kind: KIND.create,
      queue: this,
      begun,
      lossMarks: 0,
      done: false,
      note: undefined,
    };
  }

  get everyOperationTold(): boolean {
    return this.ring !== undefined;
  }

  get view(): QueueView {
    return this;
  }

  emit(observation: Observation): void {
    this.#output.observe(observation);
  }

  mayBeExchanged(earlier: Place, later: Place): boolean {
    const clock = this.#clock();
    return (
      // Text does not say which clock in seconds it was; integer clocks of tracefs are shared by all CPUs.
      (clock?.unit === "seconds" || clock?.unshared === true) &&
      earlier.cpu !== later.cpu &&
      later.time - earlier.time <= EXCHANGE_TIME_MAX
    );
  }

  pairsIntact(): boolean {
    return this.#output.pairsIntact();
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
    this.#gapped = true;
    this.#uncertain(`calls are missing: ${reason}`);
  }

  /** What was in flight, and what an interrupt or a notification brought, is no longer known. */
  #uncertain(reason: string): void {
    this.#buffers.uncertain(reason);
    this.#interrupts.uncertain(reason);
    this.#notifications.uncertain(reason);
  }

  /** The queue has just been created: nothing is in flight, and every position is at its start. */
  created(place: Place): void {
    this.#positions.created(place);
    this.#split.created(place);
  }

  /** The source tells every store to the queue's ring from here on. */
  followRing(setup: RingSetup, memory: RingMemory | undefined, restarted: boolean): void {
    this.ring = new RingShadow(this, setup, memory, restarted);
  }

  /** No more stores to the queue's ring will be told: it takes a lot of memory. */
  leaveRing(): void {
    this.ring?.endOfTrace(NO_SEQ);
    this.ring = undefined;
  }

  /** An operation whose stores are told: what it shows of the driver, if it is its, and of the ring. */
  operation(
    operation: Operation,
    begun: OpenSample | undefined,
    batch: EventBatch,
    row: number,
  ): void {
    const { kind } = operation;
    const ring = this.ring as RingShadow;
    if (begun === undefined || kind === KIND.snapshot) {
      ring.step(operation);
      if (begun !== undefined) this.#attached(begun);
      return;
    }
    if (kind === KIND.kickPrepare) ring.show(begun);
    const call = this.#call;
    call.kind = kind;
    call.begun = begun;
    call.note = this.begin(kind, begun, batch, row);
    ring.compare(begun);
    const wrong = ring.step(operation);
    if (ring.notifiedInside) {
      // Whatever was decided before, the device has heard of it now.
      ring.notifiedInside = false;
      this.kicks.notified();
    }
    if (ring.driverEventStored && !MOVES_EVENT.has(kind)) this.#driverEvent.forget();
    if (wrong) {
      this.#uncertain("the ring itself went wrong before");
      this.kicks.interrupted("the ring itself went wrong before");
    }
    this.end(call, begun, "", batch.values, row * EventBatch.FIELD_COUNT);
  }

  /** A log that begins in the middle of a queue's life: both positions are where its state says. */
  #attached(state: Sample): void {
    const { size } = this;
    this.#positions.attached();
    this.#split.attached();
    if (this.layout === "split") this.ring?.attachUsed(state.lastUsed);
    if (this.layout !== "packed" || size === undefined || !isCount(state.nextAvail, size - 1)) {
      return;
    }
    if (!isCount(state.availWrap, 1)) return;
    const used = isKnown(state.lastUsed) ? wordPosition(state.lastUsed, size) : undefined;
    if (used !== undefined) {
      this.ring?.attach(packedPosition(state.nextAvail, state.availWrap, size), used);
    }
  }

  resized(): void {
    this.forgetSize();
    this.#uncertain("the queue was reset, and perhaps resized");
    this.kicks.interrupted("the queue was reset, and perhaps resized");
    this.#driverEvent.forget();
    this.#numAdded.forget();
  }

  merged(): void {
    // A log that tells every operation numbers them: what it lacks is a loss, and said.
    if (this.ring !== undefined) return;
    this.#buffers.inexact("a position moved by more than one: it may be two calls, one unseen");
  }

  /** The source has admitted so many losses, of so many events, up to here. */
  lossesUntil(losses: Losses): void {
    if (losses.marks === this.#losses.marks) return;
    this.#driverEvent.eventsLost(losses.events - this.#losses.events);
    this.#losses = losses;
    this.ring?.lost();
    this.#positions.eventsLost();
    this.#split.eventsLost();
    this.#numAdded.forget();
    this.#lastAdd = undefined;
    this.#unkicked = undefined;
    this.#uncertain("events were lost");
    this.kicks.interrupted("events were lost before the outcome showed");
  }

  /** A call begins. Returns what its return will need. */
  begin(kind: number, sample: Sample, batch: EventBatch, row: number): unknown {
    this.#sample(kind, sample);
    switch (kind) {
      case KIND.add: {
        const base = row * EventBatch.FIELD_COUNT;
        this.#lastAdd = { sample, segments: segmentsOf(batch.values, base) };
        const segments = batch.values[base + FIELD.segments] as number;
        this.#lastSegments = Number.isNaN(segments) ? UNKNOWN : segments;
        return batch.values[base + FIELD.token];
      }
      case KIND.kickPrepare:
        this.#aged(sample.place);
        return this.kicks.begin(sample, this.ring?.kick(sample));
      case KIND.getBuf:
        this.#aged(sample.place);
        return undefined;
      case KIND.notify:
        this.kicks.notified();
        this.#buffers.notified(sample.place);
        this.#notifications.notified();
        this.#notifyData(
          sample,
          batch.values[row * EventBatch.FIELD_COUNT + FIELD.notifyData] as number,
        );
        return undefined;
      case KIND.disableCb:
        // Whatever the word is now, it is not what callbacks were enabled with (catalogue 3.5, trap 9).
        this.#driverEvent.forget();
        return undefined;
      case KIND.interrupt:
        this.#interrupts.begin(sample.place, sample.func);
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

  /** A probe saw the value that a notification carries; a log of operations is its ring's matter. */
  #notifyData(sample: Sample, data: number): void {
    const { layout, size } = this;
    if (Number.isNaN(data) || this.ring !== undefined || size === undefined) return;
    const packed = layout === "packed";
    if (packed ? !isCount(sample.nextAvail, size - 1) : !isKnown(sample.availIdx)) return;
    if (packed && !isCount(sample.availWrap, 1)) return;
    const expected = packed ? sample.nextAvail | (sample.availWrap << 15) : sample.availIdx;
    emitNotifyData(this, sample, data, { expected, exact: false });
  }

  /** The probe of a call that begins recorded the descriptor ring as well. */
  recorded(sample: Sample, descriptors: Uint8Array | undefined): void {
    if (descriptors !== undefined) this.#snapshots.take(sample, descriptors);
  }

  /** The call's return was seen. */
  end(
    call: OpenCall,
    returned: { readonly place: Place; readonly func: string },
    callerName: string,
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
        if ((values[base + FIELD.needsKick] as number) > 0) {
          this.#buffers.notified(begun.place);
          const { publishedFrom } = call.note as KickDecision;
          this.#notifications.decided(begun.place, callerName, publishedFrom);
        }
        this.kicks.end(
          call.note as KickDecision,
          values[base + FIELD.needsKick] as number,
          returned,
        );
        return;
      case KIND.getBuf:
        if (!call.done) this.#got(call, values[base + FIELD.token] as number);
        return;
      case KIND.detachUnused:
        this.#detached(
          values[base + FIELD.token] as number,
          begun.place,
          isKnown(begun.lastUsed) && begun.lastUsed === this.#lastUsed,
        );
        return;
      case KIND.enableCbPrepare:
      case KIND.enableCb:
      case KIND.enableCbDelayed:
        if (call.done) this.#driverEvent.returnLost();
        else {
          this.#driverEvent.end(caller, call.note as number);
          // The delayed form asks for an interrupt further ahead.
          const delayed = kind === KIND.enableCbDelayed;
          if (this.ring === undefined) {
            this.#interrupts.enabled(begun.place, begun.func, delayed ? UNKNOWN : begun.lastUsed);
          } else if (!delayed) {
            // Where the device's own decisions are told, nothing is guessed from their absence.
            this.ring.enabled(begun.place, begun.func, begun.lastUsed);
          }
        }
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
        if (!call.done) this.#addUnsure(caller);
        return;
      case KIND.kickPrepare:
        this.kicks.returnLost(call.note as KickDecision);
        return;
      case KIND.getBuf:
        if (!call.done) this.#getUnsure(caller);
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
    this.kicks.endOfTrace(end?.seq ?? NO_SEQ, (decision) =>
      end === undefined ? [] : this.#outstanding(decision, durationSince, end),
    );
    this.#notifications.endOfTrace();
    this.ring?.endOfTrace(end?.seq ?? NO_SEQ);
    this.#refusals.endOfTrace();
    this.#buffers.endOfTrace();
  }

  /** Buffers that were added, and interrupts that came, as far as the trace shows. */
  get requests(): number {
    return this.#buffers.count;
  }

  get interrupts(): number {
    return this.#interrupts.count;
  }

  deleted(): void {
    this.leaveRing();
    this.#refusals.endOfTrace();
    this.#buffers.endOfTrace();
    this.kicks.interrupted("the queue was deleted before the outcome showed");
  }

  #sample(kind: number, sample: Sample): void {
    const isAdd = kind === KIND.add;
    // virtqueue_poll's last_used is its argument.
    if (kind === KIND.poll) return;
    const settled = SETTLED[kind] === true;
    this.#gapped = false;
    this.#notifications.later(sample.place);
    if (settled && isKnown(sample.lastUsed)) {
      this.#lastUsed = sample.lastUsed;
      this.#interrupts.sample(sample.place, sample.lastUsed);
    }
    if (this.layout === "packed") {
      const full = settled && this.#positions.sample(sample, isAdd);
      if (full && !this.#gapped) {
        this.#buffers.sampled(this.#positions.avail === this.#positions.used, sample.place);
      }
      if (sample.deviceFlags === RING_EVENT_FLAGS_DESC) this.exercised.add("VIRTIO_F_EVENT_IDX");
      this.#driverEvent.sample(sample, this.#positions.avail);
    } else if (this.layout === "split") {
      const full = settled && this.#split.sample(sample);
      if (full && !this.#gapped) this.#buffers.sampled(sample.numFree === this.size, sample.place);
    }
    this.kicks.sample(sample);
    if (settled)
      this.#numAdded.sample(sample, isAdd, this.layout === "split" || this.#positions.reliable);
    this.#seeIndirect(sample);
  }

  /** Several segments in one descriptor: an indirect table. */
  #seeIndirect(sample: Sample): void {
    const add = this.#lastAdd;
    this.#lastAdd = undefined;
    if (add === undefined || !(add.segments >= 2) || this.indirect !== true) return;
    if (add.sample.numFree - sample.numFree === 1) this.exercised.add("VIRTIO_F_INDIRECT_DESC");
  }

  #added(call: OpenCall, result: number, place: Place): void {
    if (call.done) return;
    const { begun } = call;
    const caller = { place: begun.place, func: begun.func };
    if (Number.isNaN(result)) {
      this.#addUnsure(caller);
      return;
    }
    if (result !== 0) {
      if (result === -ENOSPC) this.#refused(begun);
      // An errno is small; whatever else a probe shows is one sort of effect, not thousands.
      const errno = ERRNO_NAMES[-result] ?? (-result > 0 && -result < 4096 ? "errno" : "error");
      this.emit({
        kind: "effect.seen",
        queue: this,
        sort: `add ${errno}`,
        effect: { message: `${begun.func} returns ${result} (${errno})`, place },
      });
      return;
    }
    this.#positions.moved("avail", caller, true);
    this.#split.added(true);
    this.#unkicked = caller;
    if (this.layout === "packed") this.exercised.add("VIRTIO_F_RING_PACKED");
    else if (this.layout === "split" && this.eventIdx) this.exercised.add("VIRTIO_F_EVENT_IDX");
    const { size } = this;
    const avail =
      this.layout === "packed" && size !== undefined && isCount(begun.nextAvail, size - 1)
        ? packedPosition(begun.nextAvail, begun.availWrap, size)
        : UNKNOWN;
    this.kicks.published({ place: caller.place, func: caller.func, avail });
    const token = call.note as number;
    if (Number.isNaN(token)) this.#buffers.inexact("an add did not record its token");
    else this.#buffers.add(token, caller.place, caller.func);
  }

  /** -ENOSPC: what was free, and what was in flight, by the sample of the add itself. */
  #refused(begun: Sample): void {
    const { size } = this;
    if (size === undefined || !isCount(begun.numFree, size)) return;
    this.#refusals.refused(begun, this.#inFlight(begun, size), this.#lastSegments);
  }

  /** What is in flight by the driver's own state; UNKNOWN where that state cannot be trusted. */
  #inFlight(begun: Sample, size: number): number {
    if (this.layout === "packed" && this.#positions.reliable) {
      return positionDistance(this.#positions.used, this.#positions.avail, size);
    }
    if (this.layout !== "split") return UNKNOWN;
    // The field may be another kernel's: an empty queue must be empty by its tokens as well.
    if (begun.numFree < size) return size - begun.numFree;
    return this.#buffers.inFlight === 0 ? 0 : UNKNOWN;
  }

  #got(call: OpenCall, token: number): void {
    const { begun } = call;
    const caller = { place: begun.place, func: begun.func };
    if (Number.isNaN(token)) {
      this.#getUnsure(caller);
      return;
    }
    if (token === 0) return;
    this.#lastUsed = UNKNOWN;
    this.#positions.moved("used", caller, true);
    this.#split.returned(true);
    this.#interrupts.got(begun.place, begun.lastUsed);
    const seq = this.#buffers.take(token, caller.place, "returned", this.#interrupts.last);
    this.kicks.returned(seq);
    this.#notifications.returned(seq);
  }

  /** A call whose outcome the trace does not show. */
  #addUnsure(caller: { place: Place; func: string }): void {
    this.#positions.moved("avail", caller, false);
    this.#split.added(false);
    this.#buffers.uncertain("an add's return is not in the trace");
  }

  #getUnsure(caller: { place: Place; func: string }): void {
    this.#positions.moved("used", caller, false);
    this.#split.returned(false);
    this.#buffers.uncertain("a get_buf's return is not in the trace");
    // It may have been the buffer that a decision waits for.
    this.kicks.returned(undefined);
    this.#notifications.returned(undefined);
  }

  /** `anchored`: the used position is where the last get_buf left it, so that none went unseen. */
  #detached(token: number, place: Place, anchored: boolean): void {
    if (token === 0) this.#buffers.detachedAll(place, anchored);
    else if (!Number.isNaN(token)) {
      this.#buffers.take(token, place, "detached");
      // Linux gives the slots back and moves no position: from here on they say nothing.
      this.#positions.forget();
    }
  }

  /** A kick decision or a get_buf: how long has the last add waited for one? */
  #aged(now: Place): void {
    const added = this.#unkicked;
    this.#unkicked = undefined;
    if (added === undefined || this.#clock()?.unit !== "seconds") return;
    const age = now.time - added.place.time;
    this.emit({
      kind: "publication.aged",
      queue: this,
      place: added.place,
      age,
      evidence: [],
    });
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
        : UNKNOWN;
    const inFlight = !isKnown(slots) ? "" : `, ${slots} of ${size} slots in flight`;
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
