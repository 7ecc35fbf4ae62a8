import type { RingEvent } from "../model/event.ts";
import type { Party, RuleClass, Severity, Violation } from "../model/finding.ts";
import type { Observation } from "../replay/observation.ts";
import type { ClauseId, SpecVersion } from "../virtio/clauses.ts";
import type { StoryTeller } from "./scenario.ts";

/** What a rule says of one Observation: exactly one of these, or nothing where it does not apply. */
export interface Judge {
  satisfied(): void;
  /** The evidence does not decide; the reason is counted. */
  undecided(reason: string): void;
  /** What happened is known, and the specification leaves open whether it may; `point` says what is open. */
  unclear(point: string): void;
  violated(violation: Violation): void;
}

export type Handlers = {
  readonly [kind in Observation["kind"]]?: (
    observation: Extract<Observation, { kind: kind }>,
    judge: Judge,
  ) => void;
};

/** A rule: words, handlers for what the engine observes, and examples of both kinds. */
export interface Rule {
  /**
   * `packed/...`, `split/...`, `queue/...` or `device/...`, then what went wrong; your own: any other two
   * words.
   */
  readonly id: string;
  /** What went wrong, in one sentence. */
  readonly title: string;
  /** Why it matters and where to look. */
  readonly why: string;
  readonly class: RuleClass;
  readonly severity: Severity;
  readonly party: Party;
  /** Null for state that only the driver has. A finding may cite another of the same rule. */
  readonly clause: ClauseId | null;
  /** First version of the specification that binds; without it 1.0, and 1.1 for packed queues. */
  readonly since?: SpecVersion;
  /** Rows of the specification catalogue that the rule covers. */
  readonly covers: readonly string[];
  /** The evidence that decides it. */
  readonly needs: string;
  /** Rules whose violation explains one of this rule on the same queue: it is then an effect. */
  readonly follows: readonly string[];
  readonly on: Handlers;
  readonly examples: {
    readonly violates: readonly Story[];
    readonly obeys: readonly Story[];
  };
}

/** A short history of one queue, told as events. */
export type Story = (teller: StoryTeller) => RingEvent[];

/** A rule that somebody wrote for their own use: what it leaves out has a plain default. */
export type OwnRule = Pick<Rule, "id" | "title" | "severity" | "on"> & Partial<Rule>;

export function defineRule(rule: Rule): Rule;
export function defineRule(rule: OwnRule): OwnRule;
export function defineRule(rule: OwnRule): OwnRule {
  return rule;
}
