import { FIELD, isDeviceKind, KIND, STOPPED_BROKEN } from "../model/event.ts";
import type { Party, Place } from "../model/finding.ts";
import { AREA, type RingSetup } from "../model/memory.ts";
import { DESC_BYTES, PACKED_DESC_FLAGS } from "../virtio/descriptor.ts";
import {
  availBits,
  EVENT_FLAGS,
  OWNER_BITS,
  packedPosition,
  positionDistance,
  positionSlot,
  positionText,
  positionWord,
  positionWrap,
  usedBits,
} from "../virtio/packed.ts";
import { availEventOffset, RING_FLAGS, RING_IDX } from "../virtio/split.ts";
import { u16Distance } from "../virtio/u16.ts";
import { byteOrderOf } from "./byte-order.ts";
import { Consumption } from "./consumption.ts";
import { EventWords } from "./event-words.ts";
import { Exposures } from "./exposures.ts";
import { Fetches } from "./fetches.ts";
import { emitNotifyData, emitNotifyIndex } from "./notify-data.ts";
import { NO_EVIDENCE } from "./observation.ts";
import { blankOperation, type Operation } from "./operation.ts";
import type { QueueContext } from "./queue-context.ts";
import { type ExactDecision, RingDecisions } from "./ring-decisions.ts";
import {
  type FactNumbers,
  NO_FACTS,
  NONE,
  type RingFact,
  ringFact,
  STORES,
  type StoresSeen,
} from "./ring-facts.ts";
import type { RingMemory } from "./ring-memory.ts";
import { RingState } from "./ring-state.ts";
import { hex, isCount, isKnown, type OpenSample, type Sample } from "./sample.ts";
import { SplitFreeCount } from "./split-free-count.ts";
import { StandingWork } from "./standing-work.ts";
import { storeText } from "./store-text.ts";
import { Uses } from "./uses.ts";

const OPERATIONS_MISSING = "operations are missing from the log";

const ENOSPC = 28;

/** Split: words that one side waits for the other to move. */
const STARTS_AT_0 = [
  [AREA.device, RING_FLAGS, "used.flags"],
  [AREA.device, RING_IDX, "used.idx"],
  [AREA.driver, RING_IDX, "avail.idx"],
] as const;

/** Operations by which a driver looks for used elements, and takes none. */
const LOOKS = new Set<number>([KIND.enableCb, KIND.enableCbDelayed, KIND.interrupt]);

type Writable<T> = { -readonly [key in keyof T]: T[key] };

/**
 * The shadow of one ring from every store to it: follows both sides, and states what a device finds,
 * what a driver gets back, and whether each side kept to what is its own.
 */
export class RingShadow {
  readonly #queue: QueueContext;
  readonly #ring: RingState;
  readonly #exposures: Exposures;
  readonly #eventWords: EventWords;
  readonly #decisions: RingDecisions;
  readonly #consumption: Consumption;
  readonly #fetches: Fetches;
  readonly #uses: Uses;
  /** The last operation that was taken in. */
  #last: Place | undefined;
  readonly #freeCount: SplitFreeCount;
  /** The last operation of the driver was none to notify, and did so all the same: a refused add, say. */
  notifiedInside = false;
  readonly #work: StandingWork;
  /** Why nothing more can be said of the ring; empty while it can. */
  #blind = "";
  /** The last snapshot is in the wrong byte order. */
  #isSwapped = false;
  /** Between creation and stop: afterwards the driver may do as it likes. */
  #live = true;
  /** What is stated of the operation at hand; see RingChecked. */
  readonly #storesSeen: Writable<StoresSeen>;

  /** The queue was created anew, and the driver has done nothing with it since. */
  #driverRestarted: boolean;

