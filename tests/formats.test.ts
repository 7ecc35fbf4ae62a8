import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { InputFormat } from "../src/model/input-format.ts";
import { isBpftraceJson } from "../src/parser/bpftrace/json.ts";
import { detect } from "../src/parser/detect.ts";
import { FORMATS, formatNamed } from "../src/parser/formats.ts";
import { holdsTraceEvents } from "../src/parser/qemu/messages.ts";
import { simpleTraceHeader } from "../src/parser/qemu/simple-trace.ts";
import { looksLikeMonitor } from "../src/parser/qmp/hmp.ts";
import { CHOSEN_READERS } from "../src/parser/reader-of.ts";
import { isRinglog } from "../src/parser/ringlog/reader.ts";
import { textLayoutOf } from "../src/parser/text-layout.ts";
import { isTraceDat } from "../src/parser/tracedat/trace-file.ts";
import { checkSources } from "../src/pipeline/check.ts";
import { formatText, sampleLine } from "../src/report/formats.ts";
import { vringscope } from "./run.ts";

/** What a sample is as a file. */
function bytesOf({ lines, binary }: InputFormat["samples"][number]): Uint8Array {
  if (binary !== true) return Buffer.from(`${lines.join("\n")}\n`, "latin1");
  return Buffer.from(lines.join("").replaceAll(" ", ""), "hex");
}

function named(name: string): InputFormat {
  const format = formatNamed(name);
  if (format === undefined) throw new Error(`no format ${name}`);
  return format;
}

const SAMPLES = FORMATS.flatMap((format) =>
  format.samples.map((sample) => ({ format, sample, bytes: bytesOf(sample) })),
);
const FILES = FORMATS.flatMap((format) =>
  format.files.map((file): [string, InputFormat] => [`fixtures/${file}`, format]),
);

describe("detection", () => {
  test.each(SAMPLES.map((one) => [`${one.format.name}, ${one.sample.what}`, one] as const))(
    "%s is itself and nothing else",
    (_title, { format, bytes }) => {
      const found = detect(bytes);
      expect(found?.format.name).toBe(format.name);
      expect(found?.why).toMatch(/^(?:begins|has|is|names|says) /);
    },
  );

  // A reader that would take another's input is a trap, whatever the order in which they are asked.
  const READERS: Record<string, (bytes: Uint8Array, text: string) => boolean> = {
    "trace.dat": (bytes) => isTraceDat(bytes),
    simpletrace: (bytes) => simpleTraceHeader(bytes) !== undefined,
    ringlog: (bytes) => isRinglog(bytes),
    "bpftrace-json": (bytes) => isBpftraceJson(bytes),
    "qemu-log": (_bytes, text) => holdsTraceEvents(text),
    "qmp hmp": (_bytes, text) => looksLikeMonitor(text),
    "ftrace ftrace-latency ftrace-verbose console trace-cmd-report ftrace-function ftrace-graph ftrace-graph-bare ftrace-raw ftrace-hex perf-script perf-trace bpftrace":
      (_bytes, text) => textLayoutOf(text.split("\n")) !== undefined,
  };
  test.each(Object.entries(READERS))("the reader of %s takes no other's sample", (names, takes) => {
    const own = new Set(names.split(" "));
    for (const { format, sample, bytes } of SAMPLES) {
      const taken = takes(bytes, Buffer.from(bytes).toString("latin1"));
      expect([format.name, sample.what, taken]).toEqual([
        format.name,
        sample.what,
        own.has(format.name),
      ]);
    }
  });

  test.each(FILES)("%s", (path, format) => {
    expect(detect(readFileSync(path))?.format.name).toBe(format.name);
  });

  test("nothing known is nothing", () => {
    for (const text of ["", "hello\n", "\n".repeat(60_000), "[    1.000] Linux version\n"]) {
      expect(detect(Buffer.from(text))).toBeUndefined();
    }
  });

  test("a kernel's log is one until the buffer is dumped into it", () => {
    const log = "[    0.000000] Linux version 6.1.0\r\n[    1.000000] usb 1-1: new device\r\n";
    expect(detect(Buffer.from(log))?.format.name).toBe("kernel-log");
    const dumped = `${log}[   52.898731] Dumping ftrace buffer:\r\n`;
    expect(detect(Buffer.from(dumped))).toMatchObject({ format: { name: "console" }, line: 3 });
  });

  test("events beside the function tracer's lines make it a trace of events", () => {
    const call = "  dd-191     [001] d..1.    24.988863: vring_map_one_sg <-virtqueue_add_split\n";
    const event =
      "  dd-191     [001] d..1.    24.988864: vq_notify: (virtqueue_notify+0x0/0x40) vq=0x1\n";
    expect(detect(Buffer.from(call))?.format.name).toBe("ftrace-function");
    expect(detect(Buffer.from(call + event))).toMatchObject({
      format: { name: "ftrace" },
      line: 2,
    });
  });
});

