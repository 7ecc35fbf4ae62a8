import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FORMATS } from "../src/parser/formats.ts";
import { fitOfFormat, lineFit } from "../src/parser/line-fit.ts";
import { checkSources } from "../src/pipeline/check.ts";
import { ParseExplainer } from "../src/pipeline/explain.ts";
import { vringscope } from "./run.ts";

const MISSED = "fixtures/stories/kick-missed/trace.txt";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "vringscope-explain-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

describe("how far a line fits", () => {
  // A step that the readers do not need would call a good line wrong.
  const lines = FORMATS.flatMap(({ name, samples }) =>
    samples.flatMap((sample) =>
      // The columns of trace-cmd report -l are those of ftrace-latency.
      sample.binary === true || sample.what === "-l"
        ? []
        : sample.lines
            .filter((line) => /vq_|virtqueue_|virtio_|vring_| type: /.test(line))
            .filter((line) => fitOfFormat(line, name) !== undefined && !/^[#(/\t]/.test(line))
            .map((line) => [name, sample.what, line] as const),
    ),
  );
  test.each(lines)("%s, %s: to its end", (name, _what, line) => {
    expect(fitOfFormat(line, name)).toMatchObject({ nearest: name, expected: undefined });
    expect(lineFit(line, name)).toMatchObject({ nearest: name, expected: undefined });
  });
  test("enough of them are tried", () => {
    expect(new Set(lines.map(([name]) => name)).size).toBeGreaterThanOrEqual(10);
  });

  test.each([
    ["ftrace", "  dd-1     [001] d..1.     4.6x26973: f: a=1", 30, "a colon behind the time"],
    ["ftrace", "  dd-1     (001] d..1.     4.626973: f: a=1", 11, "the CPU, as `[001]`"],
    ["ftrace", "  dd-1     [001] d..1.     4.626973: f", 37, "the event's name and a colon"],
    [
      "ftrace-latency",
      "    bash-133       1 21181us!: f:",
      19,
      "CPU and flags in one word, as `1d..1.`",
    ],
    ["bpftrace", "ns=12 cpu=1 tod=3 vq_notify: vq=0x1", 12, "`tid=` and a number"],
    ["perf-script", "  dd 44 [000] 32.27: virtio:f: ", 14, "the time in seconds"],
    ["qemu-log", "virtqueue_pop vq 7f13 elem", 17, "a pointer"],
  ])("%s: %s", (nearest, line, column, expected) => {
    expect(lineFit(line, nearest)).toEqual({ nearest, column, expected });
  });

  test("in a source of another format the nearest is still found", () => {
    const line = "ns=12 cpu=1 tod=3 vq_notify: vq=0x1";
    expect(lineFit(line, "ftrace")).toMatchObject({ nearest: "bpftrace", column: 12 });
    expect(lineFit("Copyright (c) 2026 the authors", "ftrace").nearest).toBeUndefined();
    expect(lineFit('{"seq":3,"op":"add",}', "ringlog")).toMatchObject({
      nearest: "ringlog",
      column: 20,
    });
  });
});

/** A trace with a digit of one time changed, and its text. */
function spoiled(): { text: string; line: number; offset: number; column: number } {
  const lines = readFileSync(MISSED, "latin1").split("\n");
  const at = 60;
  const column = (lines[at] as string).search(/\d\.\d{6}:/) + 3;
  const line = lines[at] as string;
  lines[at] = `${line.slice(0, column)}x${line.slice(column + 1)}`;
  return {
    text: lines.join("\n"),
    line: at + 1,
    offset: lines.slice(0, at).join("\n").length + 1,
    column,
  };
}

describe("--explain-parse", () => {
  test("shows the line, a mark where reading stopped, what was expected and the nearest format", () => {
    const { text, line, offset, column } = spoiled();
    const path = file("spoiled.txt", text);
    const { stdout, stderr } = vringscope(["check", "--explain-parse", path]);
    expect(stderr).toBe("");
    const block = stdout.slice(stdout.indexOf(`\nhow ${path} was read\n`));
    expect(block).toContain("\n  as ftrace: line 13 has task-pid, [cpu], time and an event");
    expect(block).toContain(`\n  ${path}:${line}, byte ${offset}: line-unrecognised\n`);
    const [shown = "", mark = ""] = block.split("\n").slice(5);
    expect(shown[mark.indexOf("^")]).toBe("x");
    expect(mark).toContain(`^ column ${column + 1}`);
    expect(block).toContain("\n    there     a colon behind the time\n");
    expect(block).toContain("\n    nearest   ftrace\n");
  });

  test("control characters are inert, and the mark stands where it should", () => {
    const path = file("escape.txt", `# tracer: nop\n\x1b[31m  dd-1   (001] d..1.   4.6: f: a=1\n`);
    const { stdout } = vringscope(["check", "--explain-parse", path]);
    expect(stdout).not.toContain("\x1b");
    const lines = stdout.split("\n");
    const at = lines.findIndex((line) => line.includes("^ column"));
    expect(lines[at - 1]?.[lines[at]?.indexOf("^") ?? 0]).toBe("(");
  });

  test("ten of many, whatever the chunks are, and the rest are counted", async () => {
    const garbage = Array.from(
      { length: 30_000 },
      (_, i) => `garbage number ${i} ${"x".repeat(60)}`,
    );
    const lines = readFileSync(MISSED, "latin1").split("\n");
    lines.splice(100, 0, ...garbage);
    for (const bytes of [Buffer.from(lines.join("\n")), gzipSync(lines.join("\n"))]) {
      const explain = new ParseExplainer();
      await checkSources([file("garbage", bytes)], { explain });
      const [one] = explain.explanations;
      expect(one).toMatchObject({ format: "ftrace", chosen: undefined, rejected: 30_000 });
      expect(one?.lines.map(({ line, text }) => [line, text])).toEqual(
        garbage.slice(0, 10).map((text, i) => [101 + i, text]),
      );
    }
    const { stdout } = vringscope([
      "check",
      "--explain-parse",
      file("garbage.txt", lines.join("\n")),
    ]);
    expect(stdout).toContain("and 29990 more rejected");
  });

  test("a line that two chunks share is shown whole", async () => {
    const lines = readFileSync(MISSED, "latin1").split("\n");
    const note = `${"#".padEnd(999)}\n`;
    const before = note.repeat(Math.floor((1 << 20) / 1000));
    const pad = `${"#".padEnd((1 << 20) - before.length - 21)}\n`;
    const odd = "an odd line that lies on the border of two chunks";
    const explain = new ParseExplainer();
    await checkSources([file("border", `${before}${pad}${odd}\n${lines.join("\n")}`)], { explain });
    const [{ offset, text } = { offset: 0, text: "" }] = explain.explanations[0]?.lines ?? [];
    expect([offset < 1 << 20, offset + odd.length > 1 << 20, text]).toEqual([true, true, odd]);
  });

  test("what is no trace is explained before it is refused", () => {
    const { stdout, stderr, status } = vringscope(["check", "--explain-parse", "LICENSE"]);
    expect({ stdout, status }).toEqual({ stdout: "", status: 2 });
    expect(stderr).toContain("nothing in its first 64 KiB is of a known format");
    expect(stderr).toContain("LICENSE:1, byte 0: line-unrecognised");
    expect(stderr).toContain("no known format begins like this");
  });

  test("of a chosen format, where that one stops, and which is nearer", () => {
    const args = ["--explain-parse", "--input-format", "perf-script", MISSED];
    const { stdout } = vringscope(["check", ...args]);
    expect(stdout).toContain(
      "as perf-script, which --input-format chose; by what it holds it is ftrace",
    );
    expect(stdout).toContain("\n    there     a task and its pid, as `dd 133`\n");
    expect(stdout).toContain("\n    nearest   ftrace\n");
  });

  test("scripts get their report alone: the rest is on stderr", () => {
    const path = file("script.txt", spoiled().text);
    const { stdout, stderr } = vringscope(["check", "--format", "json", "--explain-parse", path]);
    expect(JSON.parse(stdout)).toMatchObject({ schema: "vringscope-check/1" });
    expect(stderr).toContain(`how ${path} was read`);
  });

  test("import says the same, and every source is told", () => {
    const path = file("import.txt", spoiled().text);
    const db = join(folder, "case.db");
    const { stdout, status } = vringscope([
      "import",
      "-o",
      db,
      "--explain-parse",
      path,
      "fixtures/rings/dpdk-in-order",
    ]);
    expect(status).toBe(0);
    expect(stdout).toContain("line-unrecognised");
    expect(stdout).toMatch(/how fixtures\/rings\/dpdk-in-order\/.* was read\n {2}as ring-dump/);
  });

  test("a trace without a rejected line says so", () => {
    const { stdout } = vringscope(["check", "--explain-parse", "fixtures/tracedat/packed-v6.dat"]);
    expect(stdout).toContain("as trace.dat: it begins with 17 08 44");
    expect(stdout).toContain("no line was rejected");
  });
});
