import { KIND, PHASE_BEGIN, PHASE_END } from "../../model/event.ts";
import { AREA } from "../../model/memory.ts";
import type { PictureBuffer, PictureSlot, RingPicture } from "../../model/ring-picture.ts";
import {
  DESC_BYTES,
  DESC_LEN,
  PACKED_DESC_FLAGS,
  PACKED_DESC_ID,
  VIRTQ_DESC_F_AVAIL,
} from "../../virtio/descriptor.ts";
import {
  advancePosition,
  availBits,
  OWNER_BITS,
  packedPosition,
  positionDistance,
  positionSlot,
  positionWrap,
  usedBits,
  wordPosition,
} from "../../virtio/packed.ts";
import { Chain, noTables, walkPacked } from "../chain.ts";
import { chainBuffer } from "../dump/dump-buffer.ts";
import { addressAt, neverWritten } from "../dump/dump-input.ts";
import { packedWord, type Side, splitWord } from "../dump/event-sentences.ts";
import { SETTLED } from "../queue-shadow.ts";
import { RingMemory } from "../ring-memory.ts";
import { isCount, isKnown, UNKNOWN } from "../sample.ts";
import {
  type InFlightRow,
  knownOrNull,
  type PictureQueue,
  picturePosition,
  pictureWord,
} from "./picture-parts.ts";

/** One event of a queue that probes show; numbers are UNKNOWN where it does not carry them. */
export interface SampledEvent {
  readonly seq: number;
  readonly kind: number;
  readonly phase: number;
  /** What get_buf and detach return, `0x0` for nothing; of an add, the buffer's. */
  readonly token: string | null;
  /** NaN where it does not return. */
  readonly ret: number;
  readonly nextAvail: number;
  readonly availWrap: number;
  readonly lastUsed: number;
  readonly numFree: number;
  readonly numAdded: number;
  /** Event words: of a packed queue; of a split one flags, idx and event index of both rings. */
  readonly driverOffWrap: number;
  readonly driverFlags: number;
  readonly deviceOffWrap: number;
  readonly deviceFlags: number;
  readonly availFlags: number;
  readonly availIdx: number;
  readonly usedFlags: number;
  readonly usedIdx: number;
  readonly usedEvent: number;
  readonly availEvent: number;
  /** Of an add: segments, and scatterlists of at least one segment each. */
  readonly segments: number;
  readonly lists: number;
  readonly descriptors: Uint8Array | undefined;
}

/** Slots that a buffer was put into. */
export interface BufferPlace {
  readonly from: number;
  readonly count: number;
  /** The event that shows it. */
  readonly by: number;
}

/** Calls that may write the driver's event words. */
const MOVES_WORDS = new Set<number>([
  KIND.disableCb,
  KIND.enableCb,
  KIND.enableCbPrepare,
  KIND.enableCbDelayed,
  KIND.getBuf,
]);

interface Word {
  word: number;
  flags: number;
  seq: number;
}

/**
 * A queue as probes show it: the driver's own state as the last sample of each field has it, and unknown
 * from the return of a call that moves it until the next sample, for a driver may be wrong. Whose slots
 * are whose goes on with the calls, as far as these tell. Nothing of a later event is used, so that a call
 * counts from its return on.
 *
 * The slots of a buffer lie between the position that its add begins with and that of the next sample,
 * if nothing else moved it: no gap stands between the two, and there is one of them, or as many as the
 * add's segments. (Where a probe counts scatterlists only: at least as many, and no loss is admitted.)
 */
