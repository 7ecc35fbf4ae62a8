import { expect, test } from "vitest";
import { randomOf } from "../../../tests/run.ts";
import { AREA, MemoryLog } from "../../model/memory.ts";
import { RingMemory } from "../ring-memory.ts";
import { MALFORMED, NOTHING_AVAILABLE } from "./device.ts";
import { NO_TOKEN, type Segment } from "./driver.ts";
import { makeDevice, makeDriver } from "./make.ts";
import { Port } from "./port.ts";
import { stepsText } from "./ringlog-writer.ts";
import { TableSlots } from "./tables.ts";

const LAYOUTS = ["split", "packed"] as const;
const TABLE_BASE = 0x5000_0000;
const SEED = 20180413;

function pair(
  layout: "split" | "packed",
  queueSize: number,
  how: { indirect?: boolean; eventIdx?: boolean } = {},
) {
  const memory = new RingMemory(layout, queueSize, 256 * (queueSize + 1));
  const tables = new TableSlots(memory, TABLE_BASE, 256);
  const driver = makeDriver("linux", new Port(memory), { tables, ...how });
  const port = new Port(memory);
  const log = new MemoryLog();
  port.watch({ log });
  const device = makeDevice(layout, port, { tableBase: TABLE_BASE, ...how });
  const steps = (): string => {
    const text = stepsText(log);
    log.clear();
    return text;
  };
  return { memory, driver, device, steps };
}

const out = (count: number): Segment[] =>
  Array.from({ length: count }, (_, n) => [0x1000 * (n + 1), 64]);

// Every way to complete, in order and out of it, direct and indirect: each token comes back once.
test.each(
  LAYOUTS.flatMap((layout) =>
    (["single", "batch", "each"] as const).flatMap((mode) =>
      [false, true].map((indirect) => [layout, mode, indirect] as const),
    ),
  ),
)(
  `%s, %s, indirect %s: every buffer comes back exactly once (seed ${SEED})`,
  (layout, mode, indirect) => {
    const random = randomOf(SEED);
    const pick = (limit: number): number => Math.floor(random() * limit);
    const { driver, device } = pair(layout, 8, { indirect });
    const held: { id: number; writable: number }[] = [];
    const outstanding = new Map<number, number>();
    let token = 0;
    for (let round = 0; round < 3000; round++) {
      while (random() < 0.6) {
        const into = out(pick(3));
        if (driver.add(token, out(1 + pick(3)), into) !== 0) break;
        outstanding.set(token++, 64 * into.length);
      }
      for (let id = device.fetch(); id >= 0; id = device.fetch()) {
        held.push({ id, writable: device.chain.writableBytes });
      }
      expect(device.error).toBe("");
      expect(device.state().inflight).toBe(held.length);
      const many = mode === "single" ? Math.min(1, held.length) : pick(held.length + 1);
      const used = Array.from({ length: many }, () => {
        const [one] = held.splice(pick(held.length), 1) as [{ id: number; writable: number }];
        return { id: one.id, len: one.writable };
      });
      device.complete(used, mode);
      for (let got = driver.getBuf(); got !== NO_TOKEN; got = driver.getBuf()) {
        expect(driver.usedLen).toBe(outstanding.get(got));
        outstanding.delete(got);
      }
      expect(outstanding.size).toBe(device.state().inflight);
    }
    expect(token).toBeGreaterThan(2000);
    expect(driver.state().broken).toBe(0);
  },
);

test.each(LAYOUTS)("%s: a batch shows all its buffers at once", (layout) => {
  const { driver, device, steps } = pair(layout, 4);
  for (const token of [1, 2, 3]) driver.add(token, [], out(1));
  const ids = [device.fetch(), device.fetch(), device.fetch()];
  steps();
  device.complete(
    ids.map((id) => ({ id, len: 1 })),
    "batch",
  );
  const stores = steps();
  if (layout === "split") {
    expect(stores).toMatch(/\["f","wmb"\],\["w","device",2,"0300"\]\]$/);
    expect(stores.match(/"wmb"/g)).toHaveLength(1);
  } else {
    // Flags from the end, and the first slot's alone behind the second barrier.
    expect(stores).toMatch(
      /\["f","wmb"\],\["w","desc",46,"8280"\],\["w","desc",30,"8280"\],\["f","wmb"\],\["w","desc",14,"8280"\]\]$/,
    );
  }
});

