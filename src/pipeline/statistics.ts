import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { SourceReport } from "../model/check-report.ts";
import { archiveOf, memberChunks } from "./archive.ts";

/** A statistics file is a few lines. */
const STATISTICS_BYTES_MAX = 4096;
const STATISTICS = /^entries: \d+\r?\noverrun: \d+/;

/**
 * Tells traces from the ring buffer statistics that may come with them (`per_cpu/cpu0/stats`): given
 * as inputs, or beside a trace as tracefs has them. Statistics alone are left to be named as such.
 */
export function sortInputs(paths: readonly string[]): {
  traces: readonly string[];
  statistics: readonly SourceReport[];
} {
  const given = paths.filter((path) => path !== "-" && isStatistics(path));
  if (given.length === paths.length) return { traces: paths, statistics: [] };
  const traces = paths.filter((path) => !given.includes(path));
  const beside = traces.flatMap((path) =>
    path === "-" || archiveOf(path) !== undefined ? [] : statisticsBeside(path),
  );
  const all = [...new Set([...given, ...beside])];
  return { traces, statistics: all.map(statisticsReport) };
}

/** Whether a file holds the statistics of one CPU's buffer. */
export function isStatistics(path: string): boolean {
  try {
    if (archiveOf(path) !== undefined) return STATISTICS.test(smallMember(path));
    const facts = statSync(path, { throwIfNoEntry: false });
    // A pipe gives its bytes once; files of tracefs have size 0 and content.
    if (facts?.isFile() !== true || facts.size > STATISTICS_BYTES_MAX) return false;
    return STATISTICS.test(readHead(path));
  } catch {
    // Reading it as a trace will say what is wrong with it.
    return false;
  }
}

/** A file of an archive, nothing when it is too long. */
function smallMember(path: string): string {
  const archive = archiveOf(path);
  if (archive === undefined || (archive.members.get(path)?.size ?? 0) > STATISTICS_BYTES_MAX)
    return "";
  return Buffer.concat([...memberChunks(archive, path)]).toString("latin1");
}

function readHead(path: string): string {
  const head = Buffer.alloc(64);
  const handle = openSync(path, "r");
  try {
    return head.toString("latin1", 0, readSync(handle, head, 0, head.length, 0));
  } finally {
    closeSync(handle);
  }
}

function statisticsBeside(trace: string): string[] {
  const folder = join(dirname(trace), "per_cpu");
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    // No such folder, as for most traces.
    return [];
  }
  return names
    .filter((name) => /^cpu\d+$/.test(name))
    .map((name) => join(folder, name, "stats"))
    .filter(isStatistics);
}

/** Events that the ring buffer overwrote, or had no room for, and said so nowhere else. */
function statisticsReport(path: string): SourceReport {
  const text = archiveOf(path) === undefined ? readFileSync(path, "latin1") : smallMember(path);
  const count = (name: string): number =>
    Number(new RegExp(`^${name}: (\\d{1,15})\\r?$`, "m").exec(text)?.[1] ?? 0);
  const lost = count("overrun") + count("commit overrun") + count("dropped events");
  const lines = text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
  return {
    path,
    format: "ring-buffer-stats",
    clock: undefined,
    firstSeq: 0,
    ledger: {
      lines,
      events: 0,
      notes: lines,
      rejected: 0,
      lostMarks: lost > 0 ? 1 : 0,
      lostEvents: lost,
    },
    diagnostics:
      lost === 0
        ? []
        : [
            {
              code: "events-lost",
              line: 1,
              offset: 0,
              expected:
                "overrun and dropped events of 0; what lacks at the end of the trace proves nothing",
              count: 1,
            },
          ],
  };
}
