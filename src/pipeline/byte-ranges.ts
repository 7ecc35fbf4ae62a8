import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { ByteRanges } from "../parser/tracedat/byte-cursor.ts";
import { archiveOf } from "./archive.ts";
import { readError } from "./source.ts";
import { unnamedCopy } from "./unnamed-file.ts";

/** An input that can be read in any order; close it when done. */
export interface OpenRanges extends ByteRanges {
  close(): void;
}

/**
 * An input by ranges, given its chunks from the first on. A plain file is read where it stands; of a
 * compressed one, or of stdin, a copy is written, which has no name any more while it is read.
 *
 * @throws UserError when it cannot be read, or there is no room for the copy.
 */
export async function openRanges(
  path: string,
  chunks: AsyncGenerator<Uint8Array>,
  begins: (head: Uint8Array) => boolean,
): Promise<OpenRanges> {
  const plain = path === "-" || archiveOf(path) !== undefined ? undefined : plainFile(path, begins);
  if (plain === undefined) {
    // A trace is what it is: how far a packed one may unpack is checked where it is unpacked.
    return rangesOfHandle(await unnamedCopy(path, chunks, Number.POSITIVE_INFINITY), path);
  }
  await chunks.return(undefined);
  return plain;
}

/** Of a packed file the first bytes as they stand are others. */
function plainFile(path: string, begins: (head: Uint8Array) => boolean): OpenRanges | undefined {
  try {
    const handle = openSync(path, "r");
    if (fstatSync(handle).isFile()) {
      const ranges = rangesOfHandle(handle, path);
      if (begins(ranges.read(0, 64))) return ranges;
    }
    closeSync(handle);
    return undefined;
  } catch (error) {
    throw readError(path, error);
  }
}

function rangesOfHandle(handle: number, path: string): OpenRanges {
  const { size } = fstatSync(handle);
  return {
    size,
    read(offset, length) {
      const bytes = new Uint8Array(Math.max(0, Math.min(length, size - offset)));
      try {
        for (let at = 0; at < bytes.length; ) {
          const read = readSync(handle, bytes, at, bytes.length - at, offset + at);
          if (read === 0) return bytes.subarray(0, at);
          at += read;
        }
      } catch (error) {
        throw readError(path, error);
      }
      return bytes;
    },
    close: () => closeSync(handle),
  };
}
