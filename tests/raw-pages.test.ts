import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { CheckReport } from "../src/model/check-report.ts";
import { UserError } from "../src/model/user-error.ts";
import { pageShape } from "../src/parser/tracedat/raw-pages.ts";
import { checkSources } from "../src/pipeline/check.ts";
import { traceText } from "../src/pipeline/trace-text.ts";
import { vringscope } from "./run.ts";
import { TAR_END, tarEntry } from "./tar-entry.ts";
import { ADD, ADD_RET, BUILT_FORMATS, builtTrace, pagesOf } from "./trace-dat-builder.ts";

const FIXTURE = "fixtures/raw-pages";
const PAGE = `${FIXTURE}/per_cpu/cpu0/trace_pipe_raw`;

let folder: string;
let made = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "vringscope-pages-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function folderOf(files: Readonly<Record<string, string | Uint8Array>>): string {
  const path = join(folder, String(made++));
  mkdirSync(path);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), content);
  }
  return path;
}

async function refused(path: string): Promise<UserError> {
  const error: unknown = await checkSources([path]).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof UserError)) throw new Error(`no UserError but ${String(error)}`);
  return error;
}

/** All that does not depend on where a trace stands. */
const said = ({ sources, queues, verdict, summary }: CheckReport): unknown => ({
  sources: sources.map(({ path: _path, format: _format, diagnostics, ...source }) => ({
    ...source,
    diagnostics: diagnostics.map(({ offset: _offset, ...told }) => told),
  })),
  queues: queues.map(({ source: _source, ...queue }) => queue),
  verdict,
  summary,
});

const VQ = 0xffff_8881_0000_1000n;
const call = (delta: number, id: number, number: number) => ({ delta, id, pid: 7, vq: VQ, number });
const CPUS = [
  [
    { time: 5_000_000_000n, events: [call(1, ADD, 4), call(20, ADD_RET, 0)] },
    { time: 5_000_000_900n, events: [call(1, ADD, 4), call(20, ADD_RET, 0)], missed: 3 },
  ],
  [{ time: 5_000_000_500n, events: [call(10, ADD, 4), call(20, ADD_RET, 0)] }],
];
const EVENTS = Object.fromEntries(
  BUILT_FORMATS.map((text) => [`events/probes/${/^name: (\w+)/.exec(text)?.[1]}/format`, text]),
);
const pageBytesOf = (pageBytes: number, bigEndian = false): Uint8Array[] =>
  CPUS.map((pages) => pagesOf(pages, { pageBytes, bigEndian }));

test("a page of a real guest, with the formats of its kernel", async () => {
  const report = await checkSources([FIXTURE]);
  expect(report.sources).toMatchObject([
    {
      path: FIXTURE,
      format: "ring-buffer-pages",
      // Six events are of two tracepoints whose format is not there.
      ledger: { lines: 84, events: 73, notes: 5, rejected: 6, lostMarks: 0 },
      clock: { major: 52, minor: 524_288_580, unit: "seconds" },
    },
  ]);
  expect(
    report.queues.map(({ name, events, decisions, kicks }) => [name, events, decisions, kicks]),
  ).toEqual([
    ["requests", 60, 15, 15],
    ["req.0", 13, 2, 2],
  ]);
  const lines = await traceText(FIXTURE);
  const [, first] = [...lines];
  lines.close();
  expect(first).toBe(
    '           <...>-284   [000]    52.524289: vq_add_sgs:           (ffffffffc0459180) vq=0xff415b5742731d00 name="requests" index=0 num_free=128 out=1 in=1 token=0xff415b57a838d120\n',
  );
});

test.each([
  ["little", 4096, false],
  ["big", 4096, true],
  ["little", 16_384, false],
  ["big", 65_536, true],
])(
  "CPUs are merged as those of a trace.dat: %s endian, pages of %i",
  async (_order, pageBytes, bigEndian) => {
    const [first = "", second = ""] = pageBytesOf(pageBytes, bigEndian);
    const pages = folderOf({
      "cpu0/trace_pipe_raw": first,
      "cpu1/trace_pipe_raw": second,
      "cpu2/trace_pipe_raw": "",
      saved_cmdlines: "7 qemu-ga\n",
      ...EVENTS,
    });
    const dat = join(folder, `${pageBytes}-${bigEndian}.dat`);
    writeFileSync(dat, builtTrace({ cpus: CPUS, pageBytes, bigEndian }));
    const report = await checkSources([pages]);
    expect(report.sources[0]?.ledger).toMatchObject({ events: 6, rejected: 0, lostEvents: 3 });
    expect(said(report)).toEqual(said(await checkSources([dat])));
  },
);

