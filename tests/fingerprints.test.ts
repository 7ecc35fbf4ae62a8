import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { checkSources } from "../src/pipeline/check.ts";
import { MUTATIONS } from "./mutations/index.ts";
import type { Models, Mutation } from "./mutations/mutation.ts";
import { type Edit, patchedModule } from "./patched.ts";
import { captureText, randomOf, STORIES, sharedPresent, sharedTitle } from "./run.ts";

const folder = mkdtempSync(join(tmpdir(), "vringscope-fingerprints-"));
const path = join(folder, "trace");
afterAll(() => rmSync(folder, { recursive: true }));

interface Told {
  readonly rule: string;
  readonly queue: string;
  readonly fingerprint: string;
}

async function told(text: string): Promise<Told[]> {
  writeFileSync(path, text);
  return (await checkSources([path])).findings.map(({ rule, queue, fingerprint }) => ({
    rule,
    queue: queue.replace(/@.*/, ""),
    fingerprint,
  }));
}

const prints = async (text: string): Promise<string[]> =>
  (await told(text)).map(({ fingerprint }) => fingerprint);

/** Traces and logs with a mistake in them. */
const BROKEN = STORIES.filter((story) =>
  readFileSync(story.replace(/trace\.[a-z]+$/, "findings.txt"), "utf8").startsWith("findings"),
);
// Times and pointers of a QEMU log are written in another way.
const TEXTS = BROKEN.filter((story) => story.endsWith(".txt") && !story.includes("balloon"));

/** Kernel addresses, each another one, and as different from each other as before. */
const elsewhere = (text: string): string =>
  text.replaceAll(/\bff[0-9a-f]{14}\b|0xff[0-9a-f]{14}\b/g, (pointer) => {
    const digits = pointer
      .slice(-12, -2)
      .replaceAll(/[0-9a-f]/g, (digit) => ((Number.parseInt(digit, 16) + 5) & 15).toString(16));
    return pointer.slice(0, -12) + digits + pointer.slice(-2);
  });

/** The same at another time. */
const later = (text: string): string =>
  text.replaceAll(/ (\d+)\.(\d{6}): /g, (_all, seconds: string, rest: string) => {
    return ` ${Number(seconds) + 86_400}.${rest}: `;
  });

/** Without the first `count` events. */
function without(text: string, count: number): string {
  const lines = text.split("\n");
  const head = lines.findIndex((line) => line !== "" && !line.startsWith("#"));
  return [...lines.slice(0, head), ...lines.slice(head + count)].join("\n");
}

test("the stories with a mistake are there, in text and as ring logs", () => {
  expect(TEXTS.length).toBeGreaterThanOrEqual(4);
  expect(BROKEN.length).toBeGreaterThan(TEXTS.length);
});

test.each(BROKEN)("%s: two runs over one input agree", async (story) => {
  const text = readFileSync(story, "utf8");
  const once = await told(text);
  expect(once.length).toBeGreaterThan(0);
  expect(await told(text)).toEqual(once);
});

test.each(TEXTS)(
  "%s: other addresses, another time and lost lines before change nothing",
  async (story) => {
    await keepsFingerprints(readFileSync(story, "utf8"));
  },
);

async function keepsFingerprints(text: string): Promise<void> {
  const before = await prints(text);
  const moved = elsewhere(text);
  expect(moved).not.toBe(text);
  expect(await prints(moved)).toEqual(before);
  expect(later(text)).not.toBe(text);
  expect(await prints(later(text))).toEqual(before);
  // A mistake that was seen may go unseen in what is left; none gets another name.
  let left = 0;
  for (const count of [1, 5, 10, 20]) {
    const cut = await prints(without(text, count));
    expect(before).toEqual(expect.arrayContaining(cut));
    left += cut.length;
  }
  expect(left).toBeGreaterThan(0);
}

describe.skipIf(!sharedPresent)(`broken captures${sharedTitle}`, () => {
  test.each([
    "driver-kick-rfcv2-packed",
    "driver-usedwrap-noflip-packed",
    "driver-numfree-leak-packed",
    "driver-offwrap-stale-packed",
  ])("%s: cut and moved copies keep their fingerprints", async (capture) => {
    await keepsFingerprints(captureText(`${capture}/trace.txt.gz`));
  });

  test("four mistakes and two queues have eight fingerprints", async () => {
    const all: Told[] = [];
    for (const capture of ["kick-rfcv2", "usedwrap-noflip", "numfree-leak", "offwrap-stale"]) {
      const found = await told(captureText(`driver-${capture}-packed/trace.txt.gz`));
      all.push(...found.filter(({ rule }) => !/interrupt|notify|publication/.test(rule)));
    }
    expect(all).toHaveLength(8);
    expect(new Set(all.map(({ fingerprint }) => fingerprint)).size).toBe(8);
  });
});

