import { AREA } from "../../model/memory.ts";
import type { RingDump } from "../../model/ring-dump.ts";
import {
  EVENT_FLAGS,
  EVENT_OFF_WRAP,
  packedPosition,
  positionDistance,
} from "../../virtio/packed.ts";
import { availEventOffset, RING_FLAGS } from "../../virtio/split.ts";
import { u16Distance } from "../../virtio/u16.ts";
import { ringFlagsWrong } from "../event-word-aspects.ts";
import type { Observation } from "../observation.ts";
import { EVENT_WORD, NO_FACTS, NONE, type RingFact } from "../ring-facts.ts";
import { packedWanted, splitEventWanted } from "../suppression.ts";
import type { DumpPlace } from "./dump-facts.ts";
import type { DumpInput } from "./dump-input.ts";
import type { DecodedDump } from "./packed-dump.ts";

/** Why what is odd in a dump is not decided. */
export const TORN =
  "the guest may have run while its memory was read: the dump may be of more than one moment";

/** 1, read in the other byte order: a legacy guest may be big-endian (virtio 1.3, 2.7.3). */
const FLAG_SWAPPED = 0x0100;

/** One word of two bytes is of one moment, however long the reading of the rest took. */
export function observeSplitFlags(
  { memory, features, hasDriverArea, hasDeviceArea }: DumpInput,
  at: DumpPlace,
  observe: (observation: Observation) => void,
): void {
  const eventIdx = features?.has("VIRTIO_F_EVENT_IDX");
  const modern = features?.has("VIRTIO_F_VERSION_1") === true;
  const aspect = EVENT_WORD.ringFlags;
  for (const [party, area, present] of [
    ["driver", AREA.driver, hasDriverArea],
    ["device", AREA.device, hasDeviceArea],
  ] as const) {
    if (!present) continue;
    const flags = memory.get16(area, RING_FLAGS);
    // Without the features 1 may be right, and a swapped 1 as well.
    const open = (eventIdx === undefined && flags === 1) || (!modern && flags === FLAG_SWAPPED);
    const wrong = ringFlagsWrong(flags, eventIdx ?? false);
    const expected = eventIdx === true ? 0 : 1;
    observe({
      kind: "eventWord.seen",
      ...at,
      party,
      decided: open ? 0 : aspect,
      unlogged: 0,
      undecided: open ? aspect : 0,
      reason: open ? "nobody says which features were negotiated" : "",
      facts: wrong && !open ? [oddFlags(flags, expected)] : NO_FACTS,
    });
  }
}

function oddFlags(found: number, expected: number): RingFact {
  const aspect = EVENT_WORD.ringFlags;
  return { aspect, slot: NONE, other: NONE, found, expected, what: "", evidence: [] };
}

const MAY_REST =
  "the device waits to be notified of what it has not taken: a notification may be under way, or the queue rests by design";

/**
 * Buffers that the device, by its own account, has not taken, while it asks to be notified of one of
 * them. One instant does not tell whether the notification is under way, and a queue that is filled
 * ahead rests like that for long: it is told with a mistake that explains it, and never by itself.
 */
export function observeUntaken(
  input: DumpInput,
  { dump }: DecodedDump,
  at: DumpPlace,
  observe: (observation: Observation) => void,
): void {
  const { memory, features, device, hasDeviceArea, paused } = input;
  if (device === undefined || !hasDeviceArea) return;
  const eventIdx = features?.has("VIRTIO_F_EVENT_IDX");
  const untaken = untakenOf(dump, device.taken);
  if (untaken === undefined) return;
  const packed = memory.layout === "packed";
  const asks = untaken > 0 && (packed ? packedAsks : splitAsks)(input, dump, untaken, eventIdx);
  observe({
    kind: "work.left",
    ...at,
    undecided: asks === false ? undefined : paused ? MAY_REST : TORN,
    sort: "",
    party: "unknown",
    message: "",
    unless: [],
    evidence: [],
  });
  if (asks !== true || !paused) return;
  const unit = packed ? "slot" : "entry";
  const units =
    untaken === 1 ? `1 ${unit} stands` : `${untaken} ${packed ? "slots" : "entries"} stand`;
  const message = `the dump: ${units} available that the device has not taken, and it waits to be notified`;
  observe({ kind: "effect.seen", ...at, sort: "untaken", effect: { message, place: at.place } });
}

/** Slots or entries between where the device takes the next and where the driver stands. */
function untakenOf(dump: RingDump, taken: number): number | undefined {
  const { layout, size, availIdx, driverPosition, takenPosition } = dump;
  if (layout === "split") {
    const count = availIdx === null ? size + 1 : u16Distance(taken, availIdx);
    return count > size ? undefined : count;
  }
  if (driverPosition === null || takenPosition === null) return undefined;
  const to = packedPosition(driverPosition.slot, driverPosition.wrap, size);
  const from = packedPosition(takenPosition.slot, takenPosition.wrap, size);
  const count = positionDistance(from, to, size);
  return count > size ? undefined : count;
}

type Asks = boolean | "unknown";

function splitAsks(
  { memory }: DumpInput,
  { availIdx }: RingDump,
  untaken: number,
  eventIdx: boolean | undefined,
): Asks {
  if (eventIdx === undefined) return "unknown";
  if (!eventIdx) return (memory.get16(AREA.device, RING_FLAGS) & 1) === 0;
  const event = memory.get16(AREA.device, availEventOffset(memory.queueSize));
  const next = availIdx ?? 0;
  return splitEventWanted(event, (next - untaken) & 0xffff, next);
}

function packedAsks(
  { memory }: DumpInput,
  { driverPosition }: RingDump,
  untaken: number,
  eventIdx: boolean | undefined,
): Asks {
  if (driverPosition === null) return false;
  const { queueSize } = memory;
  const { wanted } = packedWanted({
    flags: memory.get16(AREA.device, EVENT_FLAGS),
    offWrap: memory.get16(AREA.device, EVENT_OFF_WRAP),
    position: packedPosition(driverPosition.slot, driverPosition.wrap, queueSize),
    slots: untaken,
    queueSize,
    eventIdx,
  });
  return wanted ?? "unknown";
}
