import { expect, test } from "vitest";
import type { Layout } from "../../model/event.ts";
import { AREA } from "../../model/memory.ts";
import type { RingDump } from "../../model/ring-dump.ts";
import { DESC_BYTES, PACKED_DESC_FLAGS, PACKED_DESC_ID } from "../../virtio/descriptor.ts";
import type { FeatureName } from "../../virtio/features.ts";
import {
  advancePosition,
  availBits,
  EVENT_FLAGS,
  EVENT_OFF_WRAP,
  positionSlot,
  positionWrap,
  usedBits,
} from "../../virtio/packed.ts";
import { availEntry, RING_IDX, usedElem } from "../../virtio/split.ts";
import { noTables } from "../chain.ts";
import type { Observation } from "../observation.ts";
import { type BufferExposed, EVENT_WORD, EXPOSURE, type RingFact } from "../ring-facts.ts";
import { RingMemory } from "../ring-memory.ts";
import { decodeDump } from "./decode.ts";
import { NO_PLACE, observeDump } from "./dump-facts.ts";
import type { DumpInput } from "./dump-input.ts";

/** Both parties of a packed ring, as far as a dump shows them. */
class PackedParties {
  readonly memory: RingMemory;
  driver = 0;
  device = 0;

  constructor(size: number) {
    this.memory = new RingMemory("packed", size);
  }

  /** Makes a list of `slots` slots available; `flags` of each, NEXT on all but the last by default. */
  add(id: number, slots = 1, flags: readonly number[] = []): void {
    for (let i = 0; i < slots; i++) {
      this.write(this.driver + i, id, flags[i] ?? (i < slots - 1 ? 1 : 0));
    }
    this.driver = advancePosition(this.driver, slots, this.memory.queueSize);
  }

  /** One descriptor as the driver writes it in its lap. */
  write(position: number, id: number, flags: number): void {
    const at = advancePosition(position, 0, this.memory.queueSize);
    const offset = positionSlot(at, this.memory.queueSize) * DESC_BYTES;
    const bits = availBits(positionWrap(at, this.memory.queueSize));
    this.memory.set64(AREA.desc, offset, 0x1000 + offset, 0);
    this.memory.set32(AREA.desc, offset + 8, 64);
    this.memory.set16(AREA.desc, offset + PACKED_DESC_ID, id);
    this.memory.set16(AREA.desc, offset + PACKED_DESC_FLAGS, flags | bits);
  }

  /** The device uses a buffer that took `slots` slots. */
  use(id: number, slots = 1): void {
    const { queueSize } = this.memory;
    const offset = positionSlot(this.device, queueSize) * DESC_BYTES;
    const bits = usedBits(positionWrap(this.device, queueSize));
    this.memory.set16(AREA.desc, offset + PACKED_DESC_ID, id);
    this.memory.set16(AREA.desc, offset + PACKED_DESC_FLAGS, bits);
    this.device = advancePosition(this.device, slots, queueSize);
  }
}

function inputOf(memory: RingMemory, more: Partial<DumpInput> = {}): DumpInput {
  return {
    memory,
    hasDriverArea: true,
    hasDeviceArea: true,
    features: undefined,
    device: undefined,
    paused: false,
    tableAt: noTables,
    ...more,
  };
}

function decoded(memory: RingMemory, more: Partial<DumpInput> = {}): RingDump {
  return decodeDump(inputOf(memory, more)).dump;
}

const LETTERS = { available: "A", used: "U", stale: "s", free: "f", never: ".", unknown: "?" };

function strip({ slots }: RingDump): string {
  return slots.map(({ state }) => LETTERS[state]).join("");
}

function observed(memory: RingMemory, more: Partial<DumpInput> = {}): Observation[] {
  const input = inputOf(memory, more);
  const seen: Observation[] = [];
  const { layout, queueSize: size } = memory;
  const queue = { number: 0, id: "q", name: undefined, index: 0, layout, size, ordinal: 0 };
  observeDump(input, decodeDump(input), { queue, place: NO_PLACE }, (one) => seen.push(one));
  return seen;
}

function exposures(memory: RingMemory, more: Partial<DumpInput> = {}): BufferExposed[] {
  return observed(memory, more).filter((one) => one.kind === "buffer.exposed");
}

