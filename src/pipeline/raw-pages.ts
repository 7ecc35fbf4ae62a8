import { UserError } from "../model/user-error.ts";
import { BrokenFile } from "../parser/tracedat/byte-cursor.ts";
import { type PageShape, pageShape, pagesFile } from "../parser/tracedat/raw-pages.ts";
import type { CpuPlace } from "../parser/tracedat/trace-file.ts";
import { archiveOf } from "./archive.ts";
import { type OpenRanges, openRanges } from "./byte-ranges.ts";
import { isFile, isFolder, nameOf, namesIn, within } from "./files.ts";
import { areaOf } from "./ring-files.ts";
import { headOf, isGzip, readSource } from "./source.ts";
import type { OpenTraceDat } from "./trace-dat.ts";
import { isZstd } from "./zstd.ts";

/** Pages of the ring buffer in a folder or an archive, and what explains them. */
export interface RawPages {
  readonly cpus: readonly { readonly cpu: number; readonly path: string }[];
  readonly shape: PageShape;
  readonly formats: readonly string[];
  /** Files of tracefs beside them, by name. */
  readonly beside: ReadonlyMap<string, string>;
  readonly statistics: readonly string[];
  /** All of these: they are no inputs of their own. */
  readonly used: ReadonlySet<string>;
}

/** Folders of tracefs that are looked into; of any others nobody asked to read what is in them. */
const PAGES_FOLDER = /^(?:per_cpu|cpu[-_.]?\d+)$/;
const FORMATS_FOLDER = "events";
/** All of `events` of a large kernel, some times over. */
const FILES_MAX = 50_000;
/** Of a format, the longest of a kernel's has 10,000; of kallsyms 10 MB. */
const TEXT_BYTES_MAX = 64 << 20;

/** Names under which pages are saved; what a file holds is decided by its bytes. */
const PAGES_NAME = /(?:^|[^a-z])(?:trace_pipe_raw|raw|cpu[-_.]?\d+)(?:[^a-z]|$)/i;
const FORMAT_NAME = /^format$|^format_\w+\.txt$/;
const BESIDE_NAME =
  /^(header_page|saved_cmdlines|printk_formats|kallsyms|trace_clock)(?:_event)?(?:\.txt)?$/;
const CPU_NUMBER = /(?:cpu|trace_pipe_raw)[-_.]?(\d{1,4})(?!\d)/gi;

export const BESIDE_HELP =
  "put the kernel's own description beside it - events/ of tracefs (or format_*.txt), if possible header_page and saved_cmdlines - and give the folder";

/** Whether bytes are pages of the ring buffer, as trace_pipe_raw gives them. */
export function isRawPages(head: Uint8Array): boolean {
  return pageShape(head) !== undefined;
}

/**
 * Looks for pages in a folder, laid out as tracefs is or with all files side by side; undefined when there
 * are none, or no formats for them.
 *
 * @throws UserError when it is not clear whose pages they are.
 */
export async function findRawPages(root: string): Promise<RawPages | undefined> {
  const files = [...filesBelow(root)];
  const cpus: { cpu: number; path: string }[] = [];
  let shape: PageShape | undefined;
  for (const path of files) {
    const inside = path.slice(root.length);
    if (!PAGES_NAME.test(inside) || areaOf(nameOf(path)) !== undefined) continue;
    const head = await headOf(path);
    const found = pageShape(head);
    // A CPU that recorded nothing has an empty file.
    if (found === undefined && !(head.length === 0 && inside.includes("trace_pipe_raw"))) continue;
    shape ??= found;
    cpus.push({ path, cpu: Number([...inside.matchAll(CPU_NUMBER)].at(-1)?.[1] ?? Number.NaN) });
  }
  const formats = files.filter((path) => FORMAT_NAME.test(nameOf(path)));
  if (shape === undefined || formats.length === 0) return undefined;
  const beside = new Map<string, string>();
  for (const path of files) {
    const [, name] = BESIDE_NAME.exec(nameOf(path)) ?? [];
    if (name !== undefined && !beside.has(name)) beside.set(name, path);
  }
  const statistics = cpus.flatMap(({ path }) => {
    const stats = path.replace(/trace_pipe_raw[^/]*$/, "stats");
    return stats !== path && isFile(stats) ? [stats] : [];
  });
  const used = new Set([...cpus.map(({ path }) => path), ...formats, ...beside.values()]);
  for (const path of statistics) used.add(path);
  return { cpus: numbered(cpus, root), shape, formats, beside, statistics, used };
}

function numbered(cpus: readonly { cpu: number; path: string }[], root: string): typeof cpus {
  const [only] = cpus;
  if (cpus.length === 1 && only !== undefined && Number.isNaN(only.cpu)) {
    return [{ ...only, cpu: 0 }];
  }
  const seen = new Map<number, string>();
  for (const { cpu, path } of cpus) {
    const other = seen.get(cpu);
    if (Number.isNaN(cpu) || other !== undefined) {
      const why = other === undefined ? `${path} names no CPU` : `${other} and ${path} are of one`;
      const help = "name them cpu0/trace_pipe_raw or trace_pipe_raw_cpu0, one for each CPU";
      throw new UserError("raw-pages-cpu", `${root} has ring buffer pages: ${why}`, help);
    }
    seen.set(cpu, path);
  }
  return [...cpus].sort((a, b) => a.cpu - b.cpu);
}

