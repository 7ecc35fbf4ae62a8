import { BrokenFile, ByteCursor, type ByteRanges } from "./byte-cursor.ts";
import { type EventFormat, parseEventFormat, parseFields } from "./event-format.ts";

const MAGIC = [0x17, 0x08, 0x44, 0x74, 0x72, 0x61, 0x63, 0x69, 0x6e, 0x67];

/** Whether an input begins as trace-cmd's files do. */
export function isTraceDat(head: Uint8Array): boolean {
  return MAGIC.every((byte, at) => head[at] === byte);
}

/** Bytes that one compressed block may become: a section of a large machine, not a bomb. */
const PLAIN_BYTES_MAX = 128 << 20;
/** More than any machine has, and few enough to list. */
const CPUS_MAX = 4096;
const BUFFERS_MAX = 256;
const SECTIONS_MAX = 4096;
const EVENTS_MAX = 65_536;

/** Turns one compressed block into its `size` bytes. */
export type Inflate = (block: Uint8Array, size: number) => Uint8Array;

/** What stands before anything that may be compressed. */
export interface FileHead {
  /** 0 of pages that no file is around. */
  readonly version: number;
  readonly bigEndian: boolean;
  readonly longBytes: number;
  readonly pageBytes: number;
  /** `none`, `zstd`, `zlib`, or what else a later trace-cmd has. */
  readonly compressor: string;
  /** Where the rest begins. */
  readonly next: number;
}

/** Where one CPU's pages stand in the file. */
export interface CpuPlace {
  readonly cpu: number;
  readonly offset: number;
  readonly bytes: number;
}

/** One ring buffer: the top one, whose name is empty, or an instance's. */
export interface Buffer {
  readonly name: string;
  readonly clock: string;
  readonly pageBytes: number;
  readonly compressed: boolean;
  readonly cpus: readonly CpuPlace[];
}

/** Where things stand in a page of the ring buffer. */
export interface PageLayout {
  readonly commitOffset: number;
  readonly commitBytes: number;
  readonly dataOffset: number;
}

/** A block of text that is read when somebody asks for it. */
type Later = () => Uint8Array;

/** All of a trace.dat but its events. */
export interface TraceFile {
  readonly head: FileHead;
  readonly page: PageLayout;
  readonly formats: readonly EventFormat[];
  readonly kallsyms: Later;
  readonly printk: Later;
  /** Task names by process. */
  readonly tasks: ReadonlyMap<number, string>;
  readonly buffers: readonly Buffer[];
  /** CPUs of the machine. */
  readonly cpuCount: number;
  /** Added to each time. */
  readonly timeOffset: bigint;
  /** How cycles become nanoseconds. */
  readonly tsc: { readonly mult: bigint; readonly shift: bigint } | undefined;
  /** The ring buffer's own statistics, one text a CPU. */
  readonly statistics: readonly string[];
}

const decoder = new TextDecoder("latin1");
const NOTHING: Later = () => new Uint8Array(0);

/**
 * Reads what stands before anything compressed.
 *
 * @throws BrokenFile
 */
export function readHead(ranges: ByteRanges): FileHead {
  const cursor = new ByteCursor(ranges, MAGIC.length);
  const version = cursor.name(32);
  if (version !== "6" && version !== "7") {
    throw new BrokenFile(`has version ${JSON.stringify(version)}; 6 and 7 are read`);
  }
  const bigEndian = cursor.u8();
  const longBytes = cursor.u8();
  if (bigEndian > 1 || (longBytes !== 4 && longBytes !== 8)) {
    throw new BrokenFile(`has byte order ${bigEndian} and long size ${longBytes} in its head`);
  }
  cursor.bigEndian = bigEndian === 1;
  const pageBytes = checkedPage(cursor.u32());
  let compressor = "none";
  if (version === "7") {
    compressor = cursor.name(64);
    cursor.name(64);
  }
  return {
    version: Number(version),
    bigEndian: cursor.bigEndian,
    longBytes,
    pageBytes,
    compressor,
    next: cursor.at,
  };
}

/**
 * Reads all but the events.
 *
 * @throws BrokenFile
 */
export function readTraceFile(ranges: ByteRanges, head: FileHead, inflate: Inflate): TraceFile {
  const parts = new FileParts(ranges, head, inflate);
  if (head.version === 6) parts.readWhole();
  else parts.readSections();
  return parts.file();
}