function factOf(facts: readonly RingFact[], aspect: number): Partial<RingFact> | undefined {
  const found = facts.find((fact) => fact.aspect === aspect);
  return found && { slot: found.slot, other: found.other, found: found.found };
}

test("a ring that nobody wrote is in its first lap, with both sides at slot 0", () => {
  expect(decoded(new RingMemory("packed", 8))).toMatchObject({
    driverPosition: { slot: 0, wrap: 1 },
    devicePosition: { slot: 0, wrap: 1 },
    certainty: "certain",
    inFlight: [],
  });
});

// Every position of both sides, over three laps, for sizes that are no power of two as well.
test.each([1, 2, 3, 5, 8])("single-slot buffers: size %i, wherever both sides stand", (size) => {
  const ring = new PackedParties(size);
  for (let step = 0; step < 6 * size; step++) {
    const dump = decoded(ring.memory, { device: account(ring) });
    const at = (position: number) => ({
      slot: positionSlot(position, size),
      wrap: positionWrap(position, size),
    });
    expect([step, dump.driverPosition, dump.devicePosition]).toEqual([
      step,
      at(ring.driver),
      at(ring.device),
    ]);
    const inFlight = (ring.driver - ring.device + 2 * size) % (2 * size);
    expect(dump.inFlight).toHaveLength(inFlight);
    if (inFlight === 0 || (inFlight < size && step % 3 !== 2))
      ring.add(positionSlot(ring.driver, size));
    else ring.use(positionSlot(ring.device, size));
  }
});

function account({ device, memory: { queueSize } }: PackedParties) {
  const used = positionSlot(device, queueSize);
  return { used, taken: used, hasWrap: false };
}

test("slots that a used list skipped are stale, not available", () => {
  const ring = new PackedParties(8);
  ring.add(0, 3);
  ring.use(0, 3);
  const dump = decoded(ring.memory, { device: account(ring) });
  expect(strip(dump)).toBe("Uss.....");
  expect(dump.inFlight).toEqual([]);
});

test("without the device's account, a used list of three and one buffer with two more are told apart by nothing", () => {
  const ring = new PackedParties(8);
  ring.add(0, 3);
  ring.use(0, 3);
  const dump = decoded(ring.memory);
  expect(dump).toMatchObject({
    devicePosition: null,
    certainty: "ambiguous",
    candidates: [
      { slot: 1, wrap: 1 },
      { slot: 2, wrap: 1 },
      { slot: 3, wrap: 1 },
    ],
  });
  expect(strip(dump)).toBe("U??.....");
  expect(dump.unknown.join("\n")).toContain("slot 1 (wrap 1) or slot 3 (wrap 1)");
  expect(exposures(ring.memory)).toEqual([]);
});

test("an event word that asks for one of two positions makes it likely", () => {
  const ring = new PackedParties(8);
  ring.add(0, 3);
  ring.use(0, 3);
  ring.memory.set16(AREA.driver, EVENT_OFF_WRAP, 0x8003);
  ring.memory.set16(AREA.driver, EVENT_FLAGS, 2);
  const dump = decoded(ring.memory);
  expect(dump).toMatchObject({ devicePosition: { slot: 3, wrap: 1 }, certainty: "likely" });
  expect(dump.events.driver?.words).toBe(
    "the driver wants an interrupt once slot 3 (wrap 1) is used",
  );
});

test("in order, the last used id closes its batch, and the skipped slots are stale", () => {
  const ring = new PackedParties(8);
  for (let id = 0; id < 6; id++) ring.add(id);
  ring.use(3, 4);
  const features: ReadonlySet<FeatureName> = new Set(["VIRTIO_F_IN_ORDER"]);
  const dump = decoded(ring.memory, { features });
  expect(strip(dump)).toBe("UsssAA..");
  expect(dump).toMatchObject({ devicePosition: { slot: 4, wrap: 1 }, certainty: "likely" });
  expect(dump.inFlight.map(({ id }) => id)).toEqual([4, 5]);
});

