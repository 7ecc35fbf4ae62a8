import { closeSync, createReadStream, openSync, readSync } from "node:fs";
import { stat } from "node:fs/promises";
import { createGunzip } from "node:zlib";
import { UserError } from "../model/user-error.ts";
import {
  type Archive,
  archiveOf,
  isTarHead,
  memberChunks,
  openTar,
  UNPACKED_BYTES_MAX,
} from "./archive.ts";
import { isFile, isFolder, namesIn, within } from "./files.ts";
import { unnamedCopy } from "./unnamed-file.ts";
import { BrokenZstd, isZstd, loadZstd, ZstdStream } from "./zstd.ts";

const CHUNK_BYTES = 1 << 20;
/** Bytes of an input by which its format is told. */
export const HEAD_BYTES = 64 * 1024;
/** So much may come of any archive, however small. */
const UNPACKED_FREE = 256 << 20;
/** Traces pack to a tenth, the most monotonous to a hundredth. */
const RATIO_MAX = 500;

/**
 * Chunks of an input after decompression: a path, `-` for stdin, or a member of an open archive; gzip
 * and zstd are recognised by content. `told` hears how many bytes of how many were read, before that.
 *
 * @throws UserError when it cannot be read, is broken, or unpacks to what no trace unpacks to.
 */
export async function* readSource(
  path: string,
  told: (done: number, total: number) => void,
): AsyncGenerator<Uint8Array> {
  let packed = 0;
  const raw = rawChunks(path, (done, total) => {
    packed = done;
    told(done, total);
  });
  yield* unpacked(path, raw, () => packed);
}

/**
 * The same of chunks as they are stored: what is packed is unpacked. `packed` says how many bytes of it
 * were read so far.
 *
 * @throws UserError when it is broken, or unpacks to what no trace unpacks to.
 */
export async function* unpacked(
  path: string,
  raw: AsyncGenerator<Uint8Array>,
  packed: () => number,
): AsyncGenerator<Uint8Array> {
  const first = await raw.next();
  if (first.done === true) return;
  const head = first.value;
  const unpack = isGzip(head) ? gunzip : isZstd(head) ? unzstdChunks : undefined;
  if (unpack === undefined) {
    yield head;
    yield* raw;
    return;
  }
  let total = 0;
  for await (const chunk of unpack(path, head, raw)) {
    total += chunk.length;
    if (total > UNPACKED_FREE && total > packed() * RATIO_MAX) {
      throw new UserError(
        "input-archive-bomb",
        `${path} unpacks to more than ${RATIO_MAX} times its size: ${total} bytes of ${packed()} so far`,
        "if it is a trace all the same, unpack it and give that",
      );
    }
    yield chunk;
  }
}

/** The beginning of an input after decompression: enough to tell what it is. */
export async function headOf(path: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of readSource(path, () => {})) {
    // Copied: the chunk's memory may be the stream's.
    parts.push(chunk.slice(0, HEAD_BYTES));
    length += chunk.length;
    if (length >= HEAD_BYTES) break;
  }
  return new Uint8Array(Buffer.concat(parts)).subarray(0, HEAD_BYTES);
}

/** Whether bytes begin as gzip does. */
export function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

/**
 * Opens an input that is a tar, plain or packed; undefined when it is something else.
 *
 * @throws UserError when it cannot be read, or is broken.
 */
export async function openArchive(path: string): Promise<Archive | undefined> {
  if (path === "-" || !isFile(path) || archiveOf(path) !== undefined) return undefined;
  if (!isTarHead(await headOf(path))) return undefined;
  const handle = isTarHead(firstBytes(path, 512))
    ? openSync(path, "r")
    : await unnamedCopy(
        path,
        readSource(path, () => {}),
        UNPACKED_BYTES_MAX,
      );
  try {
    return openTar(path, handle);
  } catch (error) {
    closeSync(handle);
    throw readError(path, error);
  }
}

