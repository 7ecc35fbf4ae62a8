import { AREA, BARRIER } from "../../model/memory.ts";
import {
  DESC_BYTES,
  DESC_LEN,
  PACKED_DESC_FLAGS,
  PACKED_DESC_ID,
  VIRTQ_DESC_F_WRITE,
} from "../../virtio/descriptor.ts";
import {
  advancePosition,
  availBits,
  EVENT_FLAGS,
  EVENT_OFF_WRAP,
  OWNER_BITS,
  packedPosition,
  positionSlot,
  positionWrap,
  RING_EVENT_FLAGS_DESC,
  RING_EVENT_FLAGS_DISABLE,
  RING_EVENT_FLAGS_ENABLE,
  usedBits,
} from "../../virtio/packed.ts";
import { Chain, type TableLookup, walkPacked } from "../chain.ts";
import { packedWanted } from "../suppression.ts";
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

/** A correct device of a packed queue. How long a list was it remembers: the ring's copy does not last. */
export class PackedDevice implements Device {
  readonly options: DeviceOptions;
  readonly chain: Chain;
  readonly words: SignalWords = { newSlots: 0, flags: -1, offWrap: -1, usedEvent: -1 };
  fetchedAt = 0;
  error = "";
  readonly #port: Port;
  readonly #size: number;
  readonly #tableAt: TableLookup;
  /** By buffer id, which nothing bounds but its 16 bits; grown to what is seen. */
  #slots: Int32Array;
  /** Which of all fetched buffers it was, counted from 0 modulo 2^31; -1 not in flight. */
  #fetched: Int32Array;
  #fetchCount = 0;
  #usedCount = 0;
  /** Positions, of which state() tells slot and wrap counter. */
  #nextAvail = 0;
  #nextUsed = 0;
  /** Slots used since the last decision to interrupt. */
  #newSlots = 0;
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
    this.#slots = new Int32Array(this.#size);
    this.#fetched = new Int32Array(this.#size);
    this.#tableAt = arenaLookup(port.memory, this.options.tableBase);
    this.create();
  }

  create(): void {
    this.#fetched.fill(NEVER);
    this.#fetchCount = 0;
    this.#usedCount = 0;
    this.#nextAvail = 0;
    this.#nextUsed = 0;
    this.#newSlots = 0;
    this.#signalled = false;
    this.#inFlight = 0;
    this.#stopped = false;
    this.#mayOwe = false;
  }

  fetch(): number {
    if (this.#stopped) return NOTHING_AVAILABLE;
    const port = this.#port;
    const size = this.#size;
    this.error = "";
    const slot = positionSlot(this.#nextAvail, size);
    const flags = port.get16(AREA.desc, slot * DESC_BYTES + PACKED_DESC_FLAGS);
    if ((flags & OWNER_BITS) !== availBits(positionWrap(this.#nextAvail, size))) {
      return NOTHING_AVAILABLE;
    }
    port.barrier(BARRIER.rmb);
    const { chain } = this;
    walkPacked(port, this.#nextAvail, chain, this.#tableAt, flags);
    if (chain.ending !== "complete") return this.#malformed(chain.ending);
    const id = chain.bufferId;
    if (id >= this.#fetched.length) this.#grow(id);
    if (this.#fetched[id] !== NEVER) return this.#malformed(`id ${id} is in flight already`);
    this.fetchedAt = slot;
    this.#fetched[id] = this.#fetchCount;
    this.#slots[id] = chain.slotCount;
    this.#fetchCount = (this.#fetchCount + 1) & 0x7fffffff;
    this.#nextAvail = advancePosition(this.#nextAvail, chain.slotCount, size);
    this.#inFlight++;
    return id;
  }

  #malformed(error: string): number {
    this.error = error;
    return MALFORMED;
  }

  #grow(id: number): void {
    const slots = new Int32Array(id + 1);
    slots.set(this.#slots);
    this.#slots = slots;
    const fetched = new Int32Array(id + 1).fill(NEVER);
    fetched.set(this.#fetched);
    this.#fetched = fetched;
  }

  complete(used: readonly UsedBuffer[], mode: CompleteMode): void {
    if (this.#stopped || used.length === 0) return;
    for (let i = 0; i < used.length; i++) this.#take((used[i] as UsedBuffer).id, mode);
    if (mode === "in-order") this.#completeInOrder(used);
    else if (mode === "batch") this.#completeBatch(used);
    else {
      for (let i = 0; i < used.length; i++) {
        const one = used[i] as UsedBuffer;
        this.#writeIdLen(this.#nextUsed, one.id, one.len);
        this.#port.barrier(BARRIER.wmb);
        this.#writeFlags(this.#nextUsed, one.len);
        this.#advance(this.#slots[one.id] as number);
      }
    }
  }

  #take(id: number, mode: CompleteMode): void {
    const fetched = this.#fetched[id] ?? NEVER;
    if (fetched === NEVER) throw notInFlight(id);
    if (mode === "in-order" && fetched !== this.#usedCount) throw notInOrder(id);
    this.#fetched[id] = NEVER;
    this.#usedCount = (this.#usedCount + 1) & 0x7fffffff;
    this.#inFlight--;
  }

  /** One descriptor stands for all of them, at the first one's slot with the last one's id (2.8.8). */
  #completeInOrder(used: readonly UsedBuffer[]): void {
    const { id, len } = used[used.length - 1] as UsedBuffer;
    this.#writeIdLen(this.#nextUsed, id, len);
    this.#port.barrier(BARRIER.wmb);
    this.#writeFlags(this.#nextUsed, len);
    for (const one of used) this.#advance(this.#slots[one.id] as number);
  }

  /** The first one's flags last, the others before it from the end: the driver sees all or none. */
  #completeBatch(used: readonly UsedBuffer[]): void {
    const port = this.#port;
    const first = this.#nextUsed;
    const positions: number[] = [];
    for (const { id, len } of used) {
      this.#writeIdLen(this.#nextUsed, id, len);
      positions.push(this.#nextUsed);
      this.#advance(this.#slots[id] as number);
    }
    port.barrier(BARRIER.wmb);
    for (let i = used.length - 1; i > 0; i--) {
      this.#writeFlags(positions[i] as number, (used[i] as UsedBuffer).len);
    }
    if (used.length > 1) port.barrier(BARRIER.wmb);
    this.#writeFlags(first, (used[0] as UsedBuffer).len);
  }

  #writeIdLen(position: number, id: number, len: number): void {
    const at = positionSlot(position, this.#size) * DESC_BYTES;
    this.#port.set16(AREA.desc, at + PACKED_DESC_ID, id);
    this.#port.set32(AREA.desc, at + DESC_LEN, len);
  }

  #writeFlags(position: number, len: number): void {
    const at = positionSlot(position, this.#size) * DESC_BYTES;
    const bits = usedBits(positionWrap(position, this.#size));
    this.#port.set16(AREA.desc, at + PACKED_DESC_FLAGS, len > 0 ? bits | VIRTQ_DESC_F_WRITE : bits);
  }

  #advance(slots: number): void {
    this.#nextUsed = advancePosition(this.#nextUsed, slots, this.#size);
    this.#newSlots += slots;
  }

  signal(): boolean {
    const port = this.#port;
    const { words } = this;
    const slots = this.#newSlots;
    const first = !this.#signalled;
    const mayOwe = this.#mayOwe;
    this.#mayOwe = false;
    this.#newSlots = 0;
    this.#signalled = true;
    words.newSlots = slots;
    words.offWrap = -1;
    port.barrier(BARRIER.mb);
    words.flags = port.get16(AREA.driver, EVENT_FLAGS);
    if (words.flags !== RING_EVENT_FLAGS_DESC) {
      return (slots > 0 || mayOwe) && words.flags !== RING_EVENT_FLAGS_DISABLE;
    }
    port.barrier(BARRIER.rmb);
    words.offWrap = port.get16(AREA.driver, EVENT_OFF_WRAP);
    if (mayOwe || (this.options.cautious && (first || slots >= this.#size))) return true;
    const { wanted } = packedWanted({
      flags: words.flags,
      offWrap: words.offWrap,
      position: this.#nextUsed,
      slots,
      queueSize: this.#size,
      eventIdx: this.options.eventIdx,
    });
    // Where the words do not say, an interrupt too many does no harm.
    return wanted ?? slots > 0;
  }

  setNotify(request: NotifyRequest): void {
    const port = this.#port;
    if (request.mode === "event" || (request.mode === "desc" && !this.options.eventIdx)) {
      throw notNegotiated(request.mode);
    }
    if (request.mode === "desc") {
      port.set16(AREA.device, EVENT_OFF_WRAP, request.off | (request.wrap << 15));
      port.barrier(BARRIER.wmb);
      port.set16(AREA.device, EVENT_FLAGS, RING_EVENT_FLAGS_DESC);
    } else {
      const enable = request.mode === "enable";
      port.set16(
        AREA.device,
        EVENT_FLAGS,
        enable ? RING_EVENT_FLAGS_ENABLE : RING_EVENT_FLAGS_DISABLE,
      );
    }
    port.barrier(BARRIER.mb);
  }

  stop(): void {
    this.#stopped = true;
    this.#fetched.fill(NEVER);
    this.#inFlight = 0;
  }

  state(): DeviceState {
    const size = this.#size;
    return {
      avail_idx: positionSlot(this.#nextAvail, size),
      avail_wrap: positionWrap(this.#nextAvail, size),
      used_idx: positionSlot(this.#nextUsed, size),
      used_wrap: positionWrap(this.#nextUsed, size),
      inflight: this.#inFlight,
    };
  }

  restore(state: DeviceState): void {
    this.create();
    const size = this.#size;
    this.#nextAvail = packedPosition(state.avail_idx, state.avail_wrap ?? 1, size);
    this.#nextUsed = packedPosition(state.used_idx, state.used_wrap ?? 1, size);
  }
  takeOver(state: DeviceState): void {
    this.restore(state);
    this.#mayOwe = true;
  }
}
