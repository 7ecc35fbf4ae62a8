import type { InputFormat } from "../model/input-format.ts";
import { FOREIGN } from "./foreign.ts";

/**
 * The formats of inputs: what each carries, what decides that an input is in it, how to make one, and
 * samples. `vringscope formats`, `--input-format` and docs/formats.md are made from this table; detect.ts
 * finds a format by these names.
 */

const ADD =
  'vq=0xff415b5742731d00 name="requests" index=0 num_free=128 out=1 in=1 token=0xff415b57a838f5a0';
const PLACE = "(virtqueue_add_sgs+0x0/0xd0 [virtio_ring])";
const PROBES =
  "echo 'p:virtio/vq_notify virtqueue_notify vq=%di:x64' > /sys/kernel/tracing/kprobe_events, and so on: docs/fields.md has the names of fields";
const ENABLE = "echo 1 > /sys/kernel/tracing/events/virtio/enable";
const EVENTS =
  "calls of virtqueue functions with the fields that the probes recorded, and what the tracer lost";

const OF_TRACERS: readonly InputFormat[] = [
  {
    name: "ftrace",
    title: "tracefs trace and trace_pipe, default layout",
    status: "read",
    reported: "ftrace-text",
    carries: EVENTS,
    detected:
      "a line `task-pid [cpu] flags time: event: ...`, with or without tgid and flags, with any clock; or only a header as `# tracer: nop`",
    record: [PROBES, ENABLE, "cat /sys/kernel/tracing/trace > trace.txt"],
    samples: [
      {
        what: "default",
        lines: [
          "# tracer: nop",
          `            bash-133     [001] d..1.     9.311324: vq_add_sgs: ${PLACE} ${ADD}`,
        ],
      },
      {
        what: "option record-tgid",
        lines: [
          `              dd-154     (    154) [000] d..1.    12.622527: vq_add_sgs: ${PLACE} ${ADD}`,
        ],
      },
      {
        what: "option noirq-info",
        lines: [
          `            bash-133     [001]      9.312085: vq_add_sgs_ret: (p9_virtio_request+0xd0/0x1f0 [9pnet_virtio] <- virtqueue_add_sgs) ret=0`,
        ],
      },
      {
        what: "an integer clock (x86-tsc, counter, uptime)",
        lines: [
          `              dd-160     [000] d..1.  63373800568: vq_kick_prepare: (virtqueue_kick_prepare+0x0/0xd0 [virtio_ring]) vq=0xff415b5742731d00`,
        ],
      },
      {
        what: "trace_pipe, with a loss",
        lines: [
          "CPU:0 [LOST 240 EVENTS]",
          `          <idle>-0       [000] d.h1.     9.324082: vring_interrupt: (vring_interrupt+0x0/0xd0 [virtio_ring]) irq=32 vq=0xff415b5742731d00`,
        ],
      },
    ],
    files: [
      "ftrace/trace_default.txt",
      "ftrace/trace_tgid.txt",
      "ftrace/trace_noirqinfo.txt",
      "ftrace/trace_stacktrace.txt",
      "ftrace/trace_sched_marker.txt",
      "ftrace/trace_clock_counter.txt",
      "ftrace/trace_clock_tai.txt",
      "ftrace/trace_clock_x86-tsc.txt",
      "stories/lost-events/trace.txt",
    ],
  },
  {
    name: "ftrace-latency",
    title: "tracefs trace with the option latency-format",
    status: "read",
    reported: "ftrace-text",
    carries: `${EVENTS}; task names of eight characters, whole microseconds`,
    detected: "a line `task-pid CPUflags TIMEus : event: ...`, the CPU glued to the flags",
    record: [PROBES, "echo 1 > /sys/kernel/tracing/options/latency-format", ENABLE],
    samples: [
      {
        what: "latency-format",
        lines: [`    bash-133       1d..1. 21181us!: vq_add_sgs: ${PLACE} ${ADD}`],
      },
      {
        what: "an integer clock",
        lines: [`    bash-133       1d..1.    4: vq_add_sgs: ${PLACE} ${ADD}`],
      },
    ],
    files: ["ftrace/trace_latency_format.txt"],
  },
  {
    name: "ftrace-verbose",
    title: "tracefs trace with latency-format and verbose",
    status: "read",
    reported: "ftrace-text",
    carries: `${EVENTS}; whole microseconds`,
    detected:
      "a line with pid, CPU, flags, depth and number in columns, and `[clock] ms (+ms): event:`",
    record: [PROBES, "echo 1 > /sys/kernel/tracing/options/{latency-format,verbose}", ENABLE],
    samples: [
      {
        what: "verbose",
        lines: [
          `            bash     133   1 1 00000001 00000000 [008e145c] 21.181ms (+0.762ms): vq_add_sgs: ${PLACE} ${ADD}`,
        ],
      },
    ],
    files: ["ftrace/trace_latency_verbose.txt"],
  },
  {
    name: "console",
    title: "a dump of the ftrace buffer on the console (dmesg, serial log, syslog)",
    status: "read",
    reported: "ftrace-text",
    carries: `${EVENTS}; lines that were broken by other messages are rejected and count as losses`,
    detected: "`Dumping ftrace buffer:`, or the latency layout behind printk's prefix",
    record: [
      "sysctl kernel.ftrace_dump_on_oops=1, or ftrace_dump_on_oops on the kernel's command line; or echo z > /proc/sysrq-trigger",
      "dmesg > dmesg.txt, or keep the serial console",
    ],
    samples: [
      {
        what: "dmesg",
        lines: [
          "[   52.898731] Dumping ftrace buffer:",
          "[   52.898859] ---------------------------------",
          `[   52.899160]       dd-286       0d..1. 28502us : vq_add_sgs: ${PLACE} ${ADD}`,
        ],
      },
      {
        what: "syslog",
        lines: [
          `Nov 23 00:13:12 guest kernel: [   52.899160][  T286]       dd-286       0d..1. 28502us : vq_add_sgs: ${PLACE} ${ADD}`,
        ],
      },
    ],
    files: ["ftrace/dmesg_ftrace_dump.txt"],
  },
  {
    name: "trace-cmd-report",
    title: "trace-cmd report, in its variants",
    status: "read",
    reported: "ftrace-text",
    carries: `${EVENTS}; without the callers' names, and before trace-cmd 3.2 without interrupt levels`,
    detected:
      "`cpus=N`, or a line `task-pid [cpu] time: event:` whose place is a bare address or whose event is padded",
    record: [
      "trace-cmd record -e virtio ...",
      "trace-cmd report > report.txt (better: give trace.dat itself)",
    ],
    samples: [
      {
        what: "plain",
        lines: [
          "cpus=2",
          `       trace-cmd-296   [001]    65.535016: vq_add_sgs:           (ffffffffc0459180) ${ADD}`,
        ],
      },
      {
        what: "-R",
        lines: [
          "       trace-cmd-296   [001]    65.535064: vq_kick_prepare:       __probe_ip=ffffffffc0456ca0 vq=0xff415b5742731400",
        ],
      },
      {
        what: "-l",
        lines: [
          `trace-cm-296     1d..1.    65.535016: vq_add_sgs:           (ffffffffc0459180) ${ADD}`,
        ],
      },
      {
        what: "--ts-diff",
        lines: [
          "       trace-cmd-296   [001]    65.535053: (+37)    vq_add_sgs_ret:       (ffffffffc0459180 <- ffffffffc04b6650) ret=0",
        ],
      },
      {
        what: "--raw-ts, and integer clocks",
        lines: [
          "    kworker/1:1H-56    [001]203721076797: vq_notify:            (ffffffffc05f6130) vq=0xff3ef1ad6c9b2300",
        ],
      },
      {
        what: "several buffers or files",
        lines: [
          "inst2:               dd-210   [000]    81.509307: vq_notify:            (ffffffffc05f6130) vq=0xff3ef1ad6c9b2300",
        ],
      },
      {
        what: "newer versions, with flags",
        lines: [
          "          <idle>-0     [001] d.h1. 162573.215752: vq_notify:            (ffffffffc05f6130) vq=0xff3ef1ad6c9b2300",
        ],
      },
    ],
    files: [
      "trace-cmd/report.txt",
      "trace-cmd/report_R.txt",
      "trace-cmd/report_align-ts.txt",
      "trace-cmd/report_events_dropped.txt",
      "trace-cmd/report_fgraph.txt",
      "trace-cmd/report_l.txt",
      "trace-cmd/report_multi_instance.txt",
      "trace-cmd/report_raw-ts.txt",
      "trace-cmd/report_stat.txt",
      "trace-cmd/report_t.txt",
      "trace-cmd/report_ts-diff.txt",
      "trace-cmd/report_tsc.txt",
    ],
  },
  {
    name: "ftrace-graph",
    title: "tracefs trace of the function_graph tracer",
    status: "read",
    reported: "ftrace-text",
    carries:
      "calls of virtqueue functions and how long they took; no arguments, so that they belong to no queue and nothing is judged by them",
    detected: "`# tracer: function_graph`, and the number of the CPU before each call",
    record: [
      "echo function_graph > /sys/kernel/tracing/current_tracer",
      "echo 1 > /sys/kernel/tracing/options/{funcgraph-abstime,funcgraph-proc}",
    ],
    samples: [
      {
        what: "default",
        lines: [
          "# tracer: function_graph",
          " 0)   3.205 us    |    virtqueue_kick_prepare [virtio_ring]();",
          " 0)               |    virtqueue_notify [virtio_ring]() {",
        ],
      },
      {
        what: "options funcgraph-abstime and funcgraph-proc",
        lines: [
          "# tracer: function_graph",
          "   31.777516 |   0)   kworker-44   |   3.205 us    |    virtqueue_kick_prepare [virtio_ring]();",
        ],
      },
      {
        what: "with latency-format",
        lines: [
          "# tracer: function_graph",
          "   31.777516 |   0)   kworker-44   |  ...1. |   3.205 us    |    virtqueue_kick_prepare [virtio_ring]();",
        ],
      },
    ],
    files: [
      "ftrace/trace_fgraph_all.txt",
      "ftrace/trace_fgraph_default.txt",
      "ftrace/trace_fgraph_events.txt",
      "ftrace/trace_fgraph_plus_funcgraph-abstime.txt",
      "ftrace/trace_fgraph_plus_funcgraph-proc.txt",
      "ftrace/trace_fgraph_plus_funcgraph-tail.txt",
      "ftrace/trace_fgraph_plus_latency-format.txt",
      "stories/function-graph/trace.txt",
    ],
  },
  {
    name: "ftrace-graph-bare",
    title: "a function graph without the column of the CPU",
    status: "noted",
    reported: "ftrace-text",
    carries: "the calls of all CPUs in one list: nothing says which of them made a call",
    detected: "`# tracer: function_graph`, and calls with nothing before them",
    record: ["echo 1 > /sys/kernel/tracing/options/funcgraph-cpu"],
    samples: [
      {
        what: "option nofuncgraph-cpu",
        lines: [
          "# tracer: function_graph",
          "  virtqueue_kick_prepare [virtio_ring]();",
          "  virtqueue_notify [virtio_ring]() {",
        ],
      },
    ],
    files: ["ftrace/trace_fgraph_nodur_nocpu.txt"],
  },
  {
    name: "ftrace-function",
    title: "tracefs trace of the function tracer",
    status: "noted",
    reported: "ftrace-text",
    carries:
      "that functions were called, without arguments; events beside them are read as in ftrace",
    detected: "lines `task-pid [cpu] flags time: function <-caller`, and no event among them",
    record: [PROBES, ENABLE],
    samples: [
      {
        what: "default",
        lines: [
          "# tracer: function",
          "              dd-191     [001] d..1.    24.988863: virtqueue_kick_prepare <-virtqueue_kick",
        ],
      },
    ],
    files: ["ftrace/trace_function.txt"],
  },
  {
    name: "ftrace-raw",
    title: "tracefs trace with the option raw",
    status: "noted",
    reported: "ftrace-text",
    carries:
      "pid, CPU, time and number of each event; the kernel does not print a probe's fields then",
    detected: "lines `133 1 9311323682 type: 1366`",
    record: ["echo 0 > /sys/kernel/tracing/options/raw"],
    samples: [{ what: "raw", lines: ["133 1 9312085254 type: 1367"] }],
    files: ["ftrace/trace_raw.txt"],
  },
  {
    name: "ftrace-hex",
    title: "tracefs trace with the option hex",
    status: "noted",
    reported: "ftrace-text",
    carries: "pid, CPU, time and number of each event, in hexadecimal; no fields",
    detected: "lines `00000085 00000001 000000022aff8622 type: 1366`",
    record: ["echo 0 > /sys/kernel/tracing/options/hex"],
    samples: [{ what: "hex", lines: ["00000085 00000001 000000022b0b2506 type: 1367"] }],
    files: ["ftrace/trace_hex.txt"],
  },
  {
    name: "trace.dat",
    title: "trace.dat of trace-cmd, versions 6 and 7, plain or zstd",
    status: "read",
    reported: "trace.dat",
    carries: `${EVENTS}; nanoseconds, interrupt levels, callers, and the name of the clock`,
    detected: "its first ten bytes, 17 08 44 and `tracing`",
    record: ["trace-cmd record -e virtio -e irq_handler_entry ..."],
    samples: [
      {
        what: "version 6",
        binary: true,
        lines: ["17 08 44 74 72 61 63 69 6e 67 36 00 00 08 00 10 00 00"],
      },
      {
        what: "version 7",
        binary: true,
        lines: ["17 08 44 74 72 61 63 69 6e 67 37 00 00 08 00 10 00 00 7a 73 74 64 00"],
      },
    ],
    files: ["tracedat/packed-v6.dat", "tracedat/packed-v7-zstd.dat"],
  },
  {
    name: "ring-buffer-pages",
    title: "pages of the ring buffer, as trace_pipe_raw gives them",
    status: "beside",
    reported: "ring-buffer-pages",
    carries: `${EVENTS}; read as a folder or a tar, with the kernel's formats beside them`,
    detected: "a whole page: a count of bytes that fits it, and records that end where they say",
    record: [
      "cat /sys/kernel/tracing/per_cpu/cpu0/trace_pipe_raw > cpu0/trace_pipe_raw, for each CPU",
      "cp -r /sys/kernel/tracing/events . (or its format files), and header_page and saved_cmdlines with them",
      "vringscope check FOLDER",
    ],
    samples: [],
    files: ["raw-pages/per_cpu/cpu0/trace_pipe_raw"],
  },
  {
    name: "perf-script",
    title: "perf script",
    status: "read",
    reported: "perf-script",
    carries: `${EVENTS}; without the CPU (-F +cpu) the lines are notes`,
    detected: "a line `task pid [cpu] time: group:event: ...`, the pid behind a blank",
    record: ["perf record -e 'virtio:*' -a -- sleep 10", "perf script > perf.txt"],
    samples: [
      {
        what: "plain",
        lines: [
          `       perf-exec   139 [000]     8.775906:           virtio:vq_add_sgs: (ffffffffc05f9180) ${ADD}`,
        ],
      },
      {
        what: "pid/tid, --ns, period",
        lines: [
          `       perf-exec   139/139   [000]     8.775906599:      1   virtio:vq_add_sgs: (ffffffffc05f9180) ${ADD}`,
        ],
      },
      {
        what: "with callchains",
        lines: [
          "kworker/0:1H-kb    44 [000]    32.273594: virtio:vq_notify: (ffffffffc05f6130) vq=0xff3ef1ad6c9b2300",
          "\tffffffffc05f6131 [unknown] ([virtio_ring])",
          "",
        ],
      },
    ],
    files: [
      "perf/script_1.txt",
      "perf/script_2.txt",
      "perf/script_3.txt",
      "perf/script_4.txt",
      "perf/script_6.txt",
      "perf/script_7.txt",
      "perf/script_9.txt",
      "perf/script_callgraph.txt",
    ],
  },
  {
    name: "perf-trace",
    title: "perf trace",
    status: "noted",
    reported: "ftrace-text",
    carries:
      "calls without their CPU, without every field that is zero, and with addresses cut to 32 bits: no evidence",
    detected: "lines `time :pid/tid group:event(field: value, ...)`",
    record: ["perf script of the same recording"],
    samples: [
      {
        what: "perf trace",
        lines: [
          "     0.207 :179/179 virtio:vq_kick_prepare(__probe_ip: -1067488096, vq: -54340418328498176)",
        ],
      },
    ],
    files: ["perf/trace.txt"],
  },
  {
    name: "bpftrace",
    title: "bpftrace text, by the printf of docs/bpftrace.md",
    status: "read",
    reported: "bpftrace",
    carries: `${EVENTS}; lines out of the order of their time are not used`,
    detected: "a line that begins with ns=, cpu= and tid=",
    record: ["bpftrace virtio.bt > trace.txt, with the printf of docs/bpftrace.md"],
    samples: [
      {
        what: "text",
        lines: [
          "Attaching 9 probes...",
          "ns=9312540000 cpu=1 tid=133 vq_kick_prepare: vq=0xff415b5742731d00 comm=bash",
        ],
      },
    ],
    files: ["bpftrace/trace.txt"],
  },
  {
    name: "bpftrace-json",
    title: "bpftrace -f json, by the printf of docs/bpftrace.md",
    status: "read",
    reported: "bpftrace-json",
    carries: "what bpftrace text carries",
    detected: "its first object, with `type` and `data`, `count` or `msg`",
    record: ["bpftrace -f json virtio.bt > trace.json, with the printf of docs/bpftrace.md"],
    samples: [
      {
        what: "JSON Lines",
        lines: [
          '{"type": "attached_probes", "data": {"probes": 9}}',
          '{"type": "printf", "data": "ns=9312540000 cpu=1 tid=133 vq_kick_prepare: vq=0xff415b5742731d00 comm=bash\\n"}',
        ],
      },
    ],
    files: ["bpftrace/trace.json"],
  },
];

