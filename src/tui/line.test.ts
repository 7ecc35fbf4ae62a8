import { describe, expect, test } from "vitest";
import { cut, filled, folded, line, span, table, textOf, widthOf } from "./line.ts";
import { painted, themeOf } from "./theme.ts";

describe("lines", () => {
  test("text is inert, and one character wide a column", () => {
    expect(span("a\u001b[31mb").text).toBe("a\\x1b[31mb");
    expect(span("e\u0301").text).toBe("e\\u{301}");
    expect(span("魚").text).toBe("\\u{9b5a}");
    expect(span("größe ─▁").text).toBe("größe ─▁");
  });

  test("what is cut says so", () => {
    expect(textOf(cut(line("abcdef"), 4))).toBe("abc…");
    expect(textOf(cut(line("abcd"), 4))).toBe("abcd");
    expect(cut(line("abc"), 0)).toEqual([]);
    expect(widthOf(filled(line("ab", "cd"), 3))).toBe(3);
    expect(widthOf(filled(line("ab"), 7))).toBe(7);
  });

  test.each([
    ["  one two three", 9, ["  one two", "    three"]],
    ["  a", 5, ["  a"]],
    ["word", 2, ["word"]],
    ["", 5, [""]],
  ])("%j folded at %i", (text, width, expected) => {
    expect(folded(text, width, "    ").map(textOf)).toEqual(expected);
  });

  test("a table leaves out what gives way first", () => {
    const heads = [
      { title: "name" },
      { title: "long one", gives: 2 },
      { title: "n", right: true, gives: 1 },
    ];
    const rows = [[span("x"), span("y"), span("12")]];
    expect(textOf(table(heads, rows, 40).head)).toBe("name  long one   n");
    expect(textOf(table(heads, rows, 12).head)).toBe("name   n");
    expect(textOf(table(heads, rows, 4).rows[0] ?? [])).toBe("x");
  });
});

describe("themes", () => {
  test.each([
    [{}, "dark"],
    [{ NO_COLOR: "1" }, "mono"],
    [{ NO_COLOR: "" }, "dark"],
    [{ TERM: "dumb" }, "mono"],
    [{ COLORFGBG: "0;15" }, "light"],
    [{ COLORFGBG: "15;0" }, "dark"],
  ])("%j is %s", (env, theme) => {
    expect(themeOf(env)).toBe(theme);
  });

  test("without colours only attributes are left", () => {
    const row = [span("a", "error"), span("b", "driver"), span("c", "cursor")];
    expect(painted(row, "mono")).toBe("\u001b[1ma\u001b[0mb\u001b[7mc\u001b[0m");
    expect(painted(row, "dark")).toContain("\u001b[1;31ma");
  });
});