/** Collects the parts of a file, in whatever order they stand in it. */
class FileParts {
  readonly #ranges: ByteRanges;
  readonly #head: FileHead;
  readonly #inflate: Inflate;
  #pageText = "";
  readonly #formats: EventFormat[] = [];
  #kallsyms = NOTHING;
  #printk = NOTHING;
  #tasks: ReadonlyMap<number, string> = new Map();
  readonly #buffers: Buffer[] = [];
  #cpuCount = 0;
  #clock = "";
  #timeOffset = 0n;
  #tsc: TraceFile["tsc"];
  readonly #statistics: string[] = [];

  constructor(ranges: ByteRanges, head: FileHead, inflate: Inflate) {
    this.#ranges = ranges;
    this.#head = head;
    this.#inflate = inflate;
  }

  file(): TraceFile {
    this.#refuseRepeats();
    return {
      head: this.#head,
      page: pageLayout(this.#pageText, this.#head),
      formats: this.#formats,
      kallsyms: this.#kallsyms,
      printk: this.#printk,
      tasks: this.#tasks,
      buffers: this.#buffers,
      cpuCount: this.#cpuCount,
      timeOffset: this.#timeOffset,
      tsc: this.#tsc,
      statistics: this.#statistics,
    };
  }

  /** Each CPU holds a block in memory: together no more than the file has, unless one byte is many's. */
  #refuseRepeats(): void {
    const { size } = this.#ranges;
    let sum = 0;
    for (const { cpus } of this.#buffers) {
      for (const { offset, bytes } of cpus) sum += Math.max(0, Math.min(bytes, size - offset));
    }
    if (sum > size) {
      throw new BrokenFile(`has ${sum} bytes of events, by its tables, and is ${size} bytes long`);
    }
  }

  #cursor(at: number): ByteCursor {
    return new ByteCursor(this.#ranges, at, this.#head.bigEndian);
  }

  /** Version 6: everything stands in a fixed order. */
  readWhole(): void {
    const cursor = this.#cursor(this.#head.next);
    this.#readPageTexts(cursor);
    this.#readFtraceFormats(cursor);
    this.#readEventFormats(cursor);
    this.#kallsyms = laterText(cursor, cursor.u32());
    this.#printk = laterText(cursor, cursor.u32());
    this.#tasks = parseTasks(cursor.text(cursor.place()));
    this.#cpuCount = checkedCpus(cursor.u32());
    const instances: { name: string; offset: number }[] = [];
    let tag = decoder.decode(cursor.block(10));
    if (tag.startsWith("options")) {
      this.#readOptionsUntilZero(cursor, instances);
      tag = decoder.decode(cursor.block(10));
    }
    this.#readCpuTable(tag, cursor, "");
    for (const { name, offset } of instances) {
      const table = this.#cursor(offset);
      this.#readCpuTable(decoder.decode(table.block(10)), table, name);
    }
  }

