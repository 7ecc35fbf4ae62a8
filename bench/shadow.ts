import { existsSync } from "node:fs";
import { runBundled } from "./bundle.ts";

const STOCK = "../shared/oracle/stock";
const LOGS = [
  "packed-n8-e1-i1-s1",
  "packed-n256-e1-i0-s1",
  "split-n8-e1-i1-s1",
  "split-n256-e1-i0-s1",
];

/** How fast the shadow of a ring follows operations that are parsed already, on one core. */
export function benchShadow(): void {
  console.log("\nshadow: million ringlog operations a second once parsed (medians; bar 2)");
  if (!existsSync(STOCK)) {
    console.log(`  skipped: ${STOCK} is absent`);
    return;
  }
  for (const log of LOGS) {
    const path = `${STOCK}/${log}.jsonl.gz`;
    const [ring, calls, rules] = runBundled("bench/shadow-run.ts", [
      [path, "ring"],
      [path, "calls"],
      [path, "rules"],
    ]);
    const beside = `with the driver's calls beside it ${calls}, and all rules ${rules}`;
    console.log(`  ${log.padEnd(20)} the ring ${ring}, ${beside}`);
  }
}
