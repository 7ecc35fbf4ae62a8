import { FETCH } from "../replay/ring-facts.ts";
import { judgeAspect } from "./fact-judge.ts";
import { defineRule } from "./rule.ts";

export const queueFetchPositionMiscounted = defineRule({
  id: "queue/fetch-position-miscounted",
  title: "The device's own available position is not behind the buffer that it took.",
  why: "It looks in the wrong place for the next one, and finds nothing, or what is not there. Packed, the position moves by the slots of the list, flips its wrap counter when it reaches or passes the ring end, also by exactly N slots, and N need not be a power of two.",
  class: "protocol",
  severity: "error",
  party: "device",
  clause: "virtio-1.3/2.8.1",
  covers: ["INV-PK-03", "INV-PK-08"],
  needs: "the stores of both sides, and what the device takes",
  follows: [],
  on: {
    "buffer.fetched": judgeAspect<"buffer.fetched">(FETCH.position, (fact, seen) => ({
      message: `the device's available position is ${fact.what}`,
      expected: "the position behind the buffer",
      found: fact.what,
      clause: seen.queue.layout === "packed" ? "virtio-1.3/2.8.1" : "virtio-1.3/2.7.6",
      shape: "",
    })),
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 4 });
        queue.add({ readable: 1 });
        queue.operation("devicePop", [], { result: 1, bufferId: 0, nextAvail: 1, availWrap: 1 });
        queue.add({ readable: 2 });
        queue.operation("devicePop", [], { result: 1, bufferId: 1, nextAvail: 2, availWrap: 1 });
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 4 });
        queue.add({ readable: 4 });
        queue.operation("devicePop", [], { result: 1, bufferId: 0, nextAvail: 0, availWrap: 0 });
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add({ readable: 4 });
        queue.operation("devicePop", [], { result: 1, bufferId: 0, availIdx: 1 });
        return queue.events;
      },
    ],
  },
});
