import { defineRule } from "./rule.ts";

const NAMES = {
  split: ["descriptor table", "available ring", "used ring"],
  packed: ["descriptor ring", "driver event suppression", "device event suppression"],
} as const;
const ALIGNMENTS = { split: [16, 2, 4], packed: [16, 4, 4] } as const;

export const queueAreaMisaligned = defineRule({
  id: "queue/area-misaligned",
  title: "A part of a queue stands at an address that it may not stand at.",
  why:
    "Each part has its alignment, so that its fields can be read and written in one access. A device may " +
    "round the address, or refuse the queue.",
  class: "must",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.7.1",
  covers: ["SP-LAYOUT-01", "PK-LAYOUT-01"],
  needs: "the addresses of a queue's areas, as the device gets them",
  follows: [],
  on: {
    "queue.created"({ layout, areas, exact, place, evidence }, judge) {
      if (layout === undefined || !areas.some(Number.isInteger)) return;
      const odd = areas.findIndex(
        (address, at) =>
          Number.isInteger(address) && Math.abs(address % (ALIGNMENTS[layout][at] ?? 1)) > 0,
      );
      if (odd < 0) {
        // That a probe saw a creation does not make a trace one in which something was checked.
        if (exact) judge.satisfied();
        return;
      }
      if (!exact) return judge.undecided("a probe may read another field than the address");
      const part = NAMES[layout][odd] ?? "";
      const address = `0x${(areas[odd] ?? 0).toString(16)}`;
      judge.violated({
        place,
        message: `the ${part} stands at ${address}, which is no multiple of ${ALIGNMENTS[layout][odd]}`,
        expected: `a multiple of ${ALIGNMENTS[layout][odd]}`,
        found: address,
        evidence,
        clause: layout === "split" ? "virtio-1.3/2.7.1" : "virtio-1.3/2.8.11",
        shape: part,
      });
    },
  },
  examples: {
    violates: [
      (tell) =>
        tell.ring({ layout: "packed", size: 8, bases: [0x1000_0000, 0x1010_0002, 0x1020_0000] })
          .events,
      (tell) =>
        tell.ring({ layout: "split", size: 8, bases: [0x1000_0000, 0x1010_0002, 0x1020_0002] })
          .events,
    ],
    obeys: [
      (tell) =>
        tell.ring({ layout: "packed", size: 8, bases: [0x1000_0010, 0x1010_0004, 0x1020_0008] })
          .events,
      (tell) =>
        tell.ring({ layout: "split", size: 8, bases: [0x1000_0010, 0x1010_0002, 0x1020_0004] })
          .events,
    ],
  },
});
