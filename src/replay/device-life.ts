import type { Evidence, Place } from "../model/finding.ts";
import {
  type FeatureSet,
  featureSet,
  knownFeatures,
  lacking,
  withoutPrerequisite,
} from "../virtio/feature-set.ts";
import type { FeatureName } from "../virtio/features.ts";
import { STATUS_BITS, statusText } from "../virtio/status.ts";
import type { QueueTouched, StatusWritten } from "./life-facts.ts";
import { NO_EVIDENCE, type Observation } from "./observation.ts";
import type { QueueEntry } from "./queue-entry.ts";
import { isKnown, UNKNOWN } from "./sample.ts";

const { DRIVER_OK, FEATURES_OK, DEVICE_NEEDS_RESET, FAILED } = STATUS_BITS;

/** A device may do without a driver that does not take these (virtio 1.3, 6.2). */
const EXCUSES: readonly FeatureName[] = [
  "VIRTIO_F_VERSION_1",
  "VIRTIO_F_ACCESS_PLATFORM",
  "VIRTIO_F_ORDER_PLATFORM",
];

/** Surprises kept of one device; more say nothing new. */
const HELD_MAX = 64;

const NO_FEATURES: ReadonlySet<FeatureName> = new Set();
const NOTHING_SENT = { count: 0, sent: 0 } as const;

/**
 * The life of one device: its status, its features, whether it can still go on. Known from an event, or
 * unknown; a report has a row for it beside those of its queues.
 */
export class DeviceLife implements QueueEntry {
  readonly number: number;
  readonly pointer: number;
  readonly generation = 1;
  readonly id: string;
  readonly name = "device";
  readonly index = undefined;
  readonly layout = undefined;
  readonly size = undefined;
  readonly kicks = NOTHING_SENT;
  readonly requests = 0;
  readonly interrupts = 0;
  readonly exercised = NO_FEATURES;
  readonly device: string;
  ordinal = 0;
  events = 0;
  /** Type of the device (virtio 1.3, 5), where the source tells. */
  deviceId: number | undefined;
  /** UNKNOWN until it is written or read. */
  status = UNKNOWN;
  /** DRIVER_OK was set since the last reset. */
  live = false;
  /** A read has shown that the last reset is over. */
  resetOver = false;
  readonly #emit: (observation: Observation) => void;
  #statusPlace: Place | undefined;
  #offered: FeatureSet | undefined;
  #accepted: FeatureSet | undefined;
  /** FEATURES_OK was part of the status since the last reset. */
  #featuresOk = false;
  /** Reads of the status are among what the source tells. */
  #readsTold = false;
  #resetAwaited = false;
  /** The status was written, and not read since. */
  #unread = false;
  #resetTold = false;
  /** Thread that wrote the status last, in a log of the device's own. */
  #thread: number | undefined;
  /** Queues used before DRIVER_OK, until the next write of the status. */
  readonly #early: QueueTouched[] = [];
  readonly #held: (StatusWritten | QueueTouched)[] = [];
  /** Feature sets that the device took, in words. */
  readonly #taken = new Set<string>();
  /** An error of the device that its status does not show yet. */
  #failed: Place | undefined;
  /** DEVICE_NEEDS_RESET came while DRIVER_OK was set, and no configuration interrupt since. */
  #needsReset: Place | undefined;

  constructor(options: {
    readonly number: number;
    readonly pointer: number;
    /** What the report calls it. */
    readonly text: string;
    readonly idSuffix: string;
    readonly emit: (observation: Observation) => void;
  }) {
    this.number = options.number;
    this.pointer = options.pointer;
    this.device = options.text;
    this.id = `${options.text}${options.idSuffix}`;
    this.#emit = options.emit;
  }

  get features(): FeatureName[] | null {
    return this.#accepted === undefined ? null : knownFeatures(this.#accepted);
  }

