import { createToken, EmbeddedActionsParser, type IToken, Lexer } from "chevrotain";
import type { Expression, PrintFormat } from "./syntax.ts";

/*
 * "(%lx <- %lx) ret=%d", REC->__probe_func, REC->__probe_ret_ip, REC->ret
 * "%s", __print_symbolic(REC->action, { 0, "NONE" }, { 1, "ADD" })
 */
const Blank = createToken({ name: "Blank", pattern: /\s+/, group: Lexer.SKIPPED });
const Text = createToken({ name: "Text", pattern: /"(?:[^"\\]|\\[\s\S])*"/, line_breaks: true });
const Character = createToken({ name: "Character", pattern: /'(?:[^'\\]|\\.[0-9a-f]*)'/ });
const Numeral = createToken({
  name: "Numeral",
  pattern: /(?:0x[0-9a-fA-F]+|0[0-7]*|[1-9]\d*)[uUlL]*/,
});
const Word = createToken({ name: "Word", pattern: /[A-Za-z_]\w*/ });
const TypeWord = createToken({
  name: "TypeWord",
  pattern:
    /(?:unsigned|signed|const|struct|union|enum|long|int|short|char|void|bool|[us](?:8|16|32|64)|__[us](?:8|16|32|64)|__[bl]e(?:16|32|64)|\w+_t)\b/,
  longer_alt: Word,
});
const Rec = createToken({ name: "Rec", pattern: /REC\b/, longer_alt: Word });
const Arrow = createToken({ name: "Arrow", pattern: "->" });
const Binary = createToken({
  name: "Binary",
  pattern: /\|\||&&|==|!=|<=|>=|<<|>>|[|^/%<>+]/,
});
/** Of two trades: `-`, `*` and `&` stand before one value or between two. */
const Both = createToken({ name: "Both", pattern: /[-*&]/ });
const Prefix = createToken({ name: "Prefix", pattern: /[!~]/ });
const Question = createToken({ name: "Question", pattern: "?" });
const Colon = createToken({ name: "Colon", pattern: ":" });
const Comma = createToken({ name: "Comma", pattern: "," });
const ParenOpen = createToken({ name: "ParenOpen", pattern: "(" });
const ParenClose = createToken({ name: "ParenClose", pattern: ")" });
const BraceOpen = createToken({ name: "BraceOpen", pattern: "{" });
const BraceClose = createToken({ name: "BraceClose", pattern: "}" });
const BracketOpen = createToken({ name: "BracketOpen", pattern: "[" });
const BracketClose = createToken({ name: "BracketClose", pattern: "]" });

const TOKENS = [
  Blank,
  Text,
  Character,
  Numeral,
  TypeWord,
  Rec,
  Word,
  Arrow,
  Binary,
  Both,
  Prefix,
  Question,
  Colon,
  Comma,
  ParenOpen,
  ParenClose,
  BraceOpen,
  BraceClose,
  BracketOpen,
  BracketClose,
];

const LEVELS = ["||", "&&", "|", "^", "&", "== !=", "< > <= >=", "<< >>", "+ -", "* / %"];
const PRECEDENCE = new Map(
  LEVELS.flatMap((level, i) => level.split(" ").map((operator): [string, number] => [operator, i])),
);

class PrintFormatParser extends EmbeddedActionsParser {
  constructor() {
    super(TOKENS, { recoveryEnabled: false });
    this.performSelfAnalysis();
  }

  readonly format = this.RULE("format", (): PrintFormat => {
    const text = this.SUBRULE(this.strings);
    const args: Expression[] = [];
    this.MANY(() => {
      this.CONSUME(Comma);
      args.push(this.SUBRULE(this.expression));
    });
    return { text, args };
  });

  readonly strings = this.RULE("strings", (): string => {
    let text = "";
    this.AT_LEAST_ONE(() => {
      text += unescaped(this.CONSUME(Text).image.slice(1, -1));
    });
    return text;
  });

  readonly expression = this.RULE("expression", (): Expression => {
    const operands = [this.SUBRULE(this.unary)];
    const operators: string[] = [];
    this.MANY(() => {
      operators.push(
        this.OR([
          { ALT: () => this.CONSUME(Binary).image },
          { ALT: () => this.CONSUME(Both).image },
        ]),
      );
      operands.push(this.SUBRULE2(this.unary));
    });
    const test = this.ACTION(() => byPrecedence(operands, operators));
    let whole = test;
    this.OPTION(() => {
      this.CONSUME(Question);
      const yes = this.SUBRULE(this.expression);
      this.CONSUME(Colon);
      const no = this.SUBRULE2(this.expression);
      whole = { is: "choice", test, yes, no };
    });
    return whole;
  });

  readonly unary = this.RULE("unary", (): Expression => {
    return this.OR<Expression>([
      {
        ALT: () => {
          const operator = this.OR2([
            { ALT: () => this.CONSUME(Prefix).image },
            { ALT: () => this.CONSUME(Both).image },
          ]);
          return { is: "unary", operator, of: this.SUBRULE(this.unary) };
        },
      },
      {
        GATE: () => this.LA(1).tokenType === ParenOpen && this.LA(2).tokenType === TypeWord,
        ALT: () => {
          this.CONSUME(ParenOpen);
          const type = this.SUBRULE(this.type);
          this.CONSUME(ParenClose);
          return { is: "cast", type, of: this.SUBRULE2(this.unary) };
        },
      },
      { ALT: () => this.SUBRULE(this.postfix) },
    ]);
  });

