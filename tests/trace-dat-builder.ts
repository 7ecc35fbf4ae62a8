/** Makes small trace.dat files of versions 6 and 7, so that each layout and each fault can be had. */

export interface BuiltEvent {
  /** Type of the ring buffer's own word before it: an extend or an absolute stamp. */
  readonly extend?: number;
  readonly stamp?: bigint;
  readonly delta: number;
  readonly id: number;
  readonly pid: number;
  readonly flags?: number;
  /** `vq`, then the event's own 32-bit number. */
  readonly vq: bigint;
  readonly number: number;
}

export interface BuiltPage {
  readonly time: bigint;
  /** Events lost before it; -1 for an unknown count. */
  readonly missed?: number;
  readonly events: readonly BuiltEvent[];
}

type BuiltCpus = readonly (readonly BuiltPage[])[];

export interface BuiltFile {
  /** 6 unless it says otherwise. */
  readonly version?: 6 | 7;
  readonly bigEndian?: boolean;
  readonly pageBytes?: number;
  readonly cpus: BuiltCpus;
  /** Name and pages by CPU of each instance. */
  readonly instances?: readonly { readonly name: string; readonly cpus: BuiltCpus }[];
  readonly options?: readonly (readonly [id: number, data: Uint8Array])[];
  /** Of version 7: how sections and events are packed, events in chunks of so many bytes. */
  readonly packed?: {
    readonly name: string;
    readonly pack: (bytes: Uint8Array) => Uint8Array;
    readonly chunkBytes: number;
  };
}

export const ADD = 10;
export const ADD_RET = 11;

const format = (name: string, id: number, fields: string, print: string): string =>
  `name: ${name}\nID: ${id}\nformat:\n` +
  "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n" +
  "\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n" +
  "\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n" +
  "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n" +
  `${fields}\nprint fmt: ${print}\n`;

/** What the kernel's `format` files of these events are. */
export const BUILT_FORMATS = [
  format(
    "virtqueue_add_sgs",
    ADD,
    "\tfield:u64 vq;\toffset:8;\tsize:8;\tsigned:0;\n\tfield:u32 num_free;\toffset:16;\tsize:4;\tsigned:0;\n",
    '"vq=0x%Lx num_free=%u", REC->vq, REC->num_free',
  ),
  format(
    "virtqueue_add_sgs_ret",
    ADD_RET,
    "\tfield:u64 vq;\toffset:8;\tsize:8;\tsigned:0;\n\tfield:s32 ret;\toffset:16;\tsize:4;\tsigned:1;\n",
    '"vq=0x%Lx ret=%d", REC->vq, REC->ret',
  ),
];

