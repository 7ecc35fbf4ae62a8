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

// Catalogue 3.4, with the remarks there.
test.each([
  [16, 3, 3, 1, 0x8000, true],
  [16, 3, 3, 1, 0x8002, true],
  [16, 3, 3, 1, 0x8003, false],
  [16, 3, 3, 1, 0x0003, false],
  [16, 4, 2, 0, 0x800d, false],
  [16, 4, 2, 0, 0x800e, true],
  [16, 4, 2, 0, 0x800f, true],
  [16, 4, 2, 0, 0x0000, true],
  [16, 4, 2, 0, 0x0002, false],
  [16, 4, 2, 0, 0x8000, false],
  [16, 4, 0, 0, 0x800f, true],
  [16, 16, 0, 0, 0x8005, true],
  [16, 16, 0, 0, 0x0005, false],
  [5, 3, 1, 0, 0x8003, true],
  [5, 3, 1, 0, 0x8002, false],
  [16, 0, 9, 1, 0x8008, false],
])(
  "packed N=%i, %i slots up to slot %i wrap %i, word 0x%s: %s",
  (size, slots, slot, wrap, word, wanted) => {
    expect(desc(size, slots, slot, wrap, word)).toBe(wanted);
  },
);

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

// Catalogue 3.3.
test.each([
  [0, 1, 0, true],
  [0, 1, 1, false],
  [5, 8, 4, false],
  [5, 8, 5, true],
  [5, 8, 7, true],
  [5, 8, 8, false],
  [65534, 1, 65533, false],
  [65534, 1, 65534, true],
  [65534, 1, 0, true],
  [65534, 1, 1, false],
  [7, 7, 6, false],
  [7, 7, 7, false],
  [100, 101, 0, false],
  [65530, 4, 0, true],
  [0, 32768, 40000, false],
  [0, 32768, 32767, true],
])("split entries %i to %i, event %i: %s", (old, next, event, wanted) => {
  expect(splitEventWanted(event, old, next)).toBe(wanted);
});
