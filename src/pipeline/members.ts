import { basename } from "node:path";
import { StringTable } from "../model/batch.ts";
import { emptyLedger, type SourceReport } from "../model/check-report.ts";
import { DiagnosticLog } from "../model/diagnostic.ts";
import { PointerTable } from "../model/pointer.ts";
import { UserError } from "../model/user-error.ts";
import { isBpftraceJson } from "../parser/bpftrace/json.ts";
import { unreadBinary } from "../parser/detect.ts";
import { FtraceReader } from "../parser/ftrace/reader.ts";
import {
  type DeviceMessage,
  holdsTraceEvents,
  looksLikeQemuLog,
  QemuLogReader,
} from "../parser/qemu/messages.ts";
import { simpleTraceHeader } from "../parser/qemu/simple-trace.ts";
import { looksLikeMonitor } from "../parser/qmp/hmp.ts";
import type { QmpAnswers } from "../parser/qmp/qmp.ts";
import type { ChosenReader } from "../parser/reader-of.ts";
import { isRinglog } from "../parser/ringlog/reader.ts";
import { isTraceDat } from "../parser/tracedat/trace-file.ts";
import { type Archive, archiveOf } from "./archive.ts";
import { isFile, isFolder, nameOf, namesIn, within } from "./files.ts";
import { BESIDE_HELP, findRawPages, isRawPages, rawPagesAlone } from "./raw-pages.ts";
import { qmpSources, type RingOptions, type RingSource, ringSources } from "./ring.ts";
import {
  areaOf,
  isRingFolder,
  NO_META,
  qmpAlone,
  readQmp,
  readRing,
  readRingFolder,
} from "./ring-files.ts";
import { headOf, openArchive, prepareZstd, readError, readSource } from "./source.ts";
import { isStatistics } from "./statistics.ts";

/** A queue's memory among the inputs, and how it stands in the report. */
export interface DumpMember {
  readonly ring: RingSource;
  readonly source: SourceReport;
  /** Those of the source; what is found out about the dump later is added. */
  readonly remarks: string[];
  /** The only trace in its folder: of the same guest, then. */
  readonly trace: string | undefined;
}

/** What a QEMU log says, and how the log stands in the report. */
export interface LogMember {
  readonly source: SourceReport;
  /** It holds trace events as well: it is read as a trace, and its report is that of the trace. */
  readonly traced: boolean;
  readonly diagnostics: DiagnosticLog;
  readonly messages: readonly DeviceMessage[];
}

/** QMP answers among the inputs, and the source that they are told as part of. */
export interface QmpMember {
  readonly source: SourceReport;
  readonly answers: QmpAnswers;
}

/** Inputs by what they are. */
export interface Members {
  readonly traces: readonly string[];
  readonly dumps: readonly DumpMember[];
  readonly logs: readonly LogMember[];
  /** Answers about devices: their features and queues at one instant. */
  readonly answers: readonly QmpMember[];
  /** What is kept as notes, or cannot be read: console text, QMP answers. */
  readonly others: readonly SourceReport[];
}

/**
 * Takes folders apart: traces, dumps, QMP answers, logs. Files given by name are traces unless their
 * name or content says that they are dumps.
 *
 * @throws UserError when a folder holds nothing to read, or a reader was chosen for what is no file.
 */
export async function sortMembers(
  paths: readonly string[],
  options: RingOptions,
  chosen?: ChosenReader,
): Promise<Members> {
  const into: Sorted = { traces: [], dumps: [], logs: [], others: [], answers: [] };
  await prepareZstd(paths);
  for (const path of paths) {
    const archive = await openArchive(path);
    if (chosen !== undefined) await chosenMember(path, chosen, options, into);
    else if (archive !== undefined) await sortArchive(archive, options, into);
    else if (path !== "-" && isFolder(path)) {
      const before = readable(into);
      const pages = await findRawPages(path);
      if (pages !== undefined) into.traces.push(path);
      await sortFolder(path, options, into, pages?.used);
      if (readable(into) === before) throw nothingIn(path, "directory", into.others);
    } else {
      const given = await givenDumps(path, options, into);
      if (given !== undefined) into.dumps.push(...given);
      else if (await isSimpleTrace(path)) into.logs.push(simpleTrace(path));
      else if (await isTracedLog(path)) into.logs.push(await readLog(path, true));
      else into.traces.push(path);
    }
  }
  return into;
}

