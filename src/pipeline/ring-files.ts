import { readFileSync, statSync } from "node:fs";
import { basename } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Layout } from "../model/event.ts";
import { UserError } from "../model/user-error.ts";
import { parseDumpText } from "../parser/dump-text.ts";
import { parseQmp, type QmpAnswers } from "../parser/qmp/qmp.ts";
import { DESC_BYTES } from "../virtio/descriptor.ts";
import { type FeatureName, parseFeatures } from "../virtio/features.ts";
import { QUEUE_SIZE_MAX } from "../virtio/packed.ts";
import { archiveOf, memberChunks } from "./archive.ts";
import { folderOf, isFile, isFolder, nameOf, namesIn, within } from "./files.ts";
import { isGzip, readError } from "./source.ts";
import { BrokenZstd, isZstd, unzstd } from "./zstd.ts";

/** Bytes read of one area: the largest table, and a page for tools that round up. */
const AREA_BYTES_MAX = DESC_BYTES * QUEUE_SIZE_MAX + 4096;
const QMP_BYTES_MAX = 256 << 20;
/** QMP answers in a folder: the first of them that is there. */
const QMP_FILES = ["qmp.json", "qmp.json.gz", "qmp.json.zst"];
/** Queues of one folder. */
const QUEUES_MAX = 4096;

/** The files of one queue, and the names in them. */
export interface RingFiles {
  readonly name: string;
  /** `virtio-blk-0`, where the name has it. */
  readonly device: string | undefined;
  readonly index: number | undefined;
  readonly paths: readonly string[];
  readonly desc: Uint8Array;
  readonly driver: Uint8Array | undefined;
  readonly deviceArea: Uint8Array | undefined;
}

/** What a folder says of all its rings (`meta.json`). */
export interface RingMeta {
  readonly layout: Layout | undefined;
  readonly size: number | undefined;
  readonly features: readonly FeatureName[] | undefined;
}

export const NO_META: RingMeta = { layout: undefined, size: undefined, features: undefined };

export interface RingFolder {
  readonly rings: readonly RingFiles[];
  readonly meta: RingMeta;
  /** The QMP answers beside them. */
  readonly qmp: { readonly path: string; readonly answers: QmpAnswers } | undefined;
}

/** Bytes as they are, or as another tool prints them. */
const AREA_FILE = /^(.+)-(desc|driver|device)\.(?:bin|txt|hex)$/s;
/** `ring-virtio-blk-0-q1`, `snap0-q1`. */
const RING_NAME = /^(?:ring-)?(.+)-q([0-9]{1,5})$/;

/** Which area of which ring a file holds, by its name; undefined when it is no area. */
export function areaOf(file: string): { readonly name: string; readonly area: string } | undefined {
  const [, name, area] = AREA_FILE.exec(file) ?? [];
  return name === undefined || area === undefined ? undefined : { name, area };
}

/** Whether a folder holds dumps, itself or in `rings/`. */
export function isRingFolder(path: string): boolean {
  return ringsFolder(path) !== undefined;
}

/**
 * Reads `<name>-{desc,driver,device}.bin` of a folder or of its `rings/`, `meta.json` beside them, and
 * `qmp.json` (or with `.gz`, `.zst`) there or one level up.
 *
 * @throws UserError when there are none, or one cannot be read.
 */
