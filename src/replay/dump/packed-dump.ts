import { AREA } from "../../model/memory.ts";
import type {
  DumpBuffer,
  DumpSlot,
  PackedPosition,
  RingDump,
  SlotState,
} from "../../model/ring-dump.ts";
import { DESC_BYTES, DESC_LEN, VIRTQ_DESC_F_NEXT } from "../../virtio/descriptor.ts";
import {
  advancePosition,
  OWNER_BITS,
  positionDistance,
  positionSlot,
  positionText,
  positionWrap,
  usedBits,
} from "../../virtio/packed.ts";
import { BufferWalks } from "./buffer-walks.ts";
import { walkedBuffer } from "./dump-buffer.ts";
import { addressAt, type DumpInput, neverWritten } from "./dump-input.ts";
import { packedEvent } from "./event-sentences.ts";
import { flagsAt, idAt, type PackedBoundary, packedBoundary } from "./packed-boundary.ts";
import { accountPositions, type PackedStand, packedStand } from "./packed-device.ts";
import { contentUnknowns, instantUnknowns } from "./unknowns.ts";

/** A decoded dump, and where each buffer in flight starts: a position (packed) or the head (split). */
export interface DecodedDump {
  readonly dump: RingDump;
  readonly starts: readonly number[];
  /** Nothing was ever used, so every buffer that was made available is in flight, as it was written. */
  readonly nothingUsed: boolean;
}

/** Decodes a packed queue (virtio 1.3, 2.8) from its bytes at one instant. */
export function decodePacked(input: DumpInput): DecodedDump {
  const { memory, features } = input;
  const { queueSize } = memory;
  const boundary = packedBoundary(memory);
  const stand = packedStand(input, boundary);
  const known = stand.driver >= 0 && stand.device >= 0;
  const unknown = [...stand.unknown];
  const taken = takenPosition(input, stand);
  const { buffers, starts } = known
    ? listsBetween(input, stand, taken)
    : { buffers: [], starts: [] };
  const owner = new Map(buffers.flatMap(({ slots }, i) => slots.map((slot) => [slot, i] as const)));
  const slots: DumpSlot[] = [];
  for (let slot = 0; slot < queueSize; slot++) {
    slots.push({
      slot,
      state: slotState(memory, slot, boundary, stand),
      id: idAt(memory, slot),
      next: null,
      addr: addressAt(memory, slot),
      len: memory.get32(AREA.desc, slot * DESC_BYTES + DESC_LEN),
      flags: flagsAt(memory, slot),
      buffer: owner.get(slot) ?? null,
    });
  }
  unknown.push(...packedUnknowns(input, boundary, stand, buffers));
  const at = (position: number): PackedPosition | null =>
    position < 0
      ? null
      : { slot: positionSlot(position, queueSize), wrap: positionWrap(position, queueSize) };
  const dump: RingDump = {
    layout: "packed",
    size: queueSize,
    features: features === undefined ? null : [...features],
    slots,
    driverPosition: at(stand.driver),
    devicePosition: at(stand.device),
    takenPosition: at(taken),
    certainty: stand.certainty,
    candidates: stand.candidates.map(at).filter((position) => position !== null),
    availIdx: null,
    usedIdx: null,
    inFlight: buffers,
    events: { driver: packedEvent(input, "driver"), device: packedEvent(input, "device") },
    unknown,
  };
  const nothingUsed = boundary?.firstLap === true && boundary.lastUsed === undefined;
  return { dump, starts, nothingUsed };
}

/** Slots of the list that starts at a position, by NEXT, up to the driver's position. */
export function listSlots(input: DumpInput, start: number, driver: number): number[] {
  const { memory } = input;
  const { queueSize } = memory;
  const slots: number[] = [];
  for (let at = start; at !== driver && slots.length < queueSize; ) {
    const slot = positionSlot(at, queueSize);
    slots.push(slot);
    if ((flagsAt(memory, slot) & VIRTQ_DESC_F_NEXT) === 0) break;
    at = advancePosition(at, 1, queueSize);
  }
  return slots;
}

