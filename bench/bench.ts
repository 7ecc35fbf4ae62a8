// npm run bench [-- ROUNDS]: whole processes in turn (A B A B ...), medians, and ratios of medians.
// Needs a build, trace-cmd, and the large capture beside the project; says what is missing.
import { spawn, spawnSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { median } from "./median.ts";
import { benchStages } from "./stages.ts";

const CAPTURE = "../shared/captures/big-packed/trace.dat";
const node = process.execPath;
const ROUNDS = Number(process.argv[2] ?? 5);

interface Run {
  readonly seconds: number;
  readonly peakMiB: number;
}

interface Contender {
  readonly name: string;
  readonly command: readonly string[];
}

/** Runs one process to its end, output thrown away; peak memory by the kernel's high-water mark. */
function run(command: readonly string[]): Promise<Run> {
  return new Promise((resolve, reject) => {
    const started = process.hrtime.bigint();
    const child = spawn(command[0] as string, command.slice(1), { stdio: "ignore" });
    let peakMiB = 0;
    const watch = setInterval(() => {
      peakMiB = Math.max(peakMiB, highWater(child.pid));
    }, 20);
    child.on("error", reject);
    child.on("exit", (code) => {
      clearInterval(watch);
      const seconds = Number(process.hrtime.bigint() - started) / 1e9;
      if (code !== 0) reject(new Error(`${command.join(" ")} ended with ${code}`));
      else resolve({ seconds, peakMiB });
    });
  });
}

function highWater(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    // The process has just ended.
    return 0;
  }
}

/** Interleaves the contenders and prints medians; the ratio is to the last one. */
async function compare(
  title: string,
  contenders: readonly Contender[],
  rounds: number,
): Promise<void> {
  const runs = contenders.map((): Run[] => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [i, { command }] of contenders.entries()) {
      const result = await run(command);
      // The first round warms the page cache.
      if (round > 0) runs[i]?.push(result);
    }
  }
  console.log(`\n${title} (${rounds} rounds, medians)`);
  const seconds = runs.map((list) => median(list.map((one) => one.seconds)));
  const base = seconds.at(-1) as number;
  for (const [i, { name }] of contenders.entries()) {
    const peak = median((runs[i] as Run[]).map((one) => one.peakMiB));
    console.log(
      `  ${name.padEnd(34)} ${(seconds[i] as number).toFixed(3)} s   ratio ${((seconds[i] as number) / base).toFixed(2)}   peak ${peak.toFixed(0)} MiB`,
    );
  }
}

function writeText(path: string, copies: number): void {
  const out = openSync(path, "w");
  for (let copy = 0; copy < copies; copy++) {
    spawnSync("trace-cmd", ["report", CAPTURE], { stdio: ["ignore", out, "ignore"] });
  }
  closeSync(out);
}

await compare(
  "start: bar 1.5",
  [
    { name: "vringscope --help", command: [node, "bin/vringscope.js", "--help"] },
    { name: "node -e ''", command: [node, "-e", ""] },
  ],
  Math.max(ROUNDS, 15),
);

await import("./engine.ts");

if (!existsSync(CAPTURE)) {
  console.log(`\nskipped: ${CAPTURE} is absent`);
} else if (spawnSync("trace-cmd", ["--help"]).error !== undefined) {
  console.log("\nskipped: trace-cmd is not installed (Debian: apt-get install trace-cmd)");
} else {
  const folder = mkdtempSync(join(tmpdir(), "vringscope-bench-"));
  try {
    const text = join(folder, "big.txt");
    const twice = join(folder, "twice.txt");
    writeText(text, 1);
    writeText(twice, 2);
    console.log(`\ninput: ${(statSync(text).size / 1e6).toFixed(0)} MB of text`);
    const report: Contender = {
      name: "trace-cmd report trace.dat",
      command: ["trace-cmd", "report", CAPTURE],
    };
    await compare(
      "check: bar 0.8 of trace-cmd report, under 300 MiB, and the same for twice the input",
      [
        { name: "vringscope check", command: [node, "bin/vringscope.js", "check", text] },
        {
          name: "vringscope check, input twice",
          command: [node, "bin/vringscope.js", "check", twice],
        },
        report,
      ],
      ROUNDS,
    );
    const db = join(folder, "case.db");
    await compare(
      "trace.dat: bars 0.6 (check) and 1.0 (import, with its index by queue), each under 400 MiB",
      [
        {
          name: "vringscope check trace.dat",
          command: [node, "bin/vringscope.js", "check", CAPTURE],
        },
        {
          name: "vringscope import trace.dat",
          command: [node, "bin/vringscope.js", "import", "--force", "-o", db, CAPTURE],
        },
        report,
      ],
      ROUNDS,
    );
    const lnav: Contender[] =
      spawnSync("lnav", ["-V"]).error === undefined
        ? [
            {
              name: "lnav count(*), parses nothing",
              command: ["lnav", "-n", "-c", ";SELECT count(*) FROM all_logs", text],
            },
          ]
        : [];
    if (lnav.length === 0) console.log("\nlnav is not installed: not compared");
    await compare(
      "import of text into a case, with its index by queue: bar 1.3 of trace-cmd report",
      [
        {
          name: "vringscope import",
          command: [node, "bin/vringscope.js", "import", "--force", "-o", db, text],
        },
        ...lnav,
        report,
      ],
      ROUNDS,
    );
    benchStages(CAPTURE, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
