import { expect, test } from "vitest";
import { advancePosition, packedPosition, wordPosition } from "../virtio/packed.ts";
import { packedWanted, splitEventWanted } from "./suppression.ts";

const DESC = 2;

const desc = (queueSize: number, slots: number, slot: number, wrap: number, offWrap: number) =>
  packedWanted({
    flags: DESC,
    offWrap,
    position: packedPosition(slot, wrap, queueSize),
    slots,
    queueSize,
    eventIdx: true,
  }).wanted;

/** The definition: is the asked slot, in its lap, among those passed? */
function passed(queueSize: number, slots: number, slot: number, wrap: number, offWrap: number) {
  const end = packedPosition(slot, wrap, queueSize);
  const asked = wordPosition(offWrap, queueSize);
  for (let back = 1; back <= slots; back++) {
    if (advancePosition(end, 2 * queueSize - back, queueSize) === asked) return true;
  }
  return false;
}

test("packed: agrees with the definition for every small ring, position, count and word", () => {
  let cases = 0;
  for (let size = 1; size <= 9; size++) {
    for (let slot = 0; slot < size; slot++) {
      for (const wrap of [0, 1]) {
        for (let slots = 0; slots <= size; slots++) {
          for (let off = 0; off < size; off++) {
            for (const bit of [0, 0x8000]) {
              const word = off | bit;
              expect(desc(size, slots, slot, wrap, word)).toBe(
                passed(size, slots, slot, wrap, word),
              );
              cases++;
            }
          }
        }
      }
    }
  }
  expect(cases).toBe(9240);
});

// Catalogue 3.4, row by row.
test.each([
  [16, 3, 3, 1, 0x8000, true, "first three slots, event at slot 0"],
  [16, 3, 3, 1, 0x8002, true, "last covered slot"],
  [16, 3, 3, 1, 0x8003, false, "next slot: not yet"],
  [16, 3, 3, 1, 0x0003, false, "next lap slot 3: not yet"],
  [16, 4, 2, 0, 0x800d, false, "wrapped batch covers 14,15,0,1; event 13 passed"],
  [16, 4, 2, 0, 0x800e, true, "event at first covered slot, previous lap"],
  [16, 4, 2, 0, 0x800f, true, "event at last slot, previous lap"],
  [16, 4, 2, 0, 0x0000, true, "event at slot 0 of new lap"],
  [16, 4, 2, 0, 0x0001, true, "last covered"],
  [16, 4, 2, 0, 0x0002, false, "next slot"],
  [16, 4, 2, 0, 0x000e, false, "slot 14 of the NEW lap: future"],
  [16, 4, 2, 0, 0x8000, false, "slot 0 of the OLD lap: passed"],
  [16, 4, 0, 0, 0x800f, true, "batch ends exactly at the ring end: index 0, wrap flipped"],
  [16, 4, 0, 0, 0x0000, false, "same, event at next slot"],
  [16, 16, 0, 0, 0x8005, true, "one list of N slots from slot 0: any slot of that lap"],
  [16, 16, 0, 0, 0x0005, false, "same, next lap"],
  [5, 3, 1, 0, 0x8003, true, "N=5 (not a power of two), covers 3,4,0"],
  [5, 3, 1, 0, 0x0000, true, "N=5"],
  [5, 3, 1, 0, 0x0001, false, "N=5 next slot"],
  [5, 3, 1, 0, 0x8002, false, "N=5 passed"],
  [16, 0, 9, 1, 0x8008, false, "nothing new: never"],
])(
  "packed N=%i, %i slots up to slot %i wrap %i, word %i: %s (%s)",
  (size, slots, slot, wrap, word, wanted) => {
    expect(desc(size, slots, slot, wrap, word)).toBe(wanted);
  },
);

test("packed: more slots than the queue has give no verdict, whatever the word", () => {
  for (let size = 1; size <= 9; size++) {
    for (let slots = size + 1; slots <= 2 * size + 1; slots++) {
      for (let position = 0; position < 2 * size; position++) {
        const slot = position % size;
        const wrap = position < size ? 1 : 0;
        for (let off = 0; off < size; off++) {
          expect(desc(size, slots, slot, wrap, off)).toBeUndefined();
          expect(desc(size, slots, slot, wrap, off | 0x8000)).toBeUndefined();
        }
      }
    }
  }
});

test.each([
  ["more slots than the ring has", { slots: 17 }],
  ["a reserved flags value", { flags: 3 }],
  ["DESC without EVENT_IDX", { eventIdx: false }],
  ["an offset outside the ring", { offWrap: 16 }],
])("packed: no verdict on %s", (_what, changed) => {
  const facts = { flags: DESC, offWrap: 0, position: 0, slots: 1, queueSize: 16, eventIdx: true };
  expect(packedWanted({ ...facts, ...changed }).wanted).toBeUndefined();
});

test("packed: ENABLE wants every buffer, DISABLE none, nothing new wants nothing", () => {
  const facts = { offWrap: 0, position: 3, queueSize: 16, eventIdx: true };
  expect(packedWanted({ ...facts, flags: 0, slots: 1 }).wanted).toBe(true);
  expect(packedWanted({ ...facts, flags: 0, slots: 0 }).wanted).toBe(false);
  expect(packedWanted({ ...facts, flags: 1, slots: 1 }).wanted).toBe(false);
});

// Catalogue 3.3, row by row.
test.each([
  [0, 1, 0, true, "first entry ever, event 0"],
  [0, 1, 1, false, "event one ahead"],
  [5, 8, 4, false, "event already passed"],
  [5, 8, 5, true, "lower bound is inclusive"],
  [5, 8, 7, true, "last new entry"],
  [5, 8, 8, false, "upper bound is exclusive: asks for the next one"],
  [65534, 1, 65533, false, "wrap, passed"],
  [65534, 1, 65534, true, "wrap, first"],
  [65534, 1, 65535, true, "wrap"],
  [65534, 1, 0, true, "wrap, after zero"],
  [65534, 1, 1, false, "wrap, next one"],
  [7, 7, 6, false, "nothing new: never"],
  [7, 7, 7, false, "nothing new: never"],
  [100, 101, 0, false, "stale 0 to turn it off (Linux disable_cb)"],
  [65530, 4, 0, true, "stale 0 fires once per 65536 entries"],
  [0, 32768, 40000, false, "far future"],
  [0, 32768, 32767, true, "N=32768 full batch"],
])("split entries %i to %i, event %i: %s (%s)", (old, next, event, wanted) => {
  expect(splitEventWanted(event, old, next)).toBe(wanted);
});
