import { defineRule } from "./rule.ts";

export const queueFilledNotPopped = defineRule({
  id: "queue/filled-not-popped",
  title:
    "The device marked a buffer used that it had marked used before, or had from another queue.",
  why:
    "Each buffer that the device takes is marked used once, on the queue that it came from. A second time " +
    "the driver gets a buffer that it has back already, or one that it never gave. " +
    "A suspicion, not more: lines that are missing from the log explain it as well.",
  // A log of a device can be cut and filtered, and no count in it tells of that.
  class: "lint",
  severity: "note",
  party: "device",
  clause: "virtio-1.3/2.7.8",
  covers: ["INV-C-03", "INV-C-13"],
  needs: "a device's log of what it takes and marks used, whole",
  follows: [],
  on: {
    "element.filled"({ problem, undecided, queue, place, evidence }, judge) {
      if (undecided !== undefined) return judge.undecided(undecided);
      if (problem === undefined) return judge.satisfied();
      const twice = problem === "filled twice";
      judge.violated({
        place,
        message: twice
          ? `the device marks a buffer of ${queue.name} used that it has marked used before`
          : `the device marks a buffer used on ${queue.name} that it took from another queue`,
        expected: "a buffer that was taken from this queue, and not marked used since",
        found: twice ? "one that was marked used before" : "another queue's",
        evidence: [...evidence, { role: "decision", place, what: "it is marked used" }],
        shape: problem,
      });
    },
  },
  examples: {
    violates: [
      (tell) => {
        const device = tell.device();
        device.initialise();
        device.notify(0);
        device.pop(0, 0x10);
        device.fill(0, 0x10);
        device.fill(0, 0x10);
        return device.events;
      },
      (tell) => {
        const device = tell.device();
        device.initialise();
        device.notify(0);
        device.notify(1);
        device.pop(0, 0x10);
        device.fill(1, 0x10);
        return device.events;
      },
    ],
    obeys: [
      (tell) => {
        const device = tell.device();
        device.initialise();
        device.notify(0);
        for (const element of [0x10, 0x10, 0x20]) {
          device.pop(0, element);
          device.fill(0, element);
          device.flush(0);
        }
        return device.events;
      },
      // An element goes back to its queue unseen (QEMU unpops it), and its memory is used again.
      (tell) => {
        const device = tell.device();
        device.initialise();
        device.notify(0);
        device.notify(1);
        device.pop(0, 0x10);
        device.pop(1, 0x10);
        device.fill(1, 0x10);
        device.pop(0, 0x20);
        device.fill(0, 0x20);
        return device.events;
      },
      // Lines are missing: what looks like a second time may be the first.
      (tell) => {
        const device = tell.device();
        device.initialise();
        device.notify(0);
        device.pop(0, 0x10);
        device.fill(0, 0x10);
        device.event("elementAllocated", { element: 0x20 });
        device.fill(0, 0x10);
        return device.events;
      },
    ],
  },
});
