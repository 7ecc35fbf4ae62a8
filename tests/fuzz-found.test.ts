import { describe, expect, test } from "vitest";
import { type EventBatch, StringTable } from "../src/model/batch.ts";
import { PointerTable } from "../src/model/pointer.ts";
import { parseDumpText } from "../src/parser/dump-text.ts";
import { parseFilter } from "../src/parser/filter/filter.ts";
import { FtraceReader } from "../src/parser/ftrace/reader.ts";
import { parsePrintFormat } from "../src/parser/printfmt/grammar.ts";
import { printRecord } from "../src/parser/printfmt/print.ts";
import { QemuReader } from "../src/parser/qemu/reader.ts";
import { SimpleTraceReader } from "../src/parser/qemu/simple-trace.ts";
import type { TraceReader } from "../src/parser/trace-reader.ts";
import { BrokenFile, rangesOf } from "../src/parser/tracedat/byte-cursor.ts";
import { type EventFormat, parseEventFormat } from "../src/parser/tracedat/event-format.ts";
import { pageShape } from "../src/parser/tracedat/raw-pages.ts";
import { readHead, readTraceFile } from "../src/parser/tracedat/trace-file.ts";
import { simpleTrace } from "./simple-trace-writer.ts";
import { ADD, builtTrace } from "./trace-dat-builder.ts";

// What mutated inputs brought to light, or what was seen on the way; each is mended.

function options() {
  const emit = (batch: EventBatch): EventBatch => {
    batch.clear();
    return batch;
  };
  return { strings: new StringTable(), pointers: new PointerTable(), firstSeq: 0, emit };
}

function read<Reader extends TraceReader>(reader: Reader, ...chunks: (string | Uint8Array)[]) {
  for (const chunk of chunks) reader.push(Buffer.from(chunk as string));
  reader.end();
  return reader;
}

test("a line is read to its end: what an earlier line left behind it is no part of it", () => {
  const cut = "  dd-210   [000]    81.512624";
  const longer = `${"x".repeat(cut.length)}: vq_notify: (ffffffffc05f6130) vq=0x1000`;
  const alone = read(new FtraceReader(options()), cut, "\n");
  const behind = read(new FtraceReader(options()), longer, "\n", cut, "\n");
  expect(alone.ledger).toMatchObject({ lines: 1, rejected: 1, events: 0 });
  expect(behind.ledger).toMatchObject({ lines: 2, rejected: 2, events: 0 });
});

describe("simpletrace", () => {
  const lines = ["1@5.000001:virtqueue_flush vq 0x10 count 1", "dropped 7"];
  const bytes = simpleTrace(lines, { version: 4, names: ["virtqueue_flush"] });

  test("a record of dropped events is a note", () => {
    const { ledger } = read(new SimpleTraceReader(bytes, new Map(), options()), bytes);
    expect(ledger).toMatchObject({ lines: 3, events: 1, notes: 2, rejected: 0, lostEvents: 7 });
  });

  test("where it breaks off one record is rejected, and counted once", () => {
    const broken = Buffer.concat([bytes, Buffer.alloc(64, 0xff)]);
    const { ledger } = read(new SimpleTraceReader(broken, new Map(), options()), broken);
    expect(ledger).toMatchObject({ lines: 4, events: 1, notes: 2, rejected: 1, lostMarks: 2 });
  });
});

test("a date that no calendar has leaves the clock alone", () => {
  const line = (day: string): string => `${day}T01:56:10.587129Z virtqueue_flush vq 0x10 count 1\n`;
  const { clock, ledger } = read(
    new QemuReader(options()),
    `${line("2026-99-99")}${line("2026-11-23")}`,
  );
  expect(ledger.events).toBe(2);
  expect(clock).toMatchObject({ major: Date.UTC(2026, 10, 23, 1, 56, 10) / 1000, unit: "seconds" });
});

describe("filters", () => {
  test.each(["constructor", "__proto__", "toString"])("%s is no unit of time", (unit) => {
    const parsed = parseFilter(`time > 5${unit}`);
    expect(parsed.kind).toBe("error");
  });

  test("a message quotes as much as one can read", () => {
    const parsed = parseFilter(`${"x".repeat(5000)} = 1`);
    if (parsed.kind !== "error") throw new Error("it was read");
    expect(
      `${parsed.error.message}${"help" in parsed.error ? parsed.error.help : ""}`.length,
    ).toBeLessThan(400);
  });
});

