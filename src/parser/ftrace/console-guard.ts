import type { EventKind, FieldName } from "../../model/event.ts";
import { fieldOfName } from "./fields.ts";

/** Events whose fields are remembered; a dump has few kinds of them. */
const EVENTS_MAX = 1024;
/** One cut pointer may have come before any whole one: so many whole ones outweigh it. */
const WHOLE_FOR_EACH_ODD = 16;

/** How wide the pointers of one field are. */
interface Width {
  /** Digits of a whole one. */
  digits: number;
  whole: number;
  /** Of those that were let through, the ones with fewer. */
  odd: number;
}

/**
 * Tells lines of a dump on the console that another message broke: what is left of such a line still
 * looks like an event, and the pointer that it ends in like that of another queue.
 *
 *     [   52.899160]       dd-286       0d..1. 28502us : vq_kick_prepare: (...) vq=0xff415b57
 *
 * A line is cut that has only the first of its event's fields, or a pointer of fewer digits than others
 * have in the same field. Only pointers whose top bit is set prove anything: those of a kernel's own half
 * of the addresses have all digits, others have as many as they need. A number that is cut behind its last
 * field, or the first line of all, cannot be told.
 */
export class ConsoleGuard {
  readonly #fields = new Map<string, readonly string[]>();
  readonly #widths = new Map<FieldName, Width>();

  /** What a whole line of this event would have; undefined when it may be whole. */
  missing(
    event: string,
    text: string,
    kind: EventKind,
    phase: "begin" | "end",
  ): string | undefined {
    const names: string[] = [];
    let short: string | undefined;
    for (const [, name = "", value = ""] of text
      .replaceAll(/"[^"]*"/g, '""')
      .matchAll(/(?:^| )([A-Za-z_]\w*)=(\S*)/g)) {
      names.push(name);
      // A null pointer is 0x0; a lone 0 is what is left of any.
      const digits = value === "0" ? "" : /^0x([0-9a-f]{0,16})$/.exec(value)?.[1];
      const field = digits === undefined ? undefined : fieldOfName(name, kind, phase);
      if (digits === undefined || (field !== "queue" && field !== "token")) continue;
      const whole = this.#wholeDigits(field, digits);
      if (whole !== undefined) short = `${whole} digits in ${name}, as in the lines before`;
    }
    return this.#missingField(event, names) ?? short;
  }

  #missingField(event: string, names: readonly string[]): string | undefined {
    const known = this.#fields.get(event);
    const shared = known === undefined ? 0 : Math.min(known.length, names.length);
    if (known?.slice(0, shared).some((name, i) => name !== names[i]) === true) return undefined;
    if (known !== undefined && names.length < known.length) {
      return `${known[names.length]}= and what stands behind it, as in the lines before`;
    }
    if (known !== undefined || this.#fields.size < EVENTS_MAX) this.#fields.set(event, names);
    return undefined;
  }

  /** How many digits a pointer should have that has too few. */
  #wholeDigits(field: FieldName, digits: string): number | undefined {
    const { length } = digits;
    if (/^0+$/.test(digits)) return undefined;
    let width = this.#widths.get(field);
    if (width === undefined) {
      width = { digits: 0, whole: 0, odd: 0 };
      this.#widths.set(field, width);
    }
    const isWhole = (length === 8 || length === 16) && /^[89a-f]/.test(digits);
    if (isWhole && length >= width.digits) {
      if (length > width.digits) {
        // What was whole so far was the half of one.
        Object.assign(width, { digits: length, whole: 0, odd: width.odd + width.whole });
      }
      width.whole++;
      return undefined;
    }
    if (width.whole > WHOLE_FOR_EACH_ODD * width.odd && length < width.digits) return width.digits;
    width.odd++;
    return undefined;
  }
}