test("a list of exactly N slots, over the ring's end", () => {
  const ring = new PackedParties(4);
  ring.add(0, 3);
  ring.use(0, 3);
  ring.add(1, 4);
  const dump = decoded(ring.memory, { device: account(ring) });
  expect(strip(dump)).toBe("AAAA");
  expect(dump.inFlight).toMatchObject([{ id: 1, slots: [3, 0, 1, 2] }]);
  expect(dump).toMatchObject({
    devicePosition: { slot: 3, wrap: 1 },
    driverPosition: { slot: 3, wrap: 0 },
  });
});

// The driver writes the head's flags last (2.8.22): what stands behind it is not available yet.
test("a list in the making is not available", () => {
  const ring = new PackedParties(8);
  ring.add(0);
  ring.use(0);
  ring.write(2, 1, 1);
  ring.write(3, 1, 0);
  const dump = decoded(ring.memory, { paused: true });
  expect(dump.driverPosition).toEqual({ slot: 1, wrap: 1 });
  expect(dump.inFlight).toEqual([]);
  expect(dump.unknown.join("\n")).toContain("2 slots behind slot 1 (wrap 1) are written ahead");
});

test("a dump that mixes laps is ambiguous, and nothing in it is odd", () => {
  const ring = new PackedParties(8);
  for (let i = 0; i < 8; i++) ring.add(i);
  for (const slot of [1, 3, 5]) {
    ring.memory.set16(AREA.desc, slot * DESC_BYTES + PACKED_DESC_FLAGS, 0x8001);
  }
  const dump = decoded(ring.memory);
  expect(dump).toMatchObject({ certainty: "ambiguous", driverPosition: null, inFlight: [] });
  expect(dump.unknown[0]).toContain("ambiguous");
  expect(exposures(ring.memory)).toEqual([]);
});

test("a device that says what the descriptors exclude is of another moment", () => {
  const ring = new PackedParties(8);
  ring.add(0);
  ring.add(1);
  ring.use(0);
  const dump = decoded(ring.memory, { device: { used: 6, taken: 6, hasWrap: false } });
  expect(dump).toMatchObject({ devicePosition: null, candidates: [], inFlight: [] });
  expect(dump.unknown[0]).toContain("different moments");
});

test("a last descriptor that keeps NEXT runs on into a slot that nobody wrote", () => {
  const ring = new PackedParties(8);
  ring.add(0, 3, [1, 3, 3]);
  const [exposed] = exposures(ring.memory);
  expect(exposed).toMatchObject({ head: 0, decided: expect.any(Number), undecided: 0 });
  expect((exposed?.decided ?? 0) & EXPOSURE.runsOn).toBe(EXPOSURE.runsOn);
  expect(factOf(exposed?.facts ?? [], EXPOSURE.runsOn)).toEqual({ slot: 2, other: 3, found: 0x83 });
});

// The first slots may be older than the last ones when the guest ran on: no proof, unless it stood still.
test.each([
  [false, 0, EXPOSURE.runsOn],
  [true, 1, 0],
])("NEXT that leads into an older lap, guest paused: %s", (paused, facts, undecided) => {
  const ring = new PackedParties(4);
  for (let lap = 0; lap < 3; lap++) {
    ring.add(0);
    ring.use(0);
  }
  ring.add(0, 1, [1]);
  const [exposed] = exposures(ring.memory, { paused, device: account(ring) });
  expect(exposed?.facts).toHaveLength(facts);
  expect(exposed?.undecided).toBe(undecided);
});

test("one id in two lists is undecided where buffers may be used out of order", () => {
  const ring = new PackedParties(4);
  for (const id of [0, 1, 2, 3]) ring.add(id);
  // B comes back first: its mark overwrites A's descriptor, and B's own stays as it was.
  ring.use(1);
  ring.add(1);
  const more = { paused: true, device: account(ring) };
  expect(decoded(ring.memory, more).inFlight.map(({ id }) => id)).toEqual([1, 2, 3, 1]);
  expect(exposures(ring.memory, more).flatMap(({ facts }) => facts)).toEqual([]);
  expect(exposures(ring.memory, more)[3]?.undecided).toBe(EXPOSURE.idFree);
});

test("one id in two lists is a fact while nothing has been used", () => {
  const ring = new PackedParties(8);
  ring.add(2);
  ring.add(2);
  const facts = exposures(ring.memory, { paused: true })[1]?.facts ?? [];
  expect(factOf(facts, EXPOSURE.idFree)).toEqual({ slot: 1, other: 0, found: 2 });
});