  /**
   * `memory` of an earlier ring of the same setup may be used again; `restarted`: the queue had a ring
   * before, whose positions are void.
   */
  constructor(queue: QueueContext, setup: RingSetup, memory?: RingMemory, restarted = false) {
    this.#driverRestarted = restarted;
    this.#queue = queue;
    this.#ring = new RingState(setup, memory);
    this.#exposures = new Exposures(queue, this.#ring, blankOperation());
    this.#work = new StandingWork(queue, setup.queueSize);
    this.#eventWords = new EventWords(queue, this.#ring, this.#work);
    this.#decisions = new RingDecisions(queue, this.#ring);
    this.#consumption = new Consumption(queue, this.#ring);
    this.#fetches = new Fetches(queue, this.#ring, restarted);
    this.#uses = new Uses(queue, this.#ring);
    this.#freeCount = new SplitFreeCount(setup.queueSize);
    const nothing = {
      queue: queue.view,
      place: blankOperation().place,
      decided: 0,
      undecided: 0,
      unlogged: 0,
      reason: "",
      facts: NO_FACTS,
    };
    this.#storesSeen = { kind: "stores.seen", ...nothing, party: "driver" };
  }

  get memory(): RingMemory {
    return this.#ring.memory;
  }

  get setup(): RingSetup {
    return this.#ring.setup;
  }

  /** Whether the operation at hand stored to the driver's event words (packed). */
  get driverEventStored(): boolean {
    const { eventSteps } = this.#ring;
    return eventSteps.off !== NONE || eventSteps.flags !== NONE;
  }

  /** Nothing more comes; `lastSeq` is that of the last event. */
  endOfTrace(lastSeq: number): void {
    this.#decisions.endOfTrace(lastSeq);
    if (this.#blind === "" && this.#live && this.#last !== undefined) {
      this.#uses.ends(this.#last, "the log ends", true);
    }
  }

  /** Whether the device may still use the queue; undefined where its stop may have gone unseen. */
  get live(): boolean | undefined {
    if (!this.#live) return false;
    return this.#blind === OPERATIONS_MISSING ? undefined : true;
  }

  /** The device, or the queue, was reset: until it is created anew the ring is the driver's alone. */
  deviceReset(): void {
    this.#live = false;
  }

  /** Operations are missing: what the ring holds is no longer known. */
  lost(): void {
    this.#blind = OPERATIONS_MISSING;
    this.#driverRestarted = false;
    this.#decisions.forget();
    this.#forget("operations are missing from the log");
    this.#freeCount.forget();
    this.#work.forget();
  }

  /** What is in flight, or was marked used, is no longer known. */
  #forget(reason: string): void {
    this.#ring.forget();
    this.#fetches.forget();
    this.#consumption.lose(reason);
    this.#uses.forget();
  }

