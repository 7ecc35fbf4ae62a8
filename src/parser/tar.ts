/**
 * The table of a tar: POSIX ustar and pax, and GNU's own. Only regular files are for reading; whatever
 * else a tar can hold is named, with the reason why it is not read.
 */

/** Bytes of the archive; fewer at its end. */
export type RangeReader = (offset: number, length: number) => Uint8Array;

export interface TarMember {
  /** Without `./` and `/` in front. */
  readonly name: string;
  /** Of its bytes, in the archive. */
  readonly offset: number;
  readonly size: number;
}

export interface TarTable {
  readonly members: readonly TarMember[];
  readonly refused: readonly { readonly name: string; readonly reason: string }[];
  /** The mark of the end is there. */
  readonly ended: boolean;
  /** What is wrong with the archive; the members before that are listed. */
  readonly broken: string | undefined;
}

export const TAR_BLOCK = 512;
/** More files than any bug report has; each costs a look into it. */
const MEMBERS_MAX = 20_000;
/** Of a long name, or of pax records. */
const EXTENSION_BYTES_MAX = 1 << 20;

const REASONS: Readonly<Record<string, string>> = {
  "1": "a hard link",
  "2": "a symbolic link",
  "3": "a device file",
  "4": "a device file",
  "6": "a pipe",
  S: "a sparse file",
  M: "a part of a file of another archive",
};

/** Lists an archive of `size` bytes. */
export function parseTar(read: RangeReader, size: number): TarTable {
  const members: TarMember[] = [];
  const refused: { name: string; reason: string }[] = [];
  let ended = false;
  const table = (broken?: string): TarTable => ({ members, refused, ended, broken });
  let long: { name?: string; size?: number } = {};
  for (let at = 0; at < size; ) {
    const header = read(at, TAR_BLOCK);
    ended = header.every((byte) => byte === 0);
    if (ended) break;
    if (header.length < TAR_BLOCK) return table(`it ends inside the header at byte ${at}`);
    if (!checksumFits(header)) return table(`no header of a file at byte ${at}`);
    const kind = String.fromCharCode(header[156] as number);
    const own = numberOf(header.subarray(124, 136));
    const bytes = "xgLK".includes(kind) ? own : (long.size ?? own);
    const offset = at + TAR_BLOCK;
    if (!(bytes >= 0 && offset + bytes <= size)) {
      return table(`the file at byte ${at} is longer than the archive`);
    }
    at = offset + Math.ceil(bytes / TAR_BLOCK) * TAR_BLOCK;
    if ("xgLK".includes(kind)) {
      if (bytes > EXTENSION_BYTES_MAX) return table(`a name of ${bytes} bytes`);
      const text = read(offset, bytes);
      if (kind === "L") long.name = textOf(text);
      else if (kind === "x") long = { ...long, ...paxOf(text) };
      continue;
    }
    const told = long.name ?? nameOf(header);
    long = {};
    if (kind === "5" || kind === "V" || kind === "D") continue;
    const name = told.replace(/^(?:\.?\/+)+/, "").replace(/\/(?:\.?\/)+/g, "/");
    const reason = refusal(kind, name);
    if (reason !== undefined) refused.push({ name: name || told, reason });
    // A file whose name is that of a folder, as very old tars have it.
    else if (!name.endsWith("/")) members.push({ name, offset, size: bytes });
    if (members.length + refused.length > MEMBERS_MAX) {
      return table(`it holds more than ${MEMBERS_MAX} files`);
    }
  }
  return table();
}

function refusal(kind: string, name: string): string | undefined {
  if (!"0\x007".includes(kind)) return REASONS[kind] ?? "of a kind that is not read";
  if (name === "") return "it has no name";
  if (name.split("/").includes("..")) return "its name leads out of the archive";
  return undefined;
}

/** The sum of all bytes of the header, its own field taken for blanks. */
function checksumFits(header: Uint8Array): boolean {
  let sum = 8 * 32;
  for (let i = 0; i < TAR_BLOCK; i++) if (i < 148 || i >= 156) sum += header[i] as number;
  return numberOf(header.subarray(148, 156)) === sum;
}

/** Octal text, or big-endian bytes behind a set top bit; NaN when it is neither. */
function numberOf(field: Uint8Array): number {
  const first = field[0] as number;
  if ((first & 0x80) !== 0) {
    // A negative number is no size.
    let value = first & 0x7f;
    for (const byte of field.subarray(1)) value = value * 256 + byte;
    return Number.isSafeInteger(value) ? value : Number.NaN;
  }
  const text = textOf(field).trim();
  return /^[0-7]*$/.test(text) ? Number.parseInt(text || "0", 8) : Number.NaN;
}

function nameOf(header: Uint8Array): string {
  const name = textOf(header.subarray(0, 100));
  // GNU has other fields where POSIX keeps the first part of a long name.
  const posix = header[263] === 0x30 && header[264] === 0x30;
  const prefix = posix ? textOf(header.subarray(345, 500)) : "";
  return prefix === "" ? name : `${prefix}/${name}`;
}

function textOf(field: Uint8Array): string {
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}

/** `LENGTH KEY=VALUE\n`, as often as there are; the length is in bytes and counts itself. */
function paxOf(bytes: Uint8Array): { name?: string; size?: number } {
  const found: { name?: string; size?: number } = {};
  for (let at = 0; at < bytes.length; ) {
    const length = /^(\d{1,7}) /.exec(new TextDecoder("latin1").decode(bytes.subarray(at, at + 8)));
    if (length === null || Number(length[1]) <= length[0].length) return found;
    const end = at + Number(length[1]);
    const record = new TextDecoder().decode(bytes.subarray(at + length[0].length, end - 1));
    const equals = record.indexOf("=");
    const [key, value] = [record.slice(0, equals), record.slice(equals + 1)];
    if (key === "path") found.name = value;
    if (key === "size") found.size = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
    at = end;
  }
  return found;
}
