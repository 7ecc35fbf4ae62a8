import { describe, expect, test } from "vitest";
import { AREA } from "../model/memory.ts";
import {
  VIRTQ_DESC_F_INDIRECT,
  VIRTQ_DESC_F_NEXT,
  VIRTQ_DESC_F_WRITE,
} from "../virtio/descriptor.ts";
import { availBits } from "../virtio/packed.ts";
import { Chain, noTables, walkPacked, walkSplit } from "./chain.ts";
import { RingMemory } from "./ring-memory.ts";

const SIZE = 4;
const TABLE = 0x5000;
const tableAt = (addr: number, bytes: number): number =>
  addr >= TABLE && addr + bytes <= TABLE + 4096 ? addr - TABLE : -1;

/** addr, len, flags, and next (split) or id (packed). */
type Desc = readonly [addr: number, len: number, flags: number, other: number];

function put(memory: RingMemory, area: number, at: number, [addr, len, flags, other]: Desc): void {
  const packed = memory.layout === "packed";
  memory.set64(area, at, addr >>> 0, Math.floor(addr / 2 ** 32));
  memory.set32(area, at + 8, len);
  memory.set16(area, at + (packed ? 14 : 12), flags);
  memory.set16(area, at + (packed ? 12 : 14), other);
}

function ring(
  layout: "split" | "packed",
  descs: readonly Desc[],
  table: readonly Desc[] = [],
): RingMemory {
  const memory = new RingMemory(layout, SIZE, 4096);
  for (const [slot, desc] of descs.entries()) put(memory, AREA.desc, slot * 16, desc);
  for (const [entry, desc] of table.entries()) put(memory, AREA.ind, entry * 16, desc);
  return memory;
}

function walked(
  layout: "split" | "packed",
  from: number,
  descs: readonly Desc[],
  table?: readonly Desc[],
): Partial<Chain> & { elements: string[] } {
  const chain = new Chain(SIZE);
  const walk = layout === "packed" ? walkPacked : walkSplit;
  walk(ring(layout, descs, table), from, chain, tableAt);
  return {
    ending: chain.ending,
    beyond: chain.beyond,
    slotCount: chain.slotCount,
    elements: Array.from(
      { length: chain.count },
      (_, i) => `${chain.addr[i]}+${chain.len[i]}${chain.writable[i] === 1 ? "w" : ""}`,
    ),
  };
}

const N = VIRTQ_DESC_F_NEXT;
const W = VIRTQ_DESC_F_WRITE;
const I = VIRTQ_DESC_F_INDIRECT;

describe("split", () => {
  test("a chain is followed by next, wherever it leads", () => {
    const descs: Desc[] = [
      [100, 1, N, 3],
      [0, 0, 0, 0],
      [300, 3, W, 9],
      [200, 2, N, 2],
    ];
    expect(walked("split", 0, descs)).toEqual({
      ending: "complete",
      beyond: -1,
      slotCount: 3,
      elements: ["100+1", "200+2", "300+3w"],
    });
  });

  test.each<[string, number, Desc[], object]>([
    [
      "a loop",
      0,
      [
        [1, 1, N, 1],
        [2, 1, N, 0],
      ],
      { ending: "loop", beyond: 0, slotCount: 2 },
    ],
    [
      "a descriptor that leads to itself",
      1,
      [
        [1, 1, 0, 0],
        [2, 1, N, 1],
      ],
      { ending: "loop", beyond: 1, slotCount: 1 },
    ],
    ["next outside the table", 0, [[1, 1, N, 4]], { ending: "outside", beyond: 4, slotCount: 1 }],
    ["a head outside the table", 4, [], { ending: "outside", beyond: 4, slotCount: 0 }],
    ["a table of 0 bytes", 0, [[TABLE, 0, I, 0]], { ending: "table-length" }],
    ["a table of 20 bytes", 0, [[TABLE, 20, I, 0]], { ending: "table-length" }],
    ["a table of 4 GiB", 0, [[TABLE, 0xffff_fff0, I, 0]], { ending: "table-unread" }],
    ["a table that is not at hand", 0, [[0x9999_0000, 32, I, 0]], { ending: "table-unread" }],
  ])("%s", (_what, from, descs, expected) => {
    expect(walked("split", from, descs)).toMatchObject(expected);
  });

  test("an indirect table is followed by next; entries not reached say nothing", () => {
    const descs: Desc[] = [
      [100, 1, N, 1],
      [TABLE, 48, I, 0],
    ];
    const table: Desc[] = [
      [7, 1, N, 2],
      [666, 6, I, 0],
      [8, 2, W, 9],
    ];
    expect(walked("split", 0, descs, table)).toMatchObject({
      ending: "complete",
      slotCount: 2,
      elements: ["100+1", "7+1", "8+2w"],
    });
    expect(
      walked("split", 1, descs, [
        [7, 1, N, 1],
        [8, 1, I, 0],
      ]),
    ).toMatchObject({ ending: "nested" });
    expect(
      walked("split", 1, descs, [
        [7, 1, N, 1],
        [8, 1, N, 0],
      ]),
    ).toMatchObject({ ending: "loop" });
    expect(walked("split", 1, descs, [[7, 1, N, 3]])).toMatchObject({
      ending: "outside",
      beyond: 3,
    });
  });
});

