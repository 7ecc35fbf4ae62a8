import type { EventBatch } from "../../model/batch.ts";
import { textOf } from "../bytes.ts";
import type { EventFormat, FormatField } from "./event-format.ts";
import { type FieldRead, READ } from "./event-plan.ts";
import { dynamicEnd, dynamicStart, integer, type RecordBytes, textEnd } from "./values.ts";

/** `key=0x%Lx`, `key=\"%s\"`, `key=%d` in a probe's print fmt. */
const CONVERSION = /(\w+)=(\{?)(\\"%s\\"|(?:0x)?%[a-zA-Z]+)/g;

/** Fields that only a case file keeps, as the trace's text would show them. */
export class RestText {
  readonly #little: boolean;
  readonly #conversions = new Map<EventFormat, ReadonlyMap<string, string>>();

  constructor(little: boolean) {
    this.#little = little;
  }

  add(
    batch: EventBatch,
    row: number,
    record: RecordBytes,
    format: EventFormat,
    reads: readonly FieldRead[],
  ): void {
    let members = "";
    for (const read of reads) {
      if (read.field >= 0 || read.end > record.length) continue;
      const name = JSON.stringify(read.format.name);
      const text = this.#text(record, read, this.#conversion(format, read.format.name));
      members += `${members === "" ? "" : ","}${name}:${JSON.stringify(text)}`;
    }
    if (members !== "") batch.rest.set(row, members);
  }

  #conversion(format: EventFormat, name: string): string {
    let found = this.#conversions.get(format);
    if (found === undefined) {
      found = new Map(
        [...format.printFmt.matchAll(CONVERSION)].map(([, key = "", , shape = ""]) => [key, shape]),
      );
      this.#conversions.set(format, found);
    }
    return found.get(name) ?? "";
  }

  #text(record: RecordBytes, { read, format, offset }: FieldRead, shape: string): string {
    const { bytes } = record;
    const at = record.start + offset;
    if (read === READ.dynamicText) {
      const from = dynamicStart(record, format, this.#little);
      if (from < 0) return "";
      const to = textEnd(bytes, from, dynamicEnd(record, format, this.#little));
      return quoted(textOf(bytes, from, to), shape);
    }
    if (read === READ.fixedText) {
      return quoted(textOf(bytes, at, textEnd(bytes, at, at + format.size)), shape);
    }
    if (format.elements === 0) return this.#number(record.view, at, format.size, format, shape);
    const width = format.size / format.elements;
    const items = Array.from({ length: format.elements }, (_, i) =>
      this.#number(record.view, at + i * width, width, format, shape),
    );
    return `{${items.join(",")}}`;
  }

  #number(view: DataView, at: number, width: number, field: FormatField, shape: string): string {
    const value = integer(view, at, width, field.signed, this.#little);
    if (value === undefined) return "?";
    if (!shape.includes("x")) return String(value);
    return `${shape.startsWith("0x") ? "0x" : ""}${BigInt.asUintN(8 * width, value).toString(16)}`;
  }
}

function quoted(text: string, shape: string): string {
  return shape.startsWith("\\") ? `"${text}"` : text;
}
