import type { EventKind, FieldName } from "../../model/event.ts";
import {
  AREAS,
  BARRIERS,
  MEMORY_OP,
  type MemoryLog,
  type OperationLog,
  type RingSetup,
  type SegmentLog,
} from "../../model/memory.ts";
import { DESC_BYTES } from "../../virtio/descriptor.ts";
import { EVENT_BYTES, QUEUE_SIZE_MAX } from "../../virtio/packed.ts";
import { availBytes, splitDescBytes, usedBytes } from "../../virtio/split.ts";

/** One JSON object of a line, nothing of it believed yet. */
export type Json = { readonly [key: string]: unknown };

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Operations of the log, by actor and name, and what they are here. */
const OPERATIONS: Readonly<Record<"driver" | "device", Readonly<Record<string, EventKind>>>> = {
  driver: {
    create: "create",
    add: "add",
    kick_prepare: "kickPrepare",
    notify: "notify",
    get_buf: "getBuf",
    disable_cb: "disableCb",
    enable_cb: "enableCb",
    enable_cb_prepare: "enableCbPrepare",
    enable_cb_delayed: "enableCbDelayed",
    poll: "poll",
    interrupt: "interrupt",
    detach_unused_buf: "detachUnused",
    set_status: "statusWritten",
    read_status: "statusRead",
    read_features: "featuresOffered",
    write_features: "featuresAccepted",
    write_config: "configWritten",
    enable_queue: "queueEnabled",
    reset_queue: "queueResetAsked",
    read_queue_reset: "queueResetRead",
  },
  device: {
    fetch: "devicePop",
    complete: "deviceUse",
    signal: "deviceSignal",
    set_notify: "deviceSetNotify",
    stop: "deviceStop",
    error: "deviceError",
    config_interrupt: "configInterrupt",
  },
};

/** What an operation is here; undefined for one that the format does not have. */
export function kindOf(actor: unknown, op: unknown): EventKind | undefined {
  if ((actor !== "driver" && actor !== "device") || typeof op !== "string") return undefined;
  return Object.hasOwn(OPERATIONS[actor], op) ? OPERATIONS[actor][op] : undefined;
}

/** An arena of indirect tables larger than this is no log's. */
const TABLE_BYTES_MAX = 64 << 20;

function count(value: unknown, max: number): number | undefined {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= max
    ? value
    : undefined;
}

const flag = (value: unknown): boolean => value === 1 || value === true;

/** The ring that a header describes; a string tells what it lacks. */
export function ringSetup(header: Json): RingSetup | string {
  const { layout, size, areas } = header;
  if (layout !== "split" && layout !== "packed") return "layout split or packed";
  const queueSize = count(size, QUEUE_SIZE_MAX);
  if (queueSize === undefined || queueSize === 0) return `a size from 1 to ${QUEUE_SIZE_MAX}`;
  if (!isObject(areas)) return "areas with base and len";
  const base = (name: string): number | undefined =>
    isObject(areas[name])
      ? count((areas[name] as Json)["base"], Number.MAX_SAFE_INTEGER)
      : undefined;
  const desc = base("desc");
  const driver = base("driver");
  const device = base("device");
  if (desc === undefined || driver === undefined || device === undefined) {
    return "a base address for each of the areas desc, driver and device";
  }
  for (const name of ["event_idx", "indirect", "in_order"]) {
    if (count(header[name], 1) === undefined) return `${name} as 0 or 1`;
  }
  const index = count(header["index"], 0xffff);
  const arena = isObject(areas["ind"]) ? count(areas["ind"]["len"], TABLE_BYTES_MAX) : 0;
  if (arena === undefined) return `an area ind of at most ${TABLE_BYTES_MAX} bytes`;
  const deviceType = count(header["device_id"], 0xffff);
  return {
    layout,
    queueSize,
    eventIdx: flag(header["event_idx"]),
    indirect: flag(header["indirect"]),
    inOrder: flag(header["in_order"]),
    // Only a log that says so is one of a legacy device.
    legacy: header["version_1"] === 0 || header["version_1"] === false,
    addressesMapped: flag(header["dma_api"]),
    barriersLogged: flag(header["fences"]),
    ...(index === undefined ? {} : { index }),
    notificationData: flag(header["notification_data"]),
    notifyOnEmpty: flag(header["notify_on_empty"]),
    bases: [desc, driver, device],
    tables: { base: base("ind") ?? 0, bytes: arena },
    ...(deviceType === undefined ? {} : { deviceType }),
  };
}

