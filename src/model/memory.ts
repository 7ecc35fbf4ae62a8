/**
 * What an instrumented party did to ring memory, in program order: the memory group of evidence
 * (stores, loads, barriers, notifications, tables). Columns, so that millions cost no objects.
 */

/** Where: the three areas of a queue (virtio 1.3, 2.7 and 2.8), the arena of indirect tables, elsewhere. */
export const AREAS = ["desc", "driver", "device", "ind", "pad"] as const;
export type AreaName = (typeof AREAS)[number];
export const AREA = { desc: 0, driver: 1, device: 2, ind: 3, pad: 4 } as const;

/** What was done. A barrier's sort stands in `area`; a table's length in `low`. */
export const MEMORY_OPS = [
  "store",
  "load",
  "barrier",
  "notify",
  "alloc",
  "free",
  "allocFailed",
] as const;
export const MEMORY_OP = {
  store: 0,
  load: 1,
  barrier: 2,
  notify: 3,
  alloc: 4,
  free: 5,
  allocFailed: 6,
} as const;

/** Barriers, by what they order: everything, loads, stores. */
export const BARRIERS = ["mb", "rmb", "wmb"] as const;
export type BarrierName = (typeof BARRIERS)[number];
export const BARRIER = { mb: 0, rmb: 1, wmb: 2 } as const;

/** Steps in program order. A value of 8 bytes is `low` and `high`; of fewer, `low` alone. */
export class MemoryLog {
  length = 0;
  op: Uint8Array;
  area: Uint8Array;
  /** Bytes stored or loaded: 1 to 8. */
  width: Uint8Array;
  offset: Uint32Array;
  low: Uint32Array;
  high: Uint32Array;

  constructor(capacity = 1024) {
    this.op = new Uint8Array(capacity);
    this.area = new Uint8Array(capacity);
    this.width = new Uint8Array(capacity);
    this.offset = new Uint32Array(capacity);
    this.low = new Uint32Array(capacity);
    this.high = new Uint32Array(capacity);
  }

  push(op: number, area: number, offset: number, width: number, low: number, high: number): void {
    const at = this.length;
    if (at === this.op.length) this.#grow();
    this.op[at] = op;
    this.area[at] = area;
    this.offset[at] = offset;
    this.width[at] = width;
    this.low[at] = low;
    this.high[at] = high;
    this.length = at + 1;
  }

  clear(): void {
    this.length = 0;
  }

  #grow(): void {
    const capacity = 2 * this.op.length;
    const grown = new MemoryLog(capacity);
    grown.op.set(this.op);
    grown.area.set(this.area);
    grown.width.set(this.width);
    grown.offset.set(this.offset);
    grown.low.set(this.low);
    grown.high.set(this.high);
    this.op = grown.op;
    this.area = grown.area;
    this.width = grown.width;
    this.offset = grown.offset;
    this.low = grown.low;
    this.high = grown.high;
  }
}