export class SampledRing {
  readonly #queue: PictureQueue;
  readonly #mayMove: (from: number, to: number) => boolean;
  readonly #lossy: boolean;
  /** Packed: positions, moved on by the calls; UNKNOWN until shown. Split: idx and last_used. */
  #avail = UNKNOWN;
  #used = UNKNOWN;
  /** No call has moved them since a sample showed them. */
  #availShown = false;
  #usedShown = false;
  #usedIdx = UNKNOWN;
  #numFree = UNKNOWN;
  #numAdded = UNKNOWN;
  /** Before the call that made it unknown. */
  #availBefore = UNKNOWN;
  #why = "";
  /** Buffers added and taken back. */
  #calls = 0;
  #detached = false;
  /** Calls under way: their begins. */
  openAdd = UNKNOWN;
  openTake = UNKNOWN;
  openKick = UNKNOWN;
  #begun: SampledEvent | undefined;
  #begunFrom = UNKNOWN;
  /** The last add, until a sample shows where it ended. */
  #unplaced: { readonly event: SampledEvent; readonly from: number } | undefined;
  readonly places = new Map<number, BufferPlace>();
  readonly #byToken = new Map<string, number>();
  readonly #driverWord: Word = { word: UNKNOWN, flags: UNKNOWN, seq: UNKNOWN };
  readonly #deviceWord: Word = { word: UNKNOWN, flags: UNKNOWN, seq: UNKNOWN };
  /** The last call that may have written the driver's event words. */
  #wordsMoved = UNKNOWN;
  #recorded: { readonly bytes: Uint8Array; readonly seq: number } | undefined;
  /** Slots that the driver has written since they were recorded, at least; Infinity: nobody knows. */
  #written = 0;

  /** `mayMove`: whether calls may be missing between two events. `lossy`: the source admits losses. */
  constructor(
    queue: PictureQueue,
    options: { readonly mayMove: (from: number, to: number) => boolean; readonly lossy: boolean },
  ) {
    this.#queue = queue;
    this.#mayMove = options.mayMove;
    this.#lossy = options.lossy;
  }

  step(event: SampledEvent): void {
    if (event.phase !== PHASE_END) this.#begin(event);
    if (this.#availShown && this.#usedShown && isKnown(this.#numFree)) this.#why = "";
    if (event.phase !== PHASE_BEGIN) this.#end(event);
  }

  /** Changes when the picture does, short of the buffers that come and go. */
  get stamp(): string {
    const { word: a, flags: b } = this.#driverWord;
    const { word: c, flags: d } = this.#deviceWord;
    const calls = this.#calls;
    return [
      this.#availShown ? this.#avail : UNKNOWN,
      this.#usedShown ? this.#used : UNKNOWN,
      this.#usedIdx,
      this.#numFree,
      a,
      b,
      c,
      d,
      calls,
      this.#recorded?.seq,
    ].join();
  }
  #begin(event: SampledEvent): void {
    const { kind, seq } = event;
    if (kind === KIND.poll) return;
    if (SETTLED[kind] === true) this.#sample(event);
    this.#words(event);
    if (MOVES_WORDS.has(kind)) this.#wordsMoved = seq;
    if (event.descriptors !== undefined) {
      this.#recorded = { bytes: event.descriptors, seq };
      this.#written = isKnown(this.#avail) ? 0 : Number.POSITIVE_INFINITY;
    }
    if (kind === KIND.add) {
      this.openAdd = seq;
      this.#begun = event;
      this.#begunFrom = this.#avail;
    } else if (kind === KIND.getBuf || kind === KIND.detachUnused) this.openTake = seq;
    else if (kind === KIND.kickPrepare) this.openKick = seq;
  }

