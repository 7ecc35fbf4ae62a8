import { expect, test } from "vitest";
import { EventBatch, StringTable } from "../src/model/batch.ts";
import type { RingEvent, Step } from "../src/model/event.ts";
import { Replay } from "../src/replay/replay.ts";
import { Check } from "../src/rules/check.ts";
import { RULES } from "../src/rules/index.ts";
import { store } from "../src/rules/ring-story.ts";
import { StoryTeller } from "../src/rules/scenario.ts";
import { usedBits } from "../src/virtio/packed.ts";

/** Rules violated and, by rule, how often each was satisfied. */
function judged(events: readonly RingEvent[]): { found: string[]; satisfied: Map<string, number> } {
  const check = new Check(RULES);
  const replay = new Replay({
    observe: (seen) => check.observe(seen),
    gap: () => {},
    pointerText: String,
    clock: () => ({ major: 0, minor: 0, unit: "ticks" }),
  });
  const batch = new EventBatch(events.length, new StringTable());
  for (const [seq, event] of events.entries()) batch.append(event, seq);
  replay.step(batch);
  replay.end(String);
  return {
    found: check.findings().map(({ rule }) => rule),
    satisfied: new Map(check.coverage().map(({ rule, satisfied }) => [rule, satisfied])),
  };
}

const wmb: Step = { op: "barrier", barrier: "wmb" };

/** A used descriptor, as the device writes it. */
const used = (slot: number, id: number, wrap: number): Step[] => [
  store("desc", slot * 16 + 12, 2, id),
  store("desc", slot * 16 + 8, 4, 0),
  wmb,
  store("desc", slot * 16 + 14, 2, usedBits(wrap)),
];

test("in order, one used descriptor stands for a batch (INV-PK-18)", () => {
  const queue = new StoryTeller().ring({ layout: "packed", size: 4, inOrder: true });
  for (let lap = 0; lap < 5; lap++) {
    const wrap = lap % 2 === 0 ? 1 : 0;
    queue.add();
    queue.add({ readable: 2 });
    queue.add();
    // The last buffer of the batch is at slot 3; only the first slot is written.
    queue.operation("deviceUse", used(0, 3, wrap));
  }
  const { found, satisfied } = judged(queue.events);
  expect(found).toEqual([]);
  expect(satisfied.get("queue/used-id-not-in-flight")).toBe(5);
});

test("in order, one used element stands for a batch (INV-SP-14)", () => {
  const queue = new StoryTeller().ring({ layout: "split", size: 4, inOrder: true });
  queue.add();
  queue.add();
  queue.add();
  queue.operation("deviceUse", [
    store("device", 4, 4, 2),
    store("device", 8, 4, 0),
    wmb,
    store("device", 2, 2, 3),
  ]);
  const { found, satisfied } = judged(queue.events);
  expect(found).toEqual([]);
  expect(satisfied.get("split/used-idx-passed-avail")).toBe(1);
});

test("out of order, a used descriptor may land on a slot of a buffer in flight (INV-PK-22)", () => {
  const queue = new StoryTeller().ring({ layout: "packed", size: 4 });
  queue.add({ readable: 2 });
  queue.add();
  queue.operation("deviceUse", used(0, 2, 1));
  // Slots 3 and 0 are the driver's now, although the first buffer is still out.
  queue.add({ readable: 2 });
  queue.operation("deviceUse", used(1, 0, 1));
  queue.operation("deviceUse", used(3, 3, 1));
  expect(judged(queue.events).found).toEqual([]);
});

test("a device may write ahead, and publish by the first (PK-DEV-03)", () => {
  const queue = new StoryTeller().ring({ layout: "packed", size: 4 });
  queue.add();
  queue.add();
  queue.operation("deviceUse", used(1, 1, 1));
  queue.operation("deviceUse", used(0, 0, 1));
  queue.add();
  const { found, satisfied } = judged(queue.events);
  expect(found).toEqual([]);
  expect(satisfied.get("queue/used-id-not-in-flight")).toBe(2);
});

test("used.idx and avail.idx go round at 65536", () => {
  const queue = new StoryTeller().ring({ layout: "split", size: 2 });
  for (let i = 0; i < 65_540; i++) {
    queue.add();
    queue.use();
  }
  const { found, satisfied } = judged(queue.events);
  expect(found).toEqual([]);
  expect(satisfied.get("split/avail-idx-jumped")).toBe(65_540);
});

test("after the device stopped, the driver may take back what it made available", () => {
  const queue = new StoryTeller().ring({ layout: "split", size: 4 });
  queue.add();
  queue.operation("deviceStop", []);
  // Linux counts avail.idx down again (catalogue D10).
  queue.operation("detachUnused", [store("driver", 2, 2, 0)], { token: 0x1000 });
  expect(judged(queue.events).found).toEqual([]);
});

test("operations that are missing make the ring unknown until it is created again", () => {
  const queue = new StoryTeller().ring({ layout: "packed", size: 4 });
  queue.add();
  queue.events.push({ kind: "lost", phase: "begin", lostCount: 1 });
  queue.avail = 2;
  queue.add();
  const { found, satisfied } = judged(queue.events);
  expect(found).toEqual([]);
  expect(satisfied.get("packed/avail-flags-wrong-lap")).toBe(1);
});

test("a store outside the queue's memory is named, and harms nothing", () => {
  const queue = new StoryTeller().ring({ layout: "packed", size: 4 });
  for (const offset of [64, 4096, 0xffff_fff0]) {
    queue.operation("disableCb", [store("desc", offset, 8, 0)]);
  }
  queue.operation("disableCb", [store("pad", 0, 2, 0)]);
  expect(judged(queue.events).found).toEqual(["queue/store-not-owned"]);
});

test("flags that a driver clears behind its position publish nothing", () => {
  const queue = new StoryTeller().ring({ layout: "packed", size: 4 });
  for (let i = 0; i < 4; i++) queue.add();
  queue.use();
  queue.operation("getBuf", [store("desc", 14, 2, 0)], { token: 0x1000 });
  queue.add();
  const { found, satisfied } = judged(queue.events);
  expect(found).toEqual([]);
  expect(satisfied.get("packed/avail-flags-wrong-lap")).toBe(5);
});
