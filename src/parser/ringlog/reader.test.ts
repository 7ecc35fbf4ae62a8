import { expect, test } from "vitest";
import { type EventBatch, StringTable } from "../../model/batch.ts";
import { EVENT_KINDS, type FieldName } from "../../model/event.ts";
import { AREAS, MEMORY_OPS } from "../../model/memory.ts";
import { isRinglog, RinglogReader } from "./reader.ts";

const HEADER = {
  type: "header",
  format: "ringlog/1",
  layout: "packed",
  size: 4,
  event_idx: 1,
  indirect: 1,
  in_order: 0,
  fences: 1,
  areas: {
    desc: { base: 4096, len: 64 },
    driver: { base: 8192, len: 4 },
    device: { base: 12288, len: 4 },
    ind: { base: 65536, len: 16384 },
  },
};
const CREATE = {
  seq: 0,
  actor: "driver",
  op: "create",
  mem: [],
  st: { num_free: 4, avail_idx: 0, avail_wrap: 1, last_used: 0, used_wrap: 1, num_added: 0 },
};
const ADD = {
  seq: 1,
  actor: "driver",
  op: "add",
  token: 7,
  out: [[4096, 16]],
  in: [[8192, 32]],
  ret: 0,
  mem: [
    ["a", "ind", 8192, 32],
    ["w", "desc", 0, "0010000001000000"],
    ["f", "wmb"],
    ["w", "desc", 14, "8400"],
    ["r", "desc", 8, "20000000"],
    ["k"],
    ["n", 48],
    ["x", "ind", 8192, 32],
  ],
  st: { num_free: 3, avail_idx: 1, avail_wrap: 1, last_used: 0, used_wrap: 1, num_added: 1 },
};
const FOOTER = { type: "footer", lines: 2 };

interface Row {
  readonly kind: string;
  readonly fields: Partial<Record<FieldName, number>>;
  readonly steps: string[];
  readonly elements: string[];
}

function rowsOf(batch: EventBatch): Row[] {
  const { memory, segments, memoryEnd, segmentsEnd } = batch.operations as NonNullable<
    EventBatch["operations"]
  >;
  return Array.from({ length: batch.length }, (_, row) => {
    const fields: Partial<Record<FieldName, number>> = {};
    for (const field of [
      "token",
      "result",
      "numFree",
      "nextAvail",
      "availWrap",
      "lastUsed",
      "needsKick",
      "lostCount",
      "status",
      "featuresLow",
      "featuresHigh",
      "deviceType",
    ] as const) {
      const value = batch.value(row, field);
      if (!Number.isNaN(value)) fields[field] = value;
    }
    const steps: string[] = [];
    for (
      let i = row === 0 ? 0 : (memoryEnd[row - 1] as number);
      i < (memoryEnd[row] as number);
      i++
    ) {
      const op = MEMORY_OPS[memory.op[i] as number];
      const value = (memory.high[i] as number) * 2 ** 32 + (memory.low[i] as number);
      steps.push(
        `${op} ${AREAS[memory.area[i] as number]}+${memory.offset[i]} ${memory.width[i]}: ${value}`,
      );
    }
    const elements: string[] = [];
    for (
      let i = row === 0 ? 0 : (segmentsEnd[row - 1] as number);
      i < (segmentsEnd[row] as number);
      i++
    ) {
      elements.push(
        `${segments.addr[i]}+${segments.len[i]} ${segments.writable[i] === 1 ? "w" : "r"}`,
      );
    }
    return { kind: EVENT_KINDS[batch.kind[row] as number] as string, fields, steps, elements };
  });
}

function read(
  lines: readonly (object | string)[],
  chunk = 1 << 20,
): { rows: Row[]; reader: RinglogReader } {
  const rows: Row[] = [];
  const reader = new RinglogReader({
    strings: new StringTable(),
    firstSeq: 0,
    emit: (batch) => {
      rows.push(...rowsOf(batch));
      batch.clear();
      return batch;
    },
  });
  const text = lines
    .map((line) => (typeof line === "string" ? line : JSON.stringify(line)))
    .join("\n");
  const bytes = new TextEncoder().encode(`${text}\n`);
  for (let at = 0; at < bytes.length; at += chunk) reader.push(bytes.subarray(at, at + chunk));
  reader.end();
  const { ledger } = reader;
  expect(ledger.events + ledger.notes + ledger.rejected).toBe(ledger.lines);
  return { rows, reader };
}

