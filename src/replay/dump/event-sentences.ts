import { AREA } from "../../model/memory.ts";
import type { DumpEvent } from "../../model/ring-dump.ts";
import {
  EVENT_FLAGS,
  EVENT_OFF_WRAP,
  eventFlagsName,
  RING_EVENT_FLAGS_DESC,
  RING_EVENT_FLAGS_DISABLE,
  RING_EVENT_FLAGS_ENABLE,
} from "../../virtio/packed.ts";
import {
  AVAIL_F_NO_INTERRUPT,
  availEventOffset,
  RING_FLAGS,
  USED_F_NO_NOTIFY,
  usedEventOffset,
} from "../../virtio/split.ts";
import type { DumpInput } from "./dump-input.ts";

export type Side = "driver" | "device";

/** What each side wants to be told of: the driver used buffers, the device available ones. */
const WANTS = {
  driver: {
    whom: "the driver wants an interrupt",
    none: "the driver wants no interrupt",
    each: "every used buffer",
    done: "used",
  },
  device: {
    whom: "the device wants a notification",
    none: "the device wants no notification",
    each: "every available buffer",
    done: "made available",
  },
} as const;

/** The event suppression structure of one side of a packed ring (virtio 1.3, 2.8.10). */
export function packedEvent(input: DumpInput, side: Side): DumpEvent | null {
  if (!(side === "driver" ? input.hasDriverArea : input.hasDeviceArea)) return null;
  const area = side === "driver" ? AREA.driver : AREA.device;
  const { memory } = input;
  return packedWord(
    memory.queueSize,
    side,
    memory.get16(area, EVENT_OFF_WRAP),
    memory.get16(area, EVENT_FLAGS),
  );
}

/** The same, of its two words. */
export function packedWord(size: number, side: Side, word: number, flags: number): DumpEvent {
  const off = word & 0x7fff;
  const wrap = word >> 15;
  const base = { off, wrap, flags, mode: eventFlagsName(flags), event: null };
  return { ...base, words: packedWords(size, side, off, wrap, flags) };
}

function packedWords(size: number, side: Side, off: number, wrap: number, flags: number): string {
  const { whom, none, each, done } = WANTS[side];
  switch (flags) {
    case RING_EVENT_FLAGS_ENABLE:
      return `${whom} for ${each}`;
    case RING_EVENT_FLAGS_DISABLE:
      return none;
    case RING_EVENT_FLAGS_DESC:
      return off < size
        ? `${whom} once slot ${off} (wrap ${wrap}) is ${done}`
        : `${whom} at slot ${off} (wrap ${wrap}), which the ring does not have`;
    default:
      return `reserved flags 0x${flags.toString(16)}`;
  }
}

/** The flags of one side's ring of a split queue, and its event index (virtio 1.3, 2.7.7 and 2.7.10). */
export function splitEvent(input: DumpInput, side: Side): DumpEvent | null {
  if (!(side === "driver" ? input.hasDriverArea : input.hasDeviceArea)) return null;
  const { memory, features } = input;
  const area = side === "driver" ? AREA.driver : AREA.device;
  const flags = memory.get16(area, RING_FLAGS);
  const at = (side === "driver" ? usedEventOffset : availEventOffset)(memory.queueSize);
  const event = memory.get16(area, at);
  return splitWord(side, flags, event, features?.has("VIRTIO_F_EVENT_IDX"));
}

/** The same, of its words; `event` is null where nobody tells it, `eventIdx` undefined. */
export function splitWord(
  side: Side,
  flags: number,
  event: number | null,
  eventIdx: boolean | undefined,
): DumpEvent {
  const base = { off: null, wrap: null, flags, mode: null, event };
  const { whom, none, each, done } = WANTS[side];
  const off = (flags & (side === "driver" ? AVAIL_F_NO_INTERRUPT : USED_F_NO_NOTIFY)) !== 0;
  const byFlags = off ? none : `${whom} for ${each}`;
  // The event index names the entry; it is due when idx moves past it (2.7.7.2, 2.7.10.1).
  const byEvent = `${whom} once entry ${event ?? "?"} is ${done}`;
  const words =
    eventIdx === undefined && event !== null
      ? `${byFlags}; with EVENT_IDX: ${byEvent}`
      : eventIdx === true
        ? byEvent
        : byFlags;
  return { ...base, words };
}