/** A file whose reader somebody chose: what it holds is not asked. */
async function chosenMember(
  path: string,
  { reader, format }: ChosenReader,
  options: RingOptions,
  into: Sorted,
): Promise<void> {
  const isPipe = path === "-" || !isFile(path);
  if (archiveOf(path) !== undefined || (path !== "-" && isFolder(path))) {
    throw new UserError(
      "input-format-of-folder",
      `${path} holds files of its own, and --input-format says what one file is`,
      "give the files that are in it",
    );
  }
  if (reader === "monitor") {
    if (isPipe) {
      throw new UserError(
        "input-format-needs-file",
        `${path} is read as ${format} from a file only`,
      );
    }
    into.dumps.push(...answersOf(path, options, into));
  } else if (reader === "simpletrace" && !isPipe) into.logs.push(simpleTrace(path));
  else if (reader === "qemu-log" && !isPipe) into.logs.push(await readLog(path, true));
  else into.traces.push(path);
}

/** Members as they are found. */
interface Sorted {
  readonly traces: string[];
  readonly dumps: DumpMember[];
  readonly logs: LogMember[];
  readonly answers: QmpMember[];
  readonly others: SourceReport[];
}

/** Each folder of an archive as if it were given by itself: what is in one of them is of one guest. */
async function sortArchive(archive: Archive, options: RingOptions, into: Sorted): Promise<void> {
  const before = readable(into);

  for (const { path, reason } of archive.refused) into.others.push(notRead(path, reason));
  const folders = [...archive.folders.keys()].sort();
  await prepareZstd(folders);
  const used = new Set<string>();
  for (const folder of folders) {
    // Formats lie in thousands of folders, and none of those is a guest's.
    if (/[:/]events(?:\/|$)/.test(folder.slice(archive.path.length))) continue;
    const pages = await findRawPages(folder);
    if (pages === undefined) continue;
    into.traces.push(folder);
    for (const path of pages.used) used.add(path);
  }
  for (const folder of folders) {
    try {
      await sortFolder(folder, options, into, used);
    } catch (error) {
      // One of many: the others are read all the same.
      if (!(error instanceof UserError)) throw error;
      into.others.push(notRead(folder, error.message));
    }
  }
  if (readable(into) === before) throw nothingIn(archive.path, "tar archive", into.others);
}

/** `used`: files that are read as part of another source. */
async function sortFolder(
  path: string,
  options: RingOptions,
  into: Sorted,
  used: ReadonlySet<string> = new Set(),
): Promise<void> {
  const firstTrace = into.traces.length;
  for (const member of filesOf(path)) {
    if (!used.has(member)) await sortFile(member, options, into);
  }
  // In an archive this folder is looked at with the one that it is in.
  if (archiveOf(path) !== undefined && nameOf(path) === "rings") return;
  if (isRingFolder(path)) {
    const trace = into.traces.length === firstTrace + 1 ? into.traces[firstTrace] : undefined;
    into.dumps.push(...folderDumps(path, options, into, trace));
  } else {
    const alone = qmpAlone(path);
    if (alone !== undefined) qmpMember(alone, options, into);
  }
}

function readable({ traces, dumps, logs }: Sorted): number {
  return traces.length + dumps.length + tracedLogs(logs);
}

function nothingIn(path: string, what: string, others: readonly SourceReport[]): UserError {
  const unread = others.filter(({ format }) => format === "not-read");
  return new UserError(
    "input-directory",
    `${path} is a ${what} without a trace and without a ring dump that can be read`,
    unread.length === 0
      ? undefined
      : unread.map((one) => `${one.path}: ${one.remarks?.join(", ")}`).join("; "),
  );
}

