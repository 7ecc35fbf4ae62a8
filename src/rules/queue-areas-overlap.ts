import type { QueuePlace } from "../replay/life-facts.ts";
import { DESC_BYTES } from "../virtio/descriptor.ts";
import { EVENT_BYTES } from "../virtio/packed.ts";
import { availBytes, splitDescBytes, usedBytes } from "../virtio/split.ts";
import { defineRule } from "./rule.ts";

interface Stretch {
  readonly what: string;
  readonly from: number;
  readonly to: number;
}

const AREA_NAMES = ["Descriptor Area", "Driver Area", "Device Area"] as const;

export const queueAreasOverlap = defineRule({
  id: "queue/areas-overlap",
  title: "Two areas of queues share memory.",
  why: "What one side writes to its area appears in another: no clause says so, and nothing works.",
  class: "lint",
  severity: "note",
  party: "driver",
  clause: null,
  covers: ["INV-C-12"],
  needs: "the addresses and the size of a queue",
  follows: ["queue/area-misaligned"],
  on: {
    "queue.created"({ layout, size, areas, exact, others, place, evidence }, judge) {
      if (layout === undefined || !exact || !areas.every(Number.isInteger)) return;
      const own = stretchesOf({ name: "", layout, size, areas });
      const pair = firstOverlap([...own, ...others.flatMap(stretchesOf)], own.length);
      if (pair === undefined) return judge.satisfied();
      const [a, b] = pair;
      judge.violated({
        place,
        message: `the ${a.what}, up to 0x${a.to.toString(16)}, and the ${b.what}, from 0x${b.from.toString(16)}, overlap`,
        expected: "memory of its own for each area",
        found: `0x${b.from.toString(16)} in both`,
        evidence,
        shape: `${a.what} ${b.what}`,
      });
    },
  },
  examples: {
    violates: [
      // The used ring stands where the available ring would end without its used_event.
      (tell) =>
        tell.ring({ layout: "split", size: 8, bases: [0x1000_0000, 0x1000_0080, 0x1000_0094] })
          .events,
    ],
    obeys: [
      (tell) =>
        tell.ring({ layout: "split", size: 8, bases: [0x1000_0000, 0x1000_0080, 0x1000_0098] })
          .events,
      (tell) =>
        tell.ring({ layout: "packed", size: 8, bases: [0x1000_0000, 0x1000_0080, 0x1000_0084] })
          .events,
    ],
  },
});

/** Bytes that each area takes, event words included. */
function stretchesOf({ name, layout, size, areas }: QueuePlace): Stretch[] {
  const bytes =
    layout === "packed"
      ? [DESC_BYTES * size, EVENT_BYTES, EVENT_BYTES]
      : [splitDescBytes(size), availBytes(size), usedBytes(size)];
  return areas.map((from, at) => ({
    what: `${AREA_NAMES[at]}${name === "" ? "" : ` of ${name}`}`,
    from,
    to: from + (bytes[at] ?? 0),
  }));
}

/** Two stretches that overlap, the lower first, one of them among the first `own`. */
function firstOverlap(all: readonly Stretch[], own: number): [Stretch, Stretch] | undefined {
  for (let i = 0; i < own; i++) {
    const a = all[i] as Stretch;
    const b = all.find((other, at) => at > i && a.from < other.to && other.from < a.to);
    if (b !== undefined) return a.from <= b.from ? [a, b] : [b, a];
  }
  return undefined;
}