/** Files of a folder of tracefs: its own, `per_cpu/cpu0/...` or `cpu0/...`, and `events/SYSTEM/EVENT/format`. */
function* filesBelow(root: string): Generator<string> {
  const folders: [path: string, isEvents: boolean][] = [[root, false]];
  let count = 0;
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    const [folder, isEvents] = next;
    for (const name of namesReadable(folder)) {
      if (++count > FILES_MAX) return;
      const path = within(folder, name);
      const leads = isEvents || name === FORMATS_FOLDER || PAGES_FOLDER.test(name);
      if (isFile(path)) yield path;
      else if (leads && isFolder(path)) folders.push([path, isEvents || name === FORMATS_FOLDER]);
    }
  }
}

function namesReadable(folder: string): string[] {
  try {
    return namesIn(folder);
  } catch {
    // What cannot be read holds nothing for us; of the outermost folder its own reader says so.
    return [];
  }
}

/**
 * Opens the pages in a folder as one trace.
 *
 * @throws UserError when there are none, or `header_page` is none.
 */
export async function openRawPages(root: string): Promise<OpenTraceDat | undefined> {
  const found = await findRawPages(root);
  if (found === undefined) return undefined;
  const { cpus, formats, beside, statistics } = found;
  const texts = async (paths: readonly string[]): Promise<string[]> => {
    const read: string[] = [];
    for (const path of paths) read.push((await bytesOf(path)).toString("latin1"));
    return read;
  };
  const named = async (name: string): Promise<Buffer> => {
    const path = beside.get(name);
    return path === undefined ? Buffer.alloc(0) : bytesOf(path);
  };
  const formatTexts = await texts(formats);
  const headerPage = beside.has("header_page") ? await named("header_page") : undefined;
  const besides = {
    formats: formatTexts.map((text, i) => ({ text, system: systemOf(formats[i] as string) })),
    headerPage: headerPage?.toString("latin1"),
    savedCmdlines: (await named("saved_cmdlines")).toString("latin1"),
    printkFormats: await named("printk_formats"),
    kallsyms: await named("kallsyms"),
    traceClock: (await named("trace_clock")).toString("latin1"),
    statistics: await texts(statistics),
  };
  const opened: OpenRanges[] = [];
  try {
    const places: CpuPlace[] = [];
    let offset = 0;
    for (const { cpu, path } of cpus) {
      const ranges = await openRanges(
        path,
        readSource(path, () => {}),
        isPlain,
      );
      opened.push(ranges);
      places.push({ cpu, offset, bytes: ranges.size });
      offset += ranges.size;
    }
    const ranges = oneBehindTheOther(opened, offset);
    return { ranges, inflate: (block) => block, file: pagesFile(found.shape, places, besides) };
  } catch (error) {
    for (const ranges of opened) ranges.close();
    if (!(error instanceof BrokenFile)) throw error;
    throw new UserError("input-broken", `${beside.get("header_page")} ${error.message}`);
  }
}

function isPlain(head: Uint8Array): boolean {
  return !isGzip(head) && !isZstd(head);
}

/** `events/virtio/vq_add_sgs/format`: the folder above the event's. */
function systemOf(path: string): string {
  const parts = path.split("/");
  return nameOf(path) === "format" ? (parts.at(-3) ?? "") : "";
}

async function bytesOf(path: string): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of readSource(path, () => {})) {
    length += chunk.length;
    if (length > TEXT_BYTES_MAX) {
      throw new UserError("input-too-large", `${path} is larger than ${TEXT_BYTES_MAX} bytes`);
    }
    // Copied: the chunk's memory may be the stream's.
    parts.push(chunk.slice());
  }
  return Buffer.concat(parts);
}

/** Files as one; a range of it lies in one of them, for a CPU's pages do. */
function oneBehindTheOther(parts: readonly OpenRanges[], size: number): OpenRanges {
  return {
    size,
    read(offset, length) {
      let from = offset;
      for (const part of parts) {
        if (from < part.size) return part.read(from, length);
        from -= part.size;
      }
      return new Uint8Array(0);
    },
    close() {
      for (const part of parts) part.close();
    },
  };
}

/** The bytes of one CPU alone: what they are, and what is missing. */
export function rawPagesAlone(path: string): UserError {
  const where = path === "-" || archiveOf(path) === undefined ? path : nameOf(path);
  return new UserError(
    "raw-pages-alone",
    `${where} holds pages of the kernel's ring buffer (trace_pipe_raw): which events they are only the kernel's format files say, and there are none`,
    BESIDE_HELP,
  );
}
