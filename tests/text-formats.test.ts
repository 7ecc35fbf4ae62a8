import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { EventBatch, StringTable } from "../src/model/batch.ts";
import type { Ledger } from "../src/model/check-report.ts";
import { EVENT_KINDS, FIELDS, LEVEL, PHASES } from "../src/model/event.ts";
import { PointerTable } from "../src/model/pointer.ts";
import { BpftraceJsonReader, isBpftraceJson } from "../src/parser/bpftrace/json.ts";
import { BPFTRACE_LAYOUT } from "../src/parser/bpftrace/text.ts";
import type { EventHeader } from "../src/parser/ftrace/event-header.ts";
import { HeaderScanner } from "../src/parser/ftrace/header.ts";
import { CONSOLE_LAYOUT, LATENCY_LAYOUT, VERBOSE_LAYOUT } from "../src/parser/ftrace/latency.ts";
import { FtraceReader } from "../src/parser/ftrace/reader.ts";
import { SCRIPT_LAYOUT } from "../src/parser/perf/script.ts";
import { checkSources } from "../src/pipeline/check.ts";
import { captureText, SHARED, sharedPresent, sharedTitle } from "./run.ts";

interface Row {
  readonly call: string;
  readonly pid: number;
  readonly cpu: number;
  readonly level: number;
  /** Since the first event. */
  readonly time: number;
  readonly task: string;
  readonly fields: Record<string, string>;
}

interface Read {
  readonly format: string;
  readonly rows: readonly Row[];
  readonly ledger: Ledger;
  readonly codes: readonly string[];
  readonly traceLines: number;
}

function read(text: string | Uint8Array): Read {
  const bytes = typeof text === "string" ? Buffer.from(text) : text;
  const strings = new StringTable();
  const pointers = new PointerTable();
  const rows: Row[] = [];
  const options = {
    strings,
    pointers,
    firstSeq: 0,
    keepAll: true,
    emit: (batch: EventBatch) => {
      for (let row = 0; row < batch.length; row++) rows.push(rowOf(batch, row));
      batch.clear();
      return batch;
    },
  };
  const rowOf = (batch: EventBatch, row: number): Row => {
    const fields: Record<string, string> = {};
    for (const [code, field] of FIELDS.entries()) {
      const value = batch.values[row * EventBatch.FIELD_COUNT + code] as number;
      if (Number.isNaN(value)) continue;
      fields[field] = field === "name" ? strings.text(value) : pointers.text(value);
    }
    const kind = EVENT_KINDS[batch.kind[row] as number];
    return {
      call: `${kind} ${PHASES[batch.phase[row] as number]}`,
      pid: batch.pid[row] as number,
      cpu: batch.cpu[row] as number,
      level: batch.level[row] as number,
      time: batch.time[row] as number,
      task: strings.text(batch.task[row] as number),
      fields,
    };
  };
  const reader = isBpftraceJson(bytes)
    ? new BpftraceJsonReader(options)
    : new FtraceReader(options);
  reader.push(bytes);
  reader.end();
  const { format, ledger, traceLines } = reader;
  expect(ledger.events + ledger.notes + ledger.rejected).toBe(ledger.lines);
  const codes = reader.diagnostics.entries().map(({ code }) => code);
  return { format, rows, ledger, codes, traceLines };
}

const fixture = (path: string): string => readFileSync(`fixtures/${path}`, "latin1");

const NOTIFY = "vq_notify: (ffffffffc05f6130) vq=0x1000";