  #end(event: SampledEvent): void {
    switch (event.kind) {
      case KIND.add:
        if (event.ret === 0) this.#added(event.seq);
        this.openAdd = UNKNOWN;
        this.#begun = undefined;
        return;
      case KIND.getBuf:
        if (event.token !== null && event.token !== "0x0") this.#got(event.token, event.seq);
        this.openTake = UNKNOWN;
        return;
      case KIND.detachUnused:
        this.openTake = UNKNOWN;
        if (event.token === "0x0") return;
        this.#calls++;
        // Slots come back, and no position moves: from here on they say nothing.
        this.#lose(`buffers were detached at event ${event.seq}: positions say nothing any more`);
        this.#avail = UNKNOWN;
        this.#used = UNKNOWN;
        this.#availBefore = UNKNOWN;
        this.#detached = true;
        return;
      case KIND.kickPrepare:
        this.openKick = UNKNOWN;
        this.#numAdded = UNKNOWN;
        return;
      default:
        return;
    }
  }

  #sample(event: SampledEvent): void {
    const { size, layout } = this.#queue;
    const { nextAvail, availWrap, lastUsed, numFree, numAdded } = event;
    if (isCount(numFree, size)) this.#numFree = numFree;
    if (isCount(numAdded, 0xffff)) this.#numAdded = numAdded;
    if (layout === "split") {
      if (isCount(lastUsed, 0xffff)) {
        this.#used = lastUsed;
        this.#usedShown = true;
      }
      if (isCount(event.availIdx, 0xffff)) {
        this.#avail = event.availIdx;
        this.#availShown = true;
      }
      return;
    }
    if (this.#detached) return;
    const used = isKnown(lastUsed) ? wordPosition(lastUsed, size) : undefined;
    if (used !== undefined) {
      this.#used = used;
      this.#usedShown = true;
    }
    if (!isCount(nextAvail, size - 1) || !isCount(availWrap, 1)) return;
    const avail = packedPosition(nextAvail, availWrap, size);
    this.#place(avail, event.seq);
    const before = isKnown(this.#avail) ? this.#avail : this.#availBefore;
    this.#moved(isKnown(before) ? positionDistance(before, avail, size) : Number.POSITIVE_INFINITY);
    this.#avail = avail;
    this.#availBefore = avail;
    this.#availShown = true;
  }

  #moved(slots: number): void {
    this.#written += slots;
  }

  /** A sample shows where the last add ended. */
  #place(avail: number, seq: number): void {
    const add = this.#unplaced;
    this.#unplaced = undefined;
    if (add === undefined || !isKnown(add.from)) return;
    const { size } = this.#queue;
    const count = positionDistance(add.from, avail, size);
    const { segments, lists } = add.event;
    const fits =
      count === 1 ||
      (isKnown(segments)
        ? count === segments
        : isKnown(lists) && !this.#lossy && count >= lists && count <= size);
    if (count > 0 && fits && !this.#mayMove(add.event.seq, seq)) {
      this.#put(add.event, { from: add.from, count, by: seq });
    } else this.places.delete(add.event.seq);
  }

  #put({ seq, token }: SampledEvent, place: BufferPlace): void {
    const before = this.places.get(seq);
    // What a return told already, a later sample only confirms.
    if (before === undefined || before.count !== place.count) this.places.set(seq, place);
    if (token !== null) this.#byToken.set(token, seq);
  }

  #added(returned: number): void {
    this.#calls++;
    const { size, layout, indirect } = this.#queue;
    const event = this.#begun;
    const segments = event?.segments ?? UNKNOWN;
    const one = segments === 1;
    const slots = one || (indirect === false && isKnown(segments)) ? segments : UNKNOWN;
    this.#numFree = UNKNOWN;
    this.#numAdded = UNKNOWN;
    this.#availShown = false;
    this.#why = `the add that returned at event ${returned} moves it: the next sample tells`;
    if (layout === "split") return;
    this.#unplaced = event === undefined ? undefined : { event, from: this.#begunFrom };
    if (isKnown(this.#avail) && isKnown(slots)) {
      if (event !== undefined) {
        this.#put(event, { from: this.#avail, count: slots, by: returned });
      }
      this.#avail = advancePosition(this.#avail, slots, size);
      this.#availBefore = this.#avail;
      this.#moved(slots);
    } else if (isKnown(this.#avail)) {
      this.#availBefore = this.#avail;
      this.#avail = UNKNOWN;
    }
  }

  #got(token: string, returned: number): void {
    this.#calls++;
    const { size, layout } = this.#queue;
    const seq = this.#byToken.get(token);
    const slots = (seq === undefined ? undefined : this.places.get(seq)?.count) ?? UNKNOWN;
    this.#byToken.delete(token);
    this.#numFree = UNKNOWN;
    this.#usedShown = false;
    this.#why = `the get_buf that returned at event ${returned} moves it: the next sample tells`;
    if (layout === "split") return;
    this.#used =
      isKnown(this.#used) && isKnown(slots) ? advancePosition(this.#used, slots, size) : UNKNOWN;
  }

  #lose(why: string): void {
    this.#numFree = UNKNOWN;
    this.#why = why;
  }

  #words(event: SampledEvent): void {
    const { seq } = event;
    const set = (into: Word, word: number, flags: number): void => {
      if (!isKnown(flags) && !isKnown(word)) return;
      if (isKnown(word)) into.word = word;
      if (isKnown(flags)) into.flags = flags;
      into.seq = seq;
    };
    if (this.#queue.layout === "packed") {
      set(this.#driverWord, event.driverOffWrap, event.driverFlags);
      set(this.#deviceWord, event.deviceOffWrap, event.deviceFlags);
      return;
    }
    if (isCount(event.usedIdx, 0xffff)) this.#usedIdx = event.usedIdx;
    set(this.#driverWord, event.usedEvent, event.availFlags);
    set(this.#deviceWord, event.availEvent, event.usedFlags);
  }

  #word(side: Side, { word, flags, seq }: Word): RingPicture["driverEvent"] {
    const queue = this.#queue;
    if (!isKnown(flags)) return null;
    if (queue.layout === "packed") {
      // In the other modes off_wrap means nothing.
      return isKnown(word)
        ? pictureWord(packedWord(queue.size, side, word, flags), seq, queue)
        : null;
    }
    if (queue.eventIdx === true && !isKnown(word)) return null;
    return pictureWord(splitWord(side, flags, knownOrNull(word), queue.eventIdx), seq, queue);
  }

  /** `places`: of buffers whose adds this ring has not been stepped through. `shown`: how far back it was. */
  picture(
    seq: number,
    inFlight: readonly InFlightRow[],
    options: {
      readonly places: ReadonlyMap<number, BufferPlace | undefined>;
      readonly shown: string;
    },
  ): RingPicture {
    const { queue, key, layout, size } = this.#queue;
    const packed = layout === "packed";
    const memory = this.#memory();
    const buffers = inFlight
      .filter((row) => row.seq !== this.openAdd)
      .map((row) =>
        this.#buffer(row, this.places.get(row.seq) ?? options.places.get(row.seq), memory),
      );
    const placeOf = (one: number): BufferPlace | undefined =>
      this.places.get(one) ?? options.places.get(one);
    return {
      queue,
      key,
      seq,
      layout,
      size,
      evidence: this.#recorded === undefined ? "samples" : "recorded",
      slots: packed ? this.#packedSlots(buffers, placeOf, memory) : this.#splitSlots(),
      driverPosition: packed
        ? picturePosition(this.#availShown ? this.#avail : UNKNOWN, size)
        : null,
      devicePosition: packed ? picturePosition(this.#usedShown ? this.#used : UNKNOWN, size) : null,
      availIdx: packed || !this.#availShown ? null : knownOrNull(this.#avail),
      usedIdx: packed ? null : knownOrNull(this.#usedIdx),
      lastUsed: packed || !this.#usedShown ? null : knownOrNull(this.#used),
      availRing: packed ? [] : new Array(size).fill(null),
      usedRing: packed ? [] : new Array(size).fill(null),
      numFree: knownOrNull(this.#numFree),
      numAdded: knownOrNull(this.#numAdded),
      driverEvent: this.#word("driver", this.#driverWord),
      deviceEvent: this.#word("device", this.#deviceWord),
      buffers,
      unknown: this.#unknown(buffers, options.shown),
    };
  }

  #splitSlots(): PictureSlot[] {
    const { size } = this.#queue;
    const state = this.#numFree === size ? "free" : "unknown";
    return Array.from({ length: size }, (_, slot) => ({
      slot,
      state,
      lap: null,
      buffer: null,
      bytes: null,
    }));
  }

  /** The recorded ring as bytes; undefined when nothing was recorded, or less than the ring. */
  #memory(): RingMemory | undefined {
    const { layout, size } = this.#queue;
    const bytes = this.#recorded?.bytes;
    if (bytes === undefined || layout !== "packed" || bytes.length < size * DESC_BYTES) {
      return undefined;
    }
    const memory = new RingMemory(layout, size);
    memory.put(AREA.desc, 0, bytes.subarray(0, size * DESC_BYTES));
    return memory;
  }

  /** Whether the driver has written a slot since the descriptors were recorded. */
  #isRewritten(slot: number): boolean {
    const { size } = this.#queue;
    const end = isKnown(this.#avail) ? this.#avail : this.#availBefore;
    if (!isKnown(end) || this.#written >= size) return true;
    const behind = (positionSlot(end, size) - 1 - slot + size) % size;
    if (behind < this.#written) return true;
    // The add that returned last may have taken any of the slots that were free.
    return !isKnown(this.#avail) && !this.#isOut(slot, this.#availBefore);
  }

  #isOut(slot: number, avail: number): boolean {
    const { size } = this.#queue;
    if (!isKnown(this.#used) || !isKnown(avail)) return false;
    const out = positionDistance(this.#used, avail, size);
    return out <= size && (slot - positionSlot(this.#used, size) + size) % size < out;
  }

  #packedSlots(
    buffers: readonly PictureBuffer[],
    placeOf: (seq: number) => BufferPlace | undefined,
    memory: RingMemory | undefined,
  ): PictureSlot[] {
    const { size } = this.#queue;
    const used = this.#used;
    const avail = isKnown(this.#avail) ? this.#avail : this.#availBefore;
    const known = isKnown(used) && isKnown(avail);
    const out = known ? positionDistance(used, avail, size) : 0;
    const owner = new Map<number, number>();
    for (const [i, { seq, slots }] of buffers.entries()) {
      const place = placeOf(seq);
      // An older buffer that was passed over holds no slot any more.
      if (place === undefined || !known || positionDistance(used, place.from, size) >= out)
        continue;
      for (const slot of slots) owner.set(slot, i);
    }
    return Array.from({ length: size }, (_, slot): PictureSlot => {
      const bytes = memory === undefined || this.#isRewritten(slot) ? undefined : memory;
      const shown = bytes === undefined ? null : descriptor(bytes, slot);
      const isOut = known && out <= size && this.#isOut(slot, avail);
      if (isOut) {
        const ahead = (slot - positionSlot(used, size) + size) % size;
        const lap = positionWrap(advancePosition(used, ahead, size), size);
        const isUsed = shown !== null && (shown.flags & OWNER_BITS) === usedBits(lap);
        const state = isUsed ? "used" : "available";
        return { slot, state, lap, buffer: owner.get(slot) ?? null, bytes: shown };
      }
      const isFree = (known && out <= size && isKnown(this.#avail)) || this.#numFree === size;
      const never = isFree && bytes !== undefined && neverWritten(bytes, slot);
      const lap = shown === null || never ? null : (shown.flags & VIRTQ_DESC_F_AVAIL) === 0 ? 0 : 1;
      const state = never ? "never" : isFree ? "free" : "unknown";
      return { slot, state, lap, buffer: null, bytes: shown };
    });
  }

  #buffer(
    row: InFlightRow,
    place: BufferPlace | undefined,
    memory: RingMemory | undefined,
  ): PictureBuffer {
    const { size, layout } = this.#queue;
    const bare = { id: null, slots: [], segments: [], table: null };
    if (place === undefined || layout !== "packed") return { ...row, ...bare };
    const slots = Array.from({ length: place.count }, (_, i) =>
      positionSlot(advancePosition(place.from, i, size), size),
    );
    const recorded = this.#recorded;
    const first = slots[0] as number;
    const untouched =
      memory !== undefined &&
      recorded !== undefined &&
      row.seq < recorded.seq &&
      slots.every((slot) => !this.#isRewritten(slot)) &&
      (flagsAt(memory, first) & OWNER_BITS) === availBits(positionWrap(place.from, size));
    if (!untouched) return { ...row, ...bare, slots };
    const chain = new Chain(size);
    walkPacked(memory, place.from, chain, noTables);
    const read = chainBuffer(memory, chain);
    if (read.slots.join() !== slots.join()) return { ...row, ...bare, slots };
    const { segments, unreadTable: table } = read;
    return { ...row, id: chain.bufferId, slots, segments, table };
  }

  #unknown(buffers: readonly PictureBuffer[], shown: string): string[] {
    const { layout, size, eventIdx } = this.#queue;
    const unknown: string[] = [];
    const packed = layout === "packed";
    const lacks = [
      [packed ? "the driver's position" : "avail.idx", this.#availShown ? this.#avail : UNKNOWN],
      [
        packed ? "where the driver looks for the next used descriptor" : "last_used",
        this.#usedShown ? this.#used : UNKNOWN,
      ],
      ["the free count", this.#numFree],
      ...(packed ? [] : [["used.idx", this.#usedIdx] as const]),
    ] as const;
    const missing = lacks.filter(([, value]) => !isKnown(value)).map(([what]) => what);
    if (missing.length > 0) {
      unknown.push(`${missing.join(", ")}: ${this.#why === "" ? shown : this.#why}`);
    }
    if (packed && isKnown(this.#avail) && isKnown(this.#used)) {
      const out = positionDistance(this.#used, this.#avail, size);
      if (isKnown(this.#numFree) && out !== size - this.#numFree) {
        unknown.push(
          `which slots are free: the positions are ${out} slots apart, and by its count ${size - this.#numFree} are in flight`,
        );
      }
      unknown.push("where the device stands: these are the driver's own positions");
    }
    for (const [side, word] of [
      ["driver", this.#driverWord],
      ["device", this.#deviceWord],
    ] as const) {
      if (this.#word(side, word) !== null) continue;
      const what =
        packed || eventIdx !== true
          ? "event words"
          : side === "driver"
            ? "used_event"
            : "avail_event";
      unknown.push(`the ${side}'s ${what}: ${shown}`);
    }
    if (this.#driverWord.seq >= 0 && this.#wordsMoved >= this.#driverWord.seq) {
      unknown.push(
        `what the driver's event words are since event ${this.#driverWord.seq} shows them: the call at event ${this.#wordsMoved} may have written them`,
      );
    }
    if (!packed) {
      unknown.push(
        "what descriptors and ring entries hold, and whose they are: no probe records them",
      );
      return unknown;
    }
    const unplaced = buffers.filter(({ slots }) => slots.length === 0).length;
    if (unplaced > 0) {
      unknown.push(
        `the slots of ${unplaced} of the buffers in flight: no two samples around their adds tell them`,
      );
    }
    unknown.push(
      this.#recorded === undefined
        ? "what the descriptors hold: no probe recorded them"
        : `what the device has written to the descriptors since event ${this.#recorded.seq}, when they were recorded`,
    );
    return unknown;
  }
}

function flagsAt(memory: RingMemory, slot: number): number {
  return memory.get16(AREA.desc, slot * DESC_BYTES + PACKED_DESC_FLAGS);
}

/** A packed descriptor as it stands there. */
export function descriptor(memory: RingMemory, slot: number): NonNullable<PictureSlot["bytes"]> {
  const at = slot * DESC_BYTES;
  return {
    addr: addressAt(memory, slot),
    len: memory.get32(AREA.desc, at + DESC_LEN),
    flags: flagsAt(memory, slot),
    id: memory.get16(AREA.desc, at + PACKED_DESC_ID),
    next: null,
  };
}