  /** The log is whole and ends here, with the device alive. */
  logEnds(place: Place): void {
    if (this.#live) this.#runEnds(place);
  }

  #runEnds(place: Place): void {
    if (this.#blind !== "") return;
    this.#decisions.runEnds(place, this.#work);
    this.#work.ends(place, this.#ring.inFlight.count, this.#decisions.lastWords());
  }

  /** Puts what the ring says into a driver's sample: the event words, as they are before its call. */
  show(sample: OpenSample): void {
    if (this.#blind !== "") return;
    const { memory, setup } = this.#ring;
    if (setup.layout === "packed") {
      sample.driverOffWrap = memory.get16(AREA.driver, 0);
      sample.driverFlags = memory.get16(AREA.driver, 2);
      sample.deviceOffWrap = memory.get16(AREA.device, 0);
      sample.deviceFlags = memory.get16(AREA.device, 2);
      return;
    }
    sample.usedFlags = memory.get16(AREA.device, RING_FLAGS);
    sample.availEvent = memory.get16(AREA.device, availEventOffset(setup.queueSize));
  }

  /** The driver's own positions against the ring's, before its call. */
  compare(sample: Sample): void {
    if (this.#blind !== "" || !this.#live) return;
    const { setup, avail } = this.#ring;
    const { queueSize } = setup;
    const split = setup.layout === "split";
    if (split) this.#freeDescriptors(sample);
    const known = split
      ? isKnown(sample.availIdx)
      : isCount(sample.nextAvail, queueSize - 1) && isCount(sample.availWrap, 1);
    const used = this.#consumption.position(sample.lastUsed, sample.place, sample.func);
    const decided = (known ? STORES.driverState : 0) | (used === undefined ? 0 : STORES.usedState);
    if (decided === 0) return;
    let facts = used === undefined || used === "right" ? NO_FACTS : [used];
    if (known) {
      const found = split
        ? sample.availIdx
        : packedPosition(sample.nextAvail, sample.availWrap, queueSize);
      if (found !== avail) facts = [this.#availMisplaced(found, sample), ...facts];
    }
    if (this.#driverRestarted && this.#ring.exposed === 0) this.#begins(sample, facts);
    else this.#stores("driver", sample.place, decided, facts);
  }

  /** The driver's first operation after the queue was created anew, and what is odd in where it stands. */
  #begins({ place, func }: Sample, facts: readonly RingFact[]): void {
    this.#driverRestarted = false;
    const [odd] = facts;
    if (odd === undefined) this.#stores("driver", place, STORES.atStart, NO_FACTS);
    else this.#wentOn(place, func, odd.what);
  }

  #wentOn(place: Place, func: string, what: string): void {
    this.#stores("driver", place, STORES.atStart, [
      this.#fact(STORES.atStart, place, func, { what }),
    ]);
    this.#blind = `the driver did not begin anew before operation ${place.seq}`;
    this.#forget(this.#blind);
    this.#freeCount.forget();
  }

  /**
   * The driver's first buffer in a queue that was created anew, where nothing tells its own position:
   * stored elsewhere than at the start. A packed driver that publishes later still stores from slot 0 on.
   */
  #addedElsewhere({ place, func }: Operation, published: number): boolean {
    const ring = this.#ring;
    const { layout, queueSize } = ring.setup;
    if (layout === "split") {
      const last = ring.memory.get16(AREA.driver, RING_IDX);
      const slot = ((last - 1) & 0xffff) % queueSize;
      const stored = ring.entryStored[slot] === ring.operation;
      if (published <= 1 || !stored || ring.entryStored[0] === ring.operation) return false;
      this.#wentOn(place, func, `avail.idx ${last} with the first buffer`);
      return true;
    }
    const touched = [ring.flagsStored, ring.addrStored, ring.idStored];
    const start = touched.some((stamps) => stamps[0] === ring.operation);
    if (published > 0 || start || ring.writtenCount === 0) return false;
    this.#wentOn(place, func, `slot ${ring.written[0] as number} with the first buffer`);
    return true;
  }

