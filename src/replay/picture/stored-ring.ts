import { type FieldName, isDeviceKind, KIND } from "../../model/event.ts";
import { AREA, MEMORY_OP, type OperationLog, type RingSetup } from "../../model/memory.ts";
import type { DumpSegment, RingDump } from "../../model/ring-dump.ts";
import type { PictureBuffer, PictureSlot, RingPicture } from "../../model/ring-picture.ts";
import { DESC_BYTES, PACKED_DESC_ID, VIRTQ_DESC_F_AVAIL } from "../../virtio/descriptor.ts";
import type { FeatureName } from "../../virtio/features.ts";
import {
  advancePosition,
  packedPosition,
  positionDistance,
  positionSlot,
  positionWord,
  wordPosition,
} from "../../virtio/packed.ts";
import {
  availEntry,
  availEventOffset,
  RING_IDX,
  usedElem,
  usedEventOffset,
} from "../../virtio/split.ts";
import { u16, u16Distance } from "../../virtio/u16.ts";
import { Chain, type TableLookup, walkPacked, walkSplit } from "../chain.ts";
import { decodeDump } from "../dump/decode.ts";
import { chainBuffer } from "../dump/dump-buffer.ts";
import type { DeviceAccount, DumpInput } from "../dump/dump-input.ts";
import { RingMemory } from "../ring-memory.ts";
import { isKnown, UNKNOWN } from "../sample.ts";
import {
  type InFlightRow,
  knownOrNull,
  type PictureQueue,
  picturePosition,
  pictureWord,
} from "./picture-parts.ts";

/** One operation of a log that tells every store. */
export interface StoredOperation {
  readonly seq: number;
  readonly kind: number;
  /** Its steps. */
  readonly log: OperationLog;
  /** The buffer's add was taken; the buffer that came back. */
  readonly added: boolean;
  readonly tookBack: string | null;
  readonly token: string | null;
  /** State behind it, of the party that made it; none where the log does not say. */
  readonly state: readonly (readonly [FieldName, number])[];
  /** Of a device's: where it stands behind it. */
  readonly account: DeviceAccount | undefined;
}

/** A buffer as it was made available. */
interface StoredBuffer {
  readonly token: string | null;
  readonly id: number;
  readonly slots: readonly number[];
  readonly segments: readonly DumpSegment[];
  readonly table: number | null;
}

/** Entries of the arena in a page of what is known of it. */
const KNOWN_PAGE = 4096;

/**
 * A queue as its stores make it: bytes, both parties' own accounts, and each buffer as its add left it,
 * which stays true where used descriptors are written over it.
 */
export class StoredRing {
  readonly #queue: PictureQueue;
  readonly #setup: RingSetup;
  #memory: RingMemory;
  #driver = new Map<FieldName, number>();
  #account: DeviceAccount | undefined;
  readonly #buffers = new Map<number, StoredBuffer>();
  /** Adds whose entry is not published yet, oldest first. */
  #unpublished: { readonly seq: number; readonly token: string | null }[] = [];
  readonly #tables = new Map<number, Uint8Array>();
  readonly #wordSeq = { driver: 0, device: 0 };

  constructor(queue: PictureQueue, setup: RingSetup) {
    this.#queue = queue;
    this.#setup = setup;
    this.#memory = new RingMemory(setup.layout, setup.queueSize, setup.tables.bytes);
  }

  /** The bytes as they are now. */
  get memory(): RingMemory {
    return this.#memory;
  }

  /** The driver's state behind its last operation; UNKNOWN where the log does not say. */
  driverState(field: FieldName): number {
    return this.#driver.get(field) ?? UNKNOWN;
  }

  /** Bytes that are kept for it, about. */
  get held(): number {
    return this.#memory.held + KNOWN_PAGE * this.#tables.size + 256 * this.#buffers.size;
  }

