import { positionText, positionWord } from "../virtio/packed.ts";
import { lacksWrapBit } from "./packed-off-wrap-stale.ts";
import { defineRule } from "./rule.ts";

export const packedOffWrapBitMissing = defineRule({
  id: "packed/off-wrap-bit-missing",
  title: "The driver enabled callbacks and wrote its position with the wrong wrap bit.",
  why:
    "The offset without its wrap counter names the same slot one lap away: the device interrupts a lap " +
    "too early or too late. Bit 15 of off_wrap is the wrap counter, not part of the offset.",
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
    "packed/off-wrap-stale",
  ],
  on: {
    "driverEvent.sampled"(seen, judge) {
      if (seen.undecided !== undefined) return judge.undecided(seen.undecided);
      if (seen.inside) return judge.satisfied();
      if (!lacksWrapBit(seen)) return;
      const size = seen.queue.size as number;
      judge.violated({
        place: seen.place,
        message:
          `callbacks were enabled at ${positionText(seen.enabledAt, size)}, but off_wrap names ` +
          `${positionText(seen.sampled, size)}`,
        expected: `off_wrap 0x${positionWord(seen.enabledAt, size).toString(16)}`,
        found: `off_wrap 0x${positionWord(seen.sampled, size).toString(16)}`,
        evidence: seen.evidence,
        shape: "wrap bit",
      });
    },
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.packed({ size: 16 });
        queue.serve({ slots: 3 });
        queue.enableCb({ offWrap: 0x0003 });
        queue.add({ slots: 1 });
        queue.kick();
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.packed({ size: 3 });
        for (let i = 0; i < 6; i++) {
          queue.serve({ slots: 2 });
          queue.enableCb();
        }
        queue.add({ slots: 1 });
        queue.kick();
        return queue.events;
      },
    ],
  },
});
