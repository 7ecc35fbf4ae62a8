import type { CaseStore } from "../db/writer.ts";
import type { InputFormat } from "../model/input-format.ts";
import { UserError } from "../model/user-error.ts";
import { detect, unreadBinary } from "../parser/detect.ts";
import { isBinary } from "../parser/foreign.ts";
import type { ChosenReader } from "../parser/reader-of.ts";
import type { TraceReader } from "../parser/trace-reader.ts";
import type { TraceDatReader } from "../parser/tracedat/reader.ts";
import { isTraceDat } from "../parser/tracedat/trace-file.ts";
import { isTarHead } from "./archive.ts";
import { isFolder } from "./files.ts";
import { isRawPages, openRawPages, rawPagesAlone } from "./raw-pages.ts";
import { HEAD_BYTES, readSource } from "./source.ts";
import { type OpenTraceDat, openTraceDat } from "./trace-dat.ts";

/** Enough to tell a binary format; a pipe may give less at first. */
const MAGIC_BYTES = 512;
/** The longest that pages of the ring buffer are. */
const PAGE_BYTES = 64 * 1024;
/** Records between two looks at the writer. */
const STEP_RECORDS = 32_768;

/** An input whose beginning is known. */
export interface OpenSource {
  readonly path: string;
  readonly head: Uint8Array;
  /** The whole input, in order; not when it is read by ranges. */
  readonly chunks: AsyncGenerator<Uint8Array>;
  readonly dat: OpenTraceDat | undefined;
  readonly told: (done: number, total: number) => void;
}

type Progress = ((path: string, done: number, total: number) => void) | undefined;

/**
 * Opens an input: it is read by what it holds, not by its name, unless somebody chose its reader.
 *
 * @throws UserError when it cannot be read, is empty, or is a binary format that is not read.
 */
export async function openSource(
  path: string,
  progress: Progress,
  chosen?: ChosenReader,
): Promise<OpenSource> {
  const told = (done: number, total: number): void => progress?.(path, done, total);
  try {
    if (path !== "-" && isFolder(path)) {
      const dat = await openRawPages(path);
      if (dat !== undefined) return { path, head: NOTHING, chunks: nothing(), told, dat };
    }
    const raw = readSource(path, told);
    let begun: Uint8Array = new Uint8Array(0);
    // A page of the ring buffer is told by the whole of it.
    const wanted = (): number => (isBinary(begun) ? PAGE_BYTES : MAGIC_BYTES);
    while (begun.length < wanted()) {
      const next = await raw.next();
      if (next.done === true) break;
      // A chunk's memory may be the stream's; only what is small is put together.
      begun = begun.length === 0 ? next.value : Buffer.concat([begun, next.value]);
    }
    if (begun.length === 0) {
      throw new UserError("input-empty", `${path} is empty: there is no trace in it`);
    }
    const head = begun.slice(0, HEAD_BYTES);
    const chunks = withFirst(begun, raw);
    if (chosen === undefined ? isTraceDat(head) : chosen.reader === "trace.dat")
      return { path, head, chunks, told, dat: await openTraceDat(path, chunks) };
    if (path === "-" && isTarHead(head)) throw tarFromStdin();
    if (chosen === undefined && isRawPages(head)) {
      await chunks.return(undefined);
      throw rawPagesAlone(path === "-" ? "stdin" : path);
    }
    if (chosen === undefined && unreadBinary(head) !== undefined) throw notATrace(path, head);
    return { path, head, chunks, told, dat: undefined };
  } catch (error) {
    // Whatever happened, the line of progress is done.
    told(1, 1);
    throw error;
  }
}

const NOTHING = new Uint8Array(0);

async function* nothing(): AsyncGenerator<Uint8Array> {}

async function* withFirst(
  first: Uint8Array,
  rest: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield first;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}

/** Reads an open input to its end. */
export async function readAll(
  { path, head, chunks, dat, told }: OpenSource,
  reader: TraceReader | TraceDatReader,
  store: CaseStore | undefined,
  chosen?: ChosenReader,
): Promise<void> {
  try {
    if ("step" in reader) {
      while (reader.step(STEP_RECORDS)) {
        told(reader.done, dat?.ranges.size ?? 0);
        await store?.ready();
      }
    } else {
      for await (const chunk of chunks) {
        if (chunk.length === 0) continue;
        reader.push(chunk);
        await store?.ready();
      }
    }
  } finally {
    told(1, 1);
    dat?.ranges.close();
  }
  reader.end();
  if (reader.traceLines > 0) return;
  throw chosen === undefined ? notATrace(path, head) : notAsChosen(path, head, chosen);
}

/** Its members are read in any order. */
function tarFromStdin(): UserError {
  return new UserError(
    "input-tar-from-stdin",
    "stdin is a tar archive, which cannot be read from a pipe",
    "give the archive as a file",
  );
}

const READ =
  "it reads ftrace text (tracefs trace and trace_pipe, trace-cmd report, dumps on the console), trace.dat, folders with trace_pipe_raw and formats, perf script, bpftrace (docs/bpftrace.md), ringlog/1, QEMU's trace log and its simpletrace; plain, .gz, .zst, in a tar, or - for stdin: vringscope formats lists all";

function notATrace(path: string, head: Uint8Array): UserError {
  const format = detect(head)?.format;
  const nameless = isBinary(head) ? "binary data of no known kind" : "text of no known kind";
  return new UserError(
    "input-not-a-trace",
    `${path} is ${format?.title ?? nameless}, not a trace that this version reads`,
    format === undefined ? READ : insteadOf(format),
  );
}

function notAsChosen(path: string, head: Uint8Array, { format }: ChosenReader): UserError {
  const found = detect(head)?.format;
  return new UserError(
    "input-not-as-chosen",
    `${path} holds nothing that is ${format}, as --input-format says`,
    found === undefined ? READ : `by what it holds it is ${found.name}: ${found.title}`,
  );
}

/** What to do about an input that is known, and is no trace. */
function insteadOf({ name, status, record }: InputFormat): string {
  const more = `vringscope formats ${name} says more`;
  if (status === "read" && name !== "ring-text") return `no line of it could be read; ${more}`;
  return `${status === "beside" ? "give it with a trace" : `give instead: ${record.join("; ")}`}; ${more}`;
}