  #readOptionsUntilZero(cursor: ByteCursor, instances: { name: string; offset: number }[]): void {
    for (let id = cursor.u16(); id !== 0; id = cursor.u16()) {
      const size = cursor.u32();
      const end = cursor.at + size;
      if (id === 3) {
        const offset = cursor.place();
        instances.push({ offset, name: cursor.name() });
        if (instances.length > BUFFERS_MAX) throw new BrokenFile("has more buffers than can be");
      } else this.#option(id, cursor, size);
      cursor.at = end;
    }
  }

  #readCpuTable(tag: string, cursor: ByteCursor, name: string): void {
    if (tag.startsWith("latency")) return;
    if (!tag.startsWith("flyrecord")) {
      throw new BrokenFile(`has no events where they are expected, at byte ${cursor.at - 10}`);
    }
    const cpus: CpuPlace[] = [];
    for (let cpu = 0; cpu < this.#cpuCount; cpu++) {
      cpus.push({ cpu, offset: cursor.place(), bytes: cursor.place() });
    }
    const { pageBytes } = this.#head;
    this.#buffers.push({ name, clock: this.#clock, pageBytes, compressed: false, cpus });
  }

  /** Version 7: options say where the sections are. */
  readSections(): void {
    const cursor = this.#cursor(this.#head.next);
    let offset = cursor.place();
    const seen = new Set<number>();
    const sections = new Map<number, number>();
    while (offset !== 0) {
      if (seen.has(offset) || seen.size === SECTIONS_MAX) {
        throw new BrokenFile(`has options that lead in a circle at byte ${offset}`);
      }
      seen.add(offset);
      offset = this.#readOptions(offset, sections);
    }
    const page = sections.get(16);
    if (page !== undefined) this.#readPageTexts(this.#section(page));
    const ftrace = sections.get(17);
    if (ftrace !== undefined) this.#readFtraceFormats(this.#section(ftrace));
    const events = sections.get(18);
    if (events !== undefined) this.#readEventFormats(this.#section(events));
    const kallsyms = sections.get(19);
    if (kallsyms !== undefined) this.#kallsyms = this.#sectionLater(kallsyms);
    const printk = sections.get(20);
    if (printk !== undefined) this.#printk = this.#sectionLater(printk);
    const tasks = sections.get(21);
    if (tasks !== undefined) {
      const section = this.#section(tasks);
      this.#tasks = parseTasks(section.text(section.place()));
    }
  }

  #sectionLater(offset: number): Later {
    return () => {
      const section = this.#section(offset);
      return section.block(section.u32());
    };
  }

  /** A section's content, inflated where it is compressed. */
  #section(offset: number): ByteCursor {
    const cursor = this.#cursor(offset);
    cursor.u16();
    const compressed = (cursor.u16() & 1) === 1;
    cursor.u32();
    cursor.place();
    if (!compressed) return cursor;
    const size = cursor.u32();
    const plain = cursor.u32();
    if (plain > PLAIN_BYTES_MAX) {
      throw new BrokenFile(`has a section of ${plain} bytes at byte ${offset}`);
    }
    const bytes = this.#inflated(cursor.block(size), plain, offset);
    return new ByteCursor(
      { size: bytes.length, read: (at, length) => bytes.subarray(at, at + length) },
      0,
      this.#head.bigEndian,
    );
  }

  #inflated(block: Uint8Array, size: number, offset: number): Uint8Array {
    const bytes = inflated(this.#inflate, block, size);
    if (bytes === undefined) {
      throw new BrokenFile(
        `has ${this.#head.compressor} data at byte ${offset} that does not unpack to ${size} bytes`,
      );
    }
    return bytes;
  }

  /** One section of options; where the next is, 0 for none. */
  #readOptions(offset: number, sections: Map<number, number>): number {
    const cursor = this.#section(offset);
    for (;;) {
      const id = cursor.u16();
      const size = cursor.u32();
      const end = cursor.at + size;
      if (id === 0) return size < 8 ? 0 : cursor.place();
      if (id === 3) this.#readBuffer(cursor);
      else if (id >= 16 && id <= 21) sections.set(id, cursor.place());
      else this.#option(id, cursor, size);
      cursor.at = end;
    }
  }

  #readBuffer(cursor: ByteCursor): void {
    const offset = cursor.place();
    const name = cursor.name();
    const clock = cursor.name();
    const pageBytes = checkedPage(cursor.u32());
    const count = checkedCpus(cursor.u32());
    const cpus: CpuPlace[] = [];
    for (let i = 0; i < count; i++) {
      cpus.push({ cpu: cursor.u32(), offset: cursor.place(), bytes: cursor.place() });
    }
    const section = this.#cursor(offset);
    section.u16();
    const compressed = (section.u16() & 1) === 1;
    if (this.#buffers.length === BUFFERS_MAX) throw new BrokenFile("has more buffers than can be");
    const buffer = { name, clock, pageBytes, compressed, cpus };
    // The top buffer counts first, wherever it stands.
    if (name === "") this.#buffers.unshift(buffer);
    else this.#buffers.push(buffer);
  }

  #option(id: number, cursor: ByteCursor, size: number): void {
    const text = (): string => cursor.text(size).split("\0", 1)[0] ?? "";
    switch (id) {
      case 1: // DATE: microseconds to the wall clock
        this.#timeOffset += 1000n * signedNumber(text());
        return;
      case 2: // CPUSTAT
        if (this.#statistics.length < CPUS_MAX) this.#statistics.push(text());
        return;
      case 4: // TRACECLOCK: all there are, the chosen one in brackets
        this.#clock = /\[([^\]]+)\]/.exec(text())?.[1] ?? "";
        return;
      case 7: // OFFSET
        this.#timeOffset += signedNumber(text());
        return;
      case 8: // CPUCOUNT
        if (size >= 4) this.#cpuCount = checkedCpus(cursor.u32());
        return;
      case 14: // TSC2NSEC
        if (size >= 8) {
          const mult = BigInt(cursor.u32());
          const shift = BigInt(cursor.u32());
          if (mult > 0n && shift < 64n) this.#tsc = { mult, shift };
        }
        return;
      default: // Nothing that changes what an event says.
    }
  }

  #readPageTexts(cursor: ByteCursor): void {
    if (cursor.name(32) !== "header_page") throw new BrokenFile("has no header_page");
    this.#pageText = cursor.text(cursor.place());
    if (cursor.name(32) !== "header_event") throw new BrokenFile("has no header_event");
    cursor.text(cursor.place());
  }

  #readFtraceFormats(cursor: ByteCursor): void {
    const count = cursor.u32();
    if (count > EVENTS_MAX) throw new BrokenFile(`has ${count} events of the tracer`);
    for (let i = 0; i < count; i++) this.#addFormat(cursor.text(cursor.place()), "ftrace");
  }

  #readEventFormats(cursor: ByteCursor): void {
    const systems = cursor.u32();
    if (systems > EVENTS_MAX) throw new BrokenFile(`has ${systems} event systems`);
    for (let i = 0; i < systems; i++) {
      const system = cursor.name();
      const count = cursor.u32();
      if (count > EVENTS_MAX) throw new BrokenFile(`has ${count} events of ${system}`);
      for (let k = 0; k < count; k++) this.#addFormat(cursor.text(cursor.place()), system);
    }
  }

  #addFormat(text: string, system: string): void {
    if (this.#formats.length === EVENTS_MAX) throw new BrokenFile("has more events than can be");
    const format = parseEventFormat(text, system);
    if (format !== undefined) this.#formats.push(format);
  }
}

