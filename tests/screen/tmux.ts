import { spawnSync } from "node:child_process";

export const tmuxPresent = spawnSync("tmux", ["-V"]).status === 0;
export const tmuxTitle = tmuxPresent ? "" : " (skipped: tmux is absent)";

/** How long a screen is waited for: a loaded machine is slow. */
const PATIENCE_MS = 20_000;

let sockets = 0;

/** A terminal in tmux, with the program in it as a user has it. */
export class Tmux {
  readonly #socket = `vringscope-test-${process.pid}-${sockets++}`;

  /** `command` runs in a shell, which stays when it ends. */
  constructor(
    columns: number,
    rows: number,
    command: string,
    env: Readonly<Record<string, string>> = {},
  ) {
    const set = Object.entries(env).flatMap(([name, value]) => ["-e", `${name}=${value}`]);
    this.#run(
      "-f",
      "/dev/null",
      "new-session",
      "-d",
      "-s",
      "s",
      "-x",
      String(columns),
      "-y",
      String(rows),
      ...set,
      "sh",
    );
    this.#run("set-option", "-g", "status", "off");
    // The session has its status line while it starts: give the row back.
    this.#run("resize-window", "-t", "s", "-x", String(columns), "-y", String(rows));
    this.send(command, "Enter");
  }

  #run(...args: readonly string[]): string {
    const { stdout, stderr, status } = spawnSync("tmux", ["-L", this.#socket, ...args], {
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`tmux ${args.join(" ")}: ${stderr}`);
    return stdout;
  }

  /** Keys by tmux's names; anything else is typed. */
  send(...keys: readonly string[]): void {
    this.#run("send-keys", "-t", "s", ...keys);
  }

  /** Typed as it is: `;` ends a command of tmux's own. */
  type(text: string): void {
    this.#run("send-keys", "-t", "s", "-l", "--", text);
  }

  resize(columns: number, rows: number): void {
    this.#run("resize-window", "-t", "s", "-x", String(columns), "-y", String(rows));
  }

  /** `-e` keeps colours. */
  screen(colours = false): string {
    return this.#run("capture-pane", "-p", ...(colours ? ["-e"] : []), "-t", "s");
  }

  option(format: string): string {
    return this.#run("display-message", "-p", "-t", "s", format).trim();
  }

  /** Waits until the screen fits; what it showed last is in the error. */
  async until(what: RegExp | ((screen: string) => boolean)): Promise<string> {
    const fits = typeof what === "function" ? what : (screen: string) => what.test(screen);
    const started = Date.now();
    for (;;) {
      const screen = this.screen();
      if (fits(screen)) return screen;
      if (Date.now() - started > PATIENCE_MS) {
        throw new Error(`the screen never showed ${what}; it shows:\n${screen}`);
      }
      await new Promise((done) => setTimeout(done, 30));
    }
  }

  close(): void {
    spawnSync("tmux", ["-L", this.#socket, "kill-server"]);
  }
}
