import type { Key } from "ink";
import { expect, test } from "vitest";
import { messagesOf } from "./keys.ts";

const PLAIN = {} as Key;

function keys(input: string, typing = false): string[] {
  return messagesOf(input, PLAIN, typing).map((msg) =>
    msg.kind === "key" ? msg.key : msg.kind === "typed" ? `typed ${msg.text}` : msg.kind,
  );
}

test("keys that arrive in one piece are the keys that were pressed", () => {
  expect(keys("\tG")).toEqual(["tab", "G"]);
  expect(keys("wbc\r")).toEqual(["w", "b", "c", "enter"]);
  expect(keys("a b\u007f\r", true)).toEqual(["a", "space", "b", "backspace", "enter"]);
  expect(keys("q\u0003")).toEqual(["q", "ctrl-c"]);
});

test("a key that is held is no paste, however much of it comes at once", () => {
  expect(keys("j".repeat(30))).toEqual(Array(30).fill("j"));
});

test("a paste is typed where something is typed, and presses no key elsewhere", () => {
  expect(keys("select 1\nfrom events", true)).toEqual(["typed select 1\nfrom events"]);
  expect(keys("quit everything")).toEqual([]);
});

test("a key without a name is none of the letters of its sequence", () => {
  for (const rest of ["[25~", "[1;6P", "[57414u", "[200~"]) expect(keys(rest)).toEqual([]);
  expect(keys("[j")).toEqual(["[", "j"]);
});
