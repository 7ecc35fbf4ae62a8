import { describe, expect, test } from "vitest";
import { EventBatch, StringTable } from "../../model/batch.ts";
import type { Ledger } from "../../model/check-report.ts";
import { EVENT_KINDS, FIELDS, type FieldName, LEVEL } from "../../model/event.ts";
import { PointerTable } from "../../model/pointer.ts";
import { clockText } from "../../model/time.ts";
import { FtraceReader } from "./reader.ts";

interface Seen {
  readonly kind: string;
  readonly phase: "begin" | "end";
  readonly pid: number;
  readonly cpu: number;
  readonly level: string;
  readonly time: string;
  readonly line: number;
  readonly seq: number;
  readonly func: string;
  readonly caller: string;
  readonly fields: { [field in FieldName]?: number | string };
}

function read(text: string | Uint8Array): {
  events: Seen[];
  ledger: Ledger;
  diagnostics: [code: string, line: number, count: number][];
  traceLines: number;
} {
  const strings = new StringTable();
  const pointers = new PointerTable();
  const rows: (Seen & { since: number })[] = [];
  const reader = new FtraceReader({
    strings,
    pointers,
    firstSeq: 0,
    emit: (batch) => {
      for (let row = 0; row < batch.length; row++) rows.push(seen(batch, row, pointers));
      batch.clear();
      return batch;
    },
  });
  reader.push(typeof text === "string" ? Buffer.from(text) : text);
  reader.end();
  const { clock } = reader;
  return {
    events: rows.map(({ since, ...event }) => ({
      ...event,
      time: clock === undefined ? "" : clockText(clock, since),
    })),
    ledger: reader.ledger,
    diagnostics: reader.diagnostics.entries().map(({ code, line, count }) => [code, line, count]),
    traceLines: reader.traceLines,
  };
}

function seen(batch: EventBatch, row: number, pointers: PointerTable): Seen & { since: number } {
  const fields: Seen["fields"] = {};
  for (const [code, field] of FIELDS.entries()) {
    const value = batch.values[row * EventBatch.FIELD_COUNT + code] as number;
    if (Number.isNaN(value)) continue;
    const isPointer = field === "queue" || field === "token";
    if (field === "name") fields[field] = batch.strings.text(value);
    else fields[field] = isPointer ? pointers.text(value) : value;
  }
  const text = (id: number): string => (id < 0 ? "" : batch.strings.text(id));
  return {
    kind: EVENT_KINDS[batch.kind[row] as number] as string,
    phase: batch.phase[row] === 0 ? "begin" : "end",
    pid: batch.pid[row] as number,
    cpu: batch.cpu[row] as number,
    level: Object.keys(LEVEL)[batch.level[row] as number] as string,
    since: batch.time[row] as number,
    time: "",
    line: batch.line[row] as number,
    seq: batch.seq[row] as number,
    func: text(batch.func[row] as number),
    caller: text(batch.caller[row] as number),
    fields,
  };
}

const NOTIFY = "virtqueue_notify: (virtqueue_notify+0x0/0x40 [virtio_ring]) vq=0xff1c752b4258eb00";
const notified = { kind: "notify", phase: "begin", fields: { queue: "0xff1c752b4258eb00" } };

