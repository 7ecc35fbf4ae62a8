import type { Layout } from "../model/event.ts";
import { AREA } from "../model/memory.ts";
import type { RingReport } from "../model/ring-report.ts";
import { UserError } from "../model/user-error.ts";
import type { QmpAnswers, QmpQueue } from "../parser/qmp/qmp.ts";
import { bytesAt, type MemoryPiece } from "../parser/qmp/xp.ts";
import { noTables, type TableLookup } from "../replay/chain.ts";
import { decodeDump } from "../replay/dump/decode.ts";
import { type DumpPlace, NO_PLACE, observeDump } from "../replay/dump/dump-facts.ts";
import type { DumpInput } from "../replay/dump/dump-input.ts";
import type { DecodedDump } from "../replay/dump/packed-dump.ts";
import type { Observation } from "../replay/observation.ts";
import { RingMemory } from "../replay/ring-memory.ts";
import { Check } from "../rules/check.ts";
import { type Choice, chooseRules } from "../rules/choice.ts";
import { RULES } from "../rules/index.ts";
import {
  DESC_ADDR,
  DESC_BYTES,
  DESC_LEN,
  PACKED_DESC_FLAGS,
  SPLIT_DESC_FLAGS,
  VIRTQ_DESC_F_INDIRECT,
} from "../virtio/descriptor.ts";
import type { FeatureName } from "../virtio/features.ts";
import { EVENT_BYTES, QUEUE_SIZE_MAX } from "../virtio/packed.ts";
import { availBytes, usedBytes } from "../virtio/split.ts";
import { NO_META, type RingFiles, type RingMeta } from "./ring-files.ts";
import { accountOf, deviceOf, joinOf, joinQmp, type QmpJoin } from "./ring-join.ts";

/** What the user says of the rings; it wins over what files say. */
export interface RingOptions {
  readonly layout?: Layout | undefined;
  readonly size?: number | undefined;
  readonly features?: readonly FeatureName[] | undefined;
}

/** A queue's bytes, ready to be decoded. */
export interface RingSource {
  readonly name: string;
  readonly paths: readonly string[];
  readonly notes: readonly string[];
  readonly index: number | undefined;
  /** Guest-physical address of the descriptor area, where QMP tells it. */
  readonly descAddress: number | undefined;
  readonly input: DumpInput;
}

/** Decodes a queue and lets the rules judge what one instant decides. */
export function ringReport(source: RingSource): RingReport {
  return chosenRingReport(source, chooseRules(RULES, {}));
}

/** The same, by the rules that were chosen. */
export function chosenRingReport(source: RingSource, choice: Choice): RingReport {
  const check = new Check(choice.rules);
  const { dump } = observeSource(source, 0, (observation) => check.observe(observation));
  const { name, paths, notes } = source;
  const { rules: _run, ...selection } = choice;
  return {
    name,
    paths,
    notes,
    dump,
    findings: check.findings(),
    coverage: check.coverage(),
    selection,
  };
}

/** Decodes a queue and states what the dump shows of it. `number`: its place among the queues. */
export function observeSource(
  { name, input, index }: RingSource,
  number: number,
  observe: (observation: Observation) => void,
): DecodedDump {
  const { layout, queueSize: size } = input.memory;
  const queue = { number, id: name, name: undefined, index, layout, size, ordinal: 0 };
  const at: DumpPlace = { queue, place: NO_PLACE };
  const decoded = decodeDump(input);
  observeDump(input, decoded, at, observe);
  return decoded;
}

/**
 * Rings of dump files: layout, size and features from the options, from QMP, from `meta.json`.
 *
 * @throws UserError when one cannot be told, or the files are too short for it.
 */
export function ringSources(
  rings: readonly RingFiles[],
  meta: RingMeta,
  qmp: { readonly path: string; readonly answers: QmpAnswers } | undefined,
  options: RingOptions,
): RingSource[] {
  const joins = qmp === undefined ? new Map<RingFiles, QmpJoin>() : joinQmp(rings, qmp.answers);
  return rings.map((ring) => ringSource(ring, joins.get(ring), meta, qmp, options));
}