describe("each tool's own output", () => {
  test.each([
    ["ftrace/trace_latency_format.txt", "ftrace-text", 74, []],
    ["ftrace/trace_latency_verbose.txt", "ftrace-text", 80, []],
    ["ftrace/dmesg_ftrace_dump.txt", "ftrace-text", 56, []],
    ["ftrace/trace_raw.txt", "ftrace-text", 0, ["layout-not-read"]],
    ["ftrace/trace_hex.txt", "ftrace-text", 0, ["layout-not-read"]],
    ["trace-cmd/report.txt", "ftrace-text", 49, []],
    ["trace-cmd/report_R.txt", "ftrace-text", 49, []],
    ["trace-cmd/report_l.txt", "ftrace-text", 49, []],
    ["trace-cmd/report_t.txt", "ftrace-text", 49, []],
    ["trace-cmd/report_ts-diff.txt", "ftrace-text", 49, []],
    ["trace-cmd/report_raw-ts.txt", "ftrace-text", 49, []],
    ["trace-cmd/report_align-ts.txt", "ftrace-text", 49, []],
    ["trace-cmd/report_multi_instance.txt", "ftrace-text", 3, []],
    ["trace-cmd/report_tsc.txt", "ftrace-text", 3, []],
    ["trace-cmd/report_stat.txt", "ftrace-text", 0, []],
    ["trace-cmd/report_fgraph.txt", "ftrace-text", 0, ["layout-not-read"]],
    ["trace-cmd/report_events_dropped.txt", "ftrace-text", 2, Array(3).fill("events-lost")],
    ["perf/script_1.txt", "perf-script", 24, []],
    ["perf/script_2.txt", "perf-script", 17, []],
    ["perf/script_3.txt", "perf-script", 24, []],
    ["perf/script_4.txt", "perf-script", 0, ["layout-not-read"]],
    ["perf/script_5.txt", "ftrace-text", 0, []],
    ["perf/script_6.txt", "perf-script", 24, []],
    ["perf/script_7.txt", "perf-script", 0, []],
    ["perf/script_8.txt", "ftrace-text", 0, []],
    ["perf/script_9.txt", "perf-script", 17, []],
    ["perf/script_10.txt", "ftrace-text", 0, ["layout-not-read"]],
    ["perf/script_callgraph.txt", "perf-script", 2, []],
    ["perf/trace.txt", "ftrace-text", 0, ["layout-not-read"]],
  ])("%s: %s with %i events, and no line is left over", (path, format, events, codes) => {
    const seen = read(fixture(path));
    expect(seen).toMatchObject({ format, ledger: { events, rejected: 0 }, codes });
  });

  test("no line fits the columns of two layouts", () => {
    const layouts = [
      SCRIPT_LAYOUT,
      LATENCY_LAYOUT,
      VERBOSE_LAYOUT,
      BPFTRACE_LAYOUT,
      CONSOLE_LAYOUT,
    ];
    const samples: [string, number][] = [
      ["perf/script_1.txt", 0],
      ["perf/script_4.txt", 0],
      ["perf/script_9.txt", 0],
      ["perf/script_callgraph.txt", 0],
      ["ftrace/trace_latency_format.txt", 1],
      ["ftrace/dmesg_ftrace_dump.txt", 4],
      ["trace-cmd/report_l.txt", 1],
      ["ftrace/trace_latency_verbose.txt", 2],
      ["bpftrace/trace.txt", 3],
      ["ftrace/trace_default.txt", 5],
      ["ftrace/trace_tgid.txt", 5],
      ["trace-cmd/report.txt", 5],
      ["trace-cmd/report_R.txt", 5],
      ["trace-cmd/report_multi_instance.txt", 5],
    ];
    for (const [path, owner] of samples) {
      const taken = new Map<number, number>();
      for (const line of fixture(path).split("\n")) {
        const usual = new HeaderScanner();
        const bytes = Buffer.from(line, "latin1");
        const into: EventHeader = new HeaderScanner();
        const fits = layouts.map((layout) => layout.read(line, 0, line.length, into));
        fits.push(usual.scan(bytes, 0, bytes.length));
        for (const [i, does] of fits.entries()) if (does) taken.set(i, (taken.get(i) ?? 0) + 1);
      }
      expect([path, ...taken.keys()]).toEqual([path, owner]);
    }
  });
});

/** Rows without what a layout does not print. */
const without = (rows: readonly Row[], ...left: (keyof Row)[]): object[] =>
  rows.map((row) =>
    Object.fromEntries(Object.entries(row).filter(([key]) => !left.includes(key as keyof Row))),
  );

