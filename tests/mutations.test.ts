import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { RULES } from "../src/rules/index.ts";
import { MUTATIONS } from "./mutations/index.ts";
import { type MutationResult, mutationsPage, resultOf } from "./mutations/result.ts";

const results: MutationResult[] = [];

test("they stand in order, each once, and name rules that there are", () => {
  const numbers = MUTATIONS.map(({ id }) =>
    id.replace(/\d+/g, (digits) => digits.padStart(2, "0")),
  );
  expect(numbers).toEqual([...new Set(numbers)].sort());
  const ids = RULES.map(({ id }) => id);
  for (const { id, rules, remark } of MUTATIONS) {
    expect({ id, unknown: rules.filter((rule) => !ids.includes(rule)) }).toEqual({
      id,
      unknown: [],
    });
    if (rules.length === 0) expect({ id, remark }).not.toEqual({ id, remark: "" });
  }
});

test.each(MUTATIONS.map((mutation) => [mutation.id, mutation] as const))(
  "%s is found in each of its runs, which are silent without it",
  async (_id, mutation) => {
    const result = await resultOf(mutation);
    results.push(result);
    if (mutation.rules.length > 0) expect(result.runs.length).toBeGreaterThan(0);
    for (const { shape, alarms, found, rules } of result.runs) {
      expect({ shape, alarms }).toEqual({ shape, alarms: [] });
      expect({ shape, rules, named: found !== undefined }).toEqual({ shape, rules, named: true });
    }
  },
);

test("docs/mutations.md says what finds them", () => {
  // npm run mutations writes it anew.
  expect(readFileSync("docs/mutations.md", "utf8")).toBe(mutationsPage(results));
});
