import { expect, test } from "vitest";
import { DUMP_BYTES, DUMP_TEXTS } from "../../tests/dump-texts.ts";
import { parseDumpText } from "./dump-text.ts";

test.each(DUMP_TEXTS)("%s gives the bytes", (_tool, text) => {
  const dump = parseDumpText(text);
  expect(dump.kind).toBe("bytes");
  if (dump.kind === "bytes") expect(Buffer.from(dump.bytes).toString("hex")).toBe(DUMP_BYTES);
});

test.each(DUMP_TEXTS)("%s: lines of Windows are the same", (_tool, text) => {
  expect(parseDumpText(text.replaceAll("\n", "\r\n"))).toEqual(parseDumpText(text));
});

test("a group that reads both ways is told from the text, or not at all", () => {
  const row = "00000000: 01000000 02000000 03000000 04000000  ................\n";
  expect(parseDumpText(row)).toMatchObject({ kind: "unclear", format: "xxd" });
  const swapped = "00000000: 00000161 00000000 00000000 00000000  a...............\n";
  const dump = parseDumpText(swapped);
  if (dump.kind !== "bytes") throw new Error(dump.kind);
  expect([...dump.bytes.subarray(0, 4)]).toEqual([0x61, 1, 0, 0]);
});

test.each([
  ["a missing row", (lines: string[]) => lines.toSpliced(1, 1), 2],
  ["a row twice", (lines: string[]) => lines.toSpliced(1, 0, lines[1] ?? ""), 3],
  [
    "a digit that is none",
    (lines: string[]) => lines.with(1, (lines[1] ?? "").replace("00 00", "0g 00")),
    3,
  ],
])("%s is told with its line", (_what, spoil, line) => {
  const xxd = DUMP_TEXTS.find(([tool]) => tool === "print_hex_dump")?.[1] ?? "";
  const lines = xxd.split("\n").filter((one) => !one.includes("something"));
  expect(parseDumpText(spoil(lines).join("\n"))).toMatchObject({ kind: "broken", line });
});

test("a dump whose bytes cannot be told says what to do", () => {
  const told = (text: string): unknown => parseDumpText(text);
  expect(told("0x1000:\t12\t-3\n")).toMatchObject({ kind: "unclear", reason: /x\/\.\.\.x/ });
  expect(told('0x1000:\t"abc"\n')).toMatchObject({ kind: "unclear" });
  expect(told("0000000 070740 001341\n0000004\n")).toMatchObject({ kind: "unclear" });
  expect(told("00 01\n*\n02 03\n")).toMatchObject({ kind: "unclear" });
});

test.each([
  ["nothing", ""],
  ["prose", "a ring\nis round\n"],
  ["a number", "12 monkeys"],
])("%s is no dump", (_what, text) => expect(parseDumpText(text)).toEqual({ kind: "other" }));
