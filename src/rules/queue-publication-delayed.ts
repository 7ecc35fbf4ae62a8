import { defineRule } from "./rule.ts";

/** What Linux's own DEBUG check allows between an add and the next kick or get. */
const AGE_MAX_NS = 100_000_000;

export const queuePublicationDelayed = defineRule({
  id: "queue/publication-delayed",
  title: "More than 100 ms passed between an add and the next kick decision or get_buf.",
  why:
    "A buffer that waits for its notification this long is usually forgotten. Linux warns of it when " +
    "built with DEBUG.",
  class: "lint",
  severity: "note",
  party: "driver",
  clause: null,
  covers: [],
  needs: "adds, kick decisions and get_bufs on a clock in seconds",
  follows: [],
  on: {
    "publication.aged"(seen, judge) {
      if (seen.age <= AGE_MAX_NS) judge.satisfied();
      else {
        judge.violated({
          place: seen.place,
          message: `the buffer added here waited ${Math.round(seen.age / 1e6)} ms for a kick decision or a get_buf`,
          expected: "at most 100 ms",
          found: `${Math.round(seen.age / 1e6)} ms`,
          evidence: [{ role: "publication", place: seen.place, what: "the add" }],
          shape: "late",
        });
      }
    },
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.add({ slots: 1 });
        queue.wait(150_000_000);
        queue.kick();
        return queue.events;
      },
    ],
    obeys: [
      (tell) => {
        const queue = tell.packed({ size: 4 });
        queue.add({ slots: 1 });
        queue.wait(90_000_000);
        queue.kick();
        queue.wait(900_000_000);
        queue.use();
        queue.get();
        return queue.events;
      },
    ],
  },
});
