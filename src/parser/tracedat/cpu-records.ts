import type { ByteRanges } from "./byte-cursor.ts";
import type { Buffer, CpuPlace, Inflate, TraceFile } from "./trace-file.ts";
import { inflated } from "./trace-file.ts";

/** Bytes of pages read at once, for each CPU. */
const BLOCK_BYTES = 128 * 1024;
/** The low bits of a page's commit word are its size. */
const COMMIT_MASK = 0x7ff_ffff;
/** Events were lost before this page, and how many stands behind its data. */
const MISSED = 0x8000_0000;
const MISSED_COUNT = 0x4000_0000;

const TYPE_PADDING = 29;
const TYPE_TIME_EXTEND = 30;
const TYPE_TIME_STAMP = 31;
/** A unit of the word behind a time extend. */
const EXTEND = 2 ** 27;
/** An absolute stamp has this many bits; what is above them is the last known time's. */
const STAMP_SPAN = 2 ** 59;

/**
 * Times of a trace as exact numbers: distances to its first page's. Where cycles are to become
 * nanoseconds they do so here.
 */
export class TimeScale {
  /** The time that distance 0 is, in nanoseconds or ticks, with the file's offset. */
  readonly origin: bigint;
  readonly #raw: bigint;
  readonly #tsc: TraceFile["tsc"];
  readonly #first: bigint;

  constructor(firstRaw: bigint, { tsc, timeOffset }: Pick<TraceFile, "tsc" | "timeOffset">) {
    this.#raw = firstRaw;
    this.#tsc = tsc;
    this.#first = this.#converted(firstRaw);
    this.origin = this.#first + timeOffset;
  }

