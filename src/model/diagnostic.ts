/** What can be wrong with an input: a closed list. A Diagnostic never accuses a driver or a device. */
export const DIAGNOSTIC_CODES = {
  "line-unrecognised": "the line has no shape that this reader knows; it was rejected",
  "line-too-long": "the line is longer than any tracer writes; it was rejected",
  "line-broken":
    "another message on the console cut the line; it was rejected, and counts as a lost event",
  "line-truncated": "the input ends inside a line; the line was not used",
  "time-out-of-range": "the time is too far from the first event's to be kept exactly; rejected",
  "field-unreadable": "a field that the engine uses has no readable value; it stays unknown",
  "layout-not-read": "a known tracer layout that cannot be judged; its lines are kept as notes",
  "events-lost": "the tracer says that it lost events here",
  "buffer-wrapped": "the ring buffer overwrote its oldest events: the beginning is missing",
  "call-without-queue": "a call carries no queue pointer, so it belongs to no queue",
  "returns-missing":
    "calls begin and never return: the trace was filtered, or has no return probes",
  "queues-over-limit": "more queues than can be followed; events of the others were not judged",
  "gaps-over-limit": "more gaps than are listed",
  "log-unfinished": "an operation log ends without its footer: the end of the run is missing",
  "log-miscounted": "an operation log's footer counts something else than its lines hold",
  "record-unrecognised":
    "a record of a binary trace fits no event that the file describes; rejected",
  "events-unreadable":
    "a binary trace breaks off: what follows of one CPU could not be read, and nothing is inferred from it",
  "section-broken": "a part of a binary trace that only helps to name things cannot be read",
  "buffer-repeats":
    "a probe was recorded in several buffers; the events of one of them were judged, for a call is one call",
  "records-unreadable": "a binary trace of QEMU breaks off: what follows could not be read",
  "device-message": "the device said why it stopped, and no queue at hand shows the cause",
} as const;

export type DiagnosticCode = keyof typeof DIAGNOSTIC_CODES;

/** One kind of trouble with the input: its first place, and how often it occurred. */
export interface Diagnostic {
  readonly code: DiagnosticCode;
  /** 1-based line of the first occurrence, after decompression. */
  readonly line: number;
  /** Byte offset of that line, after decompression. */
  readonly offset: number;
  /** What was expected there, or what was found of it. */
  readonly expected: string;
  count: number;
}

/** Codes of what is rejected: the input's lines that are neither events nor notes. */
const REJECTING: ReadonlySet<DiagnosticCode> = new Set<DiagnosticCode>([
  "line-unrecognised",
  "line-too-long",
  "line-broken",
  "time-out-of-range",
  "record-unrecognised",
]);

/** One line that was rejected. */
export type Rejection = Omit<Diagnostic, "count">;

/** Collects Diagnostics, one entry for each code and expectation. */
export class DiagnosticLog {
  /** Past this many different entries the rest of a code is counted under its first entry. */
  static readonly ENTRIES_MAX = 256;
  /** Rejected lines that are remembered one by one, the first of the source. */
  static readonly REJECTIONS_MAX = 10;
  readonly rejections: Rejection[] = [];
  readonly #byKey = new Map<string, Diagnostic>();

  add(code: DiagnosticCode, line: number, offset: number, expected: string, count = 1): void {
    if (this.rejections.length < DiagnosticLog.REJECTIONS_MAX && REJECTING.has(code)) {
      this.rejections.push({ code, line, offset, expected });
    }
    const key = `${code}\n${expected}`;
    let entry = this.#byKey.get(key);
    if (entry === undefined && this.#byKey.size >= DiagnosticLog.ENTRIES_MAX) {
      entry = this.entries().find((other) => other.code === code);
    }
    if (entry === undefined) {
      this.#byKey.set(key, { code, line, offset, expected, count });
    } else {
      entry.count += count;
    }
  }

  entries(): Diagnostic[] {
    return [...this.#byKey.values()];
  }
}
