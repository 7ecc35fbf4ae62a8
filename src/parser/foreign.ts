import type { InputFormat } from "../model/input-format.ts";

/**
 * Formats that are recognised and not read: a file is told what it is, not merely what it is not.
 */

export interface ForeignFormat extends InputFormat {
  readonly matches: (head: Uint8Array, text: string) => boolean;
}

const startsWith =
  (...magic: readonly number[]) =>
  (head: Uint8Array): boolean =>
    magic.every((byte, at) => head[at] === byte);

const likeText =
  (pattern: RegExp) =>
  (_head: Uint8Array, text: string): boolean =>
    pattern.test(text);

/** A packer's data, by its magic: nothing more is to be said of it. */
function packed(name: string, title: string, magic: readonly number[]): ForeignFormat {
  return {
    name,
    title,
    status: "refused",
    carries: "anything",
    detected: "its first bytes",
    record: ["unpack it, or pack it with gzip or zstd"],
    samples: [{ what: "head", binary: true, lines: [hex(magic)] }],
    files: [],
    matches: startsWith(...magic),
  };
}

const hex = (bytes: readonly number[]): string =>
  bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");

const BINARY: readonly ForeignFormat[] = [
  {
    name: "perf.data",
    title: "a perf.data file",
    status: "refused",
    carries: "what perf script prints of it",
    detected: "`PERFILE2`",
    record: ["perf script -i perf.data > perf.txt"],
    samples: [{ what: "head", binary: true, lines: ["50 45 52 46 49 4c 45 32 68 00 00 00"] }],
    files: [],
    matches: startsWith(0x50, 0x45, 0x52, 0x46, 0x49, 0x4c, 0x45, 0x32),
  },
  packed("xz", "xz-compressed data", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]),
  packed("bzip2", "bzip2-compressed data", [0x42, 0x5a, 0x68, 0x39]),
  packed("zip", "a zip archive", [0x50, 0x4b, 0x03, 0x04]),
  {
    name: "elf",
    title: "an ELF file (a core dump or a program)",
    status: "refused",
    carries: "in a dump of a guest's memory, the rings; it does not say where",
    detected: "its first four bytes",
    record: ["the areas of a queue: docs/ring.md"],
    samples: [{ what: "head", binary: true, lines: ["7f 45 4c 46 02 01 01 00"] }],
    files: [],
    matches: startsWith(0x7f, 0x45, 0x4c, 0x46),
  },
  {
    name: "sqlite",
    title: "an SQLite database",
    status: "refused",
    carries: "a case, if vringscope import made it",
    detected: "`SQLite format 3`",
    record: ["vringscope sql, events and requests read a case"],
    samples: [
      {
        what: "head",
        binary: true,
        lines: ["53 51 4c 69 74 65 20 66 6f 72 6d 61 74 20 33 00"],
      },
    ],
    files: [],
    matches: likeText(/^SQLite format 3\0/),
  },
];

/** A file of tracefs that lies where traces lie. */
function ofTracefs(
  name: string,
  title: string,
  rest: Pick<ForeignFormat, "carries" | "detected"> & {
    readonly pattern: RegExp;
    readonly lines: readonly string[];
    readonly files: readonly string[];
  },
): ForeignFormat {
  const { pattern, lines, ...told } = rest;
  return {
    name,
    title,
    status: "refused",
    ...told,
    record: ["cat /sys/kernel/tracing/trace"],
    samples: [{ what: "head", lines }],
    matches: likeText(pattern),
  };
}

const OF_TRACEFS: readonly ForeignFormat[] = [
  ofTracefs("event-format", "the format description of a trace event (events/*/*/format)", {
    carries: "how the records of one event are laid out; trace.dat brings its own",
    detected: "`name:`, `ID:` and `format:`",
    pattern: /^name: \S+\nID: \d+\nformat:/,
    lines: ["name: vq_add_sgs", "ID: 1366", "format:"],
    files: ["ftrace/format_vq_add_sgs.txt"],
  }),
  ofTracefs(
    "page-format",
    "the layout of ring buffer pages (events/header_page, events/header_event)",
    {
      carries: "how raw pages are laid out",
      detected: "the field timestamp, or `# compressed entry header`",
      pattern: /^[ \t]*field: u64 timestamp;|^# compressed entry header/m,
      lines: ["\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;"],
      files: ["ftrace/header_page_event.txt"],
    },
  ),
  ofTracefs("hist", "an event histogram (hist)", {
    carries: "counts, without the events that were counted",
    detected: "`# event histogram`",
    pattern: /^# event histogram/,
    lines: ["# event histogram", "#"],
    files: ["ftrace/hist.txt"],
  }),
  ofTracefs("kprobe-events", "a list of probe definitions (kprobe_events)", {
    carries: "what probes there were, and none of their events",
    detected: "lines `p:group/name function ...`",
    pattern: /^[pr]\d*:\S+ \S+/,
    lines: ["p:virtio/vq_notify virtqueue_notify vq=%di:x64"],
    files: ["ftrace/kprobe_events.txt"],
  }),
  ofTracefs("trace-clock", "the list of trace clocks (trace_clock)", {
    carries: "which clock was chosen",
    detected: "one line with local and global in it",
    pattern: /^(?=.*\blocal\b)(?=.*\bglobal\b)[\w [\]-]+\n?$/,
    lines: ["[local] global counter uptime perf mono mono_raw boot tai x86-tsc"],
    files: ["ftrace/trace_clock.txt"],
  }),
  ofTracefs("saved-cmdlines", "the kernel's list of task names (saved_cmdlines)", {
    carries: "names of tasks by pid",
    detected: "lines of a number and a name",
    pattern: /^(?:\d+ \S{1,15}\n){2,}/,
    lines: ["133 bash", "21 ksoftirqd/1"],
    files: ["ftrace/saved_cmdlines.txt"],
  }),
];

