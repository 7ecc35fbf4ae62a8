import { AREA, BARRIER } from "../../model/memory.ts";
import {
  AVAIL_F_NO_INTERRUPT,
  availEntry,
  availEventOffset,
  RING_FLAGS,
  RING_IDX,
  USED_F_NO_NOTIFY,
  usedElem,
  usedEventOffset,
} from "../../virtio/split.ts";
import { u16 } from "../../virtio/u16.ts";
import { Chain, type TableLookup, walkSplit } from "../chain.ts";
import { splitEventWanted } from "../suppression.ts";
import {
  type CompleteMode,
  type Device,
  type DeviceOptions,
  type DeviceState,
  deviceDefaults,
  MALFORMED,
  NOTHING_AVAILABLE,
  type NotifyRequest,
  notInFlight,
  notInOrder,
  notNegotiated,
  type SignalWords,
  type UsedBuffer,
} from "./device.ts";
import type { Port } from "./port.ts";
import { arenaLookup } from "./tables.ts";

const NEVER = -1;

/** A correct device of a split queue; a buffer's id is the head of its chain. */
export class SplitDevice implements Device {
  readonly options: DeviceOptions;
  readonly chain: Chain;
  readonly words: SignalWords = { newSlots: 0, flags: -1, offWrap: -1, usedEvent: -1 };
  fetchedAt = 0;
  error = "";
  readonly #port: Port;
  readonly #size: number;
  readonly #tableAt: TableLookup;
  /** By head: which of all fetched buffers it was, counted from 0 modulo 2^31; -1 not in flight. */
  readonly #fetched: Int32Array;
  #fetchCount = 0;
  #usedCount = 0;
  #availIdx = 0;
  #usedIdx = 0;
  /** used.idx at the last decision to interrupt. */
  #signalledIdx = 0;
  #newBuffers = 0;
  #signalled = false;
  #inFlight = 0;
  #stopped = false;
  /** The first decision after a hand-over is to interrupt. */
  #mayOwe = false;