/** Fields of a driver's private state, as the log names them. */
export function stateFields(state: unknown, packed: boolean): [FieldName, number][] {
  if (!isObject(state)) return [];
  const fields: [FieldName, number][] = [];
  const put = (field: FieldName, value: number | undefined): void => {
    if (value !== undefined) fields.push([field, value]);
  };
  const availIdx = count(state["avail_idx"], 0xffff);
  const lastUsed = count(state["last_used"], 0xffff);
  put("numFree", count(state["num_free"], QUEUE_SIZE_MAX));
  put("numAdded", count(state["num_added"], 0xffff));
  put("flagsShadow", count(state["flags_shadow"], 0xffff));
  put("broken", count(state["broken"], 1));
  if (!packed) {
    put("availIdx", availIdx);
    put("lastUsed", lastUsed);
    return fields;
  }
  put("nextAvail", availIdx);
  put("availWrap", count(state["avail_wrap"], 1));
  const usedWrap = count(state["used_wrap"], 1);
  if (lastUsed !== undefined && lastUsed < 0x8000 && usedWrap !== undefined) {
    put("lastUsed", lastUsed | (usedWrap << 15));
  }
  return fields;
}

const WIDTHS = new Set([1, 2, 4, 8]);
const BYTE_FILL = 2;

/** Bytes of a hex string, as the two halves of a little-endian number. */
function bytesOf(hex: string): { readonly low: number; readonly high: number } | undefined {
  if (!/^[0-9a-f]+$/.test(hex)) return undefined;
  let low = 0;
  let high = 0;
  for (let at = hex.length - BYTE_FILL; at >= 0; at -= BYTE_FILL) {
    high = ((high << 8) | (low >>> 24)) >>> 0;
    low = ((low << 8) | Number.parseInt(hex.slice(at, at + BYTE_FILL), 16)) >>> 0;
  }
  return { low, high };
}

const STEP_CODES: Readonly<Record<string, number>> = {
  w: MEMORY_OP.store,
  r: MEMORY_OP.load,
  f: MEMORY_OP.barrier,
  k: MEMORY_OP.notify,
  a: MEMORY_OP.alloc,
  x: MEMORY_OP.free,
  n: MEMORY_OP.allocFailed,
};

/** Appends an operation's steps; false when one is not what the format says. */
function readSteps(mem: unknown, into: MemoryLog): boolean {
  if (!Array.isArray(mem)) return mem === undefined;
  return mem.every((step: unknown) => Array.isArray(step) && readStep(step, into));
}

function readStep(step: readonly unknown[], into: MemoryLog): boolean {
  const [name] = step;
  if (typeof name !== "string" || !Object.hasOwn(STEP_CODES, name)) return false;
  const op = STEP_CODES[name] as number;
  if (op === MEMORY_OP.notify) {
    into.push(op, 0, 0, 0, 0, 0);
    return true;
  }
  if (op === MEMORY_OP.barrier) {
    const barrier = BARRIERS.indexOf(step[1] as (typeof BARRIERS)[number]);
    if (barrier < 0) return false;
    into.push(op, barrier, 0, 0, 0, 0);
    return true;
  }
  if (op === MEMORY_OP.allocFailed) {
    const length = count(step[1], 0xffff_ffff);
    if (length === undefined) return false;
    into.push(op, 0, 0, 0, length, 0);
    return true;
  }
  const area = AREAS.indexOf(step[1] as (typeof AREAS)[number]);
  const offset = count(step[2], 0xffff_ffff);
  if (area < 0 || offset === undefined) return false;
  if (op === MEMORY_OP.alloc || op === MEMORY_OP.free) {
    const length = count(step[3], 0xffff_ffff);
    if (length === undefined) return false;
    into.push(op, area, offset, 0, length, 0);
    return true;
  }
  const hex = step[3];
  if (typeof hex !== "string" || !WIDTHS.has(hex.length / 2)) return false;
  const value = bytesOf(hex);
  if (value === undefined) return false;
  into.push(op, area, offset, hex.length / 2, value.low, value.high);
  return true;
}

