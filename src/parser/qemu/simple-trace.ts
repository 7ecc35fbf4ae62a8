import type { Ledger } from "../../model/check-report.ts";
import type { DiagnosticLog } from "../../model/diagnostic.ts";
import type { ClockBase } from "../../model/time.ts";
import type { TraceReader } from "../trace-reader.ts";
import { QemuReader } from "./reader.ts";

/*
 * QEMU's simple backend, in the byte order of its host (QEMU's docs/devel/tracing and simpletrace.py):
 *
 *   header   u64 2^64-1, u64 magic, u64 version
 *   mapping  u64 0, u64 id, u32 length, name                                   version 4
 *   record   u64 1 (version 4), u64 id, u64 ns, u32 length, u32 pid, arguments
 *
 * The length counts from the id on. Integers and pointers are u64; strings are u32 length and bytes. A
 * record of the id 2^64-2 says how many were dropped. Versions 2 and 3 do not name their events.
 */

const HEADER_EVENT = 2n ** 64n - 1n;
const DROPPED = 2n ** 64n - 2n;
const MAGIC = 0xf2b177cb0aa429b4n;
const HEADER_BYTES = 24;
const RECORD_BYTES = 24;
/** More than the backend's buffer holds. */
const RECORD_BYTES_MAX = 1 << 20;
const NAME_BYTES_MAX = 4096;

/** Arguments of the events that are read; pointers are marked. */
const SIGNATURES: Readonly<Record<string, readonly string[]>> = {
  virtio_set_status: ["*vdev", "val"],
  virtio_queue_notify: ["*vdev", "n", "*vq"],
  virtio_notify: ["*vdev", "*vq"],
  virtio_notify_irqfd: ["*vdev", "*vq"],
  virtqueue_alloc_element: ["*elem", "size", "in_num", "out_num"],
  virtqueue_pop: ["*vq", "*elem", "in_num", "out_num"],
  virtqueue_fill: ["*vq", "*elem", "len", "idx"],
  virtqueue_flush: ["*vq", "count"],
};

/** Version and byte order by the header; undefined when the bytes are something else. */
export function simpleTraceHeader(
  head: Uint8Array,
): { readonly version: number; readonly littleEndian: boolean } | undefined {
  if (head.length < HEADER_BYTES) return undefined;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (view.getBigUint64(0, true) !== HEADER_EVENT) return undefined;
  for (const littleEndian of [true, false]) {
    if (view.getBigUint64(8, littleEndian) !== MAGIC) continue;
    return { version: Number(view.getBigUint64(16, littleEndian)), littleEndian };
  }
  return undefined;
}

/** Whether the versions of this reader include it. */
export function readsSimpleTrace(version: number): boolean {
  return version >= 2 && version <= 4;
}

