// One measurement of bench/shadow.ts: LOG ring|calls|rules. Prints million operations a second.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { EventBatch, StringTable } from "../src/model/batch.ts";
import { KIND } from "../src/model/event.ts";
import { OperationLog, type RingSetup } from "../src/model/memory.ts";
import { RinglogReader } from "../src/parser/ringlog/reader.ts";
import type { Observation } from "../src/replay/observation.ts";
import { blankOperation } from "../src/replay/operation.ts";
import type { QueueContext } from "../src/replay/queue-context.ts";
import { Replay } from "../src/replay/replay.ts";
import { RingShadow } from "../src/replay/ring-shadow.ts";
import { placeOf } from "../src/replay/sample.ts";
import { Check } from "../src/rules/check.ts";
import { RULES } from "../src/rules/index.ts";
import { median } from "./median.ts";

const [log = "", mode = "calls"] = process.argv.slice(2);

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

/** What a ring's shadow asks of its queue, where nobody listens. */
function deafQueue(setup: RingSetup): QueueContext {
  const view = { number: 0, id: "", name: "", index: 0, ordinal: 0 };
  const { layout, queueSize: size, eventIdx } = setup;
  const nothing = (): void => {};
  return {
    view: { ...view, layout, size },
    layout,
    size,
    indirect: setup.indirect,
    eventIdx,
    everyOperationTold: true,
    mayBeExchanged: () => false,
    pairsIntact: () => true,
    emit: nothing,
    gap: nothing,
    exchanged: nothing,
    resized: nothing,
    merged: nothing,
  };
}

/** The memory alone: what the driver's calls show beside it is left out. */
function followRings(batches: readonly EventBatch[]): void {
  let ring: RingShadow | undefined;
  const operation = blankOperation();
  for (const batch of batches) {
    const { setup, memory, memoryEnd, segments, segmentsEnd } = batch.operations as OperationLog;
    for (let row = 0; row < batch.length; row++) {
      const kind = batch.kind[row] as number;
      if (kind === KIND.create && setup !== undefined)
        ring = new RingShadow(deafQueue(setup), setup);
      operation.kind = kind;
      operation.place = placeOf(batch, row);
      operation.func = batch.strings.text(batch.func[row] as number);
      operation.log = memory;
      operation.from = row === 0 ? 0 : (memoryEnd[row - 1] as number);
      operation.to = memoryEnd[row] as number;
      operation.elements = segments;
      operation.elementsFrom = row === 0 ? 0 : (segmentsEnd[row - 1] as number);
      operation.elementsTo = segmentsEnd[row] as number;
      operation.result = batch.value(row, "result");
      ring?.step(operation);
    }
  }
}

/** Operations a second: of the ring alone, with the driver's calls, and with all rules. */
function measure(batches: readonly EventBatch[], mode: string, runs: number): number {
  const operations = batches.reduce((sum, batch) => sum + batch.length, 0);
  // Processor time, the compiler's and the collector's threads counted in.
  const started = process.cpuUsage();
  for (let run = 0; run < runs; run++) {
    if (mode === "ring") {
      followRings(batches);
      continue;
    }
    const check = new Check(RULES);
    const replay = new Replay({
      observe: mode === "rules" ? (seen: Observation) => check.observe(seen) : () => {},
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
measure(batches, mode, WARM);
const rates = Array.from({ length: ROUNDS }, () => measure(batches, mode, RUNS));
console.log((median(rates) / 1e6).toFixed(2));
