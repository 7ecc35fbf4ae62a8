import type { Key } from "ink";
import type { Msg } from "./messages.ts";

/** A typed text as long as this is a paste, not keys that came together. */
const KEYS_AT_ONCE = 8;

/** What the terminal sent, as messages: named keys, single characters, or pasted text. */
export function messagesOf(input: string, key: Key, typing: boolean): readonly Msg[] {
  const named = nameOf(input, key);
  if (named !== undefined) return [{ kind: "key", key: named }];
  if (input === "" || key.meta) return [];
  if (typing) return [{ kind: "typed", text: input }];
  // Fast typing arrives in one piece.
  if (input.length > KEYS_AT_ONCE) return [];
  return [...input].map((char) => ({ kind: "key", key: char === " " ? "space" : char }));
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
