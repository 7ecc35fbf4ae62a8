import type { Layout } from "../../model/event.ts";
import { AREA } from "../../model/memory.ts";
import {
  advancePosition,
  EVENT_FLAGS,
  EVENT_OFF_WRAP,
  packedPosition,
  positionDistance,
  positionSlot,
  positionWrap,
  RING_EVENT_FLAGS_DESC,
  RING_EVENT_FLAGS_DISABLE,
  wordPosition,
} from "../../virtio/packed.ts";
import { availEventOffset, RING_FLAGS, USED_F_NO_NOTIFY } from "../../virtio/split.ts";
import { u16 } from "../../virtio/u16.ts";
import { packedWanted, splitEventWanted } from "../suppression.ts";
import type { CompleteMode, NotifyRequest } from "./device.ts";
import type { DriverName, DriverState, Segment } from "./driver.ts";
import { Parties } from "./parties.ts";

export interface ScheduleOptions {
  readonly driver: DriverName;
  readonly layout: Layout;
  readonly queueSize: number;
  readonly eventIdx: boolean;
  readonly indirect: boolean;
  /** Uniform in [0, 1); the same numbers make the same run. */
  readonly random: () => number;
  /** Where `random` started; only noted in the log. */
  readonly seed: number;
  /** About how many operations both sides do together. */
  readonly operations: number;
  /**
   * The device uses buffers in the order in which it fetched them; `rfc2` and `reviewed` cannot live with
   * another.
   */
  readonly inOrder: boolean;
  /**
   * VIRTIO_F_IN_ORDER is negotiated, which takes `inOrder`: the device marks buffers used in batches. Only
   * `linux` knows of it.
   */
  readonly inOrderBatches: boolean;
  /** Most segments of a buffer, which never has more than the queue has slots (virtio 1.3, 2.7.5.3.1, 2.8.17). */
  readonly segmentsMax: number;
  /**
   * Buffers in indirect tables may have more segments than the queue has slots: Linux makes such, and the
   * specification leaves it open. Needs tables that are always to be had.
   */
  readonly longTables: boolean;
  /** How often a table is not to be had. */
  readonly allocFailPercent: number;
  /**
   * How often a mapping fails, at most once for each buffer. In a packed ring itself only the first one
   * of a list: of those that it has written before a later one, Linux leaves AVAIL behind, and a device
   * may find it.
   */
  readonly mapFailPercent: number;
  /**
   * Where both sides stand when the run begins, as after many laps: an idx (split), a position (packed).
   * Undefined: at the start.
   */
  readonly startAt: number | undefined;
  /** See DriverOptions and DeviceOptions. */
  readonly callback: boolean;
  readonly dmaApi: boolean;
  readonly cautious: boolean;
  /**
   * The device never asks for an earlier buffer than it has asked for: no device is known that does, and
   * who only samples its event word has to rely on it.
   */
  readonly eventsForward: boolean;
  /** Loads go to the log as well. */
  readonly loads: boolean;
  /** How often the queue is reset in between. */
  readonly resets: number;
  /**
   * Chance that the device acts before a single step of the driver. Where it is not 0 no log can be
   * written: a ringlog/1 operation is atomic.
   */
  readonly interleave: number;
  /** Takes the lines of the run's ringlog/1 log. */
  readonly line: ((text: string) => void) | undefined;
}

const DEFAULTS = {
  eventIdx: true,
  indirect: false,
  seed: 0,
  operations: 1000,
  inOrder: true,
  inOrderBatches: false,
  segmentsMax: 4,
  longTables: false,
  allocFailPercent: 5,
  mapFailPercent: 0,
  startAt: undefined,
  callback: true,
  dmaApi: false,
  cautious: false,
  eventsForward: false,
  loads: false,
  resets: 0,
  interleave: 0,
  line: undefined,
} as const;

/** Decisions to notify, against what the device asked for at that moment. */
export interface Tally {
  agreed: number;
  /** Wanted, and not given. */
  missed: number;
  superfluous: number;
  /** More slots than the queue has since the decision before: the words do not say. */
  undecided: number;
}

