/**
 * What an input is when it is no trace that can be read here. Only for the message: a file is told
 * what it is, not merely what it is not.
 */

interface Foreign {
  readonly name: string;
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

const BINARY: readonly Foreign[] = [
  {
    name: "a perf.data file",
    matches: startsWith(0x50, 0x45, 0x52, 0x46, 0x49, 0x4c, 0x45, 0x32),
  },
  { name: "zstd-compressed data", matches: startsWith(0x28, 0xb5, 0x2f, 0xfd) },
  { name: "xz-compressed data", matches: startsWith(0xfd, 0x37, 0x7a, 0x58, 0x5a) },
  { name: "bzip2-compressed data", matches: startsWith(0x42, 0x5a, 0x68) },
  { name: "a zip archive", matches: startsWith(0x50, 0x4b, 0x03, 0x04) },
  { name: "an ELF file (a core dump or a program)", matches: startsWith(0x7f, 0x45, 0x4c, 0x46) },
  { name: "an SQLite database", matches: likeText(/^SQLite format 3\0/) },
  {
    name: "a tar archive",
    matches: (_head, text) => text.slice(257, 262) === "ustar",
  },
];

const TEXT: readonly Foreign[] = [
  {
    name: "the format description of a trace event (events/*/*/format)",
    matches: likeText(/^name: \S+\nID: \d+\nformat:/),
  },
  {
    name: "the layout of ring buffer pages (events/header_page, events/header_event)",
    matches: likeText(/^[ \t]*field: u64 timestamp;|^# compressed entry header/m),
  },
  { name: "an event histogram (hist)", matches: likeText(/^# event histogram/) },
  {
    name: "ring buffer statistics of one CPU (per_cpu/*/stats)",
    matches: likeText(/^entries: \d+\noverrun: \d+/),
  },
  {
    name: "a list of probe definitions (kprobe_events)",
    matches: likeText(/^[pr]\d*:\S+ \S+/),
  },
  {
    name: "the list of trace clocks (trace_clock)",
    matches: likeText(/^(?=.*\blocal\b)(?=.*\bglobal\b)[\w [\]-]+\n?$/),
  },
  {
    name: "the kernel's list of task names (saved_cmdlines)",
    matches: likeText(/^(?:\d+ \S{1,15}\n){2,}/),
  },
  {
    name: "a dump of perf's records (perf script -D)",
    matches: likeText(/^0x[0-9a-f]+@\S+ \[0x[0-9a-f]+\]: event: \d+$/m),
  },
  {
    name: "bpftrace output without the lines of docs/bpftrace.md",
    matches: likeText(/^(?:Attach(?:ing|ed) \d+ probes?|\{"type": ?"attached_probes")/m),
  },
  { name: "perf script --header output", matches: likeText(/^# ========\n# captured on/) },
  {
    name: "a QEMU trace log",
    matches: likeText(/^(?:\d+@\d+\.\d+:)?virt(?:queue|io)_\w+ (?:vq|vdev|elem) 0x/m),
  },
  {
    name: "a QMP transcript",
    matches: likeText(/^\{"(?:QMP|return|error|event|timestamp)":/m),
  },
  { name: "output of the QEMU monitor", matches: likeText(/^\(qemu\) |^QEMU .* monitor/m) },
  {
    name: "memory printed by QEMU or a debugger (xp, x)",
    matches: likeText(/^(?:0x)?[0-9a-f]{8,16}(?: <[^>]*>)?:\s+0x[0-9a-f]+/m),
  },
  {
    name: "a hex dump",
    matches: likeText(/^[0-9a-f]{6,8}:? +[0-9a-f]{2,4}(?: ?[0-9a-f]{2,4}){3}/m),
  },
  { name: "JSON", matches: likeText(/^\s*[[{]\s*["{[\]}]/) },
  { name: "HTML", matches: likeText(/^\s*<(?:!doctype|html)/i) },
];

/** A binary format by its magic; undefined when the head could be text. */
export function foreignBinary(head: Uint8Array): string | undefined {
  const text = latin1(head);
  return BINARY.find(({ matches }) => matches(head, text))?.name;
}

/** What an input without a single trace line looks like. */
export function foreignText(head: Uint8Array): string {
  // The patterns backtrack: short lines keep them quick on whatever this is.
  const text = latin1(head)
    .slice(0, 16_384)
    .split("\n")
    .map((line) => line.slice(0, 300))
    .join("\n");
  const known = TEXT.find(({ matches }) => matches(head, text));
  if (known !== undefined) return known.name;
  const control = head.reduce((n, byte) => n + (byte < 9 || (byte > 13 && byte < 32) ? 1 : 0), 0);
  return control * 20 > head.length ? "binary data of no known kind" : "text of no known kind";
}

function latin1(head: Uint8Array): string {
  return Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, 65536)).toString("latin1");
}
