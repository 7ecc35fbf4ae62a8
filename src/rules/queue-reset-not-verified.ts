import { defineRule } from "./rule.ts";

export const queueResetNotVerified = defineRule({
  id: "queue/reset-not-verified",
  title: "The driver enabled a queue again, and had not made sure that its reset was over.",
  why:
    "The device may still use the queue's memory. 2.6.1.1.2 is in no conformance target of 1.3; the " +
    "transports say the same for their registers.",
  class: "must",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/2.6.1.1.2",
  since: "1.2",
  covers: ["CM-VQR-03", "PCI-RST-06", "MMIO-RST-06"],
  needs: "writes and reads of the queue's reset register",
  follows: [],
  on: {
    "queue.enabled"({ reset, verified, place, evidence }, judge) {
      if (!reset) return;
      if (verified === undefined)
        return judge.undecided("reads of the reset register are not told");
      if (verified) return judge.satisfied();
      judge.violated({
        place,
        message:
          "the queue is enabled again after a queue reset, and no read has shown that it is over",
        expected: "a read of 0 from the queue's reset register",
        found: "none",
        evidence: [...evidence, { role: "decision", place, what: "the queue is enabled" }],
        shape: "",
      });
    },
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 4 });
        queue.operation("queueResetAsked", []);
        queue.operation("queueResetRead", [], { status: 1 });
        queue.operation("queueEnabled", []);
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 4 });
        queue.operation("queueEnabled", []);
        queue.operation("queueResetAsked", []);
        queue.operation("queueResetRead", [], { status: 1 });
        queue.operation("queueResetRead", [], { status: 0 });
        queue.operation("queueEnabled", []);
        return queue.events;
      },
      // On a channel the command's completion says so, and no register is read.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 4 });
        queue.operation("queueResetAsked", []);
        queue.operation("queueEnabled", []);
        return queue.events;
      },
    ],
  },
});