test("an operation is one event: arguments, result, the state before it, every step", () => {
  const { rows, reader } = read([HEADER, CREATE, ADD, FOOTER]);
  expect(rows).toEqual([
    { kind: "create", fields: {}, steps: [], elements: [] },
    {
      kind: "add",
      fields: { token: 7, result: 0, numFree: 4, nextAvail: 0, availWrap: 1, lastUsed: 0x8000 },
      steps: [
        "alloc ind+8192 0: 32",
        "store desc+0 8: 4294971392",
        "barrier device+0 0: 0",
        "store desc+14 2: 132",
        "load desc+8 4: 32",
        "notify desc+0 0: 0",
        "allocFailed desc+0 0: 48",
        "free ind+8192 0: 32",
      ],
      elements: ["4096+16 r", "8192+32 w"],
    },
  ]);
  expect(reader.diagnostics.entries()).toEqual([]);
  expect(reader.ledger).toMatchObject({ lines: 4, events: 2, notes: 2, rejected: 0 });
});

test("lines may be cut anywhere between chunks", () => {
  const whole = read([HEADER, CREATE, ADD, FOOTER]).rows;
  for (const chunk of [1, 7, 64])
    expect(read([HEADER, CREATE, ADD, FOOTER], chunk).rows).toEqual(whole);
});

test("thousands of operations go through many batches without mixing their steps", () => {
  const adds = Array.from({ length: 5000 }, (_, i) => ({
    ...ADD,
    seq: i + 1,
    token: i + 1,
    mem: [["w", "desc", 8, `${(i & 0xff).toString(16).padStart(2, "0")}000000`]],
  }));
  const { rows } = read([HEADER, CREATE, ...adds, { ...FOOTER, lines: 5001 }]);
  expect(rows.length).toBe(5001);
  for (const [i, { steps, fields }] of rows.slice(1).entries()) {
    expect([fields.token, steps]).toEqual([i + 1, [`store desc+8 4: ${i & 0xff}`]]);
  }
});

test("a number that is missing is a loss before the operation", () => {
  const { rows, reader } = read([HEADER, CREATE, { ...ADD, seq: 4 }, { ...FOOTER, lines: 5 }]);
  expect(rows.map(({ kind }) => kind)).toEqual(["create", "lost", "add"]);
  expect(rows[1]?.fields).toEqual({ lostCount: 3 });
  // What the driver's state was is no longer known.
  expect(rows[2]?.fields).toEqual({ token: 7, result: 0 });
  expect(rows[2]?.steps.length).toBe(ADD.mem.length);
  expect(reader.diagnostics.entries().map(({ code, line }) => [code, line])).toEqual([
    ["events-lost", 3],
    ["log-miscounted", 4],
  ]);
});

test.each([
  ["no JSON", "{"],
  ["a list", "[1]"],
  ["an unknown operation", { ...ADD, op: "frobnicate" }],
  ["an unknown actor", { ...ADD, actor: "hypervisor" }],
  ["no number", { ...ADD, seq: undefined }],
  ["a result of another sort", { ...ADD, ret: "ok" }],
  ["a result above 0", { ...ADD, ret: 1 }],
  ["an actor that is a list", { ...ADD, actor: [[["driver"]]] }],
  ["an operation by the name of a method", { ...ADD, op: "constructor" }],
  ["a step by the name of a method", { ...ADD, mem: [["toString", "desc", 0, "00"]] }],
  ["a step that is no list of its own", { ...ADD, mem: [[{ toString: null }]] }],
  ["an unknown step", { ...ADD, mem: [["z", "desc", 0, "00"]] }],
  ["a store of three bytes", { ...ADD, mem: [["w", "desc", 0, "000000"]] }],
  ["a store that is no hex", { ...ADD, mem: [["w", "desc", 0, "zz"]] }],
  ["an offset below 0", { ...ADD, mem: [["w", "desc", -1, "00"]] }],
  ["an unknown area", { ...ADD, mem: [["w", "bios", 0, "00"]] }],
  ["an element without a length", { ...ADD, out: [[4096]] }],
  ["an element beyond 2^53", { ...ADD, out: [[2 ** 60, 1]] }],
])("%s is rejected, and what follows knows that something is missing", (_what, line) => {
  const { rows, reader } = read([HEADER, CREATE, line, { ...ADD, seq: 2 }, FOOTER]);
  expect(reader.ledger.rejected).toBe(1);
  expect(reader.diagnostics.entries()[0]).toMatchObject({ code: "line-unrecognised", line: 3 });
  expect(rows.map(({ kind }) => kind)).toEqual(["create", "lost", "add"]);
  expect(rows[2]?.steps.length).toBe(ADD.mem.length);
});

