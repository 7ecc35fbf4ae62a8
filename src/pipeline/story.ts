import { EventBatch, StringTable } from "../model/batch.ts";
import type { SourcedFinding, SourceReport } from "../model/check-report.ts";
import type { RingEvent } from "../model/event.ts";
import type { ClockBase } from "../model/time.ts";
import { Replay } from "../replay/replay.ts";
import { Check } from "../rules/check.ts";
import type { Rule, Story } from "../rules/rule.ts";
import { StoryTeller } from "../rules/scenario.ts";
import type { ClauseId } from "../virtio/clauses.ts";

const CLOCK: ClockBase = { major: 0, minor: 0, unit: "seconds" };

/** What `rules` find in a story; event n of it is line n. */
export function checkStory(
  events: readonly RingEvent[],
  rules: readonly Rule[],
): readonly SourcedFinding[] {
  const check = new Check(rules);
  const replay = new Replay({
    observe: (observation) => check.observe(observation),
    gap: () => {},
    pointerText: (pointer) => `0x${BigInt.asUintN(64, BigInt(pointer)).toString(16)}`,
    clock: () => CLOCK,
  });
  const batch = new EventBatch(events.length, new StringTable());
  for (const [seq, event] of events.entries()) batch.append(event, seq);
  replay.step(batch);
  replay.end((span) => `${span} ns`);
  const source: SourceReport = {
    path: "the example",
    format: "story",
    clock: CLOCK,
    firstSeq: 0,
    ledger: {
      lines: events.length,
      events: events.length,
      notes: 0,
      rejected: 0,
      lostMarks: 0,
      lostEvents: 0,
    },
    diagnostics: [],
  };
  return check.findings().map((finding) => ({ ...finding, source }));
}

/** The shortest example of each kind, what all rules find in the one that violates, and every clause cited. */
export function ruleAccount(
  rule: Rule,
  rules: readonly Rule[],
): {
  readonly rule: Rule;
  readonly clauses: readonly ClauseId[];
  readonly violating: {
    readonly events: RingEvent[];
    readonly findings: readonly SourcedFinding[];
  };
  readonly obeying: RingEvent[];
} {
  const events = shortest(rule.examples.violates);
  // A rule of both layouts cites another clause on each: its examples show which.
  const cited = rule.examples.violates
    .flatMap((story) => checkStory(story(new StoryTeller()), [rule]))
    .map(({ clause }) => clause);
  return {
    rule,
    clauses: [...new Set([rule.clause, ...cited])].filter((clause) => clause !== null),
    violating: { events, findings: checkStory(events, rules) },
    obeying: shortest(rule.examples.obeys),
  };
}

function shortest(stories: readonly Story[]): RingEvent[] {
  const told = stories.map((story) => story(new StoryTeller()));
  return told.sort((a, b) => weight(a) - weight(b))[0] ?? [];
}

/** About the lines that it takes to tell a story. */
function weight(events: readonly RingEvent[]): number {
  return events.reduce((sum, { steps = [] }) => sum + 1 + steps.length, 0);
}
