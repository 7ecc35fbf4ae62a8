import { readFileSync } from "node:fs";
import { UserError } from "../model/user-error.ts";
import { type ProbeMap, parseProbeMap } from "../parser/probe-map.ts";
import { readError } from "./source.ts";

/** @throws UserError when the file cannot be read, or is no mapping file; it tells every mistake. */
export function readProbeMap(path: string): ProbeMap {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw readError(path, error);
  }
  const { map, errors } = parseProbeMap(text);
  if (errors.length > 0) {
    throw new UserError(
      "map-invalid",
      `${path}: ${errors.join(`\n  ${path}: `)}`,
      "docs/map.md has an example",
    );
  }
  return map;
}
