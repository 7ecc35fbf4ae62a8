import { AREA } from "../../model/memory.ts";
import type {
  Certainty,
  DumpBuffer,
  DumpSlot,
  RingDump,
  SlotState,
} from "../../model/ring-dump.ts";
import {
  DESC_BYTES,
  DESC_LEN,
  SPLIT_DESC_FLAGS,
  SPLIT_DESC_NEXT,
} from "../../virtio/descriptor.ts";
import { availEntry, RING_IDX, usedElem } from "../../virtio/split.ts";
import { u16, u16Distance } from "../../virtio/u16.ts";
import { BufferWalks, NOT_WALKED } from "./buffer-walks.ts";
import { walkedBuffer } from "./dump-buffer.ts";
import { addressAt, type DumpInput, neverWritten } from "./dump-input.ts";
import { splitEvent } from "./event-sentences.ts";
import type { DecodedDump } from "./packed-dump.ts";
import { contentUnknowns, instantUnknowns } from "./unknowns.ts";

/** Decodes a split queue (virtio 1.3, 2.7) from its bytes at one instant. */
export function decodeSplit(input: DumpInput): DecodedDump {
  const { memory, features, hasDriverArea, hasDeviceArea } = input;
  const { queueSize } = memory;
  const availIdx = hasDriverArea ? memory.get16(AREA.driver, RING_IDX) : null;
  const usedIdx = hasDeviceArea
    ? memory.get16(AREA.device, RING_IDX)
    : (input.device?.used ?? null);
  const { heads, certainty, unknown } = inFlightHeads(input, availIdx, usedIdx);
  const walks = new BufferWalks(input);
  const buffers = heads.map(
    (head): DumpBuffer => ({ id: head, ...walkedBuffer(memory, walks, head), taken: null }),
  );
  markTaken(input, buffers, availIdx);
  const owner = new Map<number, number>();
  for (const [i, { slots }] of buffers.entries()) {
    for (const slot of slots) if (!owner.has(slot)) owner.set(slot, i);
  }
  const allWalked = buffers.every(({ broken }) => broken !== NOT_WALKED);
  const rest = allWalked ? restState(input, availIdx, usedIdx, certainty) : "unknown";
  const slots: DumpSlot[] = [];
  for (let slot = 0; slot < queueSize; slot++) {
    const buffer = owner.get(slot) ?? null;
    slots.push({
      slot,
      state: buffer !== null ? "available" : isUntouched(input, slot) ? "never" : rest,
      id: null,
      next: memory.get16(AREA.desc, slot * DESC_BYTES + SPLIT_DESC_NEXT),
      addr: addressAt(memory, slot),
      len: memory.get32(AREA.desc, slot * DESC_BYTES + DESC_LEN),
      flags: memory.get16(AREA.desc, slot * DESC_BYTES + SPLIT_DESC_FLAGS),
      buffer,
    });
  }
  unknown.push(...splitUnknowns(input, buffers, usedIdx));
  const dump: RingDump = {
    layout: "split",
    size: queueSize,
    features: features === undefined ? null : [...features],
    slots,
    driverPosition: null,
    devicePosition: null,
    takenPosition: null,
    certainty,
    candidates: [],
    availIdx,
    usedIdx,
    inFlight: buffers,
    events: { driver: splitEvent(input, "driver"), device: splitEvent(input, "device") },
    unknown,
  };
  return {
    dump,
    starts: heads,
    nothingUsed: usedIdx === 0 && (availIdx ?? queueSize + 1) <= queueSize,
  };
}

/** Linux links free descriptors by `next` when it makes the table; nothing else of them is written. */
function isUntouched({ memory }: DumpInput, slot: number): boolean {
  if (neverWritten(memory, slot)) return true;
  const at = slot * DESC_BYTES;
  return (
    addressAt(memory, slot) === 0n &&
    memory.get32(AREA.desc, at + DESC_LEN) === 0 &&
    memory.get16(AREA.desc, at + SPLIT_DESC_FLAGS) === 0
  );
}

/** What a written descriptor outside every buffer in flight is. */
function restState(
  input: DumpInput,
  availIdx: number | null,
  usedIdx: number | null,
  certainty: Certainty,
): SlotState {
  if (availIdx === null || usedIdx === null || certainty === "ambiguous") return "unknown";
  return u16Distance(usedIdx, availIdx) > input.memory.queueSize ? "unknown" : "stale";
}

/**
 * The heads made available and not used. As many as avail.idx is ahead of used.idx; which ones, the
 * available ring tells if buffers were used in the order in which they were made available, and
 * otherwise what the used ring does not name.
 */
