// How fast the shadow of a ring follows operations that are parsed already, on one core.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { EventBatch, StringTable } from "../src/model/batch.ts";
import { OperationLog } from "../src/model/memory.ts";
import { RinglogReader } from "../src/parser/ringlog/reader.ts";
import type { Observation } from "../src/replay/observation.ts";
import { Replay } from "../src/replay/replay.ts";
import { Check } from "../src/rules/check.ts";
import { RULES } from "../src/rules/index.ts";

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

/** Operations a second; with `judge`, all rules look at what the shadow states. */
export function shadowSpeed(path: string, judge: boolean): number {
  const batches = batchesOf(path);
  const operations = batches.reduce((sum, batch) => sum + batch.length, 0);
  const run = (rounds: number): number => {
    const started = process.hrtime.bigint();
    for (let round = 0; round < rounds; round++) {
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
    return Number(process.hrtime.bigint() - started) / 1e9;
  };
  run(200);
  const rounds = 500;
  return (operations * rounds) / run(rounds);
}