test("event words: reserved flags, DESC without EVENT_IDX, an offset outside the ring", () => {
  const memory = new RingMemory("packed", 8);
  memory.set16(AREA.driver, EVENT_FLAGS, 2);
  memory.set16(AREA.driver, EVENT_OFF_WRAP, 9);
  memory.set16(AREA.device, EVENT_FLAGS, 3);
  const words = observed(memory, { features: new Set() }).filter(
    (one) => one.kind === "eventWord.seen",
  );
  expect(words.map(({ party, facts }) => [party, facts.map(({ aspect }) => aspect)])).toEqual([
    ["driver", [EVENT_WORD.descNegotiated, EVENT_WORD.offInside]],
    ["device", [EVENT_WORD.flagsKnown]],
  ]);
});

/** A split queue with these entries available and used. */
function splitOf(size: number, available: readonly number[], used: readonly number[]): RingMemory {
  const memory = new RingMemory("split", size);
  for (const [i, head] of available.entries()) {
    memory.set16(AREA.driver, availEntry(i % size), head);
    memory.set32(AREA.desc, head * DESC_BYTES, 0x1000);
    memory.set32(AREA.desc, head * DESC_BYTES + 8, 64);
  }
  for (const [i, id] of used.entries()) memory.set32(AREA.device, usedElem(i % size), id);
  memory.set16(AREA.driver, RING_IDX, available.length);
  memory.set16(AREA.device, RING_IDX, used.length);
  return memory;
}

test("split: in flight is what the available ring has and the used ring has not", () => {
  const dump = decoded(splitOf(4, [0, 1, 2, 0, 1], [0, 1, 2]));
  // Head 0 was used before, and may have been used again for all that the rings still hold.
  expect(dump).toMatchObject({ availIdx: 5, usedIdx: 3, certainty: "likely" });
  expect(dump.inFlight.map(({ id }) => id)).toEqual([0, 1]);
  expect(strip(dump)).toBe("AAs.");
});

test("split: buffers used out of order do not change places with those in flight", () => {
  const dump = decoded(splitOf(4, [0, 1, 2], [1]));
  expect(dump.inFlight.map(({ id }) => id)).toEqual([0, 2]);
  // Every entry since the start is still there.
  expect(dump.certainty).toBe("certain");
});

test("split: idx over 65535", () => {
  const memory = splitOf(4, [0, 1, 2, 3], [0, 1]);
  memory.set16(AREA.driver, RING_IDX, 0);
  memory.set16(AREA.device, RING_IDX, 65534);
  expect(decoded(memory).inFlight.map(({ id }) => id)).toEqual([2, 3]);
});

test("split: used.idx ahead of avail.idx leaves open what is in flight", () => {
  const memory = splitOf(4, [0], [0]);
  memory.set16(AREA.device, RING_IDX, 2);
  const { certainty, inFlight, unknown } = decoded(memory, { paused: true });
  expect([certainty, inFlight]).toEqual(["ambiguous", []]);
  expect(unknown[0]).toContain("avail.idx 1 is 65535 ahead of used.idx 2");
});

test("split: two chains that share a descriptor, and one that loops", () => {
  const memory = splitOf(8, [0, 1, 3], []);
  const link = (slot: number, next: number): void => {
    memory.set16(AREA.desc, slot * DESC_BYTES + 12, 1);
    memory.set16(AREA.desc, slot * DESC_BYTES + 14, next);
  };
  link(0, 2);
  link(1, 2);
  link(3, 4);
  link(4, 3);
  for (let slot = 0; slot < 5; slot++) memory.set32(AREA.desc, slot * DESC_BYTES + 8, 16);
  const facts = exposures(memory, { paused: true }).map((one) => one.facts);
  expect(facts[0]).toEqual([]);
  expect(factOf(facts[1] ?? [], EXPOSURE.slotsFree)).toEqual({ slot: 2, other: 0, found: -1 });
  expect(factOf(facts[2] ?? [], EXPOSURE.walkEnds)).toEqual({ slot: 3, other: 4, found: -1 });
  expect(exposures(memory, { paused: false }).flatMap((one) => one.facts)).toEqual([]);
});

