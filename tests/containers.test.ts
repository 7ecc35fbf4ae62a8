import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CheckReport } from "../src/model/check-report.ts";
import { UserError } from "../src/model/user-error.ts";
import { checkSources } from "../src/pipeline/check.ts";
import { randomOf, vringscope } from "./run.ts";
import { TAR_END, tarEntry } from "./tar-entry.ts";

const MISSED = "fixtures/stories/kick-missed/trace.txt";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "vringscope-containers-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

/** What zstd makes of bytes; the fixture was made by it where it is not installed. */
function zstd(bytes: Uint8Array, ...options: string[]): Uint8Array | undefined {
  const { status, stdout } = spawnSync("zstd", ["-q", "-c", ...options], {
    input: bytes,
    maxBuffer: 1 << 30,
  });
  return status === 0 ? new Uint8Array(stdout) : undefined;
}

const ZSTD = zstd(new Uint8Array(1)) !== undefined;

const errorLines = ({ findings }: CheckReport): number[] =>
  findings.filter(({ severity }) => severity === "error").map(({ place }) => place.line);

async function refused(path: string): Promise<UserError> {
  const error: unknown = await checkSources([path]).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof UserError)) throw new Error(`no UserError but ${String(error)}`);
  return error;
}

describe("zstd", () => {
  test("a trace packed by zstd is read like the trace", async () => {
    const report = await checkSources(["fixtures/containers/kick-missed.txt.zst"]);
    expect(errorLines(report)).toEqual([163, 184]);
    expect(report.sources[0]?.ledger).toEqual((await checkSources([MISSED])).sources[0]?.ledger);
  });

  test("cut anywhere, it is a broken archive, and no trace with a missing end", async () => {
    const whole = readFileSync("fixtures/containers/kick-missed.txt.zst");
    for (const length of [4, 5, 9, 100, whole.length >> 1, whole.length - 1]) {
      const error = await refused(file("cut.zst", whole.subarray(0, length)));
      expect([length, error.code]).toEqual([length, "input-broken-archive"]);
    }
  });

  test("one bit wrong never yields another trace", async () => {
    const whole = readFileSync("fixtures/containers/kick-missed.txt.zst");
    const seed = 20261126;
    const random = randomOf(seed);
    for (let round = 0; round < 60; round++) {
      const bytes = Uint8Array.from(whole);
      const at = 4 + Math.floor(random() * (bytes.length - 4));
      bytes[at] = (bytes[at] as number) ^ (1 << Math.floor(random() * 8));
      // A bit of the header may be one that nothing depends on.
      const outcome = await checkSources([file("flipped.zst", bytes)]).then(
        errorLines,
        (error: unknown) => (error instanceof UserError ? error.code : String(error)),
      );
      expect({ seed, round, at, outcome: [outcome].flat() }).toEqual(
        Array.isArray(outcome)
          ? { seed, round, at, outcome: [163, 184] }
          : { seed, round, at, outcome: ["input-broken-archive"] },
      );
    }
  });

  test.skipIf(!ZSTD)("frames follow each other, and some are to be skipped", async () => {
    const text = readFileSync(MISSED);
    const parts = [text.subarray(0, 3000), text.subarray(3000)].map((part) => zstd(part, "-19"));
    const skipped = Uint8Array.of(0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3);
    const path = file("frames", Buffer.concat([skipped, ...parts.map((part) => part ?? text)]));
    expect(errorLines(await checkSources([path]))).toEqual([163, 184]);
    const trailing = file(
      "trailing",
      Buffer.concat([zstd(text) ?? text, Buffer.from("lorem ips")]),
    );
    expect((await refused(trailing)).code).toBe("input-broken-archive");
  });

  test.skipIf(!ZSTD)("more text than one output of the decoder comes out whole", async () => {
    const text = readFileSync(MISSED, "latin1");
    const many = Buffer.from(text + `# ${"x".repeat(97)}\n`.repeat(60_000), "latin1");
    for (const level of ["-1", "-19"]) {
      const path = file("long.zst", zstd(many, level) ?? many);
      const [source] = (await checkSources([path])).sources;
      expect(source?.ledger.lines).toBe(many.toString("latin1").split("\n").length - 1);
    }
  });

  test.skipIf(!ZSTD)("QMP answers are read from .zst", async () => {
    const answers = Buffer.from('{"return": []}\n');
    const error = await refused(file("qmp.json.zst", zstd(answers) ?? answers));
    expect(error.code).toBe("input-not-qmp");
  });
});

test("an archive bomb is named before it fills anything", async () => {
  const path = file("bomb.gz", gzipSync(new Uint8Array(300 << 20), { level: 9 }));
  const error = await refused(path);
  expect(error.code).toBe("input-archive-bomb");
  expect(error.message).toContain("more than 500 times its size");
}, 30_000);

