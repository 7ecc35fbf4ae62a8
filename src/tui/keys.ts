import type { Key } from "ink";
import type { Msg } from "./messages.ts";

/** A text longer than this is a paste, not keys that came together; a key that is held is none either. */
const KEYS_AT_ONCE = 8;
/** What is left of the sequence of a key that has no name here: it is none of its letters. */
const UNNAMED = /^\[[\d;:<=>?]+[ -/]*[@-~]$/;
/** Keys that a terminal sends as one character. */
const CONTROLS: Readonly<Record<string, string>> = {
  "\r": "enter",
  "\n": "enter",
  "\t": "tab",
  "\b": "backspace",
  "\u007f": "backspace",
};

/** What the terminal sent, as messages: named keys, single characters, or pasted text. */
export function messagesOf(input: string, key: Key, typing: boolean): readonly Msg[] {
  const named = nameOf(input, key);
  if (named !== undefined) return [{ kind: "key", key: named }];
  if (input === "" || key.meta || UNNAMED.test(input)) return [];
  const chars = [...input];
  const held = chars.every((char) => char === chars[0]);
  if (chars.length > KEYS_AT_ONCE && !held) return typing ? [{ kind: "typed", text: input }] : [];
  // Fast typing, and keys pressed while the screen was busy, arrive in one piece.
  return chars.map((char) => ({ kind: "key", key: keyOf(char) }));
}

function keyOf(char: string): string {
  if (char === " ") return "space";
  const code = char.charCodeAt(0);
  const letter = code < 0x1b ? `ctrl-${String.fromCharCode(code + 0x60)}` : char;
  return CONTROLS[char] ?? letter;
}

function nameOf(input: string, key: Key): string | undefined {
  if (key.escape) return "esc";
  if (key.return) return "enter";
  if (key.tab) return "tab";
  if (key.upArrow) return "up";
  if (key.downArrow) return "down";
  if (key.leftArrow) return "left";
  if (key.rightArrow) return "right";
  if (key.pageUp) return "pageup";
  if (key.pageDown) return "pagedown";
  if (key.home) return "home";
  if (key.end) return "end";
  // Terminals send DEL for the key that every keyboard calls backspace.
  if (key.backspace || key.delete) return "backspace";
  if (key.ctrl && input.length === 1) return `ctrl-${input}`;
  return undefined;
}
