import { LEVEL } from "../../model/event.ts";
import {
  BRACKET_CLOSE,
  BRACKET_OPEN,
  COLON,
  DOT,
  MINUS,
  PAREN_CLOSE,
  PAREN_OPEN,
  SPACE,
  skipSpaces,
  textOf,
  ZERO,
} from "../bytes.ts";
import type { EventHeader } from "./event-header.ts";
import { levelOf, levelOfFlags } from "./levels.ts";

/** `[cpu]` stands within the first bytes: a task name has 15, trace-cmd may put a file name first. */
const HEADER_BYTES_MAX = 256;
/** Where `[cpu]` may be looked for first: behind a task name, pid and tgid, not behind a payload. */
const COLUMN_MAX = 48;
/** Width of the task's name; a name is shorter. */
const TASK_COLUMN = 16;

/**
 * The columns before the payload of an event line.
 *
 * ```
 *          dd-113     [001] d..1.     4.772717: payload
 *          dd-113     (    113) [001] d..1.  63373800568: payload    tgid; integer clock
 *          dd-113   [001]     4.772717: payload                      trace-cmd, no flags
 *          dd-113   [001] -0x1     4.772717: payload                 trace-cmd -R, flags as a number
 * inst2:           dd-113   [001]     4.772717: payload              trace-cmd, several buffers
 * ```
 *
 * A task name may hold blanks, `-`, `[` and `:`, and a payload may quote a whole line, so the header
 * is the first `-pid [cpu]` that fits. What a scan found stands in fields, not in a result object:
 * this runs for every line.
 */
export class HeaderScanner implements EventHeader {
  pid = 0;
  cpu = 0;
  level = 0;
  major = 0;
  minor = 0;
  seconds = false;
  taskStart = 0;
  taskEnd = 0;
  payload = 0;
  payloadEnd = 0;
  #column = 0;

  /** Finds `-pid [(tgid)] [cpu] [flags] time: ` and leaves what it says in the fields above. */
  scan(bytes: Uint8Array, start: number, end: number): boolean {
    // Columns rarely move: the bracket stands where it stood. A task name is too short to hold an
    // earlier one that fits.
    const predicted = start + this.#column;
    if (predicted < end && bytes[predicted] === BRACKET_OPEN) {
      if (this.#around(bytes, start, predicted, end)) return true;
    }
    const limit = Math.min(end, start + HEADER_BYTES_MAX);
    for (let open = start; open < limit; open++) {
      if (bytes[open] !== BRACKET_OPEN) continue;
      if (!this.#around(bytes, start, open, end)) continue;
      this.#column = open - start <= COLUMN_MAX ? open - start : 0;
      return true;
    }
    return false;
  }

  #around(bytes: Uint8Array, start: number, open: number, end: number): boolean {
    let at = open + 1;
    let cpu = 0;
    const cpuStart = at;
    for (; at < end; at++) {
      const digit = (bytes[at] as number) - ZERO;
      if (digit < 0 || digit > 9) break;
      cpu = cpu * 10 + digit;
    }
    if (at === cpuStart || at - cpuStart > 6 || bytes[at] !== BRACKET_CLOSE) return false;
    if (!this.#scanPid(bytes, start, open)) return false;
    at = skipSpaces(bytes, at + 1, end);
    const word = at;
    at = this.#scanTime(bytes, at, end);
    if (at < 0) {
      // Five characters of irq-info, four on kernels before 5.18; six leave room for a new one.
      let wordEnd = word;
      while (wordEnd < end && bytes[wordEnd] !== SPACE) wordEnd++;
      if (wordEnd - word < 4 || wordEnd - word > 6) return false;
      at = this.#scanTime(bytes, skipSpaces(bytes, wordEnd, end), end);
      if (at < 0) return false;
      this.level =
        bytes[word] === MINUS
          ? levelOfFlags(Number.parseInt(textOf(bytes, word + 3, wordEnd), 16))
          : levelOf(bytes[word + 2] as number);
    } else {
      this.level = LEVEL.unknown;
    }
    this.cpu = cpu;
    this.payload = skipSpaces(bytes, at, end);
    return true;
  }

  /** Backwards from `[cpu]`: an optional `(tgid)`, then the last `-digits` of the task. */
  #scanPid(bytes: Uint8Array, start: number, open: number): boolean {
    let at = open - 1;
    while (at > start && bytes[at] === SPACE) at--;
    if (bytes[at] === PAREN_CLOSE) {
      at--;
      while (at > start && bytes[at] !== PAREN_OPEN) at--;
      at--;
      while (at > start && bytes[at] === SPACE) at--;
    }
    let pid = 0;
    let scale = 1;
    const last = at;
    for (; at > start; at--) {
      const digit = (bytes[at] as number) - ZERO;
      if (digit < 0 || digit > 9) break;
      pid += digit * scale;
      scale *= 10;
    }
    if (at === last || last - at > 10 || at <= start || bytes[at] !== MINUS) return false;
    this.pid = pid | 0;
    // Before a task's column may stand the name of a buffer or a file.
    this.taskStart = Math.max(start, at - TASK_COLUMN);
    this.taskEnd = at;
    return true;
  }

  /** Reads `secs.frac:` or `ticks:`; the position behind the colon, or -1. */
  #scanTime(bytes: Uint8Array, from: number, end: number): number {
    let at = from;
    let digits = 0;
    let major = 0;
    let minor = 0;
    for (; at < end; at++) {
      const digit = (bytes[at] as number) - ZERO;
      if (digit < 0 || digit > 9) break;
      // The last nine digits of an integer clock are its minor part; see model/time.ts.
      const value = minor * 10 + digit;
      minor = value % 1_000_000_000;
      major = major * 10 + (value - minor) / 1_000_000_000;
      digits++;
    }
    if (digits === 0 || digits > 20) return -1;
    let seconds = false;
    if (bytes[at] === DOT) {
      major = major * 1_000_000_000 + minor;
      minor = 0;
      let scale = 1_000_000_000;
      at++;
      for (; at < end && scale > 1; at++) {
        const digit = (bytes[at] as number) - ZERO;
        if (digit < 0 || digit > 9) break;
        scale /= 10;
        minor += digit * scale;
      }
      if (scale === 1_000_000_000) return -1;
      seconds = true;
    }
    if (bytes[at] !== COLON) return -1;
    this.major = major;
    this.minor = minor;
    this.seconds = seconds;
    return at + 1;
  }
}
