import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { CheckReport } from "../src/model/check-report.ts";
import { UserError } from "../src/model/user-error.ts";
import { parseQmp } from "../src/parser/qmp/qmp.ts";
import { checkSources } from "../src/pipeline/check.ts";
import { simpleTrace } from "./simple-trace-writer.ts";

const folder = mkdtempSync(join(tmpdir(), "vringscope-formats-"));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

const LOG = readFileSync("fixtures/other/trace_log_ts.log", "latin1").trim().split("\n");
const NAMES = [...new Set(LOG.map((line) => /:(\w+) /.exec(line)?.[1] ?? ""))].concat(
  "virtqueue_flush",
  "virtqueue_pop",
  "virtqueue_fill",
  "virtqueue_alloc_element",
);

/** A device that marks used what it marked used already. */
const TWICE = [
  "virtio_set_status vdev 0x10 val 0",
  "virtio_set_status vdev 0x10 val 1",
  "virtio_set_status vdev 0x10 val 3",
  "virtio_set_status vdev 0x10 val 11",
  "virtio_set_status vdev 0x10 val 15",
  "virtio_queue_notify vdev 0x10 n 0 vq 0x100",
  "virtqueue_alloc_element elem 0x20 size 240 in_num 2 out_num 1",
  "virtqueue_pop vq 0x100 elem 0x20 in_num 2 out_num 1",
  "virtqueue_fill vq 0x100 elem 0x20 len 1 idx 0",
  "virtqueue_fill vq 0x100 elem 0x20 len 1 idx 0",
  "virtqueue_flush vq 0x100 count 1",
];
const stamped = TWICE.map((line, i) => `7@1795398970.5870${10 + i}:${line}`);
const TWICE_NAMES = [...new Set(TWICE.map((line) => line.split(" ")[0] as string))];

const told = ({ findings }: CheckReport): unknown[] =>
  findings.map(({ rule, place }) => [rule, place.line]);

describe("the log backend", () => {
  test.each([
    ["with thread and time", stamped],
    ["without", TWICE],
    ["with the time of newer versions", TWICE.map((line) => `2026-11-23T01:56:10.587129Z ${line}`)],
  ])("%s", async (_what, lines) => {
    const report = await checkSources([file("qemu.log", `${lines.join("\n")}\n`)]);
    expect(told(report)).toEqual([["queue/filled-not-popped", 10]]);
    expect(report.sources[0]?.ledger).toMatchObject({ lines: 11, events: 11, rejected: 0 });
  });

  test("among QEMU's own messages and other events", async () => {
    const mixed = stamped.flatMap((line) => [
      line,
      "7@1795398970.587099:memory_region_ops_read cpu 0 mr 0x1 addr 0xfe value 0x1 size 4",
      "qemu-system-x86_64: warning: something",
    ]);
    const report = await checkSources([file("mixed.log", `${mixed.join("\n")}\n`)]);
    expect(told(report)).toEqual([["queue/filled-not-popped", 28]]);
    expect(report.sources[0]?.ledger).toMatchObject({ lines: 33, events: 11, notes: 22 });
  });

  // The balloon driver of Linux 6.1 kicks before DRIVER_OK, and that is what it is told.
  test("samples of the real log have the balloon's finding and no rejected line", async () => {
    for (const path of ["fixtures/other/trace_log_ts.log", "fixtures/qemu/trace_log_nots.log"]) {
      const report = await checkSources([path]);
      const rules = report.findings.map(({ rule }) => rule);
      expect([path, rules]).toEqual([
        path,
        path.includes("nots") ? [] : ["device/kick-before-driver-ok"],
      ]);
      expect(report.sources[0]?.ledger.rejected).toBe(0);
    }
  });
});