function notRead(path: string, reason: string): SourceReport {
  return { ...quietSource(path, "not-read"), remarks: [`not read: ${reason}`] };
}

function tracedLogs(logs: readonly LogMember[]): number {
  return logs.filter(({ traced }) => traced).length;
}

/** A pipe can be read once only: what it holds shows when it is read as a trace. */
async function isTracedLog(path: string): Promise<boolean> {
  return path !== "-" && isFile(path) && isTracedHead(await headOf(path));
}

async function isSimpleTrace(path: string): Promise<boolean> {
  return path !== "-" && isFile(path) && simpleTraceHeader(await headOf(path)) !== undefined;
}

/** The device's side of a trace, without messages. */
function simpleTrace(path: string): LogMember {
  const source = quietSource(path, "qemu-simpletrace");
  return { source, traced: true, diagnostics: new DiagnosticLog(), messages: [] };
}

function isTracedHead(head: Uint8Array): boolean {
  return (
    unreadBinary(head) === undefined && holdsTraceEvents(new TextDecoder("latin1").decode(head))
  );
}

/** Files of a folder that are no part of its dumps. */
function filesOf(folder: string): string[] {
  try {
    // Links are followed, as areas are.
    return namesIn(folder)
      .filter((name) => !isDumpFile(name) && isFile(within(folder, name)))
      .map((name) => within(folder, name));
  } catch (error) {
    throw readError(folder, error);
  }
}

function isDumpFile(name: string): boolean {
  return areaOf(name) !== undefined || /^qmp\.json(?:\.gz|\.zst)?$|^meta\.json$/.test(name);
}

function folderDumps(
  path: string,
  options: RingOptions,
  into: { readonly others: SourceReport[]; readonly answers: QmpMember[] },
  trace: string | undefined,
): DumpMember[] {
  const folder = readRingFolder(path);
  if (folder.qmp !== undefined) {
    const source = quietSource(folder.qmp.path, "qmp");
    into.others.push(source);
    into.answers.push({ source, answers: folder.qmp.answers });
  }
  return ringSources(folder.rings, folder.meta, folder.qmp, options).map((ring) =>
    dumpMember(ring, trace),
  );
}

/** A dump given as a file: `NAME-desc.bin` with its two neighbours, or QMP answers with memory. */
async function givenDumps(
  path: string,
  options: RingOptions,
  into: { readonly others: SourceReport[]; readonly answers: QmpMember[] },
): Promise<DumpMember[] | undefined> {
  const given = areaOf(basename(path));
  if (given?.area === "desc") {
    const [driver, device] = ["driver", "device"].map((area) => {
      const other = path.replace(/desc(\.[a-z]+)$/, `${area}$1`);
      return isFile(other) ? other : undefined;
    });
    const ring = readRing(given.name, path, driver, device);
    return ringSources([ring], NO_META, undefined, options).map((one) => dumpMember(one));
  }
  if (/\.json(?:\.gz|\.zst)?$/.test(path)) {
    const head = await headOf(path);
    if (isRinglog(head) || isBpftraceJson(head)) return undefined;
  } else if (!(await isSession(path))) return undefined;
  return answersOf(path, options, into);
}

/** What answers of a monitor hold: dumps, or devices at one instant. */
function answersOf(
  path: string,
  options: RingOptions,
  into: { readonly others: SourceReport[]; readonly answers: QmpMember[] },
): DumpMember[] {
  const answers = readQmp(path);
  const { devices, memory } = answers;
  if (devices.length > 0 && memory.length === 0) {
    // Nothing of any ring, and yet what the devices are.
    const source = quietSource(path, "qmp");
    into.others.push(source);
    into.answers.push({ source, answers });
    return [];
  }
  const dumps = qmpSources({ path, answers }, options).map((one) => dumpMember(one));
  const [first] = dumps;
  if (first !== undefined) into.answers.push({ source: first.source, answers });
  return dumps;
}

