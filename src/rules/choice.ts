import { nearest } from "../model/nearest.ts";
import { UserError } from "../model/user-error.ts";
import { inForce, SPEC_DEFAULT, type SpecVersion } from "../virtio/clauses.ts";
import { globTest } from "./glob.ts";
import type { Rule } from "./rule.ts";

/** Which rules run, under which version of the specification, and which do not and why. */
export interface Choice {
  readonly spec: SpecVersion;
  readonly rules: readonly Rule[];
  /** Rules of the catalogue that the user left out. */
  readonly leftOut: readonly string[];
  /** Rules that were asked for and do not bind in this version yet. */
  readonly notBinding: readonly { readonly rule: string; readonly since: SpecVersion }[];
  /** Of the rules of another sort, those that run. */
  readonly others: ReadonlySet<string>;
}

/** What the command line says; patterns are ids, or have `*` and `?`. */
export interface Wanted {
  readonly rules?: readonly string[] | undefined;
  readonly ignore?: readonly string[] | undefined;
  readonly spec?: SpecVersion | undefined;
}

/**
 * A rule that is left out is not run: what another rule would have folded under it stands alone then.
 * `others`: ids of rules that are none of ours (in SQL), to be chosen by the same patterns.
 *
 * @throws UserError when a pattern names no rule.
 */
export function chooseRules(
  catalogue: readonly Rule[],
  wanted: Wanted,
  others: readonly string[] = [],
): Choice {
  const { spec = SPEC_DEFAULT } = wanted;
  const ids = [...catalogue.map(({ id }) => id), ...others];
  const only = wanted.rules === undefined ? undefined : idsNamed(ids, wanted.rules);
  const ignored = idsNamed(ids, wanted.ignore ?? []);
  const isChosen = (id: string): boolean =>
    (only === undefined || only.has(id)) && !ignored.has(id);
  const chosen = catalogue.filter(({ id }) => isChosen(id));
  const binding = chosen.filter((rule) => inForce(bindsSince(rule), spec));
  return {
    spec,
    rules: binding,
    leftOut: ids.filter((id) => !isChosen(id)),
    others: new Set(others.filter(isChosen)),
    notBinding: chosen
      .filter((rule) => !binding.includes(rule))
      .map((rule) => ({ rule: rule.id, since: bindsSince(rule) })),
  };
}

/** The first version of the specification in which a rule binds. */
export function bindsSince({ id, since }: Rule): SpecVersion {
  return since ?? (id.startsWith("packed/") ? "1.1" : "1.0");
}

/** @throws UserError when a pattern names no rule. */
export function rulesNamed(catalogue: readonly Rule[], patterns: readonly string[]): Rule[] {
  const ids = idsNamed(
    catalogue.map(({ id }) => id),
    patterns,
  );
  return catalogue.filter(({ id }) => ids.has(id));
}

function idsNamed(ids: readonly string[], patterns: readonly string[]): Set<string> {
  const named = new Set<string>();
  for (const pattern of patterns) {
    const fits = globTest(pattern);
    const found = ids.filter(fits);
    if (found.length === 0) throw noRule(ids, pattern);
    for (const id of found) named.add(id);
  }
  return named;
}

function noRule(ids: readonly string[], pattern: string): UserError {
  const what = /[*?]/.test(pattern) ? "no rule fits" : "no such rule:";
  const near = nearest(pattern, ids);
  return new UserError(
    "rule-unknown",
    `${what} ${pattern === "" ? "(an empty id)" : pattern}`,
    `nearest: ${near.join(", ")}; vringscope rules lists all`,
  );
}
