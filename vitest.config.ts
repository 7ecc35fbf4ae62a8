import { defineConfig } from "vitest/config";
import { PlainSummary } from "./tests/plain-summary.ts";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "tests/**/*.test.ts"],
    // What is built is run as node runs it.
    server: { deps: { external: [/\/dist\//] } },
    testTimeout: 60_000,
    maxWorkers: 2,
    reporters: ["default", new PlainSummary()],
  },
});