function listsBetween(
  input: DumpInput,
  { device, driver }: PackedStand,
  taken: number,
): { readonly buffers: DumpBuffer[]; readonly starts: number[] } {
  const { memory } = input;
  const { queueSize } = memory;
  const walks = new BufferWalks(input);
  const buffers: DumpBuffer[] = [];
  const starts: number[] = [];
  const untaken = taken < 0 ? -1 : positionDistance(taken, driver, queueSize);
  for (let at = device; at !== driver; ) {
    const slots = listSlots(input, at, driver);
    starts.push(at);
    buffers.push({
      id: idAt(memory, slots[slots.length - 1] as number),
      ...walkedBuffer(memory, walks, at),
      slots,
      taken: untaken < 0 ? null : positionDistance(at, driver, queueSize) > untaken,
    });
    at = advancePosition(at, slots.length, queueSize);
  }
  return { buffers, starts };
}

/** Where the device takes its next list by its own account, if that fits what is in flight; else -1. */
function takenPosition(input: DumpInput, { device, driver }: PackedStand): number {
  const { device: account, memory } = input;
  if (account === undefined || device < 0 || driver < 0) return -1;
  const { queueSize } = memory;
  const inFlight = positionDistance(device, driver, queueSize);
  const fits = accountPositions(account.taken, account.hasWrap, queueSize).filter(
    (position) => positionDistance(device, position, queueSize) <= inFlight,
  );
  // A full ring leaves two laps open, unless it equals the used position.
  return fits.length === 1 ? (fits[0] as number) : account.taken === account.used ? device : -1;
}

function slotState(
  memory: DumpInput["memory"],
  slot: number,
  boundary: PackedBoundary | undefined,
  { device, driver }: PackedStand,
): SlotState {
  const { queueSize } = memory;
  if (neverWritten(memory, slot)) return "never";
  if (boundary === undefined) {
    if (device < 0 || driver < 0) return "unknown";
    const first = positionSlot(device, queueSize);
    const inFlight = positionDistance(device, driver, queueSize);
    return (slot - first + queueSize) % queueSize < inFlight ? "available" : "unknown";
  }
  // How far behind the driver the slot was last written: 1 is its newest.
  const driverSlot = positionSlot(boundary.driver, queueSize);
  const back = ((driverSlot - slot + queueSize - 1) % queueSize) + 1;
  const kept = positionDistance(boundary.oldest, boundary.driver, queueSize);
  // The driver is writing a list here, and has not made it available yet.
  if (back > kept) return "unknown";
  const position = positionDistance(back, boundary.driver, queueSize);
  if ((flagsAt(memory, slot) & OWNER_BITS) === usedBits(positionWrap(position, queueSize))) {
    return "used";
  }
  if (device >= 0) {
    return back <= positionDistance(device, boundary.driver, queueSize) ? "available" : "stale";
  }
  return back > positionDistance(boundary.deviceMin, boundary.driver, queueSize)
    ? "stale"
    : "unknown";
}

function packedUnknowns(
  input: DumpInput,
  boundary: PackedBoundary | undefined,
  stand: PackedStand,
  buffers: readonly DumpBuffer[],
): string[] {
  const { memory } = input;
  const { queueSize } = memory;
  const unknown: string[] = [];
  if (boundary !== undefined && boundary.ahead > 0) {
    unknown.push(
      `${boundary.ahead} slots behind ${positionText(boundary.driver, queueSize)} are written ahead: the driver is ` +
        "in the middle of an add, or the dump is of more than one moment",
    );
  }
  if (boundary?.lastUsed !== undefined) {
    unknown.push(
      "which of the used buffers the driver has taken back: only the driver knows (last_used_idx)",
    );
  }
  const outOfOrder = input.features?.has("VIRTIO_F_IN_ORDER") !== true;
  if (buffers.length > 1 && outOfOrder && boundary?.lastUsed !== undefined) {
    unknown.push(
      "whether the descriptors in flight are still those of the buffers in flight: a device that uses them out " +
        "of order writes its used descriptors over them",
    );
  }
  unknown.push(...contentUnknowns(buffers));
  if (stand.device >= 0 && buffers.length > 0 && input.device === undefined) {
    unknown.push("which buffers in flight the device has taken: only the device knows");
  }
  unknown.push(...instantUnknowns(input));
  return unknown;
}
