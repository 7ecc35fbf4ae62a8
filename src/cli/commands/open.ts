import { CaseReader } from "../../db/reader.ts";
import { UserError } from "../../model/user-error.ts";
import { openScreen } from "../../tui/open.ts";
import { themeOf } from "../../tui/theme.ts";
import { EXIT } from "../exit.ts";

/** `vringscope open`: a case, or traces, on the screen. */
export async function open(files: readonly string[]): Promise<number> {
  const { stdin, stdout } = process;
  if (!stdin.isTTY || !stdout.isTTY) {
    throw new UserError(
      "no-terminal",
      "the screen needs a terminal",
      "check prints a report anywhere",
    );
  }
  const [path = ""] = files;
  const reader = new CaseReader(path);
  try {
    const rings = { at: () => undefined, queueOf: () => undefined, next: () => undefined };
    await openScreen(
      {
        path,
        inputs: files,
        temporary: false,
        reader,
        rings,
        activity: new Map(),
        keeping: undefined,
        unkept: undefined,
      },
      { stdin, stdout },
      themeOf(process.env),
      () => {},
    );
    return EXIT.clean;
  } finally {
    reader.close();
  }
}