/** Names by id, of a `trace-events-all`: they are counted in the order of the file. */
export function eventNames(text: string): Map<bigint, string> {
  const names = new Map<bigint, string>();
  for (const line of text.split("\n")) {
    const [, name] = /^(?:[\w-]+ )*(\w+)\(/.exec(line) ?? [];
    if (name !== undefined) names.set(BigInt(names.size), name);
  }
  return names;
}

type QemuReaderOptions = ConstructorParameters<typeof QemuReader>[0];

/** Reads simpletrace, versions 2 to 4. A record is a line of the report, and counted as such. */
export class SimpleTraceReader implements TraceReader {
  readonly format = "qemu-simpletrace";
  /** What the log backend would have printed goes through its reader. */
  readonly #log: QemuReader;
  readonly #names: Map<bigint, string>;
  readonly #littleEndian: boolean;
  readonly #version: number;
  readonly #encoder = new TextEncoder();
  #carry: Uint8Array = new Uint8Array(0);
  #offset = 0;
  #begun = false;
  #broken = false;

  /** `head`: the first bytes; `names`: of the events, where the trace has none. */
  constructor(head: Uint8Array, names: ReadonlyMap<bigint, string>, options: QemuReaderOptions) {
    this.#log = new QemuReader(options);
    this.#names = new Map(names);
    const { version, littleEndian } = simpleTraceHeader(head) ?? { version: 0, littleEndian: true };
    this.#version = version;
    this.#littleEndian = littleEndian;
    this.#broken = !readsSimpleTrace(version);
  }

  get ledger(): Ledger {
    return this.#log.ledger;
  }

  get diagnostics(): DiagnosticLog {
    return this.#log.diagnostics;
  }

  get clock(): ClockBase | undefined {
    return this.#log.clock;
  }

  /** The header alone makes it a trace. */
  get traceLines(): number {
    return this.#begun ? Math.max(1, this.#log.traceLines) : 0;
  }

  get nextSeq(): number {
    return this.#log.nextSeq;
  }

  push(chunk: Uint8Array): void {
    if (this.#broken) return;
    const bytes = this.#carry.length === 0 ? chunk : Buffer.concat([this.#carry, chunk]);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    if (!this.#begun) {
      if (bytes.length >= HEADER_BYTES) {
        this.#begun = true;
        at = HEADER_BYTES;
      }
    }
    for (let length = 0; this.#begun; at += length) {
      length = this.#step(view, bytes, at);
      if (length === 0) break;
      if (length < 0) {
        this.#break(this.#offset + at);
        return;
      }
    }
    this.#offset += at;
    // Copied: the chunk's memory may be the stream's.
    this.#carry = bytes.slice(at);
  }

  end(): void {
    if (this.#carry.length > 0 && !this.#broken) {
      this.#log.ledger.lines++;
      this.#log.ledger.notes++;
      const expected = `a whole record; the input ends ${this.#carry.length} bytes into it`;
      this.diagnostics.add("line-truncated", this.ledger.lines, this.#offset, expected);
    }
    this.#log.end();
  }

  /** Bytes of the record at `at`: 0 when it is not whole yet, negative when it cannot be one. */
  #step(view: DataView, bytes: Uint8Array, at: number): number {
    const order = this.#littleEndian;
    const left = bytes.length - at;
    let typed = 0;
    if (this.#version === 4) {
      if (left < 20) return 0;
      const type = view.getBigUint64(at, order);
      if (type === 0n) return this.#mapping(view, bytes, at);
      if (type !== 1n) return -1;
      typed = 8;
    }
    if (left < typed + RECORD_BYTES) return 0;
    const length = view.getUint32(at + typed + 16, order);
    if (length < RECORD_BYTES || length > RECORD_BYTES_MAX) return -1;
    if (left < typed + length) return 0;
    this.#record(view, at + typed, length, this.#offset + at, typed + length);
    return typed + length;
  }

  #mapping(view: DataView, bytes: Uint8Array, at: number): number {
    const length = view.getUint32(at + 16, this.#littleEndian);
    if (length > NAME_BYTES_MAX) return -1;
    if (bytes.length - at < 20 + length) return 0;
    const name = Buffer.from(bytes.subarray(at + 20, at + 20 + length)).toString("latin1");
    this.#names.set(view.getBigUint64(at + 8, this.#littleEndian), name);
    this.#log.ledger.lines++;
    this.#log.ledger.notes++;
    return 20 + length;
  }

  #record(view: DataView, at: number, length: number, offset: number, whole: number): void {
    const order = this.#littleEndian;
    const id = view.getBigUint64(at, order);
    if (id === DROPPED) {
      const count = length >= RECORD_BYTES + 8 ? view.getBigUint64(at + RECORD_BYTES, order) : 0n;
      this.#log.ledger.lines++;
      this.#log.ledger.notes++;
      this.#log.lost(count > 0xffff_ffffn ? 0 : Number(count), offset);
      return;
    }
    const name = this.#names.get(id);
    if (name === undefined || !/^\w{1,200}$/.test(name)) {
      this.#log.reject(offset, `a record of a named event, and not ${id}`);
      return;
    }
    const signature = SIGNATURES[name];
    const words: string[] = [];
    if (signature !== undefined) {
      if (length !== RECORD_BYTES + 8 * signature.length) {
        this.#log.reject(offset, `${name} with ${signature.length} arguments`);
        return;
      }
      for (const [place, argument] of signature.entries()) {
        const value = view.getBigUint64(at + RECORD_BYTES + 8 * place, order);
        const pointer = argument.startsWith("*");
        words.push(argument.replace("*", ""), pointer ? `0x${value.toString(16)}` : `${value}`);
      }
    }
    const nanos = view.getBigUint64(at + 8, order);
    const seconds = nanos / 1_000_000_000n;
    const fraction = `${nanos % 1_000_000_000n}`.padStart(9, "0");
    const pid = view.getUint32(at + 20, order);
    const text = `${pid}@${seconds}.${fraction}:${[name, ...words].join(" ")}`;
    const line = this.#encoder.encode(text);
    this.#log.line(line, 0, line.length, offset, whole);
  }

  /** Nothing tells where the next record begins. */
  #break(offset: number): void {
    this.#broken = true;
    this.#log.reject(offset, "a record of the trace");
    this.#log.lost(0, offset);
    this.diagnostics.add(
      "records-unreadable",
      this.ledger.lines,
      offset,
      "a record with a length that one can have",
    );
  }
}
