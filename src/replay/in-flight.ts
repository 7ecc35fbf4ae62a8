import type { Place } from "../model/finding.ts";

/** A buffer that the device may use: as it was when it was made available. */
export interface InFlightBuffer {
  /** Ring descriptors that it takes. */
  readonly slots: number;
  /** Bytes that the device may write; may pass 2^32. */
  readonly writableBytes: number;
  readonly place: Place;
  /** The driver's own name for it; NaN where the source does not tell. */
  readonly token: number;
  /** The operation that made it available. */
  readonly operation: number;
  /** Packed: position of its first slot. Split: index of its entry. */
  readonly at: number;
  /** Which of all buffers of the queue it is, in the order of exposure. */
  readonly ordinal: number;
  /** The device said that it took it. */
  fetched: boolean;
}

/**
 * Buffers made available and not used yet, by buffer id (packed) or head (split). Packed ids need not
 * be below N, though Linux and QEMU assume it; those that are, find their place by index.
 */
export class InFlight {
  readonly #byIndex: (InFlightBuffer | undefined)[];
  readonly #beyond = new Map<number, InFlightBuffer>();
  /** Ids in the order of exposure; only kept for devices that use them in that order. */
  readonly #order: number[] | undefined;
  /** Ids whose last use was told by another buffer's used element, with IN_ORDER. */
  readonly #implied = new Set<number>();
  count = 0;
  /** Ring descriptors that they take together. */
  slots = 0;

  constructor(queueSize: number, inOrder: boolean) {
    this.#byIndex = new Array(queueSize).fill(undefined);
    this.#order = inOrder ? [] : undefined;
  }

  get(id: number): InFlightBuffer | undefined {
    return id < this.#byIndex.length ? this.#byIndex[id] : this.#beyond.get(id);
  }

  /** One of the same id is replaced: it can no longer be told from the new one. */
  add(id: number, buffer: InFlightBuffer): void {
    const before = this.get(id);
    if (before === undefined) {
      this.count++;
      this.#order?.push(id);
    } else {
      this.slots -= before.slots;
    }
    this.slots += buffer.slots;
    if (id < this.#byIndex.length) this.#byIndex[id] = buffer;
    else this.#beyond.set(id, buffer);
  }

  take(id: number): InFlightBuffer | undefined {
    const buffer = this.get(id);
    if (buffer === undefined) return undefined;
    this.count--;
    this.slots -= buffer.slots;
    if (id < this.#byIndex.length) this.#byIndex[id] = undefined;
    else this.#beyond.delete(id);
    return buffer;
  }

  /**
   * With IN_ORDER a used element may stand for a batch, whose last buffer it names (virtio 1.3, 2.7.9
   * and 2.8.8): the ids of the whole batch, oldest first. Empty when the id is not in flight, or the order is not kept.
   */
  batchUpTo(id: number): readonly number[] {
    const at = this.#order?.indexOf(id) ?? -1;
    if (at < 0) return [];
    const batch = this.#order?.splice(0, at + 1) ?? [];
    for (const one of batch) this.#implied.add(one);
    this.#implied.delete(id);
    return batch;
  }

  /** With IN_ORDER: the buffer that last had this id was used as part of a batch that another id named. */
  wasImplied(id: number): boolean {
    return this.#implied.has(id);
  }

  /** A buffer made available before `ordinal`, from `since` on, that the device has not taken. */
  waitingBetween(since: number, ordinal: number): InFlightBuffer | undefined {
    const isWaiting = (one: InFlightBuffer | undefined): boolean =>
      one !== undefined && !one.fetched && one.ordinal >= since && one.ordinal < ordinal;
    return this.#byIndex.find(isWaiting) ?? [...this.#beyond.values()].find(isWaiting);
  }

  clear(): void {
    this.#byIndex.fill(undefined);
    this.#beyond.clear();
    this.#implied.clear();
    if (this.#order !== undefined) this.#order.length = 0;
    this.count = 0;
    this.slots = 0;
  }
}
