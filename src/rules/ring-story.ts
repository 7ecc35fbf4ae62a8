import type { Element, RingEvent, Step } from "../model/event.ts";
import type { AreaName, RingSetup } from "../model/memory.ts";
import {
  DESC_ADDR,
  DESC_BYTES,
  DESC_LEN,
  PACKED_DESC_FLAGS,
  PACKED_DESC_ID,
  SPLIT_DESC_FLAGS,
  SPLIT_DESC_NEXT,
  VIRTQ_DESC_F_INDIRECT,
  VIRTQ_DESC_F_NEXT,
  VIRTQ_DESC_F_WRITE,
} from "../virtio/descriptor.ts";
import {
  advancePosition,
  availBits,
  EVENT_FLAGS,
  EVENT_OFF_WRAP,
  positionSlot,
  positionWord,
  positionWrap,
  usedBits,
} from "../virtio/packed.ts";
import { availEntry, RING_IDX, usedElem, usedEventOffset } from "../virtio/split.ts";

/** Changes the steps of one operation: the mistake that an example is about. */
export type Spoil = (steps: Step[]) => Step[];

export interface RingOptions {
  readonly layout: "split" | "packed";
  readonly size: number;
  readonly eventIdx?: boolean;
  readonly barriersLogged?: boolean;
  readonly inOrder?: boolean;
  readonly legacy?: boolean;
  readonly indirect?: boolean;
  /** Split: the descriptors that came back last are used first, whatever was negotiated. */
  readonly reuseLast?: boolean;
  /** What memory held before the creation, and what the driver stored in it. */
  readonly held?: readonly Step[];
  /** Number of the queue, where notifications carry it. */
  readonly index?: number;
  readonly notificationData?: boolean;
  readonly notifyOnEmpty?: boolean;
  /** Addresses of the three areas. */
  readonly bases?: RingSetup["bases"];
}

const TABLES = 0x3000_0000_00;
const TABLE_STRIDE = 8192;

const same: Spoil = (steps) => steps;

/** One store, for stories that make them by hand. */
export const store = (area: AreaName, offset: number, width: 2 | 4 | 8, value: number): Step => ({
  op: "store",
  area,
  offset,
  width,
  value,
});

/** Changes the value of the last store to a place. */
export function changeStore(area: AreaName, offset: number, value: number): Spoil {
  return (steps) => {
    const at = steps.findLastIndex(
      (step) => step.op === "store" && step.area === area && step.offset === offset,
    );
    return steps.map((step, i) => (i === at && step.op === "store" ? { ...step, value } : step));
  };
}

/** A write barrier, likewise. */
export const wmbStep: Step = { op: "barrier", barrier: "wmb" };

interface Buffer {
  readonly id: number;
  readonly token: number;
  readonly slots: number;
  /** Split: its descriptors, to be freed with it. */
  readonly chain: readonly number[];
}

/**
 * Tells the history of one ring as operations with their stores, as a correct driver and device make
 * them; `spoil` changes the stores of one operation. For rule examples and tests.
 */
export class RingStory {
  readonly events: RingEvent[] = [];
  readonly setup: RingSetup;
  /** Positions (packed) or idx (split) of the next exposure and the next use. */
  avail = 0;
  used = 0;
  /** Split: what the driver counts as free before its next call; undefined where it is not told. */
  numFree: number | undefined;
  readonly #queue: number;
  readonly #reuseLast: boolean;
  readonly #free: number[];
  readonly #inFlight: Buffer[] = [];
  /** Tokens of buffers that are used and not taken back. */
  readonly #usedTokens: number[] = [];
  #token = 0x1000;
  #buffers = 0;

  constructor(queue: number, options: RingOptions) {
    const { layout, size } = options;
    this.#queue = queue;
    this.setup = {
      layout,
      queueSize: size,
      eventIdx: options.eventIdx ?? true,
      indirect: options.indirect ?? true,
      inOrder: options.inOrder ?? false,
      legacy: options.legacy ?? false,
      addressesMapped: false,
      barriersLogged: options.barriersLogged ?? true,
      ...(options.index === undefined ? {} : { index: options.index }),
      notificationData: options.notificationData ?? false,
      notifyOnEmpty: options.notifyOnEmpty ?? false,
      bases: options.bases ?? [0x1000_0000, 0x1010_0000, 0x1020_0000],
      tables: { base: TABLES, bytes: 64 * TABLE_STRIDE },
    };
    this.#free = Array.from({ length: size }, (_, slot) => slot);
    this.#reuseLast = options.reuseLast ?? options.inOrder !== true;
    this.recreate(options.held);
  }