describe("simpletrace", () => {
  test.each([
    [4, true],
    [4, false],
    [3, true],
    [2, false],
  ] as const)("version %d, little-endian %s: as the log", async (version, littleEndian) => {
    file(
      "trace-events-all",
      `# events\n\n${TWICE_NAMES.map((one) => `disable ${one}(void *p) "x"`).join("\n")}\n`,
    );
    const options = { version, littleEndian, names: TWICE_NAMES };
    const report = await checkSources([file("trace-1", simpleTrace(stamped, options))]);
    const named = version === 4 ? TWICE_NAMES.length : 0;
    expect(told(report)).toEqual([["queue/filled-not-popped", 10 + named]]);
    const [source] = report.sources;
    expect(source).toMatchObject({ format: "qemu-simpletrace", diagnostics: [] });
    expect(source?.ledger).toMatchObject({ lines: 11 + named, events: 11, notes: named });
    expect(source?.clock).toEqual({ major: 1795398970, minor: 587010000, unit: "seconds" });
  });

  test("a real log's events yield the same coverage as the log", async () => {
    const trace = simpleTrace(LOG, { version: 4, names: NAMES });
    const report = await checkSources([file("trace-2", trace)]);
    const log = await checkSources(["fixtures/other/trace_log_ts.log"]);
    expect(report.coverage).toEqual(log.coverage);
    expect(report.findings.map(({ rule }) => rule)).toEqual(log.findings.map(({ rule }) => rule));
    expect(report.sources[0]?.ledger.events).toBe(log.sources[0]?.ledger.events);
  });

  test("behind a loss nothing is inferred", async () => {
    const lines = [...stamped.slice(0, 6), "dropped 12", ...stamped.slice(6)];
    const whole = simpleTrace(lines, { version: 4, names: TWICE_NAMES });
    const [source] = (await checkSources([file("trace-3", whole)])).sources;
    expect(source?.ledger).toMatchObject({ lostMarks: 1, lostEvents: 12 });
    const gone = [
      ...stamped.slice(0, 7),
      "dropped 1",
      ...stamped.slice(8, 9),
      stamped[10] as string,
    ];
    const lossy = simpleTrace(gone, { version: 4, names: TWICE_NAMES });
    expect(told(await checkSources([file("trace-4", lossy)]))).toEqual([]);
  });

  test("without names for its numbers it is refused, and so is another version", async () => {
    const alone = mkdtempSync(join(folder, "alone-"));
    const refused = async (bytes: Uint8Array): Promise<string> => {
      const path = join(alone, "trace");
      writeFileSync(path, bytes);
      return checkSources([path]).then(
        () => "read",
        (error: unknown) => (error instanceof UserError ? error.code : String(error)),
      );
    };
    const third = simpleTrace(stamped, { version: 3, names: TWICE_NAMES });
    expect(await refused(third)).toBe("simpletrace-nameless");
    third[16] = 9;
    expect(await refused(third)).toBe("simpletrace-version");
  });
});

/** Eight descriptors of a packed queue, as words of a width. */
function xp(address: number, bytes: Uint8Array, width: 1 | 2 | 4 | 8): string {
  const rows: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const words: string[] = [];
    for (let word = at; word < at + 16; word += width) {
      words.push(
        `0x${Buffer.from(bytes.subarray(word, word + width))
          .reverse()
          .toString("hex")}`,
      );
    }
    rows.push(`${(address + at).toString(16).padStart(16, "0")}: ${words.join(" ")}`);
  }
  return rows.join("\r\n");
}

