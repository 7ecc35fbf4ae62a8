import { readFileSync, statSync } from "node:fs";
import { UserError } from "../model/user-error.ts";
import { eventNames, readsSimpleTrace, simpleTraceHeader } from "../parser/qemu/simple-trace.ts";
import { archiveOf, memberChunks } from "./archive.ts";
import { folderOf, isFile, within } from "./files.ts";
import { readError } from "./source.ts";

/** QEMU's own has half a megabyte. */
const NAMES_BYTES_MAX = 16 << 20;

/**
 * Names of the events of a simpletrace: version 4 has them itself, before it the file `trace-events-all`
 * of the same QEMU has, beside the trace.
 *
 * @throws UserError when that is not there, or the version is another one.
 */
export function simpleTraceNames(path: string, head: Uint8Array): ReadonlyMap<bigint, string> {
  const version = simpleTraceHeader(head)?.version ?? 0;
  if (!readsSimpleTrace(version)) {
    throw new UserError(
      "simpletrace-version",
      `${path} is a simpletrace of version ${version}: versions 2 to 4 are read`,
    );
  }
  if (version === 4) return new Map();
  const beside = path === "-" ? undefined : within(folderOf(path), "trace-events-all");
  if (beside !== undefined && isFile(beside)) return eventNames(smallText(beside));
  throw new UserError(
    "simpletrace-nameless",
    `${path} is a simpletrace of version ${version}, which numbers its events and does not name them`,
    "put trace-events-all of the same build of QEMU beside it (/usr/share/qemu/trace-events-all)",
  );
}

function smallText(path: string): string {
  try {
    const archive = archiveOf(path);
    const size = archive?.members.get(path)?.size ?? statSync(path).size;
    if (size > NAMES_BYTES_MAX) {
      throw new UserError("input-too-large", `${path} is larger than ${NAMES_BYTES_MAX} bytes`);
    }
    if (archive === undefined) return readFileSync(path, "latin1");
    return Buffer.concat([...memberChunks(archive, path)]).toString("latin1");
  } catch (error) {
    throw readError(path, error);
  }
}
