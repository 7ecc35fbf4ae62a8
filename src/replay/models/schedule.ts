import type { Layout } from "../../model/event.ts";
import { AREA, MemoryLog } from "../../model/memory.ts";
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
import { RingMemory } from "../ring-memory.ts";
import { packedWanted, splitEventWanted } from "../suppression.ts";
import {
  type CompleteMode,
  type Device,
  MALFORMED,
  type NotifyRequest,
  type UsedBuffer,
} from "./device.ts";
import {
  type Driver,
  type DriverName,
  type DriverState,
  NO_TOKEN,
  type Segment,
} from "./driver.ts";
import { makeDevice, makeDriver } from "./make.ts";
import { addResult, fetchResult, type OperationFields, signalResult } from "./operation-fields.ts";
import { Port } from "./port.ts";
import { type RingLogHeader, RingLogWriter } from "./ringlog-writer.ts";
import { type TableAllocator, TableSlots } from "./tables.ts";

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
  /** Most segments of a buffer, which never has more than the queue has slots (virtio 1.3, 2.7.5.3.1, 2.8.17). */
  readonly segmentsMax: number;
  /** How often a table is not to be had. */
  readonly allocFailPercent: number;
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
  segmentsMax: 4,
  allocFailPercent: 5,
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

const AREA_BASES = { desc: 0x10_0000_0000, driver: 0x10_0001_0000, device: 0x10_0002_0000 };
const TABLE_BASE = 0x30_0000_0000;
const BUFFER_BASE = 0x20_0000_0000;
/** ringlog/1: tables stand in slots of this size. */
const TABLE_BYTES = 8192;
const RECORD_ALIGN = 4096;
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
  readonly #memory: RingMemory;
  readonly #driver: Driver;
  readonly #device: Device;
  readonly #steps = new MemoryLog();
  readonly #writer: RingLogWriter | undefined;
  readonly #kicks: Tally = { agreed: 0, missed: 0, superfluous: 0, undecided: 0 };
  /** Tokens in the order in which they became available. */
  readonly #available: number[] = [];
  /** What the device holds, in the order of fetch. */
  readonly #held: { id: number; token: number; writable: number; slots: number }[] = [];
  #token = 1;
  #nextAddr = BUFFER_BASE;
  #opaque = -1;
  #newUsed = 0;
  #irqPending = false;
  #busyDriver = 0.5;
  #operations = 0;
  #staleEvents = 0;
  #tornEvents = 0;
  #added = 0;
  #returned = 0;
  #malformed = "";
  /** What the device read while the driver was at work. */
  readonly #nestedWords: { flags: number; offWrap: number }[] = [];

  constructor(options: ScheduleOptions) {
    if (options.interleave > 0 && options.line !== undefined) {
      throw new RangeError("a ringlog/1 operation is atomic: an interleaved run has no log");
    }
    this.#options = options;
    const { layout, queueSize } = options;
    const tableBytes = options.indirect ? TABLE_BYTES * (queueSize + 1) : 0;
    this.#memory = new RingMemory(layout, queueSize, tableBytes);
    const driverPort = new Port(this.#memory);
    const devicePort = new Port(this.#memory);
    this.#driver = makeDriver(options.driver, driverPort, {
      eventIdx: options.eventIdx,
      indirect: options.indirect,
      tables: this.#tables(),
    });
    this.#device = makeDevice(layout, devicePort, {
      eventIdx: options.eventIdx,
      tableBase: TABLE_BASE,
    });
    if (options.line === undefined) {
      const before = options.interleave > 0 ? () => this.#interrupted() : undefined;
      driverPort.watch({ before });
    } else {
      this.#writer = new RingLogWriter(options.line);
      for (const port of [driverPort, devicePort]) {
        port.watch({ log: this.#steps, loads: options.loads });
      }
    }
  }

  #tables(): TableAllocator {
    const slots = new TableSlots(this.#memory, TABLE_BASE, TABLE_BYTES);
    const fails = () => this.#chance(this.#options.allocFailPercent / 100);
    return {
      base: slots.base,
      alloc: (bytes) => (fails() ? -1 : slots.alloc(bytes)),
      free: (offset) => slots.free(offset),
    };
  }

  run(): ScheduleResult {
    const { operations, resets } = this.#options;
    this.#writer?.header(this.#header());
    this.#create();
    const lap = Math.ceil(operations / (resets + 1));
    for (let part = 0; part <= resets && !this.#ended(); part++) {
      if (part > 0) {
        this.#takeDown("reset");
        this.#create();
      }
      const until = Math.min(operations, (part + 1) * lap);
      while (this.#operations < until && !this.#ended()) this.#act();
    }
    this.#takeDown(this.#ended() ? "broken" : "end");
    this.#writer?.footer();
    return {
      operations: this.#operations,
      kicks: this.#kicks,
      staleEvents: this.#staleEvents,
      tornEvents: this.#tornEvents,
      added: this.#added,
      returned: this.#returned,
      broken: this.#driver.state().broken === 1,
      malformed: this.#malformed,
    };
  }

  #ended(): boolean {
    return this.#malformed !== "" || this.#driver.state().broken === 1;
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
    const roll = this.#pick(100);
    if (roll < 36) this.#add();
    else if (roll < 50) this.#kick();
    else if (roll < 74) this.#getBuf();
    else if (roll < 80) this.#plain("disable_cb", () => this.#driver.disableCb());
    else if (roll < 85) this.#call("enable_cb", () => this.#driver.enableCb());
    else if (roll < 89) this.#call("enable_cb_delayed", () => this.#driver.enableCbDelayed());
    else if (roll < 93) this.#prepare();
    else if (roll < 96) this.#poll();
    else this.#interrupt();
  }

  #serve(): void {
    const roll = this.#pick(100);
    if (roll < 45) this.#fetch();
    else if (roll < 75) this.#complete();
    else if (roll < 88) this.#signal();
    else this.#setNotify();
  }

  #create(): void {
    this.#memory.reset();
    this.#device.create();
    this.#available.length = 0;
    this.#held.length = 0;
    this.#opaque = -1;
    this.#newUsed = 0;
    this.#irqPending = false;
    this.#plain("create", () => this.#driver.create());
  }

  #takeDown(reason: string): void {
    this.#serving("stop", () => {
      this.#device.stop();
      return { reason };
    });
    for (;;) {
      let token = NO_TOKEN;
      this.#driving("detach_unused_buf", () => {
        token = this.#driver.detachUnusedBuf();
        return { ret: token === NO_TOKEN ? null : token };
      });
      if (token === NO_TOKEN) return;
    }
  }

  #add(): void {
    const { queueSize, segmentsMax } = this.#options;
    const most = Math.min(segmentsMax, queueSize);
    // One buffer as long as the ring is where wrap counters are easily forgotten.
    const total = this.#chance(0.1) ? most : 1 + this.#pick(most);
    const readable = this.#pick(total + 1);
    const out = Array.from({ length: readable }, () => this.#segment());
    const into = Array.from({ length: total - readable }, () => this.#segment());
    this.#driving("add", () => {
      const token = this.#token;
      const ret = this.#driver.add(token, out, into);
      if (ret === 0) {
        this.#available.push(token);
        this.#token++;
        this.#added++;
      }
      return {
        token,
        out,
        in: into,
        out_sgs: out.length > 0 ? [out.length] : [],
        in_sgs: into.length > 0 ? [into.length] : [],
        ...addResult(ret),
      };
    });
  }

  #segment(): Segment {
    const len = 1 + this.#pick(4096);
    const addr = this.#nextAddr;
    this.#nextAddr += 8 * Math.ceil((len + this.#pick(512)) / 8);
    return [addr, len];
  }

  #kick(): void {
    let kick = false;
    this.#driving("kick_prepare", () => {
      const wanted = this.#kickWanted();
      kick = this.#driver.kickPrepare();
      if (this.#options.interleave === 0) count(this.#kicks, wanted, kick);
      return { ret: kick };
    });
    if (kick) this.#call("notify", () => this.#driver.notify());
  }

  /** What the device asks for now; undefined where its words do not say. */
  #kickWanted(): boolean | undefined {
    const { layout, queueSize, eventIdx } = this.#options;
    const state = this.#driver.state();
    const memory = this.#memory;
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

  #getBuf(): void {
    this.#driving("get_buf", () => {
      const token = this.#driver.getBuf();
      if (token === NO_TOKEN) return { ret: null };
      this.#returned++;
      return { ret: token, len: this.#driver.usedLen };
    });
  }

  #prepare(): void {
    this.#call("enable_cb_prepare", () => {
      this.#opaque = this.#driver.enableCbPrepare();
      return this.#opaque;
    });
  }

  #poll(): void {
    if (this.#opaque < 0) return;
    const opaque = this.#opaque;
    this.#driving("poll", () => ({ opaque, ret: this.#driver.poll(opaque) }));
  }

  #interrupt(): void {
    const spurious = !this.#irqPending;
    this.#irqPending = false;
    this.#driving("interrupt", () => {
      const ret = this.#driver.interrupt();
      return { spurious, ret, callback: ret === "IRQ_HANDLED" && this.#driver.options.callback };
    });
  }

  #fetch(): void {
    const { layout } = this.#options;
    this.#serving("fetch", () => {
      const device = this.#device;
      const id = device.fetch();
      if (id === MALFORMED) this.#malformed = device.error;
      if (id < 0) return fetchResult(device, id, layout, NO_TOKEN);
      const token = this.#available.shift() ?? NO_TOKEN;
      const { writableBytes, slotCount } = device.chain;
      this.#held.push({ id, token, writable: writableBytes, slots: slotCount });
      return fetchResult(device, id, layout, token);
    });
  }

  #complete(): void {
    if (this.#held.length === 0) return;
    const many = 1 + this.#pick(Math.min(this.#held.length, 4));
    const mode: CompleteMode = many === 1 ? "single" : this.#chance(0.5) ? "batch" : "each";
    const used: (UsedBuffer & { readonly token: number; readonly slots?: number })[] = [];
    for (let n = 0; n < many; n++) {
      const at = this.#options.inOrder ? 0 : this.#pick(this.#held.length);
      const [one] = this.#held.splice(at, 1);
      if (one === undefined) break;
      const { id, token, writable, slots } = one;
      const len = writable === 0 ? 0 : this.#pick(writable + 1);
      used.push({ id, token, len, ...(this.#options.layout === "packed" ? { slots } : {}) });
    }
    this.#serving("complete", () => {
      this.#device.complete(used, mode);
      return { mode, used };
    });
    this.#newUsed += used.length;
  }

  #signal(): void {
    if (this.#newUsed === 0) return;
    this.#newUsed = 0;
    this.#serving("signal", () => {
      const ret = this.#device.signal();
      if (ret) this.#irqPending = true;
      const { flags, offWrap } = this.#device.words;
      this.#nestedWords.push({ flags, offWrap });
      return signalResult(this.#device, ret);
    });
  }

  #setNotify(): void {
    const request = this.#notifyRequest();
    this.#serving("set_notify", () => {
      this.#device.setNotify(request);
      const { mode } = request;
      if (mode === "event") return { mode, avail_event: request.availEvent };
      return mode === "desc" ? { mode, off: request.off, wrap: request.wrap } : { mode };
    });
  }

  #notifyRequest(): NotifyRequest {
    const { layout, queueSize, eventIdx } = this.#options;
    const state = this.#device.state();
    const ahead = this.#chance(0.6) ? 0 : this.#pick(queueSize);
    if (layout === "split" && eventIdx) {
      return { mode: "event", availEvent: u16(state.avail_idx + ahead) };
    }
    if (layout === "packed" && eventIdx && this.#chance(0.6)) {
      const here = packedPosition(state.avail_idx, state.avail_wrap ?? 1, queueSize);
      const event = advancePosition(here, ahead, queueSize);
      const off = positionSlot(event, queueSize);
      return { mode: "desc", off, wrap: positionWrap(event, queueSize) };
    }
    return { mode: this.#chance(0.6) ? "enable" : "disable" };
  }

  /** An operation of the driver with a result and no arguments. */
  #call(op: string, run: () => boolean | number): void {
    this.#driving(op, () => ({ ret: run() }));
  }

  /** One with neither. */
  #plain(op: string, run: () => void): void {
    this.#driving(op, () => {
      run();
      return {};
    });
  }

  #driving(op: string, run: () => OperationFields): void {
    const flags = this.#memory.get16(AREA.driver, EVENT_FLAGS);
    this.#nestedWords.length = 0;
    this.#steps.clear();
    const fields = run();
    this.#operations++;
    const state = this.#driver.state();
    if (this.#options.layout === "packed") this.#watchEvents(op, flags, state);
    this.#writer?.operation("driver", op, fields, this.#steps, state);
  }

  #serving(op: string, run: () => OperationFields): void {
    this.#steps.clear();
    const fields = run();
    this.#operations++;
    this.#writer?.operation("device", op, fields, this.#steps, this.#device.state());
  }

  #interrupted(): void {
    if (!this.#ended() && this.#chance(this.#options.interleave)) this.#serve();
  }

  /** `flagsBefore`: of the driver's event structure, when the operation began. */
  #watchEvents(op: string, flagsBefore: number, state: DriverState): void {
    const { queueSize } = this.#options;
    const offWrap = this.#memory.get16(AREA.driver, EVENT_OFF_WRAP);
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

  #header(): RingLogHeader {
    const { options } = this.#driver;
    const { layout, queueSize, indirect, seed, operations, allocFailPercent, resets } =
      this.#options;
    const { desc, driver, device } = AREA_BASES;
    const area = (base: number, at: number) => ({ base, len: this.#memory.lengths[at] ?? 0 });
    return {
      kernel: "vringscope model",
      variant: this.#driver.name,
      layout,
      size: queueSize,
      event_idx: options.eventIdx ? 1 : 0,
      indirect: indirect ? 1 : 0,
      in_order: 0,
      seed,
      ops: operations,
      callback: options.callback ? 1 : 0,
      dma_api: options.dmaApi ? 1 : 0,
      alloc_fail_pct: indirect ? allocFailPercent : 0,
      resets,
      warmup: 0,
      device_in_order: this.#options.inOrder ? 1 : 0,
      loads: this.#options.loads ? 1 : 0,
      fences: 1,
      recorder: "instrumented",
      align: RECORD_ALIGN,
      areas: {
        desc: area(desc, AREA.desc),
        driver: area(driver, AREA.driver),
        device: area(device, AREA.device),
        ind: area(TABLE_BASE, AREA.ind),
      },
    };
  }
}

function count(tally: Tally, wanted: boolean | undefined, given: boolean): void {
  if (wanted === undefined) tally.undecided++;
  else if (wanted === given) tally.agreed++;
  else if (wanted) tally.missed++;
  else tally.superfluous++;
}
