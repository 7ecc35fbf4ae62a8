// npm run bench:screen [-- ROUNDS]: the screen on a case of 1.4 million events, in tmux: from a key to
// the painted screen. What tmux itself takes to be asked is part of each figure, and printed beside them.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Tmux, tmuxPresent } from "../tests/screen/tmux.ts";
import { median } from "./median.ts";

const CAPTURE = "../shared/captures/big-packed/trace.dat";
const ROUNDS = Number(process.argv[2] ?? 9);
const PROGRAM = `${process.execPath} ${resolve("bin/vringscope.js")}`;

if (!tmuxPresent || !existsSync(CAPTURE)) {
  console.log(`needs tmux, and ${CAPTURE}: nothing was measured`);
  process.exit(0);
}

const folder = mkdtempSync(join(tmpdir(), "vringscope-bench-"));
try {
  const path = join(folder, "case.db");
  const made = spawnSync(process.execPath, ["bin/vringscope.js", "import", "-o", path, CAPTURE]);
  if (made.status !== 0) throw new Error(String(made.stderr));
  await measured(path);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measured(path: string): Promise<void> {
  const opening: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const terminal = new Tmux(160, 45, "PS1=", {});
    await wait(200);
    const started = performance.now();
    terminal.send(`${PROGRAM} open ${path}`, "Enter");
    await seen(terminal, (screen) => screen.includes("q: quit"));
    opening.push(performance.now() - started);
    terminal.close();
  }
  report("open to the first full screen", opening, 600);
  const terminal = new Tmux(160, 45, `${PROGRAM} open ${path}`);
  await terminal.until(/q: quit/);
  report("tmux: a key is sent and the screen read", await asked(terminal), undefined);
  terminal.send("3");
  await terminal.until(/detail {2}f: filter/);
  report("a page of events", await page(terminal), 100);
  report("a jump to a time", await jump(terminal), 100);
  report("a filter on an indexed field", await filter(terminal), 100);
  report("a seek of the ring", await ring(terminal), 100);
  report("a step of the ring", await steps(terminal), 100);
  const pid = spawnSync("pgrep", ["-f", `bin/vringscope.js open ${path}`], { encoding: "utf8" })
    .stdout.trim()
    .split("\n")
    .at(-1);
  const high = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "0";
  console.log(`memory at its highest: ${Math.round(Number(high) / 1024)} MB (bar 250)`);
  terminal.close();
}

function wait(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}

async function seen(terminal: Tmux, fits: (screen: string) => boolean): Promise<void> {
  for (;;) {
    if (fits(terminal.screen())) return;
    await wait(1);
  }
}

/** From the last key to a screen that fits. */
async function timed(
  terminal: Tmux,
  keys: readonly string[],
  fits: (screen: string) => boolean,
): Promise<number> {
  const started = performance.now();
  terminal.send(...keys);
  await seen(terminal, fits);
  return performance.now() - started;
}

async function asked(terminal: Tmux): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) times.push(await timed(terminal, ["k"], () => true));
  return times;
}

async function page(terminal: Tmux): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = terminal.screen();
    times.push(await timed(terminal, ["Space"], (screen) => screen !== before));
  }
  return times;
}

/** Somewhere else each time, far apart. */
async function jump(terminal: Tmux): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    terminal.send("#");
    const seq = ((round * 7919 * 131) % 1_300_000) + 1000;
    terminal.type(String(seq));
    await wait(150);
    times.push(await timed(terminal, ["Enter"], (screen) => screen.includes(`event ${seq} of`)));
    // And by time: a step of a second to and fro.
    terminal.send("t");
    terminal.type(round % 2 === 0 ? "+1s" : "-1s");
    await wait(150);
    const before = terminal.screen();
    times.push(
      await timed(terminal, ["Enter"], (screen) => screen.split("\n")[5] !== before.split("\n")[5]),
    );
  }
  return times;
}

async function filter(terminal: Tmux): Promise<number[]> {
  const times: number[] = [];
  const filters = ["kind = add", "kind = interrupt", "cpu = 1", "kind in (getBuf, notify)"];
  for (let round = 0; round < ROUNDS; round++) {
    const text = filters[round % filters.length] ?? "";
    terminal.send("f", "C-u");
    terminal.type(text);
    await wait(200);
    times.push(
      await timed(
        terminal,
        ["Enter"],
        (screen) => screen.includes(`filter: ${text}`) && !screen.includes("esc ends it"),
      ),
    );
  }
  terminal.send("F");
  await wait(200);
  return times;
}

async function ring(terminal: Tmux): Promise<number[]> {
  const times: number[] = [];
  terminal.send("r");
  await terminal.until(/after event/);
  for (let round = 0; round < ROUNDS; round++) {
    const seq = ((round * 7919 * 173) % 1_300_000) + 1000;
    terminal.send("#");
    terminal.type(String(seq));
    await wait(150);
    const before = terminal.screen();
    times.push(
      await timed(terminal, ["Enter"], (screen) => /after event/.test(screen) && screen !== before),
    );
  }
  return times;
}

async function steps(terminal: Tmux): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (const key of ["l", ".", ">"]) {
      const before = terminal.screen();
      times.push(await timed(terminal, [key], (screen) => screen !== before));
    }
  }
  return times;
}

function report(what: string, times: readonly number[], bar: number | undefined): void {
  const sorted = [...times].sort((a, b) => a - b);
  const text = `${what}: median ${median(times).toFixed(0)} ms, worst ${sorted.at(-1)?.toFixed(0)} ms`;
  console.log(bar === undefined ? text : `${text} (bar ${bar})`);
}
