import type { IRecognitionException, IToken } from "chevrotain";
import { EVENT_KINDS, LEVEL, PHASES } from "../../model/event.ts";
import {
  FILTER_FIELDS,
  type FieldSort,
  type Filter,
  type FilterError,
  type FilterField,
  type FilterFieldName,
  type FilterValue,
  OTHER_FIELDS,
} from "../../model/filter.ts";
import { nearest } from "../../model/nearest.ts";
import { filterLexer, filterParser, NUMERAL, PATTERN, TEXT, type Written } from "./grammar.ts";

export type ParsedFilter =
  | { readonly kind: "filter"; readonly filter: Filter }
  | { readonly kind: "error"; readonly error: FilterError };

/** Longer ones are no filters; the parser's stack is bounded by it as well. */
const LENGTH_MAX = 10_000;
const DEPTH_MAX = 200;
const QUOTED_MAX = 60;

/** Reads a filter on events: `queue = req.1 and kind in (add, getBuf) and time > 1.5s`. Never throws. */
export function parseFilter(text: string): ParsedFilter {
  try {
    return { kind: "filter", filter: read(text) };
  } catch (error) {
    if (error instanceof Wrong) return { kind: "error", error };
    throw error;
  }
}

/** What a message quotes of a filter: enough to find it. */
function brief(text: string): string {
  return text.length > QUOTED_MAX ? `${text.slice(0, QUOTED_MAX)}...` : text;
}

/** Found wrong somewhere inside; caught by parseFilter alone. */
class Wrong implements FilterError {
  readonly offset: number;
  readonly length: number;
  readonly message: string;
  readonly help: string;

  constructor(at: { offset: number; length: number }, message: string, help = "") {
    this.offset = at.offset;
    this.length = at.length;
    this.message = message;
    this.help = help;
  }
}

function read(text: string): Filter {
  if (text.length > LENGTH_MAX || nestedDeeply(text)) {
    throw new Wrong({ offset: 0, length: 1 }, "the filter is too long, or too deeply nested");
  }
  const { tokens, errors } = filterLexer.tokenize(text);
  const [stray] = errors;
  if (stray !== undefined) {
    const at = { offset: stray.offset, length: stray.length };
    const piece = text.slice(at.offset, at.offset + at.length);
    throw new Wrong(at, `no filter has ${JSON.stringify(brief(piece))} here`, strayHelp(piece));
  }
  if (tokens.length === 0) {
    throw new Wrong({ offset: 0, length: 1 }, "the filter is empty", "try: kind = add");
  }
  filterParser.input = tokens;
  const written = filterParser.filter();
  const [wrong] = filterParser.errors;
  if (wrong !== undefined) throw syntaxError(wrong, tokens, text);
  return resolved(written);
}

function nestedDeeply(text: string): boolean {
  let open = 0;
  for (const [sign] of text.matchAll(/\(|\bnot\b|!/gi)) open += sign === "" ? 0 : 1;
  return open > DEPTH_MAX;
}

function strayHelp(piece: string): string {
  if (piece.startsWith("'")) return 'texts stand in double quotes: "..."';
  if (piece.startsWith('"')) return "the text has no closing quote";
  if (piece.startsWith("&")) return "try: and";
  if (piece.startsWith("|")) return "try: or";
  return "";
}

function syntaxError(error: IRecognitionException, tokens: readonly IToken[], text: string): Wrong {
  const { token } = error;
  const ended = Number.isNaN(token.startOffset) || token.startOffset === undefined;
  const at = ended ? { offset: text.length, length: 1 } : placeOf(token);
  const found = ended
    ? "the filter ends here"
    : `${JSON.stringify(brief(token.image))} stands here`;
  const before = ended ? tokens.at(-1) : tokens[tokens.indexOf(token) - 1];
  return new Wrong(at, found, `expected: ${expected(error, before)}`);
}

function expected({ name, message }: IRecognitionException, before: IToken | undefined): string {
  if (name === "NotAllInputParsedException") {
    return before?.tokenType.name === "Word"
      ? `= != < <= > >= ~ or in behind ${brief(before.image)}; else 'and', 'or' or the end`
      : "'and', 'or' or the end";
  }
  // The label of the one token that would do.
  const [, label] = /--> (.*?) <--/.exec(message) ?? [];
  if (label !== undefined) return label;
  return before === undefined ? "a field, as in kind = add" : expectedAfter(before);
}

/** What may follow a token, in words. */
function expectedAfter({ tokenType }: IToken): string {
  switch (tokenType.name) {
    case "Compare":
    case "Range":
    case "Comma":
      return "a value: a number, a word, or a text in quotes";
    case "Like":
    case "Unlike":
      return "a pattern between slashes: /kworker.*/";
    case "In":
      return "a list (1, 2) or a range 1..9";
    default:
      return "a field, as in kind = add, or a group in parentheses";
  }
}

function placeOf(token: IToken): { offset: number; length: number } {
  return { offset: token.startOffset, length: token.image.length };
}

function resolved(written: Written): Filter {
  switch (written.op) {
    case "and":
    case "or":
      return { op: written.op, of: written.of.map(resolved) };
    case "not":
      return { op: "not", of: resolved(written.of) };
    case "present":
      return { op: "present", field: fieldOf(written.field) };
    case "compare": {
      const field = fieldOf(written.field);
      const { how } = written;
      if (how !== "=" && how !== "!=" && (field.sort === "text" || field.sort === "queue")) {
        const help = `try: ${field.name} = ... or ${field.name} ~ /.../`;
        throw new Wrong(placeOf(written.field), `${field.name} is a text, and has no order`, help);
      }
      return { op: "compare", field, how, value: filterValue(written.value, field) };
    }
    case "in": {
      const field = fieldOf(written.field);
      return { op: "in", field, values: written.values.map((value) => filterValue(value, field)) };
    }
    case "between":
      return between(written);
    default:
      return matching(written);
  }
}

function between(written: Extract<Written, { op: "between" }>): Filter {
  const field = fieldOf(written.field);
  if (field.sort === "text" || field.sort === "queue") {
    throw new Wrong(placeOf(written.field), `${field.name} is a text, and has no order`);
  }
  const [from, to] = [filterValue(written.from, field), filterValue(written.to, field)];
  if (from > to) {
    throw new Wrong(placeOf(written.from), "the range ends before it begins");
  }
  return { op: "between", field, from, to };
}

function matching({ field: name, pattern: token }: Extract<Written, { op: "match" }>): Filter {
  const field = fieldOf(name);
  const pattern =
    token.tokenType.name === PATTERN
      ? token.image.slice(1, -1).replaceAll("\\/", "/")
      : textOf(token);
  try {
    new RegExp(pattern, "u");
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^.*: /, "") : "";
    throw new Wrong(placeOf(token), `the pattern is not one: ${why}`);
  }
  return { op: "match", field, pattern };
}

