import { expect, test } from "vitest";
import { replayLog } from "../../../tests/model-log.ts";
import { randomOf } from "../../../tests/run.ts";
import { DRIVER_NAMES, type DriverName } from "./driver.ts";
import { runSchedule, type ScheduleOptions, type ScheduleResult } from "./schedule.ts";

const SEED = 1;

/** Packed, N = 2 to 16, features on and off; the same random numbers for each driver. */
function packed(driver: DriverName, how: Partial<ScheduleOptions> = {}): ScheduleResult[] {
  const results: ScheduleResult[] = [];
  for (let queueSize = 2; queueSize <= 16; queueSize++) {
    for (const eventIdx of [false, true]) {
      for (const indirect of [false, true]) {
        const random = randomOf(SEED + queueSize);
        const one = { driver, layout: "packed", queueSize, eventIdx, indirect, random } as const;
        results.push(runSchedule({ ...one, operations: 2000, resets: 1, ...how }));
      }
    }
  }
  return results;
}

const sum = (results: readonly ScheduleResult[], of: (one: ScheduleResult) => number): number =>
  results.reduce((total, one) => total + of(one), 0);

test(`rfc2 misses kicks and leaves stale off_wraps where linux and reviewed do not (seed ${SEED})`, () => {
  for (const driver of DRIVER_NAMES) {
    const results = packed(driver);
    const missed = sum(results, (one) => one.kicks.missed);
    const stale = sum(results, (one) => one.staleEvents);
    if (driver === "rfc2") {
      expect(missed).toBeGreaterThan(100);
      expect(stale).toBeGreaterThan(100);
    } else {
      expect([driver, missed, stale]).toEqual([driver, 0, 0]);
    }
    // More than N slots between two decisions: counted, and not judged.
    expect(sum(results, (one) => one.kicks.undecided)).toBeGreaterThan(50);
    expect(sum(results, (one) => one.kicks.agreed)).toBeGreaterThan(1000);
    expect(results.filter((one) => one.broken || one.malformed !== "")).toEqual([]);
    expect(sum(results, (one) => one.returned)).toBeGreaterThan(5000);
  }
});

test(`a device that runs between single steps reads rfc2's old off_wrap beside DESC (seed ${SEED})`, () => {
  for (const driver of DRIVER_NAMES) {
    const torn = sum(packed(driver, { interleave: 0.15, eventIdx: true }), (one) => one.tornEvents);
    if (driver === "rfc2") expect(torn).toBeGreaterThan(0);
    else expect([driver, torn]).toEqual([driver, 0]);
  }
});

test(`only linux lives with a device that goes out of order (seed ${SEED})`, () => {
  const stuck = (driver: DriverName): number =>
    packed(driver, { inOrder: false }).filter((one) => one.broken || one.malformed !== "").length;
  expect(stuck("linux")).toBe(0);
  // Detach zeroes flags that may have become another buffer's; the review kept that.
  expect(stuck("rfc2")).toBeGreaterThan(0);
  expect(stuck("reviewed")).toBeGreaterThan(0);
});

test(`linux split kicks as it is asked to, in order and out of it (seed ${SEED})`, () => {
  for (const queueSize of [1, 2, 8, 16]) {
    for (const eventIdx of [false, true]) {
      for (const inOrder of [false, true]) {
        const random = randomOf(SEED + queueSize);
        const one = { driver: "linux", layout: "split", queueSize, eventIdx, inOrder } as const;
        const { kicks, broken, malformed } = runSchedule({ ...one, random, operations: 2000 });
        expect({ missed: kicks.missed, broken, malformed }).toEqual({
          missed: 0,
          broken: false,
          malformed: "",
        });
      }
    }
  }
});

function logOf(
  how: Partial<ScheduleOptions> & Pick<ScheduleOptions, "driver" | "layout">,
): string[] {
  const lines: string[] = [];
  runSchedule({
    queueSize: 8,
    seed: SEED,
    random: randomOf(SEED),
    operations: 600,
    line: (text) => lines.push(text),
    ...how,
  });
  return lines;
}

test.each([
  ["linux", "split", true],
  ["linux", "packed", true],
  ["rfc2", "packed", true],
  ["reviewed", "packed", false],
] as const)(
  "the log of a run of %s, %s, is whole, and runs again to the letter",
  (driver, layout, loads) => {
    const lines = logOf({ driver, layout, indirect: true, loads, resets: 2 });
    const [header, ...rest] = lines.map((line) => JSON.parse(line));
    expect(header).toMatchObject({
      type: "header",
      format: "ringlog/1",
      kernel: "vringscope model",
      variant: driver,
      layout,
      size: 8,
      fences: 1,
      seed: SEED,
    });
    const footer = rest.pop();
    expect(footer).toMatchObject({ type: "footer", lines: rest.length });
    expect(footer.added).toBe(footer.returned + footer.detached);
    expect(rest.map((line) => line.seq)).toEqual(rest.map((_, i) => i));
    expect(rest.filter((line) => line.op === "create")).toHaveLength(3);
    expect(replayLog(`${lines.join("\n")}\n`).differences).toEqual([]);
  },
);

test("a log shows rfc2's flags stored before off_wrap without a barrier, and its wrong decisions", () => {
  const lines = logOf({ driver: "rfc2", layout: "packed", operations: 3000 });
  const torn = lines.filter((line) =>
    line.includes('"mem":[["w","driver",2,"0200"],["w","driver",0,'),
  );
  expect(torn.length).toBeGreaterThan(10);
  const others = (["linux", "reviewed"] as const).flatMap((driver) =>
    logOf({ driver, layout: "packed", operations: 3000 }),
  );
  expect(others.filter((line) => /\["w","driver",2,"0200"\],\["w","driver",0,/.test(line))).toEqual(
    [],
  );
});

test("an interleaved run has no log", () => {
  expect(() => logOf({ driver: "linux", layout: "packed", interleave: 0.1 })).toThrow(RangeError);
});

test("a buffer longer than the ring needs a table that is always to be had", () => {
  const long = { driver: "linux", layout: "packed", queueSize: 2, longTables: true } as const;
  expect(() => logOf({ ...long, indirect: false })).toThrow(RangeError);
  expect(() => logOf({ ...long, indirect: true })).toThrow(RangeError);
  const lines = logOf({ ...long, indirect: true, allocFailPercent: 0, segmentsMax: 5 });
  expect(lines.some((line) => line.includes('["a","ind",0,80]'))).toBe(true);
});

test("a run that starts late says where, and goes on from there", () => {
  const split = logOf({ driver: "linux", layout: "split", startAt: 65530 });
  expect(split[2]).toContain('"device":{"avail_idx":65530,"used_idx":65530,"inflight":0}');
  // Past 65535 the idx is 0 again.
  expect(split.some((line) => line.includes('"avail_idx":0,'))).toBe(true);
  const packed = logOf({ driver: "linux", layout: "packed", queueSize: 5, startAt: 7 });
  expect(packed[2]).toContain('"device":{"avail_idx":2,"avail_wrap":0,"used_idx":2,"used_wrap":0');
});

test("a mapping fails at most once for a buffer, and never behind the head of a packed list", () => {
  for (const layout of ["split", "packed"] as const) {
    const lines = logOf({ driver: "linux", layout, mapFailPercent: 30 });
    const refused = lines.filter((line) => /"err":"E(IO|NOMEM)"/.test(line));
    expect(refused.length).toBeGreaterThan(0);
    // What an add that failed stored in a packed ring would look available to the device.
    if (layout === "packed") expect(refused.filter((line) => line.includes('["w"'))).toEqual([]);
  }
});
