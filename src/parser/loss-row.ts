import { EventBatch } from "../model/batch.ts";
import { FIELD, KIND, LAYOUT_UNKNOWN, LEVEL, PHASE_BEGIN } from "../model/event.ts";

/** Makes a row an event of which no more is known than its kind and CPU (-1: of any). */
export function fillBareRow(batch: EventBatch, row: number, kind: number, cpu: number): void {
  batch.kind[row] = kind;
  batch.phase[row] = PHASE_BEGIN;
  batch.cpu[row] = cpu;
  batch.pid[row] = -1;
  batch.level[row] = LEVEL.unknown;
  batch.layoutHint[row] = LAYOUT_UNKNOWN;
  batch.time[row] = 0;
  batch.bytes[row] = 0;
  batch.task[row] = -1;
  batch.queue[row] = -1;
  batch.func[row] = -1;
  batch.caller[row] = -1;
}

/** Makes a row a loss mark: `count` events of a CPU are missing here; 0 when unknown. */
export function fillLossRow(batch: EventBatch, row: number, cpu: number, count: number): void {
  fillBareRow(batch, row, KIND.lost, cpu);
  batch.values[row * EventBatch.FIELD_COUNT + FIELD.lostCount] = count;
}
