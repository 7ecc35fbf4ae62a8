import { defineRule } from "./rule.ts";

export const queueInterruptWithoutWork = defineRule({
  id: "queue/interrupt-without-work",
  title: "An interrupt came, and no buffer had been used.",
  why:
    "Superfluous notifications are legal and cost time. Many of them point to a device that does not look " +
    "at the driver's event word, or to an interrupt line that several queues share.",
  class: "lint",
  severity: "note",
  party: "device",
  clause: "virtio-1.3/2.7.7.2",
  covers: ["SP-UNS-05", "INV-N-01"],
  needs: "vring_interrupt, get_buf with tokens, and samples of the used position around it",
  follows: [],
  on: {
    "interrupt.served"(seen, judge) {
      if (seen.undecided !== undefined) judge.undecided(seen.undecided);
      else if (seen.work) judge.satisfied();
      else {
        judge.violated({
          place: seen.place,
          message: "an interrupt came, and the used position did not move until the next one",
          expected: "a used buffer",
          found: "none",
          evidence: seen.evidence,
          clause: seen.queue.layout === "packed" ? "virtio-1.3/2.8.10" : "virtio-1.3/2.7.7.2",
          shape: "spurious",
        });
      }
    },
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.serve({ slots: 1 });
        queue.get();
        queue.interrupt();
        queue.get();
        queue.interrupt();
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.packed({ size: 4 });
        for (let i = 0; i < 3; i++) {
          queue.add({ slots: 1 });
          queue.kick();
          queue.use();
          queue.interrupt();
          queue.get();
        }
        return queue.events;
      },
    ],
  },
});
