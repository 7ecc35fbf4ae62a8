import { EXPOSURE } from "../replay/ring-facts.ts";
import { flagsText, judgeAspect, slotName } from "./fact-judge.ts";
import { defineRule } from "./rule.ts";

export const queueIndirectFlagMissing = defineRule({
  id: "queue/indirect-flag-missing",
  title: "A descriptor points to an indirect table and does not say so.",
  why: "The device takes the table itself for the buffer: it reads descriptors as data.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.7.5.3",
  covers: [],
  needs: "the stores and allocations of the add",
  follows: [],
  on: {
    "buffer.exposed": judgeAspect<"buffer.exposed">(EXPOSURE.indirectFlag, (fact, seen) => ({
      message: `${slotName(seen, fact.slot)} points to the table that was allocated for it, without INDIRECT (flags ${flagsText(fact.found)})`,
      expected: "INDIRECT set",
      found: `flags ${flagsText(fact.found)}`,
      clause: seen.queue.layout === "packed" ? "virtio-1.3/2.8.7" : "virtio-1.3/2.7.5.3",
      shape: "",
    })),
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add({
          readable: 3,
          indirect: true,
          spoil: (steps) =>
            steps.map((step) =>
              step.op === "store" && step.area === "desc" && step.offset === 14
                ? { ...step, value: step.value & ~4 }
                : step,
            ),
        });
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 2, indirect: true });
          queue.use({ len: 128 });
        }
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 2, indirect: true });
          queue.use();
        }
        return queue.events;
      },
    ],
  },
});
