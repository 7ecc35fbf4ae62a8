import { type EventFormat, parseEventFormat, parseFields } from "./event-format.ts";
import {
  type CpuPlace,
  checkedPage,
  type FileHead,
  pageLayout,
  parseTasks,
  type TraceFile,
} from "./trace-file.ts";

/*
 * Pages as `per_cpu/cpu0/trace_pipe_raw` gives them, one after the other:
 *
 *   u64 time stamp, long commit (size, and bits 31 and 30: events were lost), data
 *
 * They have no magic: they are told by their own lengths, which must lead from the first event of a page
 * to its last. What the events are only the kernel's `format` files say.
 */

/** How pages are laid out; `header_page` says so, else what makes them plausible. */
export type PageShape = Pick<FileHead, "bigEndian" | "longBytes" | "pageBytes">;

/** A page, or a sub-buffer of several (Linux 6.8), smallest first. */
const PAGE_BYTES = [4096, 8192, 16_384, 32_768, 65_536];
/** Common type, flags, preempt count and process. */
const COMMON_BYTES = 8;
/** The kernel's limit of process numbers. */
const PID_MAX = 1 << 22;
const SIZE_MASK = 0x7ff_ffff;
/** Between the size and the two marks of loss nothing is used. */
const UNUSED = 0x3800_0000;

/** The shape of the pages that bytes begin with; undefined when they are something else. */
export function pageShape(head: Uint8Array): PageShape | undefined {
  for (const bigEndian of [false, true]) {
    for (const longBytes of [8, 4]) {
      for (const pageBytes of PAGE_BYTES) {
        const shape = { bigEndian, longBytes, pageBytes };
        if (pagesFit(head, shape)) return shape;
      }
    }
  }
  return undefined;
}

/** Whether all whole pages of a head are some, and the first has an event. */
function pagesFit(head: Uint8Array, shape: PageShape): boolean {
  const first = eventsOf(head, 0, shape);
  if (first === undefined || first === 0) return false;
  for (let page = shape.pageBytes; page + shape.pageBytes <= head.length; page += shape.pageBytes) {
    if (eventsOf(head, page, shape) === undefined) return false;
  }
  return true;
}

/** Events of a page; undefined when its lengths do not lead from one to the next, and to its end. */
function eventsOf(
  bytes: Uint8Array,
  page: number,
  { bigEndian, longBytes, pageBytes }: PageShape,
): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data = page + 8 + longBytes;
  if (data > bytes.length) return undefined;
  const word = (at: number): number => view.getUint32(at, !bigEndian);
  const commit = word(bigEndian && longBytes === 8 ? page + 12 : page + 8);
  const unused = longBytes === 8 ? word(bigEndian ? page + 8 : page + 12) : 0;
  const size = commit & SIZE_MASK;
  const end = data + size;
  const isInside = end <= Math.min(page + pageBytes, bytes.length);
  if (unused !== 0 || (commit & UNUSED) !== 0 || !isInside) return undefined;
  let events = 0;
  for (let at = data; at < end; ) {
    if (at + 4 > end) return undefined;
    const head = word(at);
    const type = bigEndian ? head >>> 27 : head & 31;
    const delta = bigEndian ? head & SIZE_MASK : head >>> 5;
    if (type === 29 && delta === 0) break;
    if (type >= 30) {
      at += 8;
      continue;
    }
    if ((type === 0 || type === 29) && at + 8 > end) return undefined;
    const length = type === 0 || type === 29 ? word(at + 4) : 4 * type;
    // Before anything is added to it: a length may be all 32 bits.
    if (length < 4 || length > end - at) return undefined;
    const from = type === 0 ? at + 8 : at + 4;
    const next = at + 4 + ((length + 3) & ~3);
    if (next > end) return undefined;
    if (type !== 29) {
      if (next - from < COMMON_BYTES || view.getUint16(from, !bigEndian) === 0) return undefined;
      if (word(from + 4) > PID_MAX) return undefined;
      events++;
    }
    at = next;
  }
  return events;
}

/** What stands beside pages; texts are those of tracefs' files of that name. */
export interface PagesBeside {
  readonly formats: readonly { readonly system: string; readonly text: string }[];
  readonly headerPage: string | undefined;
  readonly savedCmdlines: string;
  readonly printkFormats: Uint8Array;
  readonly kallsyms: Uint8Array;
  /** `[local] global counter`. */
  readonly traceClock: string;
  readonly statistics: readonly string[];
}

/**
 * All that a trace.dat says of its pages, of pages that stand alone.
 *
 * @throws BrokenFile when `header_page` is none.
 */
export function pagesFile(
  shape: PageShape,
  cpus: readonly CpuPlace[],
  beside: PagesBeside,
): TraceFile {
  const told = beside.headerPage === undefined ? [] : parseFields(beside.headerPage);
  const [commit, data] = ["commit", "data"].map((name) => told.find((one) => one.name === name));
  const head: FileHead = {
    version: 0,
    bigEndian: shape.bigEndian,
    longBytes: commit?.size === 4 || commit?.size === 8 ? commit.size : shape.longBytes,
    pageBytes: checkedPage(data === undefined ? shape.pageBytes : data.offset + data.size),
    compressor: "none",
    next: 0,
  };
  const clock = /\[([^\]]+)\]/.exec(beside.traceClock)?.[1] ?? "";
  const { pageBytes } = head;
  return {
    head,
    page: pageLayout(beside.headerPage ?? "", head),
    formats: beside.formats
      .map(({ system, text }) => parseEventFormat(text, system))
      .filter((format): format is EventFormat => format !== undefined),
    kallsyms: () => beside.kallsyms,
    printk: () => beside.printkFormats,
    tasks: parseTasks(beside.savedCmdlines),
    buffers: [{ name: "", clock, pageBytes, compressed: false, cpus }],
    cpuCount: cpus.reduce((most, { cpu }) => Math.max(most, cpu + 1), 0),
    timeOffset: 0n,
    tsc: undefined,
    statistics: beside.statistics,
  };
}
