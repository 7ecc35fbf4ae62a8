import type { Layout } from "../../model/event.ts";
import { AREA, MemoryLog } from "../../model/memory.ts";
import { DESC_BYTES, PACKED_DESC_FLAGS } from "../../virtio/descriptor.ts";
import { positionSlot, positionWrap, usedBits } from "../../virtio/packed.ts";
import { RING_IDX } from "../../virtio/split.ts";
import { RingMemory } from "../ring-memory.ts";
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
import { notificationData } from "./notification-data.ts";
import { addResult, fetchResult, type OperationFields, signalResult } from "./operation-fields.ts";
import { Port, type StepHook } from "./port.ts";
import { type RingLogHeader, RingLogWriter } from "./ringlog-writer.ts";
import { type TableAllocator, TableSlots } from "./tables.ts";

export interface PartiesOptions {
  readonly driver: DriverName;
  readonly layout: Layout;
  readonly queueSize: number;
  readonly eventIdx: boolean;
  readonly indirect: boolean;
  /** VIRTIO_F_IN_ORDER is negotiated: the driver takes what `complete` does in the mode `in-order`. */
  readonly inOrder: boolean;
  /** Asked for each indirect table: is there no memory for it? */
  readonly allocFails: () => boolean;
  /** Asked for each segment and table: does its mapping fail? */
  readonly mapFails: () => boolean;
  /** See DriverOptions and DeviceOptions. */
  readonly callback: boolean;
  readonly dmaApi: boolean;
  readonly cautious: boolean;
  readonly ownTables: boolean;
  /** Loads go to the log as well. */
  readonly loads: boolean;
  /** VIRTIO_F_NOTIFICATION_DATA was negotiated: the number of the queue; undefined: it was not. */
  readonly notificationIndex: number | undefined;
  /** Takes the lines of the ringlog/1 log. */
  readonly line: ((text: string) => void) | undefined;
  /** Members of the log's header that say how the run was made. */
  readonly header: Partial<RingLogHeader>;
}

const DEFAULTS = {
  driver: "linux",
  eventIdx: true,
  indirect: false,
  inOrder: false,
  allocFails: () => false,
  mapFails: () => false,
  callback: true,
  dmaApi: false,
  cautious: false,
  ownTables: false,
  loads: false,
  notificationIndex: undefined,
  line: undefined,
  header: {},
} as const;

/** A buffer that the device has fetched and not used yet. */
export interface Held {
  readonly id: number;
  readonly token: number;
  /** Bytes that the device may write. */
  readonly writable: number;
  /** Ring descriptors. */
  readonly slots: number;
}

const AREA_BASES = { desc: 0x10_0000_0000, driver: 0x10_0001_0000, device: 0x10_0002_0000 };
const TABLE_BASE = 0x30_0000_0000;
/** ringlog/1: tables stand in slots of this size. */
const TABLE_BYTES = 8192;
const RECORD_ALIGN = 4096;

/**
 * A driver and a device over one ring, run operation by operation: who calls decides what happens next.
 * What they do goes to a ringlog/1 log.
 */
export class Parties {
  readonly memory: RingMemory;
  readonly driver: Driver;
  readonly device: Device;
  /** What the device holds, in the order of fetch. */
  readonly held: Held[] = [];
  /** Operations of both sides. */
  operations = 0;
  added = 0;
  returned = 0;
  /** What the device could not read; empty when nothing. */
  malformed = "";
  /** The driver was interrupted, and has not looked yet. */
  irqPending = false;
  /** The device marked buffers used since it decided whether to interrupt. */
  newUsed = 0;
  /** What `enableCbPrepare` gave last; -1 none. */
  opaque = -1;
  /** Called after each operation of the driver, before it is logged. */
  onDriven: (op: string, state: DriverState) => void = () => {};
  readonly #options: PartiesOptions;
  readonly #driverPort: Port;
  readonly #devicePort: Port;
  /** Of each side its own: an operation of the device may run inside one of the driver's. */
  readonly #steps = new MemoryLog();
  readonly #deviceSteps = new MemoryLog();
  readonly #writer: RingLogWriter | undefined;
  /** Tokens in the order in which they became available. */
  readonly #available: number[] = [];
  #token = 1;

