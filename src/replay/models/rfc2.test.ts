import { expect, test } from "vitest";
import { MemoryLog } from "../../model/memory.ts";
import { RingMemory } from "../ring-memory.ts";
import type { Device, UsedBuffer } from "./device.ts";
import { type Driver, type DriverName, type DriverOptions, NO_TOKEN } from "./driver.ts";
import { makeDevice, makeDriver } from "./make.ts";
import { Port } from "./port.ts";
import { stepsText } from "./ringlog-writer.ts";
import { TableSlots } from "./tables.ts";

const TABLE_BASE = 0x5000;

interface Pair {
  readonly memory: RingMemory;
  readonly driver: Driver;
  readonly device: Device;
  readonly driverPort: Port;
  /** What the driver stores, as a log has it; all since the call before. */
  readonly steps: () => string;
}

function pair(name: DriverName, queueSize: number, options: Partial<DriverOptions> = {}): Pair {
  const memory = new RingMemory("packed", queueSize, 1024);
  const driverPort = new Port(memory);
  const log = new MemoryLog();
  driverPort.watch({ log });
  const tables = new TableSlots(memory, TABLE_BASE, 256);
  const driver = makeDriver(name, driverPort, { tables, ...options });
  const device = makeDevice("packed", new Port(memory), { tableBase: TABLE_BASE });
  const steps = (): string => {
    const text = stepsText(log);
    log.clear();
    return text;
  };
  return { memory, driver, device, driverPort, steps };
}

const segments = (count: number) =>
  Array.from({ length: count }, (_, n) => [0x1000 * (n + 1), 64] as const);

/** Goes `slots` slots around the ring, one at a time. */
function go({ driver, device }: Pair, slots: number): void {
  for (let n = 0; n < slots; n++) {
    driver.add(100 + n, segments(1), []);
    use(device, 1);
    driver.getBuf();
    driver.kickPrepare();
  }
}

function use(device: Device, buffers: number): UsedBuffer[] {
  const used = Array.from({ length: buffers }, () => ({ id: device.fetch(), len: 0 }));
  for (const one of used) device.complete([one], "single");
  return used;
}

test("the wrap counter flips inside the loop, in the middle of a list", () => {
  const queue = pair("rfc2", 4);
  go(queue, 3);
  queue.steps();
  queue.driver.add(1, segments(3), []);
  // Slots 3 (wrap 1), 0 and 1 (wrap 0); the head's flags last.
  expect(queue.steps().match(/\["w","desc",(62|14|30),"...."\]/g)).toEqual([
    '["w","desc",14,"0180"]',
    '["w","desc",30,"0180"]',
    '["w","desc",30,"0080"]',
    '["w","desc",62,"8100"]',
  ]);
  expect(queue.driver.state()).toMatchObject({ avail_idx: 2, avail_wrap: 0 });
});

test("NEXT is stored on every descriptor and taken from the last one afterwards", () => {
  const queue = pair("rfc2", 4);
  queue.driver.add(1, segments(1), []);
  // One segment: cleared on the flags that are held back.
  expect(queue.steps()).toBe(
    '[["w","desc",0,"0010000000000000"],["w","desc",8,"40000000"],["w","desc",12,"0000"],["f","wmb"],["w","desc",14,"8000"]]',
  );
  queue.driver.add(2, segments(1), segments(1));
  const stores = queue.steps();
  expect(stores).toContain('["w","desc",46,"8300"]');
  expect(stores).toContain('["w","desc",46,"8200"],["f","wmb"],["w","desc",30,"8100"]');
});

test("the id is in every descriptor, and is the head's slot", () => {
  const queue = pair("rfc2", 4);
  go(queue, 1);
  queue.steps();
  queue.driver.add(1, segments(2), []);
  expect(queue.steps().match(/\["w","desc",(28|44),"...."\]/g)).toEqual([
    '["w","desc",28,"0100"]',
    '["w","desc",44,"0100"]',
  ]);
});

test("a mapping that fails takes the flip back", () => {
  let mappings = 0;
  const queue = pair("rfc2", 4, { mapFails: () => ++mappings === 6 });
  go(queue, 3);
  const before = queue.driver.state();
  expect(queue.driver.add(1, segments(3), [])).toBe(-12);
  expect(queue.driver.state()).toEqual(before);
});

test("a full queue notifies for readable segments, and says -ENOSPC", () => {
  const queue = pair("rfc2", 1);
  queue.driver.add(1, segments(1), []);
  queue.steps();
  expect(queue.driver.add(2, segments(1), [])).toBe(-28);
  expect(queue.steps()).toBe('[["k"]]');
  expect(queue.driver.add(2, [], segments(1))).toBe(-28);
  expect(queue.steps()).toBe("[]");
});

test("a table's entries carry what belongs into ring descriptors", () => {
  const queue = pair("rfc2", 4, { indirect: true });
  queue.driver.add(1, segments(1), segments(1));
  const stores = queue.steps();
  expect(stores).toContain('["w","ind",14,"8100"]');
  expect(stores).toContain(
    '["w","desc",8,"20000000"],["w","desc",12,"0000"],["f","wmb"],["w","desc",14,"8400"]',
  );
});

// driver-kick-rfcv2-packed: slots 15, 0 and 1 added, the word 0x800f asks for slot 15 of the lap before.
test("the kick that a guest hung on is not given", () => {
  const kick = (name: DriverName): boolean => {
    const queue = pair(name, 16);
    go(queue, 15);
    queue.driver.kickPrepare();
    queue.device.setNotify({ mode: "desc", off: 15, wrap: 1 });
    queue.driver.add(1, segments(3), []);
    expect(queue.driver.state()).toMatchObject({ avail_idx: 2, avail_wrap: 0, num_added: 3 });
    return queue.driver.kickPrepare();
  };
  expect(kick("rfc2")).toBe(false);
  expect(kick("reviewed")).toBe(true);
  expect(kick("linux")).toBe(true);
});

