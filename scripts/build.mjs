// Bundles the program: one small file to start with, the rest loaded by the command that needs it.
import { rm } from "node:fs/promises";
import { build } from "esbuild";

await rm("dist", { recursive: true, force: true });
await build({
  entryPoints: ["src/cli/main.ts", "src/db/case-thread.ts"],
  entryNames: "[name]",
  outdir: "dist",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20.19",
  // A native module: it stays where npm put it.
  external: ["better-sqlite3"],
  // commander is CommonJS and asks for node's modules at run time.
  banner: {
    js: 'import { createRequire as makeRequire } from "node:module"; const require = makeRequire(import.meta.url);',
  },
  minifySyntax: true,
  logLevel: "warning",
});