  #availMisplaced(found: number, sample: Sample): RingFact {
    const { setup, avail: expected } = this.#ring;
    const { queueSize } = setup;
    const what =
      setup.layout === "split"
        ? `avail_idx ${found}, and avail.idx is ${expected}`
        : `${positionText(found, queueSize)}, and the ring's is ${positionText(expected, queueSize)}`;
    const numbers = { found, expected, what };
    return this.#fact(STORES.driverState, sample.place, `${sample.func} begins`, numbers);
  }

  /** Split: the driver's count of free descriptors, against the chains that it has out. */
  #freeDescriptors(sample: Sample): void {
    const verdict = this.#freeCount.judge(sample);
    if (verdict === "equal") this.#stores("driver", sample.place, STORES.freeCount, NO_FACTS);
    else if (verdict !== "not shown") this.#miscounted(verdict, sample.place, sample.func);
  }

  #miscounted(what: "too many" | "too few", place: Place, func: string): void {
    const { numFree: found, expected } = this.#freeCount;
    const numbers = { found, expected, what };
    const fact = this.#fact(STORES.freeCount, place, `${func} begins`, numbers);
    this.#stores("driver", place, STORES.freeCount, [fact]);
    this.#freeCount.forget();
  }

  /** Takes in an operation's steps, and states what came of them. True when the ring went wrong by it. */
  step(operation: Operation): boolean {
    const { kind, place, func, log, from, to, result } = operation;
    const ring = this.#ring;
    const party: Exclude<Party, "unknown"> = isDeviceKind(kind) ? "device" : "driver";
    const setUp = kind === KIND.create || kind === KIND.snapshot;
    this.#last = place;
    // After a stop the ring is the driver's alone: Linux takes back what it made available.
    if (kind === KIND.deviceStop) this.#stopped(place, func);
    const isLeft = this.#exposures.leftBehind && this.#blind === "" && this.#live;
    if (isLeft && this.#exposures.looked(kind, place, func)) {
      ring.apply(party, log, from, to, setUp);
      this.#blind = `the ring went wrong before operation ${place.seq}`;
      return true;
    }
    const usedBefore = ring.used;
    const inFlightBefore = ring.inFlight.count;
    const isFollowed = this.#live && this.#blind === "" && !setUp;
    if (isFollowed && party === "driver") this.#driverBegins(operation);
    const flagsBefore =
      ring.setup.layout === "packed"
        ? ring.memory.get16(party === "driver" ? AREA.driver : AREA.device, EVENT_FLAGS)
        : 0;
    ring.apply(party, log, from, to, setUp || !this.#live);
    if (kind === KIND.snapshot) this.#snapshot(place);
    if (kind === KIND.create) this.#created(place, func);
    if (kind === KIND.create && ring.setup.layout === "split") {
      this.#eventWords.ringStored(party, place, func);
    }
    if (setUp) return false;
    const blind = this.#live ? this.#blind : "the device has stopped";
    if (blind !== "") {
      if (kind === KIND.add && operation.result === 0) this.#exposures.unseen(place, blind);
      if (kind === KIND.getBuf && this.#live) this.#returned(operation, blind);
      return false;
    }
    let derailed = false;
    if (party === "driver") {
      derailed = this.#driverStep(operation);
      if (kind === KIND.getBuf) this.#returned(operation, "");
      else if (LOOKS.has(kind)) this.#consumption.looked(kind, result, place, func);
      // A driver that could not notify has given the queue up.
      if (kind === KIND.notify && result === 0) this.#consumption.lose("the queue is broken");
      this.#consumption.driven();
      if (ring.stores > 0) {
        this.#wordsStored(party, place, func, flagsBefore);
        this.#decisions.driverMoved();
      }
    } else {
      derailed = this.#deviceStep(operation, usedBefore);
      this.#deviceDid(operation, inFlightBefore);
      if (ring.stores > 0) this.#wordsStored(party, place, func, flagsBefore);
      if (kind === KIND.deviceSetNotify) this.#eventWords.asked(operation);
      if (ring.stores > 0) this.#decisions.deviceMoved();
    }
    if (ring.stores > 0) this.#owned(party, place, func);
    if (party === "driver") this.#driverDid(operation);
    if (derailed) this.#blind = `the ring went wrong at operation ${place.seq}`;
    return derailed;
  }

  /** What the operation has stored of what its party asks for; most operations store nothing of it. */
  #wordsStored(
    party: Exclude<Party, "unknown">,
    place: Place,
    func: string,
    flagsBefore: number,
  ): void {
    const { eventSteps, setup } = this.#ring;
    if (eventSteps.off === NONE && eventSteps.flags === NONE) return;
    if (setup.layout === "packed") this.#eventWords.stored(party, place, func, flagsBefore);
    else this.#eventWords.ringStored(party, place, func);
  }

  /** A get_buf; `blind`: why the ring does not say what it had to find. */
  #returned({ token, place, func }: Operation, blind: string): void {
    if (blind !== "") this.#consumption.lose(blind);
    this.#consumption.returned(token, place, func);
  }

  /** What the driver believes before its operation, and what it has made of the one before. */
  #driverBegins({ place, values, base }: Operation): void {
    const broken = values[base + FIELD.broken] as number;
    if (!Number.isNaN(broken)) this.#work.driverBroken(broken === 1, place);
    this.#eventWords.believed(place, values[base + FIELD.flagsShadow] as number);
    this.#work.driverActs();
  }

  #driverDid(operation: Operation): void {
    const { kind, place, func, result, values, base } = operation;
    const work = this.#work;
    this.notifiedInside = false;
    // The notification of a decision follows it at once, and may stand in a line that was not kept.
    const decided = kind === KIND.kickPrepare && (values[base + FIELD.needsKick] as number) > 0;
    if (kind === KIND.notify || decided || this.#ring.notifiedAt !== NONE) {
      // One that stands before the publishing store does not tell of it (catalogue 3.5, trap 11).
      const early = this.#decisions.notified(place, func);
      if (early) work.notifiedEarly(place);
      else work.notified(place);
      this.notifiedInside = kind !== KIND.notify && !decided;
      if (kind === KIND.notify) this.#notifyData(operation);
    }
    if (kind === KIND.getBuf) work.got((values[base + FIELD.token] as number) > 0);
    else if (kind === KIND.interrupt) work.interrupted(place);
    else if (kind === KIND.enableCb || kind === KIND.enableCbDelayed || kind === KIND.poll) {
      if (!Number.isNaN(result)) this.#eventWords.answered(operation);
    }
  }

  #notifyData({ place, values, base, func }: Operation): void {
    const data = values[base + FIELD.notifyData] as number;
    const { setup, avail } = this.#ring;
    if (Number.isNaN(data)) return;
    if (setup.notificationData !== true) {
      if (setup.index !== undefined)
        emitNotifyIndex(this.#queue, { place, func }, data, setup.index);
      return;
    }
    const expected = setup.layout === "split" ? avail : positionWord(avail, setup.queueSize);
    const { index } = setup;
    const number = index === undefined ? {} : { number: index };
    emitNotifyData(this.#queue, { place, func }, data, { expected, exact: true, ...number });
  }

  #deviceDid({ kind, place, result }: Operation, inFlightBefore: number): void {
    const work = this.#work;
    work.deviceActs();
    const { count } = this.#ring.inFlight;
    if (kind === KIND.devicePop && !Number.isNaN(result)) work.fetched(result > 0);
    if (kind === KIND.deviceUse) work.used(place, inFlightBefore - count, count);
  }

  #stopped(place: Place, func: string): void {
    if (this.#live && this.#blind === "") {
      this.#work.deviceStops(func === STOPPED_BROKEN, place);
      if (func !== STOPPED_BROKEN) {
        this.#uses.ends(place, "the device stops", false);
        this.#runEnds(place);
      }
    }
    this.#live = false;
    if (func !== STOPPED_BROKEN) return;
    this.#queue.emit({
      kind: "effect.seen",
      queue: this.#queue.view,
      sort: "device broken",
      effect: { message: "the device breaks: it takes no more buffers", place },
    });
  }

  /**
   * What the areas hold when the queue has been created: a word that one side would take for the
   * other's, or something else that was there before. Flags, event words and links are the driver's to set.
   */
  #created(place: Place, func: string): void {
    const { setup, memory, held } = this.#ring;
    const word = setup.layout === "split" ? this.#startedSplit() : this.#startedPacked();
    const left = held.find(({ area, offset }) => memory.get16(area, offset) !== 0);
    if (word === "" && left === undefined) {
      this.#stores("driver", place, STORES.zeroed, NO_FACTS);
      return;
    }
    const other = left === undefined ? "" : storeText(left, setup.layout);
    const inRing = setup.layout === "packed" && left?.area === AREA.desc;
    const what = word !== "" ? word : other;
    // Only of the words that are read first does the specification say that they start at 0.
    const numbers = { found: word !== "" || inRing ? 1 : 0, what };
    this.#stores("driver", place, STORES.zeroed, [this.#fact(STORES.zeroed, place, func, numbers)]);
  }

  #startedSplit(): string {
    const { memory } = this.#ring;
    for (const [area, offset, name] of STARTS_AT_0) {
      const found = memory.get16(area, offset);
      if (found !== 0) return `${name} ${found}`;
    }
    return "";
  }

  #startedPacked(): string {
    const { memory, setup } = this.#ring;
    for (let slot = 0; slot < setup.queueSize; slot++) {
      const flags = memory.get16(AREA.desc, slot * DESC_BYTES + PACKED_DESC_FLAGS);
      if ((flags & OWNER_BITS) !== 0) return `flags ${hex(flags)} in slot ${slot}`;
    }
    return "";
  }

  /** A snapshot in a log stands where nothing is in flight. */
  #snapshot(place: Place): void {
    const ring = this.#ring;
    const order = byteOrderOf(ring.memory);
    this.#isSwapped = order === "big";
    this.#queue.emit({
      kind: "byteOrder.seen",
      queue: this.#queue.view,
      place,
      order,
      version1: ring.setup.layout === "packed" ? true : undefined,
      evidence: order === "big" ? [{ role: "word", place, what: "the snapshot" }] : NO_EVIDENCE,
    });
    this.#forget("the snapshot does not say where the driver stands");
    this.#freeCount.clear();
    this.#decisions.forget();
    // A packed ring has no index: it stays unknown until the driver's state says where it stands.
    this.#blind =
      ring.setup.layout === "packed" ? "the snapshot does not say where the driver stands" : "";
    this.#live = true;
    if (this.#isSwapped) this.#blind = "the ring makes sense only as big-endian";
    if (ring.setup.layout === "split") {
      ring.avail = ring.memory.get16(AREA.driver, RING_IDX);
      ring.used = ring.memory.get16(AREA.device, RING_IDX);
      this.#work.attach(ring.avail);
    }
  }

  /** Packed: a ring has no index; a snapshot's positions are those of the driver's state with it. */
  attach(avail: number, used: number): void {
    if (this.#isSwapped) return;
    this.#ring.avail = avail;
    this.#ring.used = used;
    this.#work.attach(avail);
    this.#blind = "";
    this.#consumption.attach(used);
  }

  /** Split: where the driver's state of a snapshot says that it stands in the used ring. */
  attachUsed(lastUsed: number): void {
    this.#consumption.attach(lastUsed === this.#ring.used ? lastUsed : NONE);
  }

  #driverStep(operation: Operation): boolean {
    const { kind, place, func, result } = operation;
    const ring = this.#ring;
    const { layout, queueSize } = ring.setup;
    if (kind === KIND.getBuf) this.#freeCount.returned(operation.token);
    if (kind === KIND.add && result !== 0 && !this.#publishes()) {
      this.#decisions.refused(place, func);
      const { elementsFrom, elementsTo } = operation;
      const noRoom = layout === "split" && result === -ENOSPC;
      if (noRoom && this.#freeCount.refused(elementsTo - elementsFrom) === "too few") {
        this.#miscounted("too few", place, func);
      }
      return false;
    }
    const adds = kind === KIND.add && result === 0 ? 1 : 0;
    const published =
      layout === "split" ? this.#entriesPublished() : this.#listsPublished(adds === 1);
    if (this.#driverRestarted && adds === 1) {
      this.#driverRestarted = false;
      if (this.#addedElsewhere(operation, published)) return true;
    }
    if (layout === "split" && published > 0 && this.#availIdx(place, func, published)) return true;
    if (adds === 1 && published > 1 && layout === "split") {
      if (this.#exposures.several(operation, published)) return true;
    }
    if (published !== adds) {
      // A driver may publish what it added later, or several buffers at once (2.7.13.2): legal, and
      // not followed here.
      this.#blind = "buffers are published in another way than one by each add";
      return false;
    }
    if (adds === 0) return false;
    const before = ring.avail;
    const derailed = this.#exposures.added(operation);
    if (layout === "split") this.#freeCount.added(operation.token, ring.chain.slotCount);
    const count = layout === "split" ? 1 : positionDistance(before, ring.avail, queueSize);
    this.#decisions.published(count);
    this.#work.published(place, ring.avail);
    return derailed;
  }

  /** The operation made something available. */
  #publishes(): boolean {
    const packed = this.#ring.setup.layout === "packed";
    return packed ? this.#listsPublished(false) > 0 : this.#entriesPublished() > 0;
  }

  /** Split: entries that the operation's store to avail.idx made available. */
  #entriesPublished(): number {
    return u16Distance(this.#ring.avail, this.#ring.memory.get16(AREA.driver, RING_IDX));
  }

  /**
   * Packed: 1 when the operation stored flags at the next head that make it available: in an add also
   * those of the other lap, or of a used descriptor, which is a mistake and not something else. A driver may clear the flags of
   * slots that it has back, and publish what it added later. (In a lap of wrap counter 0 those of a used
   * descriptor are cleared ones, or were there before.)
   */
  #listsPublished(inAdd: boolean): number {
    const { avail, setup, flagsStored, operation, memory } = this.#ring;
    const slot = positionSlot(avail, setup.queueSize);
    if (flagsStored[slot] !== operation) return 0;
    const flags = memory.get16(AREA.desc, slot * DESC_BYTES + PACKED_DESC_FLAGS);
    const wrap = positionWrap(avail, setup.queueSize);
    const bits = flags & OWNER_BITS;
    if (bits === availBits(wrap)) return 1;
    return inAdd && (bits === availBits(1 - wrap) || (wrap === 1 && bits === usedBits(1))) ? 1 : 0;
  }

  #deviceStep(operation: Operation, usedBefore: number): boolean {
    const { kind, place, func, result } = operation;
    const ring = this.#ring;
    let derailed = false;
    if (ring.useCount > 0 || ring.idxBack !== NONE) {
      derailed = this.#uses.marked(place, func);
      const used =
        ring.setup.layout === "packed"
          ? positionDistance(usedBefore, ring.used, ring.setup.queueSize)
          : u16Distance(usedBefore, ring.used);
      if (used > 0) this.#decisions.used(used);
      if (ring.setup.layout === "split") derailed = this.#usedIdx(place, func) || derailed;
    }
    if (ring.setup.layout === "packed") derailed = this.#uses.stray(place, func) || derailed;
    if (kind === KIND.deviceSignal) this.#decisions.signal(place, func, result > 0);
    if (kind === KIND.devicePop && this.#fetches.fetched(operation)) derailed = true;
    this.#uses.deviceActed(place);
    return derailed;
  }

  /** avail.idx moved on by `published` entries; a step back is one past what the queue holds. */
  #availIdx(place: Place, func: string, published: number): boolean {
    const { inFlight, setup, avail } = this.#ring;
    const found = (avail + published) & 0xffff;
    if (inFlight.count + published <= setup.queueSize) {
      this.#stores("driver", place, STORES.availIdx, NO_FACTS);
      return false;
    }
    const numbers = { found, expected: avail, other: inFlight.count };
    const fact = this.#fact(STORES.availIdx, place, func, numbers);
    this.#stores("driver", place, STORES.availIdx, [fact]);
    return true;
  }

  #usedIdx(place: Place, func: string): boolean {
    const { idxBack, used, avail } = this.#ring;
    if (idxBack !== NONE) {
      const numbers = { found: used, expected: avail, other: idxBack };
      const fact = this.#fact(STORES.usedIdx, place, func, numbers);
      this.#stores("device", place, STORES.usedIdx, [fact]);
      return true;
    }
    this.#stores("device", place, STORES.usedIdx, NO_FACTS);
    return false;
  }

  #owned(party: Exclude<Party, "unknown">, place: Place, func: string): void {
    const { foreign, setup } = this.#ring;
    if (foreign === undefined) {
      this.#stores(party, place, STORES.owned, NO_FACTS);
      return;
    }
    const what = storeText(foreign, setup.layout);
    this.#stores(party, place, STORES.owned, [this.#fact(STORES.owned, place, func, { what })]);
  }

  #stores(
    party: Exclude<Party, "unknown">,
    place: Place,
    decided: number,
    facts: readonly RingFact[],
  ): void {
    const seen = this.#storesSeen;
    seen.party = party;
    seen.place = place;
    seen.decided = decided;
    seen.facts = facts;
    this.#queue.emit(seen);
  }

  /** A kick decision begins; undefined when the ring says nothing of it. */
  kick(sample: Sample): ExactDecision | undefined {
    if (!this.#live) return undefined;
    if (this.#blind !== "") {
      return { sample, wanted: { wanted: undefined, reason: this.#blind } };
    }
    return this.#decisions.kick(sample);
  }

  /** Callbacks were enabled, by the plain form, at the driver's used position. */
  enabled(place: Place, func: string, lastUsed: number): void {
    if (this.#blind !== "" || !this.#live || !isKnown(lastUsed)) return;
    this.#eventWords.enabled(place, func, lastUsed);
  }

  #fact(aspect: number, place: Place, what: string, numbers: FactNumbers = {}): RingFact {
    return ringFact(aspect, [{ role: "decision", place, what }], numbers);
  }
}