export interface ScheduleResult {
  readonly operations: number;
  /** Not counted in an interleaved run, where the device's words may change under the decision. */
  readonly kicks: Readonly<Tally>;
  /** Operations after which the driver, callbacks enabled by DESC, asks for a slot that is not in flight next. */
  readonly staleEvents: number;
  /** Times that the device read flags that had just become DESC beside an off_wrap about to be replaced. */
  readonly tornEvents: number;
  readonly added: number;
  readonly returned: number;
  /** The driver gave the queue up. */
  readonly broken: boolean;
  /** What the device could not read; empty when nothing. */
  readonly malformed: string;
}

const BUFFER_BASE = 0x20_0000_0000;

/**
 * Runs a driver model against a correct device under a random schedule, to its end: the device stops,
 * the driver takes back what is left. Ends early when the driver breaks the queue, or what it made
 * available cannot be read. Throws RangeError for options that contradict each other.
 */
export function runSchedule(
  options: Partial<ScheduleOptions> &
    Pick<ScheduleOptions, "driver" | "layout" | "queueSize" | "random">,
): ScheduleResult {
  return new Schedule({ ...DEFAULTS, ...options }).run();
}

class Schedule {
  readonly #options: ScheduleOptions;
  readonly #parties: Parties;
  readonly #kicks: Tally = { agreed: 0, missed: 0, superfluous: 0, undecided: 0 };
  #nextAddr = BUFFER_BASE;
  #busyDriver = 0.5;
  /** What the device's event word asked for last: an idx (split), a position (packed). */
  #asked = 0;
  /** Of the add at hand: mappings asked for, whether they go into a table, and whether one failed. */
  #mapped = 0;
  #inTable = false;
  #failed = false;
  #staleEvents = 0;
  #tornEvents = 0;
  /** Flags of the driver's event structure after its operation before. */
  #flagsBefore = 0;
  /** What the device read while the driver was at work. */
  readonly #nestedWords: { flags: number; offWrap: number }[] = [];

