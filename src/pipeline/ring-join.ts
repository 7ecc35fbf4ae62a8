import type { QmpAnswers, QmpDevice, QmpQueue } from "../parser/qmp/qmp.ts";
import { bytesAt } from "../parser/qmp/xp.ts";
import type { DeviceAccount } from "../replay/dump/dump-input.ts";
import { DESC_BYTES } from "../virtio/descriptor.ts";
import type { RingFiles } from "./ring-files.ts";

/** The QMP answers that belong to one dump. */
export interface QmpJoin {
  readonly queue: QmpQueue;
  readonly device: QmpDevice | undefined;
  /** The guest stood still, and the bytes that QEMU printed then are those of the dump. */
  readonly paused: boolean;
  readonly notes: readonly string[];
}

/**
 * Which queue of the QMP answers each dump is. Names are tools' own (`virtio-blk-1`) and prove nothing:
 * the bytes that `xp` printed do, where they are not all zero; one queue found so places its device's
 * others. Left over are devices of which only one of the name remains.
 */
export function joinQmp(rings: readonly RingFiles[], answers: QmpAnswers): Map<RingFiles, QmpJoin> {
  const paths = devicePaths(rings, answers);
  const joins = new Map<RingFiles, QmpJoin>();
  for (const ring of rings) {
    const path = ring.device === undefined ? undefined : paths.get(ring.device);
    const queue =
      path === undefined
        ? onlyOne(
            answers.queues.filter(
              (one) => sameBytes(ring, one, answers) === true && fitsIndex(ring, one),
            ),
          )
        : answers.queues.find((one) => one.path === path.value && one.index === ring.index);
    if (queue === undefined) continue;
    const same = sameBytes(ring, queue, answers);
    const by = path === undefined || same === true ? "the bytes that xp printed" : path.by;
    joins.set(ring, joinOf(queue, answers, same, by));
  }
  return joins;
}

/** One queue's answers. `same`: whether xp printed the dump's bytes; undefined when it printed none. */
export function joinOf(
  queue: QmpQueue,
  answers: QmpAnswers,
  same: boolean | undefined,
  by: string,
): QmpJoin {
  const device = deviceOf(queue, answers);
  const notes = [`${queue.path ?? queue.device} queue ${queue.index} in QMP, by ${by}`];
  if (device === undefined) {
    notes.push("which of the devices in QMP it belongs to cannot be told: nor are its features");
  }
  if (same === false) {
    notes.push(
      "QEMU printed other descriptors (xp) than the dump has: they are of different moments",
    );
  }
  notes.push(...stateNotes(queue, device));
  return { queue, device, paused: device?.running === false && same === true, notes };
}

/** The device that a queue belongs to: the only one of its path and name, or none. */
export function deviceOf(queue: QmpQueue, { devices }: QmpAnswers): QmpDevice | undefined {
  return onlyOne(devices.filter((one) => one.path === queue.path && one.device === queue.device));
}

function stateNotes(queue: QmpQueue, device: QmpDevice | undefined): string[] {
  const notes =
    device?.vhost === true
      ? ["vhost serves the queue: what QEMU says of its positions is not the device's account"]
      : [
          `the device: next used ${queue.usedIdx}, next available ${queue.lastAvailIdx}, ${queue.inUse} in use`,
        ];
  if (device?.broken === true)
    notes.push("the device is broken: it has stopped serving its queues");
  if (device?.running === false) notes.push("the guest was stopped when QEMU answered");
  return notes;
}

/** QEMU's own positions. Those of a packed queue lack the wrap counter up to 7.2 at least. */
export function accountOf(queue: QmpQueue): DeviceAccount {
  return {
    used: queue.usedIdx,
    taken: queue.lastAvailIdx,
    hasWrap: (queue.usedIdx & 0x8000) !== 0 && (queue.lastAvailIdx & 0x8000) !== 0,
  };
}

/** QOM path of each dumped device, and how it was found. */
function devicePaths(
  rings: readonly RingFiles[],
  answers: QmpAnswers,
): Map<string, { readonly value: string | undefined; readonly by: string }> {
  const found = new Map<string, { value: string | undefined; by: string }>();
  for (const ring of rings) {
    if (
      ring.device === undefined ||
      found.has(ring.device) ||
      ring.desc.every((byte) => byte === 0)
    )
      continue;
    const matches = answers.queues.filter(
      (queue) => sameBytes(ring, queue, answers) === true && fitsIndex(ring, queue),
    );
    const queue = onlyOne(matches);
    if (queue !== undefined)
      found.set(ring.device, { value: queue.path, by: "the bytes of another of its queues" });
  }
  const labels = new Set(rings.flatMap(({ device }) => (device === undefined ? [] : [device])));
  for (const label of labels) {
    if (found.has(label)) continue;
    const taken = new Set([...found.values()].map(({ value }) => value));
    const name = label.replace(/-[0-9]+$/, "");
    const rest = new Set(
      answers.queues
        .filter((one) => one.device === name && !taken.has(one.path))
        .map(({ path }) => path),
    );
    const others = [...labels].filter(
      (other) => !found.has(other) && other.replace(/-[0-9]+$/, "") === name,
    );
    const [only] = rest;
    if (rest.size === 1 && others.length === 1) {
      found.set(label, { value: only, by: "being the only device left of this name" });
    }
  }
  return found;
}

function fitsIndex(ring: RingFiles, queue: QmpQueue): boolean {
  return ring.index === undefined || ring.index === queue.index;
}

/** Whether xp's bytes of a queue are the dump's; undefined when xp did not print them. */
function sameBytes(ring: RingFiles, queue: QmpQueue, { memory }: QmpAnswers): boolean | undefined {
  const length = queue.size * DESC_BYTES;
  const printed = bytesAt(memory, queue.desc, length);
  if (printed === undefined) return undefined;
  if (ring.desc.length < length) return false;
  return printed.every((byte, i) => byte === ring.desc[i]);
}

function onlyOne<T>(values: readonly T[]): T | undefined {
  return values.length === 1 ? values[0] : undefined;
}
