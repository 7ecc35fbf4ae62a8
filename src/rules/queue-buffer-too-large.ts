import { EXPOSURE } from "../replay/ring-facts.ts";
import { judgeAspect } from "./fact-judge.ts";
import { defineRule } from "./rule.ts";

export const queueBufferTooLarge = defineRule({
  id: "queue/buffer-too-large",
  title: "The elements of one buffer are more than 2^32 bytes.",
  why: "The device reports in 32 bits how much it wrote, and may keep its sums in as many: what it does with more, nobody has thought of.",
  class: "must",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.7.5.2",
  covers: ["SP-DESC-05"],
  needs: "the stores of the add, or a dump of the ring and its tables",
  follows: ["queue/chain-not-ending", "queue/element-differs"],
  on: {
    "buffer.exposed": judgeAspect<"buffer.exposed">(
      EXPOSURE.bytes,
      (fact, seen) => ({
        message: `the ${seen.chain.count} elements of the chain at descriptor ${fact.slot} are ${fact.found} bytes long together`,
        expected: "at most 4294967296 bytes",
        found: `${fact.found} bytes`,
        shape: "",
      }),
      "split",
    ),
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add({ lengths: [0xffff_ffff, 2] });
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 2 });
        queue.add({ lengths: [0x8000_0000, 0x8000_0000, 1], indirect: true });
        return queue.events.slice(0, 2);
      },
    ],
    obeys: [
      // 2^32 is the limit, and allowed.
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add({ lengths: [0x8000_0000, 0x8000_0000] });
        queue.use();
        queue.add({ lengths: [0xffff_ffff, 1], indirect: true });
        return queue.events;
      },
      // No sentence on packed queues limits the sum.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add({ lengths: [0xffff_ffff, 0xffff_ffff] });
        return queue.events;
      },
    ],
  },
});
