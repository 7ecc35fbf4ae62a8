import { readFileSync } from "node:fs";
import type { RingEvent } from "../../src/model/event.ts";
import type { Checked } from "../log-check.ts";
import * as models from "../mutations/parties-entry.ts";
import { packed, type ShapedRun, split } from "../mutations/shapes.ts";
import type { Edit } from "../patched.ts";

/** What judges a case: as it is, or with a guard taken out. */
export type Judges = typeof import("../guards-entry.ts");

/** Something legal, and what keeps it from being accused. */
export interface Guard {
  /** As in the catalogue of behaviours (`D7`), or in the list of traps (`trap 3`); several may share one. */
  readonly ids: readonly string[];
  /** What is legal, in one sentence without a full stop. */
  readonly legal: string;
  /** Takes the guard out; where it is no one place in the code, the nearest mistake in its stead. */
  readonly edits: readonly Edit[];
  /** What then accuses, where another rule would speak of something else. */
  readonly rule?: string;
  /** Who is accused rightly, where the case is about who is not. */
  readonly guilty?: readonly string[];
  readonly check: (judges: Judges) => Checked;
}

type PackedOptions = Parameters<typeof packed>[0];
type Script = (run: ShapedRun) => void;

/** A run of the models, by the sources as they are: only what judges it may be patched. */
export const packedRun =
  (options: PackedOptions, script: Script) =>
  (judges: Judges): Checked =>
    judges.checkLines(packed(options, script)(models));

export const splitRun =
  (options: PackedOptions, script: Script) =>
  (judges: Judges): Checked =>
    judges.checkLines(split(options, script)(models));

/** A log of fixtures/legal. */
export const legalLog =
  (name: string) =>
  (judges: Judges): Checked =>
    judges.checkLines(readFileSync(`fixtures/legal/${name}.jsonl`, "utf8").trim().split("\n"));

export const storyOf =
  (events: readonly RingEvent[]) =>
  (judges: Judges): Checked =>
    judges.checkEvents(events);

/** Operations numbered anew, where some were taken out or put in. */
export function renumbered(lines: readonly string[]): string[] {
  let next = 0;
  return lines.map((line) => line.replace(/^\{"seq":\d+/, () => `{"seq":${next++}`));
}
