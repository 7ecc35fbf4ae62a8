/**
 * What an instrumented party did to ring memory, in program order: the memory group of evidence
 * (stores, loads, barriers, notifications, tables). Columns, so that millions cost no objects.
 */

/** Where: the three areas of a queue (virtio 1.3, 2.7 and 2.8), the arena of indirect tables, elsewhere. */
export const AREAS = ["desc", "driver", "device", "ind", "pad"] as const;
export type AreaName = (typeof AREAS)[number];
export const AREA = { desc: 0, driver: 1, device: 2, ind: 3, pad: 4 } as const;

/**
 * What was done. A barrier's sort stands in `area`; a table's length in `low`. Nobody did `held`: it is
 * what memory held before the operation.
 */
export const MEMORY_OPS = [
  "store",
  "load",
  "barrier",
  "notify",
  "alloc",
  "free",
  "allocFailed",
  "held",
] as const;
export const MEMORY_OP = {
  store: 0,
  load: 1,
  barrier: 2,
  notify: 3,
  alloc: 4,
  free: 5,
  allocFailed: 6,
  held: 7,
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

/** Elements of buffers, as their callers gave them. */
export class SegmentLog {
  length = 0;
  addr: Float64Array;
  len: Uint32Array;
  /** 1: the device writes it. */
  writable: Uint8Array;

  constructor(capacity = 256) {
    this.addr = new Float64Array(capacity);
    this.len = new Uint32Array(capacity);
    this.writable = new Uint8Array(capacity);
  }

  push(addr: number, len: number, writable: number): void {
    const at = this.length;
    if (at === this.len.length) this.#grow();
    this.addr[at] = addr;
    this.len[at] = len;
    this.writable[at] = writable;
    this.length = at + 1;
  }

  clear(): void {
    this.length = 0;
  }

  #grow(): void {
    const grown = new SegmentLog(2 * this.len.length);
    grown.addr.set(this.addr);
    grown.len.set(this.len);
    grown.writable.set(this.writable);
    this.addr = grown.addr;
    this.len = grown.len;
    this.writable = grown.writable;
  }
}

/** How a ring whose stores are logged is laid out; what the log's header says. */
export interface RingSetup {
  readonly layout: "split" | "packed";
  readonly queueSize: number;
  readonly eventIdx: boolean;
  readonly indirect: boolean;
  readonly inOrder: boolean;
  /** VIRTIO_F_VERSION_1 is known not to be negotiated. */
  readonly legacy: boolean;
  /** Addresses in descriptors are mapped for the device: not those that callers give. */
  readonly addressesMapped: boolean;
  /** The log has every barrier: one that is not there was not executed. */
  readonly barriersLogged: boolean;
  /** Number of the queue, as notifications carry it; absent: not known. */
  readonly index?: number;
  /** VIRTIO_F_NOTIFICATION_DATA was negotiated; absent: not known to be. */
  readonly notificationData?: boolean;
  /** Legacy VIRTIO_F_NOTIFY_ON_EMPTY was negotiated; absent: not known to be. */
  readonly notifyOnEmpty?: boolean;
  /** Guest-physical addresses of the three areas. */
  readonly bases: readonly [desc: number, driver: number, device: number];
  /** Type of the device (virtio 1.3, 5), where the log says it. */
  readonly deviceType?: number;
  /** Guest-physical address and bytes of the arena of indirect tables. */
  readonly tables: { readonly base: number; readonly bytes: number };
}

/** What the rows of a batch did to memory, and the elements that they name; by row. */
export class OperationLog {
  readonly memory = new MemoryLog();
  readonly segments = new SegmentLog();
  /** Of each row: where its steps and its elements end. They begin where those of the row before end. */
  readonly memoryEnd: Uint32Array;
  readonly segmentsEnd: Uint32Array;
  /** The ring that the rows work on. */
  setup: RingSetup | undefined;
  /** Behind the rows the log has its last line: nothing more happened to the ring. */
  finished = false;

  constructor(rows: number) {
    this.memoryEnd = new Uint32Array(rows);
    this.segmentsEnd = new Uint32Array(rows);
  }

  /** Row `row` is complete. */
  endRow(row: number): void {
    this.memoryEnd[row] = this.memory.length;
    this.segmentsEnd[row] = this.segments.length;
  }

  clear(): void {
    this.memory.clear();
    this.segments.clear();
    this.finished = false;
  }
}
