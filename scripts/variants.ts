// npm run variants: the broken drivers of the reference, which rule finds each, and where. The output
// is kept in docs/variants.md; exits 1 when one is not found.
import { existsSync } from "node:fs";
import { SHARED } from "../tests/run.ts";
import { variantLogs } from "../tests/variants.ts";

if (!existsSync(`${SHARED}/oracle/variants`)) {
  console.error(`${SHARED}/oracle/variants is absent: there is nothing to check`);
  process.exit(2);
}

function groups<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const byKey = new Map<string, T[]>();
  for (const item of items) byKey.set(keyOf(item), [...(byKey.get(keyOf(item)) ?? []), item]);
  return byKey;
}

const logs = await variantLogs();
console.log(
  "| variant | level | logs | found by | severity | first log: differs, visible, found, proven |",
);
console.log("| --- | --- | --- | --- | --- | --- |");
for (const [variant, some] of groups(logs, ({ variant }) => variant)) {
  for (const [rule, same] of groups(some, ({ found }) => found?.rule ?? "NOT FOUND")) {
    const [{ level, config, differs, visible, found }] = same as [(typeof same)[number]];
    const places = found === undefined ? "" : `, ${found.seq}, ${found.proof}`;
    console.log(
      `| ${variant} | ${level} | ${same.length} | \`${rule}\` | ${found?.severity ?? ""} | ${config}: ${differs}, ${visible}${places} |`,
    );
  }
}
const variants = new Set(logs.map(({ variant }) => variant)).size;
const missed = logs.filter(({ found }) => found === undefined).length;
const besides = logs.filter(({ others }) => others.length > 0);
console.log(
  `\n${variants} variants, ${logs.length} logs that show them, ${missed} not found; ` +
    `${besides.length} logs with further errors or warnings${besides.length > 0 ? ":" : ""}`,
);
for (const { variant, config, others } of besides)
  console.log(`- ${variant} ${config}: ${others.join(", ")}`);
process.exitCode = missed === 0 ? 0 : 1;
