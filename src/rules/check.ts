import {
  type Coverage,
  type Effect,
  type Finding,
  type Party,
  type Place,
  SEVERITIES,
  type Severity,
  type Violation,
} from "../model/finding.ts";
import type { EffectSeen, Observation, QueueView } from "../replay/observation.ts";
import { fingerprintOf } from "./fingerprint.ts";
import type { Judge, Rule } from "./rule.ts";

type Handler = (observation: Observation) => void;

/** What one party broke of one rule on one queue: the first violation is told, all are counted. */
interface Broken {
  readonly rule: Rule;
  readonly queue: QueueView;
  readonly party: Party;
  /** Order of recognition. A mistake may be recognised after what followed from it. */
  readonly order: number;
  /** First by place. */
  violation: Violation;
  /** The one behind it. */
  next: Effect | undefined;
  count: number;
}

/** Effects of one sort on one queue. */
interface EffectLog {
  /** Seen while no rule was broken: whatever comes to light may have happened before them. */
  readonly recent: Effect[];
  /** The first one seen since a rule was broken, and their number. */
  first: Effect | undefined;
  count: number;
}

/** Effects kept for a mistake that is recognised late. */
const RECENT_MAX = 32;

interface Row extends Omit<Coverage, "rule" | "queue"> {
  readonly queue: QueueView;
}

/** Runs rules over Observations, folds consequences under their cause, and counts everything. */
export class Check {
  readonly #handlers = new Map<Observation["kind"], Handler[]>();
  readonly #rows = new Map<Rule, (Row | undefined)[]>();
  readonly #broken = new Map<QueueView, Broken[]>();
  readonly #effects = new Map<QueueView, Map<string, EffectLog>>();
  #recognised = 0;

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

  /** One finding for each mistake, first cause first: in the order of their deciding calls. */
  findings(): Finding[] {
    const findings: Finding[] = [];
    for (const [queue, broken] of this.#broken) {
      const folded = new Map<Broken, Effect[]>();
      for (const one of [...broken].sort(byPlace)) {
        const root = rootOf(one, broken);
        const effects = folded.get(root) ?? [];
        folded.set(root, effects);
        if (root === one) {
          if (one.next !== undefined) effects.push(counted(one.next, one.count - 1));
        } else effects.push(counted(one.violation, one.count));
      }
      // What follows from a mistake belongs to the first one of its queue.
      const [first] = [...folded.keys()].sort(byPlace);
      for (const [root, effects] of folded) {
        if (root === first) effects.push(...this.#effectsSince(queue, root.violation.place));
        findings.push(finding(root, effects));
      }
    }
    return findings.sort((a, b) => a.place.seq - b.place.seq || (a.rule < b.rule ? -1 : 1));
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
    let onQueue = this.#broken.get(queue);
    if (onQueue === undefined) {
      onQueue = [];
      this.#broken.set(queue, onQueue);
    }
    const party = violation.party ?? rule.party;
    const known = onQueue.find((one) => one.rule === rule && one.party === party);
    if (known !== undefined) {
      add(known, violation);
      return;
    }
    const order = this.#recognised++;
    onQueue.push({ rule, queue, party, order, violation, next: undefined, count: 1 });
  }

  #effect({ queue, sort, effect }: EffectSeen): void {
    let onQueue = this.#effects.get(queue);
    if (onQueue === undefined) {
      onQueue = new Map();
      this.#effects.set(queue, onQueue);
    }
    let log = onQueue.get(sort);
    if (log === undefined) {
      log = { recent: [], first: undefined, count: 0 };
      onQueue.set(sort, log);
    }
    if (this.#broken.has(queue)) {
      log.first ??= effect;
      log.count++;
      return;
    }
    if (log.recent.length === RECENT_MAX) log.recent.shift();
    log.recent.push(effect);
  }

  /** Each sort once, with its number. */
  #effectsSince(queue: QueueView, place: Place): Effect[] {
    const effects: Effect[] = [];
    for (const { recent, first, count } of this.#effects.get(queue)?.values() ?? []) {
      const since = recent.filter((effect) => effect.place.seq >= place.seq);
      const told = since[0] ?? first;
      if (told !== undefined) effects.push(counted(told, since.length + count));
    }
    return effects;
  }
}

function add(known: Broken, violation: Violation): void {
  known.count++;
  const { place } = violation;
  if (place.seq < known.violation.place.seq) {
    known.next = known.violation;
    known.violation = violation;
  } else if (known.next === undefined || place.seq < known.next.place.seq) {
    known.next = { message: violation.message, place };
  }
}

function byPlace(a: Broken, b: Broken): number {
  return a.violation.place.seq - b.violation.place.seq || a.order - b.order;
}

/**
 * The mistake that `one` follows from in the end; itself where nothing explains it. What happened later
 * explains nothing, and nothing is hidden under something of less weight.
 */
function rootOf(one: Broken, onQueue: readonly Broken[]): Broken {
  const passed = new Set<Broken>();
  let root = one;
  for (;;) {
    passed.add(root);
    const cause = onQueue
      .filter((other) => explains(other, root) && !passed.has(other))
      .sort(byPlace)[0];
    if (cause === undefined) return root;
    root = cause;
  }
}

function explains(cause: Broken, effect: Broken): boolean {
  if (!effect.rule.follows.includes(cause.rule.id)) return false;
  if (!atLeast(cause.rule.severity, effect.rule.severity)) return false;
  const ahead = effect.violation.place.seq - cause.violation.place.seq;
  if (ahead !== 0) return ahead > 0;
  // At one call: where each may follow from the other, the one that was recognised first is the cause.
  return !cause.rule.follows.includes(effect.rule.id) || cause.order < effect.order;
}

function counted({ message, place }: Effect, count: number): Effect {
  return { message: count === 1 ? message : `${message} (and ${count - 1} more)`, place };
}

function finding(root: Broken, effects: readonly Effect[]): Finding {
  const { rule, queue, party, violation } = root;
  return {
    ...violation,
    rule: rule.id,
    severity: violation.severity ?? rule.severity,
    class: violation.class ?? rule.class,
    party,
    covers: rule.covers,
    queue: queue.id,
    clause: violation.clause ?? rule.clause,
    fingerprint: fingerprintOf(rule.id, queue, violation.shape),
    effects: [...(violation.effects ?? []), ...effects].sort((a, b) => a.place.seq - b.place.seq),
  };
}

/** Whether a severity is `least` or above. */
export function atLeast(severity: Severity, least: Severity): boolean {
  return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(least);
}
