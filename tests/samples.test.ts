import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { UserError } from "../src/model/user-error.ts";
import { detect } from "../src/parser/detect.ts";
import { checkSources } from "../src/pipeline/check.ts";
import { SHARED, sharedPresent, sharedTitle } from "./run.ts";

const SAMPLES = `${SHARED}/samples`;

/**
 * Every reference sample: the format that it is detected as, and its ledger (lines = events + notes +
 * rejected), or the code of its refusal. The one line that is rejected in the samples of perf is `## perf
 * script ...`, which the lab put at their top and perf never writes.
 */
const EXPECTED: readonly (readonly [path: string, format: string, outcome: string])[] = [
  ["README.md", "none", "refused: input-not-a-trace"],
  ["dat/fg.dat", "trace.dat", "907 = 3 + 904 + 0"],
  ["dat/multi.dat", "trace.dat", "18 = 3 + 15 + 0"],
  ["dat/trace_pipe_raw_cpu0.bin", "ring-buffer-pages", "refused: raw-pages-alone"],
  ["dat/tsc.dat", "trace.dat", "3 = 3 + 0 + 0"],
  ["dat/v6.dat.gz", "trace.dat", "334 = 265 + 69 + 0"],
  ["dat/v7_none.dat.gz", "trace.dat", "316 = 250 + 66 + 0"],
  ["dat/v7z.dat", "trace.dat", "286 = 266 + 20 + 0"],
  ["ftrace/dmesg_ftrace_dump.txt", "console", "80 = 56 + 24 + 0"],
  ["ftrace/format_block_rq_issue.txt", "event-format", "refused: input-not-a-trace"],
  ["ftrace/format_vq_add_sgs.txt", "event-format", "refused: input-not-a-trace"],
  ["ftrace/header_page_event.txt", "page-format", "refused: input-not-a-trace"],
  ["ftrace/hist.txt", "hist", "refused: input-not-a-trace"],
  ["ftrace/kprobe_events.txt", "kprobe-events", "refused: input-not-a-trace"],
  ["ftrace/saved_cmdlines.txt", "saved-cmdlines", "refused: input-not-a-trace"],
  ["ftrace/stats_cpu0.txt", "ring-buffer-stats", "refused: input-not-a-trace"],
  ["ftrace/trace_clock.txt", "trace-clock", "refused: input-not-a-trace"],
  ["ftrace/trace_clock_boot.txt", "ftrace", "20 = 6 + 14 + 0"],
  ["ftrace/trace_clock_counter.txt", "ftrace", "20 = 6 + 14 + 0"],
  ["ftrace/trace_clock_global.txt", "ftrace", "20 = 6 + 14 + 0"],
  ["ftrace/trace_clock_mono.txt", "ftrace", "20 = 6 + 14 + 0"],
  ["ftrace/trace_clock_mono_raw.txt", "ftrace", "20 = 6 + 14 + 0"],
  ["ftrace/trace_clock_perf.txt", "ftrace", "20 = 6 + 14 + 0"],
  ["ftrace/trace_clock_tai.txt", "ftrace", "20 = 6 + 14 + 0"],
  ["ftrace/trace_clock_uptime.txt", "ftrace", "20 = 8 + 12 + 0"],
  ["ftrace/trace_clock_x86-tsc.txt", "ftrace", "20 = 6 + 14 + 0"],
  ["ftrace/trace_default.txt", "ftrace", "120 = 78 + 42 + 0"],
  ["ftrace/trace_fgraph_all.txt", "ftrace-graph", "120 = 0 + 120 + 0"],
  ["ftrace/trace_fgraph_default.txt", "ftrace-graph", "120 = 8 + 112 + 0"],
  ["ftrace/trace_fgraph_events.txt", "ftrace-graph", "120 = 0 + 120 + 0"],
  ["ftrace/trace_fgraph_nodur_nocpu.txt", "ftrace-graph-bare", "50 = 0 + 50 + 0"],
  ["ftrace/trace_fgraph_plus_funcgraph-abstime.txt", "ftrace-graph", "100 = 6 + 94 + 0"],
  ["ftrace/trace_fgraph_plus_funcgraph-proc.txt", "ftrace-graph", "100 = 6 + 94 + 0"],
  ["ftrace/trace_fgraph_plus_funcgraph-tail.txt", "ftrace-graph", "100 = 6 + 94 + 0"],
  ["ftrace/trace_fgraph_plus_latency-format.txt", "ftrace-graph", "100 = 6 + 94 + 0"],
  ["ftrace/trace_function.txt", "ftrace-function", "60 = 0 + 60 + 0"],
  ["ftrace/trace_function_stack.txt", "ftrace-function", "60 = 0 + 60 + 0"],
  ["ftrace/trace_hex.txt", "ftrace-hex", "120 = 0 + 120 + 0"],
  ["ftrace/trace_latency_format.txt", "ftrace-latency", "120 = 74 + 46 + 0"],
  ["ftrace/trace_latency_verbose.txt", "ftrace-verbose", "120 = 80 + 40 + 0"],
  ["ftrace/trace_noirqinfo.txt", "ftrace", "120 = 82 + 38 + 0"],
  ["ftrace/trace_overwrite.txt", "ftrace", "120 = 78 + 42 + 0"],
  ["ftrace/trace_percpu0.txt", "ftrace", "120 = 102 + 18 + 0"],
  ["ftrace/trace_pipe_lost0.txt", "ftrace", "120 = 86 + 34 + 0"],
  ["ftrace/trace_pipe_slow.txt", "ftrace", "49 = 12 + 37 + 0"],
  ["ftrace/trace_raw.txt", "ftrace-raw", "120 = 0 + 120 + 0"],
  ["ftrace/trace_sched_marker.txt", "ftrace", "40 = 0 + 40 + 0"],
  ["ftrace/trace_stacktrace.txt", "ftrace", "80 = 4 + 76 + 0"],
  ["ftrace/trace_tgid.txt", "ftrace", "120 = 78 + 42 + 0"],
  ["ftrace/trace_verbose.txt", "ftrace", "120 = 85 + 35 + 0"],
  ["perf/perf.data", "perf.data", "refused: input-not-a-trace"],
  ["perf/perf_json_head.txt", "perf-json", "refused: input-not-a-trace"],
  ["perf/perf_script_1.txt", "perf-script", "25 = 24 + 0 + 1"],
  ["perf/perf_script_10.txt", "perf-dump", "refused: input-not-a-trace"],
  ["perf/perf_script_2.txt", "perf-script", "25 = 17 + 7 + 1"],
  ["perf/perf_script_3.txt", "perf-script", "25 = 24 + 0 + 1"],
  ["perf/perf_script_4.txt", "perf-script", "25 = 0 + 24 + 1"],
  ["perf/perf_script_5.txt", "perf-header", "refused: input-not-a-trace"],
  ["perf/perf_script_6.txt", "perf-script", "25 = 24 + 0 + 1"],
  ["perf/perf_script_7.txt", "perf-script", "25 = 0 + 24 + 1"],
  ["perf/perf_script_8.txt", "perf-message", "refused: input-not-a-trace"],
  ["perf/perf_script_9.txt", "perf-script", "25 = 17 + 7 + 1"],
  ["perf/perf_script_callgraph.txt", "perf-script", "26 = 2 + 24 + 0"],
  ["perf/perf_trace.txt", "perf-trace", "30 = 0 + 30 + 0"],
  ["qemu/gdb.txt", "ring-text", "refused: input-not-a-trace"],
  ["qemu/hmp.txt", "hmp", "0 = 0 + 0 + 0"],
  ["qemu/hmp_xp.txt", "ring-text", "refused: input-not-a-trace"],
  ["qemu/hmp_xp_raw_terminal.txt", "hmp", "refused: qmp-without-memory"],
  ["qemu/qmp.txt", "qmp", "0 = 0 + 0 + 0"],
  ["qemu/trace_log_nots.log", "qemu-log", "400 = 369 + 31 + 0"],
  ["qemu/trace_log_ts.log", "qemu-log", "400 = 399 + 1 + 0"],
  ["rings/packed_desc.bin", "none", "refused: input-not-a-trace"],
  ["rings/packed_desc.bin.hexdump-C.txt", "ring-text", "refused: input-not-a-trace"],
  ["rings/packed_desc.bin.xxd.txt", "ring-text", "refused: input-not-a-trace"],
  ["rings/packed_device_event.bin", "none", "refused: input-not-a-trace"],
  ["rings/packed_device_event.bin.hexdump-C.txt", "ring-text", "refused: input-not-a-trace"],
  ["rings/packed_device_event.bin.xxd.txt", "ring-text", "refused: input-not-a-trace"],
  ["rings/packed_driver_event.bin", "none", "refused: input-not-a-trace"],
  ["rings/packed_driver_event.bin.hexdump-C.txt", "ring-text", "refused: input-not-a-trace"],
  ["rings/packed_driver_event.bin.xxd.txt", "ring-text", "refused: input-not-a-trace"],
  ["rings/split_vring-avail.bin", "none", "refused: input-not-a-trace"],
  ["rings/split_vring-avail.bin.hexdump-C.txt", "ring-text", "refused: input-not-a-trace"],
  ["rings/split_vring-avail.bin.xxd.txt", "ring-text", "refused: input-not-a-trace"],
  ["rings/split_vring-desc.bin", "none", "refused: layout-unknown"],
  ["rings/split_vring-desc.bin.hexdump-C.txt", "ring-text", "refused: input-not-a-trace"],
  ["rings/split_vring-desc.bin.xxd.txt", "ring-text", "refused: input-not-a-trace"],
  ["rings/split_vring-used.bin", "none", "refused: input-not-a-trace"],
  ["rings/split_vring-used.bin.hexdump-C.txt", "ring-text", "refused: input-not-a-trace"],
  ["rings/split_vring-used.bin.xxd.txt", "ring-text", "refused: input-not-a-trace"],
  ["trace-cmd/report.txt", "trace-cmd-report", "60 = 49 + 11 + 0"],
  ["trace-cmd/report_R.txt", "trace-cmd-report", "60 = 49 + 11 + 0"],
  ["trace-cmd/report_align-ts.txt", "trace-cmd-report", "60 = 49 + 11 + 0"],
  ["trace-cmd/report_events_dropped.txt", "trace-cmd-report", "60 = 2 + 58 + 0"],
  ["trace-cmd/report_fgraph.txt", "trace-cmd-report", "80 = 0 + 80 + 0"],
  ["trace-cmd/report_fgraph_tail.txt", "trace-cmd-report", "80 = 0 + 80 + 0"],
  ["trace-cmd/report_l.txt", "trace-cmd-report", "60 = 49 + 11 + 0"],
  ["trace-cmd/report_multi_instance.txt", "trace-cmd-report", "19 = 3 + 16 + 0"],
  ["trace-cmd/report_raw-ts.txt", "trace-cmd-report", "60 = 49 + 11 + 0"],
  ["trace-cmd/report_stat.txt", "trace-cmd-report", "31 = 0 + 31 + 0"],
  ["trace-cmd/report_t.txt", "trace-cmd-report", "60 = 49 + 11 + 0"],
  ["trace-cmd/report_ts-diff.txt", "trace-cmd-report", "60 = 49 + 11 + 0"],
  ["trace-cmd/report_tsc.txt", "trace-cmd-report", "4 = 3 + 1 + 0"],
];

