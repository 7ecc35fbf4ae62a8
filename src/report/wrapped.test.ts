import { expect, test } from "vitest";
import { printable, printableJson } from "./printable.ts";
import { wrapped } from "./wrapped.ts";

const HOSTILE = "a\u001b[31m\u007f\u009b\u202e\nerror: forged";

test("text from a trace keeps to its line", () => {
  expect(printable(HOSTILE)).toBe("a\\x1b[31m\\x7f\\x9b\\u202e\\x0aerror: forged");
  expect(wrapped("  ", "    ", HOSTILE, 30)).toEqual([
    "  a\\x1b[31m\\x7f\\x9b\\u202e\\x0aerror:",
    "    forged",
  ]);
});

test("JSON is the same value, and ASCII where a terminal would act", () => {
  expect(printableJson({ [HOSTILE]: HOSTILE })).toMatch(/^[\x20-\x7e]*$/);
  expect(JSON.parse(printableJson({ [HOSTILE]: [HOSTILE] }, 2))).toEqual({ [HOSTILE]: [HOSTILE] });
  expect(printableJson([1], 2)).toBe("[\n  1\n]");
});
