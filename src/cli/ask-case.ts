import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { UserError } from "../model/user-error.ts";

/**
 * Asks a case in a process of its own, `vringscope sql`: SQLite cannot be interrupted from here, and a
 * question may take for ever. At most `most` rows, by the names that `--json` gives their columns; nothing
 * of it goes on once `signal` is aborted, or this program ends.
 */
export async function askCase(
  path: string,
  sql: string,
  most: number,
  signal: AbortSignal,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const [, program = ""] = process.argv;
  const child = spawn(process.execPath, [program, "sql", "--json", "--", path, sql], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const end = (): void => void child.kill("SIGKILL");
  process.on("exit", end);
  signal.addEventListener("abort", end);
  const closed = new Promise<number | null>((resolve) => {
    child.on("close", resolve);
    child.on("error", () => resolve(null));
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  try {
    const rows: Record<string, unknown>[] = [];
    for await (const row of createInterface({ input: child.stdout })) {
      rows.push(JSON.parse(row) as Record<string, unknown>);
      if (rows.length === most) return rows;
    }
    const code = await closed;
    if (code === 0 || signal.aborted) return rows;
    const [first = ""] = said.split("\n");
    throw new UserError("sql-refused", first.replace(/^vringscope: /, "") || "SQL: it ended early");
  } finally {
    end();
    process.removeListener("exit", end);
    signal.removeEventListener("abort", end);
  }
}