export function readRingFolder(path: string, qmpPath?: string): RingFolder {
  const folder = ringsFolder(path);
  if (folder === undefined) {
    throw new UserError(
      "rings-absent",
      `${path} holds no ring dumps`,
      "a dump is NAME-desc.bin, NAME-driver.bin and NAME-device.bin (or .txt, of xxd and its like), here or in rings/",
    );
  }
  const rings: RingFiles[] = [];
  const areas = new Map<string, Map<string, string>>();
  for (const file of namesIn(folder)) {
    const { name, area } = areaOf(file) ?? {};
    if (name === undefined || area === undefined) continue;
    const files = areas.get(name) ?? new Map<string, string>();
    areas.set(name, files);
    const twice = files.get(area);
    if (twice !== undefined) {
      throw new UserError(
        "area-twice",
        `${folder} holds ${basename(twice)} and ${file}: which of them is it?`,
      );
    }
    files.set(area, within(folder, file));
  }
  if (areas.size > QUEUES_MAX) {
    throw new UserError(
      "rings-too-many",
      `${folder} holds ${areas.size} dumps, more than ${QUEUES_MAX}`,
    );
  }
  for (const [name, files] of areas) {
    const desc = files.get("desc");
    if (desc === undefined) {
      throw new UserError(
        "descriptors-absent",
        `${folder} holds areas of ${name}, and not its descriptors: ${name}-desc.bin`,
      );
    }
    rings.push(readRing(name, desc, files.get("driver"), files.get("device")));
  }
  const above = nameOf(folder) === "rings" ? folderOf(folder) : undefined;
  const places = [folder, ...(above === undefined ? [] : [above])];
  const beside =
    qmpPath ?? places.flatMap((place) => QMP_FILES.map((name) => within(place, name))).find(isFile);
  return {
    rings,
    meta: readMeta(places.map((place) => within(place, "meta.json")).find(isFile)),
    qmp: beside === undefined ? undefined : { path: beside, answers: readQmp(beside) },
  };
}

/** The QMP answers of a folder that holds no area files: a dump by themselves. */
export function qmpAlone(path: string): string | undefined {
  if (ringsFolder(path) !== undefined) return undefined;
  return QMP_FILES.map((name) => within(path, name)).find(isFile);
}

/** @throws UserError when an area cannot be read. */
export function readRing(
  name: string,
  desc: string,
  driver: string | undefined,
  device: string | undefined,
): RingFiles {
  const [, deviceName, queue] = RING_NAME.exec(name) ?? [];
  const paths = [desc, driver, device].filter((path) => path !== undefined);
  return {
    name: deviceName === undefined ? name : `${deviceName} q${queue}`,
    device: deviceName,
    index: queue === undefined ? undefined : Number(queue),
    paths,
    desc: readArea(desc),
    driver: driver === undefined ? undefined : readArea(driver),
    deviceArea: device === undefined ? undefined : readArea(device),
  };
}

/** @throws UserError when it cannot be read, or is no QMP answer. */
export function readQmp(path: string): QmpAnswers {
  const bytes = readWhole(path, QMP_BYTES_MAX);
  const answers = parseQmp(new TextDecoder().decode(bytes));
  if (answers === undefined) {
    throw new UserError(
      "input-not-qmp",
      `${path} holds no answers of x-query-virtio-status, x-query-virtio-queue-status or xp`,
    );
  }
  return answers;
}

function ringsFolder(path: string): string | undefined {
  try {
    if (!isFolder(path)) return undefined;
    const folders = [within(path, "rings"), path].filter(
      (folder) => isFolder(folder) && namesIn(folder).some((file) => areaOf(file) !== undefined),
    );
    if (folders.length > 1) {
      throw new UserError(
        "rings-twice",
        `${path} holds dumps, and so does its rings/: give one of the two folders`,
      );
    }
    return folders[0];
  } catch (error) {
    throw readError(path, error);
  }
}

/** A text is four times as long as its bytes, or more. */
const TEXT_BYTES_MAX = 8 * AREA_BYTES_MAX;

/**
 * An area is bytes as they are (they may begin like an archive), or a text that says nothing but them.
 *
 * @throws UserError when it cannot be read, or is a text whose bytes cannot be told.
 */