// INV-SP-14: one element at U%N, id = head of the last, used.idx += size of the batch.
test("split, in order: one element stands for the batch, the slots it skips keep what they had", () => {
  const { memory, driver, device, steps } = pair("split", 4);
  for (const token of [1, 2, 3]) driver.add(token, out(1), []);
  const ids = [device.fetch(), device.fetch(), device.fetch()];
  memory.fill(AREA.device, 4, 32, 0xee);
  steps();
  device.complete(
    ids.map((id) => ({ id, len: 0 })),
    "in-order",
  );
  expect(steps()).toBe(
    '[["w","device",4,"02000000"],["w","device",8,"00000000"],["f","wmb"],["w","device",2,"0300"]]',
  );
  expect(memory.get32(AREA.device, 12)).toBe(0xeeeeeeee);
  expect(device.state()).toEqual({ avail_idx: 3, used_idx: 3, inflight: 0 });
  // The next batch begins where the skipped slots end.
  driver.create();
  device.signal();
  expect(device.words.newSlots).toBe(3);
});

// INV-PK-18: one descriptor at the batch's first slot, id of the last, nu += all its slots.
test("packed, in order: one descriptor stands for the batch, over the ring's end", () => {
  const { driver, device, steps } = pair("packed", 4);
  driver.add(9, out(3), []);
  device.complete([{ id: device.fetch(), len: 0 }], "in-order");
  driver.getBuf();
  driver.add(1, out(1), []);
  driver.add(2, out(2), []);
  driver.add(3, [], out(1));
  const ids = [device.fetch(), device.fetch(), device.fetch()];
  steps();
  device.complete(
    ids.map((id) => ({ id, len: 5 })),
    "in-order",
  );
  const last = (ids[2] as number).toString(16).padStart(2, "0");
  expect(steps()).toBe(
    `[["w","desc",60,"${last}00"],["w","desc",56,"05000000"],["f","wmb"],["w","desc",62,"8280"]]`,
  );
  expect(device.state()).toEqual({
    avail_idx: 3,
    avail_wrap: 0,
    used_idx: 3,
    used_wrap: 0,
    inflight: 0,
  });
});

test.each(LAYOUTS)("%s, in order: a buffer before its turn is refused", (layout) => {
  const { driver, device } = pair(layout, 4);
  driver.add(1, out(1), []);
  driver.add(2, out(1), []);
  device.fetch();
  const second = device.fetch();
  expect(() => device.complete([{ id: second, len: 0 }], "in-order")).toThrow(RangeError);
});

// INV-PK-22: a used descriptor goes to the device's own position, over another buffer's.
test("packed, out of order: the used descriptor stands at the device's position", () => {
  const { memory, driver, device } = pair("packed", 4);
  driver.add(1, out(1), []);
  driver.add(2, out(2), []);
  const first = device.fetch();
  const second = device.fetch();
  device.complete([{ id: second, len: 0 }], "single");
  expect([memory.get16(AREA.desc, 12), memory.get16(AREA.desc, 14)]).toEqual([second, 0x8080]);
  expect(device.state()).toMatchObject({ used_idx: 2, used_wrap: 1 });
  expect(driver.getBuf()).toBe(2);
  device.complete([{ id: first, len: 0 }], "single");
  expect(memory.get16(AREA.desc, 46)).toBe(0x8080);
  expect(driver.getBuf()).toBe(1);
});

test.each(LAYOUTS)("%s: what is not in flight cannot be completed", (layout) => {
  const { driver, device } = pair(layout, 4);
  driver.add(1, out(1), []);
  expect(() => device.complete([{ id: 0, len: 0 }], "single")).toThrow(RangeError);
  const id = device.fetch();
  device.complete([{ id, len: 0 }], "single");
  expect(() => device.complete([{ id, len: 0 }], "single")).toThrow(RangeError);
  expect(() => device.complete([{ id: 70_000, len: 0 }], "single")).toThrow(RangeError);
});

test.each(LAYOUTS)("%s: a stopped device leaves the ring alone", (layout) => {
  const { driver, device, steps } = pair(layout, 4);
  driver.add(1, out(1), []);
  const id = device.fetch();
  device.stop();
  steps();
  expect(device.fetch()).toBe(NOTHING_AVAILABLE);
  device.complete([{ id, len: 0 }], "single");
  expect(steps()).toBe("[]");
  expect(device.state().inflight).toBe(0);
});

test.each([
  ["split", "a head outside the table", AREA.driver, 4, 9],
  ["split", "a chain that comes back to itself", AREA.desc, 12, 1],
  ["packed", "a list that runs into what is not available", AREA.desc, 14, 0x81],
] as const)("%s: %s is malformed", (layout, _what, area, offset, value) => {
  const { memory, driver, device } = pair(layout, 4);
  driver.add(1, out(1), []);
  memory.set16(area, offset, value);
  if (layout === "split") memory.set16(AREA.desc, 14, 0);
  expect(device.fetch()).toBe(MALFORMED);
  expect(device.error).not.toBe("");
});

