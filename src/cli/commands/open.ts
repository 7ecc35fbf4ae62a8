import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CaseNotes } from "../../db/case-notes.ts";
import { CaseReader } from "../../db/reader.ts";
import { UserError } from "../../model/user-error.ts";
import { RingTime } from "../../pipeline/ring-at.ts";
import { openScreen } from "../../tui/open.ts";
import { themeOf } from "../../tui/theme.ts";
import { EXIT } from "../exit.ts";
import { intoCase } from "./import.ts";

/** `vringscope open`: a case, or traces, on the screen. */
export async function open(files: readonly string[]): Promise<number> {
  const { stdin, stdout } = process;
  if (!stdin.isTTY || !stdout.isTTY) {
    throw new UserError(
      "no-terminal",
      "the screen needs a terminal for its keys and its picture",
      "vringscope check prints a report anywhere",
    );
  }
  const [path = ""] = files;
  const folder = path.endsWith(".db") ? undefined : mkdtempSync(join(tmpdir(), "vringscope-"));
  const made = folder === undefined ? path : join(folder, "case.db");
  if (folder !== undefined) await intoCase(made, files, {});
  const remove = (): void => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  };
  const { notes, unkept } = notesOf(made);
  const reader = new CaseReader(made);
  try {
    await openScreen(
      {
        path: made,
        inputs: files,
        temporary: folder !== undefined,
        reader,
        rings: new RingTime(reader),
        keeping: notes,
        unkept,
      },
      { stdin, stdout },
      themeOf(process.env),
      remove,
    );
    return EXIT.clean;
  } finally {
    reader.close();
    notes?.close();
    remove();
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
