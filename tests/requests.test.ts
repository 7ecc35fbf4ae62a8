import { spawn, spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { SHARED, sharedPresent, sharedTitle, vringscope } from "./run.ts";

const MISSED = "fixtures/stories/kick-missed/trace.txt";
const folder = mkdtempSync(join(tmpdir(), "vringscope-requests-"));
afterAll(() => rmSync(folder, { recursive: true }));

type Row = Readonly<Record<string, unknown>>;

function rowsOf(args: readonly string[]): Row[] {
  const { stdout, stderr, status } = vringscope([...args, "--json"]);
  if (status !== 0) throw new Error(stderr);
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Row);
}

function imported(name: string, ...paths: string[]): string {
  const path = join(folder, `${name}.db`);
  const { status, stderr } = vringscope(["import", "--force", "-o", path, ...paths]);
  if (status !== 0) throw new Error(stderr);
  return path;
}

describe("the interrupt before a buffer came back", () => {
  // The same, asked of the events: the last interrupt of the queue, if it came after the kick.
  const AGAIN = `SELECT r.id, r.interrupted_event AS told, (
      SELECT max(e.id) FROM event e JOIN call c ON c.id = e.call
      WHERE e.queue = r.queue AND c.kind = 'interrupt' AND c.phase = 'begin'
        AND e.id < r.returned_event AND e.id > coalesce(r.kicked_event, r.id)
    ) AS again FROM request r WHERE r.state = 'returned'`;

  test.each(["stock-packed", "kick-missed"])("%s: as the events have it", (story) => {
    const path = imported(story, `fixtures/stories/${story}/trace.txt`);
    const rows = rowsOf(["sql", path, AGAIN]);
    const told = rows.filter((row) => row["told"] !== null);
    expect(told.length).toBeGreaterThan(0);
    expect(told.filter((row) => row["told"] !== row["again"])).toEqual([]);
    // After a gap an interrupt may have gone unseen: it is unknown, and never another one.
    const silent = rows.filter((row) => row["told"] === null && row["again"] !== null);
    const gaps = rowsOf(["sql", path, "SELECT count(*) AS n FROM gap"]);
    if (gaps[0]?.["n"] === 0) expect(silent).toEqual([]);
  });

  test("legs add up", () => {
    const path = imported("legs", MISSED);
    const sql =
      "SELECT * FROM requests WHERE kick_to_interrupt IS NOT NULL AND kick_to_interrupt + interrupt_to_return != kick_to_return";
    expect(rowsOf(["sql", path, sql])).toEqual([]);
  });
});

/** A device's log: two elements in one batch, one by itself, one that is held, one that a reset drops. */
const LOG = [
  "1@10.000000:virtio_set_status vdev 0x55d000 val 15",
  "1@10.000100:virtio_queue_notify vdev 0x55d000 n 0 vq 0x55e000",
  ...popped(10.0001, "0x551000"),
  ...popped(10.00012, "0x552000"),
  "1@10.000200:virtqueue_fill vq 0x55e000 elem 0x551000 len 1 idx 0",
  "1@10.000210:virtqueue_fill vq 0x55e000 elem 0x552000 len 1 idx 1",
  "1@10.000220:virtqueue_flush vq 0x55e000 count 2",
  "1@10.000250:virtio_notify vdev 0x55d000 vq 0x55e000",
  ...popped(10.0003, "0x551000"),
  "1@10.000400:virtqueue_fill vq 0x55e000 elem 0x551000 len 1 idx 0",
  "1@10.000410:virtqueue_flush vq 0x55e000 count 1",
  ...popped(10.0005, "0x553000"),
  "1@10.000600:virtio_set_status vdev 0x55d000 val 0",
  "1@10.000700:virtio_set_status vdev 0x55d000 val 15",
  "1@10.000800:virtio_queue_notify vdev 0x55d000 n 0 vq 0x55e000",
  ...popped(10.0009, "0x554000"),
  "",
].join("\n");

