import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

/** One line (or a few) of a source file, and what stands there instead. */
export interface Edit {
  /** Under `src`. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly before: string;
  readonly after: string;
}

/** Where the bundles go: below node_modules, so that they find the packages. */
const FOLDER = resolve("node_modules/.patched");

/**
 * The module `entry` with everything that it imports of ours, made from the sources with `edits` in
 * them: a mistake as a patch would make it. Throws when the code that an edit speaks of is not there.
 */
export async function patchedModule<Module>(
  entry: string,
  edits: readonly Edit[],
): Promise<Module> {
  const left = new Map<string, Edit[]>();
  for (const edit of edits) {
    const path = resolve("src", edit.file);
    left.set(path, [...(left.get(path) ?? []), edit]);
  }
  mkdirSync(FOLDER, { recursive: true });
  const folder = mkdtempSync(join(FOLDER, "m-"));
  const outfile = join(folder, "patched.mjs");
  try {
    await build({
      entryPoints: [resolve(entry)],
      outfile,
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node20.19",
      packages: "external",
      logLevel: "error",
      plugins: [
        {
          name: "edits",
          setup: ({ onLoad }) => {
            onLoad({ filter: /\.ts$/ }, ({ path }) => {
              const own = left.get(path);
              if (own === undefined) return undefined;
              left.delete(path);
              return { contents: edited(readFileSync(path, "utf8"), own), loader: "ts" };
            });
          },
        },
      ],
    });
    const [unread] = left.keys();
    if (unread !== undefined) throw new Error(`${entry} does not import ${unread}`);
    return (await import(/* @vite-ignore */ pathToFileURL(outfile).href)) as Module;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function edited(text: string, edits: readonly Edit[]): string {
  return edits.reduce((before, edit) => {
    const parts = before.split(edit.before);
    if (parts.length !== 2) {
      throw new Error(`${edit.file} has ${parts.length - 1} times, not once: ${edit.before}`);
    }
    return parts.join(edit.after);
  }, text);
}
