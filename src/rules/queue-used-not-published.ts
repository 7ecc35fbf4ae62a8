import { USE } from "../replay/ring-facts.ts";
import { judgeAspect } from "./fact-judge.ts";
import { defineRule } from "./rule.ts";

export const queueUsedNotPublished = defineRule({
  id: "queue/used-not-published",
  title: "The device stored used elements that it never published.",
  why: "The driver does not see them, and waits for buffers that the device is done with. Look for a path that writes the element and leaves before the index, or the flags, are stored.",
  class: "protocol",
  severity: "error",
  party: "device",
  clause: "virtio-1.3/2.7.8",
  covers: [],
  needs: "the stores of the device until it stops",
  follows: ["queue/store-not-owned", "packed/used-at-skipped-slot"],
  on: {
    "buffer.used": judgeAspect<"buffer.used">(USE.published, (fact, seen) => ({
      message: `${fact.what}, and ${fact.found} used element${fact.found === 1 ? " was" : "s were"} stored and not published`,
      expected:
        seen.queue.layout === "packed"
          ? "flags stored after id and len"
          : "used.idx stored after the element",
      found: `${fact.found} stored, not published`,
      clause: seen.queue.layout === "packed" ? "virtio-1.3/2.8" : "virtio-1.3/2.7.8",
      // Where the log merely ends, the store may follow.
      ...(seen.atLogEnd ? { severity: "note" } : {}),
      shape: seen.atLogEnd ? "at the end of the log" : "",
    })),
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.use({ spoil: (steps) => steps.slice(0, -1) });
        queue.operation("deviceStop", []);
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add();
        queue.use({ spoil: (steps) => steps.slice(0, -1) });
        queue.operation("deviceStop", []);
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        // The log only ends: a note.
        queue.add();
        queue.use({ spoil: (steps) => steps.slice(0, -1) });
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.use();
        queue.operation("deviceStop", []);
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add({ readable: 2 });
        queue.use();
        queue.add();
        queue.operation("deviceStop", []);
        return queue.events;
      },
    ],
  },
});
