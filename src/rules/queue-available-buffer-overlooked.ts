import { FETCH } from "../replay/ring-facts.ts";
import { judgeAspect } from "./fact-judge.ts";
import { defineRule } from "./rule.ts";

export const queueAvailableBufferOverlooked = defineRule({
  id: "queue/available-buffer-overlooked",
  title: "The device looked for a buffer and took none, and one was available.",
  why: "The buffer waits for ever, if nothing makes the device look again. Look at how the device counts what is available: avail.idx less its own index, modulo 2^16 and not modulo the queue size; and at what it refuses to read.",
  class: "protocol",
  severity: "error",
  party: "device",
  clause: "virtio-1.3/2.7.6",
  covers: [],
  needs: "the stores of both sides, and what the device takes",
  follows: ["queue/fetch-position-miscounted", "queue/fetched-not-available"],
  on: {
    "buffer.fetched": judgeAspect<"buffer.fetched">(FETCH.noticed, (fact, seen) => ({
      message: `the device ${fact.what}, and a buffer was available`,
      expected: "the buffer that is available",
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
        queue.fetch();
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add();
        queue.operation("devicePop", [], { result: -1 });
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.fetch();
        queue.add();
        queue.fetch(0);
        queue.fetch();
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add();
        queue.use();
        queue.fetch();
        return queue.events;
      },
    ],
  },
});
