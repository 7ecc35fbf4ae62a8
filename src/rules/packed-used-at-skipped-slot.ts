import { USE } from "../replay/ring-facts.ts";
import { judgeAspect } from "./fact-judge.ts";
import { store } from "./ring-story.ts";
import { defineRule } from "./rule.ts";

export const packedUsedAtSkippedSlot = defineRule({
  id: "packed/used-at-skipped-slot",
  title: "The device marked a slot used that its own position steps over.",
  why: "The next used descriptor stands as many slots further as the buffer has: the driver steps over the others, and never sees what was written there. Look at the stride of the used position, in batches above all.",
  class: "protocol",
  severity: "error",
  party: "device",
  clause: "virtio-1.3/2.8.6",
  covers: ["INV-PK-08", "INV-PK-13"],
  needs: "the stores of both sides",
  follows: ["packed/used-flags-wrong-lap", "queue/used-id-not-in-flight"],
  on: {
    "buffer.used": judgeAspect<"buffer.used">(
      USE.oneElement,
      (fact) => ({
        message:
          `slot ${fact.slot} is marked used, and the used position steps over it` +
          (fact.other < 0 ? "" : ` with the buffer at slot ${fact.other}`),
        expected: "one used descriptor for each list or batch, at the device's position",
        found: `slot ${fact.slot} marked used, with id ${fact.found}`,
        shape: "",
      }),
      "packed",
    ),
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add({ readable: 2 });
        queue.add({ readable: 2 });
        // Both in consecutive slots, the first last.
        queue.operation("deviceUse", [
          store("desc", 12, 2, 0),
          store("desc", 28, 2, 2),
          store("desc", 24, 4, 0),
          store("desc", 30, 2, 0x8080),
          { op: "barrier", barrier: "wmb" },
          store("desc", 14, 2, 0x8080),
        ]);
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add({ readable: 2 });
        queue.add({ readable: 2 });
        queue.use();
        queue.operation("deviceUse", [
          store("desc", 28, 2, 2),
          store("desc", 24, 4, 0),
          { op: "barrier", barrier: "wmb" },
          store("desc", 30, 2, 0x8080),
        ]);
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        // Written ahead of the position, at the slot that comes next (catalogue PK-DEV-03).
        queue.add({ readable: 2 });
        queue.add({ readable: 2 });
        queue.operation("deviceUse", [
          store("desc", 44, 2, 2),
          store("desc", 40, 4, 0),
          { op: "barrier", barrier: "wmb" },
          store("desc", 46, 2, 0x8080),
          store("desc", 12, 2, 0),
          store("desc", 8, 4, 0),
          { op: "barrier", barrier: "wmb" },
          store("desc", 14, 2, 0x8080),
        ]);
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 4 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use({ len: 64 });
          queue.get();
        }
        return queue.events;
      },
    ],
  },
});
