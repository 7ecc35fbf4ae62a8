import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  CATALOGUE_INVARIANTS,
  CATALOGUE_STATEMENTS,
  type CatalogueRow,
  isRingObligation,
} from "../src/virtio/catalogue.ts";
import { SHARED, sharedPresent, sharedTitle } from "./run.ts";

interface SpecRow {
  readonly id: string;
  readonly layout: string;
  readonly party: string;
  readonly level: string;
  readonly clause: string;
  readonly since: string;
  readonly feature: string;
  readonly evidence: string;
}

test("rows are whole, each once", () => {
  const rows = [...CATALOGUE_STATEMENTS, ...CATALOGUE_INVARIANTS];
  expect([CATALOGUE_STATEMENTS.length, CATALOGUE_INVARIANTS.length]).toEqual([219, 68]);
  expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  for (const row of rows) {
    expect(row.text).toMatch(/^\S.*\S$/);
    expect(["decidable", "partial", "tolerance", "not observable"]).toContain(row.decidability);
    expect(["split", "packed", "both"]).toContain(row.layout);
  }
  const of = (decidability: CatalogueRow["decidability"]): number =>
    CATALOGUE_STATEMENTS.filter(isRingObligation).filter((row) => row.decidability === decidability)
      .length;
  expect([of("decidable"), of("partial"), of("not observable")]).toEqual([43, 14, 12]);
});

/** Every alternative is nothing, or every one is a symptom, or one decides. */
function decidabilityOf({ evidence, level }: { evidence: string; level: string }): string {
  if (level === "MAY") return "tolerance";
  const alternatives = evidence.split("|").map((one) => one.trim());
  if (alternatives.every((one) => one === "NO")) return "not observable";
  return alternatives.every((one) => one.includes("~")) ? "partial" : "decidable";
}

test.skipIf(!sharedPresent)(`the copy is the reference catalogue${sharedTitle}`, () => {
  const { rules, invariants } = JSON.parse(
    readFileSync(`${SHARED}/spec/spec-catalog.json`, "utf8"),
  ) as {
    rules: SpecRow[];
    invariants: {
      id: string;
      layout: string;
      party: string;
      kind: string;
      basis: string;
      evidence: string;
    }[];
  };
  const without = ({ text: _text, ...row }: CatalogueRow): object => row;
  expect(CATALOGUE_STATEMENTS.map(without)).toEqual(
    rules.map(({ id, layout, party, level, clause, since, feature, evidence }) => ({
      id,
      layout,
      party,
      level,
      section: clause,
      since,
      feature: feature === "" ? "-" : feature,
      decidability: decidabilityOf({ evidence, level }),
    })),
  );
  expect(CATALOGUE_INVARIANTS.map(without)).toEqual(
    invariants.map(({ id, layout, party, kind, basis, evidence }) => ({
      id,
      layout,
      party,
      level: kind,
      section: basis,
      since: layout === "packed" ? "1.1" : "1.0",
      feature: "-",
      decidability: decidabilityOf({ evidence, level: kind }),
    })),
  );
});
