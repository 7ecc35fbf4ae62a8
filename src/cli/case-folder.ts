import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { UserError } from "../model/user-error.ts";
import { onInterrupt } from "./interrupt.ts";

/** A folder that a case is made in. */
export interface CaseFolder {
  /** The case's own path. */
  readonly path: string;
  /** Takes the folder away; a signal does so as well. */
  readonly remove: () => void;
}

/**
 * Makes a folder for a case: beside the name that the case is to have, or where temporary files are.
 *
 * @throws UserError when it cannot be made; `help` says what the case is for.
 */
export function caseFolder(name: string | undefined, help: string): CaseFolder {
  const parent = name === undefined ? tmpdir() : dirname(name);
  const prefix = name === undefined ? "vringscope-" : `.${basename(name)}.`;
  let folder: string;
  try {
    folder = mkdtempSync(join(parent, prefix));
  } catch (error) {
    throw new UserError(
      "output-unwritable",
      `cannot make a case in ${parent}: ${(error as Error).message}`,
      help,
    );
  }
  const clear = (): void => rmSync(folder, { recursive: true, force: true });
  const done = onInterrupt(clear);
  const remove = (): void => {
    clear();
    done();
  };
  return { path: join(folder, "case.db"), remove };
}
