import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { StringTable } from "../model/batch.ts";
import type { Ledger, SourceReport } from "../model/check-report.ts";
import { DiagnosticLog } from "../model/diagnostic.ts";
import { PointerTable } from "../model/pointer.ts";
import { UserError } from "../model/user-error.ts";
import { isBpftraceJson } from "../parser/bpftrace/json.ts";
import { foreignBinary } from "../parser/foreign.ts";
import { FtraceReader } from "../parser/ftrace/reader.ts";
import {
  type DeviceMessage,
  holdsTraceEvents,
  looksLikeQemuLog,
  QemuLogReader,
} from "../parser/qemu/messages.ts";
import type { QmpAnswers } from "../parser/qmp/qmp.ts";
import { isRinglog } from "../parser/ringlog/reader.ts";
import { qmpSources, type RingOptions, type RingSource, ringSources } from "./ring.ts";
import {
  isFile,
  isFolder,
  isRingFolder,
  NO_META,
  qmpAlone,
  readQmp,
  readRing,
  readRingFolder,
} from "./ring-files.ts";
import { readError, readSource } from "./source.ts";

/** Enough of a file to tell what it is. */
const HEAD_BYTES = 64 * 1024;

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
 * @throws UserError when a folder holds nothing to read.
 */
export async function sortMembers(
  paths: readonly string[],
  options: RingOptions,
): Promise<Members> {
  const traces: string[] = [];
  const dumps: DumpMember[] = [];
  const logs: LogMember[] = [];
  const others: SourceReport[] = [];
  const answers: QmpMember[] = [];
  for (const path of paths) {
    if (path === "-" || !isFolder(path)) {
      const given = await givenDumps(path, options, { others, answers });
      if (given !== undefined) dumps.push(...given);
      else if (await isTracedLog(path)) logs.push(await readLog(path, true));
      else traces.push(path);
      continue;
    }
    const before = traces.length + dumps.length + tracedLogs(logs);
    const firstTrace = traces.length;
    for (const member of filesOf(path)) await sortFile(member, { traces, logs, others });
    if (isRingFolder(path)) {
      const trace = traces.length === firstTrace + 1 ? traces[firstTrace] : undefined;
      dumps.push(...folderDumps(path, options, { others, answers }, trace));
    } else {
      const alone = qmpAlone(path);
      if (alone !== undefined) qmpMember(alone, options, { dumps, others, answers });
    }
    if (traces.length + dumps.length + tracedLogs(logs) === before) {
      const unread = others.filter(({ format }) => format === "not-read");
      throw new UserError(
        "input-directory",
        `${path} is a directory without a trace and without a ring dump that can be read`,
        unread.length === 0
          ? undefined
          : unread.map((one) => `${one.path}: ${one.remarks?.join(", ")}`).join("; "),
      );
    }
  }
  return { traces, dumps, logs, answers, others };
}

function tracedLogs(logs: readonly LogMember[]): number {
  return logs.filter(({ traced }) => traced).length;
}

/** A pipe can be read once only: what it holds shows when it is read as a trace. */
async function isTracedLog(path: string): Promise<boolean> {
  return path !== "-" && isFile(path) && isTracedHead(await headOf(path));
}

function isTracedHead(head: Uint8Array): boolean {
  return (
    foreignBinary(head) === undefined && holdsTraceEvents(new TextDecoder("latin1").decode(head))
  );
}

/** Files of a folder that are no part of its dumps. */
function filesOf(folder: string): string[] {
  try {
    return (
      readdirSync(folder, { withFileTypes: true })
        .map(({ name }) => name)
        // Links are followed, as areas are.
        .filter((name) => !isDumpFile(name) && isFile(join(folder, name)))
        .map((name) => join(folder, name))
        .sort()
    );
  } catch (error) {
    throw readError(folder, error);
  }
}

function isDumpFile(name: string): boolean {
  return /-(?:desc|driver|device)\.bin$|^qmp\.json(?:\.gz)?$|^meta\.json$/.test(name);
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
  if (/-desc\.bin$/.test(path)) {
    const [driver, device] = ["driver", "device"].map((area) => {
      const other = path.replace(/desc\.bin$/, `${area}.bin`);
      return isFile(other) ? other : undefined;
    });
    const name = basename(path).replace(/-desc\.bin$/, "");
    const ring = readRing(name, path, driver, device);
    return ringSources([ring], NO_META, undefined, options).map((one) => dumpMember(one));
  }
  if (!/\.json(?:\.gz)?$/.test(path)) return undefined;
  const head = await headOf(path);
  if (isRinglog(head) || isBpftraceJson(head)) return undefined;
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
  const areas = /^(.*-)desc\.bin$/.exec(path)?.[1];
  const shown = areas === undefined ? path : `${areas}{desc,driver,device}.bin`;
  return { ring, source: { ...quietSource(shown, "ring-dump"), remarks }, remarks, trace };
}

async function sortFile(
  path: string,
  into: { traces: string[]; logs: LogMember[]; others: SourceReport[] },
): Promise<void> {
  const head = await headOf(path);
  const binary = foreignBinary(head);
  const text = new TextDecoder("latin1").decode(head);
  if (binary !== undefined || text.includes("\0")) {
    const remarks = [`not read: ${binary ?? "binary data of no known kind"}`];
    into.others.push({ ...quietSource(path, "not-read"), remarks });
  } else if (looksLikeQemuLog(text)) into.logs.push(await readLog(path, isTracedHead(head)));
  else if (isTrace(head)) into.traces.push(path);
  else {
    const { ledger } = await readLog(path, false).then(({ source }) => source);
    into.others.push({ ...quietSource(path, "text"), ledger });
  }
}

async function headOf(path: string): Promise<Uint8Array> {
  for await (const chunk of readSource(path, () => {})) {
    // Copied: the chunk's memory may be the stream's.
    if (chunk.length > 0) return chunk.slice(0, HEAD_BYTES);
  }
  return new Uint8Array(0);
}

function isTrace(head: Uint8Array): boolean {
  if (isRinglog(head) || isBpftraceJson(head)) return true;
  const reader = new FtraceReader({
    strings: new StringTable(),
    pointers: new PointerTable(),
    firstSeq: 0,
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

const NO_LINES: Ledger = {
  lines: 0,
  events: 0,
  notes: 0,
  rejected: 0,
  lostMarks: 0,
  lostEvents: 0,
};

/** A source without lines of its own. */
function quietSource(path: string, format: SourceReport["format"]): SourceReport {
  return { path, format, clock: undefined, firstSeq: 0, ledger: NO_LINES, diagnostics: [] };
}
