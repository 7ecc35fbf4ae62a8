import { EventBatch } from "../model/batch.ts";
import { FIELD, LAYOUT_PACKED, LAYOUT_UNKNOWN, type Layout } from "../model/event.ts";
import type { FeatureName } from "../virtio/features.ts";
import { isCount, isQueueSize } from "./sample.ts";

/** What tells a queue from all others, before anything is known of it. */
export interface QueueNumbers {
  /** Place among the queues of its replay, from 0. */
  readonly number: number;
  readonly pointer: number;
  /** Text of the pointer, for the id. */
  readonly pointerText: string;
  readonly idSuffix: string;
  readonly generation: number;
}

/** Which queue it is, and what any of its events may say of the queue itself, call or no call. */
export class QueueIdentity {
  readonly number: number;
  readonly pointer: number;
  readonly generation: number;
  readonly pointerText: string;
  readonly idSuffix: string;
  name: string | undefined;
  index: number | undefined;
  layout: Layout | undefined;
  size: number | undefined;
  eventIdx: boolean | undefined;
  indirect: boolean | undefined;
  #knowsAll = false;
  #nameId = -1;

  constructor(options: QueueNumbers) {
    this.number = options.number;
    this.pointer = options.pointer;
    this.pointerText = options.pointerText;
    this.idSuffix = options.idSuffix;
    this.generation = options.generation;
  }

  get id(): string {
    return `${this.name ?? "?"}@${this.pointerText}#${this.generation}${this.idSuffix}`;
  }

  /** Names of the features known to be negotiated; null when nothing about them is known. */
  get features(): FeatureName[] | null {
    if (this.layout === undefined && this.eventIdx === undefined && this.indirect === undefined) {
      return null;
    }
    const names: FeatureName[] = [];
    if (this.indirect === true) names.push("VIRTIO_F_INDIRECT_DESC");
    if (this.eventIdx === true) names.push("VIRTIO_F_EVENT_IDX");
    if (this.layout === "packed") names.push("VIRTIO_F_RING_PACKED");
    return names;
  }

  /** Whether an event says something else of the queue itself than what is known. */
  contradictedBy(batch: EventBatch, row: number): boolean {
    const base = row * EventBatch.FIELD_COUNT;
    const { values } = batch;
    const nameId = values[base + FIELD.name] as number;
    if (nameId >= 0 && nameId !== this.#nameId && this.#nameId >= 0) return true;
    const size = values[base + FIELD.queueSize] as number;
    if (this.size !== undefined && isQueueSize(size) && size !== this.size) return true;
    const packed = values[base + FIELD.packed] as number;
    if (this.layout !== undefined && (packed === 0 || packed === 1)) {
      if ((packed === 1) !== (this.layout === "packed")) return true;
    }
    const index = values[base + FIELD.index] as number;
    return this.index !== undefined && isCount(index, 0xffff) && index !== this.index;
  }

  /** Facts about the queue itself that any probe may carry. */
  learn(batch: EventBatch, row: number): void {
    if (this.#knowsAll) return;
    const base = row * EventBatch.FIELD_COUNT;
    const { values } = batch;
    const nameId = values[base + FIELD.name] as number;
    if (this.name === undefined && nameId >= 0) {
      this.name = batch.strings.text(nameId);
      this.#nameId = nameId;
    }
    const index = values[base + FIELD.index] as number;
    if (this.index === undefined && isCount(index, 0xffff)) this.index = index;
    const size = values[base + FIELD.queueSize] as number;
    if (this.size === undefined && isQueueSize(size)) this.size = size;
    const packed = values[base + FIELD.packed] as number;
    const hint = batch.layoutHint[row] as number;
    if (this.layout === undefined) {
      if (packed === 0 || packed === 1) this.layout = packed === 1 ? "packed" : "split";
      else if (hint !== LAYOUT_UNKNOWN) this.layout = hint === LAYOUT_PACKED ? "packed" : "split";
    }
    const eventIdx = values[base + FIELD.eventIdx] as number;
    if (this.eventIdx === undefined && isCount(eventIdx, 1)) this.eventIdx = eventIdx === 1;
    const indirect = values[base + FIELD.indirect] as number;
    if (this.indirect === undefined && isCount(indirect, 1)) this.indirect = indirect === 1;
    this.#knowsAll =
      this.name !== undefined &&
      this.index !== undefined &&
      this.size !== undefined &&
      this.layout !== undefined &&
      this.eventIdx !== undefined &&
      this.indirect !== undefined;
  }

  /** It was reset, and may have another size now. */
  forgetSize(): void {
    this.size = undefined;
    this.#knowsAll = false;
  }
}