function ringSource(
  ring: RingFiles,
  join: QmpJoin | undefined,
  meta: RingMeta,
  qmp: { readonly path: string; readonly answers: QmpAnswers } | undefined,
  options: RingOptions,
): RingSource {
  const features = options.features ?? join?.device?.features ?? meta.features;
  const layout = layoutOf(
    ring,
    options.layout ?? layoutOfFeatures(join?.device?.features) ?? meta.layout,
  );
  const told = options.size ?? join?.queue.size ?? meta.size;
  const size = sizeOf(ring, told);
  const notes = [...(join?.notes ?? [])];
  if (join === undefined && qmp !== undefined) {
    notes.push("which queue of the QMP answers it is cannot be told");
  }
  const unread = qmp?.answers.unread ?? 0;
  if (unread > 0) notes.push(`${unread} lines that xp printed are no memory, and were left out`);
  if (told === undefined) notes.push(`${size} slots, by the length of the descriptor area`);
  const memory = memoryOf(ring, layout, size, qmp?.answers.memory ?? []);
  return {
    name: ring.name,
    paths: [...ring.paths, ...(qmp === undefined ? [] : [qmp.path])],
    notes,
    index: ring.index,
    descAddress: join?.queue.desc,
    input: {
      memory: memory.ring,
      hasDriverArea: ring.driver !== undefined,
      hasDeviceArea: ring.deviceArea !== undefined,
      features: features === undefined ? undefined : new Set(features),
      device: join === undefined || join.device?.vhost === true ? undefined : accountOf(join.queue),
      paused: join?.paused ?? false,
      tableAt: memory.tableAt,
      sizeBy: told !== undefined ? "told" : fitsExactly(ring, memory.ring) ? "areas" : "length",
    },
  };
}

/**
 * Rings of QMP answers alone: the areas are those of which `xp` printed the bytes.
 *
 * @throws UserError when no queue's descriptors are among them.
 */
export function qmpSources(
  qmp: { readonly path: string; readonly answers: QmpAnswers },
  options: RingOptions,
): RingSource[] {
  const { queues, memory: pieces } = qmp.answers;
  const sources: RingSource[] = [];
  for (const queue of queues) {
    const desc = bytesAt(pieces, queue.desc, queue.size * DESC_BYTES);
    if (desc === undefined) continue;
    const packed =
      (options.layout ?? layoutOfFeatures(deviceOf(queue, qmp.answers)?.features)) === "packed";
    const device = deviceName(queue);
    const ring: RingFiles = {
      name: `${device} q${queue.index}`,
      device,
      index: queue.index,
      paths: [],
      desc,
      driver: bytesAt(pieces, queue.avail, packed ? EVENT_BYTES : availBytes(queue.size)),
      deviceArea: bytesAt(pieces, queue.used, packed ? EVENT_BYTES : usedBytes(queue.size)),
    };
    const join = joinOf(queue, qmp.answers, true, "being the same answer");
    sources.push(ringSource(ring, join, NO_META, qmp, options));
  }
  if (sources.length === 0) {
    throw new UserError(
      "qmp-without-memory",
      `${qmp.path} has the status of ${queues.length} queues and the bytes of none`,
      "add `xp` of the descriptor area, or give the dump with --desc, --driver and --device",
    );
  }
  return sources;
}

/** `vblk0` where the device has an id of its own, else `virtio-blk-1`, as near as the path tells. */
function deviceName({ path = "", device }: QmpQueue): string {
  const own = /\/peripheral\/([^/]+)\//.exec(path)?.[1];
  const number = /\/device\[(\d+)\]\//.exec(path)?.[1];
  return own ?? (number === undefined ? device : `${device}-${number}`);
}

function layoutOfFeatures(features: readonly FeatureName[] | undefined): Layout | undefined {
  if (features === undefined) return undefined;
  return features.includes("VIRTIO_F_RING_PACKED") ? "packed" : "split";
}

function layoutOf(ring: RingFiles, told: Layout | undefined): Layout {
  if (told !== undefined) return told;
  // Areas of 4 bytes hold one event structure each, and no ring: those begin at 8 bytes.
  if (ring.driver?.length === EVENT_BYTES && ring.deviceArea?.length === EVENT_BYTES)
    return "packed";
  throw new UserError(
    "layout-unknown",
    `${ring.name}: nothing says whether the queue is split or packed`,
    "--layout split or --layout packed says so, as does the QMP answer (qmp.json) beside the dump",
  );
}