const TEXT: readonly ForeignFormat[] = [
  {
    name: "perf-dump",
    title: "a dump of perf's records (perf script -D)",
    status: "refused",
    carries: "bytes of records, without their fields",
    detected: "`0x6a8@perf.data [0x290]: event: 69`",
    record: ["perf script without -D"],
    samples: [{ what: "-D", lines: ["", "0x6a8@/tmp/perf.data [0x290]: event: 69", "."] }],
    files: ["perf/script_10.txt"],
    matches: likeText(/^0x[0-9a-f]+@\S+ \[0x[0-9a-f]+\]: event: \d+$/m),
  },
  {
    name: "bpftrace-other",
    title: "bpftrace output without the lines of docs/bpftrace.md",
    status: "refused",
    carries: "whatever its script prints",
    detected: "`Attaching N probes...`, and no line that begins with ns=",
    record: ["the printf of docs/bpftrace.md"],
    samples: [{ what: "text", lines: ["Attaching 2 probes...", "@n[44]: 3"] }],
    files: [],
    matches: likeText(/^(?:Attach(?:ing|ed) \d+ probes?|\{"type": ?"attached_probes")/m),
  },
  {
    name: "perf-header",
    title: "perf script --header output",
    status: "refused",
    carries: "how a recording was made, and none of its events",
    detected: "`# captured on` behind `# ========`",
    record: ["perf script, with or without --header"],
    samples: [
      { what: "--header", lines: ["# ========", "# captured on    : Mon Nov 23 00:13:12 2026"] },
    ],
    files: ["perf/script_5.txt"],
    matches: likeText(/^# ========\n# captured on/m),
  },
  {
    name: "perf-message",
    title: "a message of perf script, without an event",
    status: "refused",
    carries: "why perf printed nothing",
    detected: "`Can't provide ... time`",
    record: ["perf script without -F +tod, or perf record -k CLOCK_MONOTONIC"],
    samples: [
      {
        what: "-F +tod",
        lines: [
          "Can't provide 'tod' time, missing clock data. Please record with -k/--clockid option.",
        ],
      },
    ],
    files: ["perf/script_8.txt"],
    matches: likeText(/^Can't provide '\w+' time, /m),
  },
  {
    name: "perf-json",
    title: "JSON of perf data convert",
    status: "refused",
    carries: "time, pid, CPU and address of each event, and no fields",
    detected: '"linux-perf-json-version"',
    record: ["perf script of the same recording"],
    samples: [{ what: "--to-json", lines: ["{", '\t"linux-perf-json-version": 1,'] }],
    files: [],
    matches: likeText(/^\s*\{\s*"linux-perf-json-version"/),
  },
  {
    name: "json",
    title: "JSON",
    status: "refused",
    carries: "nothing known",
    detected: "an object or array with a text, and no member that is known",
    record: ["bpftrace -f json, QMP answers and ringlog/1 are read"],
    samples: [{ what: "an object", lines: ['{"name": "value"}'] }],
    files: [],
    matches: likeText(/^\s*[[{]\s*["{[\]}]/),
  },
  {
    name: "html",
    title: "HTML",
    status: "refused",
    carries: "a page that shows something, perhaps a trace",
    detected: "`<!doctype html` or `<html`",
    record: ["the text itself, as from a download link"],
    samples: [{ what: "a page", lines: ["<!DOCTYPE html>"] }],
    files: [],
    matches: likeText(/^\s*<(?:!doctype|html)/i),
  },
];

/** Tried behind everything else: a dump of memory in a kernel's log is that. */
export const KERNEL_LOG: ForeignFormat = {
  name: "kernel-log",
  title: "a kernel's log without a dump of the ftrace buffer",
  status: "refused",
  carries: "what the kernel said; with a dump in it, it is read as console",
  detected: "printk's prefix, and no dump in its first 64 KiB",
  record: ["a log into which the kernel dumped its buffer: vringscope formats console"],
  samples: [{ what: "dmesg", lines: ["[    0.000000] Linux version 6.1.0-56-amd64"] }],
  files: [],
  matches: likeText(/^(?:<\d{1,3}>)?\[ {0,10}\d{1,10}\.\d{6}\](?:\[ *[TC]\d{1,10}\])? \S/m),
};

/** In the order in which they are told. */
export const FOREIGN: readonly ForeignFormat[] = [
  ...TEXT.slice(0, 5),
  ...BINARY,
  ...OF_TRACEFS,
  KERNEL_LOG,
  ...TEXT.slice(5),
];

/** A binary format by its magic; undefined when the head could be text. */
export function foreignBinary(head: Uint8Array): ForeignFormat | undefined {
  const text = latin1(head);
  return BINARY.find(({ matches }) => matches(head, text));
}

/** What a text is that no reader takes; undefined when it is nothing known. */
export function foreignText(head: Uint8Array): ForeignFormat | undefined {
  // The patterns backtrack: short lines keep them quick on whatever this is.
  const text = latin1(head)
    .slice(0, 16_384)
    .split("\n")
    .map((line) => line.slice(0, 300))
    .join("\n");
  return [...OF_TRACEFS, ...TEXT].find(({ matches }) => matches(head, text));
}

/** Whether bytes that nothing recognises are no text. */
export function isBinary(head: Uint8Array): boolean {
  const control = head.reduce((n, byte) => n + (byte < 9 || (byte > 13 && byte < 32) ? 1 : 0), 0);
  return control * 20 > head.length;
}

function latin1(head: Uint8Array): string {
  return new TextDecoder("latin1").decode(head.subarray(0, 65_536));
}