test("braces without end are looked at once", { timeout: 5000 }, () => {
  const text = `unsigned char x[] = {\n${"{".repeat(400_000)}`;
  expect(parseDumpText(text).kind).toBe("broken");
});

describe("print fmt", () => {
  const format = (fields: string): EventFormat => {
    const parsed = parseEventFormat(`name: e\nID: 1\nformat:\n${fields}`, "");
    if (parsed === undefined) throw new Error("no format");
    return parsed;
  };
  const EVENT = format("\tfield:__data_loc u8[] data;\toffset:0;\tsize:4;\tsigned:0;\n");
  const bytes = Uint8Array.of(8, 0, 4, 0, 0, 0, 0, 0, 1, 2, 3, 4);
  const record = { bytes, view: new DataView(bytes.buffer), start: 0, length: bytes.length };
  const context = { little: true, longBytes: 8, symbolAt: () => undefined };
  const printed = (text: string): string | undefined => {
    const print = parsePrintFormat(text);
    return print === undefined ? "not parsed" : printRecord(EVENT, print, record, context);
  };

  test.each([
    ["parentheses", `"%d", ${"(".repeat(20_000)}1${")".repeat(20_000)}`],
    ["prefixes", `"%d", ${"- ".repeat(20_000)}1`],
    ["casts", `"%d", ${"(int)".repeat(20_000)}1`],
    ["a sum", `"%d", 1${" + 1".repeat(20_000)}`],
    ["a sum of calls", `"%d", f(1, 2)${" + f(1, 2)".repeat(20_000)}`],
    ["indexes", `"%d", a${"[1]".repeat(20_000)}`],
    ["choices", `"%d", ${"1 ? 2 : ".repeat(20_000)}3`],
  ])("%s without end are more than a kernel's", (_what, text) => {
    expect(printed(text)).toBe("not parsed");
  });

  test("many values one beside the other are none too deep", () => {
    const pairs = Array.from({ length: 2000 }, (_, i) => `{ (1 << ${i % 60}), "A${i}" }`);
    expect(printed(`"%s", __print_symbolic(4, ${pairs.join(", ")})`)).toBe("A2");
  });

  test.each([
    ["a width", '"%99999999999d", 1'],
    ["a width as an argument", '"%*d", 99999999999, 1'],
    ["a precision", '"%.99999999999d", 1'],
    ["many widths", `"${"%8000d".repeat(100)}"${", 1".repeat(100)}`],
    ["elements of no width", '"%s", __print_array(__get_dynamic_array(data), 99999999999, 0)'],
  ])("%s that no kernel prints is not printed", (_what, text) => {
    expect(printed(text)).toBeUndefined();
  });

  test("a number that C does not know is none", () => {
    expect(printed('"%d", 010')).toBe("8");
    expect(printed('"%d", 089')).toBe("not parsed");
  });

  test("a field has no more elements than bytes", () => {
    const field = "\tfield:u64 desc[999999999];\toffset:8;\tsize:16;\tsigned:0;\n";
    expect(format(field).fields[0]).toMatchObject({ elements: 2 });
  });
});

test("a trace.dat whose CPUs all have the same bytes is none that trace-cmd writes", () => {
  const event = { delta: 1, id: ADD, pid: 7, vq: 0x1000n, number: 4 };
  const bytes = builtTrace({
    cpus: Array.from({ length: 8 }, () => [{ time: 1n, events: [event] }]),
    pageBytes: 4096,
  });
  const whole = rangesOf(bytes);
  expect(() => readTraceFile(whole, readHead(whole), (block) => block)).not.toThrow();
  // Each entry of the table is made that of the first CPU, and as long as all of them.
  const table = Buffer.from(bytes).indexOf("flyrecord") + 10;
  const view = new DataView(bytes.buffer);
  const first = view.getBigUint64(table, true);
  for (let cpu = 0; cpu < 8; cpu++) {
    view.setBigUint64(table + 16 * cpu, first, true);
    view.setBigUint64(table + 16 * cpu + 8, 8n * 4096n, true);
  }
  expect(() => readTraceFile(whole, readHead(whole), (block) => block)).toThrow(BrokenFile);
});

test("a record of pages that says it is four gigabytes long is none", () => {
  const page = Buffer.alloc(4096);
  page.writeUInt32LE(64, 8);
  // Padding: its length stands in the word behind it.
  page.writeUInt32LE(29 | (1 << 5), 16);
  page.writeUInt32LE(0xffff_ff00, 20);
  expect(pageShape(page)).toBeUndefined();
});
