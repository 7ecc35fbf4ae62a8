import { STORES } from "../replay/ring-facts.ts";
import { judgeAspect } from "./fact-judge.ts";
import { store } from "./ring-story.ts";
import { defineRule } from "./rule.ts";

export const splitUsedIdxPassedAvail = defineRule({
  id: "split/used-idx-passed-avail",
  title: "The device's used.idx went back, or passed avail.idx.",
  why: "The device cannot use more than is available. The driver reads elements that nobody wrote.",
  class: "protocol",
  severity: "error",
  party: "device",
  clause: "virtio-1.3/2.7.8",
  covers: ["INV-SP-03", "INV-SP-04"],
  needs: "the stores of both sides",
  follows: [],
  on: {
    "stores.seen": judgeAspect<"stores.seen">(
      STORES.usedIdx,
      (fact) => ({
        message: `used.idx went from ${fact.other} to ${fact.found}, with avail.idx at ${fact.expected}`,
        expected: `at most ${fact.expected}`,
        found: `${fact.found}`,
        shape: "",
      }),
      "split",
    ),
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8 });
        queue.add();
        queue.use({ spoil: (steps) => [...steps.slice(0, -1), store("device", 2, 2, 3)] });
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
    ],
  },
});
