import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../model/user-error.ts";
import type { ByteRanges } from "../parser/tracedat/byte-cursor.ts";
import { archiveOf } from "./archive.ts";
import { readError } from "./source.ts";

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
  if (plain === undefined) return spooled(path, chunks);
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

async function spooled(path: string, chunks: AsyncIterable<Uint8Array>): Promise<OpenRanges> {
  const handle = unnamedFile(path);
  try {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length; ) at += written(handle, chunk.subarray(at), path);
    }
  } catch (error) {
    closeSync(handle);
    throw error;
  }
  return rangesOfHandle(handle, path);
}

function written(handle: number, bytes: Uint8Array, path: string): number {
  try {
    return writeSync(handle, bytes);
  } catch (error) {
    throw noRoom(path, error);
  }
}

function unnamedFile(path: string): number {
  let folder: string | undefined;
  try {
    folder = mkdtempSync(join(tmpdir(), "vringscope-"));
    return openSync(join(folder, "trace.dat"), "wx+", 0o600);
  } catch (error) {
    throw noRoom(path, error);
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}

function noRoom(path: string, error: unknown): UserError {
  const reason = error instanceof Error ? error.message : String(error);
  const name = path === "-" ? "stdin" : path;
  return new UserError(
    "input-no-room",
    `${name} has to be copied before it can be read, and ${tmpdir()} does not take it: ${reason}`,
    "unpack it into a file and give that, or set TMPDIR",
  );
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