describe("columns before the payload", () => {
  // Trace options decide which columns there are, so each of these is a real layout.
  test.each([
    [
      "irq-info",
      `     dd-113     [001] d..1.     4.772717: ${NOTIFY}`,
      { pid: 113, cpu: 1, level: "task", time: "4.772717000" },
    ],
    [
      "hard interrupt",
      `<idle>-0       [000] dNh2.     4.773042: ${NOTIFY}`,
      { pid: 0, level: "hardirq" },
    ],
    [
      "hard interrupt inside a soft one",
      `dd-113 [001] dNH1.     4.772396: ${NOTIFY}`,
      { level: "hardirq" },
    ],
    ["soft interrupt", `ip-116     [000] ..s1.     5.227464: ${NOTIFY}`, { level: "softirq" }],
    ["NMI", `ip-116     [000] d.Z1.     5.227464: ${NOTIFY}`, { level: "nmi" }],
    [
      "four characters of irq-info",
      `dd-113     [001] d.h1     4.772717: ${NOTIFY}`,
      { level: "hardirq" },
    ],
    ["no irq-info", `dd-113     [001]     4.772717: ${NOTIFY}`, { level: "unknown", cpu: 1 }],
    [
      "tgid",
      `dd-154     (    154) [000] d..1.    12.622467: ${NOTIFY}`,
      { pid: 154, level: "task" },
    ],
    ["unknown tgid", `<...>-21 (-------) [000] d..1.    12.622467: ${NOTIFY}`, { pid: 21 }],
    [
      "wall clock",
      `dd-178 [000] d..1. 1795392385.777425: ${NOTIFY}`,
      { time: "1795392385.777425000" },
    ],
    ["nine digits", `dd-178 [000]    65.535015830: ${NOTIFY}`, { time: "65.535015830" }],
    ["integer clock", `dd-181 [000] d..1.  63373800568: ${NOTIFY}`, { time: "63373800568" }],
    [
      "integer clock of trace-cmd, no blank",
      `kworker/1:1H-56    [001]203721076797: ${NOTIFY}`,
      { pid: 56, time: "203721076797" },
    ],
    [
      "time difference of trace-cmd",
      `sh-9 [001]    65.535053: (+37)    ${NOTIFY}`,
      { pid: 9, time: "65.535053000" },
    ],
    [
      "task name with everything",
      `a-1 [b]: (c)-77   [012] d..1. 1.000001: ${NOTIFY}`,
      { pid: 77, cpu: 12 },
    ],
    ["more than a thousand CPUs", `dd-1 [1023] d..1. 1.000001: ${NOTIFY}`, { cpu: 1023 }],
    ["CRLF", `dd-113     [001] d..1.     4.772717: ${NOTIFY}\r`, { pid: 113 }],
  ])("%s", (_what, line, expected) => {
    const { events, ledger } = read(`${line}\n`);
    expect(events).toEqual([expect.objectContaining({ ...notified, ...expected })]);
    expect(ledger).toMatchObject({ lines: 1, events: 1, notes: 0, rejected: 0 });
  });

  test("a payload that quotes a whole line does not move the header", () => {
    const line = `sh-7 [001] ..... 3.000001: tracing_mark_write: dd-8 [002] d..1. 1.000000: ${NOTIFY}\n`;
    expect(read(line).events).toEqual([]);
    expect(read(line).ledger).toMatchObject({ notes: 1, rejected: 0 });
  });
});

describe("which probe it is", () => {
  const line = (payload: string): string => `dd-1 [000] d..1. 1.000001: ${payload}\n`;
  test.each([
    [
      "the function in the payload",
      "my_probe: (virtqueue_add_sgs+0x0/0xd0 [virtio_ring]) vq=0x1000",
      "add",
      "begin",
    ],
    ["behind a landing pad", "my_probe: (virtqueue_add_sgs+0x4/0xd0) vq=0x1000", "add", "begin"],
    [
      "a return names function and caller",
      "x: (virtblk_add_req+0xed/0x150 [virtio_blk] <- virtqueue_add_sgs) ret=0",
      "add",
      "end",
    ],
    [
      "a compiler's clone",
      "x: (virtqueue_get_buf_ctx.isra.0+0x0/0x20) vq=0x1000",
      "getBuf",
      "begin",
    ],
    [
      "the layout's own function",
      "x: (detach_buf_packed+0x0/0x180 [virtio_ring]) vq=0x1000 id=0",
      "detach",
      "begin",
    ],
    [
      "a name, when the payload has bare addresses",
      "vq_kick_prepare:      (ffffffffc0456ca0) vq=0x1000",
      "kickPrepare",
      "begin",
    ],
    [
      "a name with _ret",
      "vq_kick_prepare_ret:  (ffffffffc0456ca0 <- ffffffffc045736e) needs_kick=1",
      "kickPrepare",
      "end",
    ],
    [
      "the kernel's own name",
      "p_virtqueue_notify_0: (ffffffffc0456ca0) vq=0x1000",
      "notify",
      "begin",
    ],
    [
      "the kernel's own name for a return",
      "r_virtqueue_kick_prepare_0: (ffffffffc0456ca0 <- ffffffffc045736e) ret=1",
      "kickPrepare",
      "end",
    ],
    [
      "perf's name for a return",
      "virtqueue_get_buf__return: (ffffffffc0456ca0 <- ffffffffc045736e) ret=0x0",
      "getBuf",
      "end",
    ],
  ])("%s", (_what, payload, kind, phase) => {
    expect(read(line(payload)).events).toEqual([expect.objectContaining({ kind, phase })]);
  });

  test.each([
    [
      "a probe in the middle of a function",
      "x: (virtqueue_add_sgs+0x45/0xd0 [virtio_ring]) vq=0x1000",
    ],
    [
      "an event about a call site",
      "kmalloc: (virtqueue_add_split+0x8d) call_site=virtqueue_add_split+0x8d ptr=0x1",
    ],
    [
      "another function under a familiar name",
      "virtqueue_notify: (do_something+0x0/0x10) vq=0x1000",
    ],
    ["anybody's event", "notify: who=1"],
    ["sched", "sched_switch: prev_comm=bash prev_pid=188 ==> next_comm=swapper/1 next_pid=0"],
  ])("%s is a note", (_what, payload) => {
    const { events, ledger } = read(line(payload));
    expect(events).toEqual([]);
    expect(ledger).toMatchObject({ notes: 1, rejected: 0 });
  });

  test("function and caller are kept", () => {
    const payload =
      "x: (virtqueue_kick+0xe/0x50 [virtio_ring] <- virtqueue_kick_prepare) needs_kick=1";
    expect(read(line(payload)).events[0]).toMatchObject({
      func: "virtqueue_kick_prepare",
      caller: "virtqueue_kick",
      fields: { needsKick: 1 },
    });
  });
});