  constructor(options: Partial<PartiesOptions> & Pick<PartiesOptions, "layout" | "queueSize">) {
    const all: PartiesOptions = { ...DEFAULTS, ...options };
    this.#options = all;
    const { layout, queueSize, eventIdx, indirect, cautious } = all;
    this.memory = new RingMemory(layout, queueSize, indirect ? TABLE_BYTES * (queueSize + 1) : 0);
    this.#driverPort = new Port(this.memory);
    this.#devicePort = new Port(this.memory);
    this.driver = makeDriver(all.driver, this.#driverPort, {
      eventIdx,
      indirect,
      inOrder: all.inOrder,
      tables: this.#tables(),
      mapFails: all.mapFails,
      callback: all.callback,
      dmaApi: all.dmaApi,
      ownTables: all.ownTables,
    });
    this.device = makeDevice(layout, this.#devicePort, {
      eventIdx,
      tableBase: TABLE_BASE,
      cautious,
    });
    this.#writer = all.line === undefined ? undefined : new RingLogWriter(all.line);
    this.interleave(undefined);
  }

  /**
   * Sets what runs before each step of the driver. A ringlog/1 operation is atomic: an operation of the
   * device that runs inside one of the driver's is told before it.
   */
  interleave(before: StepHook | undefined): void {
    const logged = this.#writer !== undefined;
    const { loads } = this.#options;
    this.#driverPort.watch({ log: logged ? this.#steps : undefined, loads, before });
    this.#devicePort.watch({ log: logged ? this.#deviceSteps : undefined, loads });
  }

  #tables(): TableAllocator {
    const slots = new TableSlots(this.memory, TABLE_BASE, TABLE_BYTES);
    const { allocFails } = this.#options;
    return {
      base: slots.base,
      alloc: (bytes) => (allocFails() ? -1 : slots.alloc(bytes)),
      free: (offset) => slots.free(offset),
    };
  }

  /** The first line of the log. */
  header(): void {
    this.#writer?.header(this.#header());
  }

  /** The last line of the log. */
  footer(): void {
    this.#writer?.footer();
  }

  /** Nothing more can come of it: the driver gave the queue up, or the device could not read a buffer. */
  get ended(): boolean {
    return this.malformed !== "" || this.driver.state().broken === 1;
  }

  create(): void {
    this.memory.reset();
    this.device.create();
    this.#available.length = 0;
    this.held.length = 0;
    this.opaque = -1;
    this.newUsed = 0;
    this.irqPending = false;
    const areas = this.#held();
    this.#driving("create", () => {
      this.driver.create();
      return areas === undefined ? {} : { areas };
    });
  }

  /**
   * Puts a queue that was just created where it stands after many laps, with nothing in flight: both
   * sides at `position` (packed), or at this idx (split). The log gets a snapshot; its header should
   * announce it (`warmup`).
   */
  startAt(position: number): void {
    const { layout, queueSize } = this.#options;
    const driver = this.driver.state();
    const device = this.device.state();
    const { memory } = this;
    if (layout === "split") {
      memory.set16(AREA.driver, RING_IDX, position);
      memory.set16(AREA.device, RING_IDX, position);
      this.driver.restore({ ...driver, avail_idx: position, last_used: position });
      this.device.restore({ ...device, avail_idx: position, used_idx: position });
    } else {
      const slot = positionSlot(position, queueSize);
      const wrap = positionWrap(position, queueSize);
      // Every slot was used once: those before the position in this lap, the others in the one before.
      for (let at = 0; at < queueSize; at++) {
        const bits = usedBits(at < slot ? wrap : 1 - wrap);
        memory.set16(AREA.desc, at * DESC_BYTES + PACKED_DESC_FLAGS, bits);
      }
      const driverAt = { avail_idx: slot, avail_wrap: wrap, last_used: slot, used_wrap: wrap };
      this.driver.restore({ ...driver, ...driverAt });
      const deviceAt = { avail_idx: slot, avail_wrap: wrap, used_idx: slot, used_wrap: wrap };
      this.device.restore({ ...device, ...deviceAt });
    }
    this.#writer?.snapshot(memory, this.driver.state(), this.device.state());
  }

  /** The device stops, and the driver takes back what is left. */
  takeDown(reason: string): void {
    this.#serving("stop", () => {
      this.device.stop();
      return { reason };
    });
    while (this.detachUnused() !== NO_TOKEN);
  }

  detachUnused(): number {
    let token = NO_TOKEN;
    this.#driving("detach_unused_buf", () => {
      token = this.driver.detachUnusedBuf();
      return { ret: token === NO_TOKEN ? null : token };
    });
    return token;
  }

  /** What the driver's add returned. */
  add(out: readonly Segment[], into: readonly Segment[]): number {
    let ret = 0;
    this.#driving("add", () => {
      const token = this.#token;
      ret = this.driver.add(token, out, into);
      if (ret === 0) {
        this.#available.push(token);
        this.#token++;
        this.added++;
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
    return ret;
  }

  /** The driver decides whether to notify, and does so. */
  kick(): boolean {
    let kick = false;
    this.#driving("kick_prepare", () => {
      kick = this.driver.kickPrepare();
      return { ret: kick };
    });
    if (kick) this.notify();
    return kick;
  }

  notify(): void {
    const { notificationIndex: index, layout } = this.#options;
    this.#driving("notify", () => {
      const ret = this.driver.notify();
      if (index === undefined) return { ret };
      return { ret, data: notificationData(layout, this.driver.state(), index) };
    });
  }

  /** A token, or NO_TOKEN. */
  getBuf(): number {
    let token = NO_TOKEN;
    this.#driving("get_buf", () => {
      token = this.driver.getBuf();
      if (token === NO_TOKEN) return { ret: null };
      this.returned++;
      return { ret: token, len: this.driver.usedLen };
    });
    return token;
  }

  disableCb(): void {
    this.#plain("disable_cb", () => this.driver.disableCb());
  }

  enableCb(): boolean {
    return this.#call("enable_cb", () => this.driver.enableCb()) === true;
  }

  enableCbDelayed(): boolean {
    return this.#call("enable_cb_delayed", () => this.driver.enableCbDelayed()) === true;
  }

  enableCbPrepare(): void {
    this.#call("enable_cb_prepare", () => {
      this.opaque = this.driver.enableCbPrepare();
      return this.opaque;
    });
  }

  /** With what the last `enableCbPrepare` gave; nothing when there was none. */
  poll(): void {
    const { opaque } = this;
    if (opaque < 0) return;
    this.#driving("poll", () => ({ opaque, ret: this.driver.poll(opaque) }));
  }

  interrupt(): void {
    const spurious = !this.irqPending;
    this.irqPending = false;
    this.#driving("interrupt", () => {
      const ret = this.driver.interrupt();
      return { spurious, ret, callback: ret === "IRQ_HANDLED" && this.driver.options.callback };
    });
  }

  /** What the device fetched: an id, or a negative number as `Device.fetch` has it. */
  fetch(): number {
    const { layout } = this.#options;
    const { device } = this;
    let id = -1;
    this.#serving("fetch", () => {
      id = device.fetch();
      if (id === MALFORMED) this.malformed = device.error;
      if (id < 0) return fetchResult(device, id, layout, NO_TOKEN);
      const token = this.#available.shift() ?? NO_TOKEN;
      const { writableBytes, slotCount } = device.chain;
      this.held.push({ id, token, writable: writableBytes, slots: slotCount });
      return fetchResult(device, id, layout, token);
    });
    return id;
  }

  /**
   * The device marks buffers used: those at these places of `held`, each time among what is left, with
   * these lengths.
   */
  complete(picks: readonly (readonly [at: number, len: number])[], mode: CompleteMode): void {
    const used: (UsedBuffer & { readonly token: number; readonly slots?: number })[] = [];
    for (const [at, len] of picks) {
      const [one] = this.held.splice(at, 1);
      if (one === undefined) break;
      const { id, token, slots } = one;
      used.push({ id, token, len, ...(this.#options.layout === "packed" ? { slots } : {}) });
    }
    this.#serving("complete", () => {
      this.device.complete(used, mode);
      return { mode, used };
    });
    this.newUsed += used.length;
  }

  /** The device decides whether to interrupt. */
  signal(): boolean {
    this.newUsed = 0;
    let sent = false;
    this.#serving("signal", () => {
      sent = this.device.signal();
      if (sent) this.irqPending = true;
      return signalResult(this.device, sent);
    });
    return sent;
  }

  setNotify(request: NotifyRequest): void {
    this.#serving("set_notify", () => {
      this.device.setNotify(request);
      const { mode } = request;
      if (mode === "event") return { mode, avail_event: request.availEvent };
      return mode === "desc" ? { mode, off: request.off, wrap: request.wrap } : { mode };
    });
  }

  /** An operation of the driver with a result and no arguments. */
  #call(op: string, run: () => boolean | number): boolean | number {
    let ret: boolean | number = false;
    this.#driving(op, () => {
      ret = run();
      return { ret };
    });
    return ret;
  }

  /** One with neither. */
  #plain(op: string, run: () => void): void {
    this.#driving(op, () => {
      run();
      return {};
    });
  }

  #driving(op: string, run: () => OperationFields): void {
    this.#steps.clear();
    const fields = run();
    this.operations++;
    const state = this.driver.state();
    this.onDriven(op, state);
    this.#writer?.operation("driver", op, fields, this.#steps, state);
  }

  #serving(op: string, run: () => OperationFields): void {
    this.#deviceSteps.clear();
    const fields = run();
    this.operations++;
    this.#writer?.operation("device", op, fields, this.#deviceSteps, this.device.state());
  }

  /** What the areas hold before the queue is created, where that is not zero, which it has to be. */
  #held(): Record<"desc" | "driver" | "device", string> | undefined {
    const bytes = [AREA.desc, AREA.driver, AREA.device].map((area) => this.memory.bytes(area));
    if (bytes.every((area) => area.every((byte) => byte === 0))) return undefined;
    const [desc = "", driver = "", device = ""] = bytes.map((area) =>
      Array.from(area, (byte) => byte.toString(16).padStart(2, "0")).join(""),
    );
    return { desc, driver, device };
  }

  #header(): RingLogHeader {
    const { options, name } = this.driver;
    const { layout, queueSize, indirect, inOrder, loads, header, notificationIndex } =
      this.#options;
    const { desc, driver, device } = AREA_BASES;
    const area = (base: number, at: number) => ({ base, len: this.memory.lengths[at] ?? 0 });
    return {
      kernel: "vringscope model",
      variant: name,
      layout,
      size: queueSize,
      event_idx: options.eventIdx ? 1 : 0,
      indirect: indirect ? 1 : 0,
      in_order: inOrder ? 1 : 0,
      seed: 0,
      ops: 0,
      callback: options.callback ? 1 : 0,
      dma_api: options.dmaApi ? 1 : 0,
      alloc_fail_pct: 0,
      resets: 0,
      warmup: 0,
      device_in_order: inOrder ? 1 : 0,
      loads: loads ? 1 : 0,
      fences: 1,
      recorder: "instrumented",
      align: RECORD_ALIGN,
      areas: {
        desc: area(desc, AREA.desc),
        driver: area(driver, AREA.driver),
        device: area(device, AREA.device),
        ind: area(TABLE_BASE, AREA.ind),
      },
      ...(notificationIndex === undefined
        ? {}
        : { notification_data: 1, index: notificationIndex }),
      ...header,
    };
  }
}