  /** The queue is set up, for the first time or after a reset; what the story's own sides hold they keep. */
  recreate(held: readonly Step[] = []): void {
    const { layout, queueSize, eventIdx, indirect } = this.setup;
    this.operation("create", held, {
      name: "story.0",
      queueSize,
      packed: layout === "packed" ? 1 : 0,
      eventIdx: eventIdx ? 1 : 0,
      indirect: indirect ? 1 : 0,
      setup: this.setup,
    });
  }

  /** Any operation, with its steps. */
  operation(
    kind: RingEvent["kind"],
    steps: readonly Step[],
    more: Partial<Omit<RingEvent, "kind" | "phase" | "steps">> = {},
  ): void {
    this.events.push({ kind, phase: "whole", queue: this.#queue, ...more, steps });
  }

  /** Makes a buffer available: device-readable elements, then device-writable ones, 64 bytes each. */
  add(
    options: {
      readonly readable?: number;
      readonly writable?: number;
      /** Lengths of the device-readable elements, where 64 is not meant. */
      readonly lengths?: readonly number[];
      readonly indirect?: boolean;
      /** Direct descriptors before the indirect one. */
      readonly before?: number;
      readonly spoil?: Spoil;
    } = {},
  ): void {
    const { writable = 0, lengths, indirect = false, before = 0, spoil = same } = options;
    const readable = lengths?.length ?? before + (options.readable ?? 1);
    const base = ++this.#buffers * 0x1_0000;
    const elements: Element[] = Array.from({ length: readable + writable }, (_, i) => ({
      addr: base + i * 0x1000,
      len: lengths?.[i] ?? 64,
      writable: i >= readable,
    }));
    const packed = this.setup.layout === "packed";
    const head = packed
      ? positionSlot(this.avail, this.setup.queueSize)
      : (this.#free[0] as number);
    const inTable = elements.slice(before);
    const table = indirect ? this.#table(inTable, head) : [];
    const descs: readonly (Element & { flags: number })[] = indirect
      ? [
          ...elements
            .slice(0, before)
            .map((element) => ({ ...element, flags: VIRTQ_DESC_F_NEXT as number })),
          {
            addr: TABLES + head * TABLE_STRIDE,
            len: DESC_BYTES * inTable.length,
            writable: false,
            flags: VIRTQ_DESC_F_INDIRECT,
          },
        ]
      : elements.map((element, i) => ({
          ...element,
          flags:
            (element.writable ? VIRTQ_DESC_F_WRITE : 0) |
            (i + 1 < elements.length ? VIRTQ_DESC_F_NEXT : 0),
        }));
    const chain = packed ? [] : this.#free.slice(0, descs.length);
    const steps = [...table, ...(packed ? this.#packedList(descs) : this.#splitChain(descs))];
    const counts = this.numFree === undefined ? {} : { numFree: this.numFree };
    const token = this.#token++;
    this.operation("add", spoil(steps), { token, result: 0, elements, ...counts });
    this.#inFlight.push({ id: head, token, slots: descs.length, chain });
  }

  #table(elements: readonly Element[], head: number): Step[] {
    const at = head * TABLE_STRIDE;
    const packed = this.setup.layout === "packed";
    const steps: Step[] = [{ op: "alloc", offset: at, bytes: DESC_BYTES * elements.length }];
    for (const [i, { addr, len, writable }] of elements.entries()) {
      const entry = at + i * DESC_BYTES;
      const next = !packed && i + 1 < elements.length ? VIRTQ_DESC_F_NEXT : 0;
      const flags = (writable ? VIRTQ_DESC_F_WRITE : 0) | next;
      steps.push(store("ind", entry + DESC_ADDR, 8, addr), store("ind", entry + DESC_LEN, 4, len));
      if (!packed) steps.push(store("ind", entry + SPLIT_DESC_NEXT, 2, i + 1));
      steps.push(store("ind", entry + (packed ? PACKED_DESC_FLAGS : SPLIT_DESC_FLAGS), 2, flags));
    }
    return steps;
  }

  #packedList(descs: readonly (Element & { flags: number })[]): Step[] {
    const { queueSize } = this.setup;
    const head = positionSlot(this.avail, queueSize);
    const steps: Step[] = [];
    let publish: Step = wmbStep;
    for (const [i, { addr, len, flags }] of descs.entries()) {
      const position = advancePosition(this.avail, i, queueSize);
      const at = positionSlot(position, queueSize) * DESC_BYTES;
      const bits = flags | availBits(positionWrap(position, queueSize));
      const storeFlags = store("desc", at + PACKED_DESC_FLAGS, 2, bits);
      if (i === 0) publish = storeFlags;
      else steps.push(storeFlags);
      steps.push(
        store("desc", at + DESC_ADDR, 8, addr),
        store("desc", at + DESC_LEN, 4, len),
        store("desc", at + PACKED_DESC_ID, 2, head),
      );
    }
    this.avail = advancePosition(this.avail, descs.length, queueSize);
    return [...steps, wmbStep, publish];
  }

  #splitChain(descs: readonly (Element & { flags: number })[]): Step[] {
    const { queueSize } = this.setup;
    const slots = this.#free.splice(0, descs.length);
    const steps: Step[] = [];
    for (const [i, { addr, len, flags }] of descs.entries()) {
      const at = (slots[i] as number) * DESC_BYTES;
      const next = slots[i + 1] ?? this.#free[0] ?? 0;
      steps.push(
        store("desc", at + SPLIT_DESC_FLAGS, 2, flags),
        store("desc", at + DESC_ADDR, 8, addr),
        store("desc", at + DESC_LEN, 4, len),
        store("desc", at + SPLIT_DESC_NEXT, 2, next),
      );
    }
    const entry = availEntry(this.avail % queueSize);
    this.avail = (this.avail + 1) & 0xffff;
    return [
      ...steps,
      store("driver", entry, 2, slots[0] as number),
      wmbStep,
      store("driver", RING_IDX, 2, this.avail),
    ];
  }

  /** The device marks the oldest buffer used. */
  use(options: { readonly len?: number; readonly spoil?: Spoil } = {}): void {
    const { len = 0, spoil = same } = options;
    const buffer = this.#inFlight.shift();
    if (buffer === undefined) return;
    this.#usedTokens.push(buffer.token);
    const { queueSize, layout } = this.setup;
    let steps: Step[];
    if (layout === "packed") {
      const at = positionSlot(this.used, queueSize) * DESC_BYTES;
      const written = len > 0 ? VIRTQ_DESC_F_WRITE : 0;
      const flags = usedBits(positionWrap(this.used, queueSize)) | written;
      steps = [
        store("desc", at + PACKED_DESC_ID, 2, buffer.id),
        store("desc", at + DESC_LEN, 4, len),
        wmbStep,
        store("desc", at + PACKED_DESC_FLAGS, 2, flags),
      ];
      this.used = advancePosition(this.used, buffer.slots, queueSize);
    } else {
      const at = usedElem(this.used % queueSize);
      this.used = (this.used + 1) & 0xffff;
      steps = [
        store("device", at, 4, buffer.id),
        store("device", at + 4, 4, len),
        wmbStep,
        store("device", RING_IDX, 2, this.used),
      ];
      if (this.#reuseLast) this.#free.unshift(...buffer.chain);
      else this.#free.push(...buffer.chain);
    }
    this.operation("deviceUse", spoil(steps));
  }

  /** The driver takes back the oldest used buffer; `token`: it returns another, or none (0). */
  get(options: { readonly token?: number; readonly lastUsed?: number } = {}): void {
    const { token = this.#usedTokens.shift() ?? 0, lastUsed } = options;
    this.operation("getBuf", [], { token, ...(lastUsed === undefined ? {} : { lastUsed }) });
  }

  /** The device looks for a buffer: takes that of an id, or finds nothing. */
  fetch(id?: number): void {
    this.operation("devicePop", [], id === undefined ? { result: 0 } : { result: 1, bufferId: id });
  }

  /** The driver takes back what is used, and enables callbacks by the plain form at its used position. */
  enable(options: { readonly ahead?: number; readonly spoil?: Spoil } = {}): void {
    const { ahead = 0, spoil = same } = options;
    const { queueSize, layout } = this.setup;
    while (this.#usedTokens.length > 0) this.get();
    if (layout === "split") {
      const event = (this.used + ahead) & 0xffff;
      const steps = [store("driver", usedEventOffset(queueSize), 2, event)];
      this.operation("enableCb", spoil(steps), { lastUsed: this.used, result: 1 });
      return;
    }
    const lastUsed = positionWord(this.used, queueSize);
    const word = positionWord(advancePosition(this.used, ahead, queueSize), queueSize);
    const steps = [
      store("driver", EVENT_OFF_WRAP, 2, word),
      wmbStep,
      store("driver", EVENT_FLAGS, 2, 2),
    ];
    this.operation("enableCb", spoil(steps), { lastUsed, result: 1 });
  }

  /** Packed: the driver says that it wants no interrupts. */
  disable(): void {
    this.operation("disableCb", [store("driver", EVENT_FLAGS, 2, 1)]);
  }

  /** The driver decides whether to notify. */
  kick(needsKick: 0 | 1): void {
    const counts = this.numFree === undefined ? {} : { numFree: this.numFree };
    this.operation("kickPrepare", [{ op: "barrier", barrier: "mb" }], { needsKick, ...counts });
  }

  /** The device decides whether to interrupt. */
  signal(sent: 0 | 1): void {
    this.operation("deviceSignal", [{ op: "barrier", barrier: "mb" }], { result: sent });
  }
}