describe("one run, one list of events", () => {
  test.each(["report_l", "report_R", "report_ts-diff"])("trace-cmd report and %s", (name) => {
    const { rows } = read(fixture(`trace-cmd/${name}.txt`));
    // -l cuts task names to eight characters, and it alone prints flags.
    expect(without(rows, "task", "level")).toEqual(
      without(read(fixture("trace-cmd/report.txt")).rows, "task", "level"),
    );
  });

  test("trace-cmd report -t and --raw-ts", () => {
    const nanoseconds = read(fixture("trace-cmd/report_t.txt")).rows;
    expect(read(fixture("trace-cmd/report_raw-ts.txt")).rows).toEqual(nanoseconds);
  });

  test.each(["script_2", "script_9"])("perf script and %s", (name) => {
    const { rows } = read(fixture(`perf/${name}.txt`));
    expect(rows).toEqual(read(fixture("perf/script_1.txt")).rows.slice(0, rows.length));
  });

  test("the default layout, latency-format and verbose", () => {
    const verbose = read(fixture("ftrace/trace_latency_verbose.txt")).rows;
    const count = 70;
    const usual = read(fixture("ftrace/trace_default.txt")).rows.slice(0, count);
    expect(verbose.slice(0, count)).toEqual(usual);
    const latency = read(fixture("ftrace/trace_latency_format.txt")).rows;
    // Two clocks, one cut to microseconds after the subtraction: a microsecond may lie between them.
    expect(without(latency.slice(0, count), "time", "task")).toEqual(
      without(usual, "time", "task"),
    );
    for (const [i, row] of latency.slice(0, count).entries()) {
      expect(Math.abs(row.time - (usual[i] as Row).time)).toBeLessThanOrEqual(1000);
    }
  });
});

/** A line of trace-cmd report in parts. */
const REPORT = /^ *(.*?)-(\d+) +\[(\d+)\] +(\d+)\.(\d+): +(\S+): +(.*)$/;

/** The lines of a trace-cmd report as another tool prints the same records. */
const PRINTED: Record<string, (parts: string[]) => string> = {
  "tracefs trace": ([, task, pid, cpu, seconds, micros, name, rest]) =>
    `${task?.padStart(16)}-${pid?.padEnd(7)} [${cpu}] ..... ${seconds?.padStart(5)}.${micros}: ${name}: ${rest}`,
  "latency-format": ([, task, pid, cpu, seconds, micros, name, rest]) =>
    `${task?.slice(0, 8).padStart(8)}-${pid?.padEnd(7)} ${String(Number(cpu)).padStart(3)}..... ${Number(seconds) * 1e6 + Number(micros)}us : ${name}: ${rest}`,
  "a dump in syslog": ([, task, pid, cpu, seconds, micros, name, rest]) =>
    `Nov 23 00:13:12 guest kernel: [   52.900188][  T286] ${task?.slice(0, 8).padStart(8)}-${pid?.padEnd(7)} ${String(Number(cpu)).padStart(3)}..... ${Number(seconds) * 1e6 + Number(micros)}us : ${name}: ${rest}`,
  "perf script": ([, task, pid, cpu, seconds, micros, name, rest]) =>
    `${task?.padStart(16)} ${pid?.padStart(5)} [${cpu}] ${seconds?.padStart(5)}.${micros}: ${`virtio:${name}`.padStart(28)}: ${rest}`,
  bpftrace: ([, task, pid, cpu, seconds, micros, name, rest]) =>
    `ns=${seconds}${micros?.padEnd(9, "0")} cpu=${Number(cpu)} tid=${pid} ${name}: ${rest} comm=${task}`,
};

const reportLines = (text: string): string[] =>
  text.split("\n").flatMap((line) => {
    const parts = REPORT.exec(line);
    return parts === null ? [] : [line];
  });

