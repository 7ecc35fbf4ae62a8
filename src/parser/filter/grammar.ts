import { createToken, EmbeddedActionsParser, type IToken, Lexer } from "chevrotain";
import { COMPARISONS, type Comparison } from "../../model/filter.ts";

/** A filter as written: names and values are words still, with their places. */
export type Written =
  | { readonly op: "and" | "or"; readonly of: readonly Written[] }
  | { readonly op: "not"; readonly of: Written }
  | { readonly op: "present"; readonly field: IToken }
  | {
      readonly op: "compare";
      readonly field: IToken;
      readonly how: Comparison;
      readonly value: IToken;
    }
  | { readonly op: "in"; readonly field: IToken; readonly values: readonly IToken[] }
  | {
      readonly op: "between";
      readonly field: IToken;
      readonly from: IToken;
      readonly to: IToken;
    }
  | { readonly op: "match"; readonly field: IToken; readonly pattern: IToken };

const Blank = createToken({ name: "Blank", pattern: /\s+/, group: Lexer.SKIPPED });
const Text = createToken({ name: "Text", label: "a text in quotes", pattern: /"(?:[^"\\]|\\.)*"/ });
const Pattern = createToken({
  name: "Pattern",
  label: "a pattern between slashes",
  pattern: /\/(?:[^/\\\n]|\\.)+\//,
});
// The rest of the word is its unit, right or wrong: `10uz` is told as that.
const Numeral = createToken({
  name: "Numeral",
  label: "a number",
  pattern: /-?(?:0[xX][0-9a-fA-F]+|\d+(?:\.\d+)?)[a-zA-Z]*/,
});
const Word = createToken({
  name: "Word",
  label: "a word",
  pattern: /[A-Za-z_](?:[\w@#:/-]|\.(?!\.))*/,
});
const keyword = (name: string, pattern: RegExp) =>
  createToken({ name, label: `'${name.toLowerCase()}'`, pattern, longer_alt: Word });
const And = keyword("And", /and|&&/i);
const Or = keyword("Or", /or|\|\|/i);
const Not = keyword("Not", /not/i);
const In = keyword("In", /in/i);
const Unlike = createToken({ name: "Unlike", label: "'!~'", pattern: /!~/ });
const Like = createToken({ name: "Like", label: "'~'", pattern: /~/ });
const Compare = createToken({
  name: "Compare",
  label: "a comparison (= != < <= > >=)",
  pattern: /==?|!=|<=|<|>=|>/,
});
const Bang = createToken({ name: "Bang", label: "'!'", pattern: /!/ });
const Range = createToken({ name: "Range", label: "'..'", pattern: /\.\./ });
const Open = createToken({ name: "Open", label: "'('", pattern: /\(/ });
const Close = createToken({ name: "Close", label: "')'", pattern: /\)/ });
const Comma = createToken({ name: "Comma", label: "','", pattern: /,/ });

export const PATTERN = Pattern.name;
export const TEXT = Text.name;
export const NUMERAL = Numeral.name;

const TOKENS = [
  ...[Blank, Text, And, Or, Not, In, Unlike, Like, Compare, Bang, Range],
  ...[Open, Close, Comma, Numeral, Word, Pattern],
];

export const filterLexer = new Lexer(TOKENS, {
  positionTracking: "onlyOffset",
  ensureOptimizations: false,
});

function comparison(token: IToken): Comparison {
  return COMPARISONS.find((one) => one === token.image) ?? "=";
}

/** One shared instance: it keeps nothing from one filter to the next. */
class FilterParser extends EmbeddedActionsParser {
  constructor() {
    super(TOKENS, { maxLookahead: 2 });
    this.performSelfAnalysis();
  }

  filter = this.RULE("filter", (): Written => this.SUBRULE(this.either));

  either = this.RULE("either", (): Written => {
    const of = [this.SUBRULE(this.both)];
    this.MANY(() => {
      this.CONSUME(Or);
      of.push(this.SUBRULE2(this.both));
    });
    return of.length === 1 ? (of[0] as Written) : { op: "or", of };
  });

  both = this.RULE("both", (): Written => {
    const of = [this.SUBRULE(this.term)];
    this.MANY(() => {
      this.CONSUME(And);
      of.push(this.SUBRULE2(this.term));
    });
    return of.length === 1 ? (of[0] as Written) : { op: "and", of };
  });

  term = this.RULE(
    "term",
    (): Written =>
      this.OR([
        {
          ALT: (): Written => {
            this.OR1([{ ALT: () => this.CONSUME(Not) }, { ALT: () => this.CONSUME(Bang) }]);
            return { op: "not", of: this.SUBRULE(this.term) };
          },
        },
        {
          ALT: (): Written => {
            this.CONSUME(Open);
            const inner = this.SUBRULE(this.either);
            this.CONSUME(Close);
            return inner;
          },
        },
        { ALT: (): Written => this.SUBRULE(this.test) },
      ]),
  );

  test = this.RULE("test", (): Written => {
    const field = this.CONSUME(Word);
    return this.OR([
      {
        ALT: (): Written => {
          const how = comparison(this.CONSUME(Compare));
          return { op: "compare", field, how, value: this.SUBRULE(this.value) };
        },
      },
      {
        ALT: (): Written => {
          this.CONSUME(Like);
          return { op: "match", field, pattern: this.SUBRULE(this.pattern) };
        },
      },
      {
        ALT: (): Written => {
          this.CONSUME(Unlike);
          return { op: "not", of: { op: "match", field, pattern: this.SUBRULE2(this.pattern) } };
        },
      },
      {
        ALT: (): Written => {
          this.CONSUME(In);
          return this.SUBRULE(this.among, { ARGS: [field] });
        },
      },
      { ALT: (): Written => ({ op: "present", field }) },
    ]);
  });

  among = this.RULE(
    "among",
    (field: IToken): Written =>
      this.OR([
        {
          ALT: (): Written => {
            const values: IToken[] = [];
            this.CONSUME(Open);
            this.AT_LEAST_ONE_SEP({
              SEP: Comma,
              DEF: () => values.push(this.SUBRULE(this.value)),
            });
            this.CONSUME(Close);
            return { op: "in", field, values };
          },
        },
        {
          ALT: (): Written => {
            const from = this.SUBRULE2(this.value);
            this.CONSUME(Range);
            return { op: "between", field, from, to: this.SUBRULE3(this.value) };
          },
        },
      ]),
  );

  value = this.RULE(
    "value",
    (): IToken =>
      this.OR([
        { ALT: () => this.CONSUME(Text) },
        { ALT: () => this.CONSUME(Numeral) },
        { ALT: () => this.CONSUME(Word) },
      ]),
  );

  pattern = this.RULE(
    "pattern",
    (): IToken =>
      this.OR([
        { ALT: () => this.CONSUME(Pattern) },
        { ALT: () => this.CONSUME(Text) },
        { ALT: () => this.CONSUME(Word) },
      ]),
  );
}

export const filterParser = new FilterParser();
