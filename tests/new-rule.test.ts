import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RULES } from "../src/rules/index.ts";

let copy: string;
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), "vringscope-rule-"));
  for (const path of ["src", "scripts", "package.json", "tsconfig.json", "biome.json"]) {
    cpSync(path, join(copy, path), { recursive: true });
  }
  symlinkSync(realpathSync("node_modules"), join(copy, "node_modules"));
});
afterAll(() => {
  rmSync(copy, { recursive: true });
});

function run(...args: string[]): { status: number | null; output: string } {
  const [program = "", ...rest] = args;
  const { status, stdout, stderr } = spawnSync(join("node_modules/.bin", program), rest, {
    cwd: copy,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });
  return { status, output: stdout + stderr };
}

const newRule = (id: string) => run("tsx", "scripts/new-rule.ts", id);

test("a new rule compiles, is in order, and its test fails until it is written", () => {
  // One that goes first, one in the middle where a name is the start of another, one that goes last.
  const added = ["device/aa", "packed/off-wrap", "split/zz-last"];
  for (const id of added) expect(newRule(id)).toMatchObject({ status: 0 });
  const names = [
    ...readFileSync(join(copy, "src/rules/index.ts"), "utf8").matchAll(/^ {2}(\w+),$/gm),
  ];
  const expected = [...RULES.map(({ id }) => id), ...added]
    .sort()
    .map((id) => id.replace(/[/-]([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase()));
  expect(names.map(([, name]) => name)).toEqual(expected);
  expect(run("biome", "check", "--vcs-enabled=false", "src/rules")).toMatchObject({ status: 0 });
  expect(run("tsc", "--noEmit", "-p", "tsconfig.json").output).not.toContain("src/rules");
  const tested = run(
    ...["vitest", "run", "src/rules/rules.test.ts", "-t", "packed/off-wrap ", "--root", "."],
  );
  expect(tested.status).toBe(1);
  expect(tested.output).toMatch(/violating example 1 yields this finding and no other/);
  expect(tested.output).toMatch(/1 failed/);
});

test.each(["", "packed", "packed/Next", "other/next", "packed/next_one", "../x/y"])(
  "%j is refused",
  (id) => {
    expect(newRule(id)).toMatchObject({ status: 2 });
  },
);

test("a rule that exists is not overwritten", () => {
  const before = readFileSync(join(copy, "src/rules/queue-kick-missed.ts"), "utf8");
  expect(newRule("queue/kick-missed")).toMatchObject({ status: 2 });
  expect(readFileSync(join(copy, "src/rules/queue-kick-missed.ts"), "utf8")).toBe(before);
});
