import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { RULES } from "../src/rules/index.ts";
import { SHIPPED_BUGS } from "../src/rules/shipped-bugs.ts";
import { SHARED, sharedPresent, sharedTitle } from "./run.ts";

/** Rules that are being written. To be empty when they are there. */
const PLANNED: readonly string[] = [
  "device/used-before-driver-ok",
  "packed/batch-shown-in-part",
  "packed/used-at-skipped-slot",
  "packed/used-without-write",
  "queue/chain-longer-than-queue",
  "queue/event-shadow-differs",
  "queue/fetched-not-available",
  "queue/indirect-without-feature",
  "queue/not-at-start-after-reset",
  "queue/notification-asked-late",
  "queue/notify-data-wrong",
  "queue/pending-overlooked",
  "queue/publication-without-decision",
  "queue/returned-before-used",
  "queue/ring-not-zeroed",
  "queue/stalled",
  "queue/used-buffer-overlooked",
  "queue/used-not-published",
  "queue/used-position-miscounted",
  "queue/wrong-buffer-returned",
  "split/num-free-miscounted",
];

const bugs = Object.values(SHIPPED_BUGS).flat();

test("bugs stand under rules, or under rules that are planned", () => {
  const ids = RULES.map(({ id }) => id);
  const keys = Object.keys(SHIPPED_BUGS);
  expect(keys).toEqual([...keys].sort());
  expect(keys.filter((key) => !ids.includes(key) && !PLANNED.includes(key))).toEqual([]);
});

test("each is told once under a rule, in one line", () => {
  for (const list of Object.values(SHIPPED_BUGS)) {
    const told = list.map(({ reference, what }) => `${reference} ${what}`);
    expect(told).toEqual([...new Set(told)]);
    for (const { project, reference, what } of list) {
      expect(project).toMatch(/^\S.*\S$/);
      expect(reference).toMatch(/\S/);
      expect(what).toMatch(/^\S.*[^\s.]$/);
      expect(what).not.toContain(" | ");
    }
  }
  expect(
    new Set(bugs.map(({ project, reference }) => `${project} ${reference}`)).size,
  ).toBeGreaterThanOrEqual(80);
});

test.skipIf(!sharedPresent)(`every reference is one of the corpus${sharedTitle}`, () => {
  const corpus = readFileSync(`${SHARED}/BUGS.md`, "utf8");
  const missing = bugs.flatMap(({ reference }) =>
    (reference.match(/\b(?:[0-9a-f]{7,12}|\d{14}\.\d+-\d+|CVE-\d+-\d+)\b/g) ?? []).filter(
      (name) => !corpus.includes(name),
    ),
  );
  expect(missing).toEqual([]);
});