test("a notification may say the value that it carries", () => {
  const { events } = read(
    "dd-1 [000] d..1. 1.000001: virtqueue_notify: (virtqueue_notify+0x0/0x40) vq=0x1000 next_avail=3 avail_wrap=1 notify_data=0x80030001\n",
  );
  expect(events[0]).toMatchObject({
    kind: "notify",
    fields: { queue: "0x1000", nextAvail: 3, availWrap: 1, notifyData: 0x8003_0001 },
  });
});

describe("fields", () => {
  const fields = (payload: string): object | undefined =>
    read(`dd-1 [000] d..1. 1.000001: virtqueue_add_sgs: (virtqueue_add_sgs+0x0/0xd0) ${payload}\n`)
      .events[0]?.fields;

  test("both dialects of the samples", () => {
    expect(
      fields(
        'name="req.1" index=1 vq=0xff1c752b4258eb00 next_avail=3 avail_wrap=1 last_used=0x8003 num_free=16 num_added=0 out_sgs=1 in_sgs=2 data=0xff1c752b4a427590',
      ),
    ).toEqual({
      name: "req.1",
      index: 1,
      queue: "0xff1c752b4258eb00",
      nextAvail: 3,
      availWrap: 1,
      lastUsed: 0x8003,
      numFree: 16,
      numAdded: 0,
      outSgs: 1,
      inSgs: 2,
      token: "0xff1c752b4a427590",
    });
    expect(
      fields(
        'vq=0xff415b5742731d00 name="requests" index=0 num_free=128 out=1 in=1 token=0xff415b57a838f5a0',
      ),
    ).toEqual({
      queue: "0xff415b5742731d00",
      name: "requests",
      index: 0,
      numFree: 128,
      outSgs: 1,
      inSgs: 1,
      token: "0xff415b57a838f5a0",
    });
  });

  test.each([
    [
      "unquoted name, as trace-cmd -R prints it",
      "vq=0x1000 name=requests",
      { queue: "0x1000", name: "requests" },
    ],
    [
      "a quote inside a name",
      'vq=0x1000 name="a"b" index=2',
      { queue: "0x1000", name: 'a"b', index: 2 },
    ],
    ["an array before a field", "desc={0x1,0x2} vq=0x1000", { queue: "0x1000" }],
    ["an unknown field", "vq=0x1000 foo=12 index=3", { queue: "0x1000", index: 3 }],
    ["free words behind", "vq=0x1000 something else", { queue: "0x1000" }],
    [
      "a decimal pointer, signed",
      "vq=-54340418328498176 index=0",
      { queue: "0xff3ef1ad6c957000", index: 0 },
    ],
    ["the first of two with one meaning", "vq=0x1000 vq=0x2000", { queue: "0x1000" }],
  ])("%s", (_what, payload, expected) => {
    expect(fields(payload)).toEqual(expected);
  });

  test.each([
    ["memory that could not be read", "num_free=(fault)"],
    ["words for a number", "num_free=many"],
    ["a number with a tail", "num_free=12abc"],
    ["more hex digits than 64 bits", "num_free=0x12345678123456781"],
    ["no value", "num_free="],
  ])("%s: the field stays unknown, and the line counts", (_what, field) => {
    const line = `dd-1 [000] d..1. 1.000001: vq_add_sgs: (virtqueue_add_sgs+0x0/0xd0) vq=0x1000 ${field}\n`;
    const { events, ledger, diagnostics } = read(line);
    expect(events[0]?.fields).toEqual({ queue: "0x1000" });
    expect(ledger.events).toBe(1);
    expect(diagnostics).toEqual([["field-unreadable", 1, 1]]);
  });

  test("changing argument orders of one probe are all read", () => {
    const orders = [
      "vq=0x1000 index=1 num_free=2",
      "index=1 vq=0x1000 num_free=2",
      "num_free=2 index=1 vq=0x1000",
    ];
    for (let i = 0; i < 30; i++) orders.push(orders[(i * 7) % 3] as string);
    const text = orders
      .map((payload) => `dd-1 [000] d..1. 1.000001: a: (virtqueue_add_sgs+0x0/0xd0) ${payload}\n`)
      .join("");
    for (const event of read(text).events) {
      expect(event.fields).toEqual({ queue: "0x1000", index: 1, numFree: 2 });
    }
  });

  test("a call without a queue is said once, with its number", () => {
    const line = "dd-1 [000] d..1. 1.000001: vq_notify: (virtqueue_notify+0x0/0x40)\n";
    expect(read(line + line).diagnostics).toEqual([["call-without-queue", 1, 2]]);
  });
});

