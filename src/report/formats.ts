import { INPUT_STATUS, type InputFormat, type InputStatus } from "../model/input-format.ts";
import { printable, printableJson } from "./printable.ts";
import { wrapped } from "./wrapped.ts";

/** One line each, those that share a fate under one heading. */
export function formatsTable(formats: readonly InputFormat[]): string {
  const width = Math.max(...formats.map(({ name }) => name.length));
  const blocks = statuses(formats).map((status) => {
    const rows = formats
      .filter((format) => format.status === status)
      .map(({ name, title }) => `  ${name.padEnd(width)}  ${title}`);
    return [INPUT_STATUS[status], ...rows].join("\n");
  });
  return `${blocks.join("\n\n")}\n\nvringscope formats NAME says what one carries, how it is told from others, and how to make it\n`;
}

function statuses(formats: readonly InputFormat[]): InputStatus[] {
  const all = Object.keys(INPUT_STATUS) as InputStatus[];
  return all.filter((status) => formats.some((format) => format.status === status));
}

/** Everything about one format. */
export function formatText(format: InputFormat): string {
  const { name, title, status, reported, carries, detected, record, samples } = format;
  const lines = [
    `${name}: ${title}`,
    ...paragraph("status", INPUT_STATUS[status]),
    ...paragraph("carries", carries),
    ...paragraph("detected", `by ${detected}`),
    ...record.flatMap((step, i) =>
      paragraph(i > 0 ? "" : status === "refused" ? "instead" : "make one", step),
    ),
    ...(reported === undefined ? [] : paragraph("in reports", reported)),
  ];
  for (const sample of samples) {
    const what = sample.binary === true ? `${sample.what}, in hexadecimal` : sample.what;
    lines.push("", what, ...sample.lines.map((line) => `  ${sampleLine(line)}`.trimEnd()));
  }
  return `${lines.join("\n")}\n`;
}

/** A tab is shown as what it looks like. */
export function sampleLine(line: string): string {
  return printable(line.replaceAll("\t", "        "));
}

function paragraph(name: string, text: string): string[] {
  const head = `  ${name.padEnd(10)} `;
  return wrapped(head, " ".repeat(head.length), text, 99);
}

/** The table as data. */
export function formatsJson(formats: readonly InputFormat[]): string {
  const value = formats.map(
    ({ name, title, status, reported, carries, detected, record, samples }) => ({
      name,
      title,
      status,
      reported: reported ?? null,
      carries,
      detected,
      record,
      samples: samples.map(({ what, lines, binary }) => ({ what, lines, binary: binary === true })),
    }),
  );
  return `${printableJson(value, 2)}\n`;
}
