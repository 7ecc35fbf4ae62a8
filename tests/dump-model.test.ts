import { describe, expect, test } from "vitest";
import { AREA } from "../src/model/memory.ts";
import { noTables } from "../src/replay/chain.ts";
import { decodeDump } from "../src/replay/dump/decode.ts";
import { NO_PLACE, observeDump } from "../src/replay/dump/dump-facts.ts";
import type { DumpInput } from "../src/replay/dump/dump-input.ts";
import type { RingFact } from "../src/replay/ring-facts.ts";
import { RingMemory } from "../src/replay/ring-memory.ts";
import {
  DESC_BYTES,
  DESC_LEN,
  PACKED_DESC_FLAGS,
  PACKED_DESC_ID,
} from "../src/virtio/descriptor.ts";
import {
  advancePosition,
  availBits,
  positionDistance,
  positionSlot,
  positionWrap,
  usedBits,
} from "../src/virtio/packed.ts";
import { availEntry, RING_IDX, usedElem } from "../src/virtio/split.ts";
import { randomOf } from "./run.ts";

/**
 * Correct parties, seen at any instant: while a list is being written, after uses in any order, with
 * dumps whose bytes are of several moments. Nothing may look odd, and the truth is always among what
 * the decoder leaves open.
 */

interface Buffer {
  readonly id: number;
  readonly slots: number;
}

class PackedWorld {
  readonly memory: RingMemory;
  driver = 0;
  device = 0;
  /** Made available, not used. */
  exposed: Buffer[] = [];
  /** Used, not taken back by the driver. */
  used: Buffer[] = [];
  free: number;
  readonly ids: number[];
  readonly #random: () => number;
  /** The descriptors after each store, and where both sides stood. */
  readonly history: { bytes: Uint8Array; driver: number; device: number }[] = [];

  constructor(size: number, random: () => number) {
    this.memory = new RingMemory("packed", size);
    this.#random = random;
    this.free = size;
    this.ids = Array.from({ length: size }, (_one, id) => id);
  }

  pick(most: number): number {
    return Math.floor(this.#random() * most);
  }

  #step(): void {
    const { driver, device } = this;
    this.history.push({ bytes: this.memory.bytes(AREA.desc).slice(), driver, device });
  }

  /** Head last; in between anybody may look. */
  add(slots: number): void {
    const { queueSize } = this.memory;
    const id = this.ids.pop();
    if (id === undefined || slots > this.free) return;
    const writable = this.pick(slots + 1);
    let headFlags = 0;
    for (let i = 0; i < slots; i++) {
      const at = advancePosition(this.driver, i, queueSize);
      const offset = positionSlot(at, queueSize) * DESC_BYTES;
      const flags =
        (i < slots - 1 ? 1 : 0) | (i >= writable ? 2 : 0) | availBits(positionWrap(at, queueSize));
      if (i === 0) headFlags = flags;
      else this.memory.set16(AREA.desc, offset + PACKED_DESC_FLAGS, flags);
      this.memory.set64(AREA.desc, offset, 0x1000 * (1 + this.pick(99)), 0);
      this.memory.set32(AREA.desc, offset + 8, 1 + this.pick(4096));
      this.memory.set16(AREA.desc, offset + PACKED_DESC_ID, id);
      this.#step();
    }
    const head = positionSlot(this.driver, queueSize) * DESC_BYTES;
    this.memory.set16(AREA.desc, head + PACKED_DESC_FLAGS, headFlags);
    this.driver = advancePosition(this.driver, slots, queueSize);
    this.free -= slots;
    this.exposed.push({ id, slots });
    this.#step();
  }

  /** Uses `count` buffers with one mark, as in order; or one of any place. */
  use(count: number, anyPlace: boolean): void {
    const { queueSize } = this.memory;
    const from = anyPlace ? this.pick(this.exposed.length) : 0;
    const batch = this.exposed.splice(from, anyPlace ? 1 : count);
    const last = batch[batch.length - 1];
    if (last === undefined) return;
    const offset = positionSlot(this.device, queueSize) * DESC_BYTES;
    this.memory.set16(AREA.desc, offset + PACKED_DESC_ID, last.id);
    this.memory.set32(AREA.desc, offset + 8, this.pick(4096));
    const bits = usedBits(positionWrap(this.device, queueSize));
    this.memory.set16(AREA.desc, offset + PACKED_DESC_FLAGS, bits);
    const slots = batch.reduce((sum, one) => sum + one.slots, 0);
    this.device = advancePosition(this.device, slots, queueSize);
    this.used.push(...batch);
    this.#step();
  }

