import type { Violation } from "../model/finding.ts";
import type { RingFact } from "../replay/ring-facts.ts";
import type { Handlers, Judge } from "./rule.ts";

/** Observations of ring memory: each carries aspects, and facts of those that are odd. */
type RingKind =
  | "buffer.exposed"
  | "buffer.used"
  | "buffer.fetched"
  | "eventWord.seen"
  | "stores.seen";
type Seen<K extends RingKind> = Parameters<NonNullable<Handlers[K]>>[0];

/**
 * A handler for one aspect of what ring memory shows: satisfied where the evidence decides it and finds
 * nothing odd. `tell` words the fact; `layout` limits the rule to one.
 */
export function judgeAspect<K extends RingKind>(
  aspect: number,
  tell: (fact: RingFact, seen: Seen<K>) => Omit<Violation, "place" | "evidence">,
  layout?: "split" | "packed",
): (seen: Seen<K>, judge: Judge) => void {
  return (seen, judge) => {
    if ((seen.decided & aspect) === 0) {
      if (layout !== undefined && seen.queue.layout !== layout) return;
      if ((seen.undecided & aspect) !== 0) judge.undecided(seen.reason);
      else if ((seen.unlogged & aspect) !== 0) judge.undecided("barriers were not recorded");
      return;
    }
    if (layout !== undefined && seen.queue.layout !== layout) return;
    // The rule, and no closure made for it.
    if (seen.facts.length === 0) return judge.satisfied();
    const fact = seen.facts.find((one) => one.aspect === aspect);
    if (fact === undefined) return judge.satisfied();
    judge.violated({ place: seen.place, evidence: fact.evidence, ...tell(fact, seen) });
  };
}

/** `slot 3` on a packed ring, `descriptor 3` in a split table. */
export function slotName(seen: Seen<RingKind>, slot: number): string {
  return `${seen.queue.layout === "packed" ? "slot" : "descriptor"} ${slot}`;
}

/** A number as the specification writes flags: `0x0083`. */
export function flagsText(flags: number): string {
  return `0x${flags.toString(16).padStart(4, "0")}`;
}
