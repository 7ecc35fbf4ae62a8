import type { CaseReader } from "../db/reader.ts";
import type { Direction, GapRow, RingEventRow, RingQueueRow, RingRows } from "../db/ring-rows.ts";
import { type EventKind, isDeviceKind, isLifeKind, KIND, PHASES } from "../model/event.ts";
import { MEMORY_OP, OperationLog, type RingSetup } from "../model/memory.ts";
import type { RingPicture } from "../model/ring-picture.ts";
import { descriptorBytes } from "../parser/ftrace/descriptors.ts";
import {
  isObject,
  type Json,
  readHeld,
  readOperation,
  readSnapshot,
  ringSetup,
  stateFields,
} from "../parser/ringlog/operation.ts";
import type { DeviceAccount } from "../replay/dump/dump-input.ts";
import type { InFlightRow, PictureQueue } from "../replay/picture/picture-parts.ts";
import {
  type BufferPlace,
  type SampledEvent,
  SampledRing,
} from "../replay/picture/sampled-ring.ts";
import { type StoredOperation, StoredRing } from "../replay/picture/stored-ring.ts";
import { UNKNOWN } from "../replay/sample.ts";

/** How far back a field is looked for that the events right before do not show. */
const WINDOW_EVENTS = 512;
/** Events behind an add in which the next sample is looked for: mostly it is the next but one. */
const PLACE_EVENTS = [6, 64];
/** Events read at once on the way to a change. */
const STEP_EVENTS = 64;
/** Events that a step to a change passes at most. */
const STEP_EVENTS_MAX = 8192;
/** Of a log that tells every store: operations from one kept ring to the next, and bytes of all that are kept. */
const KEEP_OPERATIONS = 1024;
const KEEP_BYTES = 64 << 20;
const READ_OPERATIONS = 256;
/** Places of buffers that are remembered for each queue. */
const PLACES_MAX = 4096;
const RINGLOG = "ringlog/1";

/** A queue of a case that can be drawn. */
export interface RingQueue {
  readonly id: number;
  readonly key: string;
  readonly layout: "packed" | "split";
  readonly size: number;
  /** Its source tells every store, so that every byte is known. */
  readonly stores: boolean;
  readonly firstEvent: number;
  readonly lastEvent: number;
}

/** `event`: of the queue. `change`: at which the picture becomes another. `lap`: at which the driver enters another lap. */
export type RingStep = "event" | "change" | "lap" | "finding";

/** The rings of a case at any of its events. It keeps what makes the next seek quick, in bounded memory. */
export class RingTime {
  readonly #rows: RingRows;
  readonly #followed = new Map<number, Followed>();
  readonly #queues: readonly RingQueueRow[];

  constructor(reader: CaseReader) {
    this.#rows = reader.ringRows();
    this.#queues = this.#rows.queues();
  }

  /** Queues whose layout and size are known, in the order of the case. */
  queues(): RingQueue[] {
    return this.#queues.map(({ id, key, layout, size, format, firstEvent, lastEvent }) => ({
      id,
      key,
      layout,
      size,
      stores: format === RINGLOG,
      firstEvent,
      lastEvent,
    }));
  }

  /** The ring behind the last event of the queue up to `seq`; undefined where it has none, or cannot be drawn. */
  at(queue: number, seq: number): RingPicture | undefined {
    const followed = this.#follow(queue);
    if (followed === undefined) return undefined;
    const event = this.#rows.eventBeside(queue, seq + 1, -1);
    return event === undefined ? undefined : followed.at(event);
  }

  /** Where a step leads to from `seq`; undefined where there is nothing more. */
  next(queue: number, seq: number, step: RingStep, direction: Direction): number | undefined {
    const followed = this.#follow(queue);
    if (followed === undefined) return undefined;
    switch (step) {
      case "event":
        return this.#rows.eventBeside(queue, seq, direction);
      case "finding":
        return this.#rows.findingBeside(queue, seq, direction);
      case "lap":
        return this.#lap(followed.row, seq, direction);
      case "change":
        return followed.change(seq, direction);
      default:
        return step satisfies never;
    }
  }

  /** Forward to where the next lap begins; back to where this one began, or the one before. */
  #lap(queue: RingQueueRow, seq: number, direction: Direction): number | undefined {
    const rows = this.#rows;
    if (direction === 1) {
      const now = rows.lapAt(queue, seq);
      return rows.otherLap(queue, seq, now?.lap ?? UNKNOWN, 1);
    }
    const now = rows.lapAt(queue, seq - 1);
    if (now === undefined) return undefined;
    const before = rows.otherLap(queue, now.seq, now.lap, -1);
    return rows.otherLap(
      queue,
      before ?? -1,
      before === undefined ? UNKNOWN : (rows.lapAt(queue, before)?.lap ?? UNKNOWN),
      1,
    );
  }

  #follow(queue: number): Followed | undefined {
    let followed = this.#followed.get(queue);
    if (followed !== undefined) return followed;
    const row = this.#queues.find(({ id }) => id === queue);
    if (row === undefined) return undefined;
    followed =
      row.format === RINGLOG ? new StoredTime(this.#rows, row) : new SampledTime(this.#rows, row);
    this.#followed.set(queue, followed);
    return followed;
  }
}

