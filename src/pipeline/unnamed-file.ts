import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../model/user-error.ts";

/**
 * Copies an input into a file that lost its name when it was made, so that nothing of it remains at any
 * end; the open file, which is the caller's to close.
 *
 * @throws UserError when there is no room for it, or it has more than `bytesMax` bytes.
 */
export async function unnamedCopy(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
  bytesMax: number,
): Promise<number> {
  const handle = unnamedFile(path);
  try {
    let total = 0;
    for await (const chunk of chunks) {
      total += chunk.length;
      if (total > bytesMax) {
        const most = `${bytesMax / 2 ** 30} GiB`;
        throw new UserError("input-too-large", `${path} unpacks to more than ${most}`);
      }
      writeAll(handle, chunk, path);
    }
    return handle;
  } catch (error) {
    closeSync(handle);
    throw error;
  }
}

function unnamedFile(path: string): number {
  let folder: string | undefined;
  try {
    folder = mkdtempSync(join(tmpdir(), "vringscope-"));
    return openSync(join(folder, "copy"), "wx+", 0o600);
  } catch (error) {
    throw noRoom(path, error);
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}

function writeAll(handle: number, bytes: Uint8Array, path: string): void {
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(handle, bytes, at);
  } catch (error) {
    throw noRoom(path, error);
  }
}

function noRoom(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || !("code" in error)) return error;
  return new UserError(
    "input-no-room",
    `${path === "-" ? "stdin" : path} has to be copied before it can be read, and ${tmpdir()} does not take it: ${error.message}`,
    "set TMPDIR to a folder with room, or unpack it and give that",
  );
}