  constructor(port: Port, options: Partial<DeviceOptions> = {}) {
    this.options = { ...deviceDefaults, ...options };
    this.#port = port;
    this.#size = port.queueSize;
    this.chain = new Chain(this.#size);
    this.#fetched = new Int32Array(this.#size);
    this.#tableAt = arenaLookup(port.memory, this.options.tableBase);
    this.create();
  }

  create(): void {
    this.#fetched.fill(NEVER);
    this.#fetchCount = 0;
    this.#usedCount = 0;
    this.#availIdx = 0;
    this.#usedIdx = 0;
    this.#signalledIdx = 0;
    this.#newBuffers = 0;
    this.#signalled = false;
    this.#inFlight = 0;
    this.#stopped = false;
    this.#mayOwe = false;
  }

  fetch(): number {
    if (this.#stopped) return NOTHING_AVAILABLE;
    const port = this.#port;
    this.error = "";
    if (port.get16(AREA.driver, RING_IDX) === this.#availIdx) return NOTHING_AVAILABLE;
    port.barrier(BARRIER.rmb);
    const head = port.get16(AREA.driver, availEntry(this.#availIdx % this.#size));
    if (head >= this.#size) return this.#malformed(`head ${head} is outside the table`);
    if (this.#fetched[head] !== NEVER) return this.#malformed(`head ${head} is in flight already`);
    walkSplit(port, head, this.chain, this.#tableAt);
    if (this.chain.ending !== "complete") return this.#malformed(this.chain.ending);
    this.fetchedAt = this.#availIdx;
    this.#fetched[head] = this.#fetchCount;
    this.#fetchCount = (this.#fetchCount + 1) & 0x7fffffff;
    this.#availIdx = u16(this.#availIdx + 1);
    this.#inFlight++;
    return head;
  }

  #malformed(error: string): number {
    this.error = error;
    return MALFORMED;
  }

  complete(used: readonly UsedBuffer[], mode: CompleteMode): void {
    const port = this.#port;
    if (this.#stopped || used.length === 0) return;
    for (let i = 0; i < used.length; i++) this.#take((used[i] as UsedBuffer).id, mode);
    if (mode === "in-order") {
      this.#writeElem(this.#usedIdx, used[used.length - 1] as UsedBuffer);
      port.barrier(BARRIER.wmb);
      this.#publish(used.length);
      return;
    }
    if (mode === "batch") {
      for (let i = 0; i < used.length; i++) {
        this.#writeElem(this.#usedIdx + i, used[i] as UsedBuffer);
      }
      port.barrier(BARRIER.wmb);
      this.#publish(used.length);
      return;
    }
    for (let i = 0; i < used.length; i++) {
      this.#writeElem(this.#usedIdx, used[i] as UsedBuffer);
      port.barrier(BARRIER.wmb);
      this.#publish(1);
    }
  }

  #take(id: number, mode: CompleteMode): void {
    const fetched = id >= 0 && id < this.#size ? (this.#fetched[id] as number) : NEVER;
    if (fetched === NEVER) throw notInFlight(id);
    if (mode === "in-order" && fetched !== this.#usedCount) throw notInOrder(id);
    this.#fetched[id] = NEVER;
    this.#usedCount = (this.#usedCount + 1) & 0x7fffffff;
    this.#inFlight--;
  }

  #writeElem(idx: number, { id, len }: UsedBuffer): void {
    const elem = usedElem(u16(idx) % this.#size);
    this.#port.set32(AREA.device, elem, id);
    this.#port.set32(AREA.device, elem + 4, len);
  }

  #publish(buffers: number): void {
    this.#usedIdx = u16(this.#usedIdx + buffers);
    this.#newBuffers += buffers;
    this.#port.set16(AREA.device, RING_IDX, this.#usedIdx);
  }

  signal(): boolean {
    const port = this.#port;
    const { words } = this;
    words.newSlots = this.#newBuffers;
    const old = this.#signalledIdx;
    const first = !this.#signalled;
    const mayOwe = this.#mayOwe;
    this.#mayOwe = false;
    this.#signalledIdx = this.#usedIdx;
    this.#newBuffers = 0;
    this.#signalled = true;
    port.barrier(BARRIER.mb);
    if (!this.options.eventIdx) {
      words.flags = port.get16(AREA.driver, RING_FLAGS);
      return (words.newSlots > 0 || mayOwe) && (words.flags & AVAIL_F_NO_INTERRUPT) === 0;
    }
    words.usedEvent = port.get16(AREA.driver, usedEventOffset(this.#size));
    if (mayOwe || (this.options.cautious && first)) return true;
    // 2^16 buffers or more without a decision have passed every event there is.
    if (words.newSlots > 0xffff) return true;
    return splitEventWanted(words.usedEvent, old, this.#usedIdx);
  }

  setNotify(request: NotifyRequest): void {
    const port = this.#port;
    // With EVENT_IDX the flags stay 0 and are heeded by no one (virtio 1.3, 2.7.10).
    if (request.mode === "desc" || this.options.eventIdx !== (request.mode === "event")) {
      throw notNegotiated(request.mode);
    }
    if (request.mode === "event") {
      port.set16(AREA.device, availEventOffset(this.#size), request.availEvent);
    } else {
      port.set16(AREA.device, RING_FLAGS, request.mode === "enable" ? 0 : USED_F_NO_NOTIFY);
    }
    port.barrier(BARRIER.mb);
  }

  stop(): void {
    this.#stopped = true;
    this.#fetched.fill(NEVER);
    this.#inFlight = 0;
  }

  state(): DeviceState {
    return { avail_idx: this.#availIdx, used_idx: this.#usedIdx, inflight: this.#inFlight };
  }

  restore(state: DeviceState): void {
    this.create();
    this.#availIdx = state.avail_idx;
    this.#usedIdx = state.used_idx;
    this.#signalledIdx = state.used_idx;
  }

  takeOver(state: DeviceState): void {
    this.restore(state);
    this.#mayOwe = true;
  }
}
