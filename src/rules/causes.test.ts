import { expect, test } from "vitest";
import { EventBatch, StringTable } from "../model/batch.ts";
import type { RingEvent } from "../model/event.ts";
import { Replay } from "../replay/replay.ts";
import { Check } from "./check.ts";
import { RULES } from "./index.ts";
import { StoryTeller } from "./scenario.ts";

/** Each finding, with the number of its effects. */
function found(events: readonly RingEvent[]): string[] {
  const check = new Check(RULES);
  const replay = new Replay({
    observe: (observation) => check.observe(observation),
    gap: () => {},
    pointerText: String,
    clock: () => ({ major: 0, minor: 0, unit: "seconds" }),
  });
  const batch = new EventBatch(events.length, new StringTable());
  for (const [seq, event] of events.entries()) batch.append(event, seq);
  replay.step(batch);
  replay.end(String);
  return check
    .findings()
    .filter(({ severity }) => severity !== "note")
    .map(({ rule, effects }) => `${rule}, ${effects.length > 0 ? "with" : "without"} effects`);
}

test("a wrap counter that was not flipped explains the free count that is wrong from there on", () => {
  const queue = new StoryTeller().packed({ size: 16 });
  queue.serve({ slots: 15 });
  queue.add({ slots: 3 });
  queue.kick();
  queue.use();
  queue.get({ flip: false });
  for (let i = 0; i < 3; i++) queue.serve({ slots: 1 });
  expect(found(queue.events)).toEqual(["packed/used-wrap-not-flipped, with effects"]);
});

test("a free count that was wrong before has nothing to do with the wrap counter", () => {
  const queue = new StoryTeller().packed({ size: 16 });
  queue.serve({ slots: 3 });
  queue.state.numFree -= 2;
  queue.serve({ slots: 3 });
  queue.state.numFree += 2;
  queue.serve({ slots: 9 });
  queue.add({ slots: 3 });
  queue.kick();
  queue.use();
  queue.get({ flip: false });
  for (let i = 0; i < 3; i++) queue.serve({ slots: 1 });
  const rules = found(queue.events).map((line) => line.replace(/,.*/, ""));
  expect(rules).toEqual(["packed/num-free-miscounted", "packed/used-wrap-not-flipped"]);
});

test("a missed kick and a stale event word are two mistakes, in the order in which they were made", () => {
  const queue = new StoryTeller().packed({ size: 16 });
  queue.serve({ slots: 3 });
  queue.enableCb();
  queue.serve({ slots: 3 });
  queue.enableCb({ offWrap: 0x8003 });
  queue.add({ slots: 1 });
  queue.kick({ needsKick: 0 });
  queue.interrupt();
  const lines = found(queue.events).map((line) => line.replace(/,.*/, ""));
  expect(lines).toEqual(["packed/off-wrap-stale", "queue/kick-missed"]);
});

test("the same mistake on two queues is two findings, first cause first", () => {
  const tell = new StoryTeller();
  const [one, two] = [tell.packed({ size: 16 }), tell.packed({ size: 16 })];
  for (const queue of [one, two]) {
    queue.serve({ slots: 15 });
    queue.add({ slots: 3 });
    queue.kick();
    queue.use();
    queue.get({ flip: false });
    queue.serve({ slots: 1 });
  }
  expect(found([...one.events, ...two.events])).toEqual([
    "packed/used-wrap-not-flipped, with effects",
    "packed/used-wrap-not-flipped, with effects",
  ]);
});
