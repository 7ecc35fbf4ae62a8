import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { Finding } from "../src/model/finding.ts";
import { checkSources } from "../src/pipeline/check.ts";
import { Parties, type PartiesOptions } from "../src/replay/models/parties.ts";
import { SHARED, sharedPresent, sharedTitle } from "./run.ts";

const folder = mkdtempSync(join(tmpdir(), "vringscope-notifications-"));
const path = join(folder, "log.jsonl");
afterAll(() => rmSync(folder, { recursive: true }));

async function check(lines: readonly string[]): Promise<readonly Finding[]> {
  writeFileSync(path, `${lines.join("\n")}\n`);
  return (await checkSources([path])).findings;
}

const rulesOf = (findings: readonly Finding[]): string[] => findings.map(({ rule }) => rule);

/** A run from its header on, without an end. */
function begun(options: Partial<PartiesOptions> & Pick<PartiesOptions, "layout" | "queueSize">): {
  readonly parties: Parties;
  readonly lines: string[];
} {
  const lines: string[] = [];
  const parties = new Parties({ ...options, line: (line) => lines.push(line) });
  parties.header();
  parties.create();
  return { parties, lines };
}

/** The device turns notifications off and does not look; the driver waits. */
function leftDisabled(): { readonly parties: Parties; readonly lines: string[] } {
  const run = begun({ layout: "packed", queueSize: 4 });
  const { parties } = run;
  parties.setNotify({ mode: "disable" });
  parties.add([[0x20_0000_0000, 64]], []);
  parties.kick();
  parties.getBuf();
  return run;
}

test("work that stands is told where the log is whole, whether the device stops or not", async () => {
  const stopped = leftDisabled();
  stopped.parties.takeDown("end");
  stopped.parties.footer();
  expect(rulesOf(await check(stopped.lines))).toEqual(["queue/stalled"]);
  const live = leftDisabled();
  live.parties.footer();
  const [finding] = await check(live.lines);
  expect(finding).toMatchObject({ rule: "queue/stalled", severity: "note" });
  expect(finding?.effects.map(({ message }) => message)).toEqual([
    "no stall if the device looks by itself",
    "no stall if the driver notifies it for another reason",
  ]);
});

test("a log that is cut, or counts other lines than it has, says nothing of its end", async () => {
  const { lines, parties } = leftDisabled();
  expect(await check(lines)).toEqual([]);
  parties.footer();
  const footer = JSON.parse(lines.at(-1) as string) as { lines: number };
  const miscounted = JSON.stringify({ ...footer, lines: footer.lines + 1 });
  expect(await check([...lines.slice(0, -1), miscounted])).toEqual([]);
  expect(await check([...lines.slice(0, 2), ...lines.slice(3)])).toEqual([]);
});

test("the end of a log is seen behind a full batch as well", async () => {
  // Batches hold 1024 operations: one more, one less, and exactly as many.
  for (const polls of [1018, 1019, 1020, 1021]) {
    const { parties, lines } = leftDisabled();
    for (let i = 0; i < polls; i++) parties.getBuf();
    parties.footer();
    expect([polls, rulesOf(await check(lines))]).toEqual([polls, ["queue/stalled"]]);
  }
});

test.each(["device", "driver"] as const)(
  "flags of the %s that EVENT_IDX says to ignore are one mistake, heeding them another",
  async (writer) => {
    const { parties, lines } = begun({ layout: "split", queueSize: 4 });
    const flags = JSON.stringify({
      seq: 1,
      actor: writer,
      op: writer === "device" ? "set_notify" : "disable_cb",
      mem: [["w", writer, 0, "0100"]],
      st: writer === "device" ? parties.device.state() : parties.driver.state(),
    });
    parties.add([[0x20_0000_0000, 64]], []);
    parties.kick();
    parties.fetch();
    parties.complete([[0, 0]], "single");
    parties.signal();
    parties.add([[0x20_0000_1000, 64]], []);
    const heeded = writer === "device" ? "kick_prepare" : "signal";
    const told = lines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ op }) => op !== "notify" || writer !== "device");
    const [header, create, ...rest] = told;
    const log = [header, create, JSON.parse(flags) as object, ...rest].map((line, i) => {
      const numbered = i === 0 ? line : { ...line, seq: i - 1 };
      const { op } = line as { op?: string };
      return JSON.stringify(op === heeded ? { ...numbered, ret: false } : numbered);
    });
    const findings = await check(log);
    const missed = writer === "device" ? "queue/kick-missed" : "queue/interrupt-missed";
    expect(rulesOf(findings).sort()).toEqual([missed, "split/ring-flags-value"].sort());
    const found = findings.find(({ rule }) => rule === missed)?.found;
    const word = writer === "device" ? "used.flags" : "avail.flags";
    expect(found).toContain(`${word} 1 would explain it, and is to be ignored with EVENT_IDX`);
  },
);

test("a notification's value may be told as its parts", async () => {
  for (const [off, rules] of [
    [1, []],
    [2, ["queue/notify-data-wrong"]],
  ] as const) {
    const { parties, lines } = begun({ layout: "packed", queueSize: 4, notificationIndex: 7 });
    parties.add([[0x20_0000_0000, 64]], []);
    parties.kick();
    const log = lines.map((line) => {
      const json = JSON.parse(line) as Record<string, unknown>;
      if (json["op"] !== "notify") return line;
      expect(json["data"]).toBe(0x8001_0007);
      return JSON.stringify({ ...json, data: { vq_index: 7, next_off: off, next_wrap: 1 } });
    });
    expect([off, rulesOf(await check(log))]).toEqual([off, rules]);
  }
});

test.skipIf(!sharedPresent)(
  `a dump shows that the device still waits for the missed notification${sharedTitle}`,
  async () => {
    const capture = `${SHARED}/captures/driver-kick-rfcv2-packed`;
    const { findings } = await checkSources([capture]);
    const missed = findings.filter(({ rule }) => rule === "queue/kick-missed");
    expect(missed.map(({ effects }) => effects.at(-1)?.message)).toEqual(
      [3, 6].map(
        (slots) =>
          `the dump: ${slots} slots stand available that the device has not taken, and it waits to be notified`,
      ),
    );
  },
);
