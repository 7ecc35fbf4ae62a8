import { createToken, EmbeddedActionsParser, Lexer } from "chevrotain";
import { EVENT_KINDS, type EventKind } from "../src/model/event.ts";
import { fieldOfName } from "../src/parser/ftrace/fields.ts";
import { callFunction, namedProbe } from "../src/parser/ftrace/functions.ts";

/**
 * The slow, obvious reader of one event line: a chevrotain grammar that shares nothing with the byte
 * scanner but the tables of functions and fields. The differential test holds the two together.
 */

const PAYLOAD = "payload";
const FIELDS = "fields";
const Task = createToken({
  name: "Task",
  pattern: /[^\n]*?-(?=\d+\s+(?:\([\s\d-]+\)\s*)?\[\d+\])/,
  line_breaks: false,
});
const Pid = createToken({ name: "Pid", pattern: /\d+(?=\s+(?:\([\s\d-]+\)\s*)?\[)/ });
const Tgid = createToken({ name: "Tgid", pattern: /\([\s\d-]+\)/ });
const Cpu = createToken({ name: "Cpu", pattern: /\[\d+\]/ });
const Time = createToken({ name: "Time", pattern: /\d+(?:\.\d+)?:/, push_mode: PAYLOAD });
const Flags = createToken({ name: "Flags", pattern: /[A-Za-z0-9.]{4,6}(?= )/ });
const Name = createToken({ name: "Name", pattern: /[^\s:]+:/, push_mode: FIELDS });
const Place = createToken({ name: "Place", pattern: /\([^)]*\)/ });
const Key = createToken({ name: "Key", pattern: /[^\s=(]+=/ });
const Text = createToken({ name: "Text", pattern: /"(?:[^"]|"(?![^ ]))*"/ });
const Hex = createToken({ name: "Hex", pattern: /0x[0-9a-f]+(?![^ ])/ });
const Decimal = createToken({ name: "Decimal", pattern: /-?\d+(?![^ ])/ });
const List = createToken({ name: "List", pattern: /\{[^}]*\}/ });
const Word = createToken({ name: "Word", pattern: /[^\s]+/ });
const Blank = createToken({ name: "Blank", pattern: /[ \t]+/, group: Lexer.SKIPPED });

const lexer = new Lexer(
  {
    defaultMode: "header",
    modes: {
      header: [Blank, Task, Pid, Tgid, Cpu, Time, Flags],
      [PAYLOAD]: [Blank, Name],
      [FIELDS]: [Blank, Place, Text, Hex, Decimal, List, Key, Word],
    },
  },
  { positionTracking: "onlyOffset", ensureOptimizations: false },
);

interface Line {
  readonly pid: number;
  readonly cpu: number;
  readonly flags: string;
  readonly time: string;
  readonly name: string;
  readonly place: string;
  readonly fields: [name: string, value: string][];
}

class LineParser extends EmbeddedActionsParser {
  constructor() {
    super([Task, Pid, Tgid, Cpu, Time, Flags, Name, Place, Key, Text, Hex, Decimal, List, Word], {
      maxLookahead: 2,
    });
    this.performSelfAnalysis();
  }

  line = this.RULE("line", (): Line => {
    this.CONSUME(Task);
    const pid = Number(this.CONSUME(Pid).image);
    this.OPTION(() => this.CONSUME(Tgid));
    const cpu = Number(this.CONSUME(Cpu).image.slice(1, -1));
    const flags = this.OPTION1(() => this.CONSUME(Flags).image) ?? "";
    const time = this.CONSUME(Time).image.slice(0, -1);
    const name = this.CONSUME(Name).image.slice(0, -1);
    const place = this.OPTION2(() => this.CONSUME(Place).image.slice(1, -1)) ?? "";
    const fields: [string, string][] = [];
    this.MANY(() =>
      this.OR([
        {
          ALT: () => {
            const key = this.CONSUME(Key).image.slice(0, -1);
            fields.push([key, this.SUBRULE(this.value)]);
          },
        },
        { ALT: () => this.CONSUME(Word) },
      ]),
    );
    return { pid, cpu, flags, time, name, place, fields };
  });

  value = this.RULE("value", (): string =>
    this.OR([
      { ALT: () => this.CONSUME1(Text).image.slice(1, -1) },
      { ALT: () => this.CONSUME1(Hex).image },
      { ALT: () => this.CONSUME1(Decimal).image },
      { ALT: () => this.CONSUME1(List).image },
      { ALT: () => this.CONSUME1(Word).image },
    ]),
  );
}

const parser = new LineParser();

export interface ReferenceEvent {
  readonly kind: EventKind;
  readonly phase: "begin" | "end";
  readonly pid: number;
  readonly cpu: number;
  /** Nanoseconds or ticks, exact. */
  readonly time: bigint;
  /** Fields that the engine uses, with values as unsigned 64-bit text or plain text. */
  readonly fields: Record<string, string>;
}

/** The event of a line; undefined when the line is none of ours. */
export function referenceEvent(text: string): ReferenceEvent | undefined {
  const { tokens, errors } = lexer.tokenize(text);
  if (errors.length > 0) return undefined;
  parser.input = tokens;
  const line = parser.line();
  if (parser.errors.length > 0) return undefined;
  const returning = / <- ([^\s+]+)/.exec(line.place);
  // On entry the probe sits at the function's first bytes; elsewhere it is inside the function.
  const entering = /^([^\s+]+)(?:\+0x(?:[0-9a-f]|10)\/0x[0-9a-f]+)?(?: \[\w+\])?$/.exec(line.place);
  const symbol = returning?.[1] ?? entering?.[1];
  const byName = namedProbe(line.name);
  const bare = symbol !== undefined && /^[0-9a-f]{8,16}$/.test(symbol);
  if (symbol === undefined && line.place !== "") return undefined;
  const called = symbol === undefined || bare ? byName : callFunction(symbol);
  if (called === undefined || !EVENT_KINDS.includes(called.kind)) return undefined;
  const returns = line.place === "" ? byName?.returns === true : returning !== null;
  const phase = returns ? "end" : "begin";
  const fields: Record<string, string> = {};
  for (const [name, value] of line.fields) {
    const field = fieldOfName(name, called.kind, phase);
    if (field === undefined || field in fields) continue;
    if (field === "name") fields[field] = value;
    else if (/^(?:0x[0-9a-f]+|-?\d+)$/.test(value)) {
      fields[field] = String(BigInt.asUintN(64, BigInt(value)));
    }
  }
  const [whole = "0", fraction] = line.time.split(".");
  const time =
    fraction === undefined
      ? BigInt(whole)
      : BigInt(whole) * 1_000_000_000n + BigInt(fraction.padEnd(9, "0"));
  return { kind: called.kind, phase, pid: line.pid, cpu: line.cpu, time, fields };
}