  readonly type = this.RULE("type", (): string => {
    const words: string[] = [];
    this.AT_LEAST_ONE(() => {
      words.push(
        this.OR([
          { ALT: () => this.CONSUME(TypeWord).image },
          { ALT: () => this.CONSUME(Word).image },
          { ALT: () => this.CONSUME(Both).image },
        ]),
      );
    });
    return words.join(" ");
  });

  readonly postfix = this.RULE("postfix", (): Expression => {
    let value = this.SUBRULE(this.primary);
    this.MANY(() => {
      this.CONSUME(BracketOpen);
      const at = this.SUBRULE(this.expression);
      this.CONSUME(BracketClose);
      value = { is: "index", of: value, at };
    });
    return value;
  });

  readonly primary = this.RULE("primary", (): Expression => {
    return this.OR<Expression>([
      { ALT: () => ({ is: "text", text: this.SUBRULE(this.strings) }) },
      {
        ALT: () => {
          const { image } = this.CONSUME(Numeral);
          return { is: "number", value: this.ACTION(() => numeral(image)) };
        },
      },
      {
        ALT: () => {
          const { image } = this.CONSUME(Character);
          const code = unescaped(image.slice(1, -1)).charCodeAt(0) || 0;
          return { is: "number", value: BigInt(code) };
        },
      },
      {
        ALT: () => {
          this.CONSUME(Rec);
          this.CONSUME(Arrow);
          return { is: "field", name: this.SUBRULE(this.fieldName) };
        },
      },
      { ALT: () => this.SUBRULE(this.named) },
      {
        ALT: () => {
          this.CONSUME(ParenOpen);
          const inside = this.SUBRULE(this.expression);
          this.CONSUME(ParenClose);
          return inside;
        },
      },
      { ALT: () => ({ is: "list", items: this.SUBRULE(this.list) }) },
    ]);
  });

  /** A field may have a name that is a type elsewhere. */
  readonly fieldName = this.RULE("fieldName", (): string =>
    this.OR([{ ALT: () => this.CONSUME(Word).image }, { ALT: () => this.CONSUME(TypeWord).image }]),
  );

  readonly named = this.RULE("named", (): Expression => {
    const name = this.SUBRULE(this.fieldName);
    let value: Expression = { is: "name", name };
    this.OPTION(() => {
      this.CONSUME(ParenOpen);
      const args: Expression[] = [];
      this.MANY_SEP({
        SEP: Comma,
        DEF: () => args.push(this.SUBRULE(this.expression)),
      });
      this.CONSUME(ParenClose);
      value = { is: "call", name, args };
    });
    return value;
  });

  readonly list = this.RULE("list", (): Expression[] => {
    const items: Expression[] = [];
    this.CONSUME(BraceOpen);
    this.MANY_SEP({ SEP: Comma, DEF: () => items.push(this.SUBRULE(this.expression)) });
    this.CONSUME(BraceClose);
    return items;
  });
}

const lexer = new Lexer(TOKENS);
const parser = new PrintFormatParser();

/** Operators, brackets and casts around one value: more than any kernel has, few enough for the stack. */
const NESTED_MAX = 300;

/** Parses what stands behind `print fmt:`; undefined when it is more than an expression's C. */
export function parsePrintFormat(text: string): PrintFormat | undefined {
  const { tokens, errors } = lexer.tokenize(text);
  if (errors.length > 0 || nesting(tokens) > NESTED_MAX) return undefined;
  parser.input = tokens;
  const format = parser.format();
  return parser.errors.length > 0 ? undefined : format;
}

const OPENS = new Set([ParenOpen, BraceOpen, BracketOpen]);
const CLOSES = new Set([ParenClose, BraceClose, BracketClose]);
const NESTS = new Set([Binary, Both, Prefix, Question, Colon]);

/** The most that can stand around one value: a comma begins another. */
function nesting(tokens: readonly IToken[]): number {
  /** Of each bracket that is open: what stands in it since its last comma. */
  const open = [0];
  let all = 0;
  let most = 0;
  for (const { tokenType } of tokens) {
    if (OPENS.has(tokenType)) {
      open.push(1);
      all++;
    } else if (CLOSES.has(tokenType) && open.length > 1) {
      // The bracket itself, and what follows, still stand around the value before it.
      all -= (open.pop() as number) - 1;
      open[open.length - 1] = (open.at(-1) as number) + 1;
    } else if (tokenType === Comma) {
      all -= open.at(-1) as number;
      open[open.length - 1] = 0;
    } else if (NESTS.has(tokenType)) {
      open[open.length - 1] = (open.at(-1) as number) + 1;
      all++;
    }
    most = Math.max(most, all);
  }
  return most;
}

function byPrecedence(operands: readonly Expression[], operators: readonly string[]): Expression {
  const values: Expression[] = [operands[0] as Expression];
  const pending: string[] = [];
  const fold = (): void => {
    const right = values.pop() as Expression;
    const left = values.pop() as Expression;
    values.push({ is: "binary", operator: pending.pop() as string, left, right });
  };
  for (const [i, operator] of operators.entries()) {
    const level = PRECEDENCE.get(operator) ?? 0;
    while (pending.length > 0 && (PRECEDENCE.get(pending.at(-1) ?? "") ?? 0) >= level) fold();
    pending.push(operator);
    values.push(operands[i + 1] as Expression);
  }
  while (pending.length > 0) fold();
  return values[0] as Expression;
}

function numeral(image: string): bigint {
  const digits = image.replace(/[uUlL]+$/, "");
  return BigInt(/^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits);
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", 0: "\0" };

function unescaped(text: string): string {
  return text.replaceAll(/\\([\s\S])/g, (_, letter: string) => ESCAPES[letter] ?? letter);
}
