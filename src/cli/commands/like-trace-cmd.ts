import { UserError } from "../../model/user-error.ts";
import { traceText } from "../../pipeline/trace-text.ts";
import { EXIT } from "../exit.ts";
import { writePieces } from "../output.ts";

/** `vringscope events --like trace-cmd`: prints a binary trace as text. */
export async function likeTraceCmd(paths: readonly string[]): Promise<number> {
  const [path = "", other] = paths;
  if (other !== undefined) {
    throw new UserError("options-conflict", `--like prints one trace, and ${other} is another`);
  }
  const lines = await traceText(path);
  try {
    await writePieces(lines);
    return EXIT.clean;
  } finally {
    lines.close();
  }
}