function firstBytes(path: string, length: number): Uint8Array {
  try {
    const handle = openSync(path, "r");
    try {
      const bytes = new Uint8Array(length);
      return bytes.subarray(0, readSync(handle, bytes, 0, length, 0));
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    throw readError(path, error);
  }
}

/** Makes zstd ready for what is read as a whole: the inputs, and the QMP answers in folders. */
export async function prepareZstd(paths: readonly string[]): Promise<void> {
  const files = paths.flatMap((path) => {
    if (path === "-") return [];
    if (!isFolder(path)) return [path];
    const names = namesIn(path).filter((name) => name.startsWith("qmp.json"));
    return names.map((name) => within(path, name));
  });
  const packed = files.some((path) => isFile(path) && isZstd(firstOf(path)));
  if (packed) await loadZstd();
}

function firstOf(path: string): Uint8Array {
  const archive = archiveOf(path);
  if (archive === undefined) return firstBytes(path, 4);
  for (const chunk of memberChunks(archive, path)) return chunk;
  return new Uint8Array(0);
}

async function* rawChunks(
  path: string,
  told: (done: number, total: number) => void,
): AsyncGenerator<Uint8Array> {
  try {
    const archive = archiveOf(path);
    if (archive !== undefined) {
      const size = archive.members.get(path)?.size ?? 0;
      let read = 0;
      for (const chunk of memberChunks(archive, path)) {
        read += chunk.length;
        told(read, size);
        yield chunk;
      }
      return;
    }
    const facts = path === "-" ? undefined : await stat(path);
    if (facts?.isDirectory()) {
      throw new UserError("input-directory", `${path} is a directory, not a trace`);
    }
    let done = 0;
    const stream =
      path === "-" ? process.stdin : createReadStream(path, { highWaterMark: CHUNK_BYTES });
    for await (const chunk of stream) {
      done += (chunk as Uint8Array).length;
      told(done, facts?.size ?? 0);
      yield chunk as Uint8Array;
    }
  } catch (error) {
    throw readError(path, error);
  }
}

async function* gunzip(
  path: string,
  head: Uint8Array,
  rest: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const unzip = createGunzip({ chunkSize: CHUNK_BYTES / 4 });
  let failure: unknown;
  const feed = async (): Promise<void> => {
    try {
      for (let chunk: Uint8Array | undefined = head; chunk !== undefined; ) {
        if (unzip.destroyed) return;
        if (!unzip.write(chunk)) await drained(unzip);
        const next = await rest.next();
        chunk = next.done === true ? undefined : next.value;
      }
      unzip.end();
    } catch (error) {
      failure = error;
      unzip.destroy();
    }
  };
  const fed = feed();
  try {
    for await (const chunk of unzip) yield chunk as Uint8Array;
  } catch (error) {
    if (failure !== undefined) throw failure;
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError("input-broken-archive", `${path} is a broken gzip file: ${reason}`);
  }
  await fed;
  if (failure !== undefined) throw failure;
}

async function* unzstdChunks(
  path: string,
  head: Uint8Array,
  rest: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  await loadZstd();
  const stream = new ZstdStream();
  try {
    yield* stream.push(head);
    for await (const chunk of rest) yield* stream.push(chunk);
    stream.end();
  } catch (error) {
    if (!(error instanceof BrokenZstd)) throw error;
    throw new UserError("input-broken-archive", `${path} is a broken zstd file: ${error.message}`);
  } finally {
    stream.close();
  }
}

/** Resolves when the stream takes more, or never will. */
function drained(stream: NodeJS.EventEmitter): Promise<void> {
  return new Promise((resolve) => {
    stream.once("drain", resolve);
    stream.once("close", resolve);
    stream.once("error", resolve);
  });
}

const READ_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: "does not exist",
  EACCES: "may not be read (permission denied)",
  EPERM: "may not be read (not permitted)",
  EISDIR: "is a directory, not a trace",
  ENOTDIR: "is not below a directory",
  ELOOP: "is a loop of symbolic links",
  EIO: "cannot be read (input/output error)",
};

/** A failure to read a file, as a message for the user. */
export function readError(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || !("code" in error) || error instanceof UserError) return error;
  const code = String(error.code);
  return new UserError(
    "input-unreadable",
    `${path} ${READ_ERRORS[code] ?? `cannot be read (${code})`}`,
  );
}