interface Followed {
  readonly row: RingQueueRow;
  /** `seq` is an event of the queue. */
  at(seq: number): RingPicture;
  change(seq: number, direction: Direction): number | undefined;
}

/** Operations are whole. */
const NO_CALL = { take: UNKNOWN, kick: UNKNOWN };

/** Buffers in flight behind an event; `open` are begins of calls that have not returned by then. */
function inFlightAt(
  rows: RingRows,
  queue: number,
  at: { readonly seq: number; readonly time: number },
  open: { readonly take: number; readonly kick: number },
): InFlightRow[] {
  const kickedUntil = (event: number | null): boolean =>
    event !== null && event <= at.seq && event !== open.kick;
  return rows.inFlight(queue, at.seq, open.take).map(({ kickedEvent, added, ...row }) => ({
    ...row,
    added,
    age: at.time - added,
    kicked: kickedUntil(kickedEvent) ? true : row.certain ? false : null,
  }));
}

function pictureQueue({ id, key, layout, size, features }: RingQueueRow): PictureQueue {
  return {
    queue: id,
    key,
    layout,
    size,
    eventIdx: features.includes("VIRTIO_F_EVENT_IDX"),
    indirect: features.includes("VIRTIO_F_INDIRECT_DESC"),
  };
}

/** A queue that probes show: each picture is made anew of the events right before. */
class SampledTime implements Followed {
  readonly row: RingQueueRow;
  readonly #rows: RingRows;
  readonly #queue: PictureQueue;
  readonly #places = new Map<number, BufferPlace | undefined>();
  readonly #gaps: readonly GapRow[];

  constructor(rows: RingRows, row: RingQueueRow) {
    this.row = row;
    this.#rows = rows;
    this.#queue = pictureQueue(row);
    this.#gaps = rows.gaps(row.id);
  }

  at(seq: number): RingPicture {
    const ring = this.#ring();
    const rows = this.#rows.eventsUpTo(this.row.id, seq, WINDOW_EVENTS);
    for (const row of rows) ring.step(sampledEvent(row, this.row.layout));
    const last = rows[rows.length - 1] as RingEventRow;
    const inFlight = inFlightAt(this.#rows, this.row.id, last, {
      take: ring.openTake,
      kick: ring.openKick,
    });
    const places = new Map<number, BufferPlace | undefined>();
    if (this.row.layout === "packed") {
      const first = rows[0] as RingEventRow;
      const older = inFlight.map((row) => row.seq).filter((add) => add < first.seq);
      this.#placeTogether(older, seq);
      for (const add of older) places.set(add, this.#place(add, seq));
    }
    const shown =
      rows.length < WINDOW_EVENTS
        ? "no event of the queue shows it so far"
        : `none of the last ${WINDOW_EVENTS} events of the queue shows it`;
    return ring.picture(seq, inFlight, { places, shown });
  }

  change(seq: number, direction: Direction): number | undefined {
    return direction === 1 ? this.#changeBehind(seq) : this.#changeBefore(seq);
  }

