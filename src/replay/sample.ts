import { EventBatch } from "../model/batch.ts";
import { EVENT_KINDS, FIELD, KIND } from "../model/event.ts";
import type { Place } from "../model/finding.ts";
import { QUEUE_SIZE_MAX } from "../virtio/packed.ts";

/**
 * What the engine does not know. Counts, words and positions are never negative, and the compiler
 * keeps small whole numbers without a box of their own, which it does not for NaN.
 */
export const UNKNOWN = -1;

export function isKnown(value: number): boolean {
  return value >= 0;
}

/** What one begin shows of a driver's state. UNKNOWN where the probe did not record it. */
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

/** A batch has NaN where a field is absent; what is no count of any kernel is not known either. */
function known(value: number): number {
  return value >= 0 && value <= 0x7fff_ffff ? value | 0 : UNKNOWN;
}

/** A sample that the ring's own words may still be put into. */
export type OpenSample = { -readonly [key in keyof Sample]: Sample[key] };

export function sampleOf(batch: EventBatch, row: number): OpenSample {
  const base = row * EventBatch.FIELD_COUNT;
  const { values } = batch;
  const func = batch.func[row] as number;
  const kind = batch.kind[row] as number;
  return {
    place: placeOf(batch, row),
    kind,
    func: func < 0 ? (EVENT_KINDS[kind] as string) : batch.strings.text(func),
    nextAvail: known(values[base + FIELD.nextAvail] as number),
    availWrap: known(values[base + FIELD.availWrap] as number),
    lastUsed: known(values[base + FIELD.lastUsed] as number),
    numFree: known(values[base + FIELD.numFree] as number),
    numAdded: known(values[base + FIELD.numAdded] as number),
    driverOffWrap: known(values[base + FIELD.driverOffWrap] as number),
    driverFlags: known(values[base + FIELD.driverFlags] as number),
    deviceOffWrap: known(values[base + FIELD.deviceOffWrap] as number),
    deviceFlags: known(values[base + FIELD.deviceFlags] as number),
    availIdx: known(values[base + FIELD.availIdx] as number),
    usedFlags: known(values[base + FIELD.usedFlags] as number),
    availEvent: known(values[base + FIELD.availEvent] as number),
  };
}

/** What an operation log shows of a driver's state: the event words stand in the ring itself. */
export function stateOf(batch: EventBatch, row: number): OpenSample {
  const base = row * EventBatch.FIELD_COUNT;
  const { values } = batch;
  return {
    place: placeOf(batch, row),
    kind: batch.kind[row] as number,
    func: batch.strings.text(batch.func[row] as number),
    nextAvail: known(values[base + FIELD.nextAvail] as number),
    availWrap: known(values[base + FIELD.availWrap] as number),
    lastUsed: known(values[base + FIELD.lastUsed] as number),
    numFree: known(values[base + FIELD.numFree] as number),
    numAdded: known(values[base + FIELD.numAdded] as number),
    driverOffWrap: UNKNOWN,
    driverFlags: UNKNOWN,
    deviceOffWrap: UNKNOWN,
    deviceFlags: UNKNOWN,
    availIdx: known(values[base + FIELD.availIdx] as number),
    usedFlags: UNKNOWN,
    availEvent: UNKNOWN,
  };
}

/** The same sample with another available position and count. (A spread of as many fields is slow.) */
export function sampleAt(
  sample: Sample,
  at: Pick<Sample, "numAdded" | "nextAvail" | "availWrap" | "availIdx">,
): Sample {
  return {
    place: sample.place,
    kind: sample.kind,
    func: sample.func,
    nextAvail: at.nextAvail,
    availWrap: at.availWrap,
    lastUsed: sample.lastUsed,
    numFree: sample.numFree,
    numAdded: at.numAdded,
    driverOffWrap: sample.driverOffWrap,
    driverFlags: sample.driverFlags,
    deviceOffWrap: sample.deviceOffWrap,
    deviceFlags: sample.deviceFlags,
    availIdx: at.availIdx,
    usedFlags: sample.usedFlags,
    availEvent: sample.availEvent,
  };
}

/** What is known before anything was seen: only a place. */
export function blankSample(place: Place): Sample {
  return {
    place,
    kind: KIND.create,
    func: "the creation of the queue",
    nextAvail: UNKNOWN,
    availWrap: UNKNOWN,
    lastUsed: UNKNOWN,
    numFree: UNKNOWN,
    numAdded: UNKNOWN,
    driverOffWrap: UNKNOWN,
    driverFlags: UNKNOWN,
    deviceOffWrap: UNKNOWN,
    deviceFlags: UNKNOWN,
    availIdx: UNKNOWN,
    usedFlags: UNKNOWN,
    availEvent: UNKNOWN,
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
