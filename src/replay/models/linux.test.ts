import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { replayLog } from "../../../tests/model-log.ts";
import { AREA, MemoryLog } from "../../model/memory.ts";
import { RingMemory } from "../ring-memory.ts";
import { ENOMEM, ENOSPC, NO_TOKEN } from "./driver.ts";
import { makeDevice, makeDriver } from "./make.ts";
import { Port } from "./port.ts";
import { stepsText } from "./ringlog-writer.ts";
import { TableSlots } from "./tables.ts";

// Linux wrote these; tests/models.test.ts replays all 46 where they are at hand.
test.each(["packed-n7-e1-i1-s1", "packed-n4-e1-i0-s1", "split-n8-e1-i1-s1"])(
  "linux writes the lines of Linux 6.1's own log: %s",
  (name) => {
    const { operations, differences } = replayLog(
      readFileSync(`fixtures/ringlog/${name}.jsonl`, "utf8"),
    );
    expect(differences).toEqual([]);
    expect(operations).toBe(299);
  },
);

test("a log that is not Linux's is told from it", () => {
  const text = readFileSync("fixtures/ringlog/packed-n4-e1-i0-s1.jsonl", "utf8");
  const swapped = text.replace(
    /(\["w","desc",\d+,"[0-9a-f]{16}"\]),(\["w","desc",\d+,"[0-9a-f]{8}"\])/,
    "$2,$1",
  );
  expect(swapped).not.toBe(text);
  expect(replayLog(swapped).differences).toHaveLength(1);
});

const LAYOUTS = ["split", "packed"] as const;

test.each(LAYOUTS)("%s: a kick that the device refuses breaks the queue", (layout) => {
  const port = new Port(new RingMemory(layout, 4));
  port.onNotify = () => false;
  const driver = makeDriver("linux", port);
  expect(driver.notify()).toBe(false);
  expect(driver.state().broken).toBe(1);
  expect(driver.add(1, [[0x1000, 8]], [])).toBe(-5);
  expect(driver.getBuf()).toBe(NO_TOKEN);
});

test.each(LAYOUTS)("%s: a mapping that fails leaves the driver's state as it was", (layout) => {
  const memory = new RingMemory(layout, 4);
  let mappings = 0;
  const driver = makeDriver("linux", new Port(memory), { mapFails: () => ++mappings === 5 });
  // The second list passes the ring's end before its last mapping fails.
  driver.add(1, [[0x1000, 8]], []);
  const device = makeDevice(layout, new Port(memory));
  device.complete([{ id: device.fetch(), len: 0 }], "single");
  driver.getBuf();
  const before = driver.state();
  const segments = [1, 2, 3, 4].map((n) => [n * 0x1000, 8] as const);
  expect(driver.add(2, segments, [])).toBe(layout === "split" ? -ENOMEM : -5);
  expect(driver.state()).toEqual(before);
  expect(driver.add(2, segments, [])).toBe(0);
  expect(device.fetch()).toBeGreaterThanOrEqual(0);
  expect(device.chain.count).toBe(4);
});

test.each(LAYOUTS)("%s: a buffer is a caller's bug without a segment or a token", (layout) => {
  const driver = makeDriver("linux", new Port(new RingMemory(layout, 4)));
  expect(() => driver.add(1, [], [])).toThrow(RangeError);
  expect(() => driver.add(-1, [[0x1000, 8]], [])).toThrow(RangeError);
});

test.each(LAYOUTS)("%s: a used id that is not in flight breaks the queue", (layout) => {
  const memory = new RingMemory(layout, 4);
  const driver = makeDriver("linux", new Port(memory));
  driver.add(1, [[0x1000, 8]], []);
  const device = makeDevice(layout, new Port(memory));
  device.complete([{ id: device.fetch(), len: 0 }], "single");
  if (layout === "split") memory.set32(AREA.device, 4, 3);
  else memory.set16(AREA.desc, 12, 3);
  expect(driver.getBuf()).toBe(NO_TOKEN);
  expect(driver.state().broken).toBe(1);
});

test("a split queue's size is a power of two", () => {
  expect(() => makeDriver("linux", new Port(new RingMemory("split", 6)))).toThrow(RangeError);
  expect(() => makeDriver("rfc2", new Port(new RingMemory("split", 8)))).toThrow(RangeError);
});

test("with the largest queue a list of N slots comes back", () => {
  const memory = new RingMemory("packed", 32768);
  const driver = makeDriver("linux", new Port(memory));
  const device = makeDevice("packed", new Port(memory));
  const segments = Array.from({ length: 32768 }, (_, n) => [0x1000 * n, 8] as const);
  for (const token of [1, 2, 3]) {
    expect(driver.add(token, segments, [])).toBe(0);
    expect(driver.add(9, [[0x1000, 8]], [])).toBe(-ENOSPC);
    expect(driver.kickPrepare()).toBe(true);
    device.complete([{ id: device.fetch(), len: 0 }], "single");
    expect(driver.getBuf()).toBe(token);
  }
  expect(driver.state()).toMatchObject({ num_free: 32768, avail_wrap: 0, used_wrap: 0 });
});

test("the hook runs before each step, and what it does is seen by the step", () => {
  const memory = new RingMemory("packed", 4);
  const port = new Port(memory);
  const driver = makeDriver("linux", port);
  const seen: string[] = [];
  port.watch({
    before: ({ op, area, offset }) => {
      seen.push(`${op}:${area}:${offset}`);
      // The device turns notifications off just before the driver looks.
      if (area === AREA.device) memory.set16(AREA.device, 2, 1);
    },
  });
  driver.add(1, [[0x1000, 8]], []);
  expect(seen).toEqual(["0:0:0", "0:0:8", "0:0:12", "2:2:0", "0:0:14"]);
  expect(driver.kickPrepare()).toBe(false);
});

test("a table that is not to be had sends the buffer into the ring", () => {
  const memory = new RingMemory("packed", 4, 64);
  const port = new Port(memory);
  const log = new MemoryLog();
  const tables = new TableSlots(memory, 0x5000, 32);
  const driver = makeDriver("linux", port, { indirect: true, tables });
  const pair = [
    [0x1000, 8],
    [0x2000, 8],
  ] as const;
  driver.add(1, pair, []);
  driver.add(2, pair, []);
  port.watch({ log });
  expect(driver.add(3, pair, [])).toBe(0);
  expect(stepsText(log)).toMatch(/^\[\["n",32\],\["w","desc",32,"0010000000000000"\]/);
  const device = makeDevice("packed", new Port(memory), { tableBase: 0x5000 });
  const counts = [1, 2, 3].map(() => [device.fetch(), device.chain.count, device.chain.slotCount]);
  expect(counts).toEqual([
    [0, 2, 1],
    [1, 2, 1],
    [2, 2, 2],
  ]);
});
