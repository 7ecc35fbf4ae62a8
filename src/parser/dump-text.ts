/**
 * Memory as other tools print it, back to bytes: hexdump, xxd, od, gdb's x, crash's rd, the kernel's
 * print_hex_dump, drgn. Words that a tool prints as numbers are taken for those of a little-endian
 * machine: that is what ring memory is (virtio 1.3, 1.4).
 */

/** What became of a text. */
export type DumpText =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array; readonly format: string }
  /** It is a dump, and its bytes cannot be told: why, and what to do. */
  | { readonly kind: "unclear"; readonly format: string; readonly reason: string }
  /** It is a dump with a line that does not fit. */
  | {
      readonly kind: "broken";
      readonly format: string;
      readonly line: number;
      readonly expected: string;
    }
  | { readonly kind: "other" };

/** More than any area of a queue has. */
const BYTES_MAX = 1 << 20;
/** Of an offset or address: enough for any dump, and exact in a double. */
const OFFSET_DIGITS = 12;
const TOO_LARGE = `it is larger than ${BYTES_MAX} bytes`;
/** A text is looked at this far before it is taken for a dump, or not. */
const LINES_SNIFFED = 200;

interface Row {
  readonly line: number;
  /** As printed; undefined in formats without. */
  readonly offset: string | undefined;
  /** Bytes as they are printed. */
  readonly printed: readonly number[];
  /** The same with each group turned round. */
  readonly turned: readonly number[];
  /** Bytes of its widest group. */
  readonly widest: number;
  /** What the text column shows. */
  readonly shown: string | undefined;
  /** Rows between this and the one before were left out, for they repeat it. */
  readonly repeated: boolean;
}

interface Shape {
  readonly name: string;
  /** Groups: offset, body, and what stands behind it. */
  readonly line: RegExp;
  /** Ends the dump: the offset behind its last byte. */
  readonly end?: RegExp;
  /** What its offsets may be written in. */
  readonly radixes: readonly number[];
  /** Groups of the body are numbers, bytes as in memory, or either (xxd without and with -e). */
  readonly groups: "numbers" | "bytes" | "either";
  /** The text says by itself that its bytes cannot be told. */
  readonly refuse?: string;
}

const HEX = "[0-9a-fA-F]";
/** Groups of one width, each behind one space. */
const words = (...digits: number[]): string =>
  `(?:${digits.map((count) => `${HEX}{${count}}(?: ${HEX}{${count}})*`).join("|")})`;
const TEXT_COLUMN = "(?: {2,}(.*))?";

