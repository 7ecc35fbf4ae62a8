/** Makes small trace.dat files of version 6, so that each layout and each fault can be had. */

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

export interface BuiltFile {
  readonly bigEndian?: boolean;
  readonly pageBytes?: number;
  readonly cpus: readonly (readonly BuiltPage[])[];
  /** Name and pages by CPU of an instance. */
  readonly instance?: { readonly name: string; readonly cpus: readonly (readonly BuiltPage[])[] };
  readonly options?: readonly (readonly [id: number, data: Uint8Array])[];
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

const FORMATS = [
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
    this.#bytes.push(...bytes);
    return this;
  }
  done(): Uint8Array {
    return Uint8Array.from(this.#bytes);
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
  const big = file.bigEndian ?? false;
  const pageBytes = file.pageBytes ?? 512;
  const out = new Out(big);
  out
    .bytes([0x17, 0x08, 0x44])
    .text("tracing6\0")
    .number(big ? 1 : 0, 1)
    .number(8, 1);
  out.number(pageBytes, 4);
  const page =
    "\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n" +
    "\tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;\n" +
    `\tfield: char data;\toffset:16;\tsize:${pageBytes - 16};\tsigned:1;\n`;
  out.text("header_page\0").number(page.length, 8).text(page);
  out.text("header_event\0").number(0, 8).number(0, 4);
  out.number(1, 4).text("probes\0").number(FORMATS.length, 4);
  for (const text of FORMATS) out.number(text.length, 8).text(text);
  out.number(0, 4).number(0, 4);
  const tasks = "7 qemu-ga\n8 dd\n";
  out.number(tasks.length, 8).text(tasks).number(file.cpus.length, 4);
  out.text("options  \0");
  for (const [id, data] of file.options ?? []) out.number(id, 2).number(data.length, 4).bytes(data);
  const { instance } = file;
  const tableBytes = 16 * file.cpus.length;
  const optionBytes = instance === undefined ? 0 : 6 + 8 + instance.name.length + 1;
  const table = out.length + optionBytes + 2 + 10;
  const second = table + tableBytes;
  if (instance !== undefined) {
    out
      .number(3, 2)
      .number(8 + instance.name.length + 1, 4)
      .number(second, 8);
    out.text(`${instance.name}\0`);
  }
  out.number(0, 2).text("flyrecord\0");
  let at = second + (instance === undefined ? 0 : 10 + tableBytes);
  const all = [...file.cpus, ...(instance?.cpus ?? [])].map((pages) => {
    const bytes = pages.flatMap((one) => [...pageOf(one, big, pageBytes)]);
    const place = { offset: at, bytes };
    at += bytes.length;
    return place;
  });
  for (const [i, { offset, bytes }] of all.entries()) {
    if (i === file.cpus.length) out.text("flyrecord\0");
    out.number(offset, 8).number(bytes.length, 8);
  }
  for (const { bytes } of all) out.bytes(bytes);
  return out.done();
}