/** A header of the ustar layout, and the file behind it. */
describe("tar", () => {
  let tree: string;
  beforeAll(() => {
    tree = join(folder, "tree");
    mkdirSync(join(tree, "case", "rings"), { recursive: true });
    cpSync(MISSED, join(tree, "case", "trace.txt"));
    const rings = "fixtures/rings/next-not-cleared";
    for (const name of readdirSync(rings).filter((one) => one.endsWith(".bin"))) {
      cpSync(join(rings, name), join(tree, "case", "rings", name));
    }
    writeFileSync(join(tree, "case", "console.txt"), "Booting\n");
    writeFileSync(join(tree, "trace2.gz"), gzipSync(readFileSync(MISSED)));
    symlinkSync("/etc/passwd", join(tree, "link"));
  });

  const tar = (...options: string[]): Buffer =>
    spawnSync("tar", ["-C", tree, "-c", ...options, "."], { maxBuffer: 1 << 30 }).stdout;

  const members = async (path: string): Promise<unknown[]> =>
    (await checkSources([path])).sources.map((source) => [
      source.path.slice(folder.length + 1),
      source.format,
      source.ledger.lines,
    ]);

  test("each member is read by what it holds, and has the archive's name in front", async () => {
    const plain = tar();
    const packed: readonly (readonly [string, Uint8Array | undefined])[] = [
      ["a.tar", plain],
      ["b.tgz", gzipSync(plain)],
      ["c.tar.zst", zstd(plain)],
      ["d.tar", tar("--format=pax")],
      ["e.tar", tar("--format=gnu")],
    ];
    for (const [name, bytes] of packed) {
      if (bytes === undefined) continue;
      expect(await members(file(name, bytes))).toEqual([
        [`${name}:trace2.gz`, "ftrace-text", 198],
        [`${name}:case/trace.txt`, "ftrace-text", 198],
        [`${name}:case/rings/ring-virtio-blk-0-q0-{desc,driver,device}.bin`, "ring-dump", 0],
        [`${name}:link`, "not-read", 0],
        [`${name}:case/console.txt`, "text", 1],
      ]);
    }
  });

  test("what is found in a member is what is found in the file", async () => {
    const report = await checkSources([file("found.tar", tar("--exclude=trace2.gz"))]);
    expect(errorLines(report)).toContain(163);
    const remarks = report.sources.find(({ format }) => format === "ring-dump")?.remarks;
    const alone = await checkSources([join(tree, "case")]);
    expect(remarks).toEqual(alone.sources.find(({ format }) => format === "ring-dump")?.remarks);
    expect(report.findings.map(({ rule }) => rule)).toEqual(alone.findings.map(({ rule }) => rule));
  });

  test("long names, of pax and of GNU", async () => {
    const deep = join(tree, "d".repeat(120), "e".repeat(120));
    mkdirSync(deep, { recursive: true });
    cpSync(MISSED, join(deep, "trace.txt"));
    for (const format of ["pax", "gnu", "ustar"]) {
      const [, second] = (await members(file("long.tar", tar(`--format=${format}`)))) as [string][];
      expect(`${format} ${second?.[0]}`).toContain("trace.txt");
      const paths = (await members(join(folder, "long.tar"))).map((one) => (one as [string])[0]);
      const long = `long.tar:${"d".repeat(120)}/${"e".repeat(120)}/trace.txt`;
      // A ustar name has a part of at most 155 bytes in front, and one of 100.
      expect(paths.includes(long)).toBe(format !== "ustar");
    }
    rmSync(join(tree, "d".repeat(120)), { recursive: true });
  });

  test("names that lead out, links and devices are named, and not followed", async () => {
    const trace = readFileSync(MISSED);
    const path = file(
      "names.tar",
      Buffer.concat([
        tarEntry("../../evil.txt", trace),
        tarEntry("a/../../evil.txt", trace),
        tarEntry("/etc/trace.txt", trace),
        tarEntry("hard", "", { kind: "1", link: "/etc/shadow" }),
        tarEntry("null", "", { kind: "3" }),
        TAR_END,
      ]),
    );
    const { sources } = await checkSources([path]);
    expect(sources.map((one) => [one.path.slice(path.length), one.format, one.remarks])).toEqual([
      [":etc/trace.txt", "ftrace-text", undefined],
      [":../../evil.txt", "not-read", ["not read: its name leads out of the archive"]],
      [":a/../../evil.txt", "not-read", ["not read: its name leads out of the archive"]],
      [":hard", "not-read", ["not read: a hard link"]],
      [":null", "not-read", ["not read: a device file"]],
    ]);
  });

  test.each([
    ["a size past the end", tarEntry("t", "x", { size: "77777777777\0" })],
    ["a size of 2^63", tarEntry("t", "x", { size: "\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff" })],
    ["a negative size", tarEntry("t", "x", { size: `\xff${"\xff".repeat(11)}` })],
    ["no size", tarEntry("t", "x", { size: "lorem ipsum\0" })],
    ["a cut header", Buffer.concat([tarEntry("t", "x"), tarEntry("u", "y").subarray(0, 300)])],
    ["rubbish", Buffer.concat([tarEntry("t", "x"), Buffer.alloc(512, 7)])],
  ])("%s is a broken archive", async (_what, bytes) => {
    expect((await refused(file("broken.tar", bytes))).code).toBe("input-broken-archive");
  });

  test("from stdin it is refused, with what to do", () => {
    const { status, stderr } = vringscope(["-"], { input: tar() });
    expect(status).toBe(2);
    expect(stderr).toContain("give the archive as a file");
  });

  test("an import keeps what stands in the members", () => {
    const path = join(folder, "case.db");
    const packed = file("import.tar", tar());
    expect(vringscope(["import", packed, "-o", path])).toMatchObject({ status: 0, stderr: "" });
    const { stdout } = vringscope(["sql", path, "SELECT path, lines FROM source", "--csv"]);
    expect(stdout).toContain(`${packed}:case/trace.txt,198`);
  });

  test("nothing remains of a packed archive, also when it is broken", async () => {
    const own = mkdtempSync(join(folder, "tmp-"));
    const before = process.env["TMPDIR"];
    process.env["TMPDIR"] = own;
    try {
      await checkSources([file("kept.tgz", gzipSync(tar()))]);
      expect(readdirSync(own)).toEqual([]);
      const error = await refused(file("cut.tgz", gzipSync(tar().subarray(0, 20_000))));
      expect(error.code).toBe("input-broken-archive");
      expect(readdirSync(own)).toEqual([]);
    } finally {
      if (before === undefined) delete process.env["TMPDIR"];
      else process.env["TMPDIR"] = before;
    }
  });

  const twoCopied = (): [string, string] => [
    file("copied.tgz", gzipSync(tar())),
    file("copied.dat.gz", gzipSync(readFileSync("fixtures/tracedat/packed-v6.dat"))),
  ];

  test("what must be copied first is told where TMPDIR does not take it", async () => {
    const before = process.env["TMPDIR"];
    process.env["TMPDIR"] = join(folder, "not-there");
    try {
      for (const path of twoCopied()) {
        const error = await refused(path);
        expect(error).toMatchObject({ code: "input-no-room" });
        expect(error.message).toContain(`${join(folder, "not-there")} does not take it: ENOENT`);
      }
    } finally {
      if (before === undefined) delete process.env["TMPDIR"];
      else process.env["TMPDIR"] = before;
    }
  });

  test("a disk that is full in the middle is one message, and nothing remains", () => {
    const own = mkdtempSync(join(folder, "tmp-"));
    for (const path of twoCopied()) {
      // The limit of a file's size stands for the disk's: the write fails in the same way.
      const { status, stderr } = spawnSync(
        "bash",
        ["-c", 'ulimit -f 8; exec "$0" bin/vringscope.js check "$1"', process.execPath, path],
        { encoding: "utf8", env: { ...process.env, TMPDIR: own } },
      );
      expect(stderr).toMatch(
        /has to be copied before .* does not take it: EFBIG.*\n {2}set TMPDIR/,
      );
      expect([status, readdirSync(own)]).toEqual([2, []]);
    }
  });

  test("a trace.dat in an archive is read as the file is", async () => {
    const bytes = readFileSync("fixtures/tracedat/packed-v7-zstd.dat");
    const path = file("dat.tar", Buffer.concat([tarEntry("a/trace.dat", bytes), TAR_END]));
    const [inside] = (await checkSources([path])).sources;
    const [alone] = (await checkSources(["fixtures/tracedat/packed-v7-zstd.dat"])).sources;
    expect(inside?.path).toBe(`${path}:a/trace.dat`);
    expect([inside?.format, inside?.ledger]).toEqual([alone?.format, alone?.ledger]);
  });

  test("an archive without the mark of its end is read, and says so", async () => {
    const path = file("endless.tar", tarEntry("trace.txt", readFileSync(MISSED)));
    const { sources } = await checkSources([path]);
    expect(sources.map(({ format }) => format)).toEqual(["ftrace-text", "not-read"]);
    expect(sources[1]).toMatchObject({ path });
    expect(sources[1]?.remarks?.[0]).toContain("files may be missing");
  });

  test("an archive without anything to read is told so", async () => {
    const error = await refused(
      file("dull.tar", Buffer.concat([tarEntry("x.tar", TAR_END), TAR_END])),
    );
    expect(error.message).toContain("tar archive without a trace");
  });

  test("bytes gone wrong end in an answer or in one message", async () => {
    const whole = tar();
    const seed = 7;
    const random = randomOf(seed);
    for (let round = 0; round < 40; round++) {
      const bytes = Buffer.from(whole);
      for (let i = 0; i < 3; i++) {
        bytes[Math.floor(random() * 4096)] = Math.floor(random() * 256);
      }
      const outcome = await checkSources([file("fuzz.tar", bytes)]).then(
        () => "read",
        (error: unknown) => (error instanceof UserError ? "read" : String(error)),
      );
      expect({ seed, round, outcome }).toEqual({ seed, round, outcome: "read" });
    }
  });
});
