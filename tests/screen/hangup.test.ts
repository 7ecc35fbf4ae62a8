import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { Tmux, tmuxPresent, tmuxTitle } from "./tmux.ts";

const PROGRAM = `${process.execPath} ${resolve("bin/vringscope.js")}`;
const STORY = resolve("fixtures/stories/kick-missed/trace.txt");
const PATIENCE_MS = 10_000;

describe.skipIf(!tmuxPresent)(`a terminal that is closed${tmuxTitle}`, () => {
  // Which comes first, the end of the input or the signal, is chance.
  test.each([1, 2, 3])("leaves no case behind, time %i", async () => {
    const folder = mkdtempSync(join(tmpdir(), "vringscope-hangup-"));
    const screen = new Tmux(80, 24, `${PROGRAM} ${STORY}`, { TMPDIR: folder });
    try {
      await screen.until(/could not be decided/);
      const made = readdirSync(folder).filter((name) => name.startsWith("vringscope-"));
      expect(made).toHaveLength(1);
      screen.close();
      const started = Date.now();
      while (running(STORY, folder) && Date.now() - started < PATIENCE_MS) {
        await new Promise((done) => setTimeout(done, 30));
      }
      expect(readdirSync(folder).filter((name) => name.startsWith("vringscope-"))).toEqual([]);
    } finally {
      screen.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

/** Whether a program with the folder for its own still runs. */
function running(trace: string, folder: string): boolean {
  const { stdout } = spawnSync("ps", ["-eo", "args", "e"], { encoding: "utf8" });
  return stdout.split("\n").some((line) => line.includes(trace) && line.includes(folder));
}