const OF_RINGS: readonly InputFormat[] = [
  {
    name: "ringlog",
    title: "ringlog/1, the operation log of an instrumented driver or a simulator",
    status: "read",
    reported: "ringlog/1",
    carries:
      "every operation with its stores, loads and barriers in program order: the strongest evidence",
    detected: "its first object: a header whose format is ringlog/",
    record: ["docs/ringlog.md says how to write one"],
    samples: [
      {
        what: "its header",
        lines: [
          '{"type":"header","format":"ringlog/1","layout":"packed","size":4,"event_idx":1,"indirect":0,"areas":{"desc":{"base":4096,"len":64},"driver":{"base":8192,"len":4},"device":{"base":12288,"len":4}}}',
        ],
      },
    ],
    files: ["ringlog/packed-n4-e1-i0-s1.jsonl", "ringlog/split-n8-e1-i1-s1.jsonl"],
  },
  {
    name: "qemu-log",
    title: "QEMU's trace log (log backend), in its three forms",
    status: "read",
    reported: "qemu-log",
    carries:
      "the device's side: what it took, filled and notified of, and what status the driver wrote; QEMU's own messages",
    detected: "a line of a virtio_ or virtqueue_ event, with or without thread and time",
    record: ["qemu-system-x86_64 ... -trace 'virtio*' -trace 'virtqueue*' -D qemu.log"],
    samples: [
      {
        what: "-msg timestamp=on",
        lines: ["19004@1795392362.223506:virtio_set_status vdev 0x555871f1afc0 val 0"],
      },
      {
        what: "without times",
        lines: ["virtqueue_pop vq 0x7f130841c010 elem 0x55b8447cb8c0 in_num 2 out_num 1"],
      },
      {
        what: "newest versions",
        lines: ["2026-11-23T00:13:12.345678Z virtqueue_flush vq 0x7f130841c010 count 1"],
      },
    ],
    files: [
      "other/trace_log_ts.log",
      "qemu/trace_log_nots.log",
      "stories/balloon-kick-early/trace.txt",
    ],
  },
  {
    name: "qemu-messages",
    title: "what QEMU itself says, without trace events",
    status: "beside",
    reported: "qemu-log",
    carries: "why a device stopped; read in a folder, beside a trace or a dump",
    detected: "a line that begins with qemu and a colon, with or without a time",
    record: ["qemu-system-x86_64 ... -D qemu.log, in the folder of the trace"],
    samples: [
      {
        what: "with its time",
        lines: ["2026-11-23T01:56:10.587129Z qemu-system-x86_64: Incorrect order for descriptors"],
      },
    ],
    files: [],
  },
  {
    name: "simpletrace",
    title: "QEMU's simpletrace, versions 2 to 4",
    status: "read",
    reported: "qemu-simpletrace",
    carries: "what QEMU's log carries, with nanoseconds",
    detected: "its first 16 bytes, in either byte order",
    record: [
      "qemu built with --enable-trace-backends=simple, -trace 'virtio*',file=trace.bin",
      "before version 4: put trace-events-all of the same build beside it",
    ],
    samples: [
      {
        what: "version 4, little-endian",
        binary: true,
        lines: ["ff ff ff ff ff ff ff ff b4 29 a4 0a cb 77 b1 f2 04 00 00 00 00 00 00 00"],
      },
      {
        what: "version 3, big-endian",
        binary: true,
        lines: ["ff ff ff ff ff ff ff ff f2 b1 77 cb 0a a4 29 b4 00 00 00 00 00 00 00 03"],
      },
    ],
    files: [],
  },
  {
    name: "qmp",
    title: "a QMP transcript",
    status: "read",
    reported: "qmp",
    carries:
      "features, status, addresses and positions of queues at one instant; with xp text of all areas a dump",
    detected:
      'an object with "QMP", "return", "error" or "event"; in a folder also the name qmp.json',
    record: [
      "x-query-virtio, x-query-virtio-status and x-query-virtio-queue-status over QMP, one answer a line",
    ],
    samples: [
      {
        what: "one answer a line",
        lines: [
          '{"return": {"signalled-used": 175, "inuse": 0, "name": "virtio-blk", "queue-index": 0, "vring-num": 128, "vring-desc": 748220416, "vring-avail": 748222464, "vring-used": 748222784, "last-avail-idx": 175, "used-idx": 175}}',
        ],
      },
    ],
    files: ["other/qmp.txt"],
  },
  {
    name: "hmp",
    title: "a session with QEMU's monitor (HMP)",
    status: "read",
    reported: "qmp",
    carries:
      "what QMP answers carry, and memory by xp; also as a terminal showed it while somebody typed",
    detected: "the prompt (qemu), or an answer's device path and device_name",
    record: ["info virtio-status PATH, info virtio-queue-status PATH N, xp /4Nwx ADDRESS"],
    samples: [
      {
        what: "info virtio-queue-status",
        lines: [
          "(qemu) info virtio-queue-status /machine/peripheral/vblk0/virtio-backend 0",
          "/machine/peripheral/vblk0/virtio-backend:",
          "  device_name:          virtio-blk",
          "  queue_index:          0",
        ],
      },
    ],
    files: ["qemu/hmp.txt", "qemu/hmp_xp_raw_terminal.txt"],
  },
  {
    name: "ring-dump",
    title: "a queue's three areas, as bytes",
    status: "read",
    reported: "ring-dump",
    carries: "the queue at one instant: positions, laps, buffers in flight, event words",
    detected:
      "its name, NAME-desc.bin with -driver.bin and -device.bin beside it: any bytes may be a ring's",
    record: ["pmemsave ADDRESS BYTES NAME-desc.bin, and so on: docs/ring.md"],
    samples: [],
    files: [],
  },
  {
    name: "ring-text",
    title: "a hex dump, or memory as a debugger prints it",
    status: "read",
    reported: "ring-dump",
    carries: "what the bytes carry; read as NAME-desc.txt or .hex, as an area of a dump",
    detected:
      "the rows of ten tools; where a text leaves its bytes open it is refused with the reason",
    record: [
      "name it NAME-desc.txt, with NAME-driver.txt and NAME-device.txt beside it: docs/ring.md",
    ],
    samples: [
      {
        what: "hexdump -C",
        lines: [
          "00000000  00 1c ea 2b 00 00 00 00  20 01 00 00 04 00 08 00  |...+.... .......|",
          "00000010",
        ],
      },
      {
        what: "hexdump, od -x",
        lines: ["0000000 1c00 2bea 0000 0000 0120 0000 0004 0008", "0000010"],
      },
      {
        what: "xxd",
        lines: ["00000000: 001c ea2b 0000 0000 2001 0000 0400 0800  ...+.... ......."],
      },
      { what: "xxd -p", lines: ["001cea2b000000002001000004000800"] },
      {
        what: "xxd -i",
        lines: [
          "unsigned char ring[] = {",
          "  0x00, 0x1c, 0xea, 0x2b",
          "};",
          "unsigned int ring_len = 4;",
        ],
      },
      {
        what: "od -A x -t x1z",
        lines: [
          "000000 00 1c ea 2b 00 00 00 00 20 01 00 00 04 00 08 00  >...+.... .......<",
          "000010",
        ],
      },
      {
        what: "gdb x/4xw",
        lines: ["0x2c98f000:\t0x2bea1c00\t0x00000000\t0x00000120\t0x00080004"],
      },
      {
        what: "QEMU xp /4xw",
        lines: ["0000000000001000: 0x2bea1c00 0x00000000 0x00000120 0x00080004"],
      },
      {
        what: "crash rd -64",
        lines: ["ffff88800098f000:  000000002bea1c00 0008000400000120   ...+.... ......."],
      },
      {
        what: "print_hex_dump",
        lines: [
          "[   12.300000] ring: 00000000: 00 1c ea 2b 00 00 00 00 20 01 00 00 04 00 08 00  ...+.... .......",
        ],
      },
      { what: "drgn", lines: ["b'\\x00\\x1c\\xea+\\x00\\x00\\x00\\x00'"] },
    ],
    files: ["other/packed_desc.bin.xxd.txt"],
  },
  {
    name: "ring-buffer-stats",
    title: "ring buffer statistics of one CPU (per_cpu/*/stats)",
    status: "beside",
    reported: "ring-buffer-stats",
    carries: "how many events the ring buffer lost; given with a trace, or where tracefs has it",
    detected: "its first two lines, entries and overrun",
    record: ["cp -r /sys/kernel/tracing/per_cpu beside the trace, or give the files with it"],
    samples: [{ what: "stats", lines: ["entries: 174", "overrun: 0"] }],
    files: ["ftrace/stats_cpu0.txt"],
  },
];

