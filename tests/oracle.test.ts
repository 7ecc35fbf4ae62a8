import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CheckReport } from "../src/model/check-report.ts";
import { checkSources } from "../src/pipeline/check.ts";
import { RULES } from "../src/rules/index.ts";
import { randomOf, SHARED, sharedPresent, sharedTitle } from "./run.ts";
import { NAMED, type VariantLog, variantLogs, variantsPage } from "./variants.ts";

const STOCK = `${SHARED}/oracle/stock`;
const stock = sharedPresent ? readdirSync(STOCK).filter((file) => file.endsWith(".gz")) : [];

const NO_LIFE = "the logs begin where the queue is created: they tell no status";
const NO_FEATURES = "the logs tell the features that were negotiated, not those offered";

/**
 * Rules that no log of the real driver can satisfy, and why. Everything else must have been: a rule
 * that never met the evidence it asks for has not been shown to be silent on it.
 */
const NOT_EXERCISED: Readonly<Record<string, string>> = {
  "queue/interrupt-after-empty": "NOTIFY_ON_EMPTY is a legacy feature that nobody negotiates",
  "queue/notify-data-wrong": "the driver's kernel knows no NOTIFICATION_DATA",
  "device/any-layout-missing": NO_FEATURES,
  "device/bit-30": NO_FEATURES,
  "device/config-written-early": NO_LIFE,
  "device/failed-without-reset": NO_LIFE,
  "device/feature-declined": NO_FEATURES,
  "device/feature-not-accepted": NO_FEATURES,
  "device/feature-not-offered": NO_FEATURES,
  "device/feature-prerequisite-missing": NO_FEATURES,
  "device/feature-unknown": NO_FEATURES,
  "device/features-after-ok": NO_LIFE,
  "device/features-ok-on-legacy": NO_FEATURES,
  "device/features-refused": NO_LIFE,
  "device/kick-before-driver-ok": NO_LIFE,
  "device/needs-reset-not-told": NO_LIFE,
  "device/reset-not-awaited": NO_LIFE,
  "device/status-bit-cleared": NO_LIFE,
  "device/status-out-of-order": NO_LIFE,
  "device/used-before-driver-ok": NO_LIFE,
  "device/version-1-not-offered": NO_FEATURES,
  "queue/filled-not-popped":
    "the device names the descriptors that it takes, and no pointers of its own",
  "queue/flush-count-wrong":
    "the device names the descriptors that it takes, and no pointers of its own",
  "queue/reset-not-verified": "these drivers reset the device, never one queue",
  "split/legacy-layout": "no legacy device is among them",
  "queue/notify-not-seen": "a log's notification is the operation after the decision, not a probe",
  "queue/publication-delayed": "operations have numbers, not times",
  "queue/interrupt-not-seen": "the device's own decisions are told, and judged instead",
  "queue/wrong-endianness": "at its snapshots no descriptor has flags that tell a byte order",
  "queue/used-out-of-order": "Linux 6.1 does not negotiate VIRTIO_F_IN_ORDER",
  "split/in-order-not-sequential": "Linux 6.1 does not negotiate VIRTIO_F_IN_ORDER",
};

describe.skipIf(!sharedPresent)(`logs of the real driver${sharedTitle}`, () => {
  const satisfied = new Map<string, number>();

  test("there are 46", () => expect(stock.length).toBe(46));

  test.each(stock)("%s: no error, no warning", async (file) => {
    const report = await checkSources([join(STOCK, file)]);
    expect(report.findings.filter(({ severity }) => severity !== "note")).toEqual([]);
    const [source] = report.sources;
    expect(source?.diagnostics).toEqual([]);
    expect(source?.ledger.rejected).toBe(0);
    expect(report.gaps).toEqual([]);
    for (const row of report.coverage) {
      satisfied.set(row.rule, (satisfied.get(row.rule) ?? 0) + row.satisfied);
    }
  });

  test("every rule that such a log can decide was satisfied", () => {
    const idle = RULES.map(({ id }) => id).filter((id) => (satisfied.get(id) ?? 0) === 0);
    expect(idle).toEqual(Object.keys(NOT_EXERCISED).sort());
  });
});

describe.skipIf(!sharedPresent)(`broken drivers${sharedTitle}`, () => {
  let logs: VariantLog[] = [];

  beforeAll(async () => {
    logs = await variantLogs();
  }, 120_000);

  test("docs/variants.md says what is found", () => {
    // npm run variants writes it anew.
    expect(readFileSync("docs/variants.md", "utf8")).toBe(variantsPage(logs));
  });

  test.each(Object.keys(NAMED))("%s is found in every log, by its name", (variant) => {
    const own = logs.filter((log) => log.variant === variant);
    expect(own.length).toBeGreaterThan(0);
    for (const { config, level, differs, found, others } of own) {
      expect({ config, others }).toEqual({ config, others: [] });
      const soft = level === "hint" || level === "spurious";
      expect(found).toMatchObject(soft ? {} : { severity: "error" });
      // What proves it comes no earlier than the first difference from the right driver.
      expect(found?.proof).toBeGreaterThanOrEqual(differs);
    }
  });
});

describe.skipIf(!sharedPresent)(`logs with a loss${sharedTitle}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "vringscope-ringlog-"));
  const path = join(folder, "log.jsonl");
  afterAll(() => rmSync(folder, { recursive: true }));

  const check = async (lines: readonly string[]): Promise<CheckReport> => {
    writeFileSync(path, `${lines.join("\n")}\n`);
    return checkSources([path]);
  };

  test.each(stock.filter((file) => /n8-/.test(file)))("%s", async (file) => {
    const seed = 20261123 + stock.indexOf(file);
    const random = randomOf(seed);
    const lines = gunzipSync(readFileSync(join(STOCK, file)))
      .toString()
      .trim()
      .split("\n");
    const [header = "", ...rest] = lines;
    const at = Math.floor(random() * rest.length);
    const cuts: Readonly<Record<string, string[]>> = {
      "1% gone": [header, ...rest.filter(() => random() >= 0.01)],
      "half gone": [header, ...rest.filter(() => random() >= 0.5)],
      "one unreadable": [header, ...rest.with(at, '{"seq":1,"actor":"driver","op":"add"}')],
      "only the device": [header, ...rest.filter((line) => !line.includes('"actor":"driver"'))],
      "only the driver": [header, ...rest.filter((line) => !line.includes('"actor":"device"'))],
      "from the middle": [header, ...rest.slice(at)],
      "up to the middle": [header, ...rest.slice(0, at)],
    };
    for (const [cut, kept] of Object.entries(cuts)) {
      const { findings } = await check(kept);
      const loud = findings.filter(({ severity }) => severity !== "note");
      expect({ seed, cut, loud }).toEqual({ seed, cut, loud: [] });
    }
  });
});
