import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { SHARED, sharedPresent } from "../run.ts";
import { Tmux, tmuxPresent, tmuxTitle } from "./tmux.ts";

const PROGRAM = `${process.execPath} ${resolve("bin/vringscope.js")}`;
const STORY = resolve("fixtures/stories/kick-missed/trace.txt");
/** The capture that the story was cut from, where it is at hand. */
const HUNG = sharedPresent ? resolve(`${SHARED}/captures/driver-kick-rfcv2-packed`) : STORY;

let terminal: Tmux | undefined;

afterEach(() => {
  terminal?.close();
  terminal = undefined;
});

function started(columns: number, rows: number, args: string, env = {}): Tmux {
  terminal = new Tmux(columns, rows, `${PROGRAM} ${args}; echo ended with $?`, env);
  return terminal;
}

describe.skipIf(!tmuxPresent)(`the screen on a terminal${tmuxTitle}`, () => {
  test.each([
    ["80x24", 80, 24, {}],
    ["200x50", 200, 50, {}],
    ["80x24, NO_COLOR", 80, 24, { NO_COLOR: "1" }],
    ["200x50, NO_COLOR", 200, 50, { NO_COLOR: "1" }],
  ])(
    "%s: from a trace of a hung guest to the ring at the wrong decision",
    async (_name, columns, rows, env) => {
      const screen = started(columns, rows, HUNG, env);
      const overview = await screen.until(/queue\/kick-missed[\s\S]*q: quit/);
      expect(overview.trimEnd().split("\n")).toHaveLength(rows);
      screen.send("2");
      const findings = await screen.until(/needs_kick=0/);
      expect(findings).toContain("the device asked to be notified of slot 15");
      screen.send("r");
      const ring = await screen.until(/device event[\s\S]*e: finding/);
      expect(ring).toContain("kick_prepare");
      expect(ring).toContain("error: queue/kick-missed");
      expect(ring).toMatch(/num_added 3/);
      // All of it in two keys; colours only where they are wanted.
      const coloured = [31, 32, 33, 35, 36].some((code) =>
        screen.screen(true).includes(`\u001b[${code}m`),
      );
      expect(coloured).toBe(!("NO_COLOR" in env));
      screen.send("Q");
      await screen.until(/ended with 0/);
      expect(screen.option("#{alternate_on} #{cursor_flag}")).toBe("0 1");
    },
  );

  test("a case is opened, resized, suspended and brought back", async () => {
    const folder = mkdtempSync(join(tmpdir(), "vringscope-terminal-"));
    try {
      const path = join(folder, "case.db");
      const screen = started(80, 24, `import -o ${path} ${STORY}`);
      await screen.until(/ended with 0/);
      screen.send(`${PROGRAM} open ${path}`, "Enter");
      await screen.until(/could not be decided/);
      screen.resize(120, 40);
      await screen.until(
        (text) => text.trimEnd().split("\n").length === 40 && text.includes("q: quit"),
      );
      screen.send("C-z");
      await screen.until(/Stopped|\$ $|# $/m);
      expect(screen.option("#{alternate_on}")).toBe("0");
      screen.send("fg", "Enter");
      await screen.until(/could not be decided/);
      expect(screen.option("#{alternate_on}")).toBe("1");
      screen.send("Q");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test.each(["TERM", "HUP", "INT"])("SIG%s gives the terminal back", async (signal) => {
    const screen = started(80, 24, STORY);
    await screen.until(/could not be decided/);
    const { spawnSync } = await import("node:child_process");
    const pid = screen.option("#{pane_pid}");
    const { stdout } = spawnSync("pgrep", ["-P", pid], { encoding: "utf8" });
    process.kill(Number(stdout.trim()), `SIG${signal}`);
    const code = { TERM: 143, HUP: 129, INT: 130 }[signal];
    await screen.until(new RegExp(`ended with ${code}`));
    expect(screen.option("#{alternate_on} #{cursor_flag}")).toBe("0 1");
  });

  test("a crash gives the terminal back, and says that it is a bug of ours", async () => {
    const hook = "data:text/javascript,setTimeout(()=>{throw new Error('made to fail')},4000)";
    const screen = started(100, 24, STORY, { NODE_OPTIONS: `--import="${hook}"` });
    await screen.until(/could not be decided[\s\S]*q: quit/);
    const said = await screen.until(/ended with 70/);
    expect(said).toContain("this is a bug in vringscope");
    expect(said).toContain("made to fail");
    expect(screen.option("#{alternate_on} #{cursor_flag}")).toBe("0 1");
  });

  test("nothing in a trace moves the cursor or changes colours", async () => {
    const folder = mkdtempSync(join(tmpdir(), "vringscope-terminal-"));
    try {
      const path = join(folder, "trace.txt");
      const { readFileSync } = await import("node:fs");
      const text = readFileSync(STORY, "utf8");
      writeFileSync(path, text.replaceAll(" dd-113 ", " \u001b[2J\u001b[31m-113 "));
      const screen = started(200, 24, path, { NO_COLOR: "1" });
      await screen.until(/could not be decided/);
      screen.send("3");
      const events = await screen.until(/-113/);
      expect(events).toContain("\\x1b[2J\\x1b[31m-113");
      expect(screen.screen(true)).not.toContain("\u001b[31m");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test("a file that is not there is one clear line, and the terminal untouched", async () => {
    const screen = started(80, 24, "no-such-trace.txt");
    const said = await screen.until(/ended with 2/);
    expect(said).toContain("no-such-trace.txt does not exist");
    expect(screen.option("#{alternate_on}")).toBe("0");
  });
});
