import { expect, test } from "vitest";
import { type Body, FramePainter } from "./frame-painter.ts";

const ESC = "\u001b[";

function painter(
  columns = 10,
  rows = 4,
  body: () => Body = () => ({ behind: 0, rows: [] }),
): { readonly painter: FramePainter; readonly sent: string[] } {
  const sent: string[] = [];
  return { painter: new FramePainter({ columns, rows }, (text) => sent.push(text), body), sent };
}

test("the first frame is drawn whole, each row at its place", () => {
  const { painter: one, sent } = painter();
  one.write("a\nb");
  expect(sent).toEqual([`${ESC}?2026h${ESC}1;1Ha${ESC}K${ESC}2;1Hb${ESC}K${ESC}?2026l`]);
});

test("then only rows that changed", () => {
  const { painter: one, sent } = painter();
  one.write("a\nb\nc");
  one.write("a\nB\nc");
  expect(sent[1]).toBe(`${ESC}?2026h${ESC}2;1HB${ESC}K${ESC}?2026l`);
  one.write("a\nB\nc");
  expect(sent).toHaveLength(2);
});

test("a row that fills the terminal erases nothing behind it, whatever its colours take", () => {
  const { painter: one, sent } = painter(3);
  one.write(`${ESC}1mabc${ESC}0m`);
  expect(sent[0]).not.toContain(`${ESC}K`);
});

test("rows that are gone are erased; more rows than the terminal has are not drawn", () => {
  const { painter: one, sent } = painter(10, 2);
  one.write("a\nb\nc");
  expect(sent[0]).not.toContain("c");
  one.write("a");
  expect(sent[1]).toBe(`${ESC}?2026h${ESC}2;1H${ESC}K${ESC}?2026l`);
});

test("after close nothing is written", () => {
  const { painter: one, sent } = painter();
  one.close();
  one.write("a");
  expect(sent).toEqual([]);
});

test("the body stands between the rows of the frame, and is drawn without one", () => {
  let row = "x";
  const { painter: one, sent } = painter(10, 3, () => ({ behind: 1, rows: [row] }));
  one.write("a\nc");
  expect(sent[0]).toContain(`${ESC}2;1Hx`);
  row = "y";
  one.draw();
  expect(sent[1]).toBe(`${ESC}?2026h${ESC}2;1Hy${ESC}K${ESC}?2026l`);
});