  #changeBehind(seq: number): number | undefined {
    const ring = this.#ring();
    const { id, layout } = this.row;
    for (const row of this.#rows.eventsUpTo(id, seq, WINDOW_EVENTS))
      ring.step(sampledEvent(row, layout));
    const { stamp } = ring;
    let at = seq;
    for (let read = 0; read < STEP_EVENTS_MAX; read += STEP_EVENTS) {
      const rows = this.#rows.eventsBetween(id, at + 1, Number.MAX_SAFE_INTEGER, STEP_EVENTS);
      for (const row of rows) {
        ring.step(sampledEvent(row, layout));
        if (ring.stamp !== stamp) return row.seq;
        at = row.seq;
      }
      if (rows.length < STEP_EVENTS) return undefined;
    }
    return at;
  }

  /** The last event before `seq` at which the picture became another. */
  #changeBefore(seq: number): number | undefined {
    const { id, layout } = this.row;
    for (let until = seq - 1, read = 0; read < STEP_EVENTS_MAX; read += STEP_EVENTS) {
      // What stands before the candidates only makes known what they may change.
      const rows = this.#rows.eventsUpTo(id, until, WINDOW_EVENTS + STEP_EVENTS);
      const ring = this.#ring();
      const candidates = Math.max(0, rows.length - STEP_EVENTS);
      let stamp = "";
      let found: number | undefined;
      for (const [i, row] of rows.entries()) {
        ring.step(sampledEvent(row, layout));
        if (i >= candidates && ring.stamp !== stamp) found = row.seq;
        if (i + 1 >= candidates) stamp = ring.stamp;
      }
      if (found !== undefined) return found;
      if (candidates === 0) return rows[0]?.seq;
      until = (rows[candidates] as RingEventRow).seq - 1;
    }
    return this.#rows.eventBeside(id, seq, -1);
  }

  #ring(): SampledRing {
    return new SampledRing(this.#queue, { mayMove: this.#mayMove, lossy: this.row.lossy });
  }

  readonly #mayMove = (from: number, to: number): boolean =>
    this.#gaps.some((gap) => gap.from < to && gap.to > from);

  /** A receive queue is filled at once: one walk from the first of its adds places most of the others. */
  #placeTogether(adds: readonly number[], seq: number): void {
    const [first, second] = adds.filter((add) => !this.#places.has(add));
    if (first === undefined || second === undefined) return;
    const ring = this.#ring();
    for (const row of this.#rows.eventsBetween(this.row.id, first, seq, WINDOW_EVENTS)) {
      ring.step(sampledEvent(row, this.row.layout));
    }
    for (const add of adds) {
      const place = ring.places.get(add);
      if (place !== undefined && !this.#places.has(add)) this.#remember(add, place);
    }
  }

  /** Where a buffer is that was added long before: the events behind its add tell. */
  #place(add: number, seq: number): BufferPlace | undefined {
    if (this.#places.has(add)) {
      const known = this.#places.get(add);
      return known !== undefined && known.by > seq ? undefined : known;
    }
    for (const limit of PLACE_EVENTS) {
      const ring = this.#ring();
      const rows = this.#rows.eventsBetween(this.row.id, add, seq, limit);
      for (const row of rows) {
        ring.step(sampledEvent(row, this.row.layout));
        if (ring.places.has(add)) break;
      }
      const place = ring.places.get(add);
      if (place !== undefined) return this.#remember(add, place);
      // All that there is by now: a later event may tell more.
      if (rows.length < limit) return undefined;
    }
    return this.#remember(add, undefined);
  }

  #remember(add: number, place: BufferPlace | undefined): BufferPlace | undefined {
    if (this.#places.size >= PLACES_MAX) this.#places.clear();
    this.#places.set(add, place);
    return place;
  }
}

