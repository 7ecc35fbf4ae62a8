import { describe, expect, test } from "vitest";
import { RULES } from "../src/rules/index.ts";
import { BEHAVIOURS } from "./guards/behaviours.ts";
import type { Guard, Judges } from "./guards/guard.ts";
import { TRAPS } from "./guards/traps.ts";
import * as judges from "./guards-entry.ts";
import type { Checked } from "./log-check.ts";
import { patchedModule } from "./patched.ts";

/** Rules that accuse somebody, above note. */
function accusers({ findings }: Checked): string[] {
  return findings.filter(({ severity }) => severity !== "note").map(({ rule }) => rule);
}

/** A violation of a rule that says no more than a note accuses nobody. */
function soft(id: string): boolean {
  return RULES.some((rule) => rule.id === id && rule.severity === "note");
}

function violated({ coverage }: Checked, id: string | undefined): boolean {
  return coverage.some(({ rule, violated }) => (id === undefined || rule === id) && violated > 0);
}

const GUARDS: readonly (readonly [string, Guard])[] = [...BEHAVIOURS, ...TRAPS].map((guard) => [
  `${guard.ids.join(", ")}: ${guard.legal}`,
  guard,
]);

describe.each(GUARDS)("%s", (_title, { check, edits, rule, guilty = [] }) => {
  test("accuses nobody", () => {
    const checked = check(judges);
    expect(checked.coverage.length).toBeGreaterThan(0);
    expect(accusers(checked)).toEqual(guilty);
    expect(rule === undefined || soft(rule) || !violated(checked, rule)).toBe(true);
  });

  test("accuses without its guard", async () => {
    const unguarded = await patchedModule<Judges>("tests/guards-entry.ts", edits);
    const checked = check(unguarded);
    expect({ accusers: accusers(checked), violated: violated(checked, rule) }).toEqual({
      accusers: expect.arrayContaining([expect.any(String)]),
      violated: true,
    });
  });
});

test("each behaviour of the catalogue and each trap has its case", () => {
  const met = new Set([...BEHAVIOURS, ...TRAPS].flatMap(({ ids }) => ids));
  const behaviours = Array.from({ length: 16 }, (_, i) => `D${i + 1}`);
  const traps = Array.from({ length: 14 }, (_, i) => `trap ${i + 1}`);
  expect([...behaviours, ...traps].filter((id) => !met.has(id))).toEqual([]);
});
