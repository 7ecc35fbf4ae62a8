// What a guard protects, as one module: see patched.ts.
export { checkEvents, checkLines } from "./log-check.ts";
