import type { Layout } from "../../model/event.ts";
import {
  AREA,
  AREAS,
  BARRIERS,
  type BarrierName,
  MEMORY_OP,
  type MemoryLog,
} from "../../model/memory.ts";
import { u16Distance } from "../../virtio/u16.ts";
import type { RingMemory } from "../ring-memory.ts";
import type { DeviceState } from "./device.ts";
import type { DriverState } from "./driver.ts";
import type { OperationFields } from "./operation-fields.ts";

/** Where an area of a queue is. */
export interface RingLogArea {
  /** Guest address. */
  readonly base: number;
  /** Bytes. */
  readonly len: number;
}

/** The first line of a ringlog/1 log, but for `type` and `format`; flags are 0 or 1. */
export interface RingLogHeader {
  readonly kernel: string;
  readonly variant: string;
  readonly layout: Layout;
  readonly size: number;
  readonly event_idx: number;
  readonly indirect: number;
  readonly in_order: number;
  readonly seed: number;
  readonly ops: number;
  readonly callback: number;
  readonly dma_api: number;
  readonly alloc_fail_pct: number;
  readonly resets: number;
  readonly warmup: number;
  readonly device_in_order: number;
  readonly loads: number;
  readonly fences: number;
  readonly recorder: string;
  readonly align: number;
  /** With VIRTIO_F_NOTIFICATION_DATA only. */
  readonly notification_data?: number;
  readonly index?: number;
  readonly areas: Readonly<Record<"desc" | "driver" | "device" | "ind", RingLogArea>>;
}

/**
 * Writes a log in the format ringlog/1, line by line and without line ends. An operation is atomic
 * there: one that the other party interrupted cannot be told.
 */
export class RingLogWriter {
  readonly #emit: (line: string) => void;
  #lines = 0;
  #outstanding = 0;
  #outstandingMax = 0;
  #stores = 0;
  #loads = 0;
  readonly #counts: Record<string, number> = {};
  #header: RingLogHeader | undefined;
  #driverState: DriverState | undefined;
  #availWraps = 0;
  #usedWraps = 0;

  constructor(emit: (line: string) => void) {
    this.#emit = emit;
    for (const name of COUNTS) this.#counts[name] = 0;
  }

  header(header: RingLogHeader): void {
    this.#header = header;
    this.#emit(JSON.stringify({ type: "header", format: "ringlog/1", ...header }));
  }

  /** The ring and both parties in the middle of a run, with nothing in flight. */
  snapshot(memory: RingMemory, driver: DriverState, device: DeviceState): void {
    const hex = (area: number): string => Buffer.from(memory.bytes(area)).toString("hex");
    const areas = { desc: hex(AREA.desc), driver: hex(AREA.driver), device: hex(AREA.device) };
    this.#emit(JSON.stringify({ type: "snapshot", areas, driver, device }));
  }

  /** `state`: the party's, after the operation. */
  operation(
    actor: "driver" | "device",
    op: string,
    fields: OperationFields,
    steps: MemoryLog,
    state: DriverState | DeviceState,
  ): void {
    const head = JSON.stringify({ seq: this.#lines, actor, op, ...fields });
    this.#lines++;
    this.#count(op, fields, steps);
    if ("num_free" in state) this.#countWraps(op, state);
    this.#emit(`${head.slice(0, -1)},"mem":${stepsText(steps)},"st":${JSON.stringify(state)}}`);
  }

  /** The last line. */
  footer(): void {
    this.#emit(
      JSON.stringify({
        type: "footer",
        lines: this.#lines,
        ...this.#counts,
        avail_wraps: this.#availWraps,
        used_wraps: this.#usedWraps,
        max_outstanding: this.#outstandingMax,
        stores: this.#stores,
        loads: this.#loads,
        anomalies: 0,
        halted: 0,
        device_broken: 0,
        machine_steps: 0,
      }),
    );
  }

  /** Laps of the driver: avail.idx past a multiple of N, or the packed wrap counters. */
  #countWraps(op: string, state: DriverState): void {
    const before = this.#driverState;
    this.#driverState = state;
    if (op === "create" || before === undefined || this.#header === undefined) return;
    if (this.#header.layout === "split") {
      const stepped = u16Distance(before.avail_idx, state.avail_idx) === 1;
      if (stepped && state.avail_idx % this.#header.size === 0) this.#availWraps++;
      return;
    }
    if (before.avail_wrap !== state.avail_wrap) this.#availWraps++;
    if (before.used_wrap !== state.used_wrap) this.#usedWraps++;
  }

  #add(name: (typeof COUNTS)[number], by = 1): void {
    this.#counts[name] = (this.#counts[name] as number) + by;
  }

  #count(op: string, fields: OperationFields, steps: MemoryLog): void {
    const { ret } = fields;
    for (let i = 0; i < steps.length; i++) {
      if (steps.op[i] === MEMORY_OP.store) this.#stores++;
      else if (steps.op[i] === MEMORY_OP.load) this.#loads++;
    }
    switch (op) {
      case "add":
        this.#countAdd(fields, steps);
        break;
      case "get_buf":
        this.#add(ret === null ? "get_null" : "returned");
        if (ret !== null) this.#outstanding--;
        break;
      case "detach_unused_buf":
        if (ret === null) break;
        this.#add("detached");
        this.#outstanding--;
        break;
      case "fetch":
        if (ret !== null) this.#add("fetched");
        break;
      case "complete":
        this.#add("completed", (fields["used"] as readonly unknown[]).length);
        break;
      case "kick_prepare":
        this.#add("kick_prepares");
        if (ret === true) this.#add("needs_kick");
        break;
      case "notify":
        this.#add("notify_calls");
        break;
      case "signal":
        this.#add("signals");
        if (ret === true) this.#add("needs_irq");
        break;
      case "interrupt":
        this.#add(fields["spurious"] === true ? "spurious_irqs" : "irqs");
        if (fields["callback"] === true) this.#add("callbacks");
        break;
    }
  }

