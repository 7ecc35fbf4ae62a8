import { AREA, MEMORY_OP, type MemoryLog } from "../../model/memory.ts";
import type { RingMemory } from "../ring-memory.ts";

/** One step of a party that others can see, or that orders what they see. */
export interface Step {
  /** `MEMORY_OP`. */
  readonly op: number;
  /** `AREA`; of a barrier, `BARRIER`. */
  readonly area: number;
  /** Bytes. */
  readonly offset: number;
  /** Bytes loaded or stored; 0 for the other steps. */
  readonly width: number;
}

/** Called before a step is taken, and may run the other party: that is how two interleave. */
export type StepHook = (step: Step) => void;

/** What a fresh table is filled with, so that an entry never written is seen. */
const FRESH = 0x6b;

/**
 * One party's way to ring memory. Each load, store, barrier and notification is a step: `before` runs,
 * then the step is logged, then it is taken. With neither set a step costs one test of a flag.
 */
export class Port {
  readonly memory: RingMemory;
  readonly queueSize: number;
  /** Takes a notification to the other side; false: it could not be given. */
  onNotify: () => boolean = () => true;
  #log: MemoryLog | undefined;
  #before: StepHook | undefined;
  #loads = false;
  #watched = false;

  constructor(memory: RingMemory) {
    this.memory = memory;
    this.queueSize = memory.queueSize;
  }

  /** `loads`: loads go to the log as well. What is left out is off. */
  watch(how: {
    readonly log?: MemoryLog | undefined;
    readonly loads?: boolean;
    readonly before?: StepHook | undefined;
  }): void {
    this.#log = how.log;
    this.#loads = how.loads ?? false;
    this.#before = how.before;
    this.#watched = how.log !== undefined || how.before !== undefined;
  }

  get16(area: number, offset: number): number {
    if (this.#watched) this.#loadStep(area, offset, 2);
    return this.memory.get16(area, offset);
  }

  get32(area: number, offset: number): number {
    if (this.#watched) this.#loadStep(area, offset, 4);
    return this.memory.get32(area, offset);
  }

  /** An address; exact below 2^53. */
  get64(area: number, offset: number): number {
    if (this.#watched) this.#loadStep(area, offset, 8);
    return this.memory.get64(area, offset);
  }

  set16(area: number, offset: number, value: number): void {
    if (this.#watched) this.#step(MEMORY_OP.store, area, offset, 2, value & 0xffff, 0);
    this.memory.set16(area, offset, value);
  }

  set32(area: number, offset: number, value: number): void {
    if (this.#watched) this.#step(MEMORY_OP.store, area, offset, 4, value >>> 0, 0);
    this.memory.set32(area, offset, value);
  }

  /** An address below 2^53. */
  set64(area: number, offset: number, value: number): void {
    const low = value >>> 0;
    const high = (value / 0x1_0000_0000) >>> 0;
    if (this.#watched) this.#step(MEMORY_OP.store, area, offset, 8, low, high);
    this.memory.set64(area, offset, low, high);
  }

  /** `kind`: `BARRIER`. The models run on one thread: it orders nothing here but says where it stands. */
  barrier(kind: number): void {
    if (this.#watched) this.#step(MEMORY_OP.barrier, kind, 0, 0, 0, 0);
  }

  notify(): boolean {
    if (this.#watched) this.#step(MEMORY_OP.notify, 0, 0, 0, 0, 0);
    return this.onNotify();
  }

  /** A table at `offset` of the arena was allocated; it holds nothing of use yet. */
  tableAllocated(offset: number, bytes: number): void {
    if (this.#watched) this.#step(MEMORY_OP.alloc, AREA.ind, offset, 0, bytes, 0);
    this.memory.fill(AREA.ind, offset, bytes, FRESH);
  }

  tableFreed(offset: number, bytes: number): void {
    if (this.#watched) this.#step(MEMORY_OP.free, AREA.ind, offset, 0, bytes, 0);
  }

  tableRefused(bytes: number): void {
    if (this.#watched) this.#step(MEMORY_OP.allocFailed, AREA.ind, 0, 0, bytes, 0);
  }

  #step(op: number, area: number, offset: number, width: number, low: number, high: number): void {
    if (this.#before !== undefined) this.#before({ op, area, offset, width });
    if (this.#log !== undefined) this.#log.push(op, area, offset, width, low, high);
  }

  /** The value that is logged is the one loaded next: nothing runs in between. */
  #loadStep(area: number, offset: number, width: number): void {
    if (this.#before !== undefined) this.#before({ op: MEMORY_OP.load, area, offset, width });
    if (this.#log === undefined || !this.#loads) return;
    const { memory } = this;
    const low = width === 2 ? memory.get16(area, offset) : memory.get32(area, offset);
    const high = width === 8 ? memory.get32(area, offset + 4) : 0;
    this.#log.push(MEMORY_OP.load, area, offset, width, low, high);
  }
}
