/**
 * Writes simpletrace by its documented layout: no QEMU at hand has that backend built in. What a line of
 * the log backend says becomes a record.
 */

const LINE = /^(?:(\d+)@(\d+)\.(\d{6}):)?(\w+) (.*)$/;

export interface SimpleTraceOptions {
  readonly version: 2 | 3 | 4;
  readonly littleEndian?: boolean;
  /** Names in the order of their numbers; version 4 writes them into the trace. */
  readonly names: readonly string[];
}

class Bytes {
  readonly #parts: Buffer[] = [];
  readonly #little: boolean;
  constructor(little: boolean) {
    this.#little = little;
  }
  u64(value: bigint): this {
    const part = Buffer.alloc(8);
    if (this.#little) part.writeBigUInt64LE(value);
    else part.writeBigUInt64BE(value);
    return this.raw(part);
  }
  u32(value: number): this {
    const part = Buffer.alloc(4);
    if (this.#little) part.writeUInt32LE(value);
    else part.writeUInt32BE(value);
    return this.raw(part);
  }
  raw(part: Buffer): this {
    this.#parts.push(part);
    return this;
  }
  get whole(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

/** The records of log lines; `dropped N` is a loss mark. */
export function simpleTrace(lines: readonly string[], options: SimpleTraceOptions): Buffer {
  const { version, littleEndian = true, names } = options;
  const bytes = new Bytes(littleEndian);
  bytes
    .u64(2n ** 64n - 1n)
    .u64(0xf2b177cb0aa429b4n)
    .u64(BigInt(version));
  if (version === 4) {
    for (const [id, name] of names.entries()) {
      bytes.u64(0n).u64(BigInt(id)).u32(name.length).raw(Buffer.from(name, "latin1"));
    }
  }
  for (const line of lines) {
    if (version === 4) bytes.u64(1n);
    const [, dropped] = /^dropped (\d+)$/.exec(line) ?? [];
    if (dropped !== undefined) {
      bytes
        .u64(2n ** 64n - 2n)
        .u64(0n)
        .u32(32)
        .u32(0)
        .u64(BigInt(dropped));
      continue;
    }
    const [, pid = "0", seconds = "0", micros = "0", name = "", words = ""] = LINE.exec(line) ?? [];
    const values = words
      .split(" ")
      .filter((word, at) => at % 2 === 1 && /^(?:0x)?[0-9a-f]+$/.test(word));
    bytes
      .u64(BigInt(names.indexOf(name)))
      .u64(BigInt(seconds) * 1_000_000_000n + BigInt(micros) * 1000n)
      .u32(24 + 8 * values.length)
      .u32(Number(pid));
    for (const value of values) bytes.u64(BigInt(value));
  }
  return bytes.whole;
}
