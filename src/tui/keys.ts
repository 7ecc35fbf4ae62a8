import type { Key } from "ink";
import type { Msg } from "./messages.ts";

/** Bracketed paste: the terminal says where pasted text begins and ends (without the escape). */
const PASTE_BEGINS = "[200~";
const PASTE_ENDS = "[201~";

/** What is left of the sequence of a key that has no name here: it is none of its letters. */
const UNNAMED = /^\[[\d;:<=>?]+[ -/]*[@-~]$/;

const CONTROLS: Readonly<Record<string, string>> = {
  "\r": "enter",
  "\n": "enter",
  "\t": "tab",
  "\b": "backspace",
  "\u007f": "backspace",
};

/** Turns what the terminal sends into messages: named keys, single characters, typed or pasted text. */
export class Keys {
  readonly #dispatch: (msg: Msg) => void;
  /** Whether a line is being typed: asked before each character, for the one before may have opened it. */
  readonly #typing: () => boolean;
  #pasted: string | undefined;

  constructor(dispatch: (msg: Msg) => void, typing: () => boolean) {
    this.#dispatch = dispatch;
    this.#typing = typing;
  }

  readonly input = (input: string, key: Key): void => {
    if (input === PASTE_BEGINS) this.#pasted = "";
    else if (input === PASTE_ENDS) this.#endPaste();
    else if (this.#pasted !== undefined) this.#pasted += key.return ? " " : input;
    else this.#keys(input, key);
  };

  /** Pasted text is no row of keys: outside a line it does nothing. */
  #endPaste(): void {
    const text = this.#pasted ?? "";
    this.#pasted = undefined;
    if (this.#typing()) this.#dispatch({ kind: "typed", text });
    else
      this.#dispatch({
        kind: "told",
        tone: "info",
        text: "text is pasted into a line: f, /, ; and : open one",
      });
  }

  #keys(input: string, key: Key): void {
    const named = nameOf(input, key);
    if (named !== undefined) {
      this.#dispatch({ kind: "key", key: named });
      return;
    }
    if (key.meta || UNNAMED.test(input)) return;
    // Fast typing arrives in one piece, control characters and all.
    for (const char of input) {
      const control = CONTROLS[char] ?? controlKey(char);
      if (control !== undefined) this.#dispatch({ kind: "key", key: control });
      else if (this.#typing()) this.#dispatch({ kind: "typed", text: char });
      else this.#dispatch({ kind: "key", key: char === " " ? "space" : char });
    }
  }
}

/** `ctrl-a` for U+0001, and so on. */
function controlKey(char: string): string | undefined {
  const code = char.charCodeAt(0);
  return code >= 1 && code <= 26 ? `ctrl-${String.fromCharCode(code + 96)}` : undefined;
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
