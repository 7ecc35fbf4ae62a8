// npm run campaign [-- SEED [ROUNDS]]: the captures with events deleted, marked as lost or silently,
// filtered and cut. A finding above note on an unmodified driver is our bug. Exits with 1 if there is one.
import { existsSync, readdirSync } from "node:fs";
import { campaignOver } from "../tests/campaign.ts";
import { SHARED } from "../tests/run.ts";

if (!existsSync(`${SHARED}/captures`)) {
  console.log(`skipped: ${SHARED}/captures is absent`);
} else {
  const seed = Number(process.argv[2] ?? Math.floor(Math.random() * 2 ** 32));
  const rounds = Number(process.argv[3] ?? 1);
  console.log(`seed ${seed}, ${rounds} rounds`);
  let failures = 0;
  for (const capture of readdirSync(`${SHARED}/captures`)) {
    if (!existsSync(`${SHARED}/captures/${capture}/trace.txt.gz`)) continue;
    for (let round = 0; round < rounds; round++) {
      const { lines, failed } = await campaignOver(capture, seed + round);
      for (const line of lines) console.log(line);
      failures += failed;
    }
  }
  console.log(failures === 0 ? "no failure" : `${failures} failures, seed ${seed}`);
  process.exitCode = failures === 0 ? 0 : 1;
}
