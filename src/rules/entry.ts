/** What `import ... from "vringscope/rules"` gives to a rule module: docs/own-rules.md. */
export type {
  Evidence,
  EvidenceRole,
  Party,
  Place,
  Severity,
  Violation,
} from "../model/finding.ts";
export type { Observation, QueueView } from "../replay/observation.ts";
export { EVENT_WORD, EXPOSURE, type RingFact, STORES, USE } from "../replay/ring-facts.ts";
export { CLAUSES, type Clause, type ClauseId } from "../virtio/clauses.ts";
export { judgeAspect } from "./fact-judge.ts";
export { defineRule, type Handlers, type Judge, type OwnRule, type Rule } from "./rule.ts";
