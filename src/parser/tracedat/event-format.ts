/** One field of an event, as the kernel's `format` file describes it. */
export interface FormatField {
  /** The declaration without name and array length: `u64`, `__data_loc char[]`. */
  readonly type: string;
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  readonly signed: boolean;
  /** Elements of a fixed array; 0 for a single value. */
  readonly elements: number;
  /** Where the value is, when it is not here: counted from the record, or from this field's end. */
  readonly dynamic: "data" | "rel" | undefined;
}

/** An event by its `format` file. */
export interface EventFormat {
  readonly system: string;
  readonly name: string;
  readonly id: number;
  readonly fields: readonly FormatField[];
  readonly byName: ReadonlyMap<string, FormatField>;
  /** What stands behind `print fmt:`, not parsed. */
  readonly printFmt: string;
}

/*
 * name: virtqueue_add_sgs_ret
 * ID: 1339
 * format:
 *         field:unsigned short common_type;       offset:0;       size:2; signed:0;
 *
 *         field:s32 ret;  offset:24;      size:4; signed:1;
 *
 * print fmt: "(%lx <- %lx) ret=%d", REC->__probe_func, REC->__probe_ret_ip, REC->ret
 */
const FIELD_LINE = /^\s*field:([^;]+);\s*offset:(\d{1,7});\s*size:(\d{1,7});(?:\s*signed:(\d);)?/;
const DECLARATION = /^(.*?)\s*\b(\w+)(?:\[([^\]]*)\])?$/;

/** Reads a `format` file; undefined when it has no name or no number. */
export function parseEventFormat(text: string, system: string): EventFormat | undefined {
  const name = /^name:\s*(\S+)/m.exec(text)?.[1];
  const id = Number(/^ID:\s*(\d{1,6})/m.exec(text)?.[1] ?? Number.NaN);
  if (name === undefined || Number.isNaN(id)) return undefined;
  const printAt = text.indexOf("print fmt:");
  const head = printAt < 0 ? text : text.slice(0, printAt);
  const fields = parseFields(head);
  return {
    system,
    name,
    id,
    fields,
    byName: new Map(fields.map((field) => [field.name, field])),
    printFmt: printAt < 0 ? "" : text.slice(printAt + "print fmt:".length).replaceAll("\0", ""),
  };
}

/** The `field:` lines of a format, in order. */
export function parseFields(text: string): FormatField[] {
  const fields: FormatField[] = [];
  for (const line of text.split("\n")) {
    const match = FIELD_LINE.exec(line);
    if (match === null) continue;
    const field = fieldOf(match);
    if (field !== undefined) fields.push(field);
  }
  return fields;
}

function fieldOf([, declared = "", offset, size, signed]: RegExpExecArray):
  | FormatField
  | undefined {
  const declaration = DECLARATION.exec(declared.trim());
  if (declaration === null) return undefined;
  const [, type = "", name = "", length] = declaration;
  const dynamic = /^__data_loc\b/.test(type)
    ? "data"
    : /^__rel_loc\b/.test(type)
      ? "rel"
      : undefined;
  const bytes = Number(size);
  const elements =
    length === undefined || dynamic !== undefined ? 0 : elementsOf(length, type, bytes);
  return {
    type,
    name,
    offset: Number(offset),
    size: bytes,
    signed: signed === "1",
    elements,
    dynamic,
  };
}

/** A length may be a constant of the kernel's, as in `char comm[TASK_COMM_LEN]`. */
function elementsOf(length: string, type: string, bytes: number): number {
  const count = Number(length);
  // Each element has a byte at least: a format that says otherwise is none.
  if (Number.isInteger(count) && count > 0 && count <= bytes) return count;
  return Math.max(1, Math.floor(bytes / (elementBytes(type) ?? 1)));
}

/** Bytes of one value of a C type; undefined for a type that is no number. */
export function elementBytes(type: string): number | undefined {
  if (type.includes("*")) return 8;
  if (
    /\b(?:unsigned|signed)?\s*char\b|\b[usx]8\b|\b__u8\b|\b__s8\b|\bbool\b|\bu?int8_t\b/.test(type)
  )
    return 1;
  if (/\bshort\b|\b[usx]16\b|\b__[usbl]e?16\b|\bu?int16_t\b/.test(type)) return 2;
  if (/\blong\b|\b[usx]64\b|\b__[usbl]e?64\b|\bu?int64_t\b|\bsize_t\b/.test(type)) return 8;
  if (/\bint\b|\b[usx]32\b|\b__[usbl]e?32\b|\bu?int32_t\b|\bunsigned\b|_t\b/.test(type)) return 4;
  return undefined;
}

/** Whether an array holds text. */
export function isCharacters({ type }: FormatField): boolean {
  return /\bchar\b/.test(type) && !/\bunsigned\b/.test(type);
}
