import type { Coverage, Effect, Finding, Severity, Violation } from "../model/finding.ts";
import type { EffectSeen, Observation, QueueView } from "../replay/observation.ts";
import { fingerprintOf } from "./fingerprint.ts";
import type { Judge, Rule } from "./rule.ts";

type Handler = (observation: Observation) => void;

/** A violation that became a finding, with what was folded under it. */
interface Open {
  readonly rule: Rule;
  readonly queue: QueueView;
  readonly violation: Violation;
  readonly effects: Effect[];
  /** Later violations of one rule, and later effects of one sort: the first is told, all counted. */
  readonly folded: Map<string, { effect: Effect; count: number }>;
}

interface Row extends Omit<Coverage, "rule" | "queue"> {
  readonly queue: QueueView;
}

/** Runs rules over Observations, folds consequences under their cause, and counts everything. */
export class Check {
  readonly #handlers = new Map<Observation["kind"], Handler[]>();
  readonly #rows = new Map<Rule, (Row | undefined)[]>();
  readonly #open: Open[] = [];
  readonly #openByQueue = new Map<QueueView, Open[]>();

  constructor(rules: readonly Rule[]) {
    for (const rule of rules) {
      const rows: (Row | undefined)[] = [];
      this.#rows.set(rule, rows);
      for (const [kind, handle] of Object.entries(rule.on)) {
        const kindHandlers = this.#handlers.get(kind as Observation["kind"]) ?? [];
        const judging = handle as (o: Observation, judge: Judge) => void;
        kindHandlers.push(this.#handler(rule, judging, rows));
        this.#handlers.set(kind as Observation["kind"], kindHandlers);
      }
    }
  }

  observe(observation: Observation): void {
    if (observation.kind === "effect.seen") this.#effect(observation);
    const handlers = this.#handlers.get(observation.kind);
    if (handlers === undefined) return;
    for (const handle of handlers) handle(observation);
  }

  /** Findings in the order of their deciding calls. */
  findings(): Finding[] {
    return this.#open
      .map((open) => finding(open))
      .sort((a, b) => a.place.seq - b.place.seq || (a.rule < b.rule ? -1 : 1));
  }

  /** One row for each rule and queue that met. */
  coverage(): Coverage[] {
    return [...this.#rows].flatMap(([rule, rows]) =>
      rows
        .filter((row) => row !== undefined)
        .filter(
          ({ satisfied, violated, undecided, unclear }) =>
            satisfied + violated + undecided + unclear > 0,
        )
        .map(({ queue, ...counts }) => ({ rule: rule.id, queue: queue.id, ...counts })),
    );
  }

  #handler(
    rule: Rule,
    handle: (observation: Observation, judge: Judge) => void,
    rows: (Row | undefined)[],
  ): Handler {
    let row: Row;
    // One judge for each rule, not for each observation: it speaks of the row at hand.
    const judge: Judge = {
      satisfied: () => {
        row.satisfied++;
      },
      undecided: (reason) => {
        row.undecided++;
        row.reasons.set(reason, (row.reasons.get(reason) ?? 0) + 1);
      },
      unclear: (point) => {
        row.unclear++;
        row.openPoints.set(point, (row.openPoints.get(point) ?? 0) + 1);
      },
      violated: (violation) => {
        row.violated++;
        this.#violated(rule, row.queue, violation);
      },
    };
    return (observation) => {
      const { queue } = observation;
      let known = rows[queue.number];
      if (known === undefined) {
        known = {
          queue,
          satisfied: 0,
          violated: 0,
          undecided: 0,
          reasons: new Map(),
          unclear: 0,
          openPoints: new Map(),
        };
        rows[queue.number] = known;
      }
      row = known;
      handle(observation, judge);
    };
  }

  #violated(rule: Rule, queue: QueueView, violation: Violation): void {
    let onQueue = this.#openByQueue.get(queue);
    if (onQueue === undefined) {
      onQueue = [];
      this.#openByQueue.set(queue, onQueue);
    }
    const cause = onQueue.find(
      (open) => open.rule.id === rule.id || rule.follows.includes(open.rule.id),
    );
    if (cause !== undefined) {
      fold(cause, rule.id, { message: violation.message, place: violation.place });
      return;
    }
    const open: Open = { rule, queue, violation, effects: [], folded: new Map() };
    onQueue.push(open);
    this.#open.push(open);
  }

  /** What follows from a mistake belongs to the first one of its queue. */
  #effect(seen: EffectSeen): void {
    const first = this.#openByQueue.get(seen.queue)?.[0];
    if (first !== undefined) fold(first, seen.sort, seen.effect);
  }
}

function fold(open: Open, sort: string, effect: Effect): void {
  const before = open.folded.get(sort);
  if (before === undefined) open.folded.set(sort, { effect, count: 1 });
  else before.count++;
}

function finding(open: Open): Finding {
  const { rule, queue, violation } = open;
  const folded = [...open.folded.values()].map(({ effect, count }) =>
    count === 1 ? effect : { ...effect, message: `${effect.message} (and ${count - 1} more)` },
  );
  return {
    ...violation,
    rule: rule.id,
    severity: violation.severity ?? rule.severity,
    class: violation.class ?? rule.class,
    party: violation.party ?? rule.party,
    covers: rule.covers,
    queue: queue.id,
    clause: violation.clause ?? rule.clause,
    fingerprint: fingerprintOf(rule.id, queue, violation.shape),
    effects: [...(violation.effects ?? []), ...folded].sort((a, b) => a.place.seq - b.place.seq),
  };
}

const SEVERITIES: readonly Severity[] = ["note", "warning", "error"];

/** Whether a severity is `least` or above. */
export function atLeast(severity: Severity, least: Severity): boolean {
  return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(least);
}