  constructor(options: ScheduleOptions) {
    if (options.interleave > 0 && options.line !== undefined) {
      throw new RangeError("a ringlog/1 operation is atomic: an interleaved run has no log");
    }
    if (options.inOrderBatches && (!options.inOrder || options.driver !== "linux")) {
      throw new RangeError("only linux knows of batches, and only of those in order");
    }
    const tablesFail = options.allocFailPercent > 0 || options.mapFailPercent > 0;
    if (options.longTables && (!options.indirect || tablesFail)) {
      throw new RangeError("a buffer longer than the ring needs its indirect table");
    }
    this.#options = options;
    const { driver, layout, queueSize, eventIdx, indirect, loads, line } = options;
    const { seed, operations, resets, inOrder, allocFailPercent, interleave } = options;
    const { callback, dmaApi, cautious, startAt } = options;
    this.#parties = new Parties({
      ...{ driver, layout, queueSize, eventIdx, indirect, loads, line },
      inOrder: options.inOrderBatches,
      ...{ callback, dmaApi, cautious },
      allocFails: () => this.#allocFails(),
      mapFails: () => this.#mapFails(),
      header: {
        ...{ seed, ops: operations, resets, device_in_order: inOrder ? 1 : 0 },
        // Any number but 0 says that a snapshot follows.
        warmup: startAt === undefined ? 0 : Math.max(1, startAt),
        alloc_fail_pct: indirect ? allocFailPercent : 0,
      },
    });
    if (layout === "packed") {
      this.#parties.onDriven = (op, state) => this.#watchEvents(op, state);
    }
    if (interleave > 0) this.#parties.interleave(() => this.#interrupted());
  }

  run(): ScheduleResult {
    const { operations, resets, startAt } = this.#options;
    const parties = this.#parties;
    parties.header();
    parties.create();
    if (startAt !== undefined) parties.startAt(startAt);
    const lap = Math.ceil(operations / (resets + 1));
    for (let part = 0; part <= resets && !parties.ended; part++) {
      if (part > 0) {
        parties.takeDown("reset");
        parties.create();
      }
      const until = Math.min(operations, (part + 1) * lap);
      while (parties.operations < until && !parties.ended) this.#act();
    }
    parties.takeDown(parties.ended ? "broken" : "end");
    parties.footer();
    return {
      operations: parties.operations,
      kicks: this.#kicks,
      staleEvents: this.#staleEvents,
      tornEvents: this.#tornEvents,
      added: parties.added,
      returned: parties.returned,
      broken: parties.driver.state().broken === 1,
      malformed: parties.malformed,
    };
  }

  #chance(of: number): boolean {
    return this.#options.random() < of;
  }

  /** A whole number in [0, limit). */
  #pick(limit: number): number {
    return Math.floor(this.#options.random() * limit);
  }

  #act(): void {
    // Stretches in which one side is ahead fill the ring and drain it.
    if (this.#chance(0.05)) this.#busyDriver = 0.15 + 0.7 * this.#options.random();
    if (this.#chance(this.#busyDriver)) this.#drive();
    else this.#serve();
  }

  #drive(): void {
    const parties = this.#parties;
    const roll = this.#pick(100);
    this.#nestedWords.length = 0;
    if (roll < 36) this.#add();
    else if (roll < 50) this.#kick();
    else if (roll < 74) parties.getBuf();
    else if (roll < 80) parties.disableCb();
    else if (roll < 85) parties.enableCb();
    else if (roll < 89) parties.enableCbDelayed();
    else if (roll < 93) parties.enableCbPrepare();
    else if (roll < 96) parties.poll();
    else parties.interrupt();
  }

  #serve(): void {
    const parties = this.#parties;
    const roll = this.#pick(100);
    if (roll < 45) parties.fetch();
    else if (roll < 75) this.#complete();
    else if (roll < 88) this.#signal();
    else parties.setNotify(this.#notifyRequest());
  }

  #add(): void {
    const { queueSize, segmentsMax, longTables } = this.#options;
    const most = longTables ? segmentsMax : Math.min(segmentsMax, queueSize);
    // One buffer as long as the ring is where wrap counters are easily forgotten.
    const total = this.#chance(0.1) ? most : 1 + this.#pick(most);
    const readable = this.#pick(total + 1);
    const out = Array.from({ length: readable }, () => this.#segment());
    const into = Array.from({ length: total - readable }, () => this.#segment());
    this.#mapped = 0;
    this.#inTable = false;
    this.#failed = false;
    this.#parties.add(out, into);
  }

  #allocFails(): boolean {
    const fails = this.#chance(this.#options.allocFailPercent / 100);
    this.#inTable = !fails;
    return fails;
  }

  #mapFails(): boolean {
    const { mapFailPercent, layout } = this.#options;
    if (mapFailPercent === 0 || this.#failed) return false;
    const first = this.#mapped === 0;
    this.#mapped++;
    if (layout === "packed" && !this.#inTable && !first) return false;
    this.#failed = this.#chance(mapFailPercent / 100);
    return this.#failed;
  }

  #segment(): Segment {
    const len = 1 + this.#pick(4096);
    const addr = this.#nextAddr;
    this.#nextAddr += 8 * Math.ceil((len + this.#pick(512)) / 8);
    return [addr, len];
  }

  #kick(): void {
    const wanted = this.#kickWanted();
    const kick = this.#parties.kick();
    if (this.#options.interleave === 0) count(this.#kicks, wanted, kick);
  }

  /** What the device asks for now; undefined where its words do not say. */
  #kickWanted(): boolean | undefined {
    const { layout, queueSize, eventIdx } = this.#options;
    const { memory, driver } = this.#parties;
    const state = driver.state();
    if (layout === "packed") {
      return packedWanted({
        flags: memory.get16(AREA.device, EVENT_FLAGS),
        offWrap: memory.get16(AREA.device, EVENT_OFF_WRAP),
        position: packedPosition(state.avail_idx, state.avail_wrap ?? 1, queueSize),
        slots: state.num_added,
        queueSize,
        eventIdx,
      }).wanted;
    }
    if (eventIdx) {
      const event = memory.get16(AREA.device, availEventOffset(queueSize));
      return splitEventWanted(event, u16(state.avail_idx - state.num_added), state.avail_idx);
    }
    return state.num_added > 0 && memory.get16(AREA.device, RING_FLAGS) !== USED_F_NO_NOTIFY;
  }

  #complete(): void {
    const { held } = this.#parties;
    if (held.length === 0) return;
    const many = 1 + this.#pick(Math.min(held.length, 4));
    const mode = this.#completeMode(many);
    const left = held.slice();
    const picks: (readonly [at: number, len: number])[] = [];
    for (let n = 0; n < many; n++) {
      const at = this.#options.inOrder ? 0 : this.#pick(left.length);
      const [one] = left.splice(at, 1);
      if (one === undefined) break;
      picks.push([at, one.writable === 0 ? 0 : this.#pick(one.writable + 1)]);
    }
    this.#parties.complete(picks, mode);
  }

  #completeMode(buffers: number): CompleteMode {
    if (this.#options.inOrderBatches) return "in-order";
    if (buffers === 1) return "single";
    return this.#chance(0.5) ? "batch" : "each";
  }

  #signal(): void {
    if (this.#parties.newUsed === 0) return;
    this.#parties.signal();
    const { flags, offWrap } = this.#parties.device.words;
    this.#nestedWords.push({ flags, offWrap });
  }

  #notifyRequest(): NotifyRequest {
    const { layout, queueSize, eventIdx } = this.#options;
    const state = this.#parties.device.state();
    const drawn = this.#chance(0.6) ? 0 : this.#pick(queueSize);
    if (layout === "split" && eventIdx) {
      const ahead = this.#forward(drawn, u16(this.#asked - state.avail_idx));
      this.#asked = u16(state.avail_idx + ahead);
      return { mode: "event", availEvent: this.#asked };
    }
    if (layout === "packed" && eventIdx && this.#chance(0.6)) {
      const here = packedPosition(state.avail_idx, state.avail_wrap ?? 1, queueSize);
      const ahead = this.#forward(drawn, positionDistance(here, this.#asked, queueSize));
      this.#asked = advancePosition(here, ahead, queueSize);
      const off = positionSlot(this.#asked, queueSize);
      return { mode: "desc", off, wrap: positionWrap(this.#asked, queueSize) };
    }
    return { mode: this.#chance(0.6) ? "enable" : "disable" };
  }

  /** How far ahead of what it takes next the device asks; `before`: what it asked for last. */
  #forward(ahead: number, before: number): number {
    const { eventsForward, queueSize } = this.#options;
    return eventsForward && before < queueSize ? Math.max(ahead, before) : ahead;
  }

  #interrupted(): void {
    const { interleave } = this.#options;
    if (!this.#parties.ended && this.#chance(interleave)) this.#serve();
  }

  #watchEvents(op: string, state: DriverState): void {
    const { queueSize } = this.#options;
    const { memory } = this.#parties;
    const flagsBefore = this.#flagsBefore;
    this.#flagsBefore = op === "create" ? 0 : memory.get16(AREA.driver, EVENT_FLAGS);
    const offWrap = memory.get16(AREA.driver, EVENT_OFF_WRAP);
    if (flagsBefore === RING_EVENT_FLAGS_DISABLE) {
      for (const read of this.#nestedWords) {
        if (read.flags === RING_EVENT_FLAGS_DESC && read.offWrap !== offWrap) this.#tornEvents++;
      }
    }
    // Taking unused buffers back moves no position, so nothing can be said of one.
    if (op === "detach_unused_buf" || state.flags_shadow !== RING_EVENT_FLAGS_DESC) return;
    const lastUsed = packedPosition(state.last_used, state.used_wrap ?? 1, queueSize);
    const event = wordPosition(offWrap, queueSize);
    const inFlight = queueSize - state.num_free;
    if (event === undefined || positionDistance(lastUsed, event, queueSize) > inFlight) {
      this.#staleEvents++;
    }
  }
}

function count(tally: Tally, wanted: boolean | undefined, given: boolean): void {
  if (wanted === undefined) tally.undecided++;
  else if (wanted === given) tally.agreed++;
  else if (wanted) tally.missed++;
  else tally.superfluous++;
}
