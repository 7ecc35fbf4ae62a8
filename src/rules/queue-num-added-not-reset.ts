import { defineRule } from "./rule.ts";

export const queueNumAddedNotReset = defineRule({
  id: "queue/num-added-not-reset",
  title: "A kick decision did not reset the driver's count of added entries.",
  why:
    "The next decision then looks further back than to the last one, and notifies too often; a count that " +
    "runs past the queue size makes it wrong.",
  class: "protocol",
  severity: "warning",
  party: "driver",
  clause: null,
  covers: [],
  needs: "num_added and the available position at a kick_prepare and at the next sample",
  follows: ["packed/avail-wrap-not-flipped", "packed/num-free-miscounted"],
  on: {
    "numAdded.sampled"(seen, judge) {
      if (seen.undecided !== undefined) return judge.undecided(seen.undecided);
      if (seen.sampled <= seen.added) return judge.satisfied();
      judge.violated({
        place: seen.place,
        message:
          `num_added was ${seen.before} at the decision and is ${seen.sampled} at the next sample, ` +
          `with ${seen.added} added in between`,
        expected: `num_added of at most ${seen.added}`,
        found: `num_added=${seen.sampled}`,
        evidence: seen.evidence,
        shape: "kept",
      });
    },
  },
  examples: {
    violates: [
      (tell) => {
        const queue = tell.packed({ size: 16 });
        queue.serve({ slots: 3 });
        queue.add({ slots: 2 });
        queue.kick({ keepNumAdded: true });
        queue.add({ slots: 1 });
        queue.kick({ keepNumAdded: true });
        queue.add({ slots: 1 });
        queue.kick();
        return queue.events;
      },
      (tell) => {
        const queue = tell.split({ size: 8, availEvent: 0 });
        queue.add();
        queue.kick({ keepNumAdded: true });
        queue.add();
        queue.kick();
        return queue.events;
      },
    ],
    obeys: [
      // One count alone: two laps may have gone unseen.
      (tell) => {
        const queue = tell.packed({ size: 16 });
        queue.serve({ slots: 3 });
        queue.add({ slots: 2 });
        queue.kick({ keepNumAdded: true });
        queue.add({ slots: 1 });
        queue.kick();
        return queue.events;
      },
      (tell) => {
        const queue = tell.packed({ size: 16 });
        queue.serve({ slots: 3 });
        queue.add({ slots: 2 });
        queue.add({ slots: 2 });
        queue.kick();
        queue.add({ slots: 1 });
        queue.add({ slots: 1 });
        queue.kick();
        return queue.events;
      },
      // An add between the samples went unseen.
      (tell) => {
        const queue = tell.packed({ size: 16 });
        queue.serve({ slots: 3 });
        queue.add({ slots: 2 });
        queue.kick();
        queue.unseen(() => queue.add({ slots: 1 }));
        queue.add({ slots: 1 });
        queue.kick();
        return queue.events;
      },
    ],
  },
});
