import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { EventBatch, StringTable } from "../src/model/batch.ts";
import { FIELD } from "../src/model/event.ts";
import { PointerTable } from "../src/model/pointer.ts";
import { FtraceReader } from "../src/parser/ftrace/reader.ts";
import { randomOf } from "./run.ts";

function read(text: string): { queues: Set<string>; reader: FtraceReader } {
  const pointers = new PointerTable();
  const queues = new Set<string>();
  const reader = new FtraceReader({
    strings: new StringTable(),
    pointers,
    firstSeq: 0,
    emit: (batch) => {
      for (let row = 0; row < batch.length; row++) {
        const queue = batch.values[row * EventBatch.FIELD_COUNT + FIELD.queue] as number;
        if (!Number.isNaN(queue)) queues.add(pointers.text(queue));
      }
      batch.clear();
      return batch;
    },
  });
  reader.push(Buffer.from(text));
  reader.end();
  const { lines, events, notes, rejected } = reader.ledger;
  expect(events + notes + rejected).toBe(lines);
  return { queues, reader };
}

const DUMP = readFileSync("fixtures/ftrace/dmesg_ftrace_dump.txt", "latin1");
const LINES = DUMP.trimEnd().split("\n");
const WHOLE = read(DUMP);
const broken = (reader: FtraceReader): number =>
  reader.diagnostics
    .entries()
    .filter(({ code }) => code === "line-broken")
    .reduce((sum, { count }) => sum + count, 0);

/** The dump with one line cut at `column`, as a message that came between does it. */
function cut(line: number, column: number, message = "[   52.900000] usb 1-1: new device"): string {
  const whole = LINES[line] as string;
  const lines = [...LINES.slice(0, line), whole.slice(0, column), message, whole.slice(column)];
  return `${[...lines, ...LINES.slice(line + 1)].join("\n")}\n`;
}

test("a whole dump has no broken line, and is read as before", () => {
  expect(broken(WHOLE.reader)).toBe(0);
  expect(WHOLE.reader.ledger).toMatchObject({ events: 56, rejected: 0, lostMarks: 0 });
  expect(WHOLE.queues.size).toBeGreaterThan(0);
});

const seed = Number(process.env["SEED"] ?? 20261126);
test(`wherever a line is cut, no queue appears that is none (seed ${seed})`, () => {
  const random = randomOf(seed);
  // Behind the first line of each event, which nothing can be compared with.
  const candidates = LINES.flatMap((line, i) => (i > 40 && / vq=0x/.test(line) ? [i] : []));
  expect(candidates.length).toBeGreaterThan(10);
  let seen = 0;
  for (let round = 0; round < 400; round++) {
    const line = candidates[Math.floor(random() * candidates.length)] as number;
    const text = LINES[line] as string;
    const column = 20 + Math.floor(random() * (text.length - 20));
    const { queues, reader } = read(cut(line, column));
    const where = `line ${line + 1} cut at ${column}: ${text.slice(0, column)}`;
    expect([where, [...queues].filter((queue) => !WHOLE.queues.has(queue))]).toEqual([where, []]);
    seen += broken(reader);
  }
  expect(seen).toBeGreaterThan(50);
});

test("a pointer that is cut is rejected and counts as a lost event", () => {
  const line = LINES.findLastIndex((text) => /vq_kick_prepare: .* vq=0x/.test(text));
  const column = (LINES[line] as string).indexOf("vq=0x") + 9;
  const { reader } = read(cut(line, column));
  expect(reader.diagnostics.entries()).toContainEqual({
    code: "line-broken",
    line: line + 1,
    offset: `${LINES.slice(0, line).join("\n")}\n`.length,
    expected: "16 digits in vq, as in the lines before",
    count: 1,
  });
  // Its rest is a line that fits nothing.
  expect(reader.ledger).toMatchObject({ events: 55, rejected: 2, lostMarks: 1, lostEvents: 1 });
});

test("a line that lacks the last of its fields is cut, whatever it ends in", () => {
  const line = LINES.findLastIndex((text) => /num_free=\d+ out=/.test(text));
  const column = (LINES[line] as string).indexOf(" out=");
  const { reader } = read(cut(line, column));
  expect(reader.diagnostics.entries().map(({ expected }) => expected)).toContain(
    "out= and what stands behind it, as in the lines before",
  );
});

const event = (us: number, fields: string, name = "vq_notify"): string =>
  `[   52.900188]       dd-286       0d..1. ${us}us : ${name}: (virtqueue_notify+0x0/0x40 [virtio_ring]) ${fields}\n`;

test.each([
  ["addresses of as many digits as they need", ["0x1a2b3c00", "0x91a2b3c00", "0x2b3c00"], 0],
  ["a null pointer", ["0xff415b5742731d00", "0x0"], 0],
  ["32 bits", ["0xc1234560", "0xc1234780"], 0],
  ["32 bits, one cut", ["0xc1234560", "0xc1234780", "0xc12345"], 1],
  ["half a pointer that looks like one of 32 bits", ["0xff415b5742731d00", "0xff415b57"], 1],
  ["nothing but the first digit left", ["0xff415b5742731d00", "0"], 1],
  ["a cut one before any whole one", ["0xff415b", ...Array(17).fill("0xff415b5742731d00")], 0],
  [
    "another behind it",
    ["0xff415b", ...Array(17).fill("0xff415b5742731d00"), "0xff415b5742731d0"],
    1,
  ],
])("%s: %j", (_what, pointers, rejected) => {
  const { reader } = read(pointers.map((vq, i) => event(i, `vq=${vq}`)).join(""));
  expect(broken(reader)).toBe(rejected);
});

test("a dump without printk's prefix is guarded, a trace in the same columns is not", () => {
  const bare = (vq: string): string => event(1, `vq=${vq}`).replace(/^\[[^\]]*\] /, "");
  const lines = bare("0xff415b5742731d00") + bare("0xff415b57");
  expect(broken(read(lines).reader)).toBe(0);
  expect(broken(read(`Dumping ftrace buffer:\n${lines}`).reader)).toBe(1);
});
