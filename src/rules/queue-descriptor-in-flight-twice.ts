import { EXPOSURE } from "../replay/ring-facts.ts";
import { judgeAspect, slotName } from "./fact-judge.ts";
import { defineRule } from "./rule.ts";

export const queueDescriptorInFlightTwice = defineRule({
  id: "queue/descriptor-in-flight-twice",
  title: "The driver took a descriptor for a buffer while it belongs to one already.",
  why: "The device still reads the old buffer from it. Look at the free list, and at the count of free descriptors.",
  class: "must",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.8.16",
  covers: ["INV-SP-06", "INV-C-01", "PK-SG-05", "PK-DESC-05"],
  needs: "the stores of every add and use, or a dump of a split ring",
  follows: ["packed/num-free-miscounted", "queue/buffer-id-in-flight-twice"],
  on: {
    "buffer.exposed": judgeAspect<"buffer.exposed">(EXPOSURE.slotsFree, (fact, seen) => ({
      message:
        fact.what !== ""
          ? `${slotName(seen, fact.slot)} was taken ${fact.what}: its elements overwrite each other`
          : fact.other < 0
            ? `${fact.found} slots would be in flight, and the ring has ${seen.queue.size}: ${slotName(seen, fact.slot)} still belongs to the device`
            : `${slotName(seen, fact.slot)} was used for a new buffer while it belongs to the one with head ${fact.other}`,
      expected: "descriptors that the device has given back",
      found: slotName(seen, fact.slot),
      clause: seen.queue.layout === "packed" ? "virtio-1.3/2.8.16" : "virtio-1.3/2.7.13",
      class: seen.queue.layout === "packed" ? "must" : "protocol",
      shape: "",
    })),
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        for (let i = 0; i < 8; i++) queue.add();
        queue.add();
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use();
        }
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use({ len: 64 });
        }
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        for (let i = 0; i < 8; i++) queue.add();
        return queue.events;
      },
    ],
  },
});
