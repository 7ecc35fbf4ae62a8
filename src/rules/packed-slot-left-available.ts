import { EXPOSURE } from "../replay/ring-facts.ts";
import { flagsText, judgeAspect } from "./fact-judge.ts";
import { store } from "./ring-story.ts";
import { defineRule } from "./rule.ts";

export const packedSlotLeftAvailable = defineRule({
  id: "packed/slot-left-available",
  title: "The slot behind a list looks available, and nobody has offered it.",
  why:
    "An add that fails half-way leaves the flags of the slots that it wrote ahead. Once a shorter list is made available before them, the " +
    "device goes on with a descriptor of the buffer that was refused: its address may be anybody's by then. Look at how an add is rolled back.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.8.1",
  covers: ["INV-PK-06"],
  needs:
    "the stores of the adds, or a ring recorded by a probe together with the driver's positions",
  follows: [
    "packed/next-not-cleared",
    "packed/avail-flags-wrong-lap",
    "packed/avail-wrap-not-flipped",
  ],
  on: {
    "buffer.exposed": judgeAspect<"buffer.exposed">(
      EXPOSURE.slotBehind,
      (fact) => ({
        message: `the driver goes on at ${fact.what}, which is available already (flags ${flagsText(fact.found)})`,
        expected: "owner bits of the lap before",
        found: `flags ${flagsText(fact.found)}`,
        shape: "",
      }),
      "packed",
    ),
  },
  examples: {
    violates: [
      // A list of three was refused at its third element; its second slot is written.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 4 });
        queue.operation("add", [store("desc", 30, 2, 0x81)], { token: 1, result: -12 });
        queue.add();
        queue.kick(1);
        return queue.events;
      },
      // In the second lap, over the ring's end.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 3 });
        for (let i = 0; i < 2; i++) {
          queue.add();
          queue.use();
        }
        queue.operation("add", [store("desc", 14, 2, 0x8001)], { token: 1, result: -12 });
        queue.add();
        queue.operation("devicePop", []);
        return queue.events;
      },
    ],
    obeys: [
      // What was left is written over by the next list.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 4 });
        queue.operation("add", [store("desc", 30, 2, 0x81)], { token: 1, result: -12 });
        queue.add({ readable: 2 });
        queue.kick(1);
        queue.use();
        return queue.events;
      },
      // The next list is written over it before anybody looks.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 4 });
        queue.operation("add", [store("desc", 30, 2, 0x81)], { token: 1, result: -12 });
        queue.add();
        queue.add({ readable: 2 });
        queue.kick(1);
        return queue.events;
      },
      // It stands where no position has come to.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 4 });
        queue.operation("add", [store("desc", 46, 2, 0x81)], { token: 1, result: -12 });
        queue.add();
        queue.kick(1);
        return queue.events;
      },
      // A skipped slot keeps what made it available in the lap before.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 5 });
        for (let i = 0; i < 9; i++) {
          queue.add({ readable: 3 });
          queue.use();
        }
        return queue.events;
      },
    ],
  },
});