  /** The same ring, to be stepped on its own. */
  copy(): StoredRing {
    const twin = new StoredRing(this.#queue, this.#setup);
    twin.#memory = this.#memory.copy();
    twin.#driver = new Map(this.#driver);
    twin.#account = this.#account;
    for (const [seq, buffer] of this.#buffers) twin.#buffers.set(seq, buffer);
    twin.#unpublished = [...this.#unpublished];
    for (const [page, known] of this.#tables) twin.#tables.set(page, known.slice());
    Object.assign(twin.#wordSeq, this.#wordSeq);
    return twin;
  }

  step(operation: StoredOperation): void {
    const { kind, seq, token, tookBack, log } = operation;
    const { queueSize: size, layout } = this.#setup;
    const memory = this.#memory;
    if (kind === KIND.create) {
      // Slot 0, wrap counter 1; both idx 0 (virtio 1.3, 2.7.6 and 2.8.1).
      const start = layout === "packed" ? positionWord(0, size) : 0;
      this.#account = { used: start, taken: start, hasWrap: true };
      this.#buffers.clear();
      this.#unpublished = [];
    }
    const position = this.#driverPosition();
    const idx = layout === "split" ? memory.get16(AREA.driver, RING_IDX) : 0;
    this.#store(log, seq);
    if (operation.added) {
      if (layout === "split") this.#unpublished.push({ seq, token });
      else if (isKnown(position)) this.#expose(seq, token, position);
    }
    if (layout === "split") this.#publish(idx);
    if (tookBack !== null) this.#forget(tookBack);
    if (isDeviceKind(kind)) this.#account = operation.account ?? this.#account;
    else if (operation.state.length > 0) this.#driver = new Map(operation.state);
  }

  #store(log: OperationLog, seq: number): void {
    const { memory } = log;
    const { queueSize, layout } = this.#setup;
    for (let step = 0; step < memory.length; step++) {
      const op = memory.op[step];
      if (op !== MEMORY_OP.store && op !== MEMORY_OP.held) continue;
      const area = memory.area[step] as number;
      const offset = memory.offset[step] as number;
      const width = memory.width[step] as number;
      this.#memory.store(
        area,
        offset,
        width,
        memory.low[step] as number,
        memory.high[step] as number,
      );
      if (area === AREA.ind) this.#knowTable(offset);
      const isDriver = area === AREA.driver;
      if (!isDriver && area !== AREA.device) continue;
      const index = (isDriver ? usedEventOffset : availEventOffset)(queueSize);
      if (layout === "packed" || offset < RING_IDX || offset >= index) {
        this.#wordSeq[isDriver ? "driver" : "device"] = seq;
      }
    }
  }

  #knowTable(offset: number): void {
    const entry = Math.floor(offset / DESC_BYTES);
    const number = Math.floor(entry / KNOWN_PAGE);
    let page = this.#tables.get(number);
    if (page === undefined) {
      page = new Uint8Array(KNOWN_PAGE);
      this.#tables.set(number, page);
    }
    page[entry % KNOWN_PAGE] = 1;
  }

  readonly #tableAt: TableLookup = (addr, bytes) => {
    const { base, bytes: length } = this.#setup.tables;
    const offset = addr - base;
    if (offset < 0 || offset + bytes > length) return -1;
    const isKnownAt = (at: number): boolean => {
      const entry = Math.floor(at / DESC_BYTES);
      return this.#tables.get(Math.floor(entry / KNOWN_PAGE))?.[entry % KNOWN_PAGE] === 1;
    };
    // What was put there before the log began is not known.
    return isKnownAt(offset) && isKnownAt(offset + bytes - 1) ? offset : -1;
  };

  #driverPosition(): number {
    const slot = this.driverState("nextAvail");
    const wrap = this.driverState("availWrap");
    if (!isKnown(slot) || !isKnown(wrap) || slot >= this.#setup.queueSize) return UNKNOWN;
    return packedPosition(slot, wrap, this.#setup.queueSize);
  }

  /** Split: each entry that idx passes is the oldest add without one. */
  #publish(before: number): void {
    const memory = this.#memory;
    const { queueSize } = this.#setup;
    const count = u16Distance(before, memory.get16(AREA.driver, RING_IDX));
    if (count > queueSize) return;
    for (let i = 0; i < count; i++) {
      const add = this.#unpublished.shift();
      if (add === undefined) return;
      const head = memory.get16(AREA.driver, availEntry(u16(before + i) % queueSize));
      this.#expose(add.seq, add.token, head);
    }
  }

