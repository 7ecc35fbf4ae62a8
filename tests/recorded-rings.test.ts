import { describe, expect, test } from "vitest";
import { StringTable } from "../src/model/batch.ts";
import { PointerTable } from "../src/model/pointer.ts";
import { FtraceReader } from "../src/parser/ftrace/reader.ts";
import { Replay } from "../src/replay/replay.ts";
import { type BufferExposed, EXPOSURE } from "../src/replay/ring-facts.ts";
import { captureText, sharedPresent, sharedTitle } from "./run.ts";

/** What the recorded descriptor rings of a trace show: of the lists, and of the slot behind them. */
function exposuresIn(text: string): {
  seen: BufferExposed[];
  behind: BufferExposed[];
  codes: string[];
  texts: string[][];
} {
  const seen: BufferExposed[] = [];
  const behind: BufferExposed[] = [];
  const texts: string[][] = [];
  const pointers = new PointerTable();
  const replay: Replay = new Replay({
    observe: (observation) => {
      if (observation.kind !== "buffer.exposed") return;
      const isBehind = (observation.decided & EXPOSURE.slotBehind) !== 0;
      (isBehind ? behind : seen).push(observation);
      texts.push(observation.facts.map(({ what }) => what));
    },
    gap: () => {},
    pointerText: (pointer) => pointers.text(pointer),
    clock: () => reader.clock,
  });
  const reader: FtraceReader = new FtraceReader({
    strings: new StringTable(),
    pointers,
    firstSeq: 0,
    emit: (batch) => {
      replay.step(batch);
      batch.clear();
      return batch;
    },
  });
  reader.push(new TextEncoder().encode(text));
  reader.end();
  replay.end(() => "");
  return { seen, behind, codes: reader.diagnostics.entries().map(({ code }) => code), texts };
}

/** A kick decision on a queue of 4 with one list of two slots just made available, and its ring. */
function sampled(
  change: { flags?: readonly number[]; numFree?: number; numAdded?: number; desc?: string } = {},
): string {
  const { flags = [0x81, 0x82, 0, 0], numFree = 2, numAdded = 2 } = change;
  const words = flags.flatMap((bits) => [
    "0xae5b410",
    `0x${((BigInt(bits) << 48n) | 16n).toString(16)}`,
  ]);
  return (
    "   insmod-101   [001] d..1.     6.266841: virtqueue_kick_prepare: (virtqueue_kick_prepare+0x0/0xd0 [virtio_ring]) " +
    `name="req.1" index=1 vq=0xff42a89182502500 next_avail=2 avail_wrap=1 last_used=0x8000 num_free=${numFree} ` +
    `num_added=${numAdded} driver_off_wrap=0x0 driver_flags=0x0 device_off_wrap=0x8000 device_flags=0x2 packed=1 event=1 ` +
    `num=4 desc=${change.desc ?? `{${words.join(",")}}`}\n`
  );
}

test("a list as the driver wrote it: nothing odd, and that is decided", () => {
  const { seen } = exposuresIn(sampled());
  expect(seen).toMatchObject([{ head: 0, undecided: 0, facts: [], place: { line: 1 } }]);
  const aspects = EXPOSURE.runsOn | EXPOSURE.ownerBits | EXPOSURE.elementOrder;
  expect((seen[0]?.decided ?? 0) & aspects).toBe(aspects);
});

test.each([
  ["the last slot keeps NEXT", [0x81, 0x83, 0, 0], EXPOSURE.runsOn, 1, 2],
  ["a readable element behind a writable one", [0x83, 0x80, 0, 0], EXPOSURE.elementOrder, 1, -1],
  ["the bits of the other lap", [0x81, 0x8002, 0, 0], EXPOSURE.ownerBits, 1, -1],
])("%s", (_what, flags, aspect, slot, other) => {
  const facts = exposuresIn(sampled({ flags })).seen.flatMap((one) => one.facts);
  expect(facts).toMatchObject([{ aspect, slot, other, evidence: [{ role: "publication" }] }]);
});

test.each([
  ["the device has used the list already", [0x8080, 0x82, 0, 0]],
  ["the device has used both slots", [0x8080, 0x8080, 0, 0]],
])("%s: what is left is no list of its own, and nothing is odd", (_what, flags) => {
  expect(exposuresIn(sampled({ flags })).seen.flatMap((one) => one.facts)).toEqual([]);
});

