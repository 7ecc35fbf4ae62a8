import type { EventFormat, FormatField } from "../tracedat/event-format.ts";
import { elementBytes, isCharacters } from "../tracedat/event-format.ts";
import {
  dynamicEnd,
  dynamicStart,
  integer,
  type RecordBytes,
  textEnd,
} from "../tracedat/values.ts";
import type { Expression, PrintFormat } from "./syntax.ts";

/** What a record's text is made with. */
export interface PrintContext {
  readonly little: boolean;
  readonly longBytes: number;
  /** The function at an address, unsigned. */
  readonly symbolAt: (
    address: bigint,
  ) => { readonly name: string; readonly offset: number } | undefined;
}

/** A `print fmt` says more than can be worked out here; the record's fields are printed instead. */
class CannotPrint extends Error {
  override readonly name = "CannotPrint";
}

type Value = bigint | string | Uint8Array;

const decoder = new TextDecoder();
/** The kernel prints an event into a page, or two. */
const WIDTH_MAX = 8192;
const TEXT_MAX = 1 << 16;
/** A pointer's extension letters follow the `p`: `%pS`, `%pI4`. */
const CONVERSION =
  /%([-+ #0]*)(\*|\d+)?(?:\.(\*|\d+))?(hh|h|ll|l|L|z|j|t)?([a-oq-zA-Z%]|p(?:[SsFfBKx]|[iI][46]c?|[mM][FR]?|U[bBlL]?)?)/g;

/** Prints one record as its format says; undefined when the format cannot be worked out. */
export function printRecord(
  format: EventFormat,
  print: PrintFormat,
  record: RecordBytes,
  context: PrintContext,
): string | undefined {
  const evaluation = new Evaluation(format, record, context);
  try {
    return evaluation.text(print);
  } catch (error) {
    if (error instanceof CannotPrint) return undefined;
    throw error;
  }
}

class Evaluation {
  readonly #fields: ReadonlyMap<string, FormatField>;
  readonly #record: RecordBytes;
  readonly #context: PrintContext;

  constructor(format: EventFormat, record: RecordBytes, context: PrintContext) {
    this.#fields = format.byName;
    this.#record = record;
    this.#context = context;
  }

  text({ text, args }: PrintFormat): string {
    let next = 0;
    let printed = 0;
    const take = (): Value => {
      const arg = args[next++];
      if (arg === undefined) throw new CannotPrint();
      return this.#value(arg);
    };
    return text.replace(
      CONVERSION,
      (_, flags: string, width: string, precision: string, size: string, letter: string) => {
        if (letter === "%") return "%";
        const wide = width === "*" ? Number(asNumber(take())) : Number(width ?? 0);
        const most =
          precision === "*"
            ? Number(asNumber(take()))
            : precision === undefined
              ? undefined
              : Number(precision);
        if (wide > WIDTH_MAX || (most ?? 0) > WIDTH_MAX) throw new CannotPrint();
        const shown = this.#converted(take(), letter, { flags, size, most });
        printed += Math.max(wide, shown.length);
        if (printed > TEXT_MAX) throw new CannotPrint();
        if (flags.includes("-")) return shown.padEnd(wide);
        if (flags.includes("0") && letter !== "s") return zeroPadded(shown, wide);
        return shown.padStart(wide);
      },
    );
  }

  #converted(
    value: Value,
    letter: string,
    { flags, size, most }: { flags: string; size: string | undefined; most: number | undefined },
  ): string {
    if (letter === "s") return textOfValue(value).slice(0, most);
    const number = asNumber(value);
    const bits = 8 * bytesOf(size, this.#context.longBytes);
    const unsigned = BigInt.asUintN(bits, number);
    switch (letter) {
      case "d":
      case "i":
        return zeroPadded(String(BigInt.asIntN(bits, number)), most ?? 0);
      case "u":
        return zeroPadded(String(unsigned), most ?? 0);
      case "x":
      case "X": {
        const digits = zeroPadded(unsigned.toString(16), most ?? 0);
        const prefixed = flags.includes("#") && unsigned !== 0n ? `0x${digits}` : digits;
        return letter === "X" ? prefixed.toUpperCase() : prefixed;
      }
      case "o":
        return unsigned.toString(8);
      case "c":
        return String.fromCharCode(Number(unsigned & 0xffn));
      case "pS":
      case "ps":
      case "pF":
      case "pf":
      case "pB":
        return this.#symbol(BigInt.asUintN(64, number), letter !== "ps" && letter !== "pf");
      case "p":
      case "pK":
      case "px":
        return `0x${BigInt.asUintN(64, number).toString(16)}`;
      default:
        throw new CannotPrint();
    }
  }

  #symbol(address: bigint, withOffset: boolean): string {
    const found = this.#context.symbolAt(address);
    if (found === undefined) return `0x${address.toString(16)}`;
    return withOffset ? `${found.name}+0x${found.offset.toString(16)}` : found.name;
  }

  #value(expression: Expression): Value {
    switch (expression.is) {
      case "number":
        return expression.value;
      case "text":
        return expression.text;
      case "field":
        return this.#field(expression.name);
      case "call":
        return this.#call(expression.name, expression.args);
      case "index":
        return this.#element(expression.of, Number(this.#number(expression.at)));
      case "unary":
        return this.#unary(expression.operator, expression.of);
      case "cast":
        return cast(expression.type, this.#value(expression.of), this.#context.longBytes);
      case "binary":
        return binary(expression.operator, this.#number(expression.left), () =>
          this.#number(expression.right),
        );
      case "choice":
        return this.#value(this.#number(expression.test) !== 0n ? expression.yes : expression.no);
      default:
        throw new CannotPrint();
    }
  }

  #number(expression: Expression): bigint {
    return asNumber(this.#value(expression));
  }

  #field(name: string): Value {
    const field = this.#fields.get(name);
    if (field === undefined || field.offset + field.size > this.#record.length) {
      throw new CannotPrint();
    }
    const { bytes, view, start } = this.#record;
    const at = start + field.offset;
    if (field.dynamic !== undefined) return this.#dynamic(name);
    if (field.elements > 0) {
      const slice = bytes.subarray(at, at + field.size);
      return isCharacters(field)
        ? decoder.decode(slice.subarray(0, textEnd(slice, 0, slice.length)))
        : slice;
    }
    const value = integer(view, at, field.size, field.signed, this.#context.little);
    if (value === undefined) throw new CannotPrint();
    return value;
  }

  #dynamic(name: string): Uint8Array {
    const field = this.#fields.get(name);
    if (field?.dynamic === undefined) throw new CannotPrint();
    const from = dynamicStart(this.#record, field, this.#context.little);
    if (from < 0) throw new CannotPrint();
    return this.#record.bytes.subarray(from, dynamicEnd(this.#record, field, this.#context.little));
  }

  #element(of: Expression, index: number): bigint {
    if (of.is !== "field") throw new CannotPrint();
    const field = this.#fields.get(of.name);
    if (field === undefined || index < 0 || index >= field.elements) throw new CannotPrint();
    const width = field.size / field.elements;
    const at = field.offset + index * width;
    if (at + width > this.#record.length) throw new CannotPrint();
    const { view, start } = this.#record;
    const value = integer(view, start + at, width, field.signed, this.#context.little);
    if (value === undefined) throw new CannotPrint();
    return value;
  }

  #unary(operator: string, of: Expression): bigint {
    const value = this.#number(of);
    switch (operator) {
      case "-":
        return -value;
      case "~":
        return ~value;
      case "!":
        return value === 0n ? 1n : 0n;
      default:
        throw new CannotPrint();
    }
  }

  #call(name: string, args: readonly Expression[]): Value {
    const [first, ...rest] = args;
    if (first === undefined) throw new CannotPrint();
    switch (name) {
      case "__get_str":
      case "__get_rel_str": {
        const bytes = this.#dynamic(nameOf(first));
        return decoder.decode(bytes.subarray(0, textEnd(bytes, 0, bytes.length)));
      }
      case "__get_dynamic_array":
      case "__get_rel_dynamic_array":
        return this.#dynamic(nameOf(first));
      case "__get_dynamic_array_len":
      case "__get_rel_dynamic_array_len":
        return BigInt(this.#dynamic(nameOf(first)).length);
      case "__print_symbolic":
        return this.#symbolic(this.#number(first), rest);
      case "__print_flags":
        return this.#flags(this.#number(first), rest);
      case "__print_hex":
      case "__print_hex_str":
        return this.#hex(first, rest, name === "__print_hex" ? " " : "");
      case "__print_array":
        return this.#array(first, rest);
      default:
        throw new CannotPrint();
    }
  }

  #pairs(lists: readonly Expression[]): [bigint, string][] {
    return lists.flatMap((list): [bigint, string][] => {
      if (list.is !== "list") return [];
      const [value, text] = list.items;
      if (value === undefined || text?.is !== "text") throw new CannotPrint();
      return [[BigInt.asUintN(64, this.#number(value)), text.text]];
    });
  }

  #symbolic(value: bigint, lists: readonly Expression[]): string {
    const wanted = BigInt.asUintN(64, value);
    const found = this.#pairs(lists).find(([of]) => of === wanted);
    return found?.[1] ?? `0x${wanted.toString(16)}`;
  }

  #flags(value: bigint, [delimiter, ...lists]: readonly Expression[]): string {
    if (delimiter?.is !== "text") throw new CannotPrint();
    let left = BigInt.asUintN(64, value);
    const names: string[] = [];
    for (const [mask, text] of this.#pairs(lists)) {
      if (mask === 0n ? left !== 0n || names.length > 0 : (left & mask) !== mask) continue;
      names.push(text);
      left &= ~mask;
    }
    if (left !== 0n) names.push(`0x${left.toString(16)}`);
    return names.join(delimiter.text);
  }

  #hex(first: Expression, [count]: readonly Expression[], between: string): string {
    const bytes = this.#value(first);
    if (!(bytes instanceof Uint8Array) || count === undefined) throw new CannotPrint();
    return [...bytes.subarray(0, Number(this.#number(count)))]
      .map((byte) => byte.toString(16).padStart(2, "0"))
      .join(between);
  }

  #array(first: Expression, [count, width]: readonly Expression[]): string {
    const bytes = this.#value(first);
    if (!(bytes instanceof Uint8Array) || count === undefined || width === undefined) {
      throw new CannotPrint();
    }
    const size = Number(this.#number(width));
    if (size < 1) throw new CannotPrint();
    const items = Math.min(Number(this.#number(count)), Math.floor(bytes.length / size));
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const shown = Array.from({ length: items }, (_, i) => {
      const value = integer(view, i * size, size, false, this.#context.little);
      if (value === undefined) throw new CannotPrint();
      return `0x${value.toString(16)}`;
    });
    return `{${shown.join(",")}}`;
  }
}

function nameOf(expression: Expression): string {
  if (expression.is === "name" || expression.is === "field") return expression.name;
  throw new CannotPrint();
}

function asNumber(value: Value): bigint {
  if (typeof value === "bigint") return value;
  throw new CannotPrint();
}

function textOfValue(value: Value): string {
  if (typeof value === "string") return value;
  if (typeof value === "bigint") throw new CannotPrint();
  return decoder.decode(value.subarray(0, textEnd(value, 0, value.length)));
}

/** Bytes that a conversion's length letters make it print. */
function bytesOf(size: string | undefined, longBytes: number): number {
  switch (size) {
    case undefined:
    case "h":
    case "hh":
      return 4;
    case "ll":
    case "L":
    case "j":
      return 8;
    default:
      return longBytes;
  }
}

/** Zeros between a sign or `0x` and the digits. */
function zeroPadded(shown: string, width: number): string {
  const prefix = /^(?:-|0x)/i.exec(shown)?.[0] ?? "";
  return prefix + shown.slice(prefix.length).padStart(width - prefix.length, "0");
}

function cast(type: string, value: Value, longBytes: number): Value {
  if (typeof value !== "bigint" || type.includes("*")) return value;
  const bits = /^(?:unsigned |signed )?long$/.test(type)
    ? longBytes * 8
    : (elementBytes(type) ?? 8) * 8;
  return /\bunsigned\b|\bu\d|\b__u\d|\bx\d|bool/.test(type)
    ? BigInt.asUintN(bits, value)
    : BigInt.asIntN(bits, value);
}

const truth = (yes: boolean): bigint => (yes ? 1n : 0n);

function binary(operator: string, left: bigint, later: () => bigint): bigint {
  if (operator === "&&") return truth(left !== 0n && later() !== 0n);
  if (operator === "||") return truth(left !== 0n || later() !== 0n);
  const right = later();
  switch (operator) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
    case "%":
      if (right === 0n) throw new CannotPrint();
      return operator === "/" ? left / right : left % right;
    case "&":
      return left & right;
    case "|":
      return left | right;
    case "^":
      return left ^ right;
    case "<<":
    case ">>":
      if (right < 0n || right > 63n) throw new CannotPrint();
      return operator === "<<" ? BigInt.asIntN(64, left << right) : left >> right;
    case "==":
      return truth(left === right);
    case "!=":
      return truth(left !== right);
    case "<":
      return truth(left < right);
    case ">":
      return truth(left > right);
    case "<=":
      return truth(left <= right);
    case ">=":
      return truth(left >= right);
    default:
      throw new CannotPrint();
  }
}
