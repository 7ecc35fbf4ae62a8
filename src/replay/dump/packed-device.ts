import { AREA } from "../../model/memory.ts";
import type { Certainty } from "../../model/ring-dump.ts";
import {
  advancePosition,
  EVENT_FLAGS,
  EVENT_OFF_WRAP,
  packedPosition,
  positionDistance,
  positionSlot,
  positionText,
  RING_EVENT_FLAGS_DESC,
  wordPosition,
} from "../../virtio/packed.ts";
import type { DumpInput } from "./dump-input.ts";
import {
  firstListEnd,
  idAt,
  listEndWithId,
  type PackedBoundary,
  packedPairs,
} from "./packed-boundary.ts";

/** Where both sides of a packed ring stand, and how sure that is. Positions are -1 when unknown. */
export interface PackedStand {
  readonly driver: number;
  readonly device: number;
  readonly certainty: Certainty;
  /** Device positions that fit. */
  readonly candidates: readonly number[];
  /** Sentences on what is not sure. */
  readonly unknown: readonly string[];
}

/** Both positions: the bits, then the device's own account, then order and ids, then event words. */
export function packedStand(input: DumpInput, boundary: PackedBoundary | undefined): PackedStand {
  const { queueSize } = input.memory;
  if (boundary === undefined) return looseStand(input);
  const { driver, deviceMin, deviceMax } = boundary;
  const fits: number[] = [];
  for (let i = 0; i <= positionDistance(deviceMin, deviceMax, queueSize); i++) {
    const position = advancePosition(deviceMin, i, queueSize);
    if (agrees(input, position)) fits.push(position);
  }
  const [first, ...others] = fits;
  if (first === undefined) {
    return {
      driver,
      device: -1,
      certainty: "ambiguous",
      candidates: [],
      unknown: [
        `the device says that it stands at slot ${accountSlot(input)}, which these descriptors exclude: ` +
          "its answer and the dump are of different moments",
      ],
    };
  }
  if (others.length === 0) {
    const certainty = boundary.doubtful ? "likely" : "certain";
    const unknown = boundary.doubtful
      ? [
          "whether a list over nearly the whole ring is just being written: the bits would be the same",
        ]
      : [];
    return { driver, device: first, certainty, candidates: fits, unknown };
  }
  return narrowed(input, boundary, fits);
}

/** Several positions fit the bits: order, buffer ids and event words may still tell. */
function narrowed(input: DumpInput, boundary: PackedBoundary, fits: number[]): PackedStand {
  const { queueSize } = input.memory;
  const { driver, lastUsed } = boundary;
  const range = `${positionText(fits[0] as number, queueSize)} to ${positionText(fits[fits.length - 1] as number, queueSize)}`;
  const base = { driver, candidates: fits };
  if (lastUsed === undefined) {
    return {
      ...base,
      device: -1,
      certainty: "ambiguous",
      unknown: [`the device may be at ${range}`],
    };
  }
  if (input.features?.has("VIRTIO_F_IN_ORDER") === true) {
    const device = inOrderDevice(input, boundary, lastUsed);
    return {
      ...base,
      device,
      certainty: "likely",
      unknown: [
        `the device's position: ${positionText(device, queueSize)}, where the buffer ends that the last used id names; ` +
          `if that id was used twice in this lap, ${range} all fit`,
      ],
    };
  }
  const ordered = orderedDevices(input, boundary, lastUsed);
  const [only, ...more] = ordered;
  const device =
    more.length === 0 ? only : ordered.find((position) => hints(input).includes(position));
  const told =
    device === undefined
      ? `${ordered.map((position) => positionText(position, queueSize)).join(" or ")}, if buffers are used in order`
      : `${positionText(device, queueSize)} if buffers are used in order${more.length > 0 ? " and an event word is fresh" : ""}`;
  return {
    ...base,
    device: device ?? -1,
    certainty: device === undefined ? "ambiguous" : "likely",
    unknown: [
      `the device's position: ${told}; a device that used a longer buffer out of order would skip slots that ` +
        `look available, so ${range} all fit`,
    ],
  };
}

