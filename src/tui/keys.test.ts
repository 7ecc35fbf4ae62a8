import type { Key } from "ink";
import { expect, test } from "vitest";
import { Keys } from "./keys.ts";
import type { Msg } from "./messages.ts";

const NONE = {} as Key;

/** A line is typed from `f` on, until `enter`. */
function sent(...inputs: readonly (readonly [input: string, key?: Partial<Key>])[]): string[] {
  const seen: string[] = [];
  let typing = false;
  const keys = new Keys(
    (msg: Msg) => {
      if (msg.kind === "key") {
        seen.push(`<${msg.key}>`);
        typing = msg.key === "f" || (typing && msg.key !== "enter");
      } else if (msg.kind === "typed") seen.push(msg.text);
      else seen.push(msg.kind);
    },
    () => typing,
  );
  for (const [input, key] of inputs) keys.input(input, { ...NONE, ...key });
  return seen;
}

test("keys that come together are keys one by one; what opens a line makes the rest text", () => {
  expect(sent(["jj k"])).toEqual(["<j>", "<j>", "<space>", "<k>"]);
  expect(sent(["f\u0015a b\rq"])).toEqual(["<f>", "<ctrl-u>", "a", " ", "b", "<enter>", "<q>"]);
});

test("named keys, and control characters", () => {
  expect(sent(["", { upArrow: true }], ["", { return: true }], ["z", { ctrl: true }])).toEqual([
    "<up>",
    "<enter>",
    "<ctrl-z>",
  ]);
  expect(sent(["", { delete: true }])).toEqual(["<backspace>"]);
});

test("pasted text is text in a line, and nothing outside", () => {
  expect(sent(["[200~"], ["Q\nQ"], ["[201~"])).toEqual(["told"]);
  expect(sent(["f"], ["[200~"], ["kind "], ["= add"], ["[201~"])).toEqual(["<f>", "kind = add"]);
});

test("a key without a name is none of the letters of its sequence", () => {
  for (const rest of ["[25~", "[1;6P", "[57414u"]) expect(sent([rest])).toEqual([]);
  expect(sent(["[j"])).toEqual(["<[>", "<j>"]);
});