  /** Whether VIRTIO_F_VERSION_1 was accepted, by the features or by the steps that came after. */
  get modern(): boolean | undefined {
    if (this.#accepted?.has("VIRTIO_F_VERSION_1") === true) return true;
    // Only a driver that took VERSION_1 writes FEATURES_OK, and it does so before DRIVER_OK.
    if (this.#featuresOk) return true;
    if (this.live || this.#accepted !== undefined) return false;
    return undefined;
  }

  /**
   * `thread` is that of the device's process whose log this is: there the device's own changes of its
   * status stand among those of the driver. Undefined where the driver's operations are told.
   */
  statusWritten(value: number, place: Place, thread: number | undefined): void {
    const { status: before, live, modern } = this;
    const mayBeOwn = thread !== undefined;
    this.#confirm(value, thread);
    this.#thread = thread;
    const seen: StatusWritten = {
      kind: "status.written",
      undecided: undefined,
      queue: this,
      place,
      before,
      value,
      modern,
      live,
      mayBeOwn,
      awaited: before === 0 && value !== 0 ? this.#wasAwaited() : undefined,
      evidence: this.#before(),
    };
    if (mayBeOwn && goesBack(before, value)) this.#hold(seen);
    else this.#emit(seen);
    this.#statusPlace = place;
    if (value === 0) {
      this.#reset();
      return;
    }
    this.status = value;
    this.#unread = true;
    if ((value & DEVICE_NEEDS_RESET) !== 0 && mayBeOwn) this.#seenToNeedReset(place, before);
    const settles = (value & FEATURES_OK) !== 0 ? !this.#featuresOk : (value & DRIVER_OK) !== 0;
    if ((value & FEATURES_OK) !== 0) this.#featuresOk = true;
    if (settles && !this.live) this.#settled(place);
    if ((value & DRIVER_OK) !== 0) this.live = true;
  }

  /**
   * Queues that were used early: DRIVER_OK may have been written unseen, and be written again when a
   * machine is stopped or goes on. What a driver writes, the thread of its processor logs, as the step before.
   */
  #confirm(value: number, thread: number | undefined): void {
    const confirmed = value === (this.status | DRIVER_OK) && thread === this.#thread;
    for (const one of this.#early) {
      if (confirmed) this.#hold(one);
      else this.#emit({ ...one, undecided: "DRIVER_OK may have been set unseen" });
    }
    this.#early.length = 0;
  }

  /** What is surprising in a log that may lack lines waits for its end. */
  #hold(seen: StatusWritten | QueueTouched): void {
    if (this.#held.length < HELD_MAX) this.#held.push(seen);
  }

  #wasAwaited(): boolean | undefined {
    return this.#readsTold ? this.#resetAwaited : undefined;
  }

  #reset(): void {
    this.#resetTold = true;
    this.#endOfLife();
    this.status = 0;
    this.live = false;
    this.resetOver = false;
    this.#featuresOk = false;
    this.#accepted = undefined;
    this.#resetAwaited = false;
    this.#unread = true;
  }

