// npm run mutations: makes every mistake of tests/mutations, and prints what finds it. Writes
// docs/mutations.md; exits 1 when one is not found, or a correct run is accused.
import { writeFileSync } from "node:fs";
import { MUTATIONS } from "../tests/mutations/index.ts";
import { type MutationResult, mutationsPage, resultOf } from "../tests/mutations/result.ts";

const results: MutationResult[] = [];
for (const mutation of MUTATIONS) results.push(await resultOf(mutation));
const page = mutationsPage(results);
writeFileSync("docs/mutations.md", page);
console.log(page);
const bad = results
  .flatMap(({ runs }) => runs)
  .filter(({ found, alarms }) => found === undefined || alarms.length > 0);
process.exitCode = bad.length === 0 ? 0 : 1;
