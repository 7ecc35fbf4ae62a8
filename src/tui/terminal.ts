import { writeSync } from "node:fs";

const ESC = "\u001b";
/** The alternate screen of xterm, its cursor hidden, pastes bracketed: what was in the terminal is there again afterwards. */
const ENTER = `${ESC}[?1049h${ESC}[2J${ESC}[H${ESC}[?25l${ESC}[?2004h`;
const LEAVE = `${ESC}[?2004l${ESC}[0m${ESC}[?25h${ESC}[?1049l`;
const CLEAR = `${ESC}[2J${ESC}[3J${ESC}[H`;
const OSC52 = `${ESC}]52;c;`;
const BELL = "\u0007";

/** So much a terminal takes for its clipboard; xterm's own limit is in this region. */
const COPY_MAX = 74_994;

/**
 * The terminal around the screen. Whatever ends the program, the terminal is given back as it was:
 * `leave` writes at once, so that it works while the process dies.
 */
export class TerminalScreen {
  readonly #out: { readonly fd: number };
  #inside = false;

  constructor(out: { readonly fd: number }) {
    this.#out = out;
  }

  enter(): void {
    if (this.#inside) return;
    this.#inside = true;
    this.write(ENTER);
  }

  leave(): void {
    if (!this.#inside) return;
    this.#inside = false;
    this.write(LEAVE);
  }

  clear(): void {
    this.write(CLEAR);
  }

  /** OSC 52: it reaches the user's clipboard through ssh and tmux, where they let it. */
  copy(text: string): void {
    const cut = text.length > COPY_MAX ? text.slice(0, COPY_MAX) : text;
    this.write(`${OSC52}${Buffer.from(cut).toString("base64")}${BELL}`);
  }

  write(text: string): void {
    try {
      writeSync(this.#out.fd, text);
    } catch {
      // The terminal has gone: there is nothing to give back.
    }
  }
}
