// npm run new:rule -- packed/some-name: a rule file that compiles, and fails its tests until it is written.
import { existsSync, readFileSync, writeFileSync } from "node:fs";

const ID = /^(packed|split|queue|device)\/[a-z0-9]+(?:-[a-z0-9]+)*$/;
const INDEX = "src/rules/index.ts";

/** `packed/some-name` is exported as `packedSomeName`. */
function exportName(id: string): string {
  return id.replace(/[/-]([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
}

function template(id: string): string {
  const layout = id.startsWith("split/") ? "split" : "packed";
  return `import { defineRule } from "./rule.ts";

/** Write first what the engine must observe; a rule only judges. CONTRIBUTING.md says how. */
export const ${exportName(id)} = defineRule({
  id: ${JSON.stringify(id)},
  title: "To be written.",
  why: "To be written.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: null,
  covers: [],
  needs: "to be written",
  follows: [],
  on: {},
  examples: {
    // Each must yield this finding and no other: it does not yet.
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "${layout}", size: 8 });
        queue.add();
        return queue.events;
      },
    ],
    // Near misses, which yield none.
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "${layout}", size: 8 });
        queue.add();
        queue.use();
        return queue.events;
      },
    ],
  },
});
`;
}

/** The index with one more rule, its lines in the order of ids. */
function withRule(index: string, id: string): string {
  const name = exportName(id);
  const file = `./${id.replace("/", "-")}`;
  const lines = index.split("\n");
  // Imports stand in the order of their files, as the formatter wants them.
  const importAt = lines.findIndex((line) => {
    const other = / from "(\.\/.*)\.ts";$/.exec(line)?.[1];
    return other !== undefined && other > file;
  });
  const lastImport = lines.findLastIndex((line) => line.startsWith("import "));
  lines.splice(
    importAt < 0 ? lastImport + 1 : importAt,
    0,
    `import { ${name} } from "${file}.ts";`,
  );
  // In the list ids decide: a slash comes behind a hyphen, and names have neither.
  const order = lines.flatMap((line) => {
    const match = /^import \{ (\w+) \} from "\.\/((?:packed|split|queue|device)-.*)\.ts";$/.exec(
      line,
    );
    return match === null ? [] : [{ name: match[1] ?? "", id: (match[2] ?? "").replace("-", "/") }];
  });
  order.sort((a, b) => (a.id < b.id ? -1 : 1));
  const from = lines.findIndex((line) => line.includes("RULES: readonly Rule[] = ["));
  const to = lines.indexOf("];", from);
  lines.splice(from + 1, to - from - 1, ...order.map((rule) => `  ${rule.name},`));
  return lines.join("\n");
}

const [id = ""] = process.argv.slice(2);
const path = `src/rules/${id.replace("/", "-")}.ts`;
if (!ID.test(id)) {
  process.stderr.write(
    `${id || "no id"} is no id of a rule: packed/, split/, queue/ or device/, then what went wrong, as next-not-cleared\n`,
  );
  process.exitCode = 2;
} else if (existsSync(path)) {
  process.stderr.write(`${path} exists\n`);
  process.exitCode = 2;
} else {
  writeFileSync(path, template(id));
  writeFileSync(INDEX, withRule(readFileSync(INDEX, "utf8"), id));
  process.stdout.write(
    `${path} and its line in ${INDEX} are there.\n` +
      `Write it until this passes: npx vitest run src/rules/rules.test.ts -t ${id}\n`,
  );
}