test("a number that ends its line ends there, whatever stands behind it in memory", () => {
  const line = `  dd-1 [000] ..... 1.000000: virtqueue_notify: vq=0xff1c752b4258eb00 num_free=0`;
  const longer = `${line}xx and more of a longer line\n`;
  const strings = new StringTable();
  const numFree: number[] = [];
  const reader = new FtraceReader({
    strings,
    pointers: new PointerTable(),
    firstSeq: 0,
    emit: (batch) => {
      for (let row = 0; row < batch.length; row++) numFree.push(batch.value(row, "numFree"));
      batch.clear();
      return batch;
    },
  });
  // Each line comes in two pieces, so that both are put together in the same memory.
  for (const text of [longer, `${line}\n`]) {
    reader.push(Buffer.from(text.slice(0, 40)));
    reader.push(Buffer.from(text.slice(40)));
  }
  reader.end();
  expect(numFree).toEqual([Number.NaN, 0]);
  expect(reader.diagnostics.entries().map(({ count }) => count)).toEqual([1]);
});

describe("lines that are no events", () => {
  test.each([
    ["header", "# tracer: nop"],
    ["empty header line", "#"],
    ["legend", "#                              || / _--=> preempt-depth"],
    ["columns", "#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION"],
    ["trace-cmd", "cpus=2"],
    ["blank", ""],
    ["function tracer", "dd-191 [001] d..1.    24.988576: virtqueue_add_sgs <-p9_virtio_request"],
    ["raw", "133 1 9311323682 type: 1366"],
    ["hex", "00000085 00000001 000000022aff8622 type: 1366"],
  ])("%s is a note", (_what, line) => {
    expect(read(`${line}\n`).ledger).toMatchObject({ lines: 1, notes: 1, rejected: 0 });
  });

  test.each([
    "lorem ipsum",
    "# somebody's remark",
    "dd-1 [000] d..1. x.000001: vq_notify: vq=0x1",
    "dd-1 [000] d..1. 1.000001 vq_notify: vq=0x1",
    "dd [000] d..1. 1.000001: vq_notify: vq=0x1",
    "dd-1 [0x0] d..1. 1.000001: vq_notify: vq=0x1",
    "dd-1 [000] d..1. 1.000001: no colon here",
    " => a_stack_without_a_head",
    "}",
    "int main() {",
    "CPU:x [LOST 4 EVENTS]",
  ])("%s is rejected", (line) => {
    const { ledger, diagnostics } = read(`${line}\n`);
    expect(ledger).toMatchObject({ lines: 1, notes: 0, rejected: 1 });
    expect(diagnostics).toEqual([["line-unrecognised", 1, 1]]);
  });

  test("loss marks reach the engine, with or without a number", () => {
    const { events, ledger } = read("CPU:1 [LOST 240 EVENTS]\nCPU:0 [101 EVENTS DROPPED]\n");
    expect(events.map(({ kind, cpu, fields }) => [kind, cpu, fields.lostCount])).toEqual([
      ["lost", 1, 240],
      ["lost", 0, 101],
    ]);
    expect(ledger).toMatchObject({ lostMarks: 2, lostEvents: 341, notes: 2 });
    expect(read("CPU:1 [LOST EVENTS]\n").ledger).toMatchObject({ lostMarks: 1, lostEvents: null });
  });

  test("a buffer that wrapped, or started late, is a loss", () => {
    const wrapped = read("# entries-in-buffer/entries-written: 10/30   #P:2\n");
    expect(wrapped.ledger).toMatchObject({ lostMarks: 1, lostEvents: 20 });
    expect(wrapped.diagnostics).toEqual([["buffer-wrapped", 1, 1]]);
    expect(read("# entries-in-buffer/entries-written: 30/30   #P:2\n").ledger.lostMarks).toBe(0);
    expect(read("##### CPU 2 buffer started ####\n").ledger).toMatchObject({
      lostMarks: 1,
      lostEvents: null,
    });
  });

  test("a stack belongs to the event before it, and ends with the next event", () => {
    const { ledger } = read(
      "dd-1 [000] d..1. 1.000001: <stack trace>\n => virtqueue_kick\n => 0xffffffffc0470083\n" +
        `dd-1 [000] d..1. 1.000002: ${NOTIFY}\n => stray\n`,
    );
    expect(ledger).toMatchObject({ lines: 5, events: 1, notes: 3, rejected: 1 });
  });

  test("a marker's text may hold newlines, up to what a tracer writes", () => {
    const marker = "sh-1 [000] ..... 1.000001: tracing_mark_write: hello\n";
    expect(read(`${marker}second line\nthird\n`).ledger).toMatchObject({ notes: 3, rejected: 0 });
    const endless = `${"x".repeat(100)}\n`.repeat(100);
    expect(read(marker + endless).ledger).toMatchObject({ notes: 41, rejected: 60 });
  });

  test("lines of a function graph are notes only where the header names that tracer", () => {
    const graph = " 0) + 51.336 us   |      __blk_rq_map_sg();\n 0)   8.783 us    |        }\n";
    expect(read(`# tracer: function_graph\n${graph}`).ledger).toMatchObject({
      notes: 3,
      rejected: 0,
    });
    expect(read(graph).ledger).toMatchObject({ notes: 0, rejected: 2 });
  });
});

