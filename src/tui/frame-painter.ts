import { EventEmitter } from "node:events";

const CONTROL = "\u001b";
const ESC = `${CONTROL}[`;
/** Synchronized output: terminals that know it show all of a frame at once, others pass over it. */
const BEGIN = `${ESC}?2026h`;
const END = `${ESC}?2026l`;
const ERASE_REST = `${ESC}K`;
const SGR = new RegExp(`${CONTROL}\\[[0-9;]*m`, "g");

/** Rows that stand behind so many of a frame's, as the terminal takes them. */
export interface Body {
  readonly behind: number;
  readonly rows: readonly string[];
}

/**
 * The stream that Ink draws on. In its debug mode Ink writes each frame whole; only the rows that changed
 * go on to the terminal, each to its place. Ink's own way is not for a whole screen: at full height it
 * wipes the terminal for each frame, and its incremental one loses a row where the last has a newline.
 *
 * The body does not pass through Ink, which makes an object of each character that it lays out: some
 * 50 ms for a full screen of rows whose layout is known already.
 */
export class FramePainter extends EventEmitter {
  readonly #write: (text: string) => void;
  readonly #body: () => Body;
  #frame: readonly string[] = [];
  #shown: readonly string[] = [];
  #closed = false;
  readonly columns: number;
  readonly rows: number;
  readonly isTTY = true;

  constructor(
    size: { readonly columns: number; readonly rows: number },
    write: (text: string) => void,
    body: () => Body,
  ) {
    super();
    this.#write = write;
    this.#body = body;
    this.columns = size.columns;
    this.rows = size.rows;
  }

  /** A whole frame of Ink's: what stands around the body. */
  write(frame: string): boolean {
    this.#frame = frame.split("\n");
    this.draw();
    return true;
  }

  /** Brings the terminal to what the frame and the body are now. */
  draw(): void {
    if (this.#closed || this.#frame.length === 0) return;
    const { behind, rows: body } = this.#body();
    const frame = this.#frame;
    const rows = [...frame.slice(0, behind), ...body, ...frame.slice(behind)].slice(0, this.rows);
    let changed = "";
    for (const [at, row] of rows.entries()) {
      if (row === this.#shown[at]) continue;
      // At the last column the cursor waits on its character: erasing from there would take it away.
      const short = row.replace(SGR, "").length < this.columns;
      changed += `${ESC}${at + 1};1H${row}${short ? ERASE_REST : ""}`;
    }
    for (let at = rows.length; at < this.#shown.length; at++) {
      changed += `${ESC}${at + 1};1H${ERASE_REST}`;
    }
    this.#shown = rows;
    if (changed !== "") this.#write(BEGIN + changed + END);
  }

  /** Nothing more is written: Ink says goodbye with its last frame. */
  close(): void {
    this.#closed = true;
  }
}