describe("one run through several tools", () => {
  test.each(Object.keys(PRINTED))("%s gives the events of trace-cmd report", (tool) => {
    const lines = reportLines(fixture("stories/trace-cmd-report/trace.txt"));
    const report = read(`${lines.join("\n")}\n`);
    expect(report.rows.length).toBeGreaterThan(100);
    const print = PRINTED[tool] as (parts: string[]) => string;
    const text = lines.map((line) => `${print(REPORT.exec(line) as string[])}\n`).join("");
    const seen = read(text);
    expect(seen.ledger.rejected).toBe(0);
    expect(without(seen.rows, "level", "task")).toEqual(without(report.rows, "level", "task"));
  });

  test.skipIf(!sharedPresent).each(Object.keys(PRINTED))(
    `50,273 events of a capture as %s, field by field${sharedTitle}`,
    (tool) => {
      const lines = reportLines(captureText("packed-dat/trace-cmd-report.txt.gz"));
      const report = read(`${lines.join("\n")}\n`);
      expect(report.rows.length).toBe(50_273);
      const print = PRINTED[tool] as (parts: string[]) => string;
      const text = lines.map((line) => `${print(REPORT.exec(line) as string[])}\n`).join("");
      const seen = read(text);
      expect(seen.ledger.rejected).toBe(0);
      expect(without(seen.rows, "level", "task")).toEqual(without(report.rows, "level", "task"));
    },
    60_000,
  );

  test.skipIf(!sharedPresent)(`a whole capture gives equal findings${sharedTitle}`, async () => {
    const { mkdtempSync, rmSync, writeFileSync } = await import("node:fs");
    const { join } = await import("node:path");
    const { tmpdir } = await import("node:os");
    const folder = mkdtempSync(join(tmpdir(), "vringscope-formats-"));
    try {
      const path = `${SHARED}/captures/packed-dat/trace-cmd-report.txt.gz`;
      const expected = await checkSources([path]);
      const lines = reportLines(captureText("packed-dat/trace-cmd-report.txt.gz"));
      for (const tool of ["perf script", "latency-format"]) {
        const print = PRINTED[tool] as (parts: string[]) => string;
        const file = join(folder, "trace.txt");
        writeFileSync(file, lines.map((l) => `${print(REPORT.exec(l) as string[])}\n`).join(""));
        const report = await checkSources([file]);
        expect(report.sources[0]?.ledger.events).toBe(expected.sources[0]?.ledger.events);
        expect(report.findings.filter(({ severity }) => severity !== "note")).toEqual([]);
        expect(
          report.queues.map(({ events, kicks, requests }) => [events, kicks, requests]),
        ).toEqual(expected.queues.map(({ events, kicks, requests }) => [events, kicks, requests]));
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("latency-format", () => {
  test.each([
    ["    bash-133       1d..1. 21181us!: ", 133, 1, "bash", LEVEL.task],
    ["  <idle>-0         1d.h1. 29337us : ", 0, 1, "<idle>", LEVEL.hardirq],
    ["kworker/-44      127dNs2.     4us*: ", 44, 127, "kworker/", LEVEL.softirq],
    ["     a-b-7         0d.Z1    -3us+: ", 7, 0, "a-b", LEVEL.nmi],
    ["     x 1-7         0d..1. 63373800568: ", 7, 0, "x 1", LEVEL.task],
  ])("%s", (columns, pid, cpu, task, level) => {
    const [row] = read(`${columns}${NOTIFY}\n`).rows;
    expect(row).toMatchObject({ pid, cpu, task, level, fields: { queue: "0x1000" } });
  });

  test("a marker that quotes another layout's line is a marker still", () => {
    const first = `    bash-133       1d..1. 20us : ${NOTIFY}\n`;
    const marker = `    bash-133       1..... 21us : tracing_mark_write: dd-9 [000] d..1. 1.000001: ${NOTIFY}\n`;
    const next = `dd-9 [000] d..1. 1.000001: ${NOTIFY}\n`;
    expect(read(marker + first).ledger).toMatchObject({ events: 1, notes: 1 });
    expect(read(first + marker + next).ledger).toMatchObject({ events: 1, notes: 2 });
  });
});

describe("a dump in the kernel's log", () => {
  const event = (us: number): string =>
    `[   52.900188]       dd-286       0d..1. ${us}us : ${NOTIFY}\n`;

  test("shares the console with other messages, and says what was dropped", () => {
    const text =
      "[    0.000000] Linux version 6.1.0\n[   52.898731] Dumping ftrace buffer:\n[   52.898859] ----------\n" +
      `${event(10)}[   52.9] random: crng init done\n[   52.900100] usb 1-1: new device\n${event(20)}` +
      "[   52.900188] CPU:1 [LOST 7 EVENTS]\n** 12 printk messages dropped **\n" +
      `${event(30)}[   52.950000] ----------\n`;
    const { ledger, codes } = read(text);
    expect(ledger).toMatchObject({ events: 3, rejected: 1, lostMarks: 2, lostEvents: null });
    expect(codes.filter((code) => code === "events-lost")).toHaveLength(2);
  });

  test("a kernel's log without a dump is no trace", () => {
    expect(read("[    0.000000] Linux version 6.1.0\n[    1.000000] x\n").traceLines).toBe(0);
    expect(read("[    1.000000] Dumping ftrace buffer:\n").traceLines).toBe(1);
  });

  test.each([
    "<4>[   52.900188] ",
    "[   52.900188][  T286] ",
    "[   52.900188][    C1] ",
    "Nov 23 00:13:12 guest kernel: ",
    "Nov 23 00:13:12 guest kernel: [   52.900188] ",
    "[Mon Nov 23 00:13:12 2026] ",
    "",
  ])("behind %j", (prefix) => {
    const [row] = read(`${prefix}      dd-286       0d..1. 10us : ${NOTIFY}\r\n`).rows;
    expect(row).toMatchObject({ pid: 286, cpu: 0, task: "dd", fields: { queue: "0x1000" } });
  });
});

describe("perf script", () => {
  test.each([
    ["kworker/0:1H-kb    44 [000]    32.273594: ", 44, 0, "kworker/0:1H-kb"],
    ["     my task 12   44 [001]    32.273594: ", 44, 1, "my task 12"],
    [
      "       perf-exec   139/140   [007]     8.775906599:          1           ",
      140,
      7,
      "perf-exec",
    ],
    ["   44 [000]    32.273594: ", 44, 0, ""],
    ["           :-1    -1 [003]    32.273594: ", -1, 3, ":-1"],
  ])("%s", (columns, pid, cpu, task) => {
    const { rows, ledger } = read(`${columns}virtio:${NOTIFY}\n`);
    expect(rows).toMatchObject([{ call: "notify begin", pid, cpu, task, level: LEVEL.unknown }]);
    expect(ledger.notes).toBe(0);
  });

  test("a probe that perf named, its return, and somebody else's event", () => {
    const at = "dd    44 [000]    32.273594: ";
    const { rows, ledger } = read(
      `${at}probe:virtqueue_kick_prepare: (ffffffffc05f6ca0) vq=0x1000\n` +
        `${at}probe:virtqueue_kick_prepare__return: (ffffffffc05f6ca0 <- ffffffffc05f736e) needs_kick=1\n` +
        `${at}cycles:u:      ffffffffc05f6ca0 main+0x1 (/bin/dd)\n${at}cpu-clock: 1 2\n`,
    );
    expect(rows.map(({ call }) => call)).toEqual(["kickPrepare begin", "kickPrepare end"]);
    expect(ledger).toMatchObject({ notes: 2, rejected: 0 });
  });

  test("lost records are losses, with their number", () => {
    const { ledger, codes } = read(
      `dd    44 [000]    32.273594: virtio:${NOTIFY}\ndd    44 [000]    32.3000000: PERF_RECORD_LOST lost 12\n` +
        "dd    44 [000]    32.300001: PERF_RECORD_LOST lost 12\n" +
        "dd    44 [000]    32.300002: PERF_RECORD_LOST_SAMPLES: lost 3\nProcessed 9 events and lost 2 chunks!\n",
    );
    expect(ledger).toMatchObject({
      events: 1,
      notes: 4,
      rejected: 0,
      lostMarks: 4,
      lostEvents: null,
    });
    expect(codes).toContain("events-lost");
  });

  test("a chain belongs to the event before it", () => {
    const chain =
      "\tffffffffc05f6131 [unknown] ([virtio_ring])\n\tffffffff8d4c61fd f (inlined)\n\n";
    const event = `dd    44 [000]    32.273594: virtio:${NOTIFY}\n`;
    expect(read(event + chain).ledger).toMatchObject({ events: 1, notes: 3, rejected: 0 });
    expect(read(chain).ledger).toMatchObject({ events: 0, rejected: 2 });
  });
});

describe("bpftrace", () => {
  const line = (ns: string, rest = "vq=0x1000"): string =>
    `ns=${ns} cpu=1 tid=44 vq_notify: ${rest} comm=my task vq=0x9\n`;

  test("the task's name may hold anything, and is no field", () => {
    const [row] = read(line("9311324682")).rows;
    expect(row).toMatchObject({ pid: 44, cpu: 1, task: "my task vq=0x9" });
    expect(row?.fields).toEqual({ queue: "0x1000" });
  });

  test("maps, histograms and losses stand around the events", () => {
    const { ledger, format } = read(
      `Attaching 2 probes...\n${line("5")}Lost 12 events\n\n@n[44]: 3\n@us:\n[2, 4)                 2 |@@@   |\n`,
    );
    expect(format).toBe("bpftrace");
    expect(ledger).toMatchObject({
      events: 1,
      notes: 6,
      rejected: 0,
      lostMarks: 1,
      lostEvents: 12,
    });
  });

  test("a loss that sorting put before all events may be anywhere", () => {
    const { rows, ledger } = read(
      `Attaching 2 probes...\nLost 12 events\n${line("5")}${line("6")}`,
    );
    const calls = rows.map(({ call }) => call.split(" ")[0]);
    expect(calls).toEqual(["lost", "lost", "notify", "lost", "notify"]);
    expect(ledger).toMatchObject({ events: 2, notes: 2, lostMarks: 1, lostEvents: 12 });
  });

  test("a line that is behind the one before it is not used, and counts as a loss", () => {
    const { rows, ledger, codes } = read(
      line("2000000000") + line("1999999999") + line("2000000001"),
    );
    expect(rows.map(({ call }) => call)).toEqual(["notify begin", "lost begin", "notify begin"]);
    expect(ledger).toMatchObject({ events: 2, notes: 1, lostMarks: 1 });
    expect(codes).toEqual(["events-lost"]);
  });

  test("-f json gives what the text gives", () => {
    const text = fixture("bpftrace/trace.txt");
    const json = text
      .split("\n")
      .slice(1, -1)
      .map((data) => `${JSON.stringify({ type: "printf", data: `${data}\n` })}\n`);
    const head = '{"type": "attached_probes", "data": {"probes": 9}}\n';
    const seen = read(head + json.join(""));
    expect(seen.format).toBe("bpftrace-json");
    expect(seen.rows).toEqual(read(text).rows);
    expect(seen.rows.length).toBeGreaterThan(10);
    for (const lost of [
      '{"type":"lost_events","data":{"events":12}}',
      '{"type":"lost_events","count":12}',
    ]) {
      expect(read(`${head}${lost}\n`).ledger).toMatchObject({ lostEvents: 12, rejected: 0 });
    }
    expect(read(`${head}{"type":"printf","data":"a\\nb\\n"}\n{"type":"x"}\n`).ledger.rejected).toBe(
      2,
    );
  });
});

test("statistics behind a report, and lines that grep left out, are losses where they are", () => {
  const stat = fixture("trace-cmd/report_stat.txt");
  expect(read(stat).ledger).toMatchObject({ lostMarks: 0 });
  expect(read(stat.replace("overrun: 0", "overrun: 5")).ledger).toMatchObject({ lostEvents: 5 });
  expect(read(`dd-1 [000] d..1. 1.000001: ${NOTIFY}\n--\n`).ledger).toMatchObject({ lostMarks: 1 });
});

test("an integer clock of trace-cmd may be one that CPUs do not share", async () => {
  const clockOf = async (path: string): Promise<unknown> =>
    (await checkSources([`fixtures/${path}`])).sources[0]?.clock;
  expect(await clockOf("trace-cmd/report_raw-ts.txt")).toMatchObject({
    unit: "ticks",
    unshared: true,
  });
  expect(await clockOf("ftrace/trace_clock_x86-tsc.txt")).not.toHaveProperty("unshared");
});

test("trace-cmd report -R tells a return by its field, whatever the probe is called", () => {
  const at = "dd-1 [000] -0x1 1.000001: ";
  const { rows } = read(
    `${at}virtqueue_get_buf: __probe_func=ffffffffc0459180 __probe_ret_ip=ffffffffc04b6650 ret=0x5\n` +
      "dd-1 [000] -0x9 1.000001: vq_notify: __probe_ip=ffffffffc0459180 vq=0x1000\n",
  );
  expect(rows.map(({ call, level }) => [call, level])).toEqual([
    ["getBuf end", LEVEL.task],
    ["notify begin", LEVEL.hardirq],
  ]);
});

describe("function_graph", () => {
  test.each([
    ["ftrace/trace_fgraph_default.txt", 8],
    ["ftrace/trace_fgraph_plus_funcgraph-abstime.txt", 6],
    ["ftrace/trace_fgraph_plus_funcgraph-proc.txt", 6],
    ["ftrace/trace_fgraph_plus_funcgraph-tail.txt", 6],
    ["ftrace/trace_fgraph_plus_latency-format.txt", 6],
    ["ftrace/trace_fgraph_events.txt", 0],
    ["ftrace/trace_fgraph_nodur_nocpu.txt", 0],
  ])("%s: %i calls, and no line is left over", (path, events) => {
    expect(read(fixture(path)).ledger).toMatchObject({ events, rejected: 0 });
  });

  test("columns that are there or not change nothing of the calls", () => {
    const plain = read(fixture("ftrace/trace_fgraph_plus_funcgraph-abstime.txt")).rows;
    const named = read(fixture("ftrace/trace_fgraph_plus_funcgraph-tail.txt")).rows;
    expect(without(plain, "pid", "task")).toEqual(without(named, "pid", "task"));
    expect(named.slice(0, 2)).toMatchObject([
      { call: "add begin", cpu: 0, pid: 44, task: "kworker", time: 0, fields: {} },
      { call: "kickPrepare begin", cpu: 0, pid: 44, time: 5000 },
    ]);
    const flags = read(fixture("ftrace/trace_fgraph_plus_latency-format.txt")).rows;
    expect(flags).toEqual(named);
  });

  test("a switch of tasks tells the next calls' task, and ends what was open", () => {
    const header = "# tracer: function_graph\n";
    const { rows, ledger } = read(
      `${header} 0)               |  virtqueue_notify [virtio_ring]() {\n` +
        " ------------------------------------------\n 0)    <idle>-0    =>   rcu_pre-15  \n" +
        " ------------------------------------------\n\n 0)   1.000 us    |  }\n" +
        " 0)   1.500 us    |  virtqueue_kick_prepare [virtio_ring]();\n",
    );
    expect(rows).toMatchObject([{ call: "kickPrepare begin", pid: 15, task: "rcu_pre" }]);
    expect(ledger).toMatchObject({ lines: 8, events: 1, notes: 7 });
  });

  test("without the CPU the calls are refused", () => {
    const text = "# tracer: function_graph\nvirtqueue_kick_prepare [virtio_ring]();\n";
    expect(read(text)).toMatchObject({
      ledger: { events: 0, notes: 2 },
      codes: ["layout-not-read"],
    });
  });
});