function popped(time: number, element: string): string[] {
  const at = (plus: number): string => (time + plus / 1e6).toFixed(6);
  return [
    `1@${at(0)}:virtqueue_alloc_element elem ${element} size 240 in_num 1 out_num 1`,
    `1@${at(1)}:virtqueue_pop vq 0x55e000 elem ${element} in_num 1 out_num 1`,
  ];
}

describe("a device's log alone", () => {
  const log = join(folder, "qemu.log");
  writeFileSync(log, LOG);

  test("a request goes from its pop over fill and flush to the interrupt", () => {
    const columns =
      "element, state, certain, pop_to_fill, fill_to_flush, fill_to_interrupt, pop_to_interrupt";
    const path = imported("device", log);
    expect(rowsOf(["sql", path, `SELECT ${columns} FROM elements ORDER BY seq`])).toEqual([
      way("0x551000", "used", 99_000, 20_000, 50_000, 149_000),
      way("0x552000", "used", 89_000, 10_000, 40_000, 129_000),
      // No interrupt followed before the reset: it is unknown, not zero.
      way("0x551000", "used", 99_000, 10_000, null, null),
      way("0x553000", "reset", null, null, null, null),
      way("0x554000", "held", null, null, null, null),
    ]);
    expect(rowsOf(["sql", path, "SELECT count(*) AS n FROM requests"])).toEqual([{ n: 0 }]);
  });

  test("is listed as elements, what is not known as unknown", () => {
    const { stdout } = vringscope(["requests", log]);
    expect(stdout).toContain("the device's elements: how they ended");
    expect(stdout).not.toContain("the driver's buffers");
    expect(stdout).not.toContain("NULL");
    const line = stdout.split("\n").find((one) => one.includes("fill_to_interrupt  2"));
    expect(line?.trim().split(/ +/).slice(-7)).toEqual(
      "2 40000 40000 50000 50000 50000 3".split(" "),
    );
    expect(rowsOf(["requests", log, "--by", "pop_to_interrupt"])).toHaveLength(2);
  });

  test("beside the driver's trace the two stand apart, and it says so", () => {
    const { stdout } = vringscope(["requests", MISSED, log]);
    expect(stdout).toContain("the driver's buffers: how they ended");
    expect(stdout).toContain("the device's elements: how they ended");
    expect(stdout).toContain("The two sides are not joined");
  });

  test("a log without flushes has interrupts all the same", () => {
    const bare = join(folder, "bare.log");
    writeFileSync(bare, LOG.replaceAll(/^.*virtqueue_flush.*\n/gm, ""));
    const rows = rowsOf(["requests", bare, "--by", "fill_to_interrupt"]);
    expect(rows.map((row) => row["fill_to_interrupt"])).toEqual([50_000, 40_000]);
    expect(rows.map((row) => row["fill_to_flush"])).toEqual([null, null]);
  });

  function way(element: string, state: string, ...legs: (number | null)[]): Row {
    const [pop_to_fill, fill_to_flush, fill_to_interrupt, pop_to_interrupt] = legs;
    const times = { pop_to_fill, fill_to_flush, fill_to_interrupt, pop_to_interrupt };
    return { element, state, certain: 1, ...times };
  }
});

