/**
 * Zstandard, chunk by chunk. The library's own loop overlooks the codes by which the decoder says that
 * its input is broken; so the decoder in it is called directly, and each code is looked at.
 */

/** What the decoder exports. A size_t is 4 bytes; pointers are offsets in its memory. */
interface Decoder {
  readonly memory: { readonly buffer: ArrayBuffer };
  malloc(bytes: number): number;
  free(pointer: number): void;
  ZSTD_createDCtx(): number;
  ZSTD_freeDCtx(context: number): number;
  ZSTD_DStreamOutSize(): number;
  ZSTD_decompressStream(context: number, output: number, input: number): number;
}

/** Errors are the last values that a size_t has: minus a code. */
const ERROR_CODES = 120;
const ERRORS: Readonly<Record<number, string>> = {
  10: "what follows is no zstd frame",
  14: "a frame has features of another version",
  16: "a frame needs a window of more than 128 MiB (zstd --long): unpack it first",
  20: "its data is corrupted",
  22: "a checksum does not fit",
  30: "its dictionary is broken",
  32: "it needs a dictionary",
};
/** Of the input, at a time. */
const INPUT_BYTES = 128 * 1024;

let decoder: Decoder | undefined;
let loading: Promise<void> | undefined;

/** Call and await before anything is unpacked. */
export function loadZstd(): Promise<void> {
  loading ??= (async () => {
    const { ZSTDDecoder } = await import("zstddec/stream");
    const library = new ZSTDDecoder();
    const keep = library._init;
    library._init = (result) => {
      keep(result);
      decoder = result.instance.exports as unknown as Decoder;
    };
    await library.init();
  })();
  return loading;
}

/** Whether bytes begin as zstd does: a frame, or one that is to be skipped. */
export function isZstd(head: Uint8Array): boolean {
  const [first = 0, second, third, fourth] = head;
  if (first === 0x28) return second === 0xb5 && third === 0x2f && fourth === 0xfd;
  return (first & 0xf0) === 0x50 && second === 0x2a && third === 0x4d && fourth === 0x18;
}

/** The input is no whole zstd stream; the message says why. */
export class BrokenZstd extends Error {}

/** One stream; its memory is the window of its frames, 128 MiB at most. Close it at any end. */
export class ZstdStream {
  readonly #zstd: Decoder;
  readonly #context: number;
  readonly #outputBytes: number;
  readonly #output: number;
  readonly #input: number;
  /** ZSTD_inBuffer, and ZSTD_outBuffer behind it: pointer, size, position. */
  readonly #buffers: number;
  /** 0 where a frame ends. */
  #wanted = 0;

  constructor() {
    if (decoder === undefined) throw new Error("loadZstd was not awaited");
    this.#zstd = decoder;
    this.#context = decoder.ZSTD_createDCtx();
    this.#outputBytes = decoder.ZSTD_DStreamOutSize();
    this.#output = decoder.malloc(this.#outputBytes);
    this.#input = decoder.malloc(INPUT_BYTES);
    this.#buffers = decoder.malloc(24);
  }

  /** @throws BrokenZstd */
  *push(chunk: Uint8Array): Generator<Uint8Array> {
    for (let at = 0; at < chunk.length; at += INPUT_BYTES) {
      yield* this.#part(chunk.subarray(at, at + INPUT_BYTES));
    }
  }

  *#part(part: Uint8Array): Generator<Uint8Array> {
    const zstd = this.#zstd;
    new Uint8Array(zstd.memory.buffer).set(part, this.#input);
    // A full output may leave more of it inside, though all input was taken.
    for (let used = 0, full = false; used < part.length || full; ) {
      // The memory moves when it grows: no view outlives a call.
      new Uint32Array(zstd.memory.buffer, this.#buffers, 6).set([
        this.#input,
        part.length,
        used,
        this.#output,
        this.#outputBytes,
        0,
      ]);
      const code = zstd.ZSTD_decompressStream(this.#context, this.#buffers + 12, this.#buffers);
      if (code < 0 && code > -ERROR_CODES) {
        throw new BrokenZstd(ERRORS[-code] ?? `the decoder answers with error ${-code}`);
      }
      this.#wanted = code;
      const [, , taken = 0, , , made = 0] = new Uint32Array(zstd.memory.buffer, this.#buffers, 6);
      used = taken;
      full = made === this.#outputBytes && code !== 0;
      if (made > 0)
        yield new Uint8Array(zstd.memory.buffer.slice(this.#output, this.#output + made));
    }
  }

  /** @throws BrokenZstd when the last frame is not whole. */
  end(): void {
    if (this.#wanted !== 0) throw new BrokenZstd("unexpected end of file");
  }

  close(): void {
    const zstd = this.#zstd;
    zstd.ZSTD_freeDCtx(this.#context);
    for (const pointer of [this.#output, this.#input, this.#buffers]) zstd.free(pointer);
  }
}

/**
 * All of a small stream.
 *
 * @throws BrokenZstd, and RangeError when it has more than `most` bytes.
 */
export function unzstd(bytes: Uint8Array, most: number): Uint8Array {
  const stream = new ZstdStream();
  try {
    const parts: Uint8Array[] = [];
    let length = 0;
    for (const part of stream.push(bytes)) {
      length += part.length;
      if (length > most) throw new RangeError(`more than ${most} bytes`);
      parts.push(part);
    }
    stream.end();
    return Buffer.concat(parts);
  } finally {
    stream.close();
  }
}
