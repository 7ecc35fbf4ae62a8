import { expect, test } from "vitest";
import { coverageCounts, rowCoverage } from "../src/report/coverage.ts";
import { RULES } from "../src/rules/index.ts";
import { KEPT, REASONED, TODO, uncoveredReason } from "../src/rules/uncovered.ts";
import { CATALOGUE_INVARIANTS, CATALOGUE_STATEMENTS } from "../src/virtio/catalogue.ts";
import { BEHAVIOURS } from "./guards/behaviours.ts";
import { TRAPS } from "./guards/traps.ts";

const rows = [...CATALOGUE_STATEMENTS, ...CATALOGUE_INVARIANTS];
const ids = rows.map(({ id }) => id);
const covered = new Set(RULES.flatMap(({ covers }) => covers));

test("rules cover rows that exist, each once", () => {
  for (const { id, covers } of RULES) {
    expect([id, covers.filter((row) => !ids.includes(row))]).toEqual([id, []]);
    expect([id, covers.length]).toEqual([id, new Set(covers).size]);
  }
});

test("every row has a rule, a reason, or is to do", () => {
  const without = ids.filter(
    (id) => !covered.has(id) && uncoveredReason(id) === undefined && !TODO.includes(id),
  );
  expect(without).toEqual([]);
});

test("no row has both a rule and a reason why it has none", () => {
  expect(REASONED.filter((id) => covered.has(id))).toEqual([]);
  expect(REASONED.filter((id) => TODO.includes(id))).toEqual([]);
  expect([...REASONED, ...TODO].filter((id) => !ids.includes(id))).toEqual([]);
  expect(REASONED.length).toBe(new Set(REASONED).size);
});

test("tolerances are never covered: what is allowed is no finding", () => {
  const allowed = rows.filter(({ decidability }) => decidability === "tolerance");
  expect(allowed.map(({ id }) => id).filter((id) => covered.has(id))).toEqual([]);
  expect(allowed.length).toBe(34);
});

test("each row that a guard keeps has its case among the guards", () => {
  const cases = new Set([...BEHAVIOURS, ...TRAPS].flatMap(({ ids: own }) => own));
  expect(KEPT.filter((id) => !cases.has(id))).toEqual([]);
  expect(KEPT.filter((id) => covered.has(id))).toEqual([]);
});

test("what is still to do is printed", () => {
  const open = TODO.filter((id) => !covered.has(id));
  if (open.length > 0) {
    process.stdout.write(`to do, ${open.length} rows: ${open.join(" ")}\n`);
  }
  expect(TODO.length).toBe(new Set(TODO).size);
});

test("counts come from the rule files", () => {
  const [ring, invariants, life] = coverageCounts(rowCoverage(RULES));
  expect(ring).toMatchObject({ rows: 69, decidable: 43, partial: 14, unobservable: 12 });
  expect(invariants).toMatchObject({ rows: 68, decidable: 68 });
  expect(life?.rows).toBe(67);
  const [nothing] = coverageCounts(rowCoverage([]));
  expect(nothing).toMatchObject({ rows: 69, covered: 0, fired: 0, silent: 0 });
  // A rule without both kinds of stories would show here.
  for (const count of [ring, invariants, life]) {
    expect([count?.fired, count?.silent]).toEqual([count?.covered, count?.covered]);
  }
});
