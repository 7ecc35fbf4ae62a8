import { EXPOSURE } from "../replay/ring-facts.ts";
import { flagsText, judgeAspect, slotName } from "./fact-judge.ts";
import { defineRule } from "./rule.ts";

export const queueIndirectWithoutFeature = defineRule({
  id: "queue/indirect-without-feature",
  title: "A descriptor is indirect, and VIRTIO_F_INDIRECT_DESC was not negotiated.",
  why: "A device that did not offer the feature, or was not granted it, takes the table for the buffer itself: it reads descriptors as data, or writes over them.",
  class: "must",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.7.5.3.1",
  covers: ["SP-IND-01", "PK-IND-01"],
  needs: "the negotiated features, and the stores of the add, a recorded ring or a dump",
  follows: [],
  on: {
    "buffer.exposed": judgeAspect<"buffer.exposed">(EXPOSURE.indirectAllowed, (fact, seen) => ({
      message: `${slotName(seen, fact.slot)} is indirect (flags ${flagsText(fact.found)}), and VIRTIO_F_INDIRECT_DESC was not negotiated`,
      expected: "no INDIRECT",
      found: `flags ${flagsText(fact.found)}`,
      clause: seen.queue.layout === "packed" ? "virtio-1.3/2.8.19" : "virtio-1.3/2.7.5.3.1",
      shape: "",
    })),
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8, indirect: false });
        queue.add({ readable: 2, indirect: true });
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 5, indirect: false });
        queue.add();
        queue.add({ writable: 1, indirect: true });
        return queue.events;
      },
    ],
    obeys: [
      // One element in a table is unusual, and legal.
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add({ indirect: true });
        queue.use();
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 3, indirect: false });
        for (let i = 0; i < 7; i++) {
          queue.add({ readable: 1, writable: 2 });
          queue.use({ len: 64 });
        }
        return queue.events;
      },
    ],
  },
});
