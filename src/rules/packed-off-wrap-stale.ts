import type { DriverEventSampled } from "../replay/observation.ts";
import { positionDistance, positionText, positionWord } from "../virtio/packed.ts";
import { defineRule } from "./rule.ts";

/** The offset is right, the wrap bit is the other one. */
export function lacksWrapBit(seen: DriverEventSampled): boolean {
  const size = seen.queue.size as number;
  return positionDistance(seen.enabledAt, seen.sampled, size) === size;
}

export const packedOffWrapStale = defineRule({
  id: "packed/off-wrap-stale",
  title: "The driver enabled callbacks and left an old position in its off_wrap.",
  why:
    "The device compares its own position with that word: it interrupts too late, or never, while the " +
    "driver waits. Look at what enable_cb writes, and at the order of off_wrap and flags.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.8.10",
  covers: ["INV-PEVT-04"],
  needs:
    "an enable_cb_prepare whose used position is known, and a later sample of the driver's event words with flags DESC",
  follows: [
    "packed/desc-event-without-feature",
    "packed/event-off-outside-ring",
    "packed/avail-wrap-not-flipped",
    "packed/used-wrap-not-flipped",
    "packed/off-wrap-bit-missing",
  ],
  on: {
    "driverEvent.sampled"(seen, judge) {
      if (seen.undecided !== undefined) return judge.undecided(seen.undecided);
      if (seen.inside) return judge.satisfied();
      if (lacksWrapBit(seen)) return;
      const size = seen.queue.size as number;
      judge.violated({
        place: seen.place,
        message:
          `callbacks were enabled at ${positionText(seen.enabledAt, size)}, but off_wrap still asks for ` +
          `an interrupt at ${positionText(seen.sampled, size)}`,
        expected: `off_wrap 0x${positionWord(seen.enabledAt, size).toString(16)}, or a position used since`,
        found: `off_wrap 0x${positionWord(seen.sampled, size).toString(16)}`,
        evidence: seen.evidence,
        shape: "stale",
      });
    },
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.packed({ size: 16 });
        queue.serve({ slots: 3 });
        queue.enableCb();
        queue.serve({ slots: 3 });
        queue.enableCb({ offWrap: 0x8003 });
        queue.add({ slots: 1 });
        queue.kick();
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.packed({ size: 16 });
        for (let i = 0; i < 12; i++) {
          queue.serve({ slots: 3 });
          queue.enableCb();
        }
        queue.add({ slots: 1 });
        queue.kick();
        return queue.events;
      },
      // The delayed form asks ahead of what is used.
      (tell) => {
        const queue = tell.packed({ size: 16 });
        queue.add({ slots: 4 });
        queue.kick();
        queue.enableCb({ offWrap: 0x8003 });
        queue.add({ slots: 1 });
        queue.kick();
        return queue.events;
      },
      // DISABLE and ENABLE do not use the word.
      (tell) => {
        const queue = tell.packed({ size: 16 });
        queue.serve({ slots: 3 });
        queue.enableCb({ offWrap: 0, flags: 0 });
        queue.add({ slots: 1 });
        queue.kick();
        return queue.events;
      },
    ],
  },
});
