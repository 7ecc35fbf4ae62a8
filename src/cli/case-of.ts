import { closeSync, openSync, readSync, statSync } from "node:fs";
import { CaseReader } from "../db/reader.ts";
import { UserError } from "../model/user-error.ts";
import { type Choice, chooseRules } from "../rules/choice.ts";
import { caseFolder } from "./case-folder.ts";
import type { InputOptions } from "./options.ts";

/** How every SQLite file begins. */
const SQLITE_MAGIC = "SQLite format 3\0";

/** A case file that is there for as long as somebody works with it. */
export interface CaseAtHand {
  readonly path: string;
  /** Made of traces for this alone: however it ends, the file is gone. */
  readonly temporary: boolean;
  /** Removes a temporary one now: a program that a signal ends has no other chance. */
  readonly remove: () => void;
}

/** Opens a case for a question: the one that is given, or one that is made of traces for it. */
export function withCase<T>(
  paths: readonly string[],
  options: InputOptions,
  ask: (reader: CaseReader) => Promise<T>,
): Promise<T> {
  // Nobody asks for findings: no rule has to run.
  return withCaseFile(paths, { ...options, choice: chooseRules([], {}) }, ({ path }) =>
    asked(path, ask),
  );
}

/** The same, as a file; without a choice all rules run. */
export async function withCaseFile<T>(
  paths: readonly string[],
  options: InputOptions & { readonly choice?: Choice },
  work: (file: CaseAtHand) => Promise<T>,
): Promise<T> {
  const cases = paths.filter(isDatabase);
  const [given] = cases;
  if (given !== undefined && paths.length > 1) {
    throw new UserError("input-mixed", `${given} is a case file, and is asked alone`);
  }
  if (given !== undefined) return work({ path: given, temporary: false, remove: () => {} });
  const { path, remove } = caseFolder(
    undefined,
    "events, requests and the screen ask a case; TMPDIR says where that of a trace is made",
  );
  try {
    // Readers, engine and rules: a case is open long before they are loaded.
    const { intoCase } = await import("./commands/import.ts");
    await intoCase(path, paths, options);
    return await work({ path, temporary: true, remove });
  } finally {
    remove();
  }
}

async function asked<T>(path: string, ask: (reader: CaseReader) => Promise<T>): Promise<T> {
  const reader = new CaseReader(path);
  try {
    return await ask(reader);
  } finally {
    reader.close();
  }
}

/** A case is known by its content; whether it is one of ours, its reader says. */
function isDatabase(path: string): boolean {
  // Of a pipe the first bytes can be read only once.
  if (path === "-" || statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return false;
  let handle: number;
  try {
    handle = openSync(path, "r");
  } catch {
    // Reading it as a trace will say why it cannot be read.
    return false;
  }
  try {
    const head = Buffer.alloc(SQLITE_MAGIC.length);
    return readSync(handle, head) === head.length && head.toString("latin1") === SQLITE_MAGIC;
  } finally {
    closeSync(handle);
  }
}