test.each([
  ["a layout that does not exist", { ...HEADER, layout: "round" }],
  ["no size", { ...HEADER, size: 0 }],
  ["a size that no queue has", { ...HEADER, size: 1e9 }],
  ["no word of EVENT_IDX", { ...HEADER, event_idx: undefined }],
  ["no areas", { ...HEADER, areas: undefined }],
  [
    "an arena larger than any log's",
    { ...HEADER, areas: { ...HEADER.areas, ind: { base: 0, len: 2 ** 40 } } },
  ],
  ["another version", { ...HEADER, format: "ringlog/2" }],
])("a header with %s is rejected, and so is every operation after it", (_what, header) => {
  const { rows, reader } = read([header, CREATE, ADD]);
  expect(rows).toEqual([]);
  expect(reader.ledger.rejected).toBe(3);
});

test("a log without its footer says so; one cut inside a line keeps what is whole", () => {
  const { reader } = read([HEADER, CREATE, ADD]);
  expect(reader.diagnostics.entries().map(({ code }) => code)).toEqual(["log-unfinished"]);
  const cut = read([HEADER, CREATE, JSON.stringify(ADD).slice(0, 60)]);
  expect(cut.rows.map(({ kind }) => kind)).toEqual(["create"]);
});

test("a log that begins in mid-life without its snapshot admits it", () => {
  const { rows } = read([{ ...HEADER, warmup: 100 }, CREATE, ADD, FOOTER]);
  expect(rows.map(({ kind }) => kind)).toEqual(["create", "lost", "add"]);
});

test("the life of the device may stand among the operations", () => {
  const life = [
    { actor: "driver", op: "set_status", value: 3 },
    { actor: "driver", op: "read_status", ret: 11 },
    { actor: "driver", op: "read_features", ret: "0x8000000100000001" },
    { actor: "driver", op: "write_features", value: "0x100000000" },
    { actor: "driver", op: "read_queue_reset", ret: 1 },
    { actor: "device", op: "config_interrupt" },
  ].map((one, i) => ({ seq: 1 + i, ...one }));
  const add = { ...ADD, seq: 7 };
  const { rows, reader } = read([{ ...HEADER, device_id: 1 }, CREATE, ...life, add]);
  expect(
    rows.map(({ kind, fields }) => [
      kind,
      fields.status ?? fields.featuresLow ?? null,
      fields.featuresHigh ?? fields.numFree ?? null,
    ]),
  ).toEqual([
    ["create", null, null],
    ["statusWritten", 3, 4],
    ["statusRead", 11, 4],
    ["featuresOffered", 1, 0x8000_0001],
    ["featuresAccepted", 0, 1],
    ["queueResetRead", 1, 4],
    ["configInterrupt", null, 4],
    // The queue's own state is that of the operation before all these.
    ["add", null, 4],
  ]);
  expect(rows[3]?.fields.deviceType).toBe(1);
  expect(reader.ledger.rejected).toBe(0);
  const wrong = [
    { seq: 1, actor: "driver", op: "set_status", value: 256 },
    { seq: 2, actor: "driver", op: "write_features", value: 5 },
    { seq: 3, actor: "device", op: "set_status", value: 0 },
  ];
  expect(read([HEADER, CREATE, ...wrong]).reader.ledger.rejected).toBe(3);
});

test("two logs in one file are two rings", () => {
  const { rows, reader } = read([HEADER, CREATE, ADD, FOOTER, HEADER, CREATE, ADD, FOOTER]);
  expect(rows.map(({ kind }) => kind)).toEqual(["create", "add", "create", "add"]);
  expect(reader.diagnostics.entries()).toEqual([]);
});

test("a log is known by its first line", () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  expect(isRinglog(bytes(JSON.stringify(HEADER)))).toBe(true);
  expect(isRinglog(bytes('{ "type": "header", "format": "ringlog/1", "layout": "split" }'))).toBe(
    true,
  );
  expect(isRinglog(bytes('{"return": {}}'))).toBe(false);
  expect(isRinglog(bytes("# tracer: nop\n"))).toBe(false);
  expect(isRinglog(new Uint8Array(0))).toBe(false);
});

test("what the areas held before the creation stands before its own stores, where it was not zero", () => {
  const zeros = (bytes: number): string => "00".repeat(bytes);
  const areas = { desc: `${zeros(62)}8080`, driver: zeros(4), device: `0100${zeros(2)}` };
  const create = { ...CREATE, areas, mem: [["w", "driver", 2, "0100"]] };
  const { rows } = read([HEADER, create, { ...FOOTER, lines: 1 }]);
  expect(rows.map(({ steps }) => steps)).toEqual([
    ["held desc+62 2: 32896", "held device+0 2: 1", "store driver+2 2: 1"],
  ]);
  const bad = read([HEADER, { ...CREATE, areas: { ...areas, device: "01" } }, FOOTER]);
  expect(bad.reader.ledger.rejected).toBe(1);
});
