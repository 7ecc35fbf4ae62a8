import { expect, test } from "vitest";
import {
  advancePosition,
  packedPosition,
  positionDistance,
  positionSlot,
  positionText,
  positionWord,
  positionWrap,
  wordPosition,
} from "./packed.ts";

test("every position survives the way through a word", () => {
  for (const size of [1, 2, 3, 5, 16, 32768]) {
    for (const position of [0, 1, size - 1, size, 2 * size - 1].filter((p) => p < 2 * size)) {
      expect(wordPosition(positionWord(position, size), size)).toBe(position);
      expect(packedPosition(positionSlot(position, size), positionWrap(position, size), size)).toBe(
        position,
      );
    }
  }
});

test("a list of exactly N slots ends at its slot with the other wrap counter", () => {
  const end = advancePosition(packedPosition(9, 1, 16), 16, 16);
  expect(positionText(end, 16)).toBe("slot 9 (wrap 0)");
  expect(positionWord(end, 16)).toBe(0x0009);
});

test("distance is forward, modulo two laps", () => {
  expect(positionDistance(packedPosition(15, 1, 16), packedPosition(2, 0, 16), 16)).toBe(3);
  expect(positionDistance(packedPosition(15, 1, 16), packedPosition(2, 1, 16), 16)).toBe(19);
  expect(positionDistance(packedPosition(4, 0, 5), packedPosition(0, 1, 5), 5)).toBe(1);
});

test("an offset outside the ring is no position", () => {
  expect(wordPosition(0x8010, 16)).toBeUndefined();
  expect(wordPosition(0x10000, 16)).toBeUndefined();
});
