import { expect, test } from "vitest";
import { type EventKind, KIND, PHASES, type Phase } from "../../model/event.ts";
import type { RingPicture } from "../../model/ring-picture.ts";
import { diffPictures, isChanged } from "./diff.ts";
import type { InFlightRow, PictureQueue } from "./picture-parts.ts";
import { type SampledEvent, SampledRing } from "./sampled-ring.ts";

const QUEUE: PictureQueue = {
  queue: 0,
  key: "q",
  layout: "packed",
  size: 4,
  eventIdx: true,
  indirect: true,
};

function event(
  seq: number,
  kind: EventKind,
  phase: Phase,
  fields: Partial<SampledEvent> = {},
): SampledEvent {
  return {
    seq,
    kind: KIND[kind],
    phase: PHASES.indexOf(phase),
    token: null,
    ret: Number.NaN,
    nextAvail: -1,
    availWrap: -1,
    lastUsed: -1,
    numFree: -1,
    numAdded: -1,
    driverOffWrap: -1,
    driverFlags: -1,
    deviceOffWrap: -1,
    deviceFlags: -1,
    availFlags: -1,
    availIdx: -1,
    usedFlags: -1,
    usedIdx: -1,
    usedEvent: -1,
    availEvent: -1,
    segments: -1,
    lists: -1,
    descriptors: undefined,
    ...fields,
  };
}

const state = (slot: number, wrap: number, lastUsed: number, numFree: number) => ({
  nextAvail: slot,
  availWrap: wrap,
  lastUsed,
  numFree,
});

const row = (seq: number): InFlightRow => ({
  seq,
  token: `0x${seq}`,
  added: seq,
  age: 0,
  kicked: null,
  task: "t",
  certain: true,
});

function ringOf(
  events: readonly SampledEvent[],
  gaps: readonly [number, number][] = [],
  queue = QUEUE,
): SampledRing {
  const ring = new SampledRing(queue, {
    mayMove: (from, to) => gaps.some(([a, b]) => a < to && b > from),
    lossy: false,
  });
  for (const one of events) ring.step(one);
  return ring;
}

const shownBy = (ring: SampledRing, inFlight: readonly number[]): RingPicture =>
  ring.picture(99, inFlight.map(row), { places: new Map(), shown: "no event shows it" });

const states = ({ slots }: RingPicture): string =>
  slots.map(({ state, lap, buffer }) => `${state}${lap ?? ""}${buffer ?? ""}`).join(" ");

/** An add over the end of the ring: three slots from slot 2 on. */
const ADD = [
  event(1, "add", "begin", { ...state(2, 1, 0x8002, 4), token: "0x1", lists: 3 }),
  event(2, "add", "end", { ret: 0 }),
];

test("an add under way has put nothing into the ring yet", () => {
  const picture = shownBy(ringOf(ADD.slice(0, 1)), [1]);
  expect(picture.buffers).toEqual([]);
  expect(states(picture)).toBe("free free free free");
});

test("from an add's return to the next sample nobody knows where the driver stands", () => {
  const picture = shownBy(ringOf(ADD), [1]);
  expect([picture.driverPosition, picture.numFree]).toEqual([null, null]);
  expect(picture.devicePosition).toEqual({ slot: 2, wrap: 1 });
  expect(picture.buffers[0]?.slots).toEqual([]);
  expect(picture.unknown[0]).toContain("the add that returned at event 2");
});

test("a buffer lies between its add's position and the next one, over the end of the ring", () => {
  const kick = event(3, "kickPrepare", "begin", state(1, 0, 0x8002, 1));
  const picture = shownBy(ringOf([...ADD, kick]), [1]);
  expect(picture.buffers[0]?.slots).toEqual([2, 3, 0]);
  expect(states(picture)).toBe("available00 free available10 available10");
  const diff = diffPictures(shownBy(ringOf(ADD.slice(0, 1)), [1]), picture);
  expect([...diff.slots]).toEqual([0, 2, 3]);
  expect([...diff.added]).toEqual([1]);
  expect(isChanged(diffPictures(picture, picture))).toBe(false);
});

test("where a call may be missing, or fewer slots moved than the add has lists, its place is unknown", () => {
  const kick = event(3, "kickPrepare", "begin", state(1, 0, 0x8002, 1));
  expect(shownBy(ringOf([...ADD, kick], [[2, 3]]), [1]).buffers[0]?.slots).toEqual([]);
  const two = event(3, "kickPrepare", "begin", state(0, 0, 0x8002, 2));
  const picture = shownBy(ringOf([...ADD, two]), [1]);
  expect(picture.buffers[0]?.slots).toEqual([]);
  // That the slots are in flight is known all the same.
  expect(states(picture)).toBe("free free available1 available1");
});

