import { traceText } from "../../pipeline/trace-text.ts";
import { EXIT } from "../exit.ts";
import { writePieces } from "../output.ts";

/** `vringscope events --like trace-cmd`: prints a binary trace as text. */
export async function likeTraceCmd(path: string): Promise<number> {
  const lines = await traceText(path);
  try {
    await writePieces(lines);
    return EXIT.clean;
  } finally {
    lines.close();
  }
}
