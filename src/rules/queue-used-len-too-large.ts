import { USE } from "../replay/ring-facts.ts";
import { judgeAspect } from "./fact-judge.ts";
import { defineRule } from "./rule.ts";

export const queueUsedLenTooLarge = defineRule({
  id: "queue/used-len-too-large",
  title: "The device says that it wrote more than the buffer can hold.",
  why: "The driver may read what was never written, or past the end. The length counts what was written to the device-writable elements only.",
  class: "protocol",
  severity: "error",
  party: "device",
  clause: "virtio-1.3/2.7.8.2",
  covers: ["INV-C-05", "INV-C-06", "SP-USED-02"],
  needs: "the stores of both sides",
  follows: [],
  on: {
    "buffer.used": judgeAspect<"buffer.used">(USE.lenFits, (fact, seen) => ({
      message: `len ${fact.found} for a buffer with ${fact.expected} device-writable bytes`,
      expected: `at most ${fact.expected}`,
      found: `${fact.found}`,
      clause: seen.queue.layout === "packed" ? "virtio-1.3/2.8" : "virtio-1.3/2.7.8.2",
      // Devices from before VERSION_1 often count what they read (2.7.8.1): a driver has to live with it.
      ...(seen.legacy ? { severity: "note" } : {}),
      shape: "",
    })),
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add({ writable: 1 });
        queue.use({ len: 65 });
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 2, writable: 1 });
          queue.use({ len: 64 });
        }
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add({ writable: 1 });
        queue.use({ len: 64 });
        return queue.events;
      },
    ],
  },
});
