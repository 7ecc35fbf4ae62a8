import { EventBatch } from "../model/batch.ts";
import { EVENT_KINDS, FIELD } from "../model/event.ts";
import type { Place } from "../model/finding.ts";
import { QUEUE_SIZE_MAX } from "../virtio/packed.ts";

/** What one begin shows of a driver's state. NaN where the probe did not record it. */
export interface Sample {
  readonly place: Place;
  readonly kind: number;
  /** The traced function's name. */
  readonly func: string;
  readonly nextAvail: number;
  readonly availWrap: number;
  readonly lastUsed: number;
  readonly numFree: number;
  readonly numAdded: number;
  readonly driverOffWrap: number;
  readonly driverFlags: number;
  readonly deviceOffWrap: number;
  readonly deviceFlags: number;
  readonly availIdx: number;
  readonly usedFlags: number;
  readonly availEvent: number;
}

export function placeOf(batch: EventBatch, row: number): Place {
  return {
    seq: batch.seq[row] as number,
    line: batch.line[row] as number,
    time: batch.time[row] as number,
    cpu: batch.cpu[row] as number,
  };
}

export function sampleOf(batch: EventBatch, row: number): Sample {
  const base = row * EventBatch.FIELD_COUNT;
  const { values } = batch;
  const func = batch.func[row] as number;
  const kind = batch.kind[row] as number;
  return {
    place: placeOf(batch, row),
    kind,
    func: func < 0 ? (EVENT_KINDS[kind] as string) : batch.strings.text(func),
    nextAvail: values[base + FIELD.nextAvail] as number,
    availWrap: values[base + FIELD.availWrap] as number,
    lastUsed: values[base + FIELD.lastUsed] as number,
    numFree: values[base + FIELD.numFree] as number,
    numAdded: values[base + FIELD.numAdded] as number,
    driverOffWrap: values[base + FIELD.driverOffWrap] as number,
    driverFlags: values[base + FIELD.driverFlags] as number,
    deviceOffWrap: values[base + FIELD.deviceOffWrap] as number,
    deviceFlags: values[base + FIELD.deviceFlags] as number,
    availIdx: values[base + FIELD.availIdx] as number,
    usedFlags: values[base + FIELD.usedFlags] as number,
    availEvent: values[base + FIELD.availEvent] as number,
  };
}

/** A whole number in [0, max]: what the struct fields behind the probes can hold. */
export function isCount(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= max;
}

export function isQueueSize(value: number): boolean {
  return isCount(value, QUEUE_SIZE_MAX) && value > 0;
}

export const hex = (value: number): string => `0x${value.toString(16)}`;
