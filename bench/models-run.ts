// One measurement of bench/models.ts: LAYOUT on|off. Prints million cycles a second.
import type { Layout } from "../src/model/event.ts";
import { MemoryLog } from "../src/model/memory.ts";
import type { UsedBuffer } from "../src/replay/models/device.ts";
import type { Segment } from "../src/replay/models/driver.ts";
import { makeDevice, makeDriver } from "../src/replay/models/make.ts";
import { Port } from "../src/replay/models/port.ts";
import { RingMemory } from "../src/replay/ring-memory.ts";
import { median } from "./median.ts";

const QUEUE_SIZE = 256;
const CYCLES = 2_000_000;
const ROUNDS = 7;
const NONE: readonly Segment[] = [];
const OUT: readonly Segment[] = [[0x12_3456_7000, 1500]];

/**
 * One buffer of one segment at a time, from add to get_buf; cycles a second. With `log`, the stores and
 * barriers of both sides go to it; it is emptied now and then, as who reads it would.
 */
function measure(layout: Layout, log: MemoryLog | undefined): number {
  const memory = new RingMemory(layout, QUEUE_SIZE);
  const driverPort = new Port(memory);
  const devicePort = new Port(memory);
  driverPort.watch({ log });
  devicePort.watch({ log });
  const driver = makeDriver("linux", driverPort);
  const device = makeDevice(layout, devicePort);
  const done: { id: number; len: number }[] = [{ id: 0, len: 0 }];
  const used: readonly UsedBuffer[] = done;
  const [first] = done as [{ id: number; len: number }];
  // Processor time, the compiler's and the collector's threads counted in: "on one core", whoever else runs.
  const started = process.cpuUsage();
  for (let token = 0; token < CYCLES; token++) {
    driver.add(token, OUT, NONE);
    if (driver.kickPrepare()) driver.notify();
    first.id = device.fetch();
    device.complete(used, "single");
    device.signal();
    if (driver.getBuf() !== token) throw new Error(`token ${token} did not come back`);
    if (log !== undefined && log.length > 100_000) log.clear();
  }
  const { user, system } = process.cpuUsage(started);
  return CYCLES / ((user + system) / 1e6);
}

const [layout, log] = process.argv.slice(2);
const store = log === "on" ? new MemoryLog(1 << 17) : undefined;
// The first round compiles.
measure(layout as Layout, store);
const rates = Array.from({ length: ROUNDS }, () => measure(layout as Layout, store));
console.log((median(rates) / 1e6).toFixed(2));
