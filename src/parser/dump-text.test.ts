import { expect, test } from "vitest";
import { parseDumpText } from "./dump-text.ts";

/** Three descriptors, the second and third alike, and a short rest: what each tool makes of them. */
const DESC = "e071e102000000000140000003000000";
const BYTES = `${DESC}${"00".repeat(32)}616263`;

const TEXTS: readonly (readonly [tool: string, text: string])[] = [
  [
    "hexdump -C",
    `00000000  e0 71 e1 02 00 00 00 00  01 40 00 00 03 00 00 00  |.q.......@......|
00000010  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|
*
00000030  61 62 63                                          |abc|
00000033
`,
  ],
  [
    "hexdump",
    `0000000 71e0 02e1 0000 0000 4001 0000 0003 0000
0000010 0000 0000 0000 0000 0000 0000 0000 0000
*
0000030 6261 0063
0000033
`,
  ],
  [
    "od -x, offsets in octal",
    `0000000 71e0 02e1 0000 0000 4001 0000 0003 0000
0000020 0000 0000 0000 0000 0000 0000 0000 0000
*
0000060 6261 0063
0000063
`,
  ],
  [
    "od -A d -t x4",
    `0000000 02e171e0 00000000 00004001 00000003
0000016 00000000 00000000 00000000 00000000
*
0000048 00636261
0000051
`,
  ],
  [
    "od -A x -t x1z",
    `000000 e0 71 e1 02 00 00 00 00 01 40 00 00 03 00 00 00  >.q.......@......<
000010 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  >................<
*
000030 61 62 63                                         >abc<
000033
`,
  ],
  [
    "xxd",
    `00000000: e071 e102 0000 0000 0140 0000 0300 0000  .q.......@......
00000010: 0000 0000 0000 0000 0000 0000 0000 0000  ................
00000020: 0000 0000 0000 0000 0000 0000 0000 0000  ................
00000030: 6162 63                                  abc
`,
  ],
  [
    "xxd -a -g4",
    `00000000: e071e102 00000000 01400000 03000000  .q.......@......
00000010: 00000000 00000000 00000000 00000000  ................
*
00000030: 616263                               abc
`,
  ],
  [
    "xxd -e",
    `00000000: 02e171e0 00000000 00004001 00000003  .q.......@......
00000010: 00000000 00000000 00000000 00000000  ................
00000020: 00000000 00000000 00000000 00000000  ................
00000030:   636261                             abc
`,
  ],
  [
    "xxd -p",
    `${DESC}${"00".repeat(14)}
${"00".repeat(18)}616263
`,
  ],
  [
    "xxd -i",
    `unsigned char d_bin[] = {
${(BYTES.match(/../g) ?? []).map((byte) => `  0x${byte}`).join(",\n")}
};
unsigned int d_bin_len = 51;
`,
  ],
  [
    "gdb x/xw",
    `0x2c98f000 <ring>:\t0x02e171e0\t0x00000000\t0x00004001\t0x00000003
0x2c98f010 <ring+16>:\t0x00000000\t0x00000000\t0x00000000\t0x00000000
0x2c98f020 <ring+32>:\t0x00000000\t0x00000000\t0x00000000\t0x00000000
0x2c98f030 <ring+48>:\t0x61\t0x62\t0x63
`,
  ],
  [
    "crash rd",
    `ffff888004d97000:  0000000002e171e0 0000000300004001   .q.......@......
ffff888004d97010:  0000000000000000 0000000000000000   ................
ffff888004d97020:  0000000000000000 0000000000000000   ................
ffff888004d97030:  61 62 63                  abc
`,
  ],
  [
    "print_hex_dump",
    `[   12.300001] vring: 00000000: e0 71 e1 02 00 00 00 00 01 40 00 00 03 00 00 00  .q.......@......
[   12.300002] vring: 00000010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  ................
[   12.300003] virtio_blk virtio0: something else is said in between
[   12.300004] vring: 00000020: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  ................
[   12.300005] vring: 00000030: 61 62 63                                         abc
`,
  ],
  [
    "Python bytes",
    `b"\\xe0q\\xe1\\x02${"\\x00".repeat(4)}\\x01@\\x00\\x00\\x03${"\\x00".repeat(35)}abc"\n`,
  ],
];

