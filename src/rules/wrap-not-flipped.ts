import type { PositionAdvanced } from "../replay/observation.ts";
import { STORES, type StoresSeen } from "../replay/ring-facts.ts";
import { positionDistance, positionText } from "../virtio/packed.ts";
import type { Judge } from "./rule.ts";

/** Packed: the driver's own position names the ring's slot, in the other lap. */
export function isOtherLap(seen: StoresSeen, position: number = STORES.driverState): boolean {
  const { layout, size } = seen.queue;
  const fact = seen.facts.find(({ aspect }) => aspect === position);
  return fact !== undefined && layout === "packed" && Math.abs(fact.found - fact.expected) === size;
}

/** The two wrap rules judge alike; they differ in whose position it is. */
export function judgeWrap(seen: PositionAdvanced, judge: Judge): void {
  if (seen.undecided !== undefined) {
    judge.undecided(seen.undecided);
    return;
  }
  if (seen.flipped) {
    judge.satisfied();
    return;
  }
  const size = seen.queue.size as number;
  const right = positionDistance(0, seen.to + size, size);
  const moved = positionDistance(seen.from, right, size);
  judge.violated({
    place: seen.place,
    message:
      `the ${seen.which} position went ${moved} slots from ${positionText(seen.from, size)} to ` +
      `${positionText(seen.to, size)}, with the wrong wrap counter`,
    expected: positionText(right, size),
    found: positionText(seen.to, size),
    evidence: seen.evidence,
    // Which buffer was the first to reach the ring end is chance.
    shape: "",
  });
}
