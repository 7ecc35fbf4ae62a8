// One measurement of bench/shadow.ts: LOG alone|rules. Prints million operations a second.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { EventBatch, StringTable } from "../src/model/batch.ts";
import { OperationLog } from "../src/model/memory.ts";
import { RinglogReader } from "../src/parser/ringlog/reader.ts";
import type { Observation } from "../src/replay/observation.ts";
import { Replay } from "../src/replay/replay.ts";
import { Check } from "../src/rules/check.ts";
import { RULES } from "../src/rules/index.ts";
import { median } from "./median.ts";

const [log = "", judge] = process.argv.slice(2);

/** A log as batches that are kept. */
function batchesOf(path: string): EventBatch[] {
  const strings = new StringTable();
  const batches: EventBatch[] = [];
  const reader = new RinglogReader({
    strings,
    firstSeq: 0,
    emit: (batch) => {
      batches.push(kept(batch));
      batch.clear();
      return batch;
    },
  });
  const bytes = readFileSync(path);
  reader.push(path.endsWith(".gz") ? gunzipSync(bytes) : bytes);
  reader.end();
  return batches;
}

/** The reader uses its memory again: a copy keeps what it held. */
function kept(batch: EventBatch): EventBatch {
  const copy = new EventBatch(batch.capacity, batch.strings, batch.buffer.slice(0));
  copy.length = batch.length;
  const operations = new OperationLog(batch.capacity);
  const from = batch.operations as OperationLog;
  operations.setup = from.setup;
  operations.memoryEnd.set(from.memoryEnd);
  operations.segmentsEnd.set(from.segmentsEnd);
  for (let i = 0; i < from.memory.length; i++) {
    const { op, area, offset, width, low, high } = from.memory;
    operations.memory.push(
      op[i] as number,
      area[i] as number,
      offset[i] as number,
      width[i] as number,
      low[i] as number,
      high[i] as number,
    );
  }
  for (let i = 0; i < from.segments.length; i++) {
    const { addr, len, writable } = from.segments;
    operations.segments.push(addr[i] as number, len[i] as number, writable[i] as number);
  }
  copy.operations = operations;
  return copy;
}

const WARM = 300;
const ROUNDS = 5;
const RUNS = 200;

/** Operations a second; with `judge`, all rules look at what the shadow states. */
function measure(batches: readonly EventBatch[], judge: boolean, runs: number): number {
  const operations = batches.reduce((sum, batch) => sum + batch.length, 0);
  // Processor time, the compiler's and the collector's threads counted in.
  const started = process.cpuUsage();
  for (let run = 0; run < runs; run++) {
    const check = new Check(RULES);
    const replay = new Replay({
      observe: judge ? (seen: Observation) => check.observe(seen) : () => {},
      gap: () => {},
      pointerText: String,
      clock: () => ({ major: 0, minor: 0, unit: "ticks" }),
    });
    for (const batch of batches) replay.step(batch);
    replay.end(String);
  }
  const { user, system } = process.cpuUsage(started);
  return (operations * runs) / ((user + system) / 1e6);
}

const batches = batchesOf(log);
measure(batches, judge === "rules", WARM);
const rates = Array.from({ length: ROUNDS }, () => measure(batches, judge === "rules", RUNS));
console.log((median(rates) / 1e6).toFixed(2));
