import { BPFTRACE_LAYOUT } from "./bpftrace/text.ts";
import { CONSOLE_LAYOUT, LATENCY_LAYOUT, VERBOSE_LAYOUT } from "./ftrace/latency.ts";
import { type ColumnLayout, USUAL_COLUMNS } from "./ftrace/reader.ts";
import { SCRIPT_LAYOUT } from "./perf/script.ts";

/** Which reader takes a format. */
export type ReaderName =
  | "text"
  | "trace.dat"
  | "ringlog"
  | "bpftrace-json"
  | "qemu-log"
  | "simpletrace"
  | "monitor";

/** A reader as somebody chose it: what the input holds is not asked. */
export interface ChosenReader {
  /** As the table of formats has it. */
  readonly format: string;
  readonly reader: ReaderName;
  /** Of text: the only columns that are read, and the program that wrote them. */
  readonly only?: readonly ColumnLayout[];
  readonly tracer?: string;
}

const text = (format: string, only: readonly ColumnLayout[], tracer?: string): ChosenReader => ({
  format,
  reader: "text",
  only,
  ...(tracer === undefined ? {} : { tracer }),
});

/** The formats that an input can be read as; the others are told by names of files, or hold nothing to read. */
export const CHOSEN_READERS: readonly ChosenReader[] = [
  text("ftrace", [USUAL_COLUMNS]),
  text("ftrace-latency", [LATENCY_LAYOUT]),
  text("ftrace-verbose", [VERBOSE_LAYOUT]),
  text("console", [CONSOLE_LAYOUT]),
  text("trace-cmd-report", [USUAL_COLUMNS, LATENCY_LAYOUT], "trace-cmd"),
  text("ftrace-graph", [USUAL_COLUMNS], "function_graph"),
  text("perf-script", [SCRIPT_LAYOUT]),
  text("bpftrace", [BPFTRACE_LAYOUT], "bpftrace"),
  { format: "trace.dat", reader: "trace.dat" },
  { format: "ringlog", reader: "ringlog" },
  { format: "bpftrace-json", reader: "bpftrace-json" },
  { format: "qemu-log", reader: "qemu-log" },
  { format: "simpletrace", reader: "simpletrace" },
  { format: "qmp", reader: "monitor" },
  { format: "hmp", reader: "monitor" },
];
