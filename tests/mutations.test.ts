import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { Finding } from "../src/model/finding.ts";
import { checkSources } from "../src/pipeline/check.ts";
import { MUTATIONS } from "./mutations/index.ts";
import { mutated } from "./mutations/mutation.ts";
import * as right from "./mutations/parties-entry.ts";

const folder = mkdtempSync(join(tmpdir(), "vringscope-mutations-"));
const path = join(folder, "log.jsonl");
afterAll(() => rmSync(folder, { recursive: true }));

async function findingsOf(lines: readonly string[]): Promise<readonly Finding[]> {
  writeFileSync(path, `${lines.join("\n")}\n`);
  return (await checkSources([path])).findings;
}

const shown = MUTATIONS.filter(({ rules }) => rules.length > 0);

test.each(shown.map((mutation) => [mutation.id, mutation] as const))(
  "%s is found in each of its runs, which are silent without it",
  async (_id, mutation) => {
    const wrong = await mutated(mutation);
    expect(mutation.runs.length).toBeGreaterThan(0);
    for (const { shape, lines } of mutation.runs) {
      const silent = (await findingsOf(lines(right))).filter(({ severity }) => severity !== "note");
      expect({ shape, silent: silent.map(({ rule }) => rule) }).toEqual({ shape, silent: [] });
      const found = (await findingsOf(lines(wrong))).map(({ rule }) => rule);
      const named = found.some((rule) => mutation.rules.includes(rule));
      expect({ shape, found, named }).toEqual({ shape, found, named: true });
    }
  },
);