test("header_page says how long a page is, and statistics what was dropped", async () => {
  const [bytes = ""] = pageBytesOf(8192);
  const header = readFileSync(`${FIXTURE}/events/header_page`, "utf8").replace("4080", "8176");
  const path = folderOf({
    "per_cpu/cpu0/trace_pipe_raw": bytes,
    "per_cpu/cpu0/stats": "entries: 4\noverrun: 2\ndropped events: 5\n",
    "events/header_page": header,
    ...EVENTS,
  });
  const { sources } = await checkSources([path]);
  expect(sources).toHaveLength(1);
  expect(sources[0]?.ledger).toMatchObject({ events: 4, lostMarks: 2, lostEvents: 10 });
});

test("in a tar, packed, or under the names that people give, they are the same", async () => {
  const expected = said(await checkSources([FIXTURE]));
  const files = [
    "per_cpu/cpu0/trace_pipe_raw",
    "events/header_page",
    "saved_cmdlines",
    ...["add_sgs", "add_sgs_ret", "kick_prepare", "kick_prepare_ret", "notify", "get_buf"].map(
      (name) => `events/virtio/vq_${name}/format`,
    ),
    "events/virtio/vq_get_buf_ret/format",
    "events/virtio/vring_interrupt/format",
    "events/irq/irq_handler_entry/format",
    "events/block/block_rq_issue/format",
  ].map((name): [string, Uint8Array] => [name, readFileSync(`${FIXTURE}/${name}`)]);
  const tar = Buffer.concat([
    ...files.map(([name, bytes]) => tarEntry(`case/${name}`, bytes)),
    TAR_END,
  ]);
  for (const [name, bytes] of [
    ["pages.tar", tar],
    ["pages.tar.gz", gzipSync(tar)],
  ] as const) {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    expect(said(await checkSources([path]))).toEqual(expected);
  }
  const flat = files.map(([name, bytes]): [string, Uint8Array] => {
    const [, , event = "", isFormat] = name.split("/");
    if (isFormat === "format") return [`format_${event}.txt`, bytes];
    if (name.endsWith("trace_pipe_raw")) return ["trace_pipe_raw_cpu0.bin.gz", gzipSync(bytes)];
    return [name.endsWith("header_page") ? "header_page_event.txt" : `${name}.txt`, bytes];
  });
  expect(said(await checkSources([folderOf(Object.fromEntries(flat))]))).toEqual(expected);
});

test("alone they are refused, with what to put beside them", async () => {
  const error = await refused(PAGE);
  expect(error.code).toBe("raw-pages-alone");
  expect(error.help).toContain("events/ of tracefs");
  const piped = vringscope(["check", "-"], { input: readFileSync(PAGE) });
  expect(piped).toMatchObject({ status: 2 });
  expect(piped.stderr).toContain("stdin holds pages of the kernel's ring buffer");
  const bare = folderOf({ "trace_pipe_raw_cpu0.bin": readFileSync(PAGE) });
  expect((await refused(bare)).help).toContain("only the kernel's format files say");
});

test("two files of one CPU are a question, not a guess", async () => {
  const path = join(folder, String(made++));
  cpSync(FIXTURE, path, { recursive: true });
  cpSync(PAGE, join(path, "trace_pipe_raw_cpu0.bin"));
  expect((await refused(path)).message).toContain("are of one");
});

test("a page that was cut keeps what it has, and says what it has not", async () => {
  const [bytes = new Uint8Array(0)] = pageBytesOf(4096);
  const path = folderOf({ "cpu0/trace_pipe_raw": bytes.subarray(0, 6000), ...EVENTS });
  const { sources } = await checkSources([path]);
  expect(sources[0]?.ledger).toMatchObject({ events: 2, rejected: 0 });
  expect(sources[0]?.diagnostics.map(({ code }) => code)).toContain("events-unreadable");
});

test("what only looks like pages is none", () => {
  const page = (): Uint8Array => Uint8Array.from(readFileSync(PAGE));
  expect(pageShape(page())).toEqual({ bigEndian: false, longBytes: 8, pageBytes: 4096 });
  const changed = (at: number, ...bytes: number[]): Uint8Array => {
    const copy = page();
    copy.set(bytes, at);
    return copy;
  };
  // More data than a page has, an unused bit, a length that leads behind the end, no event at all.
  for (const [at, ...bytes] of [
    [8, 0xff, 0x7f],
    [11, 0x20],
    [16, 28],
    [8, 0, 0],
  ] as [number, ...number[]][]) {
    expect(pageShape(changed(at, ...bytes))).toBeUndefined();
  }
  for (const name of [
    "other/packed_desc.bin",
    "ftrace/trace_default.txt",
    "tracedat/packed-v6.dat",
  ]) {
    expect(pageShape(readFileSync(`fixtures/${name}`))).toBeUndefined();
  }
  for (const ring of ["dpdk-in-order/snap1-q0", "next-not-cleared/ring-virtio-blk-0-q0"]) {
    for (const area of ["desc", "driver", "device"]) {
      expect(pageShape(readFileSync(`fixtures/rings/${ring}-${area}.bin`))).toBeUndefined();
    }
  }
});