function fieldOf(token: IToken): FilterField {
  const name = token.image;
  const known = FILTER_FIELDS[name as FilterFieldName];
  if (known !== undefined && Object.hasOwn(FILTER_FIELDS, name)) return { name, sort: known[0] };
  if (name.startsWith(OTHER_FIELDS) && name.length > OTHER_FIELDS.length) {
    return { name, sort: "number" };
  }
  const [near] = nearest(name, Object.keys(FILTER_FIELDS));
  const help = `did you mean ${near}? A field of the trace without a column is ${OTHER_FIELDS}${brief(name)}`;
  throw new Wrong(placeOf(token), `there is no field ${brief(name)}`, help);
}

function textOf(token: IToken): string {
  return token.tokenType.name === TEXT
    ? token.image.slice(1, -1).replace(/\\(.)/g, "$1")
    : token.image;
}

/** Nanoseconds in a unit of time. */
const UNITS: ReadonlyMap<string, bigint> = new Map([
  ["ns", 1n],
  ["us", 1000n],
  ["ms", 1_000_000n],
  ["s", 1_000_000_000n],
  ["m", 60_000_000_000n],
]);
const SECOND_DIGITS = 9;

/** Fields whose values are a closed list. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  kind: EVENT_KINDS,
  phase: PHASES,
  level: Object.keys(LEVEL),
};

function filterValue(token: IToken, { name, sort }: FilterField): FilterValue {
  if (sort === "text" || sort === "queue") {
    const text = textOf(token);
    const words = WORDS[name];
    if (words !== undefined && !words.includes(text)) {
      const near = nearest(text, words).join(", ");
      throw new Wrong(placeOf(token), `no ${name} is ${brief(text)}`, `nearest: ${near}`);
    }
    return text;
  }
  if (token.tokenType.name !== NUMERAL) {
    // A field without a column may hold text as well.
    if (name.startsWith(OTHER_FIELDS)) return textOf(token);
    throw new Wrong(placeOf(token), `${brief(name)} is ${SORTS[sort]}`, HELPS[sort]);
  }
  return numberOf(token, name, sort);
}

const SORTS: Readonly<Record<FieldSort, string>> = {
  text: "a text",
  queue: "a queue",
  number: "a number",
  time: "a time",
  pointer: "a pointer",
};
const HELPS: Readonly<Record<FieldSort, string>> = {
  text: "",
  queue: "",
  number: "as in 3, -28 or 0x800f",
  time: "as in 1.5s, 300us or 4.772717",
  pointer: "as in 0xff1c752b4258ef00",
};

function numberOf(token: IToken, name: string, sort: FieldSort): bigint {
  const [, sign = "", digits = "", unit = ""] =
    /^(-?)(0[xX][0-9a-fA-F]+|\d+(?:\.\d+)?)([a-zA-Z]*)$/.exec(token.image) ?? [];
  const signed = (value: bigint): bigint => (sign === "-" ? -value : value);
  const hex = /^0x/i.test(digits);
  if (sort !== "time") {
    if (unit !== "")
      throw new Wrong(placeOf(token), `${brief(name)} has no unit ${brief(unit)}`, HELPS[sort]);
    if (digits.includes(".")) throw new Wrong(placeOf(token), `${brief(name)} is a whole number`);
    const value = signed(BigInt(digits));
    if (BigInt.asIntN(64, value) !== value && BigInt.asUintN(64, value) !== value) {
      throw new Wrong(placeOf(token), `${brief(name)} has 64 bits`);
    }
    return value;
  }
  const scale = UNITS.get(unit === "" ? "s" : unit);
  if (scale === undefined || hex) {
    throw new Wrong(placeOf(token), `no time is ${brief(token.image)}`, "units: ns us ms s m");
  }
  const [whole = "", fraction = ""] = digits.split(".");
  const nines = BigInt(fraction.slice(0, SECOND_DIGITS).padEnd(SECOND_DIGITS, "0"));
  return signed(BigInt(whole) * scale + (nines * scale) / 1_000_000_000n);
}