/** Appends a snapshot's areas as stores; false when one is not hex of its length. */
export function readSnapshot(areas: unknown, setup: RingSetup, into: MemoryLog): boolean {
  return readAreas(areas, setup, MEMORY_OP.store, into);
}

/**
 * Appends what the areas held before the queue was created, where that was not zero; false when one is
 * not hex of its length. A log that does not say had them zero.
 */
export function readHeld(areas: unknown, setup: RingSetup, into: MemoryLog): boolean {
  return areas === undefined || readAreas(areas, setup, MEMORY_OP.held, into);
}

function readAreas(areas: unknown, setup: RingSetup, op: number, into: MemoryLog): boolean {
  if (!isObject(areas)) return false;
  const { layout, queueSize } = setup;
  const lengths =
    layout === "packed"
      ? [DESC_BYTES * queueSize, EVENT_BYTES, EVENT_BYTES]
      : [splitDescBytes(queueSize), availBytes(queueSize), usedBytes(queueSize)];
  for (const [area, name] of (["desc", "driver", "device"] as const).entries()) {
    const hex = areas[name];
    if (typeof hex !== "string" || hex.length !== 2 * (lengths[area] as number)) return false;
    for (let at = 0; at < hex.length; at += 4) {
      const value = bytesOf(hex.slice(at, at + 4));
      if (value === undefined) return false;
      if (op === MEMORY_OP.held && value.low === 0) continue;
      into.push(op, area, at / 2, 2, value.low, 0);
    }
  }
  return true;
}

/** Appends the elements that an add was given: device-readable ones first. */
function readElements(operation: Json, into: SegmentLog): boolean {
  for (const [writable, name] of ["out", "in"].entries()) {
    const list = operation[name];
    if (list === undefined) continue;
    if (!Array.isArray(list)) return false;
    for (const pair of list as unknown[]) {
      if (!Array.isArray(pair)) return false;
      const addr = count(pair[0], Number.MAX_SAFE_INTEGER);
      const len = count(pair[1], 0xffff_ffff);
      if (addr === undefined || len === undefined) return false;
      into.push(addr, len, writable);
    }
  }
  return true;
}

const MODES: Readonly<Record<string, number>> = { enable: 0, disable: 1, desc: 2 };

/** What the device says that it asks for; a log need not say. */
function notifyRequest(
  { mode, avail_event, off, wrap }: Json,
  packed: boolean,
): [FieldName, number][] {
  const fields: [FieldName, number][] = [];
  if (typeof mode === "string" && Object.hasOwn(MODES, mode)) {
    fields.push([packed ? "deviceFlags" : "usedFlags", MODES[mode] as number]);
  }
  const event = count(avail_event, 0xffff);
  const slot = count(off, 0x7fff);
  const counter = count(wrap, 1);
  if (mode === "event" && event !== undefined) fields.push(["availEvent", event]);
  if (mode === "desc" && slot !== undefined && counter !== undefined) {
    fields.push(["deviceOffWrap", slot | (counter << 15)]);
  }
  return fields;
}

/** A notification's value: the number itself, or its parts (virtio 1.3, 2.9). */
function notifyData(data: unknown): number | undefined {
  if (!isObject(data)) return count(data, 0xffff_ffff);
  const index = count(data["vq_index"], 0xffff);
  const off = count(data["next_off"], 0x7fff);
  const wrap = count(data["next_wrap"], 1);
  if (index === undefined || off === undefined || wrap === undefined) return undefined;
  return (index | (off << 16) | (wrap << 31)) >>> 0;
}

function fieldOf(field: FieldName, value: number | undefined): [FieldName, number][] | undefined {
  return value === undefined ? undefined : [[field, value]];
}

/** Up to 64 feature bits, as `0x` and hex digits: a number of JSON does not hold them. */
function featureFields(value: unknown): [FieldName, number][] | undefined {
  if (typeof value !== "string" || !/^0x[0-9a-f]{1,16}$/.test(value)) return undefined;
  const word = BigInt(value);
  return [
    ["featuresLow", Number(word & 0xffff_ffffn)],
    ["featuresHigh", Number(word >> 32n)],
  ];
}

