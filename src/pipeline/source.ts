import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createGunzip } from "node:zlib";
import { UserError } from "../model/user-error.ts";

const CHUNK_BYTES = 1 << 20;

/**
 * Chunks of an input after decompression: a path, or `-` for stdin; gzip is recognised by content.
 * `told` hears how many bytes of how many were read, before decompression.
 *
 * @throws UserError when it cannot be read, or ends inside a gzip stream.
 */
export async function* readSource(
  path: string,
  told: (done: number, total: number) => void,
): AsyncGenerator<Uint8Array> {
  const raw = rawChunks(path, told);
  const first = await raw.next();
  if (first.done === true) return;
  const head = first.value;
  if (head[0] === 0x1f && head[1] === 0x8b) yield* gunzip(path, head, raw);
  else {
    yield head;
    yield* raw;
  }
}

async function* rawChunks(
  path: string,
  told: (done: number, total: number) => void,
): AsyncGenerator<Uint8Array> {
  try {
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