/** `saved_cmdlines`: a process and its name a line. */
export function parseTasks(text: string): Map<number, string> {
  const tasks = new Map<number, string>();
  for (const line of text.split("\n")) {
    const blank = line.indexOf(" ");
    if (blank > 0) tasks.set(Number(line.slice(0, blank)), line.slice(blank + 1));
  }
  return tasks;
}

/** What an unpacker gave, if it is what the file says. */
export function inflated(
  inflate: Inflate,
  block: Uint8Array,
  size: number,
): Uint8Array | undefined {
  // Nothing is ever packed into nothing, and an unpacker asked for it may guess a size.
  if (size === 0 || size > PLAIN_BYTES_MAX || block.length > PLAIN_BYTES_MAX) return undefined;
  try {
    const bytes = inflate(block, size);
    return bytes.length === size ? bytes : undefined;
  } catch {
    // The unpackers throw whatever they like; the caller says where it was.
    return undefined;
  }
}

function laterText(cursor: ByteCursor, size: number): Later {
  const { at } = cursor;
  cursor.block(0);
  cursor.at += size;
  return () => {
    cursor.at = at;
    return cursor.block(size);
  };
}

/** `0x...` or decimal, with a sign, as C's strtoll reads it; 0 for anything else. */
function signedNumber(text: string): bigint {
  const match = /^\s*([+-]?)(0x[0-9a-f]{1,16}|\d{1,20})/i.exec(text);
  if (match === null) return 0n;
  const value = BigInt(match[2] as string);
  return match[1] === "-" ? -value : value;
}

/** A ring buffer's page, or sub-buffer, is a power of two of at least 512 bytes, far below a gigabyte. */
export function checkedPage(bytes: number): number {
  if (bytes < 64 || bytes > 1 << 26) throw new BrokenFile(`has pages of ${bytes} bytes`);
  return bytes;
}

function checkedCpus(count: number): number {
  if (count > CPUS_MAX) throw new BrokenFile(`has ${count} CPUs`);
  return count;
}

/*
 *         field: u64 timestamp;   offset:0;       size:8; signed:0;
 *         field: local_t commit;  offset:8;       size:8; signed:1;
 *         field: int overwrite;   offset:8;       size:1; signed:1;
 *         field: char data;       offset:16;      size:4080;      signed:1;
 */
/** @throws BrokenFile when the text is of no page. */
export function pageLayout(text: string, { longBytes }: FileHead): PageLayout {
  const fields = parseFields(text);
  const of = (name: string) => fields.find((field) => field.name === name);
  const commit = of("commit");
  const data = of("data");
  const layout = {
    commitOffset: commit?.offset ?? 8,
    commitBytes: commit?.size ?? longBytes,
    dataOffset: data?.offset ?? 8 + longBytes,
  };
  if (
    (layout.commitBytes !== 4 && layout.commitBytes !== 8) ||
    layout.commitOffset > 64 ||
    layout.dataOffset > 64 ||
    layout.dataOffset < layout.commitOffset + layout.commitBytes
  ) {
    throw new BrokenFile("has a header_page that no kernel writes");
  }
  return layout;
}
