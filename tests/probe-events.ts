import type { EventKind, RingEvent } from "../src/model/event.ts";
import { AREA, type AreaName } from "../src/model/memory.ts";
import type { DriverState } from "../src/replay/models/driver.ts";
import type { RingLogHeader } from "../src/replay/models/ringlog-writer.ts";
import { RingMemory } from "../src/replay/ring-memory.ts";
import { EVENT_FLAGS, EVENT_OFF_WRAP } from "../src/virtio/packed.ts";
import { availEventOffset, RING_FLAGS } from "../src/virtio/split.ts";

/** A line of a log, as far as probes show of it. */
interface Line {
  readonly type?: string;
  readonly actor: "driver" | "device";
  readonly op: string;
  readonly token?: number;
  readonly opaque?: number;
  readonly out?: readonly unknown[];
  readonly in?: readonly unknown[];
  readonly ret?: number | boolean | string | null;
  readonly mem: readonly (readonly [step: string, area: AreaName, offset: number, hex: string])[];
  readonly st: DriverState;
}

interface Snapshot {
  readonly areas: Readonly<Record<"desc" | "driver" | "device", string>>;
  readonly driver: DriverState;
}

type Fields = Omit<RingEvent, "kind" | "phase">;

/** What probes on virtio_ring.c show of a driver's operations: each call's begin, and its return. */
const CALLS: Readonly<Record<string, EventKind>> = {
  add: "add",
  kick_prepare: "kickPrepare",
  notify: "notify",
  get_buf: "getBuf",
  detach_unused_buf: "detachUnused",
  disable_cb: "disableCb",
  enable_cb_prepare: "enableCbPrepare",
  enable_cb: "enableCb",
  enable_cb_delayed: "enableCbDelayed",
  poll: "poll",
  interrupt: "interrupt",
};

/** Kernel addresses: what probes give for pointers, and never 0. */
const QUEUE = -0x1000;
const TOKENS = 0x10_0000;
/** Between two events, in nanoseconds. */
const PACE = 1000;

/**
 * The history of a log as probes on its driver would have shown it: no stores, no device; the driver's
 * private state before each call, and the event words as they were when the probe fired. It fires a
 * moment before the function reads them: `early` tells how many of the device's operations before a
 * call it may not have seen yet.
 */
export class ProbeEvents {
  readonly events: RingEvent[] = [];
  readonly line: (text: string) => void;
  readonly #early: () => number;
  #header: RingLogHeader | undefined;
  #memory = new RingMemory("packed", 1);
  #state: DriverState | undefined;
  /** The device's words, oldest first, since the last call; the last ones are the current ones. */
  #words: Fields[] = [];

  constructor(early: () => number) {
    this.#early = early;
    this.line = (text) => this.#line(JSON.parse(text) as Line);
  }