describe("the table", () => {
  test("names are words of the command line, each once", () => {
    const names = FORMATS.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
    for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9.-]*$/);
  });

  test("what is read says how to make one, and is shown", () => {
    for (const { name, status, record, samples, files } of FORMATS) {
      expect([name, record.length > 0]).toEqual([name, true]);
      if (status === "read" && name !== "ring-dump") {
        expect([name, samples.length > 0]).toEqual([name, true]);
      }
      for (const file of files) expect(readFileSync(`fixtures/${file}`).length).toBeGreaterThan(0);
    }
  });
});

test("docs/formats.md has every format, its samples and what comes of its files", () => {
  const page = readFileSync("docs/formats.md", "utf8");
  for (const { name, samples, files } of FORMATS) {
    expect(page).toContain(`\n### ${name}\n`);
    for (const { lines } of samples) expect(page).toContain(lines.map(sampleLine).join("\n"));
    for (const file of files) expect(page).toContain(`| ${file} | ${name} | `);
  }
});

describe("vringscope formats", () => {
  test("lists every format by its fate", () => {
    const { stdout, status } = vringscope(["formats"]);
    expect(status).toBe(0);
    for (const { name, title } of FORMATS) {
      expect(stdout).toMatch(new RegExp(`^  ${name.replace(".", "\\.")} `, "m"));
      expect(stdout).toContain(title);
    }
  });

  test("explains one, with every sample", () => {
    for (const format of FORMATS) {
      const text = formatText(format);
      for (const { what } of format.samples) expect(text).toContain(`\n${what}`);
      expect(text).not.toMatch(/undefined|\[object/);
    }
    const { stdout, status } = vringscope(["formats", "console", "hist"]);
    expect(status).toBe(0);
    expect(stdout).toBe(["console", "hist"].map((name) => formatText(named(name))).join("\n"));
  });

  test("--json is the same", () => {
    const listed = JSON.parse(vringscope(["formats", "--json"]).stdout);
    expect(listed.map(({ name }: { name: string }) => name)).toEqual(
      FORMATS.map(({ name }) => name),
    );
    expect(JSON.parse(vringscope(["formats", "--json", "hist"]).stdout)).toHaveLength(1);
  });

  test("an unknown name is told with the nearest", () => {
    const { stdout, stderr, status } = vringscope(["formats", "perfscript"]);
    expect({ stdout, status }).toEqual({ stdout: "", status: 2 });
    expect(stderr).toContain("no such format: perfscript");
    expect(stderr).toContain("nearest: perf-script");
  });
});

describe("--input-format", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "vringscope-formats-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const ledger = async (path: string, format: string): Promise<string> => {
    const inputFormat = CHOSEN_READERS.find((one) => one.format === format);
    if (inputFormat === undefined) throw new Error(`${format} cannot be chosen`);
    const { sources } = await checkSources([path], { inputFormat });
    return sources
      .map(
        (one) =>
          `${one.format} ${one.ledger.events} + ${one.ledger.notes} + ${one.ledger.rejected}`,
      )
      .join("; ");
  };

  test("chooses among all that is read, and nothing else", () => {
    const names = CHOSEN_READERS.map(({ format }) => format);
    const read = FORMATS.filter(({ status }) => status === "read").map(({ name }) => name);
    expect([...names, "ring-dump", "ring-text"].sort()).toEqual(read.sort());
  });

  test.each(
    FILES.filter(([, { name }]) => CHOSEN_READERS.some(({ format }) => format === name)).filter(
      ([path]) => !path.includes("raw_terminal"),
    ),
  )("%s gives the same when its own format is chosen", async (path, { name }) => {
    const { sources } = await checkSources([path]);
    const own = sources
      .map(
        (one) =>
          `${one.format} ${one.ledger.events} + ${one.ledger.notes} + ${one.ledger.rejected}`,
      )
      .join("; ");
    expect(await ledger(path, name)).toBe(own);
  });

  test("wins over what the input holds", async () => {
    const perf = readFileSync("fixtures/perf/script_1.txt", "latin1");
    const ours = readFileSync("fixtures/trace-cmd/report.txt", "latin1");
    const path = join(folder, "mixed.txt");
    writeFileSync(path, ours + perf);
    expect(detect(readFileSync(path))?.format.name).toBe("trace-cmd-report");
    // Lines of the other tool are neither events nor anything that stands around them.
    expect(await ledger(path, "perf-script")).toBe("perf-script 24 + 1 + 59");
    expect(await ledger(path, "trace-cmd-report")).toBe("ftrace-text 49 + 11 + 24");
    writeFileSync(path, gzipSync(ours + perf));
    expect(await ledger(path, "perf-script")).toBe("perf-script 24 + 1 + 59");
  });

  test("a QEMU log that a guest's console ran into", async () => {
    const path = join(folder, "serial.log");
    const dump = readFileSync("fixtures/ftrace/dmesg_ftrace_dump.txt", "latin1");
    writeFileSync(
      path,
      `${dump}19004@1795392362.223506:virtio_set_status vdev 0x555871f1afc0 val 0\n`,
    );
    expect(detect(readFileSync(path))?.format.name).toBe("qemu-log");
    expect(await ledger(path, "console")).toBe("ftrace-text 56 + 24 + 1");
  });

  test("a function graph without its header", async () => {
    const path = join(folder, "graph.txt");
    const text = readFileSync("fixtures/ftrace/trace_fgraph_plus_funcgraph-abstime.txt", "latin1");
    writeFileSync(path, text.split("\n").slice(4).join("\n"));
    await expect(checkSources([path])).rejects.toThrow("text of no known kind");
    expect(await ledger(path, "ftrace-graph")).toMatch(/^ftrace-text 6 \+ 90 \+ 0$/);
  });

  test.each([
    [["--input-format", "perfscript"], "no such format: perfscript", "nearest: perf-script"],
    [["--input-format", ""], "no such format: (an empty name)", "vringscope formats lists all"],
    [["--input-format", "hist"], "an event histogram (hist) is nothing that", "one of ftrace, "],
    [["--input-format", "ringlog"], "holds nothing that is ringlog", "it is ftrace"],
    [["--input-format", "trace.dat"], "trace.dat", ""],
  ])("%j is exit code 2", (args, message, help) => {
    for (const command of [["check"], ["import", "-o", join(folder, "case.db")]]) {
      const path = "fixtures/stories/kick-missed/trace.txt";
      const { stdout, stderr, status } = vringscope([...command, ...args, path]);
      expect({ stdout, status }).toEqual({ stdout: "", status: 2 });
      expect(stderr).toContain(message);
      expect(stderr).toContain(help);
    }
  });

  test("of a folder is refused: it says what one file is", () => {
    const { stderr, status } = vringscope(["--input-format", "ftrace", "fixtures/rings"]);
    expect(status).toBe(2);
    expect(stderr).toContain("--input-format says what one file is");
  });

  test("reads stdin, and is not the output's --format", () => {
    const input = readFileSync("fixtures/perf/script_1.txt");
    const args = ["check", "--format", "json", "--input-format", "perf-script", "-"];
    const report = JSON.parse(vringscope(args, { input }).stdout);
    expect(report).toMatchObject({ schema: "vringscope-check/1", sources: [{ events: 24 }] });
  });
});
