import type { Layout } from "../model/event.ts";
import { AREA } from "../model/memory.ts";
import { DESC_BYTES } from "../virtio/descriptor.ts";
import { EVENT_BYTES } from "../virtio/packed.ts";
import { availBytes, usedBytes } from "../virtio/split.ts";

/** The arena of indirect tables is kept in pages: few of its bytes are ever written. */
const PAGE_BITS = 16;
const PAGE_BYTES = 1 << PAGE_BITS;
const NO_PAGE = -1;

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
  /** Where each of the three areas begins in `#bytes`, by its code. */
  readonly #starts: readonly number[];
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #pages = new Map<number, DataView>();
  /** The page that was used last. */
  #page = NO_PAGE;
  #pageView: DataView | undefined;

  /** `tableBytes`: size of the arena of indirect tables; 0 where they are not to be had. */
  constructor(layout: Layout, queueSize: number, tableBytes = 0) {
    this.layout = layout;
    this.queueSize = queueSize;
    const desc = DESC_BYTES * queueSize;
    const driver = layout === "split" ? availBytes(queueSize) : EVENT_BYTES;
    const device = layout === "split" ? usedBytes(queueSize) : EVENT_BYTES;
    this.lengths = [desc, driver, device, tableBytes];
    const deviceStart = desc + Math.ceil(driver / 8) * 8;
    this.#starts = [0, desc, deviceStart];
    this.#bytes = new Uint8Array(deviceStart + device);
    this.#view = new DataView(this.#bytes.buffer);
  }

  holds(area: number, offset: number, width: number): boolean {
    return offset >= 0 && offset + width <= (this.lengths[area] ?? 0);
  }

  get8(area: number, offset: number): number {
    if (area !== AREA.ind) return this.#bytes[(this.#starts[area] as number) + offset] as number;
    return this.#pageAt(offset, false)?.getUint8(offset & (PAGE_BYTES - 1)) ?? 0;
  }

  get16(area: number, offset: number): number {
    if (area === AREA.ind) return this.#tableGet16(offset);
    return this.#view.getUint16((this.#starts[area] as number) + offset, true);
  }

  get32(area: number, offset: number): number {
    if (area === AREA.ind) return this.#tableGet32(offset);
    return this.#view.getUint32((this.#starts[area] as number) + offset, true);
  }

  /** An address; exact below 2^53. */
  get64(area: number, offset: number): number {
    return this.get32(area, offset) + this.get32(area, offset + 4) * 0x1_0000_0000;
  }

  set8(area: number, offset: number, value: number): void {
    if (area !== AREA.ind) this.#bytes[(this.#starts[area] as number) + offset] = value;
    else this.#pageAt(offset, true)?.setUint8(offset & (PAGE_BYTES - 1), value);
  }

  set16(area: number, offset: number, value: number): void {
    if (area === AREA.ind) this.#tableSet16(offset, value);
    else this.#view.setUint16((this.#starts[area] as number) + offset, value, true);
  }

  set32(area: number, offset: number, value: number): void {
    if (area === AREA.ind) this.#tableSet32(offset, value);
    else this.#view.setUint32((this.#starts[area] as number) + offset, value, true);
  }

  /** `low` and `high` halves of a le64. */
  set64(area: number, offset: number, low: number, high: number): void {
    this.set32(area, offset, low);
    this.set32(area, offset + 4, high);
  }

  /** Stores a value of 1, 2, 4 or 8 bytes, given in two halves; false when it is outside the area. */
  store(area: number, offset: number, width: number, low: number, high: number): boolean {
    if (area > AREA.ind || offset + width > (this.lengths[area] as number)) return false;
    if (width === 2) this.set16(area, offset, low);
    else if (width === 8) this.set64(area, offset, low, high);
    else if (width === 4) this.set32(area, offset, low);
    else this.set8(area, offset, low);
    return true;
  }

  /** One of the three areas as bytes; a view of what is there now, not a copy. */
  bytes(area: number): Uint8Array {
    const start = this.#starts[area] as number;
    return this.#bytes.subarray(start, start + (this.lengths[area] as number));
  }

  /** The same bytes again, arena included. */
  copy(): RingMemory {
    const twin = new RingMemory(this.layout, this.queueSize, this.lengths[AREA.ind]);
    twin.#bytes.set(this.#bytes);
    for (const [number, page] of this.#pages) {
      twin.#pages.set(number, new DataView(page.buffer.slice(0)));
    }
    return twin;
  }

  /** Bytes that are kept for it. */
  get held(): number {
    return this.#bytes.length + this.#pages.size * PAGE_BYTES;
  }

  /** Zeroes the three areas: a queue as it is when enabled. */
  reset(): void {
    this.#bytes.fill(0);
  }

  /** Fills a range with one byte, as a fresh allocation may be. */
  fill(area: number, offset: number, length: number, byte: number): void {
    this.put(area, offset, new Uint8Array(length).fill(byte));
  }

  /** Copies bytes into an area. */
  put(area: number, offset: number, bytes: Uint8Array): void {
    if (area !== AREA.ind) {
      this.#bytes.set(bytes, (this.#starts[area] as number) + offset);
      return;
    }
    for (let done = 0; done < bytes.length; ) {
      const at = offset + done;
      const within = at & (PAGE_BYTES - 1);
      const piece = bytes.subarray(done, done + PAGE_BYTES - within);
      const page = this.#pageAt(at, true) as DataView;
      new Uint8Array(page.buffer).set(piece, within);
      done += piece.length;
    }
  }

  // The arena's own reads and writes stand apart: with them inside, V8 no longer inlines get16 and its like
  // into the models, and they run at half the speed.

  #tableGet16(offset: number): number {
    const within = offset & (PAGE_BYTES - 1);
    if (within + 2 > PAGE_BYTES) {
      return this.get8(AREA.ind, offset) | (this.get8(AREA.ind, offset + 1) << 8);
    }
    return this.#pageAt(offset, false)?.getUint16(within, true) ?? 0;
  }

  #tableGet32(offset: number): number {
    const within = offset & (PAGE_BYTES - 1);
    if (within + 4 > PAGE_BYTES) {
      return (this.#tableGet16(offset) | (this.#tableGet16(offset + 2) << 16)) >>> 0;
    }
    return this.#pageAt(offset, false)?.getUint32(within, true) ?? 0;
  }

  #tableSet16(offset: number, value: number): void {
    const within = offset & (PAGE_BYTES - 1);
    if (within + 2 > PAGE_BYTES) {
      this.set8(AREA.ind, offset, value & 0xff);
      this.set8(AREA.ind, offset + 1, value >>> 8);
    } else this.#pageAt(offset, true)?.setUint16(within, value, true);
  }

  #tableSet32(offset: number, value: number): void {
    const within = offset & (PAGE_BYTES - 1);
    if (within + 4 > PAGE_BYTES) {
      this.#tableSet16(offset, value & 0xffff);
      this.#tableSet16(offset + 2, value >>> 16);
    } else this.#pageAt(offset, true)?.setUint32(within, value, true);
  }

  /** The page of the arena that holds an offset; without `make`, undefined while nothing is in it. */
  #pageAt(offset: number, make: boolean): DataView | undefined {
    const page = offset >>> PAGE_BITS;
    if (page === this.#page) return this.#pageView;
    let view = this.#pages.get(page);
    if (view === undefined) {
      if (!make) return undefined;
      view = new DataView(new ArrayBuffer(PAGE_BYTES));
      this.#pages.set(page, view);
    }
    this.#page = page;
    this.#pageView = view;
    return view;
  }
}