  statusRead(value: number, place: Place): void {
    this.#readsTold = true;
    const written = this.status;
    if (this.#unread && isKnown(written)) {
      this.#unread = false;
      const answered = (written & FEATURES_OK) !== 0 && !this.live;
      this.#emit({
        kind: "status.read",
        queue: this,
        place,
        written,
        value,
        evidence: this.#before(),
      });
      if (answered) this.#answered((value & FEATURES_OK) !== 0, place);
    }
    if (value === 0) {
      this.#resetAwaited = true;
      this.resetOver = true;
    }
    if ((value & DEVICE_NEEDS_RESET) !== 0) this.#seenToNeedReset(place, written);
    if (value !== this.status) {
      this.status = value;
      this.#statusPlace = place;
    }
    this.#featuresOk = (value & FEATURES_OK) !== 0;
    if ((value & DRIVER_OK) !== 0) this.live = true;
  }

  featuresOffered(word: bigint, place: Place): void {
    this.#offered = featureSet(word, this.deviceId);
    this.#emit({
      kind: "features.seen",
      queue: this,
      place,
      offered: this.#offered,
      accepted: undefined,
      featuresOk: false,
      evidence: NO_EVIDENCE,
    });
  }

  featuresAccepted(word: bigint, place: Place): void {
    const now = featureSet(word, this.deviceId);
    this.#emit({
      kind: "features.written",
      queue: this,
      place,
      added: this.#accepted === undefined ? [...now] : lacking(now, this.#accepted),
      afterOk: this.#featuresOk,
      evidence: this.#before(),
    });
    if (!this.#featuresOk) this.#accepted = now;
  }

  configWritten(place: Place): void {
    const { status, modern } = this;
    this.#emit({
      kind: "config.written",
      queue: this,
      place,
      status,
      modern,
      evidence: this.#before(),
    });
  }

  configInterrupt(): void {
    if (this.#needsReset === undefined) return;
    this.#needsResetEnds(undefined);
  }

  failed(place: Place): void {
    this.#failed ??= place;
  }

  /** Something happened with a queue of the device. */
  touched(
    queue: QueueEntry,
    what: "popped" | "used" | "interrupted" | "notified",
    place: Place,
    queueReset: boolean,
  ): void {
    const { status, modern, live, resetOver } = this;
    const seen: QueueTouched = {
      kind: "queue.touched",
      undecided: undefined,
      queue,
      what,
      place,
      status,
      modern,
      live,
      resetOver,
      queueReset,
      evidence: (status & DRIVER_OK) !== 0 && !queueReset ? NO_EVIDENCE : this.#before(),
    };
    const early = status > 0 && (status & DRIVER_OK) === 0 && !live;
    if (!early || this.#thread === undefined) this.#emit(seen);
    else if (this.#early.length < HELD_MAX) this.#early.push(seen);
    else this.#emit({ ...seen, undecided: "DRIVER_OK may have been set unseen" });
  }

  /** Events are missing: what the status is, and what was accepted, is no longer known. */
  lost(): void {
    this.status = UNKNOWN;
    this.live = false;
    this.resetOver = false;
    this.#featuresOk = false;
    this.#accepted = undefined;
    this.#unread = false;
    this.#failed = undefined;
    this.#needsReset = undefined;
    this.#statusPlace = undefined;
  }

  /** `notWhole` says why lines of the log may be missing. */
  endOfTrace(notWhole: string | undefined): void {
    this.#endOfLife();
    this.#confirm(UNKNOWN, undefined);
    // A device begins with a reset: a log without one has been filtered.
    const undecided = notWhole ?? (this.#resetTold ? undefined : "no reset is in the log");
    for (const seen of this.#held) this.#emit({ ...seen, undecided });
    this.#held.length = 0;
  }

  #settled(place: Place): void {
    if (this.#accepted === undefined && this.#offered === undefined) return;
    this.#emit({
      kind: "features.seen",
      queue: this,
      place,
      offered: this.#offered,
      accepted: this.#accepted,
      featuresOk: this.#featuresOk,
      evidence: NO_EVIDENCE,
    });
  }

  #answered(kept: boolean, place: Place): void {
    const accepted = this.#accepted;
    const offered = this.#offered;
    const word = accepted === undefined ? "" : [...accepted].join(" ");
    const invalid =
      accepted === undefined || offered === undefined
        ? undefined
        : [...lacking(accepted, offered), ...withoutPrerequisite(accepted)];
    if (kept && invalid !== undefined && invalid.length > 0) {
      const message = `the device took ${invalid.join(", ")} all the same: FEATURES_OK reads back as 1`;
      this.#emit({ kind: "effect.seen", queue: this, sort: "taken", effect: { message, place } });
    }
    this.#emit({
      kind: "features.answered",
      queue: this,
      place,
      kept,
      invalid,
      excuse:
        EXCUSES.find((name) => accepted?.has(name) === false && offered?.has(name) !== false) ?? "",
      takenBefore: accepted !== undefined && this.#taken.has(word),
      evidence: this.#before(),
    });
    if (kept && accepted !== undefined) this.#taken.add(word);
  }

  #seenToNeedReset(place: Place, before: number): void {
    if (this.#failed !== undefined) {
      this.#failed = undefined;
      this.#needed(place, undefined, undefined);
    }
    if (!isKnown(before) || (before & DEVICE_NEEDS_RESET) !== 0 || !this.live) return;
    this.#needsReset ??= place;
  }

  /** A reset, or the end: what was to be told, and was not. */
  #endOfLife(): void {
    if (this.#failed !== undefined) {
      const reason = this.#readsTold ? undefined : "reads of the status are not told";
      this.#needed(this.#failed, reason === undefined ? "bit" : undefined, reason);
      this.#failed = undefined;
    }
    if (this.#needsReset === undefined) return;
    const told = this.#readsTold;
    this.#needsResetEnds(told ? "interrupt" : undefined);
  }

  #needsResetEnds(missing: "interrupt" | undefined): void {
    const place = this.#needsReset as Place;
    this.#needsReset = undefined;
    const reason = this.#readsTold ? undefined : "configuration interrupts are not told";
    this.#needed(place, missing, reason);
  }

  #needed(
    place: Place,
    missing: "bit" | "interrupt" | undefined,
    undecided: string | undefined,
  ): void {
    this.#emit({
      kind: "reset.needed",
      queue: this,
      place,
      missing,
      undecided,
      evidence: NO_EVIDENCE,
    });
  }

  /** The status as it was, and since when. */
  #before(): readonly Evidence[] {
    if (this.#statusPlace === undefined) return NO_EVIDENCE;
    const what = `the status is ${statusText(this.status)}`;
    return [{ role: "before", place: this.#statusPlace, what }];
  }
}

/** Bits go away without a reset, or a driver goes on with what it gave up. */
function goesBack(before: number, value: number): boolean {
  if (!isKnown(before) || value === 0 || value === before) return false;
  return (before & ~value) !== 0 || (before & FAILED) !== 0;
}