/** Another machine: rings, tables and buffers lie elsewhere. */
const RELOCATED: readonly Edit[] = [
  {
    file: "replay/models/parties.ts",
    before: "{ desc: 0x10_0000_0000, driver: 0x10_0001_0000, device: 0x10_0002_0000 }",
    after: "{ desc: 0x7_1000_0000, driver: 0x5_4321_0000, device: 0x6_0042_0000 }",
  },
  {
    file: "replay/models/parties.ts",
    before: "TABLE_BASE = 0x30_0000_0000",
    after: "TABLE_BASE = 0x41_0000_0000",
  },
  {
    file: "replay/models/schedule.ts",
    before: "BUFFER_BASE = 0x20_0000_0000",
    after: "BUFFER_BASE = 0x28_1234_0000",
  },
];

const SEEDS = [1, 2, 3];
const SETUPS = [
  { layout: "packed", indirect: false },
  { layout: "packed", indirect: true },
  { layout: "split", indirect: false },
] as const;

function log(models: Models, seed: number, setup: (typeof SETUPS)[number]): string {
  const lines: string[] = [];
  models.runSchedule({
    driver: "linux",
    queueSize: 8,
    eventIdx: true,
    random: randomOf(seed * 7919),
    seed,
    operations: 300,
    segmentsMax: 4,
    line: (line) => lines.push(line),
    ...setup,
  });
  return `${lines.join("\n")}\n`;
}

/** Fingerprints that the rules of a mutation give, by setup and rule, over seeds and addresses. */
async function printsOf(mutation: Mutation): Promise<Map<string, Set<string>>> {
  const models = await patchedModule<Models>("tests/mutations/parties-entry.ts", mutation.edits);
  const moved = await patchedModule<Models>("tests/mutations/parties-entry.ts", [
    ...mutation.edits,
    ...RELOCATED,
  ]);
  const found = new Map<string, Set<string>>();
  for (const setup of SETUPS) {
    for (const seed of SEEDS) {
      for (const made of [models, moved]) {
        for (const { rule, fingerprint } of await told(log(made, seed, setup))) {
          if (!mutation.rules.includes(rule)) continue;
          const key = `${setup.layout} ${setup.indirect} ${rule}`;
          found.set(key, (found.get(key) ?? new Set()).add(fingerprint));
        }
      }
    }
  }
  return found;
}

/** Some of the mutations that show on every run: each costs two builds of the models. */
const SAMPLED = MUTATIONS.filter(({ visibility }) => visibility === "D").filter(
  (_m, i) => i % 4 === 0,
);

test.each(SAMPLED.map((mutation) => [mutation.id, mutation] as const))(
  "%s: one fingerprint, whatever the seed and the addresses",
  async (id, mutation) => {
    for (const [key, found] of await printsOf(mutation)) {
      expect({ id, key, seeds: SEEDS, found: found.size }).toEqual({
        id,
        key,
        seeds: SEEDS,
        found: 1,
      });
    }
  },
);

const VARIED: readonly Mutation[] = [
  ...MUTATIONS.filter(({ id }) => id === "M1.1"),
  mistake("readable", "(readable ? 0 : VIRTQ_DESC_F_WRITE)", "0", [
    "queue/element-direction-wrong",
  ]),
];

/** A mistake of the packed driver: the first line that has `before`, with `after` there instead. */
function mistake(id: string, before: string, after: string, rules: readonly string[]): Mutation {
  const file = "replay/models/linux-packed.ts";
  const source = readFileSync(join("src", file), "utf8");
  const line = source.split("\n").find((text) => text.includes(before)) ?? before;
  return {
    ...{ id, what: id, visibility: "D", rules, remark: "", runs: [] },
    edits: [{ file, before: line, after: line.replace(before, after) }],
  };
}

test("another mistake on the same queue is another fingerprint, and the same one stays one", async () => {
  const all = new Set<string>();
  for (const mutation of VARIED) {
    const found = await printsOf(mutation);
    const direct = [...found].filter(([key]) => key.startsWith("packed false"));
    expect({ id: mutation.id, rules: direct.length }).toEqual({ id: mutation.id, rules: 1 });
    for (const [, fingerprints] of direct) {
      expect(fingerprints.size).toBe(1);
      for (const one of fingerprints) all.add(one);
    }
  }
  expect(all.size).toBe(VARIED.length);
});

test("the same mistake on another queue is another fingerprint", async () => {
  const text = readFileSync("fixtures/stories/kick-missed/trace.txt", "utf8");
  const before = await told(text);
  expect(new Set(before.map(({ rule }) => rule)).size).toBe(1);
  expect(new Set(before.map(({ fingerprint }) => fingerprint)).size).toBe(2);
  const renamed = await prints(
    text.replaceAll('"req.1"', '"req.7"').replaceAll(/ index=1 /g, " index=7 "),
  );
  expect(renamed).toHaveLength(2);
  expect(
    renamed.filter((one) => before.some(({ fingerprint }) => fingerprint === one)),
  ).toHaveLength(1);
});
