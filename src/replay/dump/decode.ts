import type { DumpInput } from "./dump-input.ts";
import { type DecodedDump, decodePacked } from "./packed-dump.ts";
import { decodeSplit } from "./split-dump.ts";

/** Decodes a queue of either layout from its bytes at one instant. */
export function decodeDump(input: DumpInput): DecodedDump {
  return input.memory.layout === "packed" ? decodePacked(input) : decodeSplit(input);
}