const CONTAINERS: readonly InputFormat[] = [
  {
    name: "gzip",
    title: "gzip-compressed data",
    status: "container",
    carries: "any of these formats",
    detected: "its first two bytes",
    record: ["gzip FILE"],
    samples: [{ what: "head", binary: true, lines: ["1f 8b 08 00 00 00 00 00"] }],
    files: [],
  },
  {
    name: "zstd",
    title: "zstd-compressed data",
    status: "container",
    carries: "any of these formats",
    detected: "its first four bytes",
    record: ["zstd FILE"],
    samples: [{ what: "head", binary: true, lines: ["28 b5 2f fd 24 00 00 00"] }],
    files: ["containers/kick-missed.txt.zst"],
  },
  {
    name: "tar",
    title: "a tar archive",
    status: "container",
    carries:
      "a bug report: each file in it is a source of its own; a file, for it is read in any order",
    detected: "`ustar` at byte 257",
    record: ["tar czf report.tar.gz FOLDER"],
    samples: [],
    files: [],
  },
  {
    name: "folder",
    title: "a folder",
    status: "container",
    carries: "a trace with the dumps, QMP answers and logs beside it, each joined to its queue",
    detected: "it is one",
    record: ["docs/ring.md has the names of files in it"],
    samples: [],
    files: [],
  },
];

/** All formats, in the order in which people are told of them. */
export const FORMATS: readonly InputFormat[] = [
  ...OF_TRACERS,
  ...OF_RINGS,
  ...CONTAINERS,
  ...FOREIGN,
];

const BY_NAME: ReadonlyMap<string, InputFormat> = new Map(
  FORMATS.map((format) => [format.name, format]),
);

/** The format of that name. */
export function formatNamed(name: string): InputFormat | undefined {
  return BY_NAME.get(name);
}