test("a buffer of one segment takes one slot, whatever the next sample says later", () => {
  const add = [
    event(1, "add", "begin", { ...state(3, 1, 0x8003, 4), token: "0x1", segments: 1 }),
    event(2, "add", "end", { ret: 0 }),
  ];
  expect(states(shownBy(ringOf(add), [1]))).toBe("free free free available10");
});

test("a refused add changes nothing", () => {
  const refused = [ADD[0] as SampledEvent, event(2, "add", "end", { ret: -28 })];
  const picture = shownBy(ringOf(refused), []);
  expect(picture.driverPosition).toEqual({ slot: 2, wrap: 1 });
  expect(picture.numFree).toBe(4);
});

test("get_buf gives slots back by its return; where the driver stands then, its next sample tells", () => {
  const got = [
    ...ADD,
    event(3, "kickPrepare", "begin", state(1, 0, 0x8002, 1)),
    event(4, "getBuf", "begin", { lastUsed: 0x8002 }),
    event(5, "getBuf", "end", { token: "0x1" }),
  ];
  expect(states(shownBy(ringOf(got.slice(0, 4)), [1]))).toContain("available");
  const picture = shownBy(ringOf(got), []);
  expect(picture.devicePosition).toBeNull();
  expect(states(picture)).toBe("free free free free");
});

test("after buffers were detached positions say nothing", () => {
  const detached = [
    ...ADD,
    event(3, "kickPrepare", "begin", state(1, 0, 0x8002, 1)),
    event(4, "detachUnused", "begin"),
    event(5, "detachUnused", "end", { token: "0x1" }),
    event(6, "add", "begin", state(1, 0, 0x8002, 4)),
  ];
  const picture = shownBy(ringOf(detached), []);
  expect([picture.driverPosition, picture.devicePosition]).toEqual([null, null]);
});

test("a recorded ring shows bytes where the driver has not written since", () => {
  const descriptors = new Uint8Array(64);
  const view = new DataView(descriptors.buffer);
  const put = (slot: number, flags: number, id: number): void => {
    view.setBigUint64(16 * slot, BigInt(0x1000 * (slot + 1)), true);
    view.setUint32(16 * slot + 8, 32, true);
    view.setUint16(16 * slot + 12, id, true);
    view.setUint16(16 * slot + 14, flags, true);
  };
  put(2, 0x81, 1);
  put(3, 0x83, 1);
  put(0, 0x8002, 1);
  const recorded = [
    ...ADD,
    event(3, "kickPrepare", "begin", { ...state(1, 0, 0x8002, 1), descriptors }),
  ];
  const picture = shownBy(ringOf(recorded), [1]);
  expect(picture.evidence).toBe("recorded");
  expect(picture.slots.map(({ state }) => state)).toEqual([
    "available",
    "never",
    "available",
    "available",
  ]);
  expect(picture.buffers[0]).toMatchObject({ id: 1, slots: [2, 3, 0] });
  expect(picture.buffers[0]?.segments.map(({ writable }) => writable)).toEqual([false, true, true]);
  const later = [
    ...recorded,
    event(4, "add", "begin", { ...state(1, 0, 0x8002, 1), token: "0x2", segments: 1 }),
    event(5, "add", "end", { ret: 0 }),
  ];
  const after = shownBy(ringOf(later), [1, 4]);
  expect(after.slots.map(({ bytes }) => bytes !== null)).toEqual([true, false, true, true]);
});

test("of a split queue indexes, flags and free count are shown, and no descriptor", () => {
  const queue = { ...QUEUE, layout: "split", eventIdx: false } as const;
  const split = [
    event(1, "kickPrepare", "begin", {
      lastUsed: 65535,
      numFree: 4,
      availIdx: 65535,
      availFlags: 1,
      usedFlags: 0,
      usedIdx: 65535,
    }),
  ];
  const picture = shownBy(ringOf(split, [], queue), []);
  expect(picture).toMatchObject({ availIdx: 65535, usedIdx: 65535, lastUsed: 65535, numFree: 4 });
  expect(picture.driverEvent?.words).toBe("the driver wants no interrupt");
  expect(picture.slots.every(({ state }) => state === "free")).toBe(true);
  const added = [...split, event(2, "add", "begin"), event(3, "add", "end", { ret: 0 })];
  expect(shownBy(ringOf(added, [], queue), []).availIdx).toBeNull();
});