describe("the monitor", () => {
  const hmp = readFileSync("fixtures/qemu/hmp.txt", "latin1");

  test("what info virtio-... prints becomes what QMP answers", () => {
    const answers = parseQmp(hmp);
    expect(answers?.queues.map(({ path, index, size, desc }) => [path, index, size, desc])).toEqual(
      [
        ["/machine/peripheral/vblk0/virtio-backend", 0, 128, 0x2c98f000],
        ["/machine/peripheral/vblk1/virtio-backend", 0, 64, 0x2c9be000],
        ["/machine/peripheral/vnet0/virtio-backend", 0, 256, 0x1990000],
      ],
    );
    expect(answers?.queues[0]).toMatchObject({ usedIdx: 166, lastAvailIdx: 174, inUse: 8 });
    expect(answers?.devices).toMatchObject([
      {
        device: "virtio-blk",
        features: [
          "VIRTIO_F_INDIRECT_DESC",
          "VIRTIO_F_EVENT_IDX",
          "VIRTIO_F_VERSION_1",
          "VIRTIO_F_RING_RESET",
        ],
        status: 15,
        running: true,
        broken: false,
        vhost: false,
      },
    ]);
    expect(answers?.devices[0]?.offered?.has("VIRTIO_F_NOTIFY_ON_EMPTY")).toBe(true);
    expect(answers?.devices[0]?.accepted.has("VIRTIO_F_NOTIFY_ON_EMPTY")).toBe(false);
  });

  test.each([1, 2, 4, 8] as const)("xp with words of %d bytes is the same memory", (width) => {
    const bytes = Uint8Array.from({ length: 64 }, (_byte, i) => (i * 37) & 255);
    const text = `(qemu) xp /x 0x1000\r\n${xp(0x1000, bytes, width)}\r\n(qemu) `;
    expect(parseQmp(text)?.memory).toEqual([{ address: 0x1000, bytes }]);
  });

  test("a terminal's redraws while somebody types change nothing", () => {
    const text = readFileSync("fixtures/qemu/hmp_xp_raw_terminal.txt", "latin1");
    const memory = parseQmp(text)?.memory ?? [];
    const expected = "001cea2b00000000200100000400080000";
    for (const { address, bytes } of memory) {
      expect(address).toBe(0x1000);
      expect(expected.startsWith(Buffer.from(bytes.subarray(0, 16)).toString("hex"))).toBe(true);
    }
    // In bytes, words, halves and giants; decimal words and instructions are no memory.
    expect(memory.map(({ bytes }) => bytes.length).slice(0, 4)).toEqual([8, 32, 16, 32]);
    expect(parseQmp(text)?.unread).toBeGreaterThan(0);
  });

  test("x is of virtual addresses, which no queue has", () => {
    const bytes = new Uint8Array(16);
    const text = `(qemu) x /4xw 0x1000\n${xp(0x1000, bytes, 4)}\n(qemu) xp /4xw 0x2000\n${xp(0x2000, bytes, 4)}\n`;
    expect(parseQmp(text)).toMatchObject({ memory: [{ address: 0x2000 }], unread: 1 });
  });

  const packed = readFileSync("fixtures/rings/next-not-cleared/ring-virtio-blk-0-q0-desc.bin");
  const path = "/machine/peripheral/vblk0/virtio-backend";
  const queue = {
    name: "virtio-blk",
    "queue-index": 0,
    inuse: 0,
    "used-idx": 0,
    "last-avail-idx": 0,
    "vring-num": 16,
    "vring-desc": 0x10000,
    "vring-avail": 0x11000,
    "vring-used": 0x12000,
  };
  const device = {
    name: "virtio-blk",
    "vm-running": false,
    broken: false,
    "vhost-started": false,
    status: { statuses: ["VIRTIO_CONFIG_S_DRIVER_OK: x"] },
    "guest-features": { transports: ["VIRTIO_F_RING_PACKED: x", "VIRTIO_F_VERSION_1: x"] },
  };
  const memory = xp(0x10000, packed, 4);
  const transcript = (indent?: number): string =>
    [
      { QMP: { version: { qemu: { major: 7 } }, capabilities: ["oob"] } },
      { execute: "qmp_capabilities" },
      { return: {} },
      { execute: "x-query-virtio-status", arguments: { path }, id: "s" },
      { execute: "x-query-virtio-queue-status", arguments: { path, queue: 0 }, id: "q" },
      { timestamp: { seconds: 1, microseconds: 2 }, event: "STOP", data: { x: '"}{' } },
      { return: queue, id: "q" },
      { return: device, id: "s" },
      { execute: "human-monitor-command", arguments: { "command-line": "xp /64xw 0x10000" } },
      { return: `${memory}\r\n` },
      { execute: "x-query-virtio-queue-status", arguments: { path, queue: 9 } },
      { error: { class: "GenericError", desc: "Invalid virtqueue number" } },
    ]
      .map((value) => JSON.stringify(value, undefined, indent))
      .join("\n");

  test.each([
    ["one on a line", transcript()],
    ["over several lines", transcript(2)],
    ["with the prompt of qmp-shell", transcript().replaceAll("\n", "\n(QEMU) ")],
    ["with CRLF", transcript().replaceAll("\n", "\r\n")],
  ])("a QMP session, %s", async (_what, text) => {
    const answers = parseQmp(text);
    expect(answers?.queues).toMatchObject([{ path, size: 16, desc: 0x10000 }]);
    expect(answers?.devices).toMatchObject([{ path, running: false }]);
    const report = await checkSources([file("session.log", `${text}\n`)]);
    expect(report.sources[0]?.format).toBe("ring-dump");
    expect(report.findings.map(({ rule }) => rule)).toContain("packed/next-not-cleared");
  });

  test("a session is read under any name, and named when nothing in it is of use", async () => {
    const { sources } = await checkSources(["fixtures/other/qmp.txt"]);
    expect(sources.map(({ format }) => format)).toEqual(["qmp"]);
    const empty = file("empty.log", '{"QMP": {}}\n{"return": {}}\n');
    await expect(checkSources([empty])).rejects.toThrow("a QMP transcript");
  });

  test("an HMP session with the memory in it is a dump", async () => {
    const status = [
      "(qemu) info virtio-status x",
      `${path}:`,
      "  device_name:             virtio-blk ",
      "  vhost_started:           false",
      "  broken:                  false",
      "  vm_running:              false",
      "  status:",
      "\tVIRTIO_CONFIG_S_DRIVER_OK: Driver setup and ready",
      "  Guest features:",
      "\tVIRTIO_F_RING_PACKED: Device supports packed VQ layout,",
      "\tVIRTIO_F_VERSION_1: Device compliant for v1 spec (legacy)",
      "  Host features:",
      "\tVIRTIO_F_RING_PACKED: Device supports packed VQ layout,",
      "\tVIRTIO_F_VERSION_1: Device compliant for v1 spec (legacy)",
      "(qemu) info virtio-queue-status x 0",
      `${path}:`,
      "  device_name:          virtio-blk",
      "  queue_index:          0",
      "  inuse:                0",
      "  used_idx:             0",
      "  last_avail_idx:       0",
      "  VRing:",
      "    num:          16",
      "    desc:         0x0000000000010000",
      "    avail:        0x0000000000011000",
      "    used:         0x0000000000012000",
      "(qemu) xp /64xw 0x10000",
      memory,
      "(qemu) quit",
    ].join("\r\n");
    const report = await checkSources([file("monitor.txt", status)]);
    expect(report.queues[0]).toMatchObject({ layout: "packed", size: 16 });
    expect(report.findings.map(({ rule }) => rule)).toContain("packed/next-not-cleared");
  });

  test.each([
    ["braces", "{\n".repeat(200_000)],
    ["open strings", '{"'.repeat(200_000)],
    ["blank lines", "\n \t".repeat(200_000)],
    ["paths", "/machine/a:\n  device_name: x\n".repeat(20_000)],
    ["escapes", "\x1b[D\x1b[K".repeat(100_000)],
  ])("many %s do not make it hang", { timeout: 10_000 }, (_what, text) => {
    expect(parseQmp(text)).toBeUndefined();
  });
});
