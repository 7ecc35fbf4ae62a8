import type { Layout } from "../model/event.ts";
import { AREA } from "../model/memory.ts";
import { DESC_BYTES } from "../virtio/descriptor.ts";
import { EVENT_BYTES } from "../virtio/packed.ts";
import { availBytes, usedBytes } from "../virtio/split.ts";

/**
 * A queue's memory as bytes: the three areas, and the arena of its indirect tables. Reads and writes
 * name an area (`AREA`) and an offset in bytes within it; everything is little-endian (virtio 1.3, 1.4).
 * Offsets are the caller's to check: `holds` tells whether a range is inside.
 */
export class RingMemory {
  readonly layout: Layout;
  readonly queueSize: number;
  /** Bytes of each area, by its code. */
  readonly lengths: readonly number[];
  readonly #starts: readonly number[];
  #bytes: Uint8Array;
  #view: DataView;

  /** `tableBytes`: size of the arena of indirect tables; 0 where they are not to be had. */
  constructor(layout: Layout, queueSize: number, tableBytes = 0) {
    this.layout = layout;
    this.queueSize = queueSize;
    const driver = layout === "split" ? availBytes(queueSize) : EVENT_BYTES;
    const device = layout === "split" ? usedBytes(queueSize) : EVENT_BYTES;
    this.lengths = [DESC_BYTES * queueSize, driver, device, tableBytes];
    const starts: number[] = [];
    let at = 0;
    for (const length of this.lengths) {
      starts.push(at);
      at += Math.ceil(length / 8) * 8;
    }
    this.#starts = starts;
    this.#bytes = new Uint8Array(at);
    this.#view = new DataView(this.#bytes.buffer);
  }

  holds(area: number, offset: number, width: number): boolean {
    return offset >= 0 && offset + width <= (this.lengths[area] ?? 0);
  }

  get16(area: number, offset: number): number {
    return this.#view.getUint16((this.#starts[area] as number) + offset, true);
  }

  get32(area: number, offset: number): number {
    return this.#view.getUint32((this.#starts[area] as number) + offset, true);
  }

  /** An address; exact below 2^53. */
  get64(area: number, offset: number): number {
    const at = (this.#starts[area] as number) + offset;
    return this.#view.getUint32(at, true) + this.#view.getUint32(at + 4, true) * 0x1_0000_0000;
  }

  set16(area: number, offset: number, value: number): void {
    this.#view.setUint16((this.#starts[area] as number) + offset, value, true);
  }

  set32(area: number, offset: number, value: number): void {
    this.#view.setUint32((this.#starts[area] as number) + offset, value, true);
  }

  /** `low` and `high` halves of a le64. */
  set64(area: number, offset: number, low: number, high: number): void {
    const at = (this.#starts[area] as number) + offset;
    this.#view.setUint32(at, low, true);
    this.#view.setUint32(at + 4, high, true);
  }

  set8(area: number, offset: number, value: number): void {
    this.#bytes[(this.#starts[area] as number) + offset] = value;
  }

  /** One area as bytes; a view, not a copy. */
  bytes(area: number): Uint8Array {
    const start = this.#starts[area] as number;
    return this.#bytes.subarray(start, start + (this.lengths[area] as number));
  }

  /** Zeroes the three areas: a queue as it is when enabled. */
  reset(): void {
    this.#bytes.fill(0, 0, this.#starts[AREA.ind]);
  }

  /** Fills a range with one byte, as a fresh allocation may be. */
  fill(area: number, offset: number, length: number, byte: number): void {
    const start = (this.#starts[area] as number) + offset;
    this.#bytes.fill(byte, start, start + length);
  }
}
