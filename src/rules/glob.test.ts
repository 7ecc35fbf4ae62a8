import { expect, test } from "vitest";
import { globTest } from "./glob.ts";

test.each([
  ["packed/*", "packed/off-wrap-stale", true],
  ["packed/*", "split/packed/x", false],
  ["*", "", true],
  ["?", "", false],
  ["req.?", "req.0", true],
  ["req.?", "reqx0", false],
  ["req.?@0x*#1", "req.0@0xff1c752b4258eb00#1", true],
  ["q[0-9]", "q1", false],
  ["q[0-9]", "q[0-9]", true],
  ["a|b", "a", false],
  ["a(b)+{1}$^\\", "a(b)+{1}$^\\", true],
  ["Queue", "queue", false],
  ["a*", "a\nb", true],
  ["?", "💾", true],
])("%j on %j: %s", (pattern, text, fits) => {
  expect(globTest(pattern)(text)).toBe(fits);
});

// Forty stars, each free to take any part of the text, would not end within the test's time.
test("many stars cost no more than one", () => {
  expect(globTest(`${"*".repeat(40)}x`)("a".repeat(5000))).toBe(false);
});