function inFlightHeads(
  input: DumpInput,
  availIdx: number | null,
  usedIdx: number | null,
): { heads: number[]; certainty: Certainty; unknown: string[] } {
  const { memory, hasDeviceArea } = input;
  const { queueSize } = memory;
  if (availIdx === null || usedIdx === null) {
    const what =
      availIdx === null ? "the available ring is not in the dump" : "used.idx is not in the dump";
    return { heads: [], certainty: "ambiguous", unknown: [`what is in flight: ${what}`] };
  }
  const count = u16Distance(usedIdx, availIdx);
  if (count > queueSize) {
    return {
      heads: [],
      certainty: "ambiguous",
      unknown: [
        `what is in flight: avail.idx ${availIdx} is ${count} ahead of used.idx ${usedIdx}, more than the queue's ` +
          `${queueSize}${input.paused ? "" : "; the two were perhaps read at different moments"}`,
      ],
    };
  }
  const newest = headsFrom(input, usedIdx, availIdx);
  if (count === 0) return { heads: [], certainty: "certain", unknown: [] };
  if (input.features?.has("VIRTIO_F_IN_ORDER") === true) {
    return { heads: newest, certainty: "certain", unknown: [] };
  }
  if (!hasDeviceArea) return { heads: newest, certainty: "likely", unknown: [IN_ORDER_ASSUMED] };
  const used = usedCounts(input, availIdx, usedIdx);
  const window = Math.max(count, Math.min(queueSize, availIdx));
  const exposed = headsFrom(input, u16(availIdx - window), availIdx);
  if (sinceStart(input, availIdx, usedIdx)) {
    return { heads: difference(exposed, used.since), certainty: "certain", unknown: [] };
  }
  // A head that no used element still there names cannot have been used since it was made available.
  if (newest.every((head) => !used.ids.has(head))) {
    return { heads: newest, certainty: "certain", unknown: [] };
  }
  const left = difference(exposed, used.since);
  return {
    heads: left.length === count ? left : newest,
    certainty: "likely",
    unknown: [left.length === count && !used.ordered ? OUT_OF_ORDER : IN_ORDER_ASSUMED],
  };
}

const IN_ORDER_ASSUMED =
  "which heads are in flight: these if buffers were used in the order in which they were made available; " +
  "the entries that would prove it are overwritten";
const OUT_OF_ORDER =
  "which heads are in flight: buffers were used out of order; these are the ones that the available ring " +
  "names more often than the used ring, among the entries that are still there";

/** Ids in the used ring: all that are there, and those of the entries that the available ring holds too. */
function usedCounts(
  { memory }: DumpInput,
  availIdx: number,
  usedIdx: number,
): { readonly ids: Set<number>; readonly since: Map<number, number>; readonly ordered: boolean } {
  const { queueSize } = memory;
  const count = u16Distance(usedIdx, availIdx);
  const compared = Math.max(count, Math.min(queueSize, availIdx)) - count;
  const ids = new Set<number>();
  const since = new Map<number, number>();
  let ordered = true;
  for (let back = 1; back <= queueSize; back++) {
    const slot = u16(usedIdx - back) % queueSize;
    const id = memory.get32(AREA.device, usedElem(slot));
    ids.add(id);
    if (back > compared) continue;
    since.set(id, (since.get(id) ?? 0) + 1);
    if (memory.get16(AREA.driver, availEntry(slot)) !== id) ordered = false;
  }
  return { ids, since, ordered };
}

/** Whether the rings still hold every entry since the queue was made: the rest of them was never written. */
function sinceStart({ memory }: DumpInput, availIdx: number, usedIdx: number): boolean {
  const { queueSize } = memory;
  if (availIdx > queueSize || usedIdx > availIdx) return false;
  for (let slot = availIdx; slot < queueSize; slot++) {
    if (memory.get16(AREA.driver, availEntry(slot)) !== 0) return false;
  }
  for (let slot = usedIdx; slot < queueSize; slot++) {
    const at = usedElem(slot);
    if (memory.get32(AREA.device, at) !== 0 || memory.get32(AREA.device, at + 4) !== 0)
      return false;
  }
  return true;
}

/** What the available ring names more often than the used ring. */
function difference(exposed: readonly number[], used: Map<number, number>): number[] {
  const left = new Map(used);
  return exposed.filter((head) => {
    const uses = left.get(head) ?? 0;
    if (uses > 0) left.set(head, uses - 1);
    return uses === 0;
  });
}

function headsFrom({ memory }: DumpInput, from: number, until: number): number[] {
  const heads: number[] = [];
  for (let i = 0; i < u16Distance(from, until); i++) {
    heads.push(memory.get16(AREA.driver, availEntry(u16(from + i) % memory.queueSize)));
  }
  return heads;
}

/** The newest entries, from the device's own position on, it has not taken yet. */
function markTaken(input: DumpInput, buffers: DumpBuffer[], availIdx: number | null): void {
  const { device, memory } = input;
  if (device === undefined || availIdx === null) return;
  const untaken = u16Distance(device.taken, availIdx);
  if (untaken > memory.queueSize) return;
  const newest = new Set(headsFrom(input, device.taken, availIdx));
  for (const [i, buffer] of buffers.entries()) {
    buffers[i] = { ...buffer, taken: !newest.has(buffer.id) };
  }
}

function splitUnknowns(
  input: DumpInput,
  buffers: readonly DumpBuffer[],
  usedIdx: number | null,
): string[] {
  const unknown: string[] = [];
  if (usedIdx !== null && usedIdx !== 0) {
    unknown.push(
      "which of the used buffers the driver has taken back, and which descriptors are free: only the driver knows",
    );
  }
  unknown.push(...contentUnknowns(buffers));
  if (buffers.length > 0 && input.device === undefined) {
    unknown.push("which buffers in flight the device has taken: only the device knows");
  }
  if (buffers.length > 0) unknown.push(...instantUnknowns(input));
  return unknown;
}