/** A session with QEMU's monitor under any name, with answers in it that are of use. */
async function isSession(path: string): Promise<boolean> {
  if (path === "-" || !isFile(path)) return false;
  const head = new TextDecoder("latin1").decode(await headOf(path));
  return !head.includes("\0") && looksLikeMonitor(head) && holdsAnswers(path);
}

function holdsAnswers(path: string): boolean {
  try {
    readQmp(path);
    return true;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return false;
  }
}

/** QMP answers without area files: a dump if they hold memory, and named for what they are if not. */
function qmpMember(
  path: string,
  options: RingOptions,
  into: { dumps: DumpMember[]; others: SourceReport[]; answers: QmpMember[] },
): void {
  try {
    const answers = readQmp(path);
    const dumps = qmpSources({ path, answers }, options).map((ring) => dumpMember(ring));
    into.dumps.push(...dumps);
    const source = dumps[0]?.source;
    if (source !== undefined) into.answers.push({ source, answers });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    into.others.push({ ...quietSource(path, "qmp"), remarks: [`not read: ${error.message}`] });
  }
}

function dumpMember(ring: RingSource, trace?: string): DumpMember {
  const [path = ""] = ring.paths;
  const remarks = [...ring.notes];
  const shown = areaOf(basename(path)) === undefined ? path : allAreas(path);
  return { ring, source: { ...quietSource(shown, "ring-dump"), remarks }, remarks, trace };
}

/** `a-q0-desc.bin` and its two neighbours, as one name. */
function allAreas(path: string): string {
  return path.replace(/desc(\.[a-z]+)$/, "{desc,driver,device}$1");
}

async function sortFile(path: string, options: RingOptions, into: Sorted): Promise<void> {
  const head = await headOf(path);
  if (isTraceDat(head)) {
    into.traces.push(path);
    return;
  }
  if (isRawPages(head)) {
    into.others.push(notRead(path, `${rawPagesAlone(path).message}; ${BESIDE_HELP}`));
    return;
  }
  const binary = unreadBinary(head);
  const text = new TextDecoder("latin1").decode(head);
  if (simpleTraceHeader(head) !== undefined) {
    into.logs.push(simpleTrace(path));
    return;
  }
  if (binary !== undefined || text.includes("\0")) {
    into.others.push(notRead(path, binary?.title ?? "binary data of no known kind"));
  } else if (looksLikeQemuLog(text)) into.logs.push(await readLog(path, isTracedHead(head)));
  else if (isTrace(head) || (archiveOf(path) !== undefined && isStatistics(path))) {
    into.traces.push(path);
  } else if (looksLikeMonitor(text) && holdsAnswers(path)) qmpMember(path, options, into);
  else {
    const { ledger } = await readLog(path, false).then(({ source }) => source);
    into.others.push({ ...quietSource(path, "text"), ledger });
  }
}

function isTrace(head: Uint8Array): boolean {
  if (isRinglog(head) || isBpftraceJson(head)) return true;
  const reader = new FtraceReader({
    strings: new StringTable(),
    pointers: new PointerTable(),
    firstSeq: 0,
    // One reader for each file of a folder, and a short look.
    batchRows: 64,
    emit: (batch) => {
      batch.clear();
      return batch;
    },
  });
  reader.push(head);
  return reader.traceLines > 0;
}

async function readLog(path: string, traced: boolean): Promise<LogMember> {
  const reader = new QemuLogReader();
  for await (const chunk of readSource(path, () => {})) reader.push(chunk);
  reader.end();
  const diagnostics = new DiagnosticLog();
  const source: SourceReport = {
    ...quietSource(path, "qemu-log"),
    ledger: reader.ledger,
    get diagnostics() {
      return diagnostics.entries();
    },
  };
  return { source, traced, diagnostics, messages: reader.messages };
}

/** A source without lines of its own. */
function quietSource(path: string, format: SourceReport["format"]): SourceReport {
  return { path, format, clock: undefined, firstSeq: 0, ledger: emptyLedger(), diagnostics: [] };
}