test("packed: an id that is no slot's number is a buffer's all the same", () => {
  const { memory, driver, device } = pair("packed", 4);
  driver.add(1, out(1), []);
  memory.set16(AREA.desc, 12, 0xffff);
  expect(device.fetch()).toBe(0xffff);
  device.complete([{ id: 0xffff, len: 0 }], "single");
  expect(device.state()).toMatchObject({ used_idx: 1, inflight: 0 });
});

/** Has a buffer used and asks whether the driver is to be interrupted. */
function signalAfter(
  { driver, device }: ReturnType<typeof pair>,
  ask: () => void,
  buffers: number,
): boolean {
  ask();
  for (let n = 0; n < buffers; n++) driver.add(n, out(1), []);
  for (let n = 0; n < buffers; n++) device.complete([{ id: device.fetch(), len: 0 }], "single");
  return device.signal();
}

test.each(LAYOUTS)("%s: interrupts as the driver's words say, in every mode", (layout) => {
  for (const eventIdx of [false, true]) {
    const enabled = pair(layout, 8, { eventIdx });
    const { driver } = enabled;
    expect(signalAfter(enabled, () => driver.enableCb(), 1)).toBe(true);
    // Nothing new: nothing to tell.
    expect(enabled.device.signal()).toBe(false);
    const disabled = pair(layout, 8, { eventIdx });
    const off = (): void => {
      go(disabled);
      disabled.driver.disableCb();
    };
    expect(signalAfter(disabled, off, 2)).toBe(false);
  }
});

/** One buffer all the way round, so that index 0 is past. */
function go({ driver, device }: ReturnType<typeof pair>): void {
  driver.add(99, out(1), []);
  device.complete([{ id: device.fetch(), len: 0 }], "single");
  driver.getBuf();
  device.signal();
}

test.each(LAYOUTS)("%s: the delayed form is interrupted at three quarters", (layout) => {
  const { driver, device } = pair(layout, 8);
  // Packed: DESC is asked for only when callbacks were off.
  driver.disableCb();
  for (let token = 0; token < 4; token++) driver.add(token, out(1), []);
  driver.enableCbDelayed();
  const signals = [0, 1, 2, 3].map(() => {
    device.complete([{ id: device.fetch(), len: 0 }], "single");
    return device.signal();
  });
  expect(signals).toEqual([false, false, false, true]);
});

test("a cautious device signals first, and after a whole lap", () => {
  const memory = new RingMemory("packed", 4);
  const driver = makeDriver("linux", new Port(memory));
  const device = makeDevice("packed", new Port(memory), { cautious: true });
  const use = (slots: number): boolean => {
    driver.add(1, out(slots), []);
    device.complete([{ id: device.fetch(), len: 0 }], "single");
    const signal = device.signal();
    driver.getBuf();
    return signal;
  };
  driver.disableCb();
  driver.enableCb();
  memory.set16(AREA.driver, 0, 0x8003);
  expect(use(1)).toBe(true);
  memory.set16(AREA.driver, 0, 0x8003);
  expect(use(1)).toBe(false);
  memory.set16(AREA.driver, 0, 0x0003);
  expect(use(4)).toBe(true);
});

test.each(LAYOUTS)("%s: a mode that was not negotiated cannot be asked for", (layout) => {
  const plain = pair(layout, 4, { eventIdx: false }).device;
  expect(() => plain.setNotify({ mode: "desc", off: 0, wrap: 1 })).toThrow(RangeError);
  expect(() => plain.setNotify({ mode: "event", availEvent: 0 })).toThrow(RangeError);
  const { device, steps } = pair(layout, 4);
  if (layout === "split") {
    device.setNotify({ mode: "event", availEvent: 7 });
    expect(steps()).toBe('[["w","device",36,"0700"],["f","mb"]]');
    expect(() => device.setNotify({ mode: "enable" })).toThrow(RangeError);
  } else {
    device.setNotify({ mode: "desc", off: 3, wrap: 1 });
    expect(steps()).toBe(
      '[["w","device",0,"0380"],["f","wmb"],["w","device",2,"0200"],["f","mb"]]',
    );
    device.setNotify({ mode: "disable" });
    expect(steps()).toBe('[["w","device",2,"0100"],["f","mb"]]');
  }
});
