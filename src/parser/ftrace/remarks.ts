import { type BpftraceRemark, bpftraceRemark } from "../bpftrace/text.ts";
import { type PerfRemark, perfBlock, perfRemark } from "../perf/script.ts";
import { type ConsoleRemark, consolePrefix, consoleRemark } from "./console.ts";

/**
 * The lines of an ftrace text that are no events: what a tracer or trace-cmd writes around them, and
 * the layouts that are recognised but not read. Slow patterns: they see few lines, or lines that
 * only need counting.
 */

export type Remark =
  /** `distinctive`: nothing but a tracer writes it. */
  | { readonly kind: "header"; readonly distinctive: boolean; readonly tracer?: string }
  /** Entries in the buffer and entries ever written: if they differ, the beginning is missing. */
  | { readonly kind: "entries"; readonly inBuffer: number; readonly written: number }
  | { readonly kind: "lost"; readonly cpu: number; readonly count: number }
  | { readonly kind: "bufferStarted"; readonly cpu: number }
  /** A line of a layout that is known but carries nothing that can be judged here. */
  | { readonly kind: "layout"; readonly layout: string; readonly expected?: string }
  /** Somebody cut the text here, or the statistics behind it admit a loss. */
  | { readonly kind: "cut"; readonly what: string; readonly count: number }
  | { readonly kind: "console"; readonly remark: ConsoleRemark }
  | { readonly kind: "perf"; readonly remark: PerfRemark }
  | { readonly kind: "bpftrace"; readonly remark: BpftraceRemark };

/** A remark is short; of a longer line only so much is looked at. */
const REMARK_LENGTH_MAX = 512;

/*
 * # tracer: nop
 * # entries-in-buffer/entries-written: 186/186   #P:2
 * #           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION
 * #                              |||| /     delay
 * # CPU  DURATION                  FUNCTION CALLS
 */
const HEADER =
  /^#\s*(?:$|tracer: |entries-in-buffer|[|/\\_-]|TASK-PID|CPU[ #]|FUNCTION|TIME |REL TIME|ABS TIME|DURATION|latency: |\S+ latency trace v|cmd\s+pid|=> |WARNING|MAY BE MISSING)/;
/** Of these, the ones that nothing but a tracer writes. */
const DISTINCTIVE =
  /^#\s*(?:entries-in-buffer|TASK-PID|\S+ latency trace v|CPU +(?:TASK|DURATION))/;
const TRACER = /^# tracer: (\S+)/;
const ENTRIES = /^# entries-in-buffer\/entries-written: (\d{1,15})\/(\d{1,15})/;
/** trace_pipe: `CPU:0 [LOST 240 EVENTS]`; trace-cmd: `CPU:1 [101 EVENTS DROPPED]`. */
const LOST = /^CPU:(\d{1,6}) \[(?:LOST(?: (\d{1,15}))? EVENTS|(?:(\d{1,15}) )?EVENTS DROPPED)\]$/;
const STARTED = /^##### CPU (\d{1,6}) buffer started ####$/;
/** trace-cmd report: `cpus=2`, `version = 7`. */
const TRACE_CMD = /^(?:cpus=\d+|version = \d+|trace-cmd version |file-version )/;
/*
 * trace-cmd report --stat: what the kernel counted while the file was written.
 *
 * Kernel buffer statistics:
 *   Note: "entries" are the entries left in the kernel ring buffer and are not
 *         recorded in the trace data. They should all be zero.
 * CPU: 0
 * entries: 174
 * overrun: 0
 * CPU0 data recorded at offset=0x404000
 *     8192 bytes in size
 */
const STATISTICS =
  /^(?:Kernel buffer statistics:| {2}Note: "entries" are | {8}recorded in the trace data\.|CPU: \d+|(?:entries|bytes|read events): \d+|(?:oldest event|now) ts: +\d+\.\d+|CPU\d+ data recorded at offset=0x[0-9a-f]+| {4}\d+ bytes in size)/;
const OVERRUN = /^(overrun|commit overrun|dropped events): (\d{1,15})$/;
/** What grep puts between lines that it left others out of. */
const CUT = /^--?$/;

