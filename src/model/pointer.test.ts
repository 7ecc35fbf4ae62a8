import { expect, test } from "vitest";
import { PointerTable } from "./pointer.ts";

const halves = (value: bigint): [number, number] => [
  Number(value >> 32n),
  Number(value & 0xffff_ffffn),
];

test.each([
  ["user space", 0x7fff_1234_5678n],
  ["four-level kernel address", 0xffff_8880_1234_5678n],
  ["five-level kernel address, aligned", 0xff1c_752b_4258_ef00n],
  ["five-level kernel address, odd", 0xff1c_752b_4258_ef01n],
  ["no canonical address", 0x8123_4567_89ab_cdefn],
  ["largest", 0xffff_ffff_ffff_ffffn],
  ["smallest negative", 0x8000_0000_0000_0000n],
])("%s survives the way through a number", (_what, value) => {
  const table = new PointerTable();
  const number = table.fromHalves(...halves(value));
  expect(table.text(number)).toBe(`0x${value.toString(16)}`);
  expect(table.fromHalves(...halves(value))).toBe(number);
});

test("neighbours stay different, also where a double would merge them", () => {
  const table = new PointerTable();
  const numbers = new Set<number>();
  for (let i = 0n; i < 64n; i++)
    numbers.add(table.fromHalves(...halves(0xff1c_752b_4258_ef00n + i)));
  expect(numbers.size).toBe(64);
});
