import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { UserError } from "../model/user-error.ts";
import { ownRule } from "../rules/own-rule.ts";
import type { Rule } from "../rules/rule.ts";

/** Where a rule comes from: ours, or the path of somebody's file. */
export type RuleOrigins = Map<string, string>;

/**
 * Notes where the rule `id` comes from.
 *
 * @throws UserError when there is one of that id already.
 */
export function claimId(id: string, where: string, origins: RuleOrigins): void {
  const before = origins.get(id);
  if (before !== undefined) {
    throw new UserError(
      "own-rule-clash",
      `${where}: there is a rule ${id} already, in ${before}`,
      "give yours another id",
    );
  }
  origins.set(id, where);
}

/**
 * Runs the modules and takes the rules that they export. Their code does what it likes: only ever call
 * this with files that the user named.
 *
 * @throws UserError when a module cannot be loaded, or a rule is not as it must be.
 */
export async function loadRuleModules(
  paths: readonly string[],
  origins: RuleOrigins,
): Promise<Rule[]> {
  const rules: Rule[] = [];
  const own = new Map<Rule, string>();
  for (const path of paths) {
    for (const definition of rulesIn(await loaded(path), path)) {
      const rule = ownRule(definition, path);
      claimId(rule.id, path, origins);
      rules.push(rule);
      own.set(rule, path);
    }
  }
  for (const [{ id, follows }, path] of own) {
    const unknown = follows.find((cause) => !origins.has(cause));
    if (unknown === undefined) continue;
    throw new UserError(
      "own-rule-refused",
      `${path}: rule ${id}: follows ${unknown}: no such rule`,
    );
  }
  return rules;
}

async function loaded(path: string): Promise<Readonly<Record<string, unknown>>> {
  if (!existsSync(path)) throw new UserError("input-unreadable", `${path} does not exist`);
  const { href } = pathToFileURL(resolve(path));
  try {
    return (await import(/* @vite-ignore */ href)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw new UserError(
      "rule-module-failed",
      `${path} cannot be loaded${failureText(error, path, href)}`,
      "a rule module is JavaScript (.mjs) that exports rules; see docs/own-rules.md",
    );
  }
}

/** The message, and the line where the stack has one of the module's. */
function failureText(error: unknown, path: string, href: string): string {
  if (!(error instanceof Error)) return `: ${String(error)}`;
  if (error instanceof SyntaxError) {
    // Of this only Node's own check tells the line.
    const { stderr } = spawnSync(process.execPath, ["--check", path], { encoding: "utf8" });
    const line = /^.*:(\d+)$/m.exec(stderr)?.[1];
    return `${line === undefined ? "" : `, line ${line}`}: SyntaxError: ${error.message}`;
  }
  const stack = error.stack ?? "";
  const at = stack.indexOf(href);
  const line = at < 0 ? undefined : /^:(\d+)/.exec(stack.slice(at + href.length))?.[1];
  return `${line === undefined ? "" : `, line ${line}`}: ${error.name}: ${error.message}`;
}

type Definition = Readonly<Record<string, unknown>>;

/** Rules among the exports, alone or in lists; a rule that is exported twice is one. */
function rulesIn(exports: Readonly<Record<string, unknown>>, path: string): Definition[] {
  const found = new Set<Definition>();
  for (const value of Object.values(exports)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (typeof one === "object" && one !== null && ("id" in one || "on" in one)) found.add(one);
    }
  }
  if (found.size === 0) {
    throw new UserError(
      "rule-module-empty",
      `${path} exports no rule`,
      "export what defineRule of vringscope/rules gives",
    );
  }
  return [...found];
}
