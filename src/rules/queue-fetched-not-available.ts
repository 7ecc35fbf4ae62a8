import { FETCH } from "../replay/ring-facts.ts";
import { judgeAspect } from "./fact-judge.ts";
import { defineRule } from "./rule.ts";

export const queueFetchedNotAvailable = defineRule({
  id: "queue/fetched-not-available",
  title: "The device took a buffer that was not available where it took it.",
  why: "It works on memory that the driver has not given, or has taken back. Split, the device takes the entries before avail.idx and no more; packed, a slot is available by AVAIL and USED of its own lap, and a buffer in flight still looks available in the lap before.",
  class: "protocol",
  severity: "error",
  party: "device",
  clause: "virtio-1.3/2.8.15",
  covers: ["PK-DESC-03", "INV-C-04"],
  needs: "the stores of both sides, and what the device takes",
  follows: ["queue/fetch-position-miscounted"],
  on: {
    "buffer.fetched": judgeAspect<"buffer.fetched">(FETCH.available, (fact, seen) => ({
      message: `the device took ${fact.what}`,
      expected: "a buffer that is available at its position",
      found: fact.what,
      clause: seen.queue.layout === "packed" ? "virtio-1.3/2.8.15" : "virtio-1.3/2.7.6",
      shape: "",
    })),
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.fetch(0);
        queue.fetch(3);
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 2 });
        queue.add({ readable: 2 });
        queue.operation("devicePop", [], { result: 1, bufferId: 0, nextAvail: 0, availWrap: 0 });
        // A lap later the slot looks as it did, and is not available again.
        queue.operation("devicePop", [], { result: 1, bufferId: 0, nextAvail: 0, availWrap: 1 });
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.add();
        queue.fetch(0);
        queue.fetch(1);
        queue.fetch();
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add();
        queue.operation("devicePop", [], { result: 1, bufferId: 0, nextAvail: 1, availWrap: 1 });
        // Given back, and taken again (catalogue D15).
        queue.operation("devicePop", [], { result: 1, bufferId: 0, nextAvail: 1, availWrap: 1 });
        return queue.events;
      },
    ],
  },
});
