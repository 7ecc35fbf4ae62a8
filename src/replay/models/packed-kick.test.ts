import { expect, test } from "vitest";
import { packedPosition } from "../../virtio/packed.ts";
import { packedWanted } from "../suppression.ts";
import { linuxPackedKick } from "./packed-kick.ts";

const DESC = 2;

/** Runs through every ring of up to 9 slots, every position, word and number of slots up to `most`. */
function* cases(most: (size: number) => number) {
  for (let size = 1; size <= 9; size++) {
    for (let slot = 0; slot < size; slot++) {
      for (const wrap of [0, 1]) {
        for (let slots = 0; slots <= most(size); slots++) {
          for (let off = 0; off < size; off++) {
            for (const bit of [0, 0x8000]) yield { size, slot, wrap, slots, offWrap: off | bit };
          }
        }
      }
    }
  }
}

function wanted(at: { size: number; slot: number; wrap: number; slots: number; offWrap: number }) {
  return packedWanted({
    flags: DESC,
    offWrap: at.offWrap,
    position: packedPosition(at.slot, at.wrap, at.size),
    slots: at.slots,
    queueSize: at.size,
    eventIdx: true,
  }).wanted;
}

test("Linux's formula gives what the definition gives, in all 9240 cases with at most N slots", () => {
  let seen = 0;
  for (const at of cases((size) => size)) {
    expect(linuxPackedKick(at.offWrap, at.slot, at.wrap, at.slots, at.size)).toBe(wanted(at));
    seen++;
  }
  expect(seen).toBe(9240);
});

test("with more than N slots it still answers, where the definition knows of no verdict", () => {
  for (const at of cases((size) => 2 * size + 1)) {
    if (at.slots <= at.size) continue;
    expect(wanted(at)).toBeUndefined();
    expect(typeof linuxPackedKick(at.offWrap, at.slot, at.wrap, at.slots, at.size)).toBe("boolean");
  }
});