  #converted(raw: bigint): bigint {
    return this.#tsc === undefined ? raw : (raw * this.#tsc.mult) >> this.#tsc.shift;
  }

  /** Raw distance of a raw time; not exact past 2^53, which is checked when an event is used. */
  distance(raw: bigint): number {
    return Number(raw - this.#raw);
  }

  /** Distance in the trace's unit, of a raw distance. */
  scaled(raw: number): number {
    if (this.#tsc === undefined) return raw;
    if (!Number.isSafeInteger(raw)) return raw;
    return Number(this.#converted(this.#raw + BigInt(raw)) - this.#first);
  }

  /** An absolute stamp has its low 59 bits only: the time next to `near` that ends in them. */
  nearest(high: number, low: number, near: number): number {
    const stamp = BigInt(high) * BigInt(EXTEND) + BigInt(low);
    const last = this.#raw + BigInt(Math.trunc(near));
    const span = BigInt(STAMP_SPAN);
    let raw = last - (((last % span) + span) % span) + stamp;
    if (raw < last) raw += span;
    // A stamp may lie a little before what is known; a whole span ahead is no clock's way.
    if (raw - last > span / 2n && raw >= span) raw -= span;
    return this.distance(raw);
  }
}

/** Why a CPU's pages could not be read to their end. */
export type Broken = "truncated" | "unpacked" | "page" | undefined;

/**
 * The events of one CPU in order, page by page; memory is one block. What stands in the fields is
 * the event at hand: this runs for every event.
 */
export class CpuRecords {
  readonly cpu: number;
  readonly buffer: Buffer;
  /** Number of the buffer. */
  readonly bufferNumber: number;
  bytes: Uint8Array = new Uint8Array(0);
  view: DataView = new DataView(new ArrayBuffer(0));
  /** Distance, see {@link TimeScale}. */
  time = 0;
  /** The event's first byte in `bytes`, and its length. */
  start = 0;
  length = 0;
  /** Events lost before this one; -1 when nobody knows how many. */
  missed = 0;
  broken: Broken;
  /** Byte of the file that `bytes` begins at; of a compressed block, where that stands. */
  blockOffset = 0;

  readonly #ranges: ByteRanges;
  readonly #file: TraceFile;
  readonly #inflate: Inflate;
  readonly #little: boolean;
  readonly #pageBytes: number;
  readonly #commitOffset: number;
  readonly #dataOffset: number;
  #scale: TimeScale | undefined;
  /** Next byte of the file, and the end of this CPU's part. */
  #at: number;
  readonly #begin: number;
  readonly #end: number;
  #chunksLeft = 0;
  #nextPage = 0;
  #pageEnd = 0;
  #next = 0;
  #raw = 0;

  constructor(
    ranges: ByteRanges,
    file: TraceFile,
    inflate: Inflate,
    buffer: { readonly buffer: Buffer; readonly number: number; readonly place: CpuPlace },
  ) {
    this.#ranges = ranges;
    this.#file = file;
    this.#inflate = inflate;
    this.buffer = buffer.buffer;
    this.bufferNumber = buffer.number;
    this.cpu = buffer.place.cpu;
    this.#little = !file.head.bigEndian;
    this.#pageBytes = buffer.buffer.pageBytes;
    this.#commitOffset = file.page.commitOffset;
    this.#dataOffset = file.page.dataOffset;
    // Of a file that was cut, a part may lie behind the end.
    this.#at = Math.min(buffer.place.offset, ranges.size);
    this.#begin = this.#at;
    this.#end = buffer.place.offset + buffer.place.bytes;
    if (buffer.buffer.compressed && buffer.place.bytes >= 4) this.#readChunkCount();
  }

  /** Byte of the file where the event at hand stands. */
  get offset(): number {
    return this.buffer.compressed ? this.blockOffset : this.blockOffset + this.start;
  }

  /** Bytes of the file that are behind, for a line of progress. */
  get done(): number {
    return this.#at - this.#begin;
  }

  /** The time stamp of the first page; undefined when there is none. */
  firstTime(): bigint | undefined {
    if (this.bytes.length === 0 && !this.#readBlock()) return undefined;
    return this.view.getBigUint64(0, this.#little);
  }

  /** Call once all CPUs' first times are known. */
  begin(scale: TimeScale): void {
    this.#scale = scale;
  }

  /** Goes to the next event; false at the end. */
  advance(): boolean {
    this.missed = 0;
    for (;;) {
      if (this.#next >= this.#pageEnd) {
        if (!this.#openPage()) return false;
        continue;
      }
      if (this.#next + 4 > this.#pageEnd) return this.#stop("page");
      const word = this.view.getUint32(this.#next, this.#little);
      const type = this.#little ? word & 31 : word >>> 27;
      const delta = this.#little ? word >>> 5 : word & 0x7ff_ffff;
      const at = this.#next + 4;
      if (type > 0 && type < TYPE_PADDING) {
        this.#raw += delta;
        return this.#record(at, type * 4);
      }
      if (type === TYPE_PADDING && delta === 0) {
        this.#next = this.#pageEnd;
        continue;
      }
      if (at + 4 > this.#pageEnd) return this.#stop("page");
      const second = this.view.getUint32(at, this.#little);
      switch (type) {
        case TYPE_PADDING:
          this.#raw += delta;
          this.#next = at + second;
          break;
        case TYPE_TIME_EXTEND:
          this.#raw += second * EXTEND + delta;
          this.#next = at + 4;
          break;
        case TYPE_TIME_STAMP:
          this.#raw = this.#stamp(second, delta);
          this.#next = at + 4;
          break;
        default: {
          this.#raw += delta;
          if (second < 4) return this.#stop("page");
          return this.#record(at + 4, (second - 4 + 3) & ~3);
        }
      }
    }
  }

  #stamp(high: number, low: number): number {
    const near = Number.isSafeInteger(this.#raw) ? this.#raw : 0;
    return (this.#scale as TimeScale).nearest(high, low, near);
  }

  #record(at: number, length: number): boolean {
    if (length < 0 || at + length > this.#pageEnd) return this.#stop("page");
    this.start = at;
    this.length = length;
    this.#next = at + length;
    this.time = (this.#scale as TimeScale).scaled(this.#raw);
    return true;
  }

  /** Nothing more comes of this CPU. */
  #stop(broken: Broken): false {
    this.broken = broken;
    this.#at = this.#end;
    this.#chunksLeft = 0;
    this.bytes = new Uint8Array(0);
    this.#nextPage = 0;
    this.#next = 0;
    this.#pageEnd = 0;
    return false;
  }

  #openPage(): boolean {
    if (this.#nextPage + this.#pageBytes > this.bytes.length && !this.#readBlock()) return false;
    const page = this.#nextPage;
    this.#nextPage += this.#pageBytes;
    // The flags and the size are the low half of the word, whatever its length.
    const half =
      this.#little || this.#file.page.commitBytes === 4
        ? this.#commitOffset
        : this.#commitOffset + 4;
    const commit = this.view.getUint32(page + half, this.#little);
    const size = commit & COMMIT_MASK;
    if (this.#dataOffset + size > this.#pageBytes) return this.#stop("page");
    this.#raw = (this.#scale as TimeScale).distance(this.view.getBigUint64(page, this.#little));
    this.#next = page + this.#dataOffset;
    this.#pageEnd = this.#next + size;
    if ((commit & MISSED) !== 0) this.missed = this.#missedCount(commit, page + this.#pageBytes);
    return true;
  }

  #missedCount(commit: number, pageLimit: number): number {
    const at = this.#pageEnd;
    const { longBytes } = this.#file.head;
    if ((commit & MISSED_COUNT) === 0 || at + longBytes > pageLimit) return -1;
    const count =
      longBytes === 4
        ? this.view.getUint32(at, this.#little)
        : Number(this.view.getBigUint64(at, this.#little));
    return count > 0 && Number.isSafeInteger(count) ? count : -1;
  }

  /** Reads the next block of whole pages. */
  #readBlock(): boolean {
    const rest = this.bytes.subarray(Math.min(this.#nextPage, this.bytes.length));
    let block = this.buffer.compressed ? this.#readChunk() : this.#readPlain();
    // Chunks need not end where pages do.
    if (block !== undefined && (rest.length > 0 || block.length < this.#pageBytes)) {
      block = this.#filled(rest, block);
    }
    if (block === undefined || block.length < this.#pageBytes) {
      // Half a page is what a file ends with that was cut.
      if ((block ?? rest).length > 0) this.broken ??= "truncated";
      return this.#stop(this.broken);
    }
    this.bytes = block;
    this.view = new DataView(block.buffer, block.byteOffset, block.byteLength);
    this.#nextPage = 0;
    return true;
  }

  /** Joined once, however small the chunks are; undefined where one is broken. */
  #filled(rest: Uint8Array, block: Uint8Array): Uint8Array | undefined {
    const parts = [rest, block];
    let length = rest.length + block.length;
    while (length < this.#pageBytes && this.#chunksLeft > 0) {
      const more = this.#readChunk();
      if (more === undefined) return undefined;
      parts.push(more);
      length += more.length;
    }
    return joined(parts, length);
  }

  #readPlain(): Uint8Array | undefined {
    const pages = Math.max(1, Math.floor(BLOCK_BYTES / this.#pageBytes));
    const wanted = Math.min(this.#end - this.#at, pages * this.#pageBytes);
    if (wanted <= 0) return undefined;
    this.blockOffset = this.#at;
    const block = this.#ranges.read(this.#at, wanted);
    this.#at += wanted;
    if (block.length < wanted) {
      this.broken = "truncated";
      this.#at = this.#end;
    }
    return block;
  }

  #readChunkCount(): void {
    const bytes = this.#ranges.read(this.#at, 4);
    if (bytes.length < 4) {
      this.broken = "truncated";
      return;
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, 4);
    this.#chunksLeft = view.getUint32(0, this.#little);
    this.#at += 4;
  }

  /** u32 packed size, u32 plain size, then the packed bytes. */
  #readChunk(): Uint8Array | undefined {
    if (this.#chunksLeft === 0) return undefined;
    this.#chunksLeft--;
    this.blockOffset = this.#at;
    const head = this.#ranges.read(this.#at, 8);
    if (head.length < 8) return this.#noChunk("truncated");
    const view = new DataView(head.buffer, head.byteOffset, 8);
    const packed = view.getUint32(0, this.#little);
    const plain = view.getUint32(4, this.#little);
    if (packed > this.#ranges.size - this.#at - 8) return this.#noChunk("truncated");
    const bytes = inflated(this.#inflate, this.#ranges.read(this.#at + 8, packed), plain);
    if (bytes === undefined) return this.#noChunk("unpacked");
    this.#at += 8 + packed;
    return bytes;
  }

  #noChunk(broken: Broken): undefined {
    this.broken = broken;
    return undefined;
  }
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