describe("packed", () => {
  const at = (wrap: number, flags = 0): number => availBits(wrap) | flags;

  test("a list goes on over the ring end, in the other lap", () => {
    const descs: Desc[] = [
      [300, 3, at(0, W), 5],
      [0, 0, 0, 0],
      [100, 1, at(1, N), 0],
      [200, 2, at(1, N), 0],
    ];
    expect(walked("packed", 2, descs)).toEqual({
      ending: "complete",
      beyond: -1,
      slotCount: 3,
      elements: ["100+1", "200+2", "300+3w"],
    });
  });

  test("a slot of the lap before ends it", () => {
    const descs: Desc[] = [
      [1, 1, at(1, N), 0],
      [2, 1, at(0), 0],
    ];
    expect(walked("packed", 0, descs)).toMatchObject({
      ending: "unavailable",
      beyond: 1,
      slotCount: 1,
    });
  });

  test("all N slots are one list; one more is a loop", () => {
    const descs: Desc[] = [0, 1, 2, 3].map((i) => [i, 1, at(1, i < 3 ? N : 0), 0]);
    expect(walked("packed", 0, descs)).toMatchObject({ ending: "complete", slotCount: 4 });
    const endless = descs.map(([addr, len, flags]): Desc => [addr, len, flags | N, 0]);
    expect(walked("packed", 0, endless)).toMatchObject({ ending: "loop", beyond: 0, slotCount: 4 });
  });

  test("an indirect table is as long as its length says, whatever its flags", () => {
    const descs: Desc[] = [[TABLE, 32, at(1, I), 3]];
    const table: Desc[] = [
      [7, 1, N, 0],
      [8, 2, W, 0],
      [9, 3, 0, 0],
    ];
    const chain = new Chain(SIZE);
    walkPacked(ring("packed", descs, table), 0, chain, tableAt);
    expect([chain.count, chain.bufferId, chain.oddEntry, chain.oddFlags]).toEqual([2, 3, 0, N]);
    walkPacked(ring("packed", descs), 0, chain, noTables);
    expect(chain.ending).toBe("table-unread");
  });
});

test("what may be written is counted, and the order of elements told", () => {
  const chain = new Chain(SIZE);
  walkSplit(
    ring("split", [
      [1, 10, W | N, 1],
      [2, 20, N, 2],
      [3, 30, W, 0],
    ]),
    0,
    chain,
    noTables,
  );
  expect([chain.writableBytes, chain.readableAfterWritable]).toEqual([40, 1]);
  expect([chain.has(0), chain.has(3)]).toEqual([true, false]);
});
