import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { EventBatch, StringTable } from "../src/model/batch.ts";
import { EVENT_KINDS, FIELDS } from "../src/model/event.ts";
import { PointerTable } from "../src/model/pointer.ts";
import { clockText } from "../src/model/time.ts";
import { FtraceReader } from "../src/parser/ftrace/reader.ts";
import { type ReferenceEvent, referenceEvent } from "./reference-reader.ts";
import { captureText, STORIES, sharedPresent, sharedTitle } from "./run.ts";

/** What the byte scanner makes of a text, in the reference reader's terms. */
function scanned(text: string, chunkBytes = 1 << 16): ReferenceEvent[] {
  const strings = new StringTable();
  const pointers = new PointerTable();
  const rows: { event: Omit<ReferenceEvent, "time">; since: number }[] = [];
  const reader = new FtraceReader({
    strings,
    pointers,
    firstSeq: 0,
    emit: (batch) => {
      for (let row = 0; row < batch.length; row++) {
        const kind = EVENT_KINDS[batch.kind[row] as number] as ReferenceEvent["kind"];
        if (kind === "lost") continue;
        rows.push({
          since: batch.time[row] as number,
          event: {
            kind,
            phase: batch.phase[row] === 0 ? "begin" : "end",
            pid: batch.pid[row] as number,
            cpu: batch.cpu[row] as number,
            fields: fieldsOf(batch, row, strings, pointers),
          },
        });
      }
      batch.clear();
      return batch;
    },
  });
  const bytes = Buffer.from(text, "latin1");
  for (let at = 0; at < bytes.length; at += chunkBytes)
    reader.push(bytes.subarray(at, at + chunkBytes));
  reader.end();
  const { clock } = reader;
  return rows.map(({ event, since }) => ({
    ...event,
    time: clock === undefined ? 0n : BigInt(clockText(clock, since).replace(".", "")),
  }));
}

function fieldsOf(
  batch: EventBatch,
  row: number,
  strings: StringTable,
  pointers: PointerTable,
): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const [code, field] of FIELDS.entries()) {
    const value = batch.values[row * EventBatch.FIELD_COUNT + code] as number;
    if (Number.isNaN(value)) continue;
    fields[field] = field === "name" ? strings.text(value) : String(BigInt(pointers.text(value)));
  }
  return fields;
}

function referenced(text: string): ReferenceEvent[] {
  const lines = text.split("\n");
  // The unfinished last line is nobody's event.
  lines.pop();
  return lines.map((line) => referenceEvent(line)).filter((event) => event !== undefined);
}

const stories = STORIES.filter((path) => path.endsWith(".txt") && !/graph/.test(path));
// The grammar has the usual columns, and no calls of function_graph; tests/text-formats.test.ts holds the others against these.
const layouts = readdirSync("fixtures/ftrace")
  .filter((name) => !/latency|dmesg|fgraph/.test(name))
  .map((name) => `fixtures/ftrace/${name}`);

test.each([...stories, ...layouts])("%s: the scanner reads what the grammar reads", (path) => {
  const text = readFileSync(path, "latin1");
  expect(scanned(text)).toEqual(referenced(text));
});

test.each([1, 7, 64, 1000])("chunks of %i bytes make no difference", (chunkBytes) => {
  const text = readFileSync("fixtures/stories/kick-missed/trace.txt", "latin1");
  expect(scanned(text, chunkBytes)).toEqual(scanned(text));
});

describe.skipIf(!sharedPresent)(`captures${sharedTitle}`, () => {
  test.each([
    "packed-blk-net-rng/trace.txt.gz",
    "packed-irq/trace.txt.gz",
    "packed-dat/trace-cmd-report.txt.gz",
  ])("%s: the scanner reads what the grammar reads", (path) => {
    const text = captureText(path).split("\n").slice(0, 8000).concat("").join("\n");
    expect(scanned(text)).toEqual(referenced(text));
  });
});
