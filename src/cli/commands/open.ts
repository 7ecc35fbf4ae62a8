import { CaseNotes } from "../../db/case-notes.ts";
import { CaseReader } from "../../db/reader.ts";
import { UserError } from "../../model/user-error.ts";
import { RingTime } from "../../pipeline/ring-at.ts";
import { openScreen } from "../../tui/open.ts";
import { themeOf } from "../../tui/theme.ts";
import { askCase } from "../ask-case.ts";
import { type CaseAtHand, withCaseFile } from "../case-of.ts";
import { EXIT } from "../exit.ts";
import { onInterrupt } from "../interrupt.ts";
import type { OpenOptions } from "../options.ts";

/** `vringscope open`: a case, or traces, on the screen. */
export async function open(files: readonly string[], options: OpenOptions): Promise<number> {
  const { stdin, stdout } = process;
  if (!stdin.isTTY || !stdout.isTTY) {
    throw new UserError(
      "no-terminal",
      "the screen needs a terminal for its keys and its picture",
      "vringscope check prints a report anywhere",
    );
  }
  return await withCaseFile(files, options, (file) => shown(file, files, options));
}

async function shown(
  { path, temporary, remove }: CaseAtHand,
  inputs: readonly string[],
  { theme }: OpenOptions,
): Promise<number> {
  // It brings a case of an older version to today's, which is then read.
  const { notes, unkept } = notesOf(path);
  const reader = new CaseReader(path);
  try {
    await openScreen(
      {
        path,
        inputs,
        temporary,
        reader,
        rings: new RingTime(reader),
        ask: (sql, most, signal) => askCase(path, sql, most, signal),
        keeping: notes,
        unkept,
      },
      { stdin: process.stdin, stdout: process.stdout },
      theme ?? themeOf(process.env),
      { cleanUp: remove, onInterrupt },
    );
    return EXIT.clean;
  } finally {
    reader.close();
    notes?.close();
  }
}

/** Marks and waivers are kept in the case, where it may be written. */
function notesOf(path: string): {
  readonly notes: CaseNotes | undefined;
  readonly unkept: string | undefined;
} {
  try {
    return { notes: new CaseNotes(path), unkept: undefined };
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== "notes-unwritable") throw error;
    return { notes: undefined, unkept: error.message };
  }
}
