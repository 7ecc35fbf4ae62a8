/**
 * What the columns before an event's payload say. Readers of columns write it, the event reader reads
 * it: fields that are reused, for this is done for every line.
 */
export interface EventHeader {
  /** Of the thread, as the kernel counts them. */
  pid: number;
  /** -1 where the layout has no column for it. */
  cpu: number;
  /** LEVEL code. */
  level: number;
  /** The clock's value, see model/time.ts; `seconds` tells the two kinds of clock apart. */
  major: number;
  minor: number;
  seconds: boolean;
  /** Where the task's name stands. */
  taskStart: number;
  taskEnd: number;
  /** Where the payload begins, and where its fields end. */
  payload: number;
  payloadEnd: number;
}

/** A layout of columns that is rare enough to be read by patterns. */
export interface HeaderLayout {
  /** What a report calls a source in it. */
  readonly format: "ftrace-text" | "perf-script" | "bpftrace";
  /** Lines of two CPUs may stand in another order than they happened in. */
  readonly unordered?: true;
  /** Callchains may follow an event. */
  readonly chains?: true;
  /**
   * Reads a line's first bytes, one character each, of a line that begins at `start` and ends at
   * `end`; false when it is laid out otherwise.
   */
  read(text: string, start: number, end: number, into: EventHeader): boolean;
}

/** Longer than any columns: a file name, a console's prefix, a task and its time. */
export const HEADER_TEXT_MAX = 1024;

/** Whole microseconds as a clock in seconds. */
export function setMicroseconds(into: EventHeader, microseconds: number): void {
  into.major = Math.floor(microseconds / 1_000_000);
  into.minor = (microseconds - into.major * 1_000_000) * 1000;
  into.seconds = true;
}

/** `65` and `535016`, or with nine decimals. */
export function setSeconds(into: EventHeader, whole: string, fraction: string): void {
  into.major = Number(whole);
  into.minor = Number(fraction.padEnd(9, "0"));
  into.seconds = true;
}

/** An integer clock's value; the last nine digits are the minor part. */
export function setTicks(into: EventHeader, digits: string): void {
  into.major = Number(digits.slice(0, -9));
  into.minor = Number(digits.slice(-9));
  into.seconds = false;
}
