import { expect, test } from "vitest";
import { type ClockBase, clockText, durationText, sinceBase } from "./time.ts";

const seconds = (major: number, minor: number): ClockBase => ({ major, minor, unit: "seconds" });

test("a wall clock keeps its nanoseconds", () => {
  const base = seconds(1795392385, 777425000);
  const since = sinceBase(base, 1795392386, 1) as number;
  expect(since).toBe(222575001);
  expect(clockText(base, since)).toBe("1795392386.000000001");
});

test("time before the first event is negative and prints exactly", () => {
  const base = seconds(4, 500000000);
  expect(clockText(base, sinceBase(base, 4, 499999000) as number)).toBe("4.499999000");
});

test("a distance that a number cannot hold is refused", () => {
  expect(sinceBase(seconds(0, 0), 1795392385, 0)).toBeUndefined();
});

test("an integer clock prints its own unit", () => {
  const base: ClockBase = { major: 63, minor: 373800568, unit: "ticks" };
  expect(clockText(base, 149578)).toBe("63373950146");
  expect(durationText(base, 12)).toBe("12 ticks");
});

test.each([
  [18_000, "18 us"],
  [2_258_000, "2.258 ms"],
  [1_205_000_000, "1.205 s"],
])("%i ns is %s", (duration, text) => {
  expect(durationText(seconds(0, 0), duration)).toBe(text);
});
