// What a mutation changes, as one module: see patched.ts.
export { MALFORMED, NOTHING_AVAILABLE } from "../../src/replay/models/device.ts";
export { Parties } from "../../src/replay/models/parties.ts";
export { runSchedule } from "../../src/replay/models/schedule.ts";
