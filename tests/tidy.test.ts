import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { RULES } from "../src/rules/index.ts";
import { CLAUSES } from "../src/virtio/clauses.ts";
import { vringscope } from "./run.ts";

const sources = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((path) =>
  path.endsWith(".ts"),
);

test("rules stand in the order of their ids, each once", () => {
  const ids = RULES.map(({ id }) => id);
  expect(ids).toEqual([...new Set(ids)].sort());
});

test("every rule file is in the catalogue, named by its id", () => {
  const files = RULES.map(({ id }) => `${id.replace("/", "-")}.ts`);
  const exporting = readdirSync("src/rules").filter(
    (file) =>
      file.endsWith(".ts") &&
      !file.endsWith(".test.ts") &&
      readFileSync(join("src/rules", file), "utf8").includes("= defineRule("),
  );
  expect(exporting.sort()).toEqual(files.sort());
});

test.each(RULES.map((rule) => [rule.id, rule] as const))("%s: words are in order", (_id, rule) => {
  const severity = { must: "error", protocol: "error", should: "warning", lint: "note" }[
    rule.class
  ];
  // Private bookkeeping that has not hurt yet is a warning of class protocol.
  if (rule.severity !== severity)
    expect([rule.class, rule.severity]).toEqual(["protocol", "warning"]);
  expect(rule.title).toMatch(/^[A-Z].*\.$/);
  expect(rule.why).toMatch(/^[A-Z].*\.$/);
  if (rule.clause !== null) expect(CLAUSES[rule.clause]).toBeDefined();
  expect(rule.examples.violates.length).toBeGreaterThan(0);
  expect(rule.examples.obeys.length).toBeGreaterThan(0);
  const ids = RULES.map(({ id }) => id);
  for (const id of rule.follows) expect(ids).toContain(id);
});

test.each(sources)("%s keeps to the house's words", (path) => {
  expect(path).not.toMatch(/(?:^|\/)(?:utils?|helpers?|common|types)\.ts$/);
  const text = readFileSync(join("src", path), "utf8");
  expect(text).not.toMatch(/FIXME|@ts-ignore|\.\.\/shared/);
  if (path.includes("/replay/") || path.startsWith("replay/")) {
    expect(text).not.toMatch(/Math\.random|Date\.now|new Date\b|performance\./);
  }
});

test.each([
  ["check", "fixtures/stories/kick-missed/trace.txt"],
  ["ring", "fixtures/rings/next-not-cleared"],
])("README shows what the program prints: %s %s", (command, path) => {
  const readme = readFileSync("README.md", "utf8");
  expect(readme).toContain(vringscope([command, path]).stdout.trimEnd());
});

test("README counts the rules", () => {
  expect(readFileSync("README.md", "utf8")).toContain(`\n${RULES.length} rules, each with`);
});

test("links of the documents lead somewhere", () => {
  const pages = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"];
  for (const file of readdirSync("docs", { recursive: true, encoding: "utf8" })) {
    if (file.endsWith(".md")) pages.push(`docs/${file}`);
  }
  for (const page of pages) {
    for (const [, to = ""] of readFileSync(page, "utf8").matchAll(
      /\]\(([^)#:\s]+)(?:#[^)]*)?\)/g,
    )) {
      const path = join(dirname(page), to);
      expect({ page, to, exists: existsSync(path) }).toEqual({ page, to, exists: true });
    }
  }
});