function sampledEvent(row: RingEventRow, layout: "packed" | "split"): SampledEvent {
  const kind = KIND[row.kind as EventKind];
  const { fields } = row;
  // Only an add's arguments, a recorded ring and a split queue's own names stand there.
  const wanted = layout === "split" || kind === KIND.add || fields?.includes('"desc":"{') === true;
  const json = fields !== null && wanted ? (JSON.parse(fields) as Json) : {};
  const of = (name: string, column: number | null = null): number => {
    const value = json[name];
    return typeof value === "number" ? value : (column ?? UNKNOWN);
  };
  const split = layout === "split";
  const out = of("outSgs");
  const lists = out < 0 && of("inSgs") < 0 ? UNKNOWN : Math.max(0, out) + Math.max(0, of("inSgs"));
  return {
    seq: row.seq,
    kind,
    phase: PHASES.indexOf(row.phase as (typeof PHASES)[number]),
    token: row.token,
    ret: row.ret ?? Number.NaN,
    nextAvail: split ? UNKNOWN : (row.nextAvail ?? UNKNOWN),
    availWrap: split ? UNKNOWN : (row.availWrap ?? UNKNOWN),
    lastUsed: row.lastUsed ?? UNKNOWN,
    numFree: row.numFree ?? UNKNOWN,
    numAdded: row.numAdded ?? UNKNOWN,
    driverOffWrap: split ? UNKNOWN : (row.driverOffWrap ?? UNKNOWN),
    driverFlags: split ? UNKNOWN : (row.driverFlags ?? UNKNOWN),
    deviceOffWrap: split ? UNKNOWN : (row.deviceOffWrap ?? UNKNOWN),
    deviceFlags: split ? UNKNOWN : (row.deviceFlags ?? UNKNOWN),
    // A probe with packed offsets reads these words of a split queue: docs/fields.md.
    availFlags: split ? of("availFlags", row.driverOffWrap) : UNKNOWN,
    availIdx: split ? of("availIdx", row.driverFlags) : UNKNOWN,
    usedFlags: split ? of("usedFlags", row.deviceOffWrap) : UNKNOWN,
    usedIdx: split ? of("usedIdx", row.deviceFlags) : UNKNOWN,
    usedEvent: split ? of("usedEvent") : UNKNOWN,
    availEvent: split ? of("availEvent") : UNKNOWN,
    segments: of("segments"),
    lists,
    descriptors: recordedBytes(json["desc"]),
  };
}

function recordedBytes(text: unknown): Uint8Array | undefined {
  if (typeof text !== "string" || !text.startsWith("{")) return undefined;
  const bytes = new TextEncoder().encode(text);
  return descriptorBytes(bytes, 0, bytes.length);
}

/** A queue of a log that tells every store: rings are kept on the way, to step on from. */
class StoredTime implements Followed {
  readonly row: RingQueueRow;
  readonly #rows: RingRows;
  readonly #queue: PictureQueue;
  readonly #setup: RingSetup;
  /** Oldest first. */
  #kept: { readonly seq: number; readonly ring: StoredRing }[] = [];
  #every = KEEP_OPERATIONS;
  /** The ring that was drawn last. */
  #now: { seq: number; time: number; ring: StoredRing } | undefined;

  constructor(rows: RingRows, row: RingQueueRow) {
    this.row = row;
    this.#rows = rows;
    this.#queue = pictureQueue(row);
    const [first] = rows.eventsBetween(row.id, row.firstEvent, row.firstEvent, 1);
    this.#setup = setupOf(row, first);
  }

