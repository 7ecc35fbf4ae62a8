import { existsSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { resolve, sep } from "node:path";
import { UserError } from "../model/user-error.ts";

/**
 * No output may be an input, or another output: `--force` would destroy what was to be read.
 *
 * @throws UserError when one is, or when stdin is given twice, or a name is empty.
 */
export function refuseOverlap(inputs: readonly string[], outputs: readonly string[]): void {
  if (inputs.filter((path) => path === "-").length > 1) {
    throw new UserError("input-twice", "stdin (-) is given twice");
  }
  if (outputs.includes("")) throw new UserError("output-unnamed", "the output has no name");
  const read = new Set(inputs.filter((path) => path !== "-").map(identity));
  const written = new Set<string>();
  for (const path of outputs) {
    const file = identity(path);
    // Of a folder every file is read; a new one may be made in it.
    const inside = [...read].some((input) => file.startsWith(input + sep) && existsSync(file));
    if (read.has(file) || inside) {
      throw new UserError("output-is-input", `${path} is an input as well`);
    }
    if (written.has(file)) throw new UserError("output-twice", `${path} is given as output twice`);
    written.add(file);
  }
}

/** A path without links, as far as it exists. */
function identity(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

/** Writes an answer to stdout, or to a file: aside first, then renamed, so that none is left half. */
export async function writeAnswer(
  answer: string,
  options: { readonly output?: string; readonly force?: boolean },
): Promise<void> {
  const { output } = options;
  if (output === undefined) {
    await writeStdout(answer);
    return;
  }
  try {
    const existing = statSync(output, { throwIfNoEntry: false });
    if (existing !== undefined && !existing.isFile()) {
      if (existing.isDirectory())
        throw new UserError("output-directory", `${output} is a directory`);
      // A device or a pipe: nothing to replace.
      writeFileSync(output, answer);
      return;
    }
    // An empty file holds nothing to lose: `mktemp` makes one.
    if (existing !== undefined && existing.size > 0 && options.force !== true) {
      throw new UserError("output-exists", `${output} exists`, "--force replaces it");
    }
    replaceFile(output, answer);
  } catch (error) {
    if (error instanceof UserError || !(error instanceof Error) || !("code" in error)) throw error;
    throw new UserError("output-unwritable", `cannot write ${output}: ${error.message}`);
  }
}

function replaceFile(path: string, content: string): void {
  const aside = `${path}.${process.pid}.part`;
  try {
    writeFileSync(aside, content, { flag: "wx" });
    renameSync(aside, path);
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  }
}

/** Writes an answer piece by piece, as fast as stdout takes it. */
export async function writePieces(pieces: Iterable<string>): Promise<void> {
  let buffered = "";
  for (const piece of pieces) {
    buffered += piece;
    if (buffered.length < 65_536) continue;
    const read = await writeStdout(buffered);
    // Nobody reads any more: the rest need not be made.
    if (!read) return;
    buffered = "";
  }
  await writeStdout(buffered);
}

/**
 * Call before anything is written. A reader that closes early has seen enough: that is no error.
 * Whoever writes an answer hears of every other failure; without a listener the stream would throw it.
 */
export function watchStdout(): void {
  if (!process.stdout.listeners("error").includes(ignored)) process.stdout.on("error", ignored);
}

function ignored(): void {}

/** Answers whether somebody still reads. */
function writeStdout(text: string): Promise<boolean> {
  return new Promise((done, reject) => {
    process.stdout.write(text, (error: (Error & { code?: string }) | null | undefined) => {
      if (error === null || error === undefined) done(true);
      else if (error.code === "EPIPE") done(false);
      else reject(new UserError("output-unwritable", `cannot write to stdout: ${error.message}`));
    });
  });
}
