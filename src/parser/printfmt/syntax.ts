/** An expression of a `print fmt`: C, as far as kernels use it there. */
export type Expression =
  | { readonly is: "number"; readonly value: bigint }
  | { readonly is: "text"; readonly text: string }
  /** `REC->name`. */
  | { readonly is: "field"; readonly name: string }
  /** A constant of the kernel's, which the format does not explain, or an argument of a function. */
  | { readonly is: "name"; readonly name: string }
  | { readonly is: "call"; readonly name: string; readonly args: readonly Expression[] }
  /** `{ 1, "READ" }` of __print_flags and __print_symbolic. */
  | { readonly is: "list"; readonly items: readonly Expression[] }
  | { readonly is: "index"; readonly of: Expression; readonly at: Expression }
  | { readonly is: "unary"; readonly operator: string; readonly of: Expression }
  | { readonly is: "cast"; readonly type: string; readonly of: Expression }
  | {
      readonly is: "binary";
      readonly operator: string;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly is: "choice";
      readonly test: Expression;
      readonly yes: Expression;
      readonly no: Expression;
    };

/** A `print fmt`: the text with its conversions, and what they print. */
export interface PrintFormat {
  readonly text: string;
  readonly args: readonly Expression[];
}