describe("bad bytes", () => {
  const good = `dd-113     [001] d..1.     4.772717: ${NOTIFY}\n`;

  test("a line longer than any tracer's is one rejected line, wherever chunks end", () => {
    const long = `${"x".repeat(10_000_000)}\n`;
    const { events, ledger, diagnostics } = read(good + long + good);
    expect(events.map(({ line }) => line)).toEqual([1, 3]);
    expect(ledger).toMatchObject({ lines: 3, events: 2, rejected: 1 });
    expect(diagnostics).toEqual([["line-too-long", 2, 1]]);
  });

  test("NUL bytes and invalid UTF-8 cost their line", () => {
    const bytes = Buffer.concat([
      Buffer.from(good),
      Buffer.from([0, 0, 0xff, 0xfe, 0xc3, 0x28, 0x0a]),
      Buffer.from(good),
    ]);
    expect(read(bytes).ledger).toMatchObject({ lines: 3, events: 2, rejected: 1 });
  });

  test("an unfinished last line proves nothing: its last number may be cut", () => {
    const { events, ledger, diagnostics } = read(good + good.slice(0, -3));
    expect(events).toHaveLength(1);
    expect(ledger).toMatchObject({ lines: 2, events: 1, notes: 1, rejected: 0 });
    expect(diagnostics).toEqual([["line-truncated", 2, 1]]);
  });

  test("a time that cannot be kept exactly costs its line", () => {
    const { ledger, diagnostics } = read(good + good.replace("4.772717", "99999999999.000000"));
    expect(ledger).toMatchObject({ events: 1, rejected: 1 });
    expect(diagnostics).toEqual([["time-out-of-range", 2, 1]]);
  });

  test("nothing at all", () => {
    expect(read("").ledger).toMatchObject({ lines: 0, events: 0, notes: 0, rejected: 0 });
  });

  test("the ledger adds up on random bytes", () => {
    let state = 12345;
    const bytes = Uint8Array.from({ length: 200_000 }, () => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return state >>> 24;
    });
    const { ledger } = read(bytes);
    expect(ledger.events + ledger.notes + ledger.rejected).toBe(ledger.lines);
  });
});