function sizeOf(ring: RingFiles, told: number | undefined): number {
  const size = told ?? Math.floor(ring.desc.length / DESC_BYTES);
  if (!Number.isInteger(size) || size < 1 || size > QUEUE_SIZE_MAX) {
    throw new UserError(
      "size-wrong",
      `${ring.name}: a queue has 1 to ${QUEUE_SIZE_MAX} entries, not ${size}`,
    );
  }
  return size;
}

/** Areas may be longer than the layout needs: tools read whole pages. */
function memoryOf(
  ring: RingFiles,
  layout: Layout,
  size: number,
  pieces: readonly MemoryPiece[],
): { readonly ring: RingMemory; readonly tableAt: TableLookup } {
  if (layout === "split" && (size & (size - 1)) !== 0) {
    throw new UserError(
      "size-wrong",
      `${ring.name}: the size of a split queue is a power of 2, not ${size}`,
    );
  }
  const tables = indirectTables(ring.desc, layout, size, pieces);
  const tableBytes = tables.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const memory = new RingMemory(layout, size, tableBytes);
  const areas = [
    [AREA.desc, "descriptor area", ring.desc],
    [AREA.driver, "driver area", ring.driver],
    [AREA.device, "device area", ring.deviceArea],
  ] as const;
  for (const [area, what, bytes] of areas) {
    const needed = memory.lengths[area] as number;
    if (bytes === undefined) continue;
    if (bytes.length < needed) {
      throw new UserError(
        "area-too-short",
        `${ring.name}: the ${what} has ${bytes.length} bytes, and a ${layout} queue of ${size} needs ${needed}`,
        "--size and --layout say what the queue is",
      );
    }
    memory.bytes(area).set(bytes.subarray(0, needed));
  }
  return { ring: memory, tableAt: tablesIn(memory, tables) };
}

/** Each area is as long as the layout needs, and no longer: the tool knew the size. */
function fitsExactly(ring: RingFiles, { lengths }: RingMemory): boolean {
  const areas = [ring.desc, ring.driver, ring.deviceArea];
  return areas.every((bytes, area) => bytes?.length === lengths[area]);
}

/** Bytes of all tables of one queue; what is past it is left out. */
const TABLE_BYTES_MAX = 16 << 20;

/** The indirect tables that descriptors point to and that `xp` printed, each once. */
function indirectTables(
  desc: Uint8Array,
  layout: Layout,
  size: number,
  pieces: readonly MemoryPiece[],
): MemoryPiece[] {
  const tables = new Map<string, MemoryPiece>();
  if (pieces.length === 0) return [];
  const view = new DataView(desc.buffer, desc.byteOffset, desc.byteLength);
  let total = 0;
  for (let at = 0; at < size * DESC_BYTES && at + DESC_BYTES <= desc.length; at += DESC_BYTES) {
    const flags = view.getUint16(
      at + (layout === "packed" ? PACKED_DESC_FLAGS : SPLIT_DESC_FLAGS),
      true,
    );
    if ((flags & VIRTQ_DESC_F_INDIRECT) === 0) continue;
    const address = Number(view.getBigUint64(at + DESC_ADDR, true));
    const length = view.getUint32(at + DESC_LEN, true);
    const bytes = bytesAt(pieces, address, length);
    if (bytes === undefined || total + length > TABLE_BYTES_MAX) continue;
    total += length;
    tables.set(`${address} ${length}`, { address, bytes });
  }
  return [...tables.values()];
}

/** Puts tables into the arena, and finds them there. */
function tablesIn(memory: RingMemory, tables: readonly MemoryPiece[]): TableLookup {
  if (tables.length === 0) return noTables;
  const offsets = new Map<string, number>();
  let offset = 0;
  for (const { address, bytes } of tables) {
    memory.put(AREA.ind, offset, bytes);
    offsets.set(`${address} ${bytes.length}`, offset);
    offset += bytes.length;
  }
  return (address, bytes) => offsets.get(`${address} ${bytes}`) ?? -1;
}
