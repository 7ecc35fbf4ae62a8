import type { DetectionEvidence, InputFormat } from "../model/input-format.ts";
import { isBpftraceJson } from "./bpftrace/json.ts";
import { parseDumpText } from "./dump-text.ts";
import { foreignBinary, foreignText, KERNEL_LOG } from "./foreign.ts";
import { formatNamed } from "./formats.ts";
import { messageOf, tracedLine } from "./qemu/messages.ts";
import { simpleTraceHeader } from "./qemu/simple-trace.ts";
import { looksLikeMonitor } from "./qmp/hmp.ts";
import { isRinglog } from "./ringlog/reader.ts";
import { textLayoutOf } from "./text-layout.ts";
import { pageShape } from "./tracedat/raw-pages.ts";
import { isTraceDat } from "./tracedat/trace-file.ts";

/** A format, and what in the input decided for it. */
export interface Detected extends DetectionEvidence {
  readonly format: InputFormat;
}

/** Enough of an input to tell what it is. */
const HEAD_BYTES = 64 * 1024;

/** What a predicate looks at. */
interface Head {
  readonly bytes: Uint8Array;
  /** One character a byte. */
  readonly text: string;
  readonly lines: readonly string[];
}

interface Found extends DetectionEvidence {
  readonly name: string;
}

/** In the order in which they are tried: what is told by its first bytes comes before what any line may tell. */
const TRIED: readonly ((head: Head) => Found | undefined)[] = [
  ({ bytes }) => magic(isTraceDat(bytes), "trace.dat", "begins with 17 08 44 and `tracing`"),
  ({ bytes }) =>
    magic(
      simpleTraceHeader(bytes) !== undefined,
      "simpletrace",
      "begins with simpletrace's header",
    ),
  ({ bytes }) => magic(bytes[0] === 0x1f && bytes[1] === 0x8b, "gzip", "begins with 1f 8b"),
  ({ bytes }) =>
    magic(
      [0x28, 0xb5, 0x2f, 0xfd].every((byte, at) => bytes[at] === byte),
      "zstd",
      "begins with 28 b5 2f fd",
    ),
  ({ text }) => magic(text.slice(257, 262) === "ustar", "tar", "has `ustar` at byte 257"),
  ({ bytes }) =>
    magic(pageShape(bytes) !== undefined, "ring-buffer-pages", "has a page's count and records"),
  ({ bytes }) => foreign(foreignBinary(bytes)),
  ({ bytes }) => magic(isRinglog(bytes), "ringlog", "begins with the header of a ring log", 1),
  ({ bytes }) =>
    magic(isBpftraceJson(bytes), "bpftrace-json", "begins with an object of bpftrace -f json", 1),
  qemuLog,
  ({ lines }) => textLayoutOf(lines),
  statistics,
  qemuMessages,
  monitor,
  ({ bytes }) => foreign(foreignText(bytes)),
  dumpText,
  ({ bytes, text }) => foreign(KERNEL_LOG.matches(bytes, text) ? KERNEL_LOG : undefined),
];

/** What an input is by its first bytes, after decompression; undefined when nothing known fits. */
export function detect(bytes: Uint8Array): Detected | undefined {
  const text = new TextDecoder("latin1").decode(bytes.subarray(0, HEAD_BYTES));
  const head: Head = { bytes, text, lines: text.split("\n") };
  for (const find of TRIED) {
    const found = find(head);
    const format = found && formatNamed(found.name);
    if (found !== undefined && format !== undefined) {
      return { format, line: found.line, why: found.why };
    }
  }
  return undefined;
}

/** The binary format of an input that no reader takes; undefined when the head could be text, or is read. */
export function unreadBinary(head: Uint8Array): InputFormat | undefined {
  const format = detect(head)?.format;
  const isBytes = format?.samples.some(({ binary }) => binary === true) || format?.name === "tar";
  return isBytes && format?.status !== "read" ? format : undefined;
}

function magic(fits: boolean, name: string, why: string, line = 0): Found | undefined {
  return fits ? { name, why, line } : undefined;
}

function foreign(format: InputFormat | undefined): Found | undefined {
  return format && { name: format.name, line: 0, why: `has ${format.detected}` };
}

/** The first line that `fits`. */
function atLine(
  { lines }: Head,
  fits: (line: string) => boolean,
  name: string,
  why: string,
): Found | undefined {
  const at = lines.findIndex((line) => fits(line.replace(/\r$/, "")));
  return at < 0 ? undefined : { name, line: at + 1, why };
}

function qemuLog(head: Head): Found | undefined {
  return atLine(head, tracedLine, "qemu-log", "is a trace event of QEMU");
}

function qemuMessages(head: Head): Found | undefined {
  const says = (line: string): boolean => messageOf(line) !== undefined;
  return atLine(head, says, "qemu-messages", "is a message of QEMU");
}

function statistics({ text }: Head): Found | undefined {
  const fits = /^entries: \d+\r?\noverrun: \d+/.test(text);
  return magic(fits, "ring-buffer-stats", "begins with entries and overrun", 1);
}

function monitor(head: Head): Found | undefined {
  if (head.text.includes("\0") || !looksLikeMonitor(head.text)) return undefined;
  return (
    atLine(head, (line) => /^\(qemu\) /.test(line), "hmp", "has the prompt of QEMU's monitor") ??
    atLine(
      head,
      (line) => /^\/machine\/\S+:$/.test(line),
      "hmp",
      "names a device as an answer does",
    ) ??
    atLine(head, looksLikeMonitor, "qmp", "is an object of QMP")
  );
}

function dumpText({ text }: Head): Found | undefined {
  if (text.includes("\0")) return undefined;
  const dump = parseDumpText(text);
  return dump.kind === "other"
    ? undefined
    : { name: "ring-text", line: 0, why: `has the rows of a dump (${dump.format})` };
}
