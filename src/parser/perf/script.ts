import { LEVEL } from "../../model/event.ts";
import { type HeaderLayout, setSeconds } from "../ftrace/event-header.ts";

/*
 *        perf-exec   139 [000]     8.775906:           virtio:vq_add_sgs: (...) vq=0x...
 *        perf-exec   139/139   [000]     8.775906599:      1   virtio:vq_add_sgs: ...     pid/tid, --ns, period
 * kworker/0:1H-kb    44 [000]    32.273594: virtio:vq_notify: (...) vq=0x...              with callchains
 *        perf-exec   139     8.775906:           virtio:vq_add_sgs:                       without cpu
 *         swapper     0 [000]     0.000000: PERF_RECORD_COMM: init:1/1
 *
 * The second of two numbers is the thread. The event's name may stand behind that of its group, which
 * is left out of it.
 */
const SCRIPT =
  /^ {0,40}(?:(\S(?:.{0,20}\S)?) +)?(?:-?\d{1,10}\/)?(-?\d{1,10}) +(?:\[(\d{1,6})\] +)?(\d{1,12})\.(\d{6,9}): +(?:\d{1,20} +)?(?:[^\s:()]+:(?=[^\s:()]+:(?: |$))|(?=[^\s:()]+:(?: |$))|(?=PERF_RECORD_))/;

/** The columns of `perf script`. */
export const SCRIPT_LAYOUT: HeaderLayout = {
  format: "perf-script",
  chains: true,
  read(text, start, end, into) {
    const match = SCRIPT.exec(text);
    if (match === null) return false;
    const [whole, task = "", tid, cpu, seconds = "", fraction = ""] = match;
    into.pid = Number(tid) | 0;
    into.cpu = cpu === undefined ? -1 : Number(cpu);
    into.level = LEVEL.unknown;
    setSeconds(into, seconds, fraction);
    into.taskStart = start + whole.indexOf(task);
    into.taskEnd = into.taskStart + task.length;
    into.payload = start + whole.length;
    into.payloadEnd = end;
    return true;
  },
};

/** `	ffffffffc05f6131 [unknown] ([virtio_ring])`, and frames that were inlined. */
const CHAIN = /^\s{1,40}(?:[0-9a-f]{1,16} \S|.{1,400} \(inlined\)$)/;

export function isChainEntry(text: string): boolean {
  return CHAIN.test(text);
}

/** `PERF_RECORD_LOST lost 12`, `PERF_RECORD_LOST_SAMPLES lost 12`: a record of perf beside the events. */
const RECORD = /^PERF_RECORD_(\w+)(?:.{0,40}?\blost:? (\d{1,15}))?/;

/** Events that perf lost, undefined when the record is of something else; 0 when it does not say. */
export function lostByRecord(payload: string): number | undefined {
  const match = RECORD.exec(payload);
  if (match === null || !/^LOST/.test(match[1] as string)) return undefined;
  return Number(match[2] ?? 0);
}

export type PerfRemark =
  | { readonly kind: "noise" }
  /** The block that `--header` prints begins or ends. */
  | { readonly kind: "block" }
  | { readonly kind: "lost" }
  /** `distinctive`: nothing but perf writes it. */
  | { readonly kind: "refused"; readonly distinctive: boolean; readonly expected: string };

/*
 * 'trace' not valid for hardware events. Ignoring.
 * Can't provide 'tod' time, missing clock data. Please record with -k/--clockid option.
 * [ perf record: Woken up 1 times to write data ]
 * Processed 1204 events and lost 2 chunks!
 */
const NOISE =
  /^(?:'\w+' not valid for [\w -]+ events\. Ignoring\.|Can't provide '\w+' time, |\[ perf record: .* \]$|Check IO\/CPU overload!$|Warning:$)/;
const LOST_CHUNKS = /^Processed \d+ events and lost \d+ chunks!/;
const BLOCK = "# ========";

/** `     0.185 :179/179 virtio:vq_add_sgs_ret(__probe_func: -1067478656, ...)`, and system calls. */
const PERF_TRACE =
  /^ {0,20}\d{1,12}\.\d{3} (?:\([^)]{0,20}\): )?.{1,24}\/-?\d{1,10} [\w:.-]{1,80}\(/;
/** `0x6a8@/tmp/perf.data [0x290]: event: 69`, `. ... raw event: size 656 bytes`, `.  0000:  45 00 ...`. */
const RAW_DUMP =
  /^(?:0x[0-9a-f]+@\S+ \[0x[0-9a-f]+\]: event: \d+|\.(?:| \.\.\. raw event: size \d+ bytes| {2}[0-9a-f]{4,8}: {2}[0-9a-f]{2} .*)|(?:\d+ ){0,2}0x[0-9a-f]+ \[0x[0-9a-f]+\]: PERF_RECORD_.*)$/;

/** The line around the block that `--header` prints. */
export function perfBlock(text: string): PerfRemark | undefined {
  return text === BLOCK ? { kind: "block" } : undefined;
}

/** What a line of perf is that is no event. */
export function perfRemark(text: string): PerfRemark | undefined {
  if (NOISE.test(text)) return { kind: "noise" };
  if (LOST_CHUNKS.test(text)) return { kind: "lost" };
  if (PERF_TRACE.test(text)) {
    return {
      kind: "refused",
      distinctive: true,
      expected:
        "`perf script` of the same recording: perf trace names no CPU, leaves out every field that is zero and cuts addresses to 32 bits, so that its lines cannot carry evidence",
    };
  }
  if (RAW_DUMP.test(text)) {
    return {
      kind: "refused",
      distinctive: false,
      expected: "`perf script` without -D: a dump of bytes has no fields",
    };
  }
  return undefined;
}

/** Why a line of perf script without the CPU is not used. */
export const CPU_MISSING =
  "the CPU of each event (perf script -F +cpu): without it the idle tasks of all CPUs are one, and nothing says which events the clocks may have exchanged";
