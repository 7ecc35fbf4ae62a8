import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { Tmux, tmuxPresent, tmuxTitle } from "./tmux.ts";

const PROGRAM = `${process.execPath} ${resolve("bin/vringscope.js")}`;
const STORY = resolve("fixtures/stories/kick-missed/trace.txt");
/** More rows than anybody waits for. */
const ENDLESS = "select count(*) from events a, events b, events c, events d, events e";

let screen: Tmux | undefined;

afterEach(() => {
  screen?.close();
  screen = undefined;
});

async function asking(): Promise<Tmux> {
  screen = new Tmux(100, 24, `${PROGRAM} ${STORY}; echo ended with $?`);
  await screen.until(/q: quit/);
  screen.type("\\;");
  await screen.until(/sql>/);
  screen.type(ENDLESS);
  await screen.until(/events e/);
  screen.send("Enter");
  await screen.until(/asking the case/);
  return screen;
}

function processes(): string {
  return spawnSync("ps", ["-eo", "args"], { encoding: "utf8" })
    .stdout.split("\n")
    .filter((line) => line.includes(ENDLESS) && line.includes("--json"))
    .join("\n");
}

describe.skipIf(!tmuxPresent)(`a question without an end${tmuxTitle}`, () => {
  test("is ended by esc, and the next one is answered", async () => {
    const terminal = await asking();
    terminal.send("Escape");
    await terminal.until(/q: (?:back|quit)/);
    terminal.type("\\;");
    await terminal.until(/sql>/);
    terminal.type("select count(*) as n, null as other from findings");
    terminal.send("Enter");
    expect(await terminal.until(/1 row/)).toMatch(/^2 +-$/m);
    expect(processes()).toBe("");
  });

  test("keeps nobody from quitting, and goes with the screen", async () => {
    const terminal = await asking();
    terminal.send("Q");
    await terminal.until(/ended with 0/);
    expect(processes()).toBe("");
  });

  test("keeps no signal away", async () => {
    const terminal = await asking();
    const { stdout } = spawnSync("pgrep", ["-P", terminal.option("#{pane_pid}")], {
      encoding: "utf8",
    });
    process.kill(Number(stdout.trim()), "SIGTERM");
    await terminal.until(/ended with 143/);
    expect(terminal.option("#{alternate_on} #{cursor_flag}")).toBe("0 1");
    expect(processes()).toBe("");
  });
});
