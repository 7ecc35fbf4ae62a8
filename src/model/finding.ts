import type { ClauseId } from "../virtio/clauses.ts";

export const SEVERITIES = ["note", "warning", "error"] as const;
export type Severity = (typeof SEVERITIES)[number];
export const RULE_CLASSES = ["must", "should", "protocol", "lint"] as const;
export type RuleClass = (typeof RULE_CLASSES)[number];
export const PARTIES = ["driver", "device", "unknown"] as const;
export type Party = (typeof PARTIES)[number];

/** Where in the sources something was seen. */
export interface Place {
  /** Position among all events of the case, from 0. */
  readonly seq: number;
  /** 1-based line of a text source. */
  readonly line: number;
  /** Since the source's first event. */
  readonly time: number;
  readonly cpu: number;
}

/** Memory at one instant belongs to no event: its place has no line, no time and no CPU. */
export const NO_EVENT_CPU = -1;

export function hasEvent({ cpu }: Place): boolean {
  return cpu !== NO_EVENT_CPU;
}

export const EVIDENCE_ROLES = [
  "publication",
  "word",
  "decision",
  "outcome",
  "before",
  "after",
] as const;
export type EvidenceRole = (typeof EVIDENCE_ROLES)[number];

/** One event of the proof. */
export interface Evidence {
  readonly role: EvidenceRole;
  readonly place: Place;
  /** Function, and the numbers of the line that matter. */
  readonly what: string;
}

/** What followed from a mistake: no finding of its own. */
export interface Effect {
  readonly message: string;
  readonly place: Place;
}

/** What a rule says when an Observation breaks it. */
export interface Violation {
  /** The begin of the deciding call. */
  readonly place: Place;
  /** One sentence with the numbers. */
  readonly message: string;
  readonly expected: string;
  readonly found: string;
  readonly evidence: readonly Evidence[];
  readonly effects?: readonly Effect[];
  /** Where one rule stands on a different clause for each layout. */
  readonly clause?: ClauseId;
  readonly class?: RuleClass;
  /** Where what weighs less than the rule says: an old device, a log that merely ends. */
  readonly severity?: Severity;
  /** Where both sides can make the same mistake. */
  readonly party?: Party;
  /** What tells this mistake from others of the same rule: no addresses, no times. */
  readonly shape: string;
}

export interface Finding
  extends Omit<Violation, "clause" | "class" | "severity" | "party" | "effects"> {
  readonly rule: string;
  readonly severity: Severity;
  readonly class: RuleClass;
  readonly party: Party;
  readonly covers: readonly string[];
  /** Id of the queue; empty where a rule of the user's speaks of the whole case. */
  readonly queue: string;
  /** The same for the same mistake in another run: no addresses, no times. */
  readonly fingerprint: string;
  /** Null for rules on state that only the driver has. */
  readonly clause: ClauseId | null;
  readonly effects: Effect[];
}

/** How often a rule was exercised on a queue, and how it came out. */
export interface Coverage {
  readonly rule: string;
  readonly queue: string;
  satisfied: number;
  violated: number;
  undecided: number;
  readonly reasons: Map<string, number>;
  /** What happened is known, and the specification leaves open whether it may; each point with its count. */
  unclear: number;
  readonly openPoints: Map<string, number>;
}
