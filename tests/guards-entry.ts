// What a guard protects, as one module: see patched.ts.
export { checkDump, checkEvents, checkLines } from "./log-check.ts";
