import { expect, test } from "vitest";
import { MemoryLog } from "../../model/memory.ts";
import { RingMemory } from "../ring-memory.ts";
import { makeDevice, makeDriver } from "./make.ts";
import { Port } from "./port.ts";
import { stepsText } from "./ringlog-writer.ts";
import { TableSlots } from "./tables.ts";

function queue(queueSize: number, options: { indirect?: boolean; eventIdx?: boolean } = {}) {
  const memory = new RingMemory("packed", queueSize, 1024);
  const port = new Port(memory);
  const log = new MemoryLog();
  const tables = new TableSlots(memory, 0x5000, 256);
  const driver = makeDriver("reviewed", port, { tables, ...options });
  port.watch({ log, loads: true });
  const device = makeDevice("packed", new Port(memory), { tableBase: 0x5000 });
  const steps = (): string => {
    const text = stepsText(log);
    log.clear();
    return text;
  };
  return { driver, device, steps };
}

const segments = (count: number) =>
  Array.from({ length: count }, (_, n) => [0x1000 * (n + 1), 64] as const);

test("the id is in the last descriptor only, NEXT in all the others, nothing is stored twice", () => {
  const { driver, steps } = queue(4);
  driver.add(1, segments(2), segments(1));
  expect(steps()).toBe(
    "[" +
      '["w","desc",0,"0010000000000000"],["w","desc",8,"40000000"],' +
      '["w","desc",30,"8100"],["w","desc",16,"0020000000000000"],["w","desc",24,"40000000"],' +
      '["w","desc",46,"8200"],["w","desc",32,"0010000000000000"],["w","desc",40,"40000000"],["w","desc",44,"0000"],' +
      '["f","wmb"],["w","desc",14,"8100"]]',
  );
});

test("a table's entries have WRITE and nothing else", () => {
  const { driver, steps } = queue(4, { indirect: true });
  driver.add(1, segments(1), segments(1));
  const stores = steps();
  expect(stores).toContain('["w","ind",14,"0000"]');
  expect(stores).toContain('["w","ind",30,"0200"]');
  expect(stores).not.toContain('["w","ind",12,');
});

test("the device's flags decide, and off_wrap is read behind a read barrier", () => {
  const { driver, device, steps } = queue(4);
  driver.add(1, segments(1), []);
  steps();
  expect(driver.kickPrepare()).toBe(true);
  expect(steps()).toBe('[["f","mb"],["r","device",2,"0000"]]');
  device.setNotify({ mode: "disable" });
  driver.add(2, segments(1), []);
  expect(driver.kickPrepare()).toBe(false);
  device.setNotify({ mode: "desc", off: 2, wrap: 1 });
  driver.add(3, segments(1), []);
  steps();
  expect(driver.kickPrepare()).toBe(true);
  expect(steps()).toBe('[["f","mb"],["r","device",2,"0200"],["f","rmb"],["r","device",0,"0280"]]');
});

test("enable_cb asks with ENABLE and stores no offset", () => {
  const { driver, steps } = queue(4);
  driver.disableCb();
  steps();
  driver.enableCbPrepare();
  expect(steps()).toBe('[["w","driver",2,"0000"]]');
});

test("the delayed form stores off_wrap, a write barrier, then DESC", () => {
  const { driver, steps } = queue(8);
  driver.add(1, segments(4), []);
  steps();
  expect(driver.enableCbDelayed()).toBe(true);
  expect(steps()).toMatch(
    /^\[\["w","driver",0,"0380"\],\["f","wmb"\],\["w","driver",2,"0200"\],\["f","mb"\],\["r","desc",14,/,
  );
});

test("after the delayed form off_wrap moves along with getBuf", () => {
  const { driver, device, steps } = queue(8);
  driver.add(1, segments(1), []);
  driver.add(2, segments(1), []);
  driver.enableCbDelayed();
  const ids = [device.fetch(), device.fetch()];
  device.complete(
    ids.map((id) => ({ id, len: 0 })),
    "each",
  );
  driver.getBuf();
  steps();
  driver.getBuf();
  expect(steps()).toContain('["w","driver",0,"0280"],["f","mb"]');
});

test("without EVENT_IDX the delayed form is the plain one", () => {
  const { driver, steps } = queue(4, { eventIdx: false });
  driver.disableCb();
  steps();
  expect(driver.enableCbDelayed()).toBe(true);
  expect(steps()).toBe('[["w","driver",2,"0000"],["f","mb"]]');
});

test("detach still zeroes flags, and an empty queue has nothing used", () => {
  const { driver, device, steps } = queue(2);
  driver.add(1, segments(2), []);
  device.complete([{ id: device.fetch(), len: 0 }], "single");
  steps();
  expect(driver.getBuf()).toBe(1);
  expect(steps()).toContain('["w","desc",14,"0000"],["w","desc",30,"0000"]');
  expect(driver.getBuf()).toBe(-1);
  expect(steps()).toBe("[]");
});
