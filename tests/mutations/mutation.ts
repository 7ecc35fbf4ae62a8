import type { Edit } from "../patched.ts";
import { patchedModule } from "../patched.ts";

/** The executable models, as they are or with a mutation in them. */
export type Models = typeof import("./parties-entry.ts");

/** How a mistake can be seen (BUGS: D on every run, C needs a shape, T an interleaving, O an outcome, X not at all). */
export type Visibility = "D" | "C" | "T" | "O" | "X";

/** A run that exposes a mutation: the lines of its ringlog/1 log. Unmutated, it must be silent. */
export interface Run {
  /** The shape, in words: `N = 4, lists of 4`. */
  readonly shape: string;
  readonly lines: (models: Models) => string[];
}

/** A mistake in a driver or a device, as the patch that makes it. */
export interface Mutation {
  /** As in the catalogue of mutations: `M1.1`. */
  readonly id: string;
  /** What is wrong, in one sentence without a full stop. */
  readonly what: string;
  readonly visibility: Visibility;
  readonly edits: readonly Edit[];
  /** Rules that name the mistake: each run must be found by one of them. Empty where no trace shows it. */
  readonly rules: readonly string[];
  /** Why no trace shows it, or what it needs to be seen; empty where nothing is to be said. */
  readonly remark: string;
  readonly runs: readonly Run[];
}

/** The models with the mistake in them. */
export function mutated(mutation: Mutation): Promise<Models> {
  return patchedModule<Models>("tests/mutations/parties-entry.ts", mutation.edits);
}