/** In the order in which they are tried: what is told apart by less comes later. */
const SHAPES: readonly Shape[] = [
  {
    name: "hexdump -C",
    line: new RegExp(`^(${HEX}{8,}) {2}((?:${HEX}{2} {1,2})+) *\\|(.*)\\|$`),
    end: new RegExp(`^(${HEX}{8,})$`),
    radixes: [16],
    groups: "bytes",
  },
  {
    name: "gdb x/, decimal",
    line: /^(0x[0-9a-f]+)(?: <[^>]*>)?:((?:\t-?\d+)+)()$/,
    radixes: [16],
    groups: "numbers",
    refuse: "decimal words do not say how wide they are: use x/...x",
  },
  {
    name: "gdb x/s",
    line: /^(0x[0-9a-f]+)(?: <[^>]*>)?:\t(".*)()$/,
    radixes: [16],
    groups: "numbers",
    refuse: "strings do not show the bytes between them: use x/...x",
  },
  {
    name: "gdb x/",
    line: /^(0x[0-9a-f]+)(?: <[^>]*>)?:((?:\s+0x[0-9a-f]+)+)()$/,
    radixes: [16],
    groups: "numbers",
  },
  {
    name: "QEMU xp",
    line: new RegExp(`^(${HEX}{16}):((?: 0x${HEX}+)+)()$`),
    radixes: [16],
    groups: "numbers",
  },
  {
    name: "print_hex_dump",
    line: new RegExp(
      `^(?:<\\d+>)?\\[ *\\d+\\.\\d+\\](?:\\[[^\\]]*\\])? (?:.*[ :])?(${HEX}{8}|${HEX}{16}): (${words(16, 8, 4, 2)})${TEXT_COLUMN}$`,
    ),
    radixes: [16],
    groups: "numbers",
  },
  {
    name: "crash rd",
    line: new RegExp(`^ *(${HEX}{8,16}): {2}(${words(16, 8, 4, 2)})${TEXT_COLUMN}$`),
    radixes: [16],
    groups: "numbers",
  },
  {
    name: "xxd",
    line: new RegExp(`^(${HEX}{8,}): ( *${HEX}+(?: ${HEX}+)*)( {2,}.*)?$`),
    radixes: [16],
    groups: "either",
  },
  {
    name: "od -t x1",
    line: new RegExp(`^(${HEX}{6,})((?: ${HEX}{2})+)(?: *>(.*)<)?$`),
    end: new RegExp(`^(${HEX}{6,})$`),
    radixes: [8, 16, 10],
    groups: "bytes",
  },
  {
    name: "od, octal words",
    line: /^([0-7]{7})((?: [0-7]{6})+)()$/,
    end: /^([0-7]{7})$/,
    radixes: [8],
    groups: "numbers",
    refuse: "octal words are not read: use od -A x -t x1",
  },
  {
    name: "hexdump or od, words",
    line: new RegExp(`^(${HEX}{6,})((?: +(?:${HEX}{16}|${HEX}{8}|${HEX}{4}))+)(?: *>(.*)<)?$`),
    end: new RegExp(`^(${HEX}{6,})$`),
    radixes: [16, 8, 10],
    groups: "numbers",
  },
];

/** Bytes that a text of another tool stands for. Never throws. */
export function parseDumpText(text: string): DumpText {
  const lines = text.split("\n").map((line) => line.replace(/\r$/, ""));
  return listed(text, lines) ?? shaped(lines) ?? plain(lines) ?? { kind: "other" };
}

/** `xxd -i` and drgn: a list in a programming language. */
function listed(text: string, lines: readonly string[]): DumpText | undefined {
  const first = lines.find((line) => line !== "") ?? "";
  if (/^unsigned char \w+\[\] = \{$/.test(first)) return cArray(text);
  const [, quote] = /^b(['"])/.exec(first) ?? [];
  if (quote === undefined) return undefined;
  return pythonBytes(first, quote);
}

function cArray(text: string): DumpText {
  const format = "xxd -i";
  const close = text.indexOf("}");
  const body = close < 0 ? "" : text.slice(text.indexOf("{") + 1, close);
  const values = body.split(",").map((word) => word.trim());
  const bytes = values.filter((word) => word !== "");
  const odd = bytes.find((word) => !/^0x[0-9a-f]{2}$/i.test(word));
  if (odd !== undefined || bytes.length === 0) {
    return { kind: "broken", format, line: 1, expected: "bytes as 0x1c between braces" };
  }
  const [, length] = /_len = (\d+);/.exec(text) ?? [];
  if (length !== undefined && Number(length) !== bytes.length) {
    const expected = `${length} bytes, as its length says; there are ${bytes.length}`;
    return { kind: "broken", format, line: 1, expected };
  }
  return { kind: "bytes", format, bytes: Uint8Array.from(bytes, Number) };
}

const ESCAPES: Readonly<Record<string, number>> = {
  ...{ n: 10, t: 9, r: 13, "\\": 92, "'": 39, '"': 34 },
};

function pythonBytes(line: string, quote: string): DumpText {
  const format = "Python bytes";
  const bytes: number[] = [];
  const piece = /\\x([0-9a-f]{2})|\\(.)|([ -~])/gy;
  piece.lastIndex = 2;
  for (let match = piece.exec(line); match !== null; match = piece.exec(line)) {
    const [, hex, escaped, character] = match;
    if (character === quote) {
      if (piece.lastIndex !== line.length) break;
      return { kind: "bytes", format, bytes: Uint8Array.from(bytes) };
    }
    const value =
      hex !== undefined
        ? Number.parseInt(hex, 16)
        : escaped !== undefined
          ? ESCAPES[escaped]
          : character?.charCodeAt(0);
    if (value === undefined) break;
    bytes.push(value);
  }
  return { kind: "broken", format, line: 1, expected: "one bytes literal, closed by its quote" };
}

/** The shape that most lines have, if any has. */
function shaped(lines: readonly string[]): DumpText | undefined {
  const sniffed = lines.slice(0, LINES_SNIFFED);
  let best: Shape | undefined;
  let most = 0;
  for (const shape of SHAPES) {
    const fits = sniffed.filter((line) => shape.line.test(line.trimEnd())).length;
    if (fits > most) [best, most] = [shape, fits];
  }
  return best === undefined ? undefined : read(lines, best);
}

function read(lines: readonly string[], shape: Shape): DumpText {
  const { name: format, refuse } = shape;
  if (refuse !== undefined) return { kind: "unclear", format, reason: refuse };
  const rows: Row[] = [];
  let end: string | undefined;
  let repeated = false;
  let total = 0;
  for (const [i, line] of lines.entries()) {
    if (line.trimEnd() === "*") repeated = true;
    const [, offset, body, shown] =
      shape.line.exec(shape.groups === "either" ? line : line.trimEnd()) ?? [];
    if (body === undefined) {
      // Around a dump stands what else was said; between its rows nothing may be missing.
      end = shape.end?.exec(line.trimEnd())?.[1] ?? end;
      continue;
    }
    const groups = body
      .trim()
      .split(/\s+/)
      .map((word) => word.replace(/^0x/, ""));
    const printed = groups.flatMap(groupBytes);
    const turned = groups.flatMap((group) => groupBytes(group).reverse());
    const widest = Math.max(...groups.map((group) => group.length / 2));
    const more = { shown: shown ? textColumn(shown, printed.length) : undefined, repeated };
    rows.push({ line: i + 1, offset, printed, turned, widest, ...more });
    repeated = false;
    total += printed.length;
    if (total > BYTES_MAX) return { kind: "unclear", format, reason: TOO_LARGE };
  }
  return placed(rows, { shape, end, endRepeated: repeated });
}

/** The last row is shorter than its column; and the text may itself begin, or end, with blanks. */
function textColumn(behind: string, length: number): string {
  return behind.length - 2 >= length ? behind.slice(-length) : behind.slice(2);
}

function groupBytes(group: string): number[] {
  const bytes: number[] = [];
  for (let at = 0; at < group.length; at += 2)
    bytes.push(Number.parseInt(group.slice(at, at + 2), 16));
  return bytes;
}

/** Rows by their offsets, in the first radix in which they follow each other. */
function placed(
  rows: readonly Row[],
  how: { readonly shape: Shape; readonly end: string | undefined; readonly endRepeated: boolean },
): DumpText {
  const { shape } = how;
  const turn =
    shape.groups === "numbers" ? true : shape.groups === "bytes" ? false : isTurned(rows);
  if (turn === undefined) {
    const reason =
      "its groups may stand as in memory (xxd) or turned round (xxd -e), and its text column does not tell: dump it without -e";
    return { kind: "unclear", format: shape.name, reason };
  }
  let first: DumpText | undefined;
  for (const radix of shape.radixes) {
    const result = joined(rows, { ...how, radix, turn });
    if (result.kind === "bytes") return result;
    first ??= result;
  }
  return first ?? { kind: "other" };
}

function joined(
  rows: readonly Row[],
  how: {
    readonly shape: Shape;
    readonly end: string | undefined;
    readonly endRepeated: boolean;
    readonly radix: number;
    readonly turn: boolean;
  },
): DumpText {
  const { shape, radix, turn } = how;
  const format = shape.name;
  // A kernel address is more than a double holds; what tells rows apart is at its end.
  const numberOf = (offset: string): number =>
    Number.parseInt(offset.replace(/^0x/, "").slice(-OFFSET_DIGITS), radix);
  const base = numberOf(rows[0]?.offset ?? "0");
  const bytes: number[] = [];
  let row: readonly number[] = [];
  const fill = (until: number): boolean => {
    if (row.length === 0 || until > BYTES_MAX || (until - bytes.length) % row.length !== 0)
      return false;
    while (bytes.length < until) bytes.push(...row);
    return true;
  };
  for (const { line, offset, printed, turned, repeated } of rows) {
    const at = numberOf(offset ?? "0") - base;
    const gap = repeated ? at > bytes.length && !fill(at) : false;
    if (gap || at !== bytes.length) {
      const where = (base + bytes.length).toString(radix);
      return {
        kind: "broken",
        format,
        line,
        expected: `the row at ${where}, where the one before ends`,
      };
    }
    row = turn ? turned : printed;
    bytes.push(...row);
  }
  if (how.end === undefined) return { kind: "bytes", format, bytes: Uint8Array.from(bytes) };
  const length = numberOf(how.end) - base;
  if (how.endRepeated) fill(length);
  // Where the length is no multiple of the words', the last word is printed whole.
  const widest = rows.at(-1)?.widest ?? 1;
  if (length > bytes.length || length <= bytes.length - widest) {
    const expected = `an end at ${(base + bytes.length).toString(radix)}; it is at ${how.end}`;
    return { kind: "broken", format, line: rows.at(-1)?.line ?? 1, expected };
  }
  return { kind: "bytes", format, bytes: Uint8Array.from(bytes.slice(0, length)) };
}

/**
 * xxd: are the groups turned round (-e)? By the text column; undefined when that fits both, or neither.
 * Groups of two bytes are what xxd makes by itself, and -e makes them of four: pairs stand as in memory
 * unless the text says otherwise.
 */
function isTurned(rows: readonly Row[]): boolean | undefined {
  const same = rows.every(({ printed, turned }) => printed.every((byte, i) => byte === turned[i]));
  if (same) return false;
  const asPrinted = rows.every(({ printed, shown }) => fitsText(printed, shown));
  const asTurned = rows.every(({ turned, shown }) => fitsText(turned, shown));
  if (asPrinted !== asTurned) return asTurned;
  return asPrinted && rows.every(({ widest }) => widest <= 2) ? false : undefined;
}

function fitsText(bytes: readonly number[], shown: string | undefined): boolean {
  if (shown === undefined) return true;
  // Blanks at the end of a line are easily lost.
  const text = shown.padEnd(bytes.length);
  if (text.length !== bytes.length) return false;
  return bytes.every((byte, i) => {
    const letter = byte >= 0x20 && byte <= 0x7e ? String.fromCharCode(byte) : ".";
    return letter === text[i];
  });
}

/** `xxd -p`, `od -A n -t x1`: nothing but digits, and blanks between bytes. */
function plain(lines: readonly string[]): DumpText | undefined {
  const format = "hex digits";
  const body = lines.map((line) => line.trim()).filter((line) => line !== "");
  const digits = body.filter((line) => line !== "*");
  const bare = digits.every((line) => /^[0-9a-fA-F]+$/.test(line));
  const spaced = digits.every((line) => /^[0-9a-fA-F]{2}(?: [0-9a-fA-F]{2})*$/.test(line));
  if (digits.length === 0 || (!bare && !spaced)) return undefined;
  if (digits.length < body.length) {
    return { kind: "unclear", format, reason: "it leaves rows out (*), and has no offsets" };
  }
  const odd = lines.findIndex((line) => bare && line.trim().length % 2 === 1);
  if (odd >= 0) {
    return { kind: "broken", format, line: odd + 1, expected: "two digits for each byte" };
  }
  const all = digits.join("").replaceAll(" ", "");
  if (all.length > 2 * BYTES_MAX) return { kind: "unclear", format, reason: TOO_LARGE };
  return { kind: "bytes", format, bytes: Uint8Array.from(groupBytes(all)) };
}
