import { join } from "node:path";
import { runBundled } from "./bundle.ts";
import { median } from "./median.ts";

/** Runs of each stage: the differences between them are small beside the noise of one. */
const ROUNDS = 3;

/** Where the CPU time of an import goes: each stage with all that comes before it, one thread. */
export function benchStages(trace: string, folder: string): void {
  const stages = ["read", "follow", "judge", "write"];
  const rounds = Array.from({ length: ROUNDS }, () =>
    runBundled(
      "bench/stages-run.ts",
      stages.map((stage) => [trace, stage, join(folder, "stages.db")]),
    ).flatMap((text) => text.split(",").map(Number)),
  );
  const [read = 0, follow = 0, judge = 0, write = 0, end = 0] = [0, 1, 2, 3, 4].map((i) =>
    median(rounds.map((round) => round[i] as number)),
  );
  const parts = {
    "reading events": read,
    "following queues": follow - read,
    "judging by rules": judge - follow,
    "writing rows": write - judge,
    "indexes, and the rest of the case": end,
  };
  const whole = write + end;
  console.log(
    `\nwhere the time of an import goes: CPU seconds of one thread (medians of ${ROUNDS} runs)`,
  );
  for (const [what, seconds] of Object.entries(parts)) {
    const share = ((seconds / whole) * 100).toFixed(0);
    console.log(`  ${what.padEnd(34)} ${seconds.toFixed(2)} s   ${share.padStart(3)} %`);
  }
  console.log("  import gives the last two a thread of their own");
}