/** What an operation came to, as fields of its event; undefined when `ret` is not of its sort. */
export function outcomeFields(
  kind: EventKind,
  operation: Json,
  packed: boolean,
): [FieldName, number][] | undefined {
  const { ret, token, value } = operation;
  switch (kind) {
    case "statusWritten":
      return fieldOf("status", count(value, 0xff));
    case "statusRead":
    case "queueResetRead":
      return fieldOf("status", count(ret, 0xff));
    case "featuresOffered":
      return featureFields(ret);
    case "featuresAccepted":
      return featureFields(value);
    case "add": {
      const buffer = count(token, Number.MAX_SAFE_INTEGER);
      // 0, or a negative errno.
      if (typeof ret !== "number" || !Number.isInteger(ret) || ret > 0) return undefined;
      const result: [FieldName, number][] = [["result", ret]];
      // 0 stands for no buffer.
      if (buffer !== undefined && buffer !== 0) result.push(["token", buffer]);
      return result;
    }
    case "getBuf":
    case "detachUnused": {
      const buffer = ret === null ? 0 : count(ret, Number.MAX_SAFE_INTEGER);
      return buffer === undefined ? undefined : [["token", buffer]];
    }
    case "kickPrepare":
      return typeof ret === "boolean" ? [["needsKick", ret ? 1 : 0]] : undefined;
    case "devicePop":
      return fetchFields(operation, packed);
    case "interrupt":
      return [["result", ret === "IRQ_HANDLED" ? 1 : 0]];
    case "poll": {
      if (typeof ret !== "boolean") return undefined;
      const opaque = count(operation["opaque"], 0xffff);
      const result: [FieldName, number] = ["result", ret ? 1 : 0];
      return opaque === undefined ? [result] : [result, ["opaque", opaque]];
    }
    case "deviceSignal":
    case "enableCb":
    case "enableCbDelayed":
      return typeof ret === "boolean" ? [["result", ret ? 1 : 0]] : undefined;
    case "deviceSetNotify":
      return notifyRequest(operation, packed);
    case "notify": {
      // False: the queue is broken.
      const result: [FieldName, number][] =
        typeof ret === "boolean" ? [["result", ret ? 1 : 0]] : [];
      const data = notifyData(operation["data"]);
      if (data === undefined) return operation["data"] === undefined ? result : undefined;
      return [...result, ["notifyData", data]];
    }
    default:
      return [];
  }
}

/**
 * What a device took: result 1 with the id, and its own position after it; 0 when it found nothing, -1
 * when it could not read what it found. The position stands where the driver's has its place; the
 * elements are its row's.
 */
function fetchFields(operation: Json, packed: boolean): [FieldName, number][] | undefined {
  const { ret, error, st } = operation;
  // A log need not say.
  if (ret === undefined) return [];
  const position = stateFields(st, packed).filter(([field]) =>
    packed ? field === "nextAvail" || field === "availWrap" : field === "availIdx",
  );
  if (!isObject(ret)) {
    return ret === null ? [["result", error === undefined ? 0 : -1], ...position] : undefined;
  }
  const id = count(ret["id"], 0xffff);
  if (id === undefined) return [["result", 1]];
  return [["result", 1], ["bufferId", id], ...position];
}

/** Appends the elements that a device found. */
function readFetched(ret: unknown, into: SegmentLog): boolean {
  const segs = isObject(ret) ? ret["segs"] : undefined;
  if (!Array.isArray(segs)) return segs === undefined;
  return (segs as unknown[]).every((seg) => {
    if (!Array.isArray(seg)) return false;
    const addr = count(seg[0], Number.MAX_SAFE_INTEGER);
    const len = count(seg[1], 0xffff_ffff);
    const writable = count(seg[2], 1);
    if (addr === undefined || len === undefined || writable === undefined) return false;
    into.push(addr, len, writable);
    return true;
  });
}

/** The whole of an operation's memory and elements, as rows of a batch have them. */
export function readOperation(operation: Json, into: OperationLog): boolean {
  const { segments } = into;
  const isFetch = operation["op"] === "fetch";
  const elements = isFetch
    ? readFetched(operation["ret"], segments)
    : readElements(operation, segments);
  return elements && readSteps(operation["mem"], into.memory);
}
