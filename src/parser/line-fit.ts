import type { LineFit } from "../model/explanation.ts";

/**
 * How far a line comes in each known format. The readers say yes or no, for they are quick; this is for
 * the few lines of which a person wants to know why.
 */

interface Step {
  /** Sticky. */
  readonly pattern: RegExp;
  /** Undefined where nothing can be missing. */
  readonly expected?: string;
}

interface Shape {
  readonly format: string;
  readonly steps: readonly Step[];
}

const step = (pattern: RegExp, expected?: string): Step =>
  expected === undefined ? { pattern } : { pattern, expected };

/** Steps that must fit before a format is called near that is not the source's own: prose has a first one. */
const STEPS_MIN = 2;

const TASK = step(/ {0,80}\S.{0,80}?-\d{1,10}(?= )/y, "a task and its pid, as `bash-133`");
const EVENT = step(
  / *(?:\(\+\d*\) +)?(?:[^ :]+:|[^ ]+(?: \[\w+\])? <-[^ ]+|<stack trace)/y,
  "the event's name and a colon",
);
const COLON = step(/:/y, "a colon behind the time");
const FRACTION = step(/(?:\.\d{1,9})?/y);

const USUAL: readonly Step[] = [
  TASK,
  step(/ +(?:\([ \d-]{1,12}\) +)?\[\d{1,6}\]/y, "the CPU, as `[001]`"),
  step(/ *(?:(?:-0x[0-9a-f]{1,3}|[A-Za-z.][\w.]{3,5}) +)?/y),
  step(/\d{1,20}/y, "flags, as `d..1.`, or the time"),
  FRACTION,
  COLON,
  EVENT,
];