test("with EVENT_IDX the device's flags are not looked at", () => {
  const queue = pair("rfc2", 16);
  go(queue, 1);
  queue.device.setNotify({ mode: "enable" });
  queue.driver.add(1, segments(1), []);
  expect(queue.driver.kickPrepare()).toBe(false);
  const plain = pair("rfc2", 16, { eventIdx: false });
  plain.driver.add(1, segments(1), []);
  expect(plain.driver.kickPrepare()).toBe(true);
});

test("flags are stored before off_wrap, with no barrier between", () => {
  const queue = pair("rfc2", 4);
  go(queue, 2);
  queue.driver.disableCb();
  queue.steps();
  queue.driver.enableCbPrepare();
  expect(queue.steps()).toBe('[["w","driver",2,"0200"],["w","driver",0,"0280"]]');
});

test("a device between the two stores goes by the old off_wrap", () => {
  const decide = (name: DriverName): string => {
    const queue = pair(name, 8);
    go(queue, 2);
    queue.driver.enableCbDelayed();
    queue.driver.disableCb();
    // Slot 3 is the next to be used; off_wrap still asks for slot 2.
    go(queue, 1);
    queue.device.signal();
    queue.driver.add(1, segments(1), []);
    const used = { id: queue.device.fetch(), len: 0 };
    let words = "";
    queue.driverPort.watch({
      before: ({ area, offset }) => {
        if (area !== 1 || offset !== 0 || words !== "") return;
        queue.device.complete([used], "single");
        const given = queue.device.signal();
        const { flags, offWrap } = queue.device.words;
        words = `flags ${flags} off_wrap 0x${(offWrap & 0xffff).toString(16)}: ${given}`;
      },
    });
    queue.driver.enableCbDelayed();
    return words;
  };
  expect(decide("rfc2")).toBe("flags 2 off_wrap 0x8002: false");
  // off_wrap comes first: at its store flags are DISABLE still, and off_wrap is not read.
  expect(decide("reviewed")).toBe("flags 1 off_wrap 0xffff: false");
  expect(decide("linux")).toBe("flags 1 off_wrap 0xffff: false");
});

test("with N slots in flight the used wrap counter is guessed wrong", () => {
  const queue = pair("rfc2", 4);
  queue.driver.add(1, segments(4), []);
  expect(queue.driver.enableCbPrepare()).toBe(0x0000);
  expect(queue.driver.state().used_wrap).toBe(1);
  const fixed = pair("reviewed", 4);
  fixed.driver.add(1, segments(4), []);
  expect(fixed.driver.enableCbPrepare()).toBe(0x8000);
});

test("off_wrap stays behind when getBuf moves on", () => {
  const queue = pair("rfc2", 4);
  queue.driver.disableCb();
  queue.driver.enableCb();
  queue.driver.add(1, segments(1), []);
  use(queue.device, 1);
  queue.steps();
  expect(queue.driver.getBuf()).toBe(1);
  expect(queue.steps()).not.toContain('"driver"');
});

test("detach zeroes the flags of every slot of the buffer", () => {
  const queue = pair("rfc2", 4);
  queue.driver.add(1, segments(2), []);
  use(queue.device, 1);
  queue.steps();
  queue.driver.getBuf();
  expect(queue.steps()).toBe('[["f","rmb"],["w","desc",14,"0000"],["w","desc",30,"0000"]]');
});

test("zeroed flags look used in the second lap, and only an empty queue is guarded", () => {
  const queue = pair("rfc2", 4);
  go(queue, 4);
  expect(queue.driver.state()).toMatchObject({ num_free: 4, used_wrap: 0 });
  // AVAIL and USED are both 0, as they would be if used in this lap.
  expect(queue.memory.get16(0, 14)).toBe(0);
  expect(queue.driver.getBuf()).toBe(NO_TOKEN);
  expect(queue.driver.poll(0x0000)).toBe(false);
});

test("zeroed flags wipe out another buffer's when the device goes out of order", () => {
  const queue = pair("rfc2", 4);
  queue.driver.add(1, segments(1), []);
  queue.driver.add(2, segments(1), []);
  const [first, second] = [queue.device.fetch(), queue.device.fetch()];
  queue.device.complete([{ id: second, len: 0 }], "single");
  queue.device.complete([{ id: first, len: 0 }], "single");
  expect(queue.driver.getBuf()).toBe(2);
  // Buffer 1 was marked used in slot 1, which was buffer 2's own.
  expect(queue.driver.getBuf()).toBe(NO_TOKEN);
  const merged = pair("linux", 4);
  merged.driver.add(1, segments(1), []);
  merged.driver.add(2, segments(1), []);
  const ids = [merged.device.fetch(), merged.device.fetch()].reverse();
  merged.device.complete(
    ids.map((id) => ({ id, len: 0 })),
    "batch",
  );
  expect([merged.driver.getBuf(), merged.driver.getBuf()]).toEqual([2, 1]);
});

test("after detach_unused_buf no slot looks available", () => {
  for (const name of ["rfc2", "reviewed"] as const) {
    const queue = pair(name, 4);
    queue.driver.add(1, segments(3), []);
    queue.device.stop();
    expect(queue.driver.detachUnusedBuf()).toBe(1);
    expect([14, 30, 46].map((at) => queue.memory.get16(0, at))).toEqual([0, 0, 0]);
    expect(queue.driver.detachUnusedBuf()).toBe(NO_TOKEN);
  }
});
