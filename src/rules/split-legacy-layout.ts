import { availBytes, splitDescBytes } from "../virtio/split.ts";
import { defineRule } from "./rule.ts";

/** What PCI has; on MMIO the driver says it. */
const ALIGN = 4096;

export const splitLegacyLayout = defineRule({
  id: "split/legacy-layout",
  title: "The parts of a legacy queue do not follow each other as they have to.",
  why:
    "Through the legacy interface the device gets one address and finds the rest by the size: descriptors, " +
    "available ring, and the used ring at the next multiple of the alignment.",
  class: "must",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.7.2",
  covers: ["SP-LEG-01", "SP-LEG-02", "SP-LEG-03"],
  needs: "the addresses of a queue whose device has no VIRTIO_F_VERSION_1",
  follows: [],
  on: {
    "queue.created"({ layout, size, areas, legacy, place, evidence }, judge) {
      if (layout !== "split" || !legacy || areas.some(Number.isNaN)) return;
      const [desc = 0, avail = 0, used = 0] = areas;
      const availEnd = desc + splitDescBytes(size) + availBytes(size);
      const usedAt = Math.ceil(availEnd / ALIGN) * ALIGN;
      if (avail === desc + splitDescBytes(size) && used === usedAt) return judge.satisfied();
      // On MMIO the driver chooses the alignment, and nothing here says which.
      if (avail === desc + splitDescBytes(size) && used >= availEnd) {
        return judge.undecided("the queue's alignment is not known");
      }
      judge.violated({
        place,
        message: `a legacy queue of ${size} has its rings at 0x${(avail - desc).toString(16)} and 0x${(used - desc).toString(16)} from its descriptors`,
        expected: `0x${splitDescBytes(size).toString(16)} and 0x${(usedAt - desc).toString(16)}`,
        found: `0x${(avail - desc).toString(16)} and 0x${(used - desc).toString(16)}`,
        evidence,
        shape: "",
      });
    },
  },
  examples: {
    violates: [
      (tell) => {
        const bases = [0x1000_0000, 0x1000_1000, 0x1000_2000] as const;
        return tell.ring({ layout: "split", size: 8, bases, legacy: true }).events;
      },
    ],
    obeys: [
      (tell) => {
        const bases = [0x1000_0000, 0x1000_0080, 0x1000_1000] as const;
        return tell.ring({ layout: "split", size: 8, bases, legacy: true }).events;
      },
      // With VERSION_1 each part may stand anywhere.
      (tell) => {
        const bases = [0x1000_0000, 0x1000_1000, 0x1000_2000] as const;
        return tell.ring({ layout: "split", size: 8, bases }).events;
      },
    ],
  },
});
