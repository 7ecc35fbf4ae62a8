import { FORMATS, formatNamed } from "../../parser/formats.ts";
import { formatsJson, formatsTable, formatText } from "../../report/formats.ts";
import { EXIT } from "../exit.ts";
import { formatUnknown } from "../input-format.ts";
import type { FormatsOptions } from "../options.ts";
import { writeAnswer } from "../output.ts";

/** `vringscope formats`: a table of all, or everything about those that are named. */
export async function formats(names: readonly string[], { json }: FormatsOptions): Promise<number> {
  const named = names.length === 0 ? FORMATS : names.map(known);
  const answer =
    json === true
      ? formatsJson(named)
      : names.length === 0
        ? formatsTable(named)
        : named.map(formatText).join("\n");
  await writeAnswer(answer, {});
  return EXIT.clean;
}

function known(name: string): (typeof FORMATS)[number] {
  const format = formatNamed(name);
  if (format !== undefined) return format;
  throw formatUnknown(name);
}
