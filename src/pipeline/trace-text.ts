import { UserError } from "../model/user-error.ts";
import { openSource } from "./open-source.ts";

/**
 * The lines that trace-cmd prints of a trace.dat.
 *
 * @throws UserError when it is none, or cannot be read.
 */
export async function traceText(path: string): Promise<Iterable<string> & { close(): void }> {
  const { dat, chunks } = await openSource(path, undefined);
  if (dat === undefined) {
    await chunks.return(undefined);
    throw new UserError("input-not-binary", `${path} is no trace.dat: it is text already`);
  }
  // The grammar is large: it is loaded by what needs it.
  const { parsePrintFormat } = await import("../parser/printfmt/grammar.ts");
  const { ReportLines } = await import("../parser/tracedat/report-lines.ts");
  const lines = new ReportLines(dat.ranges, dat.file, dat.inflate, parsePrintFormat);
  return {
    [Symbol.iterator]: () => lines.lines(),
    close: () => dat.ranges.close(),
  };
}