test.each([
  ["positions and free count that disagree", { numFree: 3 }],
  ["fewer descriptors than the ring has", { flags: [0x81, 0x82] }],
])("%s leave it undecided", (_what, change) => {
  expect(exposuresIn(sampled(change)).seen).toMatchObject([{ decided: 0, facts: [] }]);
});

test("nothing added since the last decision: nothing to look at", () => {
  expect(exposuresIn(sampled({ numAdded: 0 })).seen).toEqual([]);
});

test.each([
  ["never written", [0x81, 0x82, 0, 0], 0],
  ["skipped in the lap before", [0x81, 0x82, 0x8001, 0], 0],
  ["available in the driver's lap", [0x81, 0x82, 0x83, 0], 1],
])("the slot behind the list is %s", (_what, flags, found) => {
  const { behind } = exposuresIn(sampled({ flags }));
  expect(behind).toHaveLength(1);
  expect(behind.flatMap(({ facts }) => facts.map(({ slot }) => slot))).toEqual(found ? [2] : []);
  expect(exposuresIn(sampled({ flags: [...flags.slice(0, 2)], numFree: 2 })).behind).toEqual([]);
});

test("what single descriptors of a list say", () => {
  const aspectsOf = (flags: readonly number[], more = "indirect=0"): number[] => {
    const text = sampled({ flags }).replace("packed=1", `packed=1 ${more}`);
    return exposuresIn(text).seen.flatMap(({ facts }) => facts.map(({ aspect }) => aspect));
  };
  expect(aspectsOf([0x84, 0x80, 0, 0])).toEqual([EXPOSURE.indirectAllowed]);
  expect(aspectsOf([0x84, 0x80, 0, 0], "indirect=1")).toEqual([]);
  expect(aspectsOf([0x81, 0x84, 0, 0], "indirect=1")).toEqual([EXPOSURE.indirectAlone]);
  expect(aspectsOf([0x85, 0x80, 0, 0], "indirect=1")).toEqual([EXPOSURE.indirectAlone]);
  const zero = sampled()
    .replaceAll("16n", "0")
    .replace(/0x82000000000010/, "0x82000000000000");
  expect(exposuresIn(zero).seen.flatMap(({ facts }) => facts.map((one) => one.aspect))).toEqual([
    EXPOSURE.lengthSet,
  ]);
});

test.each(["{0x1,0x2,0x3}", "{1,2}", "{0x}", "{0x12345678901234567,0x1}", "{}", "{0x1"])(
  "desc=%s is no ring, and is said to be none",
  (desc) => {
    const { seen, codes } = exposuresIn(sampled({ desc }));
    expect(seen).toEqual([]);
    expect(codes).toEqual(["field-unreadable"]);
  },
);

test.each(["0xff42a8918263b000", '"x"', "(fault)"])(
  "desc=%s is a field of another meaning",
  (desc) => {
    const { seen, codes } = exposuresIn(sampled({ desc }));
    expect([seen, codes]).toEqual([[], []]);
  },
);

describe.skipIf(!sharedPresent)(`recorded rings of real guests${sharedTitle}`, () => {
  test.each([
    ["packed-snap16", 259],
    ["packed-snap32-ind", 259],
    ["driver-stock-packed", 223],
  ])("%s: every list is decided, and none is odd", (name, lists) => {
    const { seen, behind, texts } = exposuresIn(captureText(`${name}/trace.txt.gz`));
    expect(texts.flat()).toEqual([]);
    expect(behind.length).toBeGreaterThan(100);
    expect(seen.filter(({ undecided }) => undecided !== 0)).toEqual([]);
    expect(seen).toHaveLength(lists);
  });

  // Other mistakes than those of ring contents.
  test.each([
    "driver-kick-rfcv2-packed",
    "driver-numfree-leak-packed",
    "driver-offwrap-stale-packed",
    "driver-usedwrap-noflip-packed",
  ])("%s: ring contents are right", (name) => {
    expect(exposuresIn(captureText(`${name}/trace.txt.gz`)).texts.flat()).toEqual([]);
  });
});