/** With IN_ORDER the last used id names the last buffer of its batch (virtio 1.3, 2.8.9). */
function inOrderDevice(input: DumpInput, boundary: PackedBoundary, lastUsed: number): number {
  const { memory } = input;
  const { queueSize } = memory;
  const next = advancePosition(lastUsed, 1, queueSize);
  const id = idAt(memory, positionSlot(lastUsed, queueSize));
  const end = listEndWithId(memory, next, boundary.driver, id);
  return end === undefined ? next : advancePosition(end, 1, queueSize);
}

/** In-order completion: the last used buffer took one slot, or the list that ends with its id. */
function orderedDevices(input: DumpInput, boundary: PackedBoundary, lastUsed: number): number[] {
  const { memory } = input;
  const { queueSize } = memory;
  const next = advancePosition(lastUsed, 1, queueSize);
  const devices = [next];
  const end = firstListEnd(memory, next, boundary.driver);
  if (end === undefined) return devices;
  const sameId =
    idAt(memory, positionSlot(end, queueSize)) === idAt(memory, positionSlot(lastUsed, queueSize));
  if (sameId) devices.push(advancePosition(end, 1, queueSize));
  return devices;
}

/** The positions that the event words name, where a side asked for one. */
function hints(input: DumpInput): number[] {
  const { memory } = input;
  const positions: number[] = [];
  for (const [area, at] of [
    [AREA.driver, input.hasDriverArea],
    [AREA.device, input.hasDeviceArea],
  ] as const) {
    if (!at || memory.get16(area, EVENT_FLAGS) !== RING_EVENT_FLAGS_DESC) continue;
    const position = wordPosition(memory.get16(area, EVENT_OFF_WRAP), memory.queueSize);
    if (position !== undefined) positions.push(position);
  }
  return positions;
}

function accountSlot({ device }: DumpInput): number {
  return device === undefined ? -1 : device.used & 0x7fff;
}

/** Whether the device's own account, if there is one, allows a position for its next used descriptor. */
function agrees(input: DumpInput, position: number): boolean {
  const { device: account, memory } = input;
  if (account === undefined) return true;
  const named = accountPositions(account.used, account.hasWrap, memory.queueSize);
  return named.includes(position);
}

/** The positions that a reported number may mean: both laps, where the wrap counter is left out. */
export function accountPositions(word: number, hasWrap: boolean, queueSize: number): number[] {
  const slot = word & 0x7fff;
  if (slot >= queueSize) return [];
  if (hasWrap) return [packedPosition(slot, word >> 15, queueSize)];
  return [packedPosition(slot, 1, queueSize), packedPosition(slot, 0, queueSize)];
}

/** AVAIL does not tell the driver's position: every pair that the bits allow is a candidate. */
function looseStand(input: DumpInput): PackedStand {
  const { queueSize } = input.memory;
  const pairs = packedPairs(input.memory).filter(({ device }) => agrees(input, device));
  const why =
    "AVAIL changes more often around the ring than one position explains: the dump mixes moments, or " +
    "this driver rewrites the flags of descriptors that it has taken back";
  const [only, ...others] = pairs;
  if (only !== undefined && others.length === 0) {
    const { driver, device } = only;
    const unknown = [`${why}; one pair of positions fits, which is no proof`];
    return { driver, device, certainty: "likely", candidates: [device], unknown };
  }
  const unknown = [
    `${why}; ambiguous: ${pairs.length} pairs of positions fit${pairs.length === 0 ? "" : `, the first with the device at ${positionText((only ?? { device: 0 }).device, queueSize)}`}`,
  ];
  const candidates = pairs.map(({ device }) => device);
  return { driver: -1, device: -1, certainty: "ambiguous", candidates, unknown };
}
