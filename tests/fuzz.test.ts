import { expect, test } from "vitest";
import { fuzz, fuzzRuns } from "./fuzz.ts";
import { FUZZ_TARGETS } from "./fuzz-targets.ts";

const seed = Number(process.env["FUZZ_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const inputs = Number(process.env["FUZZ_INPUTS"] ?? 10_000);

test.each(FUZZ_TARGETS)(
  `$name: long runs take no more than their length, FUZZ_SEED=${seed}`,
  async (target) => {
    const { failures } = await fuzzRuns(target, seed);
    expect(failures.join("\n")).toBe("");
  },
  300_000,
);

test.each(FUZZ_TARGETS)(
  `$name: ${inputs} mutated inputs, FUZZ_SEED=${seed}`,
  async (target) => {
    const { failures, taken } = await fuzz(target, seed, inputs);
    expect(failures.join("\n")).toBe("");
    // Mutations that leave nothing of the format would test nothing of its reader.
    expect(taken).toBeGreaterThan(inputs / 100);
  },
  300_000,
);
