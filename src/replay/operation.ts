import { FIELDS, KIND } from "../model/event.ts";
import type { Place } from "../model/finding.ts";
import { MemoryLog, SegmentLog } from "../model/memory.ts";
import { NONE } from "./ring-facts.ts";

/** One logged operation, as a ring's shadow takes it in; filled anew for each. */
export interface Operation {
  kind: number;
  place: Place;
  func: string;
  /** Its steps: a stretch of a log. */
  log: MemoryLog;
  from: number;
  to: number;
  /** The elements that an add was given: a stretch of another. Empty where the source does not tell. */
  elements: SegmentLog;
  elementsFrom: number;
  elementsTo: number;
  /** What it returned; NaN where it returns nothing. */
  result: number;
  /** The buffer that an add was given or a get_buf returned; 0 none, NaN not told. */
  token: number;
  /** The buffer that a device took; NaN none, or not told. */
  bufferId: number;
  /** The device's own position (packed) or index (split) after it; NONE where it is not told. */
  deviceAvail: number;
  /** All fields of its event, from `base` on: NaN where absent. */
  values: Float64Array;
  base: number;
}

export function blankOperation(): Operation {
  return {
    kind: KIND.create,
    place: { seq: 0, line: 0, time: 0, cpu: 0 },
    func: "",
    log: new MemoryLog(1),
    from: 0,
    to: 0,
    elements: new SegmentLog(1),
    elementsFrom: 0,
    elementsTo: 0,
    result: Number.NaN,
    token: Number.NaN,
    bufferId: Number.NaN,
    deviceAvail: NONE,
    values: new Float64Array(FIELDS.length).fill(Number.NaN),
    base: 0,
  };
}