describe("traces instead of a case", () => {
  const text = readFileSync(MISSED);
  const file = (name: string, bytes: Uint8Array): string => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return path;
  };
  const expected = vringscope(["events", imported("whole", MISSED), "--limit", "5"]).stdout;

  test("a file, an archive, a folder, a tar, stdin and a case give the same", () => {
    const inside = join(folder, "inside");
    mkdirSync(inside);
    copyFileSync(MISSED, join(inside, "trace.txt"));
    const tar = join(folder, "inside.tar");
    spawnSync("tar", ["-cf", tar, "-C", folder, "inside"]);
    const inputs = [MISSED, file("a.gz", gzipSync(text)), inside, tar];
    for (const input of inputs) {
      expect(vringscope(["events", input, "--limit", "5"]).stdout).toBe(expected);
    }
    expect(vringscope(["events", "-", "--limit", "5"], { input: text }).stdout).toBe(expected);
    // A case is known by its content, not by its name.
    const renamed = file("trace.txt", readFileSync(join(folder, "whole.db")));
    expect(vringscope(["events", renamed, "--limit", "5"]).stdout).toBe(expected);
    const requests = vringscope(["requests", MISSED]);
    expect(requests.stdout).toBe(vringscope(["requests", renamed]).stdout);
    expect(requests.stderr).toBe("");
  });

  test.skipIf(!sharedPresent)(`a trace.dat${sharedTitle}`, () => {
    const rows = rowsOf(["events", `${SHARED}/captures/packed-dat/${datName()}`, "--limit", "3"]);
    expect(rows).toHaveLength(3);
  });

  test.each([
    ["a case beside a trace", ["events", join(folder, "whole.db"), MISSED], "is asked alone"],
    ["another database", ["events", join(folder, "other.db")], "is no case file"],
    ["no file", ["events", "nowhere.txt"], "does not exist"],
    ["no trace", ["requests", "README.md"], "not a trace"],
    ["stdin twice", ["requests", "-", "-"], "given twice"],
  ])("%s: exit 2", (_what, args, words) => {
    spawnSync(process.execPath, [
      "--input-type=module",
      "-e",
      `import Database from "better-sqlite3"; new Database(${JSON.stringify(join(folder, "other.db"))}).exec("CREATE TABLE IF NOT EXISTS t (a)")`,
    ]);
    const { status, stderr, stdout } = vringscope(args);
    expect(stderr).toContain(words);
    expect(stdout).toBe("");
    expect(status).toBe(2);
  });

  test("the SQL is shown without reading anything", () => {
    const { stdout, status } = vringscope(["requests", "nowhere.txt", "--show-sql"]);
    expect(status).toBe(0);
    expect(stdout).toContain("FROM requests");
    expect(stdout).toContain("FROM elements");
  });

  test("its case is gone at the end, and when a signal ends it", async () => {
    const place = join(folder, "tmp");
    mkdirSync(place);
    const env = { ...process.env, TMPDIR: place };
    const run = (args: readonly string[]): ReturnType<typeof spawn> =>
      spawn(process.execPath, ["bin/vringscope.js", ...args], {
        env,
        stdio: ["pipe", "ignore", "ignore"],
      });
    const whole = run(["requests", MISSED]);
    expect(await new Promise((resolve) => whole.on("exit", resolve))).toBe(0);
    expect(readdirSync(place)).toEqual([]);
    // Stdin stays open: it waits for more of the trace.
    const waiting = run(["events", "-"]);
    const ended = new Promise((resolve) => waiting.on("exit", resolve));
    waiting.stdin?.write(text);
    while (readdirSync(place).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    await new Promise((resolve) => setTimeout(resolve, 100));
    waiting.kill("SIGTERM");
    expect(await ended).toBe(143);
    expect(readdirSync(place)).toEqual([]);
  });

  test("a reader that closes early ends it quietly, and at once", () => {
    // Endless but for the reader: rows that nobody reads are not made.
    const endless =
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i, 'a row' FROM n";
    const command = `"${process.execPath}" bin/vringscope.js sql "${join(folder, "whole.db")}" "${endless}" | head -1; exit \${PIPESTATUS[0]}`;
    const ended = spawnSync("bash", ["-c", command], { encoding: "utf8", timeout: 30_000 });
    expect(ended.stdout.split("\n")).toHaveLength(2);
    expect([ended.status, ended.stderr]).toEqual([0, ""]);
  }, 40_000);

  function datName(): string {
    const dat = readdirSync(`${SHARED}/captures/packed-dat`).find((name) => name.endsWith(".dat"));
    if (dat === undefined || !existsSync(SHARED))
      throw new Error("no trace.dat among the captures");
    return dat;
  }
});
