import { defineRule } from "./rule.ts";

export const queueNotifyDataWrong = defineRule({
  id: "queue/notify-data-wrong",
  title: "A notification carried another value than it has to.",
  why:
    "With NOTIFICATION_DATA the device may fetch up to the position in the value without looking at the " +
    "ring: one too far makes it read what nobody wrote, one too near or of the other lap makes it sleep.",
  class: "must",
  severity: "error",
  party: "driver",
  // Normative for packed rings; for split ones virtio 1.3, 2.9, only describes the value.
  clause: null,
  covers: [
    "PK-NDATA-01",
    "INV-ND-01",
    "INV-ND-02",
    "INV-ND-03",
    "INV-ND-04",
    "PCI-NOTIF-03",
    "PCI-NOTIF-04",
  ],
  needs: "the value of each notification, and the driver's position when it was made",
  follows: ["packed/avail-wrap-not-flipped"],
  on: {
    "notify.data"(seen, judge) {
      if (seen.undecided !== undefined) return judge.undecided(seen.undecided);
      if (seen.what === "" && seen.found === seen.expected) return judge.satisfied();
      const moved = seen.what === "";
      const found = moved ? positionText(seen.found) : seen.what;
      const stands = `; the driver stands at ${positionText(seen.expected)}`;
      judge.violated({
        place: seen.place,
        message: `the notification carries ${found}${moved ? stands : ""}`,
        expected: moved
          ? positionText(seen.expected)
          : "the queue's number, and a slot of its ring",
        found,
        evidence: seen.evidence,
        ...(moved && seen.queue.layout === "packed"
          ? { clause: "virtio-1.3/2.8.16" }
          : { class: moved ? "protocol" : "must" }),
        shape: moved ? "position" : "number",
      });
    },
  },
  examples: {
    violates: [
      // The wrap counter is missing.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8, notificationData: true });
        queue.add();
        queue.kick(1);
        queue.operation("notify", [{ op: "notify" }], { notifyData: 0x0001_0000 });
        return queue.events;
      },
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8, notificationData: true });
        queue.add();
        queue.kick(1);
        queue.operation("notify", [{ op: "notify" }], { notifyData: 0x0002_0000 });
        return queue.events;
      },
      // Another queue's number.
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 8, index: 1 });
        queue.operation("notify", [{ op: "notify" }], { notifyData: 2 });
        return queue.events;
      },
      // A probe: wherever the driver stands, it is inside the ring.
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.add({ slots: 4 });
        queue.kick();
        queue.notify({ data: 0x0004_0000 });
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8, notificationData: true });
        queue.add();
        queue.kick(1);
        queue.operation("notify", [{ op: "notify" }], { notifyData: 0x8001_0000 });
        return queue.events;
      },
      // A probe shows the position as the call began: another CPU may have added a buffer while this one was about to notify.
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.add({ slots: 1 });
        queue.kick();
        queue.notify({ data: 0x8002_0000 });
        return queue.events;
      },
      // The value of a ring that did not negotiate it is whatever it is.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 8 });
        queue.add();
        queue.kick(1);
        queue.operation("notify", [{ op: "notify" }], { notifyData: 5 });
        return queue.events;
      },
    ],
  },
});

function positionText(word: number): string {
  return `next_off ${word & 0x7fff}, next_wrap ${word >> 15}`;
}
