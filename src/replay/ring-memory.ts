import type { Layout } from "../model/event.ts";
import { AREA } from "../model/memory.ts";
import { DESC_BYTES } from "../virtio/descriptor.ts";
import { EVENT_BYTES } from "../virtio/packed.ts";
import { availBytes, usedBytes } from "../virtio/split.ts";

/** The arena of indirect tables grows as it is written to: few of its bytes ever are. */
const TABLES_FIRST = 1 << 16;

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
  readonly #driver: number;
  readonly #device: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #tableBytes: Uint8Array;
  #tables: DataView;

  /** `tableBytes`: size of the arena of indirect tables; 0 where they are not to be had. */
  constructor(layout: Layout, queueSize: number, tableBytes = 0) {
    this.layout = layout;
    this.queueSize = queueSize;
    const desc = DESC_BYTES * queueSize;
    const driver = layout === "split" ? availBytes(queueSize) : EVENT_BYTES;
    const device = layout === "split" ? usedBytes(queueSize) : EVENT_BYTES;
    this.lengths = [desc, driver, device, tableBytes];
    this.#driver = desc;
    this.#device = desc + Math.ceil(driver / 8) * 8;
    this.#bytes = new Uint8Array(this.#device + device);
    this.#view = new DataView(this.#bytes.buffer);
    this.#tableBytes = new Uint8Array(Math.min(tableBytes, TABLES_FIRST));
    this.#tables = new DataView(this.#tableBytes.buffer);
  }

  /** Stores a value of 1, 2, 4 or 8 bytes, given in two halves; false when it is outside the area. */
  store(area: number, offset: number, width: number, low: number, high: number): boolean {
    if (area > AREA.ind || offset + width > (this.lengths[area] as number)) return false;
    const view = area === AREA.ind ? this.#tablesFor(offset + width) : this.#view;
    const at = area === AREA.ind ? offset : this.#start(area) + offset;
    if (width === 2) view.setUint16(at, low, true);
    else if (width === 8) {
      view.setUint32(at, low, true);
      view.setUint32(at + 4, high, true);
    } else if (width === 4) view.setUint32(at, low, true);
    else view.setUint8(at, low);
    return true;
  }

  holds(area: number, offset: number, width: number): boolean {
    return offset >= 0 && offset + width <= (this.lengths[area] ?? 0);
  }

  get16(area: number, offset: number): number {
    if (area !== AREA.ind) return this.#view.getUint16(this.#start(area) + offset, true);
    return offset + 2 <= this.#tables.byteLength ? this.#tables.getUint16(offset, true) : 0;
  }

  get32(area: number, offset: number): number {
    if (area !== AREA.ind) return this.#view.getUint32(this.#start(area) + offset, true);
    return offset + 4 <= this.#tables.byteLength ? this.#tables.getUint32(offset, true) : 0;
  }

  /** An address; exact below 2^53. */
  get64(area: number, offset: number): number {
    return this.get32(area, offset) + this.get32(area, offset + 4) * 0x1_0000_0000;
  }

  set16(area: number, offset: number, value: number): void {
    if (area !== AREA.ind) this.#view.setUint16(this.#start(area) + offset, value, true);
    else this.#tablesFor(offset + 2).setUint16(offset, value, true);
  }

  set32(area: number, offset: number, value: number): void {
    if (area !== AREA.ind) this.#view.setUint32(this.#start(area) + offset, value, true);
    else this.#tablesFor(offset + 4).setUint32(offset, value, true);
  }

  /** `low` and `high` halves of a le64. */
  set64(area: number, offset: number, low: number, high: number): void {
    this.set32(area, offset, low);
    this.set32(area, offset + 4, high);
  }

  set8(area: number, offset: number, value: number): void {
    if (area !== AREA.ind) this.#bytes[this.#start(area) + offset] = value;
    else this.#tablesFor(offset + 1).setUint8(offset, value);
  }

  /** One area as bytes; a view of what is there now, not a copy. */
  bytes(area: number): Uint8Array {
    if (area === AREA.ind) {
      this.#tablesFor(this.lengths[AREA.ind] as number);
      return this.#tableBytes;
    }
    const start = this.#start(area);
    return this.#bytes.subarray(start, start + (this.lengths[area] as number));
  }

  /** Zeroes the three areas: a queue as it is when enabled. */
  reset(): void {
    this.#bytes.fill(0);
  }

  /** Fills a range with one byte, as a fresh allocation may be. */
  fill(area: number, offset: number, length: number, byte: number): void {
    if (area === AREA.ind) this.#tablesFor(offset + length);
    const bytes = area === AREA.ind ? this.#tableBytes : this.#bytes;
    const start = (area === AREA.ind ? 0 : this.#start(area)) + offset;
    bytes.fill(byte, start, start + length);
  }

  #start(area: number): number {
    return area === AREA.desc ? 0 : area === AREA.driver ? this.#driver : this.#device;
  }

  #tablesFor(end: number): DataView {
    if (end > this.#tables.byteLength) {
      const grown = new Uint8Array(
        Math.min(this.lengths[AREA.ind] as number, Math.max(end, 2 * this.#tables.byteLength)),
      );
      grown.set(this.#tableBytes);
      this.#tableBytes = grown;
      this.#tables = new DataView(grown.buffer);
    }
    return this.#tables;
  }
}
