import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";

/** Runs the built program as a user would. */
export function vringscope(
  args: readonly string[],
  options: { readonly input?: string | Uint8Array } = {},
): { readonly stdout: string; readonly stderr: string; readonly status: number | null } {
  const { stdout, stderr, status } = spawnSync(process.execPath, ["bin/vringscope.js", ...args], {
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
    maxBuffer: 64 << 20,
    ...(options.input === undefined ? {} : { input: options.input }),
  });
  return { stdout, stderr, status };
}

interface Main {
  readonly main: (argv: readonly string[]) => Promise<number>;
}

/**
 * Runs the built program in this process, which takes a tenth of the time: the same code and the same
 * answers, without stdin and without signals. What a process adds is tested by runs of one.
 */
export async function vringscopeHere(
  args: readonly string[],
): Promise<{ readonly stdout: string; readonly stderr: string; readonly status: number }> {
  const { main } = (await import(pathToFileURL(resolve("dist/main.js")).href)) as Main;
  const { stdout, stderr, env } = process;
  const [out, talk] = [captured(stdout), captured(stderr)];
  const before = env["NO_COLOR"];
  env["NO_COLOR"] = "1";
  try {
    const status = await main(args);
    return { stdout: out.text(), stderr: talk.text(), status };
  } finally {
    out.restore();
    talk.restore();
    if (before === undefined) delete env["NO_COLOR"];
    else env["NO_COLOR"] = before;
  }
}

/** Keeps what is written to a stream. */
function captured(stream: NodeJS.WriteStream): { text(): string; restore(): void } {
  const { write } = stream;
  let text = "";
  stream.write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
    text += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8");
    const done = rest.find((one) => typeof one === "function") as (() => void) | undefined;
    done?.();
    return true;
  };
  return {
    text: () => text,
    restore: () => {
      stream.write = write;
    },
  };
}

/** The reference captures stand beside the project, for developers and CI; users do not have them. */
export const SHARED = "../shared";
export const sharedPresent = existsSync(`${SHARED}/captures`);
export const sharedTitle = sharedPresent ? "" : " (skipped: ../shared is absent)";

/** The trace of each story: ftrace text, or a ring log. */
export const STORIES: readonly string[] = readdirSync("fixtures/stories").flatMap((story) =>
  readdirSync(`fixtures/stories/${story}`)
    .filter((file) => file.startsWith("trace."))
    .map((file) => `fixtures/stories/${story}/${file}`),
);

/** A capture's text, decompressed. */
export function captureText(path: string): string {
  return gunzipSync(readFileSync(`${SHARED}/captures/${path}`)).toString("latin1");
}

/** Small, fast, seeded: mulberry32. A test that uses it prints its seed. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
