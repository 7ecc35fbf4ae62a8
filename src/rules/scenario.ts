import type { RingEvent } from "../model/event.ts";
import { packedWanted, splitEventWanted } from "../replay/suppression.ts";
import {
  advancePosition,
  packedPosition,
  positionSlot,
  positionWord,
  positionWrap,
  RING_EVENT_FLAGS_DESC,
} from "../virtio/packed.ts";

import { DeviceStory, type Teller } from "./device-story.ts";
import { type RingOptions, RingStory } from "./ring-story.ts";

/**
 * Tells the history of a queue as the events that probes on a correct driver would show; options
 * make the one mistake that an example is about. For rule examples and tests.
 */
export class StoryTeller {
  #queues = 0;

  packed(options: { readonly size: number; readonly deviceFlags?: number }): PackedStory {
    return new PackedStory(-0x1000 * ++this.#queues, options.size, options.deviceFlags);
  }

  /** A ring whose stores are told. */
  ring(options: RingOptions): RingStory {
    return new RingStory(0x1000_0000 + 0x100_0000 * ++this.#queues, options);
  }

  /** A device, by its own log or by an operation log of its driver. */
  device(told: Teller = "device"): DeviceStory {
    return new DeviceStory(0x5000_0000 + 0x100_0000 * ++this.#queues, told);
  }

  split(options: { readonly size: number; readonly availEvent?: number }): SplitStory {
    return new SplitStory(-0x1000 * ++this.#queues, options.size, options.availEvent);
  }
}

type Fields = Omit<RingEvent, "kind" | "phase">;

class QueueStory {
  readonly events: RingEvent[] = [];
  readonly queue: number;
  protected token = 0x1000;
  #late = 0;

  constructor(queue: number, created: Fields) {
    this.queue = queue;
    this.events.push({
      kind: "create",
      phase: "end",
      queue,
      name: "story.0",
      index: 0,
      ...created,
    });
  }

  /** The tracer admits a loss. */
  lost(): void {
    this.events.push({ kind: "lost", phase: "begin", lostCount: 1 });
  }

  /** Time passes, in nanoseconds. */
  wait(duration: number): void {
    this.#late += duration;
  }

  /** The device interrupts. */
  interrupt(): void {
    this.call("interrupt", {});
  }

  /** What happens here is not in the trace. */
  unseen(happens: () => void): void {
    const { length } = this.events;
    happens();
    this.events.length = length;
  }

  protected call(kind: RingEvent["kind"], begin: Fields, end?: Fields): void {
    const { queue } = this;
    this.#push({ kind, phase: "begin", queue, ...begin });
    if (end !== undefined) this.#push({ kind, phase: "end", ...end });
  }

  #push(event: RingEvent): void {
    this.events.push({ ...event, time: this.events.length * 1000 + this.#late });
  }
}

/** A packed queue, its driver and its device. */
export class PackedStory extends QueueStory {
  readonly size: number;
  /** The driver's private state and the two event words; an example may spoil any of it. */
  readonly state;
  readonly #inFlight: { readonly token: number; readonly slots: number }[] = [];
  readonly #used: { readonly token: number; readonly slots: number }[] = [];

  constructor(queue: number, size: number, deviceFlags = RING_EVENT_FLAGS_DESC) {
    super(queue, { queueSize: size, packed: 1, eventIdx: 1, indirect: 0 });
    this.size = size;
    this.state = {
      avail: 0,
      used: 0,
      numFree: size,
      numAdded: 0,
      driverOffWrap: 0,
      driverFlags: 0,
      deviceOffWrap: positionWord(0, size),
      deviceFlags,
    };
  }

  /** Makes a buffer of `slots` descriptors available; `flip: false` forgets the wrap counter. */
  add(options: { readonly slots: number; readonly flip?: boolean; readonly token?: number }): void {
    const { state, size } = this;
    const token = options.token ?? this.token++;
    this.call("add", { ...this.#private(), token }, { result: 0 });
    state.avail = this.#moved(state.avail, options.slots, options.flip ?? true);
    state.numFree -= options.slots;
    state.numAdded += options.slots;
    this.#inFlight.push({ token, slots: Math.min(options.slots, size) });
  }

  /** Decides whether to notify; `needsKick` overrides what the device's words say. */
  kick(
    options: {
      readonly needsKick?: 0 | 1;
      readonly keepNumAdded?: boolean;
      readonly caller?: string;
    } = {},
  ): void {
    const { state, size } = this;
    const { wanted } = packedWanted({
      flags: state.deviceFlags,
      offWrap: state.deviceOffWrap,
      position: state.avail,
      slots: state.numAdded,
      queueSize: size,
      eventIdx: true,
    });
    const needsKick = options.needsKick ?? (wanted ? 1 : 0);
    this.call(
      "kickPrepare",
      { ...this.#private(), ...this.#words() },
      { needsKick, ...(options.caller === undefined ? {} : { caller: options.caller }) },
    );
    if (options.keepNumAdded !== true) state.numAdded = 0;
  }

  /** The driver notifies the device, and the notification carries a value. */
  notify(options: { readonly data: number }): void {
    this.call("notify", { ...this.#private(), notifyData: options.data });
  }

  /** The device uses everything in flight, in order, and asks for what comes next. */
  use(): void {
    this.#used.push(...this.#inFlight.splice(0));
    this.state.deviceOffWrap = positionWord(this.state.avail, this.size);
  }

  /** The driver takes one used buffer back; `flip: false` forgets the wrap counter. */
  get(options: { readonly flip?: boolean; readonly token?: number } = {}): void {
    const { state } = this;
    const buffer = this.#used.shift();
    this.call(
      "getBuf",
      { lastUsed: positionWord(state.used, this.size) },
      { token: options.token ?? buffer?.token ?? 0 },
    );
    if (buffer === undefined) return;
    state.used = this.#moved(state.used, buffer.slots, options.flip ?? true);
    state.numFree += buffer.slots;
  }

  /** One buffer from add to get; with `notify`, as a caller that notifies by itself does it. */
  serve(options: { readonly slots: number; readonly notify?: boolean }): void {
    this.add({ slots: options.slots });
    this.kick(options.notify === true ? { caller: "virtio_queue_rq" } : {});
    if (options.notify === true) this.call("notify", {});
    this.use();
    this.get();
  }

  /** Enables callbacks; `offWrap` and `flags` override what the driver writes. */
  enableCb(options: { readonly offWrap?: number; readonly flags?: number } = {}): void {
    const lastUsed = positionWord(this.state.used, this.size);
    this.call("enableCbPrepare", { lastUsed, ...this.#words() }, {});
    this.state.driverOffWrap = options.offWrap ?? lastUsed;
    this.state.driverFlags = options.flags ?? RING_EVENT_FLAGS_DESC;
  }

  /** An add is refused with -ENOSPC; the probe may know how many segments it had. */
  refuse(options: { readonly segments?: number }): void {
    this.call("add", { ...this.#private(), token: this.token, ...options }, { result: -28 });
  }

  /** The queue is torn down: everything in flight is detached, all but `leave` buffers. */
  detachUnused(options: { readonly leave?: number } = {}): void {
    const left = this.#inFlight.splice(0, this.#inFlight.length - (options.leave ?? 0));
    const begin = { lastUsed: positionWord(this.state.used, this.size) };
    for (const { token } of left) this.call("detachUnused", begin, { token });
    this.call("detachUnused", begin, { token: 0 });
  }

  #moved(position: number, slots: number, flip: boolean): number {
    const { size } = this;
    const next = advancePosition(position, slots, size);
    if (flip) return next;
    return packedPosition(positionSlot(next, size), positionWrap(position, size), size);
  }

  #private(): Fields {
    const { state, size } = this;
    return {
      nextAvail: positionSlot(state.avail, size),
      availWrap: positionWrap(state.avail, size),
      lastUsed: positionWord(state.used, size),
      numFree: state.numFree,
      numAdded: state.numAdded,
    };
  }

  #words(): Fields {
    const { driverOffWrap, driverFlags, deviceOffWrap, deviceFlags } = this.state;
    return { driverOffWrap, driverFlags, deviceOffWrap, deviceFlags };
  }
}

/** A split queue with VIRTIO_F_EVENT_IDX and its driver. */
export class SplitStory extends QueueStory {
  readonly state;
  readonly #inFlight: number[] = [];

  constructor(queue: number, size: number, availEvent = 0) {
    super(queue, { queueSize: size, packed: 0, eventIdx: 1, indirect: 0 });
    this.state = { availIdx: 0, lastUsed: 0, numFree: size, numAdded: 0, availEvent };
  }

  add(): void {
    const { state } = this;
    const { lastUsed, numFree, numAdded } = state;
    const token = this.token++;
    this.#inFlight.push(token);
    this.call("add", { lastUsed, numFree, numAdded, token }, { result: 0 });
    state.availIdx = (state.availIdx + 1) & 0xffff;
    state.numFree--;
    state.numAdded++;
  }

  /** The device has used the oldest buffer, and the driver takes it back. */
  get(): void {
    const { state } = this;
    const token = this.#inFlight.shift() ?? 0;
    this.call("getBuf", { lastUsed: state.lastUsed }, { token });
    state.lastUsed = (state.lastUsed + 1) & 0xffff;
    state.numFree++;
  }

  kick(options: { readonly needsKick?: 0 | 1; readonly keepNumAdded?: boolean } = {}): void {
    const { state } = this;
    const { availIdx, numAdded, availEvent } = state;
    const wanted = splitEventWanted(availEvent, (availIdx - numAdded) & 0xffff, availIdx);
    this.call("kickPrepare", { ...state }, { needsKick: options.needsKick ?? (wanted ? 1 : 0) });
    if (options.keepNumAdded !== true) state.numAdded = 0;
  }
}
