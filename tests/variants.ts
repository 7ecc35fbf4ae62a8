import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkSources } from "../src/pipeline/check.ts";
import { SHARED } from "./run.ts";

const FOLDER = `${SHARED}/oracle/variants`;

/** The rules that name each variant's mistake; any other would be a lucky hit. */
export const NAMED: Readonly<Record<string, readonly string[]>> = {
  "packed-delayed-off-overflow": ["packed/event-off-outside-ring"],
  "packed-desc-event-without-feature": ["packed/desc-event-without-feature"],
  "packed-flags-before-off-wrap": ["packed/event-flags-before-off-wrap"],
  "packed-flags-early": ["packed/published-too-early"],
  "packed-free-list-last": ["queue/buffer-id-in-flight-twice"],
  "packed-id-first-only": ["packed/id-not-in-last"],
  "packed-indirect-flag-missing": ["queue/indirect-flag-missing"],
  "packed-indirect-next-flag": ["packed/indirect-entry-flags"],
  "packed-indirect-wrap-not-flipped": ["packed/avail-flags-wrong-lap"],
  "packed-next-cut": ["packed/list-cut-short"],
  "packed-next-not-cleared": ["packed/next-not-cleared"],
  "packed-no-wmb": ["queue/publish-barrier-missing"],
  "packed-num-added-not-reset": ["queue/num-added-not-reset"],
  "packed-off-wrap-stale": ["queue/kick-missed"],
  "packed-used-wrap-not-flipped": ["packed/used-wrap-not-flipped"],
  "packed-wrap-counter-not-flipped": ["packed/avail-wrap-not-flipped"],
  "split-avail-points-to-tail": ["split/avail-entry-not-head"],
  "split-avail-slot-off-by-one": ["split/avail-entry-not-stored"],
  "split-double-add": ["queue/buffer-id-in-flight-twice"],
  "split-free-list-tail": ["queue/descriptor-in-flight-twice"],
  "split-idx-before-desc": ["split/published-too-early"],
  "split-idx-before-ring": ["split/published-too-early"],
  "split-indirect-len-count": ["queue/indirect-table-length"],
  "split-kick-ignores-event": ["queue/kick-superfluous"],
  "split-next-not-cleared": ["split/next-not-cleared"],
  "split-next-sequential": ["split/next-mislinked"],
  "split-used-event-plus1": ["queue/interrupt-asked-late"],
  "split-writable-first": ["queue/writable-before-readable"],
  "split-write-flag-missing": ["queue/element-direction-wrong"],
};

/** One broken driver's log, and what was found in it. */
export interface VariantLog {
  readonly variant: string;
  readonly level: string;
  readonly config: string;
  /** Operations at which it first differs from the right driver: in any way, and visibly. */
  readonly differs: number;
  readonly visible: number;
  /** The first finding of a rule that names the mistake, and the last event that proves it. */
  readonly found:
    | {
        readonly rule: string;
        readonly severity: string;
        readonly seq: number;
        readonly proof: number;
      }
    | undefined;
  /** Errors and warnings of any other rule, before or after. */
  readonly others: readonly string[];
}

/** Every log of the folder whose run shows its mistake at all. */
export async function variantLogs(): Promise<VariantLog[]> {
  const levels = new Map(
    (
      JSON.parse(readFileSync(join(FOLDER, "index.json"), "utf8")) as {
        name: string;
        level: string;
      }[]
    ).map(({ name, level }) => [name, level]),
  );
  const [head = "", ...rows] = readFileSync(join(FOLDER, "divergence.tsv"), "utf8")
    .trim()
    .split("\n");
  const column = (name: string): number => head.split("\t").indexOf(name);
  const present = new Set(readdirSync(FOLDER));
  const logs: VariantLog[] = [];
  for (const row of rows.map((line) => line.split("\t"))) {
    const [variant, config] = [row[column("variant")] as string, row[column("config")] as string];
    const file = `${variant}.${config}.jsonl.gz`;
    const visible = Number(row[column("visible_diff")]);
    if (!present.has(file) || visible < 0) continue;
    const { findings } = await checkSources([join(FOLDER, file)]);
    const named = NAMED[variant] ?? [];
    const found = findings.find(({ rule }) => named.includes(rule));
    logs.push({
      variant,
      level: levels.get(variant) as string,
      config,
      differs: Number(row[column("first_diff")]),
      visible,
      found:
        found === undefined
          ? undefined
          : {
              rule: found.rule,
              severity: found.severity,
              seq: found.place.seq,
              proof: Math.max(found.place.seq, ...found.evidence.map(({ place }) => place.seq)),
            },
      others: findings
        .filter(({ rule, severity }) => severity !== "note" && !named.includes(rule))
        .map(({ rule, place }) => `${rule}@${place.seq}`),
    });
  }
  return logs;
}

function groups<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const byKey = new Map<string, T[]>();
  for (const item of items) byKey.set(keyOf(item), [...(byKey.get(keyOf(item)) ?? []), item]);
  return byKey;
}

/** docs/variants.md: each broken driver, what finds it, and where. */
export function variantsPage(logs: readonly VariantLog[]): string {
  const rows = [...groups(logs, ({ variant }) => variant)].flatMap(([variant, some]) =>
    [...groups(some, ({ found }) => found?.rule ?? "NOT FOUND")].map(([rule, same]) => {
      const [{ level, config, differs, visible, found }] = same as [VariantLog];
      const places = found === undefined ? "" : ` | ${found.seq} | ${found.proof}`;
      const severity = found?.severity ?? "";
      return `| ${variant} | ${level} | \`${rule}\` | ${severity} | ${same.length} | ${config} | ${differs} | ${visible}${places} |`;
    }),
  );
  const variants = new Set(logs.map(({ variant }) => variant)).size;
  const missed = logs.filter(({ found }) => found === undefined).length;
  const besides = logs.filter(({ others }) => others.length > 0).length;
  return `# Broken drivers, and what finds them

<!-- printed by \`npm run variants\`; do not edit -->

Linux 6.1's virtio_ring.c with one deliberate mistake each, run against a correct device under a seeded
schedule, logged as [ringlog/1](ringlog.md). Numbers are operations of the first log: where it first differs
from the right driver in anything, private state included; where that is first visible from outside; the
deciding call of the finding; and the last operation that proves it. A mistake in private state is found by
that state, which may be before it shows outside. Levels: *hard* ring contents or publication, *lost* a
wanted notification, *inside* the driver misreads a correct ring, *spurious* superfluous notifications,
*hint* legal but not what was meant.

| variant | level | found by | severity | logs | first log | differs | visible | found | proven |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
${rows.join("\n")}

${variants} variants, ${logs.length} logs that show them, ${missed} not found; ${besides} logs with errors or warnings of any other rule.
`;
}
