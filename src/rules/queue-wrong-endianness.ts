import { store } from "./ring-story.ts";
import { defineRule } from "./rule.ts";

export const queueWrongEndianness = defineRule({
  id: "queue/wrong-endianness",
  title: "The descriptors of a ring make sense only when they are read as big-endian.",
  why:
    "With VIRTIO_F_VERSION_1, which packed rings need, every field is little-endian, whatever the guest's processor is. Only a legacy " +
    "driver writes its own byte order.",
  class: "protocol",
  severity: "error",
  party: "driver",
  clause: "virtio-1.3/1.4",
  covers: ["SP-LEG-04", "INV-C-10"],
  needs: "the descriptors of a ring at one instant, and for a split ring its features",
  follows: [],
  on: {
    "byteOrder.seen"(seen, judge) {
      if (seen.order === "unknown") {
        judge.undecided("descriptors say too little of their byte order");
      } else if (seen.order === "little" || seen.version1 === false) judge.satisfied();
      else if (seen.version1 === undefined) {
        judge.unclear(
          "2.7.3: the ring is big-endian, as it has to be in a legacy guest of that byte order; nobody says whether VERSION_1 was negotiated",
        );
      } else {
        judge.violated({
          place: seen.place,
          message:
            "no descriptor with flags makes sense as little-endian, and every one does as big-endian; VIRTIO_F_VERSION_1 was negotiated",
          expected: "little-endian fields",
          found: "big-endian fields",
          evidence: seen.evidence,
          shape: "",
        });
      }
    },
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 4 });
        queue.operation("snapshot", [
          store("desc", 12, 2, 0),
          store("desc", 14, 2, 0x8280),
          store("desc", 28, 2, 0x0100),
          store("desc", 30, 2, 0x8380),
        ]);
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 4 });
        queue.operation("snapshot", [
          store("desc", 14, 2, 0x8082),
          store("desc", 28, 2, 1),
          store("desc", 30, 2, 0x8083),
        ]);
        return queue.events;
      },
      // AVAIL and USED alone are the same bits in both orders.
      (tell) => {
        const queue = tell.ring({ layout: "packed", size: 4 });
        const steps = [0, 1, 2, 3].map((slot) => store("desc", slot * 16 + 14, 2, 0x8000));
        queue.operation("snapshot", steps);
        return queue.events;
      },
      // A split ring of nobody knows which guest.
      (tell) => {
        const queue = tell.ring({ layout: "split", size: 4 });
        queue.operation("snapshot", [store("desc", 12, 2, 0x0200), store("desc", 28, 2, 0x0200)]);
        return queue.events;
      },
    ],
  },
});
