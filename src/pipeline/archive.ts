import { closeSync, fstatSync, readSync } from "node:fs";
import { UserError } from "../model/user-error.ts";
import { parseTar, type RangeReader, TAR_BLOCK, type TarMember } from "../parser/tar.ts";

/**
 * A tar that is open. It stands for a folder: what is in it has the names `bundle.tar:path/in/tar`, and
 * nothing of it is written anywhere. The bytes of a compressed one are kept in a file that lost its name
 * when it was made, so that nothing remains at any end.
 */
export interface Archive {
  readonly path: string;
  /** By its full name; folders are not among them. */
  readonly members: ReadonlyMap<string, TarMember>;
  /** Names of the files of each folder, and of its folders. */
  readonly folders: ReadonlyMap<string, ReadonlySet<string>>;
  /** What is in it and cannot be read, and why. */
  readonly refused: readonly { readonly path: string; readonly reason: string }[];
  readonly handle: number;
}

/** More bytes of a compressed archive than anybody attaches to a report. */
export const UNPACKED_BYTES_MAX = 8 * 2 ** 30;
const CHUNK_BYTES = 1 << 20;

/** The archives of this run: wherever a path is opened, it may lead into one. */
const OPEN = new Map<string, Archive>();

/** @throws UserError when the archive is broken, or empty. */
export function openTar(path: string, handle: number): Archive {
  const size = fstatSync(handle).size;
  const read: RangeReader = (offset, length) => readRange(handle, offset, length);
  const tar = parseTar(read, size);
  if (tar.broken !== undefined) {
    throw new UserError("input-broken-archive", `${path} is a broken tar archive: ${tar.broken}`);
  }
  const members = new Map<string, TarMember>();
  const folders = new Map<string, Set<string>>([[path, new Set()]]);
  const refused = tar.refused.map(({ name, reason }) => ({ path: `${path}:${name}`, reason }));
  if (!tar.ended) {
    const reason = "the archive ends without the mark of its end: files may be missing";
    refused.push({ path, reason });
  }
  for (const member of tar.members) {
    const name = `${path}:${member.name}`;
    const parts = member.name.split("/");
    let folder = path;
    for (const [depth, part] of parts.entries()) {
      if (!folders.has(folder)) folders.set(folder, new Set());
      folders.get(folder)?.add(part);
      if (depth < parts.length - 1) folder = `${path}:${parts.slice(0, depth + 1).join("/")}`;
    }
    if (members.has(name)) {
      const reason = "the archive has a later file of the same name";
      refused.push({ path: name, reason });
    }
    members.set(name, member);
  }
  const archive = { path, members, folders, refused, handle };
  OPEN.set(path, archive);
  return archive;
}

/** Closes all archives of this run. */
export function closeArchives(): void {
  for (const { handle } of OPEN.values()) closeSync(handle);
  OPEN.clear();
}

/** The archive that a path is, or leads into; undefined for most. */
export function archiveOf(path: string): Archive | undefined {
  for (const archive of OPEN.values()) {
    if (path === archive.path || path.startsWith(`${archive.path}:`)) return archive;
  }
  return undefined;
}

/** Bytes of a member, piece by piece. */
export function* memberChunks(archive: Archive, path: string): Generator<Uint8Array> {
  const { offset = 0, size = 0 } = archive.members.get(path) ?? {};
  for (let at = 0; at < size; at += CHUNK_BYTES) {
    yield readRange(archive.handle, offset + at, Math.min(CHUNK_BYTES, size - at));
  }
}

function readRange(handle: number, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    const read = readSync(handle, bytes, at, length - at, offset + at);
    if (read === 0) return bytes.subarray(0, at);
    at += read;
  }
  return bytes;
}

/** Whether bytes begin as a tar does. */
export function isTarHead(head: Uint8Array): boolean {
  return head.length >= TAR_BLOCK && Buffer.from(head).toString("latin1", 257, 262) === "ustar";
}
