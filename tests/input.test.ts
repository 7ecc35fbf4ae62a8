import { spawn, spawnSync } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { vringscope } from "./run.ts";

const MISSED = "fixtures/stories/kick-missed/trace.txt";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "vringscope-input-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

interface Report {
  readonly verdict: string;
  readonly sources: {
    path: string;
    format: string;
    lines: number;
    rejected: number;
    diagnostics: { code: string; line: number; offset: number }[];
  }[];
  readonly findings: { line: number; severity: string }[];
}

function report(args: readonly string[], input?: Uint8Array): Report {
  const { stdout } = vringscope(
    ["check", "--format", "json", ...args],
    input === undefined ? {} : { input },
  );
  return JSON.parse(stdout);
}

const errorLines = ({ findings }: Report): number[] =>
  findings.filter(({ severity }) => severity === "error").map(({ line }) => line);

describe("hard ground", () => {
  test("CRLF is read as if it were not there", () => {
    const path = file("crlf.txt", readFileSync(MISSED, "utf8").replaceAll("\n", "\r\n"));
    expect(errorLines(report([path]))).toEqual([163, 184]);
  });

  test("a line of 10 MB, NUL bytes and invalid UTF-8 cost their lines only", () => {
    const lines = readFileSync(MISSED, "latin1").split("\n");
    lines.splice(100, 0, "x".repeat(10_000_000), "\0\0\0", "\xff\xfe\xc3\x28");
    const path = file("bytes.txt", Buffer.from(lines.join("\n"), "latin1"));
    const { sources, ...rest } = report([path]);
    expect(errorLines({ sources, ...rest })).toEqual([166, 187]);
    expect(sources[0]).toMatchObject({ lines: 201, rejected: 3 });
    const [long] = sources[0]?.diagnostics ?? [];
    const offset = lines.slice(0, 100).join("\n").length + 1;
    expect(long).toMatchObject({ code: "line-too-long", line: 101, offset });
  });

  test("random bytes are no trace, plain or compressed", () => {
    let state = 99;
    const bytes = Uint8Array.from({ length: 300_000 }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state >>> 24;
    });
    for (const content of [bytes, gzipSync(bytes)]) {
      const { status, stderr } = vringscope([file("random", content)]);
      expect(status).toBe(2);
      expect(stderr).toContain("not a trace that this version reads");
    }
  });

  test.each([
    ["newlines", `${"\n".repeat(60_000)}x`],
    [
      "blanks in a function graph",
      `# tracer: function_graph\n${`${" ".repeat(60_000)}x\n`.repeat(50)}`,
    ],
    ["blanks in an unfinished line", `# tracer: nop\na-1 (${" ".repeat(60_000)}x`],
  ])("64 KiB of %s do not make it hang", { timeout: 15_000 }, (_what, text) => {
    expect(vringscope(["-q", file("blanks", text)]).status).not.toBe(70);
  });

  test("a gzip header and nothing else is a broken archive", () => {
    expect(vringscope([file("head.gz", Uint8Array.of(0x1f, 0x8b, 8, 0))]).status).toBe(2);
  });

  test("terminal escapes in a task name are inert", () => {
    const text = readFileSync(MISSED, "latin1").replaceAll("dd-113", "\x1b]0;x\x07-113");
    expect(errorLines(report(["-"], Buffer.from(text, "latin1")))).toEqual([163, 184]);
    const { stdout } = vringscope(["-"], { input: Buffer.from(text, "latin1") });
    expect(stdout).not.toContain("\x1b");
  });

  test("a FIFO is read like a file", async () => {
    const fifo = join(folder, "fifo");
    spawnSync("mkfifo", [fifo]);
    const child = spawn(process.execPath, ["bin/vringscope.js", "-q", fifo]);
    let stdout = "";
    child.stdout.on("data", (data) => {
      stdout += data;
    });
    const closed = new Promise((resolve) => child.on("close", resolve));
    writeFileSync(fifo, readFileSync(MISSED));
    expect(await closed).toBe(1);
    expect(stdout.trim().split("\n")).toHaveLength(2);
  });

  test("a file that grows while it is read is read as far as it goes", async () => {
    const path = file("grows.txt", readFileSync(MISSED));
    const child = spawn(process.execPath, ["bin/vringscope.js", "check", "--format", "json", path]);
    for (let i = 0; i < 50; i++)
      appendFileSync(
        path,
        "  dd-1 [000] d..1. 5.000000: virtqueue_notify: (virtqueue_notify+0x0/0x40) vq=0x1000\n",
      );
    let stdout = "";
    child.stdout.on("data", (data) => {
      stdout += data;
    });
    await new Promise((resolve) => child.on("close", resolve));
    const { sources } = JSON.parse(stdout) as Report;
    expect(sources[0]?.rejected).toBe(0);
  });

  test("the mapping file makes anybody's probes known", () => {
    const plain = report(["fixtures/map/trace.txt"]);
    expect(errorLines(plain)).toEqual([]);
    const mapped = report(["--map", "fixtures/map/probes.toml", "fixtures/map/trace.txt"]);
    expect(errorLines(mapped)).toEqual([117, 132]);
  });

  test("a mapping file that is wrong tells every mistake, and is exit code 2", () => {
    const map = file("wrong.toml", '[[probe]]\nevent = "x"\ncall = "ad"\nphse = "end"\n');
    const { status, stderr } = vringscope(["check", "--map", map, MISSED]);
    expect(status).toBe(2);
    expect(stderr).toContain("unknown key `phse`");
    expect(stderr).toContain("did you mean `add`?");
    expect(vringscope(["check", "--map", "nowhere.toml", MISSED]).status).toBe(2);
  });
});

describe("loss", () => {
  test("a trace filtered to one queue is inconclusive, and the report says why", () => {
    const text = readFileSync(MISSED, "utf8")
      .split("\n")
      .filter((line) => line.includes("req.1"))
      .join("\n");
    const { verdict, sources, findings } = report(["-"], Buffer.from(`${text}\n`));
    expect(verdict).toBe("inconclusive");
    expect(findings.filter(({ severity }) => severity !== "note")).toEqual([]);
    expect(sources[0]?.diagnostics.map(({ code }) => code)).toContain("returns-missing");
  });

  const stats = (overrun: number): string =>
    `entries: 186\noverrun: ${overrun}\ncommit overrun: 0\nbytes: 8844\noldest event ts:     9.357190\nnow ts:    11.902495\ndropped events: 0\nread events: 0\n`;

  test("statistics that admit a loss leave what lacks at the end undecided", () => {
    const lossless = report([MISSED, file("stats0", stats(0))]);
    expect(errorLines(lossless)).toEqual([163, 184]);
    expect(lossless.sources[1]).toMatchObject({ format: "ring-buffer-stats", lines: 8 });
    const lossy = report([MISSED, file("stats1", stats(12))]);
    expect(errorLines(lossy)).toEqual([]);
    expect(lossy.sources[1]?.diagnostics.map(({ code }) => code)).toEqual(["events-lost"]);
  });

  test("statistics beside a trace are found where tracefs has them", () => {
    const place = join(folder, "tracing");
    mkdirSync(join(place, "per_cpu", "cpu0"), { recursive: true });
    cpSync(MISSED, join(place, "trace"));
    writeFileSync(join(place, "per_cpu", "cpu0", "stats"), stats(3));
    const { sources, findings } = report([join(place, "trace")]);
    expect(sources.map(({ format }) => format)).toEqual(["ftrace-text", "ring-buffer-stats"]);
    expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
  });
});
