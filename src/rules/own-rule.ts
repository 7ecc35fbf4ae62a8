import {
  EVIDENCE_ROLES,
  type Evidence,
  PARTIES,
  type Place,
  RULE_CLASSES,
  SEVERITIES,
  type Violation,
} from "../model/finding.ts";
import { UserError } from "../model/user-error.ts";
import { OBSERVATION_KINDS, type Observation } from "../replay/observation.ts";
import { CLAUSES, SPEC_VERSIONS } from "../virtio/clauses.ts";
import type { Handlers, Judge, OwnRule, Rule } from "./rule.ts";

/** Two words with a slash, as ours have. */
export const RULE_ID = /^[a-z][a-z0-9-]*\/[a-z][a-z0-9-]*$/;

type Fields = Readonly<Record<string, unknown>>;
type Wrong = (what: string) => UserError;

const CLASS_OF = { error: "protocol", warning: "should", note: "lint" } as const;

/** Texts that a rule may have, and lists of them. */
const TEXTS = ["title", "why", "needs"] as const;
const LISTS = ["follows", "covers"] as const;

/**
 * A rule of somebody else's, checked, whole, and so that its failures name it. `where` names its module.
 *
 * @throws UserError for whatever is wrong with it.
 */
export function ownRule(definition: Fields, where: string): Rule {
  const { id } = definition;
  if (typeof id !== "string" || !RULE_ID.test(id)) {
    throw new UserError(
      "own-rule-refused",
      `${where}: the id ${shown(id)} is not of the form group/what-went-wrong`,
      "two words of lower-case letters, digits and dashes, with a slash between them",
    );
  }
  const wrong: Wrong = (what) =>
    new UserError("own-rule-refused", `${where}: rule ${id}: ${what}`, "see docs/own-rules.md");
  checkFields(definition, wrong);
  const rule = definition as unknown as OwnRule;
  return {
    why: "",
    class: CLASS_OF[rule.severity],
    party: "unknown",
    clause: null,
    covers: [],
    needs: "",
    follows: [],
    examples: { violates: [], obeys: [] },
    ...rule,
    on: guarded(rule, wrong),
  };
}

function checkFields(rule: Fields, wrong: Wrong): void {
  if (rule["title"] === undefined) throw wrong("it has no title");
  for (const name of TEXTS) {
    const text = rule[name];
    if (text !== undefined && typeof text !== "string") throw wrong(`${name} is no text`);
  }
  for (const name of LISTS) {
    const list = rule[name];
    const texts = Array.isArray(list) && list.every((one) => typeof one === "string");
    if (list !== undefined && !texts) throw wrong(`${name} is no list of texts`);
  }
  if (rule["severity"] === undefined) throw wrong("it has no severity");
  oneOf("severity", rule["severity"], SEVERITIES, wrong);
  oneOf("class", rule["class"], RULE_CLASSES, wrong);
  oneOf("party", rule["party"], PARTIES, wrong);
  oneOf("since", rule["since"], SPEC_VERSIONS, wrong);
  checkClause(rule["clause"], wrong);
  const on = rule["on"];
  if (!isObject(on) || Object.keys(on).length === 0) {
    throw wrong("it has no handlers: `on` names what it judges");
  }
  for (const [kind, handle] of Object.entries(on)) {
    if (!OBSERVATION_KINDS.includes(kind)) {
      throw wrong(`it handles ${shown(kind)}, which is none of ${OBSERVATION_KINDS.join(", ")}`);
    }
    if (typeof handle !== "function") throw wrong(`its handler of ${kind} is no function`);
  }
}

function oneOf(name: string, value: unknown, values: readonly string[], wrong: Wrong): void {
  if (value === undefined || values.includes(value as string)) return;
  throw wrong(`${name} is ${shown(value)}, not one of ${values.join(", ")}`);
}

function checkClause(clause: unknown, wrong: Wrong): void {
  if (clause === undefined || clause === null) return;
  if (typeof clause !== "string" || !Object.hasOwn(CLAUSES, clause)) {
    throw wrong(`clause ${shown(clause)} is not known; CLAUSES has those that are`);
  }
}

/** The handlers, so that what they throw and what they report is told as theirs. */
function guarded(rule: OwnRule, wrong: Wrong): Handlers {
  const handlers: Record<string, (seen: Observation, judge: Judge) => void> = {};
  for (const [kind, handle] of Object.entries(rule.on)) {
    const judging = handle as (seen: Observation, judge: Judge) => unknown;
    let given: Judge;
    let at: Observation;
    const judge: Judge = {
      satisfied: () => given.satisfied(),
      undecided: (reason) => given.undecided(text("the reason", reason, wrong)),
      unclear: (point) => given.unclear(text("the open point", point, wrong)),
      violated: (violation) => given.violated(wholeViolation(violation, at, wrong)),
    };
    handlers[kind] = (seen, real) => {
      given = real;
      at = seen;
      let answer: unknown;
      try {
        answer = judging(seen, judge);
      } catch (error) {
        if (error instanceof UserError) throw error;
        const { line } = placeOf(seen);
        const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
        throw wrong(`failed on ${kind} at line ${line}: ${message}`);
      }
      if (answer instanceof Promise) {
        // What it ends with comes too late to be told.
        answer.catch(() => {});
        throw wrong(`its handler of ${kind} is async: a rule judges at once`);
      }
    };
  }
  return handlers as Handlers;
}

function wholeViolation(given: Violation, seen: Observation, wrong: Wrong): Violation {
  if (!isObject(given)) throw wrong("violated() was called without a violation");
  const fields = given as unknown as Fields;
  const { place = placeOf(seen), shape = "", expected = "", found = "" } = fields;
  const own = "evidence" in seen ? seen.evidence : [];
  const { evidence = own, effects = [] } = fields;
  if (!isPlace(place)) throw wrong("a violation's place is not one of an Observation's");
  for (const [name, list] of [
    ["evidence", evidence],
    ["effects", effects],
  ] as const) {
    const placed =
      Array.isArray(list) && list.every((one) => isObject(one) && isPlace(one["place"]));
    if (!placed) throw wrong(`a violation's ${name} is no list of what stands at a place`);
  }
  for (const { role, what } of evidence as readonly Evidence[]) {
    if (role === undefined) throw wrong("evidence has no role");
    oneOf("the role of evidence", role, EVIDENCE_ROLES, wrong);
    text("what evidence shows", what, wrong);
  }
  for (const { message } of effects as readonly { message: unknown }[]) {
    text("the message of an effect", message, wrong);
  }
  oneOf("the class of a violation", fields["class"], RULE_CLASSES, wrong);
  oneOf("the party of a violation", fields["party"], PARTIES, wrong);
  checkClause(fields["clause"], wrong);
  return {
    ...given,
    place,
    message: text("the message of a violation", fields["message"], wrong),
    expected: text("what a violation expected", expected, wrong),
    found: text("what a violation found", found, wrong),
    evidence: evidence as readonly Evidence[],
    shape: text("the shape of a violation", shape, wrong),
  };
}

function text(what: string, value: unknown, wrong: Wrong): string {
  if (typeof value !== "string") throw wrong(`${what} is ${shown(value)}, not a text`);
  return value;
}

function placeOf(seen: Observation): Place {
  if (seen.kind === "request.ended") return seen.added;
  if (seen.kind === "element.ended") return seen.popped;
  return seen.kind === "effect.seen" ? seen.effect.place : seen.place;
}

function isPlace(value: unknown): value is Place {
  return (
    isObject(value) &&
    ["seq", "line", "time", "cpu"].every((name) => Number.isFinite(value[name] as number))
  );
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}

function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