  #line(line: Line): void {
    if (line.type === "header") {
      this.#header = line as unknown as RingLogHeader;
      const { layout, size } = this.#header;
      this.#memory = new RingMemory(layout, size);
    }
    if (line.type === "snapshot") this.#snapshot(line as unknown as Snapshot);
    if (line.type !== undefined) return;
    if (line.actor === "driver") this.#call(line);
    this.#store(line);
    if (line.actor === "device") this.#words.push(this.#deviceWords());
    else {
      this.#state = line.st;
      this.#words = [this.#deviceWords()];
    }
  }

  /** No probe saw how the queue came here. */
  #snapshot({ areas, driver }: Snapshot): void {
    for (const area of ["desc", "driver", "device"] as const) {
      this.#memory.bytes(AREA[area]).set(Buffer.from(areas[area], "hex"));
    }
    this.#state = driver;
    this.#words = [this.#deviceWords()];
  }

  #store({ op, mem }: Line): void {
    if (op === "create") this.#memory.reset();
    for (const [step, area, offset, hex] of mem) {
      if (step !== "w" || area === "ind") continue;
      this.#memory.bytes(AREA[area]).set(Buffer.from(hex, "hex"), offset);
    }
  }

  #call(line: Line): void {
    const { op, ret } = line;
    const header = this.#header as RingLogHeader;
    if (op === "create") {
      this.#push({
        kind: "create",
        phase: "end",
        queue: QUEUE,
        name: "probes.0",
        index: 0,
        queueSize: header.size,
        packed: header.layout === "packed" ? 1 : 0,
        eventIdx: header.event_idx,
        indirect: header.indirect,
      });
      return;
    }
    const kind = CALLS[op] as EventKind;
    const token = line.token === undefined ? {} : { token: TOKENS + line.token };
    this.#push({ kind, phase: "begin", queue: QUEUE, ...this.#private(line), ...token });
    const end = returned(kind, ret);
    if (end !== undefined) this.#push({ kind, phase: "end", ...end });
  }

  #push(event: RingEvent): void {
    this.events.push({ ...event, time: this.events.length * PACE });
  }

  /** The driver's state and both sides' words, as the probe of a call reads them. */
  #private(line: Line): Fields {
    const state = this.#state as DriverState;
    const { layout } = this.#header as RingLogHeader;
    const { num_free: numFree, num_added: numAdded } = state;
    const behind = Math.min(this.#early(), this.#words.length - 1);
    const device = this.#words[this.#words.length - 1 - behind];
    const segments = line.op === "add" ? { segments: segmentsOf(line) } : {};
    if (layout === "split") {
      return {
        ...{ availIdx: state.avail_idx, lastUsed: state.last_used, numFree, numAdded },
        ...device,
        ...segments,
      };
    }
    return {
      nextAvail: state.avail_idx,
      availWrap: state.avail_wrap ?? 1,
      lastUsed: state.last_used | ((state.used_wrap ?? 1) << 15),
      ...{ numFree, numAdded },
      driverOffWrap: this.#memory.get16(AREA.driver, EVENT_OFF_WRAP),
      driverFlags: this.#memory.get16(AREA.driver, EVENT_FLAGS),
      ...device,
      ...segments,
    };
  }

  #deviceWords(): Fields {
    const memory = this.#memory;
    const { layout, size } = this.#header as RingLogHeader;
    if (layout === "split") {
      return {
        usedFlags: memory.get16(AREA.device, RING_FLAGS),
        availEvent: memory.get16(AREA.device, availEventOffset(size)),
      };
    }
    return {
      deviceOffWrap: memory.get16(AREA.device, EVENT_OFF_WRAP),
      deviceFlags: memory.get16(AREA.device, EVENT_FLAGS),
    };
  }
}

function segmentsOf(line: Line): number {
  return (line.out?.length ?? 0) + (line.in?.length ?? 0);
}

/** What the return of a call shows; undefined where only its begin counts. */
function returned(kind: EventKind, ret: Line["ret"]): Fields | undefined {
  switch (kind) {
    case "add":
      return { result: Number(ret) };
    case "kickPrepare":
      return { needsKick: ret === true ? 1 : 0 };
    case "getBuf":
    case "detachUnused":
      return { token: ret === null ? 0 : TOKENS + Number(ret) };
    case "notify":
    case "disableCb":
    case "interrupt":
      return undefined;
    default:
      return { result: Number(ret) };
  }
}

/** A trace of these events of which a part is missing: silently, or as a tracer that admits it. */
export function thinned(
  events: readonly RingEvent[],
  missing: () => boolean,
  admitted: boolean,
): RingEvent[] {
  const kept: RingEvent[] = [];
  let lost = 0;
  for (const event of events) {
    if (missing()) {
      lost++;
      continue;
    }
    if (lost > 0 && admitted) kept.push({ kind: "lost", phase: "begin", lostCount: lost });
    lost = 0;
    kept.push(event);
  }
  return kept;
}
