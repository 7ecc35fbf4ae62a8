import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { VERSION } from "../src/cli/version.ts";
import { vringscope } from "./run.ts";

const MISSED = "fixtures/stories/kick-missed/trace.txt";
const STOCK = "fixtures/stories/stock-packed/trace.txt";
const SPLIT = "fixtures/stories/split-event-idx/trace.txt";
const GRAPH = "fixtures/stories/function-graph/trace.txt";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "vringscope-cli-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe("exit codes", () => {
  test.each([
    ["findings", [MISSED], 1],
    ["clean", [STOCK], 0],
    ["nothing to check", [GRAPH], 0],
    ["check by name", ["check", MISSED], 1],
    ["findings that must not fail", ["check", "--fail-on", "never", MISSED], 0],
    ["errors when only warnings were asked about", ["check", "--fail-on", "warning", MISSED], 1],
    [
      "everything decided, as required",
      ["check", "--require-decided", "fixtures/stories/split-flags/trace.txt"],
      0,
    ],
    ["undecided, and required", ["check", "--require-decided", SPLIT], 3],
    ["nothing checked, and required", ["check", "--require-decided", GRAPH], 3],
    ["findings beat undecided", ["check", "--require-decided", MISSED], 1],
    ["help", ["--help"], 0],
    ["help of a command", ["check", "--help"], 0],
    ["version", ["--version"], 0],
    ["no file", [], 2],
    ["an unknown option", ["check", "--frobnicate", MISSED], 2],
    ["an unknown format", ["check", "--format", "xml", MISSED], 2],
    ["a file that does not exist", ["check", "nowhere.txt"], 2],
    ["a directory", ["check", "fixtures"], 2],
  ])("%s", (_what, args, status) => {
    expect(vringscope(args).status).toBe(status);
  });
});

describe("input", () => {
  test("the same from a file, from gzip, and from stdin", () => {
    const text = readFileSync(MISSED);
    const zipped = join(folder, "trace.gz");
    writeFileSync(zipped, gzipSync(text));
    const plain = vringscope(["-q", MISSED]).stdout.replaceAll(MISSED, "X");
    expect(plain.split("\n")).toHaveLength(3);
    expect(vringscope(["-q", zipped]).stdout.replaceAll(zipped, "X")).toBe(plain);
    expect(vringscope(["-q", "-"], { input: text }).stdout.replaceAll(/^-:/gm, "X:")).toBe(plain);
    expect(
      vringscope(["-q", "-"], { input: gzipSync(text) }).stdout.replaceAll(/^-:/gm, "X:"),
    ).toBe(plain);
  });

  test.each([
    ["fixtures/ftrace/format_vq_add_sgs.txt", "format description of a trace event"],
    ["fixtures/ftrace/hist.txt", "an event histogram"],
    ["fixtures/ftrace/stats_cpu0.txt", "ring buffer statistics"],
    ["fixtures/ftrace/kprobe_events.txt", "probe definitions"],
    ["fixtures/ftrace/trace_clock.txt", "trace clocks"],
    ["fixtures/ftrace/saved_cmdlines.txt", "task names"],
    ["fixtures/ftrace/header_page_event.txt", "ring buffer pages"],
    ["fixtures/perf/script_5.txt", "perf script --header output"],
    ["fixtures/perf/script_10.txt", "a dump of perf's records"],
    ["fixtures/other/packed_desc.bin", "binary data"],
    ["fixtures/other/packed_desc.bin.xxd.txt", "a hex dump"],
    ["LICENSE", "text of no known kind"],
  ])("%s is named for what it is", (path, name) => {
    const { status, stderr, stdout } = vringscope([path]);
    expect(status).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(`vringscope: ${path} is `);
    expect(stderr).toContain(name);
  });

  test("an empty file, a truncated gzip and an unreadable path get one message each", () => {
    const empty = join(folder, "empty");
    writeFileSync(empty, "");
    expect(vringscope([empty])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("is empty"),
    });
    const cut = join(folder, "cut.gz");
    writeFileSync(cut, gzipSync(readFileSync(MISSED)).subarray(0, 1500));
    const broken = vringscope([cut]);
    expect(broken).toMatchObject({ status: 2, stdout: "" });
    expect(broken.stderr).toContain("is a broken gzip file");
    expect(broken.stderr.trim().split("\n")).toHaveLength(1);
  });

  test("several files make one report, sources and queues kept apart", () => {
    const { stdout, status } = vringscope(["check", "--format", "json", MISSED, STOCK]);
    expect(status).toBe(1);
    const report = JSON.parse(stdout);
    expect(report.sources.map(({ path }: { path: string }) => path)).toEqual([MISSED, STOCK]);
    const ids = report.queues.map(({ id }: { id: string }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe("output", () => {
  test("-o writes the report, and replaces nothing without --force", () => {
    const path = join(folder, "report.json");
    expect(vringscope(["check", "--format", "json", "-o", path, MISSED])).toMatchObject({
      status: 1,
      stdout: "",
    });
    expect(JSON.parse(readFileSync(path, "utf8")).verdict).toBe("findings");
    const again = vringscope(["check", "-o", path, MISSED]);
    expect(again).toMatchObject({ status: 2, stderr: expect.stringContaining("exists") });
    expect(vringscope(["check", "--force", "-o", path, MISSED]).status).toBe(1);
    expect(readFileSync(path, "utf8")).toMatch(/^findings:/);
  });

  test("a place that cannot be written is one message", () => {
    const where = join(folder, "missing", "report.txt");
    const { status, stderr } = vringscope(["check", "-o", where, MISSED]);
    expect(status).toBe(2);
    expect(stderr).toContain("cannot write");
    const directory = join(folder, "readonly");
    mkdirSync(directory);
    chmodSync(directory, 0o500);
    expect(vringscope(["check", "-o", directory, MISSED]).status).toBe(2);
  });

  test("a reader that closes early is no error", async () => {
    const child = spawn(process.execPath, [
      "bin/vringscope.js",
      "check",
      "--format",
      "json",
      STOCK,
    ]);
    let stderr = "";
    child.stderr.on("data", (data) => {
      stderr += data;
    });
    child.stdout.destroy();
    const status = await new Promise((resolve) => child.on("close", resolve));
    expect(stderr).toBe("");
    expect(status).toBe(0);
  });

  test("what a trace calls things cannot steer the terminal", () => {
    const text = readFileSync(MISSED, "latin1").replaceAll(
      'name="req.',
      'name="\x1b[31m\x07\x9b2Jreq.',
    );
    for (const args of [["-"], ["-q", "-"]]) {
      const { stdout } = vringscope(args, { input: Buffer.from(text, "latin1") });
      expect(stdout).toContain("\\x1b[31m\\x07");
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
      expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    }
  });
});

test("the version is the package's", () => {
  expect(JSON.parse(readFileSync("package.json", "utf8")).version).toBe(VERSION);
  expect(vringscope(["--version"]).stdout).toBe(`${VERSION}\n`);
});

test.each(["--help", "check --help", "ring --help"])("%s to a reader that closes early", (args) => {
  // The reader goes before a byte is written.
  const { stderr } = spawnSync("sh", ["-c", `node bin/vringscope.js ${args} | true`], {
    encoding: "utf8",
  });
  expect(stderr).toBe("");
});
