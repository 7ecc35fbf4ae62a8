import { FETCH, STORES } from "../replay/ring-facts.ts";
import { judgeAspect } from "./fact-judge.ts";
import { defineRule } from "./rule.ts";
import type { StoryTeller } from "./scenario.ts";

const START = "the start of the ring";

const judgeDriver = judgeAspect<"stores.seen">(STORES.atStart, (fact) => ({
  message: `the queue was created anew, and the driver goes on at ${fact.what}`,
  expected: START,
  found: fact.what,
  class: "protocol",
  shape: "driver",
}));

const judgeDevice = judgeAspect<"buffer.fetched">(FETCH.atStart, (fact) => ({
  message: `the queue was created anew, and the device ${fact.what}`,
  expected: START,
  found: fact.what,
  party: "device",
  shape: "device",
}));

/** A queue that is used, reset, and created anew. */
function again(tell: StoryTeller, layout: "split" | "packed"): ReturnType<StoryTeller["ring"]> {
  const queue = tell.ring({ layout, size: 4 });
  for (let i = 0; i < 3; i++) {
    queue.add();
    queue.fetch(layout === "packed" ? i : 0);
    queue.use();
    queue.get();
  }
  queue.operation("deviceStop", []);
  queue.avail = 0;
  queue.used = 0;
  queue.recreate();
  return queue;
}

export const queueNotAtStartAfterReset = defineRule({
  id: "queue/not-at-start-after-reset",
  title: "A side goes on from where it was before the queue, or its device, was reset.",
  why:
    "A reset puts both positions and wrap counters back to their start, and what was in flight is gone. The side " +
    "that keeps its own looks where the other writes nothing: the queue hangs, or old entries are served twice.",
  class: "must",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.6.1.1.1",
  since: "1.2",
  covers: ["CM-VQR-02", "CM-VQR-05", "CM-VQR-06", "INV-R-01"],
  needs:
    "operations with the state of the side, or the stores of its first buffer, from a creation to the next",
  follows: [],
  on: {
    "stores.seen": judgeDriver,
    "buffer.fetched": judgeDevice,
  },
  examples: {
    violates: [
      // The driver says so itself.
      (tell) => {
        const queue = again(tell, "split");
        queue.operation("getBuf", [], { token: 0, availIdx: 3, lastUsed: 0 });
        return queue.events;
      },
      (tell) => {
        const queue = again(tell, "packed");
        queue.operation("getBuf", [], { token: 0, nextAvail: 0, availWrap: 1, lastUsed: 0x8003 });
        return queue.events;
      },
      // It does not say, and its first buffer stands elsewhere.
      (tell) => {
        const queue = again(tell, "packed");
        queue.avail = 3;
        queue.add();
        return queue.events;
      },
      (tell) => {
        const queue = again(tell, "split");
        queue.avail = 3;
        queue.add();
        return queue.events;
      },
      // The device: it finds nothing at its old place, or an old entry.
      (tell) => {
        const queue = again(tell, "packed");
        queue.add();
        queue.operation("devicePop", [], { result: 0, nextAvail: 3, availWrap: 1 });
        return queue.events;
      },
      (tell) => {
        const queue = again(tell, "split");
        queue.add();
        queue.operation("devicePop", [], { result: 1, bufferId: 0, availIdx: 4 });
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = again(tell, "split");
        queue.operation("getBuf", [], { token: 0, availIdx: 0, lastUsed: 0 });
        queue.add();
        queue.operation("devicePop", [], { result: 1, bufferId: 0, availIdx: 1 });
        return queue.events;
      },
      (tell) => {
        const queue = again(tell, "packed");
        queue.operation("devicePop", [], { result: 0, nextAvail: 0, availWrap: 1 });
        queue.operation("getBuf", [], { token: 0, nextAvail: 0, availWrap: 1, lastUsed: 0x8000 });
        queue.add({ readable: 4 });
        queue.operation("devicePop", [], { result: 1, bufferId: 0, nextAvail: 0, availWrap: 0 });
        return queue.events;
      },
    ],
  },
});
