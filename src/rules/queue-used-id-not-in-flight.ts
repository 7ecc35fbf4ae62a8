import { USE } from "../replay/ring-facts.ts";
import { judgeAspect } from "./fact-judge.ts";
import { store } from "./ring-story.ts";
import { defineRule } from "./rule.ts";

export const queueUsedIdNotInFlight = defineRule({
  id: "queue/used-id-not-in-flight",
  title: "The device marked a buffer used that is not in flight.",
  why: "The driver frees a buffer that the device does not hold, or one of somebody else's. Look for a buffer that is completed twice, or an id taken from the wrong descriptor.",
  class: "protocol",
  severity: "error",
  party: "device",
  clause: "virtio-1.3/2.8.6",
  covers: ["INV-C-02", "INV-C-03", "INV-C-04", "PK-DESC-03"],
  needs: "the stores of both sides",
  follows: [],
  on: {
    "buffer.used": judgeAspect<"buffer.used">(USE.idInFlight, (fact, seen) => ({
      message: `${seen.queue.layout === "packed" ? "slot" : "entry"} ${fact.slot} marks id ${fact.found} as used, which is not in flight`,
      expected: "the id of a buffer in flight",
      found: `id ${fact.found}`,
      clause: seen.queue.layout === "packed" ? "virtio-1.3/2.8.6" : "virtio-1.3/2.7.8",
      shape: "",
    })),
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add();
        queue.use({ spoil: ([, ...steps]) => [store("desc", 12, 2, 5), ...steps] });
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
    ],
  },
});
