// npm run variants: the broken drivers of the reference, which rule finds each, and where. Writes
// docs/variants.md; exits 1 when one is not found.
import { existsSync, writeFileSync } from "node:fs";
import { SHARED } from "../tests/run.ts";
import { variantLogs, variantsPage } from "../tests/variants.ts";

if (!existsSync(`${SHARED}/oracle/variants`)) {
  console.error(`${SHARED}/oracle/variants is absent: there is nothing to check`);
  process.exit(2);
}
const logs = await variantLogs();
const page = variantsPage(logs);
writeFileSync("docs/variants.md", page);
console.log(page);
process.exitCode = logs.every(({ found }) => found !== undefined) ? 0 : 1;
