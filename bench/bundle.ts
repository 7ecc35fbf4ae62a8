import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { buildSync } from "esbuild";

/**
 * Runs a bench file as the program is shipped, bundled, in a process of its own, with one argument list
 * after the other; what each printed. (Run from source, every function is wrapped to keep its name.)
 */
export function runBundled(file: string, argumentLists: readonly (readonly string[])[]): string[] {
  // Below the project, so that packages which are not bundled are found.
  const folder = mkdtempSync(join("dist", "bench-"));
  try {
    const outfile = join(folder, "bench.mjs");
    buildSync({
      entryPoints: [file],
      outfile,
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node20.19",
      // Constants of one module stand as numbers in the others, as they do in the program.
      minifySyntax: true,
      external: ["esbuild", "better-sqlite3", "zstddec"],
      logLevel: "warning",
    });
    return argumentLists.map((list) => {
      const child = spawnSync(process.execPath, [outfile, ...list], { encoding: "utf8" });
      if (child.status !== 0) throw new Error(child.stderr);
      return child.stdout.trim();
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