  #expose(seq: number, token: string | null, start: number): void {
    const chain = new Chain(this.#setup.queueSize);
    const walk = this.#setup.layout === "packed" ? walkPacked : walkSplit;
    walk(this.#memory, start, chain, this.#tableAt);
    const { slots, segments } = chainBuffer(this.#memory, chain);
    const table = chain.indirectSlot < 0 ? null : chain.indirectSlot;
    this.#buffers.set(seq, { token, id: chain.bufferId, slots, segments, table });
  }

  #forget(token: string): void {
    for (const [seq, buffer] of this.#buffers) {
      if (buffer.token !== token) continue;
      this.#buffers.delete(seq);
      return;
    }
  }

  picture(seq: number, inFlight: readonly InFlightRow[]): RingPicture {
    const { queue, key, layout, size } = this.#queue;
    const packed = layout === "packed";
    const input = this.#input();
    const { dump } = decodeDump(input);
    const driver = this.#driverPosition();
    const driverPosition =
      packed && isKnown(driver) ? picturePosition(driver, size) : dump.driverPosition;
    const lastUsed = this.driverState("lastUsed");
    const buffers = inFlight.map((row) => this.#buffer(row));
    const used = this.#usedBuffers(buffers, dump, lastUsed);
    const ring = (entries: (slot: number) => number): number[] =>
      packed ? [] : Array.from({ length: size }, (_, slot) => entries(slot));
    const memory = this.#memory;
    return {
      queue,
      key,
      seq,
      layout,
      size,
      evidence: "stores",
      slots: this.#slots(dump, buffers, used),
      driverPosition,
      devicePosition: dump.devicePosition,
      availIdx: dump.availIdx,
      usedIdx: dump.usedIdx,
      lastUsed: packed ? null : knownOrNull(lastUsed),
      availRing: ring((slot) => memory.get16(AREA.driver, availEntry(slot))),
      usedRing: ring((slot) => memory.get32(AREA.device, usedElem(slot))),
      numFree: knownOrNull(this.driverState("numFree")),
      numAdded: knownOrNull(this.driverState("numAdded")),
      driverEvent: pictureWord(dump.events.driver, this.#wordSeq.driver, this.#queue),
      deviceEvent: pictureWord(dump.events.device, this.#wordSeq.device, this.#queue),
      buffers,
      unknown: this.#unknown(dump, buffers, lastUsed),
    };
  }

  #input(): DumpInput {
    const setup = this.#setup;
    const features = new Set<FeatureName>();
    if (setup.layout === "packed") features.add("VIRTIO_F_RING_PACKED");
    if (setup.eventIdx) features.add("VIRTIO_F_EVENT_IDX");
    if (setup.indirect) features.add("VIRTIO_F_INDIRECT_DESC");
    if (setup.inOrder) features.add("VIRTIO_F_IN_ORDER");
    return {
      memory: this.#memory,
      hasDriverArea: true,
      hasDeviceArea: true,
      features,
      device: this.#account,
      paused: true,
      tableAt: this.#tableAt,
    };
  }

  #buffer(row: InFlightRow): PictureBuffer {
    const stored = this.#buffers.get(row.seq);
    if (stored === undefined) return { ...row, id: null, slots: [], segments: [], table: null };
    const { id, slots, segments, table } = stored;
    return { ...row, id, slots, segments, table };
  }

  /** Buffers that the device has used, and the driver has not taken back. */
  #usedBuffers(
    buffers: readonly PictureBuffer[],
    dump: RingDump,
    lastUsed: number,
  ): Set<PictureBuffer> {
    const used = new Set<PictureBuffer>();
    const { queueSize, layout, inOrder } = this.#setup;
    const byId = new Map(buffers.map((buffer) => [buffer.id, buffer] as const));
    /** With IN_ORDER an element may stand for a batch that it ends (virtio 1.3, 2.7.9 and 2.8.9). */
    const take = (id: number): number => {
      const last = byId.get(id);
      if (last === undefined) return 1;
      const batch = inOrder ? buffers.slice(0, buffers.indexOf(last) + 1) : [last];
      const fresh = batch.filter((one) => !used.has(one));
      for (const one of fresh) used.add(one);
      return Math.max(
        1,
        layout === "packed"
          ? fresh.reduce((sum, { slots }) => sum + slots.length, 0)
          : fresh.length,
      );
    };
    if (layout === "split") {
      const count =
        isKnown(lastUsed) && dump.usedIdx !== null ? u16Distance(lastUsed, dump.usedIdx) : 0;
      for (let i = 0; i < Math.min(count, queueSize); ) {
        i += take(this.#memory.get32(AREA.device, usedElem(u16(lastUsed + i) % queueSize)));
      }
      return used;
    }
    const { devicePosition } = dump;
    const from = isKnown(lastUsed) ? wordPosition(lastUsed, queueSize) : undefined;
    if (from === undefined || devicePosition === null) return used;
    const to = packedPosition(devicePosition.slot, devicePosition.wrap, queueSize);
    const slots = positionDistance(from, to, queueSize);
    for (let i = 0; i < Math.min(slots, queueSize); ) {
      const at = positionSlot(advancePosition(from, i, queueSize), queueSize);
      i += take(this.#memory.get16(AREA.desc, at * DESC_BYTES + PACKED_DESC_ID));
    }
    return used;
  }

  #slots(
    { slots, layout, driverPosition }: RingDump,
    buffers: readonly PictureBuffer[],
    used: ReadonlySet<PictureBuffer>,
  ): PictureSlot[] {
    const { queueSize } = this.#setup;
    const lastUsed = this.driverState("lastUsed");
    const owner = new Map<number, number>();
    for (const [i, buffer] of buffers.entries())
      for (const slot of buffer.slots) owner.set(slot, i);
    const from =
      layout === "packed" && isKnown(lastUsed) ? wordPosition(lastUsed, queueSize) : undefined;
    const driver = this.#driverPosition();
    const out =
      from === undefined || !isKnown(driver)
        ? undefined
        : positionDistance(from, driver, queueSize);
    return slots.map(({ slot, state, addr, len, flags, id, next }): PictureSlot => {
      const bytes = { addr, len, flags, id, next };
      const number = owner.get(slot);
      const buffer = number === undefined ? undefined : buffers[number];
      if (layout === "split") {
        const isIts = buffer !== undefined;
        const now = isIts
          ? used.has(buffer)
            ? "used"
            : "available"
          : state === "never"
            ? state
            : "free";
        return { slot, state: now, lap: null, buffer: number ?? null, bytes };
      }
      const lap = state === "never" ? null : (flags & VIRTQ_DESC_F_AVAIL) === 0 ? 0 : 1;
      if (from === undefined || out === undefined || out > queueSize) {
        const isHeld = driverPosition !== null && state === "available";
        return { slot, state, lap, buffer: isHeld ? (number ?? null) : null, bytes };
      }
      const ahead = (slot - positionSlot(from, queueSize) + queueSize) % queueSize;
      // Behind the driver's own position: used, and taken back.
      if (ahead >= out) {
        return { slot, state: state === "never" ? state : "free", lap, buffer: null, bytes };
      }
      if (state !== "used") return { slot, state, lap, buffer: number ?? null, bytes };
      const named = buffers.findIndex((one) => one.id === id && used.has(one));
      return { slot, state, lap, buffer: named < 0 ? null : named, bytes };
    });
  }

  #unknown(dump: RingDump, buffers: readonly PictureBuffer[], lastUsed: number): string[] {
    const unknown: string[] = [];
    const { layout } = this.#setup;
    if (layout === "packed" && dump.devicePosition === null) {
      unknown.push(
        "where the device stands: its operations do not say, and the bytes allow several positions",
      );
    }
    if (!isKnown(lastUsed)) {
      unknown.push(
        "which of the used buffers the driver has taken back: its operations do not tell its state",
      );
    }
    const bare = buffers.filter(({ slots }) => slots.length === 0).length;
    if (bare > 0)
      unknown.push(
        `where ${bare} of the buffers in flight are: their adds published none of the ring's slots so far`,
      );
    const unread = buffers.filter(
      ({ table, segments }) => table !== null && segments.length === 0,
    ).length;
    if (unread > 0)
      unknown.push(`what ${unread} of the indirect tables hold: the log has no stores to them`);
    return unknown;
  }
}