const LATENCY: readonly Step[] = [
  TASK,
  step(/ +\d{1,6}[A-Za-z.][\w.]{3,5}(?= )/y, "CPU and flags in one word, as `1d..1.`"),
  step(/ +-?\d{1,15}/y, "the time"),
  step(/(?:us[$@*#!+ ]?|\.\d{6,9})?/y),
  COLON,
  EVENT,
];

/** The source's own format is tried first: of formats that fit a line alike it is the nearest. */
const SHAPES: readonly Shape[] = [
  { format: "ftrace", steps: USUAL },
  { format: "trace-cmd-report", steps: USUAL },
  { format: "ftrace-function", steps: USUAL },
  { format: "ftrace-latency", steps: LATENCY },
  {
    format: "console",
    steps: [
      step(
        /.{0,96}?(?:\[ *\d{1,10}\.\d{6}\](?:\[ *[TC]\d{1,10}\])?|kernel:) /y,
        "printk's time, as `[   52.899160]`",
      ),
      ...LATENCY,
    ],
  },
  {
    format: "ftrace-verbose",
    steps: [
      step(/ {0,40}\S.{0,15}? +\d{1,10} +\d{1,6} \d{1,5}/y, "task, pid, CPU and flags in columns"),
      step(/ [0-9a-f]{8} [0-9a-f]{8,16}/y, "depth and number of the entry, eight digits each"),
      step(/ \[[0-9a-f]{8,16}\]/y, "the clock, as `[008e145c]`"),
      step(/ -?\d+(?:\.\d{3}ms)? \(\+-?\d+(?:\.\d{3}ms)?\)/y, "times, as `21.181ms (+0.762ms)`"),
      COLON,
      EVENT,
    ],
  },
  {
    format: "perf-script",
    steps: [
      step(
        / {0,40}(?:\S.{0,20}? +)?(?:-?\d{1,10}\/)?-?\d{1,10}(?= )/y,
        "a task and its pid, as `dd 133`",
      ),
      step(/ +\[\d{1,6}\]/y, "the CPU, as `[001]`"),
      step(/ +\d{1,12}\.\d{6,9}/y, "the time in seconds"),
      COLON,
      step(/ +(?:\d{1,20} +)?(?:[^\s:()]+:|PERF_RECORD_)/y, "the event, as `virtio:vq_notify:`"),
    ],
  },
  {
    format: "bpftrace",
    steps: [
      step(/ns=\d{1,20}/y, "`ns=` and nanoseconds"),
      step(/ cpu=\d{1,6}/y, "`cpu=` and a number"),
      step(/ tid=\d{1,10}/y, "`tid=` and a number"),
      step(/ [\w.]+:/y, "the event's name and a colon"),
    ],
  },
  {
    format: "ftrace-graph",
    steps: [
      step(/\s*(?:\d+\.\d+ \|\s+)?\d{1,6}\)/y, "the CPU, as `0)`"),
      step(
        / +(?:\S.{0,30}-\d+ +\| +)?(?:[\w.]{4,6} \| +)?(?:[$@*#!+] *)?(?:\d+\.\d+ us +)?\|/y,
        "a duration or nothing, and a bar",
      ),
      step(
        / {2,}(?:\}|\S.{0,300}\(.{0,300}\)(?:;| \{)|\/\*)/y,
        "a call, as `f();` or `f() {`, or its end",
      ),
    ],
  },
  {
    format: "ftrace-raw",
    steps: [
      step(/\d+ \d+ \d+/y, "pid, CPU and time"),
      step(/ type: \d+$/y, "`type:` and a number"),
    ],
  },
  {
    format: "qemu-log",
    steps: [
      step(
        /(?:\d{1,10}@\d{1,15}\.\d{6}:|\d{4}-\d\d-\d\dT[\d:]{8}\.\d{6}Z )?virt(?:queue|io)_\w+/y,
        "an event, as `virtqueue_pop`",
      ),
      step(/ (?:vq|vdev|elem)/y, "`vq`, `vdev` or `elem`"),
      step(/ 0x[0-9a-f]{1,16}/y, "a pointer"),
    ],
  },
];

/** Formats whose lines are JSON. */
const JSON_LINES = new Set(["ringlog", "bpftrace-json", "qmp"]);

/** The format that a line fits best, and where it stops to. `own`: the format of its source. */
export function lineFit(line: string, own: string | undefined): LineFit {
  if (own !== undefined && (JSON_LINES.has(own) || line.startsWith("{"))) return jsonFit(line, own);
  const shapes = [
    ...SHAPES.filter(({ format }) => format === own),
    ...SHAPES.filter(({ format }) => format !== own),
  ];
  let best: LineFit = {
    nearest: undefined,
    column: 0,
    expected: "the beginning of any known line",
  };
  let most = 0;
  for (const { format, steps } of shapes) {
    const { fitted, column, expected } = walk(line, steps);
    // The end of a line is further than any step of another format.
    const reached = expected === undefined ? steps.length + 1 : fitted;
    if (reached < (format === own ? 1 : STEPS_MIN)) continue;
    if (reached > most || (reached === most && column > best.column)) {
      best = { nearest: format, column, expected };
      most = reached;
    }
  }
  return best;
}

/** What a line of `format` must have, step by step; undefined when it has no such steps. */
export function fitOfFormat(line: string, format: string): LineFit | undefined {
  const shape = SHAPES.find((one) => one.format === format);
  if (shape === undefined) return undefined;
  const { column, expected } = walk(line, shape.steps);
  return { nearest: format, column, expected };
}

function walk(
  line: string,
  steps: readonly Step[],
): { fitted: number; column: number; expected: string | undefined } {
  let at = 0;
  let fitted = 0;
  for (const { pattern, expected } of steps) {
    pattern.lastIndex = at;
    if (!pattern.test(line)) {
      // The blanks before what lacks are there.
      const blanks = /^ */.exec(line.slice(at))?.[0].length ?? 0;
      return { fitted, column: at + blanks, expected };
    }
    at = pattern.lastIndex;
    if (expected !== undefined) fitted++;
  }
  return { fitted, column: at, expected: undefined };
}

function jsonFit(line: string, own: string): LineFit {
  const nearest = JSON_LINES.has(own) ? own : undefined;
  try {
    JSON.parse(line);
    return { nearest, column: 0, expected: undefined };
  } catch (error) {
    const { message } = error as SyntaxError;
    const position = /at position (\d+)/.exec(message)?.[1];
    const column = position === undefined ? line.length : Number(position);
    return { nearest, column, expected: "JSON, one object in the line" };
  }
}
