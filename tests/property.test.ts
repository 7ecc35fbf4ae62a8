import { expect, test } from "vitest";
import { patchedModule } from "./patched.ts";
import { checkSchedule, type Exercise } from "./random-schedules.ts";

// Other schedules in each run; `npm run campaign` makes many more of them. A failure names its seed.
const FIRST_SEED = Math.floor(Math.random() * 2 ** 31);
const PARTS = 14;
const SCHEDULES = 16;

const exercise: Exercise = new Map();
let operations = 0;

test.each(Array.from({ length: PARTS }, (_, part) => FIRST_SEED + part * SCHEDULES))(
  "correct parties are not accused, whatever they do (seeds from %i)",
  (seed) => {
    for (let at = seed; at < seed + SCHEDULES; at++) {
      const run = checkSchedule(at, exercise);
      operations += run.operations;
      expect(run.failures).toEqual([]);
    }
  },
  60_000,
);

test("two hundred thousand operations were judged", () => {
  expect(operations).toBeGreaterThan(200_000);
  // A rule that met nothing would be silent on anything.
  for (const rule of ["queue/kick-missed", "queue/interrupt-missed", "queue/element-differs"]) {
    expect({ rule, satisfied: exercise.get(rule) ?? 0 }).toMatchObject({
      satisfied: expect.toSatisfy((count: number) => count > 1000),
    });
  }
});

test("an engine that steps over no list is caught by the first schedules", async () => {
  const { checkSchedule: checkWrongly } = await patchedModule<
    typeof import("./random-schedules.ts")
  >("tests/random-schedules.ts", [
    {
      file: "replay/ring-state.ts",
      before: "this.used = advancePosition(this.used, ",
      after: "this.used = advancePosition(this.used, 1 + 0 * ",
    },
  ]);
  // Always the same ones: of chance ones, it is one in five that such an engine fails on.
  const seeds = Array.from({ length: SCHEDULES }, (_, i) => 1000 + i);
  expect(seeds.some((seed) => checkWrongly(seed, new Map()).failures.length > 0)).toBe(true);
});
