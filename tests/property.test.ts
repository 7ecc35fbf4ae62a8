import { expect, test } from "vitest";
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
