import { isQueueSize } from "../replay/sample.ts";
import { defineRule } from "./rule.ts";

export const queueSizeNotAllowed = defineRule({
  id: "queue/size-not-allowed",
  title: "A queue has a size that its layout does not allow.",
  why:
    "Indexes of a split queue run to 65535 and are taken modulo its size: with a size that is no power of two " +
    "they skip entries when they wrap. A packed queue may have any size up to 32768.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.7",
  covers: ["INV-SP-01", "INV-PK-01"],
  needs: "the creation of a queue, with layout and size",
  follows: [],
  on: {
    "queue.created"({ layout, size, exact, place, evidence }, judge) {
      if (layout === undefined || Number.isNaN(size)) return;
      const power = (size & (size - 1)) === 0;
      if (isQueueSize(size) && (layout === "packed" || power)) {
        // That a probe saw a creation does not make a trace one in which something was checked.
        if (exact) judge.satisfied();
        return;
      }
      judge.violated({
        place,
        message: `a ${layout} queue is created with a size of ${size}`,
        expected:
          layout === "split" ? "a power of two, from 1 to 32768" : "a number from 1 to 32768",
        found: String(size),
        evidence,
        clause: layout === "split" ? "virtio-1.3/2.7" : "virtio-1.3/2.8",
        shape: "",
      });
    },
  },
  examples: {
    violates: [
      (tell) => tell.ring({ layout: "split", size: 12 }).events,
      (tell) => tell.split({ size: 3 }).events,
    ],
    obeys: [
      (tell) => tell.ring({ layout: "packed", size: 12 }).events,
      (tell) => tell.ring({ layout: "split", size: 1 }).events,
      (tell) => tell.split({ size: 32768 }).events,
      (tell) => tell.packed({ size: 3 }).events,
    ],
  },
});
