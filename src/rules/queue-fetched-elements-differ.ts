import { FETCH } from "../replay/ring-facts.ts";
import { judgeAspect } from "./fact-judge.ts";
import { defineRule } from "./rule.ts";

export const queueFetchedElementsDiffer = defineRule({
  id: "queue/fetched-elements-differ",
  title: "The device found other elements in a buffer than the driver put there.",
  why: "It writes less than it could, or elsewhere. A packed indirect table has len/16 entries, whatever their flags; a split one is linked by next.",
  class: "protocol",
  severity: "error",
  party: "device",
  clause: "virtio-1.3/2.8.7",
  covers: ["INV-PK-16", "INV-SP-11", "SP-IND-06"],
  needs: "the stores of both sides, and what the device takes",
  follows: [],
  on: {
    "buffer.fetched": judgeAspect<"buffer.fetched">(FETCH.elements, (fact, seen) => ({
      message: `the device found ${fact.what}`,
      expected: "the elements of the buffer",
      found: fact.what,
      clause: seen.queue.layout === "packed" ? "virtio-1.3/2.8.7" : "virtio-1.3/2.7.5.3",
      shape: "",
    })),
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add({ readable: 1, writable: 2, indirect: true });
        queue.operation("devicePop", [], {
          result: 1,
          bufferId: 0,
          elements: [{ addr: 0x10000, len: 64, writable: false }],
        });
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add({ readable: 1, writable: 1, indirect: true });
        queue.operation("devicePop", [], {
          result: 1,
          bufferId: 0,
          elements: [
            { addr: 0x10000, len: 64, writable: false },
            { addr: 0x11000, len: 64, writable: true },
          ],
        });
        return queue.events;
      },
    ],
  },
});