function readArea(path: string): Uint8Array {
  const bytes = readWhole(path, TEXT_BYTES_MAX, false);
  const dump = isText(bytes) ? parseDumpText(new TextDecoder().decode(bytes)) : OTHER;
  switch (dump.kind) {
    case "bytes":
      return dump.bytes;
    case "unclear":
      throw new UserError("dump-unclear", `${path} is a dump (${dump.format}): ${dump.reason}`);
    case "broken":
      throw new UserError(
        "dump-broken",
        `${path} is a dump (${dump.format}), and its line ${dump.line} does not fit`,
        `expected: ${dump.expected}`,
      );
    default:
      if (bytes.length <= AREA_BYTES_MAX) return bytes;
      throw new UserError("input-too-large", `${path} is larger than ${AREA_BYTES_MAX} bytes`);
  }
}

const OTHER = { kind: "other" } as const;

/** Printable characters and line ends only: no ring has such bytes alone. */
function isText(bytes: Uint8Array): boolean {
  return (
    bytes.length > 0 &&
    bytes.every((byte) => (byte >= 0x20 && byte <= 0x7e) || (byte >= 0x09 && byte <= 0x0d))
  );
}

/** A file, unpacked if it is an archive and `packed` allows that, and no larger than expected. */
function readWhole(path: string, most: number, packed = true): Uint8Array {
  const tooLarge = (): UserError =>
    new UserError("input-too-large", `${path} is larger than ${most} bytes`);
  const bytes = readPlain(path, most, tooLarge);
  const kind = !packed ? undefined : isZstd(bytes) ? "zstd" : isGzip(bytes) ? "gzip" : undefined;
  if (kind === undefined) return bytes;
  try {
    return kind === "zstd" ? unzstd(bytes, most) : gunzipSync(bytes, { maxOutputLength: most });
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge();
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (!(error instanceof BrokenZstd) && !code.startsWith("Z_")) throw error;
    const reason = (error as Error).message;
    throw new UserError("input-broken-archive", `${path} is a broken ${kind} file: ${reason}`);
  }
}

/** A regular file, or a member of an archive, as it stands. */
function readPlain(path: string, most: number, tooLarge: () => UserError): Uint8Array {
  const archive = archiveOf(path);
  if (archive !== undefined) {
    if ((archive.members.get(path)?.size ?? 0) > most) throw tooLarge();
    return Buffer.concat([...memberChunks(archive, path)]);
  }
  try {
    const facts = statSync(path);
    if (facts.isDirectory()) throw new UserError("input-directory", `${path} is a directory`);
    // A pipe or a device may never end.
    if (!facts.isFile()) throw new UserError("input-special", `${path} is no regular file`);
    if (facts.size > most) throw tooLarge();
    return readFileSync(path);
  } catch (error) {
    throw readError(path, error);
  }
}

/** `{"layout": "packed", "size": 64, "features": ["0x550000000"]}`, each optional. */
function readMeta(path: string | undefined): RingMeta {
  if (path === undefined) return NO_META;
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(readWhole(path, 1 << 20)));
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new UserError("input-not-json", `${path} is no JSON: ${error.message}`);
    }
    throw error;
  }
  const wrong = (what: string): UserError =>
    new UserError("meta-invalid", `${path}: ${what}`, "docs/ring.md has an example");
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw wrong("an object with layout, size and features was expected");
  }
  const { layout, size, features } = value as Readonly<Record<string, unknown>>;
  if (layout !== undefined && layout !== "packed" && layout !== "split") {
    throw wrong("layout is neither split nor packed");
  }
  if (size !== undefined && typeof size !== "number") throw wrong("size is no number");
  const words: unknown[] = Array.isArray(features)
    ? features
    : features === undefined
      ? []
      : [features];
  const parsed = words.map((word) => {
    if (typeof word !== "string") throw wrong("features are not given as text");
    return parseFeatures(word);
  });
  // A word that is not understood may be the one that decides: better none than the wrong ones.
  const unknown = parsed.flatMap((one) => one.unknown);
  if (unknown.length > 0) throw wrong(`features has unknown words: ${unknown.join(", ")}`);
  return {
    layout,
    size,
    features:
      features === undefined ? undefined : [...new Set(parsed.flatMap((one) => one.features))],
  };
}
