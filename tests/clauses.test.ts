import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  CLAUSES,
  type ClauseId,
  SPEC_VERSIONS,
  sectionIn,
  sinceVersion,
} from "../src/virtio/clauses.ts";
import { SHARED, sharedPresent, sharedTitle } from "./run.ts";

const ids = Object.keys(CLAUSES) as ClauseId[];

test("packed rings came with 1.1, resets of queues with 1.2, the rest is as old as 1.0", () => {
  for (const id of ids) {
    const { section } = CLAUSES[id];
    const came = section.startsWith("2.8")
      ? "1.1"
      : /^2\.(?:4\.2|6\.1)/.test(section)
        ? "1.2"
        : "1.0";
    expect([id, sinceVersion(id)]).toEqual([id, came]);
  }
  expect(SPEC_VERSIONS.map((version) => sectionIn("virtio-1.3/2.8.17", version))).toEqual([
    undefined,
    "2.7.17",
    "2.8.17",
    "2.8.17",
    "2.8.17",
  ]);
  expect(SPEC_VERSIONS.map((version) => sectionIn("virtio-1.3/2.7.5.2", version))).toEqual([
    "2.4.5.2",
    "2.6.5.2",
    "2.7.5.2",
    "2.7.5.2",
    "2.7.5.2",
  ]);
});

test.skipIf(!sharedPresent)(
  `sections are the specification's, version by version${sharedTitle}`,
  () => {
    const { labels } = JSON.parse(readFileSync(`${SHARED}/spec/spec-catalog.json`, "utf8")) as {
      labels: { clauses: Record<string, string> }[];
    };
    const known = ids.flatMap((id) => {
      const label = labels.find(({ clauses }) => clauses["1.3"] === CLAUSES[id].section);
      return label === undefined ? [] : [{ id, clauses: label.clauses }];
    });
    expect(known.length).toBeGreaterThan(10);
    for (const { id, clauses } of known) {
      for (const version of SPEC_VERSIONS) {
        // Marked where the statement stood, but not under a heading of its own; "-" where it did not.
        const section = clauses[version]?.replace("*", "");
        expect([id, version, sectionIn(id, version) ?? "-"]).toEqual([id, version, section ?? "-"]);
      }
    }
  },
);
