import type { DetectionEvidence } from "../model/input-format.ts";
import { BPFTRACE_LAYOUT } from "./bpftrace/text.ts";
import { textOf } from "./bytes.ts";
import { type EventHeader, HEADER_TEXT_MAX } from "./ftrace/event-header.ts";
import { HeaderScanner } from "./ftrace/header.ts";
import { CONSOLE_LAYOUT, LATENCY_LAYOUT, VERBOSE_LAYOUT } from "./ftrace/latency.ts";
import { remarkOf } from "./ftrace/remarks.ts";
import { SCRIPT_LAYOUT } from "./perf/script.ts";

/** Formats of lines that the reader of ftrace text takes, by the names that the table of formats has. */
export type TextLayoutName =
  | "ftrace"
  | "ftrace-latency"
  | "ftrace-verbose"
  | "console"
  | "trace-cmd-report"
  | "ftrace-function"
  | "ftrace-graph"
  | "ftrace-graph-bare"
  | "ftrace-raw"
  | "ftrace-hex"
  | "perf-script"
  | "perf-trace"
  | "bpftrace";

export interface TextLayout extends DetectionEvidence {
  readonly name: TextLayoutName;
}

/** A text is looked at this far. */
const LINES_SNIFFED = 2000;

/** What trace-cmd prints and tracefs does not: bare addresses, raw fields, tracers by an event's name. */
const OF_TRACE_CMD =
  /^(?:\(\+\d+\) +)?(?:\[\w+\] )?[\w.:-]+:(?: {2,}| +\((?:[0-9a-f]{8,16})(?: <- [0-9a-f]{8,16})?\)| +__probe_(?:ip|func)=)/;
const LONG_NAME = /^[\w.-]{19,}: /;
const CALL_OF_TRACER = /^[^ :]+(?: \[\w+\])? <-[^ ]+/;
/** `trace-cmd report -l` has the columns of latency-format and a clock in seconds. */
const SECONDS_BEHIND_FLAGS = /-\d+ +\d+[A-Za-z.][\w.]{3,5} +\d+\.\d{6,9}: /;
const GRAPH_CPU = /^\s*(?:\d+\.\d+ \|\s+)?\d+\) /;
const GRAPH_CALL = /(?:\(.{0,300}\)(?:;| \{)|^\s*\}|\| +\})/;

/** A line that decides, or one that only says which program wrote the file. */
interface Told {
  readonly name: TextLayoutName;
  readonly why: string;
  readonly decides: boolean;
}

/**
 * The layout of a text by its first line that only one layout has; undefined when no line of `lines` is
 * of any. Functions of the function tracer may stand beside events: events count for more.
 */
export function textLayoutOf(lines: readonly string[]): TextLayout | undefined {
  let tracer = "";
  let hint: TextLayout | undefined;
  for (const [i, whole] of lines.slice(0, LINES_SNIFFED).entries()) {
    const line = (whole.endsWith("\r") ? whole.slice(0, -1) : whole).slice(0, HEADER_TEXT_MAX);
    const told = columnsOf(line, tracer) ?? remarkLayout(line, tracer);
    if (told === undefined) continue;
    if (told.decides) return { name: told.name, line: i + 1, why: told.why };
    hint = hint === undefined || told.name === "ftrace-function" ? { ...told, line: i + 1 } : hint;
    if (tracer === "") tracer = tracerOf(line);
  }
  return hint === undefined ? undefined : { name: hint.name, line: hint.line, why: hint.why };
}

function tracerOf(line: string): string {
  const remark = remarkOf(line, "");
  return remark?.kind === "header" ? (remark.tracer ?? "") : "";
}

const COLUMNS: readonly (readonly [
  layout: typeof LATENCY_LAYOUT,
  name: TextLayoutName,
  why: string,
])[] = [
  [BPFTRACE_LAYOUT, "bpftrace", "begins with ns=, cpu= and tid="],
  [CONSOLE_LAYOUT, "console", "has the latency columns behind the prefix of a kernel's log"],
  [VERBOSE_LAYOUT, "ftrace-verbose", "has the columns of latency-format with verbose"],
  [SCRIPT_LAYOUT, "perf-script", "has perf's columns: task, pid, [cpu], time, event"],
];

const scanner = new HeaderScanner();

function columnsOf(line: string, tracer: string): Told | undefined {
  const into: EventHeader = scanner;
  if (LATENCY_LAYOUT.read(line, 0, line.length, into)) {
    return SECONDS_BEHIND_FLAGS.test(line)
      ? decided("trace-cmd-report", "has the columns of trace-cmd report -l")
      : decided("ftrace-latency", "has the columns of the option latency-format");
  }
  for (const [layout, name, why] of COLUMNS) {
    if (layout.read(line, 0, line.length, into)) return decided(name, why);
  }
  const bytes = new TextEncoder().encode(line);
  if (!scanner.scan(bytes, 0, bytes.length)) return undefined;
  const payload = textOf(bytes, scanner.payload, bytes.length);
  if (tracer === "trace-cmd" || OF_TRACE_CMD.test(payload)) {
    return decided(
      "trace-cmd-report",
      "has task-pid, [cpu], time, and an event as trace-cmd prints it",
    );
  }
  // The chain of calls of the line before.
  if (payload.startsWith("<stack trace")) return undefined;
  if (CALL_OF_TRACER.test(payload)) {
    return { name: "ftrace-function", why: "has `function <-caller` for an event", decides: false };
  }
  const why = "has task-pid, [cpu], time and an event as tracefs prints it";
  // Behind a long name trace-cmd has no padding either; another line will tell.
  return { name: "ftrace", why, decides: !LONG_NAME.test(payload) || tracer !== "" };
}

const decided = (name: TextLayoutName, why: string): Told => ({ name, why, decides: true });
const hinted = (name: TextLayoutName, why: string): Told => ({ name, why, decides: false });

function remarkLayout(line: string, tracer: string): Told | undefined {
  const remark = remarkOf(line, tracer);
  switch (remark?.kind) {
    case "layout":
      if (remark.layout === "raw")
        return decided("ftrace-raw", "has the option raw's four numbers");
      if (remark.layout === "hex")
        return decided("ftrace-hex", "has the option hex's four numbers");
      if (!GRAPH_CALL.test(line)) return undefined;
      return GRAPH_CPU.test(line)
        ? decided("ftrace-graph", "is a call behind the number of its CPU")
        : decided("ftrace-graph-bare", "is a call without the number of its CPU");
    case "header":
      if (remark.tracer === "trace-cmd") {
        return hinted("trace-cmd-report", "begins as trace-cmd report does");
      }
      if (remark.tracer === "function_graph") {
        return hinted("ftrace-graph", "names the tracer function_graph");
      }
      return remark.distinctive ? hinted("ftrace", "is a header of tracefs") : undefined;
    case "entries":
    case "bufferStarted":
      return hinted("ftrace", "is a header of tracefs");
    case "lost":
      return line.includes("DROPPED")
        ? hinted("trace-cmd-report", "is a loss as trace-cmd reports it")
        : hinted("ftrace", "is a loss as trace_pipe reports it");
    case "console":
      return remark.remark === "dump" || remark.remark === "empty dump"
        ? decided("console", "says that the ftrace buffer is dumped")
        : undefined;
    case "perf":
      return remark.remark.kind === "refused" && remark.remark.distinctive
        ? decided("perf-trace", "is a call as perf trace prints it")
        : undefined;
    default:
      return undefined;
  }
}