  at(seq: number): RingPicture {
    const { ring, time } = this.#reach(seq);
    const inFlight = inFlightAt(this.#rows, this.row.id, { seq, time }, NO_CALL);
    const picture = ring.picture(seq, inFlight);
    if (!this.row.lossy) return picture;
    const unknown = [...picture.unknown, "what operations stored that the log lacks"];
    return { ...picture, unknown };
  }

  #reach(seq: number): { readonly ring: StoredRing; readonly time: number } {
    const kept = this.#kept.findLast((one) => one.seq <= seq);
    let now = this.#now;
    if (now === undefined || now.seq > seq || (kept !== undefined && kept.seq > now.seq)) {
      const ring = kept?.ring.copy() ?? new StoredRing(this.#queue, this.#setup);
      now = { seq: kept?.seq ?? -1, time: 0, ring };
      this.#now = now;
      // The time is its event's own.
      if (kept?.seq === seq) now.time = this.#rows.eventsUpTo(this.row.id, seq, 1)[0]?.time ?? 0;
    }
    for (let steps = 0; now.seq < seq; ) {
      const rows = this.#rows.eventsBetween(this.row.id, now.seq + 1, seq, READ_OPERATIONS);
      if (rows.length === 0) break;
      for (const row of rows) {
        now.ring.step(storedOperation(row, this.#setup));
        now.seq = row.seq;
        now.time = row.time;
        if (++steps % this.#every === 0) this.#keep(row.seq, now.ring);
      }
    }
    return now;
  }

  #keep(seq: number, ring: StoredRing): void {
    const last = this.#kept[this.#kept.length - 1];
    if (last !== undefined && last.seq >= seq) return;
    this.#kept.push({ seq, ring: ring.copy() });
    if (this.#kept.reduce((sum, one) => sum + one.ring.held, 0) <= KEEP_BYTES) return;
    this.#kept = this.#kept.filter((_one, i) => i % 2 === 1);
    this.#every *= 2;
  }

  /** An operation changes the ring if it stores, adds, takes back, or leaves the driver in another state. */
  change(seq: number, direction: Direction): number | undefined {
    const { id } = this.row;
    let at = seq;
    for (let read = 0; read < STEP_EVENTS_MAX; read += STEP_EVENTS) {
      const rows =
        direction === 1
          ? this.#rows.eventsBetween(id, at + 1, Number.MAX_SAFE_INTEGER, STEP_EVENTS)
          : this.#rows.eventsUpTo(id, at - 1, STEP_EVENTS).reverse();
      const found = rows.find((row) => this.#isChange(row));
      if (found !== undefined) return found.seq;
      const last = rows[rows.length - 1];
      if (last === undefined || rows.length < STEP_EVENTS) break;
      at = last.seq;
    }
    return undefined;
  }

  #isChange(row: RingEventRow): boolean {
    const { log, added, tookBack } = storedOperation(row, this.#setup);
    const { memory } = log;
    return (
      added || tookBack !== null || memory.op.subarray(0, memory.length).includes(MEMORY_OP.store)
    );
  }
}

/** The header stands with the first event behind it, and with each creation. */
function setupOf(row: RingQueueRow, first: RingEventRow | undefined): RingSetup {
  const { header } = JSON.parse(first?.fields ?? "{}") as Json;
  const setup = isObject(header) ? ringSetup(header) : "";
  if (typeof setup !== "string") return setup;
  const { layout, size: queueSize, features } = row;
  // A case of before has no header: its tables are not found.
  return {
    layout,
    queueSize,
    eventIdx: features.includes("VIRTIO_F_EVENT_IDX"),
    indirect: features.includes("VIRTIO_F_INDIRECT_DESC"),
    inOrder: false,
    legacy: false,
    addressesMapped: false,
    barriersLogged: false,
    bases: [Number(row.pointer), 0, 0],
    tables: { base: 0, bytes: 0 },
  };
}

function storedOperation(row: RingEventRow, setup: RingSetup): StoredOperation {
  const json = JSON.parse(row.fields ?? "{}") as Json;
  const kind = KIND[row.kind as EventKind];
  const packed = setup.layout === "packed";
  const log = new OperationLog(1);
  const isSnapshot = kind === KIND.snapshot;
  if (isSnapshot) readSnapshot(json["areas"], setup, log.memory);
  else {
    if (kind === KIND.create) readHeld(json["areas"], setup, log.memory);
    readOperation(json, log);
  }
  const isDriver = !isDeviceKind(kind) && !isLifeKind(kind);
  const back = kind === KIND.getBuf || kind === KIND.detachUnused;
  return {
    seq: row.seq,
    kind,
    log,
    added: kind === KIND.add && row.ret === 0,
    tookBack: back && row.token !== "0x0" ? row.token : null,
    token: row.token,
    state: isDriver ? stateFields(isSnapshot ? json["driver"] : json["st"], packed) : [],
    account: isDeviceKind(kind) ? accountOf(json["st"], packed) : undefined,
  };
}

/** Where a device says that it stands behind its operation. */
function accountOf(state: unknown, packed: boolean): DeviceAccount | undefined {
  if (!isObject(state)) return undefined;
  const word = (idx: unknown, wrap: unknown): number | undefined => {
    if (typeof idx !== "number" || !Number.isInteger(idx) || idx < 0 || idx > 0xffff)
      return undefined;
    if (!packed) return idx;
    return (wrap === 0 || wrap === 1) && idx < 0x8000 ? idx | (wrap << 15) : undefined;
  };
  const used = word(state["used_idx"], state["used_wrap"]);
  const taken = word(state["avail_idx"], state["avail_wrap"]);
  return used === undefined || taken === undefined ? undefined : { used, taken, hasWrap: true };
}