test.each(TEXTS)("%s gives the bytes", (_tool, text) => {
  const dump = parseDumpText(text);
  expect(dump.kind).toBe("bytes");
  if (dump.kind === "bytes") expect(Buffer.from(dump.bytes).toString("hex")).toBe(BYTES);
});

test.each(TEXTS)("%s: lines of Windows are the same", (_tool, text) => {
  expect(parseDumpText(text.replaceAll("\n", "\r\n"))).toEqual(parseDumpText(text));
});

test("a group that reads both ways is told from the text, or not at all", () => {
  const row = "00000000: 01000000 02000000 03000000 04000000  ................\n";
  expect(parseDumpText(row)).toMatchObject({ kind: "unclear", format: "xxd" });
  const swapped = "00000000: 00000161 00000000 00000000 00000000  a...............\n";
  const dump = parseDumpText(swapped);
  if (dump.kind !== "bytes") throw new Error(dump.kind);
  expect([...dump.bytes.subarray(0, 4)]).toEqual([0x61, 1, 0, 0]);
});

test.each([
  ["a missing row", (lines: string[]) => lines.toSpliced(1, 1), 2],
  ["a row twice", (lines: string[]) => lines.toSpliced(1, 0, lines[1] ?? ""), 3],
  [
    "a digit that is none",
    (lines: string[]) => lines.with(1, (lines[1] ?? "").replace("00 00", "0g 00")),
    3,
  ],
])("%s is told with its line", (_what, spoil, line) => {
  const xxd = TEXTS.find(([tool]) => tool === "print_hex_dump")?.[1] ?? "";
  const lines = xxd.split("\n").filter((one) => !one.includes("something"));
  expect(parseDumpText(spoil(lines).join("\n"))).toMatchObject({ kind: "broken", line });
});

test("a dump whose bytes cannot be told says what to do", () => {
  const told = (text: string): unknown => parseDumpText(text);
  expect(told("0x1000:\t12\t-3\n")).toMatchObject({ kind: "unclear", reason: /x\/\.\.\.x/ });
  expect(told('0x1000:\t"abc"\n')).toMatchObject({ kind: "unclear" });
  expect(told("0000000 070740 001341\n0000004\n")).toMatchObject({ kind: "unclear" });
  expect(told("00 01\n*\n02 03\n")).toMatchObject({ kind: "unclear" });
});

test.each([
  ["nothing", ""],
  ["prose", "a ring\nis round\n"],
  ["a number", "12 monkeys"],
])("%s is no dump", (_what, text) => expect(parseDumpText(text)).toEqual({ kind: "other" }));

test("whatever happens to a text, it is bytes of a bounded length, or told", () => {
  const seed = 20261126;
  let state = seed;
  const random = (limit: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  for (let round = 0; round < 10_000; round++) {
    let text = TEXTS[random(TEXTS.length)]?.[1] ?? "";
    for (let edit = random(4); edit >= 0; edit--) {
      const [from, to] = [random(text.length), random(text.length)];
      const piece = random(3) === 0 ? text.slice(Math.min(from, to), Math.max(from, to)) : "";
      const letter = String.fromCharCode(random(96) + 32);
      text = text.slice(0, from) + (piece || letter) + text.slice(from + random(9));
    }
    const dump = parseDumpText(text);
    const length = dump.kind === "bytes" ? dump.bytes.length : 0;
    expect({ seed, round, bounded: length <= 1 << 20 }).toEqual({ seed, round, bounded: true });
  }
});