async function outcomeOf(path: string): Promise<{ ledger: string; message: string }> {
  try {
    const { sources } = await checkSources([path]);
    const ledgers = sources.map(({ ledger: { lines, events, notes, rejected } }) => {
      expect(events + notes + rejected).toBe(lines);
      return `${lines} = ${events} + ${notes} + ${rejected}`;
    });
    return { ledger: ledgers.join("; "), message: "" };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { ledger: `refused: ${error.code}`, message: error.message };
  }
}

test.skipIf(!sharedPresent)(`every sample is in the list${sharedTitle}`, () => {
  const files = readdirSync(SAMPLES, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(SAMPLES, "/").length));
  expect(files.sort()).toEqual(EXPECTED.map(([path]) => path).sort());
});

test.skipIf(!sharedPresent).each(EXPECTED)(
  `%s is %s: %s${sharedTitle}`,
  async (name, format, outcome) => {
    const path = `${SAMPLES}/${name}`;
    const bytes = readFileSync(path);
    const found = detect((name.endsWith(".gz") ? gunzipSync(bytes) : bytes).subarray(0, 65_536));
    expect(found?.format.name ?? "none").toBe(format);
    const { ledger, message } = await outcomeOf(path);
    expect(ledger).toBe(outcome);
    if (outcome === "refused: input-not-a-trace") {
      expect(message).toContain(found?.format.title ?? "of no known kind");
    }
  },
);