  #countAdd(fields: OperationFields, steps: MemoryLog): void {
    if (hasStep(steps, MEMORY_OP.notify)) this.#add("notify_calls");
    if (fields["ret"] !== 0) {
      if (fields["err"] === "ENOSPC") this.#add("enospc");
      return;
    }
    const segments =
      (fields["out"] as readonly unknown[]).length + (fields["in"] as readonly unknown[]).length;
    this.#add("added");
    if (hasStep(steps, MEMORY_OP.alloc)) this.#add("indirect_adds");
    else if (segments > 1) this.#add("direct_chains");
    if (hasStep(steps, MEMORY_OP.allocFailed)) this.#add("alloc_failed");
    this.#outstanding++;
    this.#outstandingMax = Math.max(this.#outstandingMax, this.#outstanding);
  }
}

/** In the footer's order. */
const COUNTS = [
  "added",
  "enospc",
  "direct_chains",
  "indirect_adds",
  "alloc_failed",
  "returned",
  "get_null",
  "detached",
  "fetched",
  "completed",
  "kick_prepares",
  "needs_kick",
  "notify_calls",
  "signals",
  "needs_irq",
  "irqs",
  "spurious_irqs",
  "callbacks",
] as const;

function hasStep(steps: MemoryLog, op: number): boolean {
  for (let i = 0; i < steps.length; i++) if (steps.op[i] === op) return true;
  return false;
}

/** A log of steps as the format's `mem`. */
export function stepsText(steps: MemoryLog): string {
  const parts: string[] = [];
  for (let i = 0; i < steps.length; i++) parts.push(stepText(steps, i));
  return `[${parts.join(",")}]`;
}

function stepText(steps: MemoryLog, i: number): string {
  const area = steps.area[i] as number;
  const offset = steps.offset[i] as number;
  const low = steps.low[i] as number;
  switch (steps.op[i]) {
    case MEMORY_OP.store:
      return `["w","${AREAS[area]}",${offset},"${valueHex(steps, i)}"]`;
    case MEMORY_OP.load:
      return `["r","${AREAS[area]}",${offset},"${valueHex(steps, i)}"]`;
    case MEMORY_OP.barrier:
      return `["f","${BARRIERS[area] as BarrierName}"]`;
    case MEMORY_OP.notify:
      return '["k"]';
    case MEMORY_OP.alloc:
      return `["a","ind",${offset},${low}]`;
    case MEMORY_OP.free:
      return `["x","ind",${offset},${low}]`;
    case MEMORY_OP.allocFailed:
      return `["n",${low}]`;
    default:
      throw new Error("what memory held before is no step of an operation");
  }
}

/** Bytes in memory order: little-endian. */
function valueHex(steps: MemoryLog, i: number): string {
  const width = steps.width[i] as number;
  let text = "";
  for (let byte = 0; byte < width; byte++) {
    const half = (byte < 4 ? steps.low[i] : steps.high[i]) as number;
    text += ((half >>> (8 * (byte & 3))) & 0xff).toString(16).padStart(2, "0");
  }
  return text;
}