test.each<Layout>(["split", "packed"])("%s: random bytes neither throw nor loop", (layout) => {
  let state = 12345;
  for (let round = 0; round < 300; round++) {
    const memory = new RingMemory(layout, layout === "split" ? 8 : 7);
    for (const area of [AREA.desc, AREA.driver, AREA.device]) {
      for (let i = 0; i < memory.bytes(area).length; i++) {
        state = (Math.imul(state, 1103515245) + 12345) >>> 0;
        memory.set8(area, i, state >>> 24);
      }
    }
    expect(decoded(memory).slots).toHaveLength(memory.queueSize);
    observed(memory);
  }
});

/** Every head leads through the rest of the ring: N chains of up to N descriptors. */
function everyHeadThrough(size: number): RingMemory {
  const memory = new RingMemory("split", size);
  for (let slot = 0; slot < size; slot++) {
    memory.set32(AREA.desc, slot * DESC_BYTES, 0x1000);
    memory.set32(AREA.desc, slot * DESC_BYTES + 8, 64);
    memory.set16(AREA.desc, slot * DESC_BYTES + 12, slot < size - 1 ? 1 : 0);
    memory.set16(AREA.desc, slot * DESC_BYTES + 14, (slot + 1) % size);
    memory.set16(AREA.driver, availEntry(slot), slot);
  }
  memory.set16(AREA.driver, RING_IDX, size);
  return memory;
}

test("chains that share their descriptors are walked until it is clear, and no further", () => {
  const size = 1024;
  const dump = decoded(everyHeadThrough(size));
  expect(dump.inFlight).toHaveLength(size);
  expect(dump.inFlight.reduce((sum, { slots }) => sum + slots.length, 0)).toBeLessThan(5 * size);
  expect(dump.inFlight[1]).toMatchObject({ id: 1, broken: null });
  expect(dump.inFlight[size - 1]).toMatchObject({
    id: size - 1,
    slots: [],
    segments: [],
    broken: expect.stringContaining("not walked"),
  });
  expect(dump.unknown).toContainEqual(expect.stringContaining("not walked"));
});

test("nothing is decided of a buffer that is not walked", () => {
  const size = 1024;
  const seen = exposures(everyHeadThrough(size), { paused: true });
  expect(seen).toHaveLength(size);
  expect(factOf(seen[1]?.facts ?? [], EXPOSURE.slotsFree)).toMatchObject({ slot: 1, other: 0 });
  const last = seen[size - 1];
  expect(last).toMatchObject({ head: size - 1, decided: 0, facts: [] });
  expect((last?.undecided ?? 0) & EXPOSURE.slotsFree).toBe(EXPOSURE.slotsFree);
  expect(last?.reason).toContain("not walked");
});

test.each(["packed", "split"] as const)(
  "%s: one large table behind many descriptors is read a few times",
  (layout) => {
    const size = 64;
    const bytes = 65_536 * DESC_BYTES;
    const ring = new PackedParties(size);
    const memory = layout === "packed" ? ring.memory : everyHeadThrough(size);
    for (let slot = 0; slot < size; slot++) {
      if (layout === "packed") ring.add(slot, 1, [4]);
      else memory.set16(AREA.desc, slot * DESC_BYTES + 12, 4);
      memory.set32(AREA.desc, slot * DESC_BYTES + 8, bytes);
    }
    let reads = 0;
    const tableAt = () => {
      reads++;
      return 0;
    };
    const account = { used: 1 << 15, taken: 1 << 15, hasWrap: true };
    const more = { tableAt, paused: true, ...(layout === "packed" ? { device: account } : {}) };
    const dump = decoded(memory, more);
    expect(dump.inFlight).toHaveLength(size);
    expect(reads).toBe(17);
    expect(dump.inFlight[17]).toMatchObject({
      id: 17,
      segments: [],
      broken: expect.stringContaining("not walked"),
    });
    expect(exposures(memory, more)[17]).toMatchObject({ decided: 0 });
  },
);

test("a packed dump that nobody says to be of one instant says so", () => {
  const ring = new PackedParties(4);
  ring.add(0);
  const sentence = expect.stringContaining("nothing says that the guest stood still");
  expect(decoded(ring.memory).unknown).toContainEqual(sentence);
  expect(decoded(ring.memory, { paused: true }).unknown).not.toContainEqual(sentence);
});
