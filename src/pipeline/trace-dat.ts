import { inflateSync } from "node:zlib";
import { UserError } from "../model/user-error.ts";
import { BrokenFile } from "../parser/tracedat/byte-cursor.ts";
import { droppedEvents } from "../parser/tracedat/reader.ts";
import {
  type FileHead,
  type Inflate,
  isTraceDat,
  readHead,
  readTraceFile,
  type TraceFile,
} from "../parser/tracedat/trace-file.ts";
import { type OpenRanges, openRanges } from "./byte-ranges.ts";

/** A trace.dat that is open: what stands in it beside its events. */
export interface OpenTraceDat {
  readonly ranges: OpenRanges;
  readonly file: TraceFile;
  readonly inflate: Inflate;
}

/**
 * Opens a trace.dat.
 *
 * @throws UserError when it is broken before its events begin, or packed in a way that is not read.
 */
export async function openTraceDat(
  path: string,
  chunks: AsyncGenerator<Uint8Array>,
): Promise<OpenTraceDat> {
  const ranges = await openRanges(path, chunks, isTraceDat);
  try {
    const head = readHead(ranges);
    const inflate = await unpacker(head, path);
    return { ranges, inflate, file: readTraceFile(ranges, head, inflate) };
  } catch (error) {
    ranges.close();
    if (!(error instanceof BrokenFile)) throw error;
    throw new UserError(
      "input-broken",
      `${path} is a trace.dat that cannot be read: it ${error.message}`,
      "`trace-cmd report` may still print a part of it",
    );
  }
}

async function unpacker({ compressor }: FileHead, path: string): Promise<Inflate> {
  switch (compressor) {
    case "none":
      return (block) => block;
    case "zlib":
      return (block, size) => inflateSync(block, { maxOutputLength: Math.max(1, size) });
    case "zstd": {
      const { ZSTDDecoder } = await import("zstddec");
      const decoder = new ZSTDDecoder();
      await decoder.init();
      return (block, size) => decoder.decode(block, size);
    }
    default:
      throw new UserError(
        "input-packing",
        `${path} is packed with ${JSON.stringify(compressor)}, which is not read`,
        "trace-cmd convert --compression none -i FILE -o OUTPUT makes one that is",
      );
  }
}

/** What the ring buffer's own statistics say is missing; undefined when nothing is. */
export function droppedText({ file }: OpenTraceDat): string | undefined {
  const dropped = droppedEvents(file);
  if (dropped === 0) return undefined;
  return `the ring buffer dropped ${dropped} events, by its statistics`;
}
