// Bundles the program: one small file to start with, the rest loaded by the command that needs it.
// Beside it what rule modules import, vringscope/rules, with its types.
import { spawnSync } from "node:child_process";
import { rm } from "node:fs/promises";
import { build } from "esbuild";

await rm("dist", { recursive: true, force: true });
await build({
  entryPoints: {
    main: "src/cli/main.ts",
    "case-thread": "src/db/case-thread.ts",
    rules: "src/rules/entry.ts",
  },
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
  jsx: "automatic",
  // Ink asks for its inspector only where DEV is set, and React is slower while it looks for mistakes of ours.
  alias: { "react-devtools-core": "./scripts/no-devtools.mjs" },
  define: { "process.env.NODE_ENV": '"production"', "process.env.DEV": '"false"' },
  minifySyntax: true,
  logLevel: "warning",
});

const tsc = new URL("../node_modules/typescript/bin/tsc", import.meta.url).pathname;
const { status } = spawnSync(process.execPath, [tsc, "-p", "tsconfig.types.json"], {
  stdio: "inherit",
});
process.exitCode = status ?? 1;
