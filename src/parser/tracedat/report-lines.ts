import { type PrintContext, printRecord } from "../printfmt/print.ts";
import type { PrintFormat } from "../printfmt/syntax.ts";
import type { ByteRanges } from "./byte-cursor.ts";
import type { CpuRecords } from "./cpu-records.ts";
import type { EventFormat } from "./event-format.ts";
import { isCharacters } from "./event-format.ts";
import { Kallsyms } from "./kallsyms.ts";
import { MergedRecords } from "./merged-records.ts";
import { taskName } from "./reader.ts";
import type { Inflate, TraceFile } from "./trace-file.ts";
import { dynamicEnd, dynamicStart, integer, textEnd } from "./values.ts";

/** Clocks that trace-cmd prints in seconds; all others as they are. */
const IN_SECONDS = /^(?:local|global|uptime|perf|mono.*|tsc2nsec|)$/;
const decoder = new TextDecoder();

interface LineFormat {
  readonly format: EventFormat;
  /** Name and colon, padded. */
  readonly label: string;
  readonly print: PrintFormat | undefined;
  readonly pidOffset: number;
}

/** The lines that `trace-cmd report` prints of a file, one for each record and loss. */
export class ReportLines {
  readonly #file: TraceFile;
  readonly #records: MergedRecords;
  readonly #parse: (text: string) => PrintFormat | undefined;
  readonly #formats = new Map<number, EventFormat>();
  readonly #lineFormats = new Map<number, LineFormat>();
  readonly #context: PrintContext;
  readonly #inSeconds: boolean;

  constructor(
    ranges: ByteRanges,
    file: TraceFile,
    inflate: Inflate,
    parse: (text: string) => PrintFormat | undefined,
  ) {
    this.#file = file;
    this.#parse = parse;
    this.#records = new MergedRecords(ranges, file, inflate);
    for (const format of file.formats) {
      if (!this.#formats.has(format.id)) this.#formats.set(format.id, format);
    }
    let kallsyms: Kallsyms | undefined;
    this.#context = {
      little: !file.head.bigEndian,
      longBytes: file.head.longBytes,
      symbolAt: (address) => {
        kallsyms ??= new Kallsyms(file.kallsyms());
        return kallsyms.find(Number(BigInt.asIntN(64, address)));
      },
    };
    this.#inSeconds = file.tsc !== undefined || IN_SECONDS.test(file.buffers[0]?.clock ?? "");
  }

  *lines(): Generator<string> {
    yield `cpus=${this.#file.cpuCount}\n`;
    for (let from = this.#records.next(); from !== undefined; from = this.#records.next()) {
      const { missed } = from;
      const buffer = this.#prefix(from);
      if (missed !== 0) {
        const count = missed > 0 ? `${missed} ` : "";
        yield `${buffer}CPU:${from.cpu} [${count}EVENTS DROPPED]\n`;
      }
      yield `${buffer}${this.#line(from)}\n`;
    }
  }

  #prefix({ buffer, bufferNumber }: CpuRecords): string {
    if (this.#file.buffers.length < 2 || (bufferNumber === 0 && buffer.name === "")) return "";
    return `${buffer.name}: `;
  }

  #line(from: CpuRecords): string {
    const { view, start, length } = from;
    const id = length < 2 ? -1 : view.getUint16(start, this.#context.little);
    const known = this.#lineFormat(id);
    if (known === undefined || known.pidOffset + 4 > length) {
      return `[UNKNOWN EVENT] type ${id}, ${length} bytes, CPU ${from.cpu}`;
    }
    const pid = view.getInt32(start + known.pidOffset, this.#context.little);
    const task = `${taskName(this.#file, pid).padStart(16)}-${String(pid).padEnd(5)}`;
    const cpu = String(from.cpu).padStart(3, "0");
    return `${task} [${cpu}]${this.#time(from.time)}: ${known.label}${this.#payload(from, known)}`;
  }

  #time(distance: number): string {
    const time = BigInt.asUintN(64, this.#records.origin + BigInt(Math.trunc(distance)));
    if (!this.#inSeconds) return String(time).padStart(12);
    const micros = (time + 500n) / 1000n;
    if (micros <= 1_000_000n) return String(micros).padStart(12);
    const seconds = micros / 1_000_000n;
    return ` ${String(seconds).padStart(5)}.${String(micros % 1_000_000n).padStart(6, "0")}`;
  }

  #lineFormat(id: number): LineFormat | undefined {
    let known = this.#lineFormats.get(id);
    if (known === undefined) {
      const format = this.#formats.get(id);
      if (format === undefined) return undefined;
      known = {
        format,
        label: `${format.name}: `.padEnd(22),
        print: this.#parse(format.printFmt),
        pidOffset: format.byName.get("common_pid")?.offset ?? 4,
      };
      this.#lineFormats.set(id, known);
    }
    return known;
  }

  #payload(from: CpuRecords, { format, print }: LineFormat): string {
    const text = print === undefined ? undefined : printRecord(format, print, from, this.#context);
    return text ?? `[FAILED TO PARSE]${this.#fields(from, format)}`;
  }

  /** What cannot be printed as its format says: the fields as they are. */
  #fields(from: CpuRecords, format: EventFormat): string {
    const { little } = this.#context;
    let text = "";
    for (const field of format.fields) {
      if (field.name.startsWith("common_") || field.offset + field.size > from.length) continue;
      const at = from.start + field.offset;
      let value: string | undefined;
      if (isCharacters(field) && (field.dynamic !== undefined || field.elements > 0)) {
        const first = field.dynamic === undefined ? at : dynamicStart(from, field, little);
        const last =
          field.dynamic === undefined ? at + field.size : dynamicEnd(from, field, little);
        value =
          first < 0
            ? ""
            : decoder.decode(from.bytes.subarray(first, textEnd(from.bytes, first, last)));
      } else if (field.elements === 0 && field.dynamic === undefined) {
        const number = integer(from.view, at, field.size, field.signed, little);
        if (number !== undefined) {
          const hex = `0x${BigInt.asUintN(64, number).toString(16)}`;
          value = field.signed ? String(number) : hex;
        }
      }
      text += ` ${field.name}=${value ?? "?"}`;
    }
    return text;
  }
}
