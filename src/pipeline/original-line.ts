import { closeSync, openSync, readSync, statSync } from "node:fs";
import { UserError } from "../model/user-error.ts";
import { isGzip, readSource } from "./source.ts";
import { isZstd } from "./zstd.ts";

/** So far into a packed source one event's line is looked for: what is behind takes too long to unpack. */
const UNPACKED_MAX = 512 << 20;
/** A line of a trace is shorter; a ring log's may not be. */
const LENGTH_MAX = 64 << 10;

/**
 * The bytes of a source that an event was read from, as text; its first 64 KiB. The source may have
 * changed or gone since it was imported: what stands there now is what is given.
 *
 * @throws UserError when it cannot be read any more.
 */
export async function originalLine(
  path: string,
  { offset, length }: { readonly offset: number; readonly length: number },
): Promise<string> {
  if (path === "-") throw new UserError("input-gone", "it came from stdin, which is gone");
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  if (size === undefined) throw new UserError("input-gone", `${path} is not there any more`);
  const wanted = Math.min(length, LENGTH_MAX);
  const head = bytesAt(path, 0, 4);
  const packed = isGzip(head) || isZstd(head);
  const bytes = packed ? await unpackedAt(path, offset, wanted) : bytesAt(path, offset, wanted);
  if (bytes.length < wanted) {
    throw new UserError("input-changed", `${path} is shorter than it was when it was imported`);
  }
  return textOf(bytes);
}

/** UTF-8 where it is; else one character a byte, so that none is lost. */
function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return Buffer.from(bytes).toString("latin1");
  }
}

function bytesAt(path: string, offset: number, length: number): Uint8Array {
  const handle = openSync(path, "r");
  try {
    const bytes = new Uint8Array(length);
    return bytes.subarray(0, readSync(handle, bytes, 0, length, offset));
  } finally {
    closeSync(handle);
  }
}

async function unpackedAt(path: string, offset: number, length: number): Promise<Uint8Array> {
  if (offset > UNPACKED_MAX) {
    throw new UserError("input-far", `${path} is packed, and the line far inside`, "unpack it");
  }
  const chunks = readSource(path, () => {});
  const found = new Uint8Array(length);
  let at = 0;
  let filled = 0;
  try {
    for await (const chunk of chunks) {
      const from = Math.max(0, offset - at);
      if (from < chunk.length) {
        const piece = chunk.subarray(from, from + length - filled);
        found.set(piece, filled);
        filled += piece.length;
      }
      at += chunk.length;
      if (filled === length) break;
    }
  } finally {
    await chunks.return(undefined);
  }
  return found.subarray(0, filled);
}
