import type { SourceReport } from "../model/check-report.ts";
import type { ParseExplanation, RejectedLine } from "../model/explanation.ts";
import { printable } from "./printable.ts";

/** Columns of a line that are shown, and how many of them stand before the place where reading stopped. */
const SHOWN = 110;
const BEFORE = 70;

/** As what each source was read and why, and what did not fit; `sources`: all of the report. */
export function explanationText(
  explanations: readonly ParseExplanation[],
  sources: readonly SourceReport[],
): string {
  const told = new Set(explanations.map(({ path }) => path));
  const others = sources
    .filter(({ path }) => !told.has(path))
    .map(({ path, format }) => `how ${printable(path)} was read\n  as ${format}, as a whole`);
  return `${[...explanations.map(sourceBlock), ...others].join("\n\n")}\n`;
}

function sourceBlock(one: ParseExplanation): string {
  const { path, rejected, lines } = one;
  const more = rejected - lines.length;
  return [
    `how ${printable(path)} was read`,
    `  ${printable(choiceText(one))}`,
    ...(lines.length === 0 ? ["  no line was rejected"] : []),
    ...lines.flatMap((line) => ["", ...lineBlock(path, line)]),
    ...(more > 0 && lines.length > 0 ? ["", `  and ${more} more rejected`] : []),
  ].join("\n");
}

function choiceText({ format, evidence, chosen }: ParseExplanation): string {
  const where = evidence.line === 0 ? "it" : `line ${evidence.line}`;
  const found =
    format === undefined
      ? "nothing in its first 64 KiB is of a known format"
      : `${where} ${evidence.why}`;
  if (chosen !== undefined) {
    const otherwise = format === undefined ? "" : `; by what it holds it is ${format}`;
    return `as ${chosen}, which --input-format chose${otherwise}: ${found}`;
  }
  return format === undefined ? `as ftrace text, for ${found}` : `as ${format}: ${found}`;
}

function lineBlock(
  path: string,
  { code, line, offset, expected, text, fit }: RejectedLine,
): string[] {
  const head = `  ${printable(path)}:${line}, byte ${offset}: ${code}`;
  if (text === undefined || fit === undefined) return [head, field("expected", expected)];
  const start = Math.max(0, fit.column - BEFORE);
  const cut = text.slice(start, start + SHOWN);
  const before = start > 0 ? "..." : "";
  const after = start + SHOWN < text.length ? "..." : "";
  const column = before.length + printable(cut.slice(0, fit.column - start)).length;
  const fits = fit.expected === undefined;
  return [
    head,
    `    ${before}${printable(cut)}${after}`.trimEnd(),
    ...(fits ? [] : [`    ${" ".repeat(column)}^ column ${fit.column + 1}`]),
    ...(fits || fit.nearest === undefined ? [] : [field("there", fit.expected ?? "")]),
    field("expected", expected),
    field("nearest", nearestText(fit.nearest, fits)),
  ];
}

function nearestText(nearest: string | undefined, fits: boolean): string {
  if (nearest === undefined) return "no known format begins like this";
  return fits ? `${nearest}, to the end of its columns` : nearest;
}

function field(name: string, text: string): string {
  return `    ${name.padEnd(9)} ${printable(text)}`;
}