class Out {
  readonly #bytes: number[] = [];
  readonly #big: boolean;
  constructor(big: boolean) {
    this.#big = big;
  }
  get length(): number {
    return this.#bytes.length;
  }
  number(value: bigint | number, bytes: number): this {
    let left = BigInt.asUintN(8 * bytes, BigInt(value));
    const digits: number[] = [];
    for (let i = 0; i < bytes; i++, left >>= 8n) digits.push(Number(left & 0xffn));
    this.#bytes.push(...(this.#big ? digits.reverse() : digits));
    return this;
  }
  text(text: string): this {
    this.#bytes.push(...Buffer.from(text, "latin1"));
    return this;
  }
  bytes(bytes: Iterable<number>): this {
    for (const byte of bytes) this.#bytes.push(byte);
    return this;
  }
  done(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
  /** The bytes, with a number written over what stands at a place. */
  patched(at: number, value: number, bytes: number): Uint8Array {
    const number = new Out(this.#big).number(value, bytes).done();
    return Uint8Array.from(this.#bytes.toSpliced(at, bytes, ...number));
  }
}

function header(out: Out, big: boolean, type: number, delta: number): void {
  out.number(big ? type * 2 ** 27 + delta : delta * 32 + type, 4);
}

function pageOf({ time, missed, events }: BuiltPage, big: boolean, size: number): Uint8Array {
  const data = new Out(big);
  for (const event of events) {
    if (event.extend !== undefined) {
      header(data, big, 30, event.extend % 2 ** 27);
      data.number(Math.floor(event.extend / 2 ** 27), 4);
    }
    if (event.stamp !== undefined) {
      header(data, big, 31, Number(event.stamp & 0x7ff_ffffn));
      data.number((event.stamp >> 27n) & 0xffff_ffffn, 4);
    }
    header(data, big, 5, event.delta);
    data
      .number(event.id, 2)
      .number(event.flags ?? 0, 1)
      .number(0, 1)
      .number(event.pid, 4);
    data.number(event.vq, 8).number(event.number, 4);
  }
  const out = new Out(big);
  const flags = missed === undefined ? 0 : missed < 0 ? 2 ** 31 : 2 ** 31 + 2 ** 30;
  out
    .number(time, 8)
    .number(data.length + flags, 8)
    .bytes(data.done());
  if (missed !== undefined && missed >= 0) out.number(missed, 8);
  return out.bytes(new Uint8Array(size - out.length)).done();
}

/** The bytes of a file. */
export function builtTrace(file: BuiltFile): Uint8Array {
  return file.version === 7 ? builtSections(file) : builtWhole(file);
}

const TASKS = "7 qemu-ga\n8 dd\n";

function begun(file: BuiltFile, version: number): Out {
  const big = file.bigEndian ?? false;
  const out = new Out(big);
  out
    .bytes([0x17, 0x08, 0x44])
    .text(`tracing${version}\0`)
    .number(big ? 1 : 0, 1)
    .number(8, 1);
  return out.number(file.pageBytes ?? 512, 4);
}

function addHeaderPage(out: Out, pageBytes: number): void {
  const page =
    "\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n" +
    "\tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;\n" +
    `\tfield: char data;\toffset:16;\tsize:${pageBytes - 16};\tsigned:1;\n`;
  out.text("header_page\0").number(page.length, 8).text(page);
  out.text("header_event\0").number(0, 8);
}

function addFormats(out: Out): void {
  out.number(1, 4).text("probes\0").number(BUILT_FORMATS.length, 4);
  for (const text of BUILT_FORMATS) out.number(text.length, 8).text(text);
}

/** The pages of one CPU, as trace_pipe_raw gives them too. */
export function pagesOf(
  pages: readonly BuiltPage[],
  file: Pick<BuiltFile, "bigEndian" | "pageBytes">,
): Uint8Array {
  const big = file.bigEndian ?? false;
  return Buffer.concat(pages.map((one) => pageOf(one, big, file.pageBytes ?? 512)));
}

function builtWhole(file: BuiltFile): Uint8Array {
  const out = begun(file, 6);
  const instances = file.instances ?? [];
  addHeaderPage(out, file.pageBytes ?? 512);
  out.number(0, 4);
  addFormats(out);
  out.number(0, 4).number(0, 4);
  out.number(TASKS.length, 8).text(TASKS).number(file.cpus.length, 4);
  out.text("options  \0");
  for (const [id, data] of file.options ?? []) out.number(id, 2).number(data.length, 4).bytes(data);
  const tableBytes = 10 + 16 * file.cpus.length;
  const namesBytes = instances.reduce((sum, { name }) => sum + 6 + 8 + name.length + 1, 0);
  const first = out.length + namesBytes + 2;
  for (const [i, { name }] of instances.entries()) {
    out.number(3, 2).number(8 + name.length + 1, 4);
    out.number(first + (i + 1) * tableBytes, 8).text(`${name}\0`);
  }
  out.number(0, 2);
  let at = first + (instances.length + 1) * tableBytes;
  const blocks: Uint8Array[] = [];
  for (const { cpus } of [file, ...instances]) {
    out.text("flyrecord\0");
    for (const pages of cpus) {
      const bytes = pagesOf(pages, file);
      out.number(at, 8).number(bytes.length, 8);
      at += bytes.length;
      blocks.push(bytes);
    }
  }
  for (const bytes of blocks) out.bytes(bytes);
  return out.done();
}

/** Ids of the sections of version 7. */
const SECTION = { options: 0, buffer: 3, page: 16, ftrace: 17, events: 18, tasks: 21 };

function builtSections(file: BuiltFile): Uint8Array {
  const big = file.bigEndian ?? false;
  const out = begun(file, 7);
  const { packed } = file;
  out.text(`${packed?.name ?? "none"}\0`).text("1\0");
  const optionsAt = out.length;
  out.number(0, 8);
  const section = (id: number, fill: (content: Out) => void): number => {
    const content = new Out(big);
    fill(content);
    const at = out.length;
    const plain = content.done();
    const stored = packed?.pack(plain) ?? plain;
    const head = packed === undefined ? 0 : 8;
    out.number(id, 2).number(head === 0 ? 0 : 1, 2);
    out.number(0, 4).number(stored.length + head, 8);
    if (head > 0) out.number(stored.length, 4).number(plain.length, 4);
    out.bytes(stored);
    return at;
  };
  const places: [id: number, at: number][] = [
    [SECTION.page, section(SECTION.page, (to) => addHeaderPage(to, file.pageBytes ?? 512))],
    [SECTION.ftrace, section(SECTION.ftrace, (to) => to.number(0, 4))],
    [SECTION.events, section(SECTION.events, addFormats)],
    [SECTION.tasks, section(SECTION.tasks, (to) => to.number(TASKS.length, 8).text(TASKS))],
  ];
  const buffers = [{ name: "", cpus: file.cpus }, ...(file.instances ?? [])].map((buffer) =>
    addBuffer(out, buffer, file),
  );
  const last = section(SECTION.options, (to) => {
    for (const [id, data] of file.options ?? [])
      to.number(id, 2).number(data.length, 4).bytes(data);
    for (const [id, at] of places) to.number(id, 2).number(8, 4).number(at, 8);
    for (const data of buffers) to.number(3, 2).number(data.length, 4).bytes(data);
    to.number(0, 2).number(8, 4).number(0, 8);
  });
  return out.patched(optionsAt, last, 8);
}

/** Writes a buffer's events; what its option says of it. */
function addBuffer(
  out: Out,
  { name, cpus }: { readonly name: string; readonly cpus: BuiltCpus },
  file: BuiltFile,
): Uint8Array {
  const { packed, pageBytes = 512 } = file;
  const offset = out.length;
  out
    .number(SECTION.buffer, 2)
    .number(packed === undefined ? 0 : 1, 2)
    .number(0, 4)
    .number(0, 8);
  const option = new Out(file.bigEndian ?? false);
  option.number(offset, 8).text(`${name}\0local\0`).number(pageBytes, 4).number(cpus.length, 4);
  for (const [cpu, pages] of cpus.entries()) {
    const bytes = pagesOf(pages, file);
    const from = out.length;
    if (packed === undefined) out.bytes(bytes);
    else {
      const { chunkBytes, pack } = packed;
      out.number(Math.ceil(bytes.length / chunkBytes), 4);
      for (let at = 0; at < bytes.length; at += chunkBytes) {
        const plain = bytes.subarray(at, at + chunkBytes);
        const stored = pack(plain);
        out.number(stored.length, 4).number(plain.length, 4).bytes(stored);
      }
    }
    option
      .number(cpu, 4)
      .number(from, 8)
      .number(out.length - from, 8);
  }
  return option.done();
}
