import type { Ledger } from "../../model/check-report.ts";
import type { DiagnosticLog } from "../../model/diagnostic.ts";
import type { ClockBase } from "../../model/time.ts";
import { BRACE_OPEN, CARRIAGE_RETURN, skipSpaces, textOf } from "../bytes.ts";
import { FtraceReader } from "../ftrace/reader.ts";
import { LineSplitter, type LineTarget } from "../line-splitter.ts";
import type { TraceReader } from "../trace-reader.ts";

/** Types of the objects that bpftrace -f json prints, each on a line of its own. */
const HEAD =
  /^\s*\{"type": ?"(?:attached_probes|printf|map|hist|stats|tseries|value|time|cat|join|syscall|lost_events|helper_error|runtime_error|errorf|warnf)", ?"(?:data|count|msg)":/;

/** Whether an input is what `bpftrace -f json` prints, by its first bytes. */
export function isBpftraceJson(head: Uint8Array): boolean {
  return HEAD.test(textOf(head, 0, Math.min(head.length, 512)));
}

type Options = ConstructorParameters<typeof FtraceReader>[0];

/**
 * Reads `bpftrace -f json`: each object becomes the line that bpftrace prints as text, and those lines
 * are read as such. What has no text of one line is given on as it stands, and rejected there.
 *
 *     {"type": "printf", "data": "ns=9311324682 cpu=1 tid=133 virtqueue_kick_prepare: vq=0x1000 comm=dd\n"}
 *     {"type": "lost_events", "data": {"events": 12}}
 */
export class BpftraceJsonReader implements TraceReader, LineTarget {
  readonly format = "bpftrace-json";
  readonly #lines = new LineSplitter(this);
  readonly #text: FtraceReader;

  constructor(options: Options) {
    this.#text = new FtraceReader({ ...options, tracer: "bpftrace" });
  }

  get ledger(): Ledger {
    return this.#text.ledger;
  }
  get diagnostics(): DiagnosticLog {
    return this.#text.diagnostics;
  }
  get clock(): ClockBase | undefined {
    return this.#text.clock;
  }
  get traceLines(): number {
    return this.#text.traceLines;
  }
  get nextSeq(): number {
    return this.#text.nextSeq;
  }

  push(chunk: Uint8Array): void {
    this.#lines.push(chunk);
  }

  end(): void {
    this.#lines.end();
    this.#text.end();
  }

  line(bytes: Uint8Array, start: number, lineEnd: number, offset: number): void {
    const end = lineEnd > start && bytes[lineEnd - 1] === CARRIAGE_RETURN ? lineEnd - 1 : lineEnd;
    // Most of what is no object need not be tried as one.
    const isObject = bytes[skipSpaces(bytes, start, end)] === BRACE_OPEN;
    const text = isObject ? lineOfObject(textOf(bytes, start, end)) : undefined;
    if (text === undefined) {
      this.#text.line(bytes, start, end, offset);
      return;
    }
    const line = new TextEncoder().encode(text);
    this.#text.line(line, 0, line.length, offset);
  }

  longLine(offset: number): void {
    this.#text.longLine(offset);
  }

  unfinishedLine(bytes: Uint8Array, length: number, offset: number): void {
    this.#text.unfinishedLine(bytes, length, offset);
  }
}

/** The line that bpftrace prints as text for an object; undefined when it is no one line. */
function lineOfObject(json: string): string | undefined {
  let object: unknown;
  try {
    object = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (typeof object !== "object" || object === null || !("type" in object)) return undefined;
  const data = "data" in object ? object.data : undefined;
  switch (object.type) {
    case "printf": {
      if (typeof data !== "string") return undefined;
      const line = data.replace(/\n$/, "");
      return line.includes("\n") ? undefined : line;
    }
    // The number was an object's member before it was one of the line's.
    case "attached_probes":
      return `Attached ${numberOf(object, data, "probes")} probes`;
    case "lost_events":
      return `Lost ${numberOf(object, data, "events")} events`;
    case "map":
    case "hist":
    case "stats":
    case "tseries":
      return "@: ";
    default:
      return undefined;
  }
}

function numberOf(object: object, data: unknown, member: string): number {
  const count = "count" in object ? object.count : undefined;
  if (typeof count === "number" && Number.isSafeInteger(count) && count >= 0) return count;
  if (typeof data !== "object" || data === null) return 0;
  const value = Object.entries(data).find(([name]) => name === member)?.[1];
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : 0;
}