  take(): void {
    const buffer = this.used.shift();
    if (buffer === undefined) return;
    this.free += buffer.slots;
    // Linux gives the id that came back last out first; others do not.
    if (this.pick(2) === 0) this.ids.push(buffer.id);
    else this.ids.unshift(buffer.id);
  }
}

function factsOf(input: DumpInput): RingFact[] {
  const facts: RingFact[] = [];
  const { layout, queueSize: size } = input.memory;
  const queue = { number: 0, id: "q", name: undefined, index: 0, layout, size, ordinal: 0 };
  observeDump(input, decodeDump(input), { queue, place: NO_PLACE }, (seen) => {
    if ("facts" in seen) facts.push(...seen.facts);
  });
  return facts;
}

function inputOf(memory: RingMemory, more: Partial<DumpInput>): DumpInput {
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

const SIZES = [1, 2, 3, 4, 7, 8, 16];

describe.each(["any order", "in order, batched"])("packed, %s", (order) => {
  test.each(SIZES)("size %i", (size) => {
    const features = new Set(order === "any order" ? [] : (["VIRTIO_F_IN_ORDER"] as const));
    for (let seed = 1; seed <= 12; seed++) {
      const random = randomOf(seed * 1000 + size);
      const world = new PackedWorld(size, random);
      for (let step = 0; step < 150; step++) {
        const act = world.pick(3);
        if (act === 0) world.add(1 + world.pick(Math.min(4, size)));
        else if (act === 1) world.use(1 + world.pick(4), order === "any order");
        else world.take();
        const where = `size ${size}, seed ${seed}, step ${step}`;
        const slot = positionSlot(world.device, size);
        const device = { used: slot, taken: slot, hasWrap: false };
        const inFlight = world.exposed.reduce((sum, { slots }) => sum + slots, 0);

        const told = inputOf(world.memory, { features, device, paused: true });
        const { dump } = decodeDump(told);
        expect([where, factsOf(told)]).toEqual([where, []]);
        const at = { slot, wrap: positionWrap(world.device, size) };
        expect([where, dump.devicePosition]).toEqual([where, at]);
        // A list over nearly the whole ring leaves a doubt; lists here have up to 4 slots.
        if (size > 5) expect([where, dump.certainty]).toEqual([where, "certain"]);
        expect(dump.driverPosition).toEqual({
          slot: positionSlot(world.driver, size),
          wrap: positionWrap(world.driver, size),
        });
        expect(dump.slots.filter(({ state }) => state === "available")).toHaveLength(inFlight);
        expect(positionDistance(world.device, world.driver, size)).toBe(inFlight);

        // Alone, the bits never exclude the truth, and what is called certain is true.
        const alone = decodeDump(inputOf(world.memory, { features })).dump;
        expect([where, alone.candidates]).toEqual([where, expect.arrayContaining([at])]);
        if (alone.certainty === "certain")
          expect([where, alone.devicePosition]).toEqual([where, at]);
      }
    }
  });
});

test.each(SIZES)(
  "packed: in the middle of an add the list is not available yet: size %i",
  (size) => {
    for (let seed = 1; seed <= 8; seed++) {
      const random = randomOf(seed * 501 + size);
      const world = new PackedWorld(size, random);
      for (let step = 0; step < 120; step++) {
        const act = world.pick(3);
        if (act === 0) world.add(1 + world.pick(Math.min(4, size)));
        else if (act === 1) world.use(1, true);
        else world.take();
      }
      for (const [moment, { bytes, driver, device }] of world.history.entries()) {
        const memory = new RingMemory("packed", size);
        memory.bytes(AREA.desc).set(bytes);
        const used = positionSlot(device, size);
        const input = inputOf(memory, {
          device: { used, taken: used, hasWrap: false },
          paused: true,
        });
        const { dump } = decodeDump(input);
        const where = `size ${size}, seed ${seed}, moment ${moment}`;
        expect([where, factsOf(input)]).toEqual([where, []]);
        if (dump.certainty !== "certain") continue;
        const told = [dump.driverPosition, dump.devicePosition];
        const at = [driver, device].map((position) => ({
          slot: positionSlot(position, size),
          wrap: positionWrap(position, size),
        }));
        expect([where, told]).toEqual([where, at]);
      }
    }
  },
);

test.each(SIZES)(
  "packed: bytes of several moments, read upwards, are never odd: size %i",
  (size) => {
    for (let seed = 1; seed <= 12; seed++) {
      const random = randomOf(seed * 77 + size);
      const world = new PackedWorld(size, random);
      for (let step = 0; step < 200; step++) {
        const act = world.pick(3);
        if (act === 0) world.add(1 + world.pick(Math.min(4, size)));
        else if (act === 1) world.use(1, true);
        else world.take();
      }
      const { history } = world;
      for (let round = 0; round < 200; round++) {
        // Each descriptor is read a little later than the one before it, or much later.
        let moment = world.pick(history.length);
        const torn = new RingMemory("packed", size);
        for (let slot = 0; slot < size; slot++) {
          const from = slot * DESC_BYTES;
          const bytes = history[moment]?.bytes.subarray(from, from + DESC_BYTES) ?? [];
          torn.bytes(AREA.desc).set(bytes, from);
          moment = Math.min(
            history.length - 1,
            moment + (world.pick(3) === 0 ? world.pick(40) : 0),
          );
        }
        const where = `size ${size}, seed ${seed}, round ${round}`;
        expect([where, factsOf(inputOf(torn, {}))]).toEqual([where, []]);
      }
    }
  },
);

test.each([1, 2, 4, 8, 16])(
  "split: which heads are in flight, used in any order: size %i",
  (size) => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = randomOf(seed * 31 + size);
      const pick = (most: number): number => Math.floor(random() * most);
      const memory = new RingMemory("split", size);
      let avail = 0;
      let used = 0;
      const inFlight: number[] = [];
      const back: number[] = [];
      const free = Array.from({ length: size }, (_one, head) => head);
      const ordered = seed % 2 === 0;
      for (let step = 0; step < 300; step++) {
        const act = pick(3);
        const head = act === 0 ? free.splice(pick(free.length), 1)[0] : undefined;
        if (head !== undefined) {
          memory.set64(AREA.desc, head * DESC_BYTES, 0x1000, 0);
          memory.set32(AREA.desc, head * DESC_BYTES + DESC_LEN, 64);
          memory.set16(AREA.driver, availEntry(avail % size), head);
          avail++;
          inFlight.push(head);
        } else if (act === 1 && inFlight.length > 0) {
          const [id = 0] = inFlight.splice(ordered ? 0 : pick(inFlight.length), 1);
          memory.set32(AREA.device, usedElem(used % size), id);
          used++;
          back.push(id);
        } else if (act === 2) {
          const id = back.shift();
          if (id !== undefined) free.push(id);
        }
        memory.set16(AREA.driver, RING_IDX, avail & 0xffff);
        memory.set16(AREA.device, RING_IDX, used & 0xffff);
        const where = `size ${size}, seed ${seed}, step ${step}`;
        const features = new Set(ordered ? (["VIRTIO_F_IN_ORDER"] as const) : []);
        const input = inputOf(memory, { paused: true, features });
        const { dump } = decodeDump(input);
        expect(dump.inFlight).toHaveLength(inFlight.length);
        expect([where, factsOf(input)]).toEqual([where, []]);
        if (ordered) expect([where, dump.certainty]).toEqual([where, "certain"]);
        if (dump.certainty === "certain") {
          const heads = dump.inFlight.map(({ id }) => id).sort((a, b) => a - b);
          expect([where, heads]).toEqual([where, [...inFlight].sort((a, b) => a - b)]);
        }
      }
    }
  },
);