const LAYOUTS: readonly {
  readonly layout: string;
  readonly pattern: RegExp;
  /** Only in a file whose header names this tracer: other texts have such lines too. */
  readonly onlyOf?: string;
}[] = [
  // ` 0) + 51.336 us   |      __blk_rq_map_sg();`, with or without time, task, flags.
  {
    layout: "function_graph",
    pattern:
      /^\s*(?:\d+\.\d+ \|\s+)?(?:\d+\)\s+)?(?:\S.{0,30}-\d+\s+\|\s+)?(?:\S{4,6} \|\s+)?(?:[$@*#!+]\s*)?(?:\d+\.\d+ us)?\s*\|\s.*(?:\{|\}|;|\*\/)\s*$/,
    onlyOf: "function_graph",
  },
  // ` 1)     dd-108     =>    <idle>-0   `, between two rules
  {
    layout: "function_graph",
    pattern: /^(?:\s*(?:\d+\.\d+ \|\s+)?\d+\)\s+.{1,40}=>\s+.{1,40}| -{20,})$/,
    onlyOf: "function_graph",
  },
  // `virtio_queue_rq [virtio_blk]() {` where CPU and duration are off
  {
    layout: "function_graph",
    pattern: /^\s*(?:\}|[\w.]+(?: \[\w+\])?\(\)(?:;| \{)|\/\* .* \*\/)(?: \/\* .* \*\/)?\s*$/,
    onlyOf: "function_graph",
  },
  // `133 1 9311323682 type: 1366`, and in hex `00000085 00000001 000000022aff8622 type: 1366`
  { layout: "raw", pattern: /^\d+ \d+ \d+ type: \d+$/ },
  { layout: "hex", pattern: /^[0-9a-f]{8} [0-9a-f]{8} [0-9a-f]{16} type: \d+$/ },
];

/** What a line is that is no event; undefined when it is nothing known. */
export function remarkOf(whole: string, tracer: string): Remark | undefined {
  // The patterns backtrack, and what they look at stands at the front.
  const line = whole.length > REMARK_LENGTH_MAX ? whole.slice(0, REMARK_LENGTH_MAX) : whole;
  if (line.startsWith("#")) {
    const block = perfBlock(line);
    if (block !== undefined) return { kind: "perf", remark: block };
    const started = STARTED.exec(line);
    if (started !== null) return { kind: "bufferStarted", cpu: Number(started[1]) };
    const entries = ENTRIES.exec(line);
    if (entries !== null) {
      return { kind: "entries", inBuffer: Number(entries[1]), written: Number(entries[2]) };
    }
    const named = TRACER.exec(line);
    if (named !== null) return { kind: "header", distinctive: true, tracer: named[1] as string };
    return HEADER.test(line) ? { kind: "header", distinctive: DISTINCTIVE.test(line) } : undefined;
  }
  const lost = LOST.exec(line);
  if (lost !== null) return lostRemark(lost);
  if (CUT.test(line)) {
    return { kind: "cut", what: `"${line}" where lines of the text were left out`, count: 0 };
  }
  if (TRACE_CMD.test(line)) return { kind: "header", distinctive: true, tracer: "trace-cmd" };
  const statistics = statisticsOf(line);
  if (statistics !== undefined) return statistics;
  for (const { layout, pattern, onlyOf } of LAYOUTS) {
    if ((onlyOf === undefined || onlyOf === tracer) && pattern.test(line)) {
      return { kind: "layout", layout };
    }
  }
  const ofPerf = perfRemark(line);
  if (ofPerf !== undefined) return { kind: "perf", remark: ofPerf };
  const ofBpftrace = bpftraceRemark(line, tracer === "bpftrace");
  if (ofBpftrace !== undefined) return { kind: "bpftrace", remark: ofBpftrace };
  return consoleLine(line);
}

function statisticsOf(line: string): Remark | undefined {
  if (STATISTICS.test(line)) return { kind: "header", distinctive: false };
  const overrun = OVERRUN.exec(line);
  if (overrun === null) return undefined;
  const count = Number(overrun[2]);
  if (count === 0) return { kind: "header", distinctive: false };
  return { kind: "cut", what: `${overrun[1]}: ${count} in the statistics of the buffer`, count };
}

/** A line of the kernel's log, with its prefix, or bare lines that only a dump has. */
function consoleLine(line: string): Remark | undefined {
  const prefix = consolePrefix(line);
  const text = line.slice(prefix);
  const lost = prefix === 0 ? null : LOST.exec(text);
  if (lost !== null) return lostRemark(lost);
  const remark = consoleRemark(text);
  return prefix > 0 || remark !== "other" ? { kind: "console", remark } : undefined;
}

function lostRemark(lost: RegExpExecArray): Remark {
  return { kind: "lost", cpu: Number(lost[1]), count: Number(lost[2] ?? lost[3] ?? 0) };
}

/** ` => virtqueue_add_sgs`, and trace-cmd's `=> virtqueue_add_sgs (ffffffffc0459180)`. */
const STACK_ENTRY = /^\s*=> \S.*$/;

export function isStackEntry(line: string): boolean {
  return STACK_ENTRY.test(line);
}

/**
 * Whether an unfinished last line could be the beginning of an event: a right-aligned task name, or
 * more of the header that events have.
 */
export function couldBeginEvent(line: string): boolean {
  if (line.length > REMARK_LENGTH_MAX) return false;
  return /^\s*(?:\S.{0,15}(?:-\d*)?|\S.{0,15}-\d+\s+(?:\(\s*[\d-]*\)?\s*)?(?:\[\d*\]?.*)?)$/.test(
    line,
  );
}
