import type { Evidence, Place } from "../model/finding.ts";
import { AREA } from "../model/memory.ts";
import {
  DESC_BYTES,
  PACKED_DESC_FLAGS,
  SPLIT_DESC_FLAGS,
  SPLIT_DESC_NEXT,
  VIRTQ_DESC_F_NEXT,
} from "../virtio/descriptor.ts";
import {
  advancePosition,
  availBits,
  OWNER_BITS,
  positionSlot,
  positionWrap,
} from "../virtio/packed.ts";
import { availEntry, RING_IDX } from "../virtio/split.ts";
import { walkPacked, walkSplit } from "./chain.ts";
import type { QueueContext } from "./queue-context.ts";
import { type BufferExposed, EXPOSURE, NO_FACTS, NONE, type RingFact } from "./ring-facts.ts";
import type { Operation } from "./ring-shadow.ts";
import type { RingState, StoreSeen } from "./ring-state.ts";
import { hex } from "./sample.ts";

const SHAPE =
  EXPOSURE.runsOn |
  EXPOSURE.cutShort |
  EXPOSURE.walkEnds |
  EXPOSURE.storedBefore |
  EXPOSURE.idFree |
  EXPOSURE.slotsFree |
  EXPOSURE.tableLength |
  EXPOSURE.indirectFlag;
const SPLIT_SHAPE = SHAPE | EXPOSURE.misLinked | EXPOSURE.headIsHead | EXPOSURE.entryStored;
const PACKED_SHAPE = SHAPE | EXPOSURE.ownerBits | EXPOSURE.idStored;
/** What the elements of a buffer say: worth nothing while its shape is wrong. */
const CONTENTS =
  EXPOSURE.elementOrder | EXPOSURE.direction | EXPOSURE.content | EXPOSURE.tableFlags;

/** After one of these the ring no longer holds what the driver believes. */
const DERAILS =
  EXPOSURE.runsOn |
  EXPOSURE.cutShort |
  EXPOSURE.misLinked |
  EXPOSURE.walkEnds |
  EXPOSURE.headIsHead |
  EXPOSURE.entryStored |
  EXPOSURE.ownerBits |
  EXPOSURE.idStored |
  EXPOSURE.idFree |
  EXPOSURE.slotsFree |
  EXPOSURE.tableLength |
  EXPOSURE.indirectFlag;

/**
 * Buffers made available, one for each add: the walk that a device makes, against what the operation
 * stored and what its caller asked for. Judged when the operation has ended, so that a store that came
 * too late is told as that, not as what the device would have read instead.
 */
export class Exposures {
  readonly #queue: QueueContext;
  readonly #ring: RingState;
  #facts: RingFact[] = [];
  #add: Operation;
  readonly #seen: { -readonly [key in keyof BufferExposed]: BufferExposed[key] };

  constructor(queue: QueueContext, ring: RingState, add: Operation) {
    this.#queue = queue;
    this.#ring = ring;
    this.#add = add;
    this.#seen = {
      kind: "buffer.exposed",
      queue: queue.view,
      place: add.place,
      decided: 0,
      undecided: 0,
      reason: "",
      facts: NO_FACTS,
      head: NONE,
      chain: ring.chain,
    };
  }

  /** Looks at what an add has published. True when the ring went wrong by it. */
  added(add: Operation): boolean {
    this.#add = add;
    if (this.#facts.length > 0) this.#facts = [];
    return this.#ring.setup.layout === "packed" ? this.#packed() : this.#split();
  }

  /** A buffer was made available on a ring that is no longer known. */
  unseen(place: Place, reason: string): void {
    const { layout } = this.#ring.setup;
    const seen = this.#seen;
    seen.place = place;
    seen.decided = 0;
    seen.undecided =
      (layout === "packed" ? PACKED_SHAPE : SPLIT_SHAPE) | CONTENTS | EXPOSURE.barrier;
    seen.reason = reason;
    seen.facts = NO_FACTS;
    seen.head = NONE;
    this.#queue.emit(seen);
  }

  #packed(): boolean {
    const ring = this.#ring;
    const { queueSize } = ring.setup;
    const { chain, memory } = ring;
    const head = positionSlot(ring.avail, queueSize);
    const flags = memory.get16(AREA.desc, head * DESC_BYTES + PACKED_DESC_FLAGS);
    const bits = availBits(positionWrap(ring.avail, queueSize));
    walkPacked(memory, ring.avail, chain, ring.tableAt);
    let extent = 1;
    while (extent < queueSize && ring.flagsStored[(head + extent) % queueSize] === ring.operation) {
      extent++;
    }
    if ((flags & OWNER_BITS) !== bits) {
      this.#fact(EXPOSURE.ownerBits, {
        slot: head,
        found: flags,
        expected: bits,
        what: `flags ${hex(flags)} in ${slotText(head)}, at wrap counter ${positionWrap(ring.avail, queueSize)}`,
      });
    } else if (ring.late === undefined) {
      this.#packedShape(extent);
    }
    if (ring.inFlight.slots + extent > queueSize && this.#facts.length === 0) {
      const slot = (head + queueSize - ring.inFlight.slots) % queueSize;
      this.#fact(EXPOSURE.slotsFree, { slot, found: ring.inFlight.slots + extent });
    }
    this.#common(PACKED_SHAPE, chain.bufferId);
    const derailed = this.#emit(PACKED_SHAPE, head);
    // The driver goes on behind what it wrote, whatever the device makes of it.
    ring.inFlight.add(chain.bufferId, {
      slots: extent,
      writableBytes: chain.writableBytes,
      place: this.#add.place,
    });
    ring.avail = advancePosition(ring.avail, extent, queueSize);
    return derailed;
  }

  #packedShape(extent: number): void {
    const { chain, setup, idStored, operation } = this.#ring;
    const last = chain.slots[Math.min(extent, chain.slotCount) - 1] as number;
    if (chain.slotCount > extent || (chain.slotCount === extent && chain.beyond !== NONE)) {
      const into = (last + 1) % setup.queueSize;
      this.#fact(EXPOSURE.runsOn, {
        slot: last,
        other: into,
        found: this.#flagsOf(last),
      });
    } else if (chain.slotCount < extent) {
      this.#fact(EXPOSURE.cutShort, {
        slot: last,
        found: chain.slotCount,
        expected: extent,
      });
    } else if (idStored[last] !== operation) {
      this.#fact(EXPOSURE.idStored, { slot: last, found: chain.bufferId });
    }
  }

  #split(): boolean {
    const ring = this.#ring;
    const { chain, memory, setup } = ring;
    const to = memory.get16(AREA.driver, RING_IDX);
    const entry = ring.avail % setup.queueSize;
    const head = memory.get16(AREA.driver, availEntry(entry));
    walkSplit(memory, head, chain, ring.tableAt);
    if (ring.late === undefined) this.#splitShape(entry, head);
    this.#common(SPLIT_SHAPE, head);
    const derailed = this.#emit(SPLIT_SHAPE, head);
    if (head < setup.queueSize) ring.own(head);
    ring.inFlight.add(head, {
      slots: chain.slotCount,
      writableBytes: chain.writableBytes,
      place: this.#add.place,
    });
    ring.avail = to;
    return derailed;
  }

  #splitShape(entry: number, head: number): void {
    const { chain, entryStored, operation, written, writtenCount, owner } = this.#ring;
    if (entryStored[entry] !== operation) {
      this.#fact(EXPOSURE.entryStored, {
        slot: entry,
        other: this.#strayEntry(),
        found: head,
      });
      return;
    }
    if (this.#ring.inFlight.get(head) !== undefined) return;
    for (let i = 0; i < writtenCount; i++) {
      const slot = written[i] as number;
      if (owner[slot] === 0) continue;
      const holder = (owner[slot] as number) - 1;
      this.#fact(EXPOSURE.slotsFree, { slot, other: holder }, this.#holder(holder));
      return;
    }
    const into = this.#linkTo(head);
    if (!this.#isWritten(head) || into !== NONE) {
      this.#fact(EXPOSURE.headIsHead, { slot: head, other: into, found: entry });
      return;
    }
    let own = 0;
    while (own < chain.slotCount && this.#isWritten(chain.slots[own] as number)) own++;
    const last = chain.slots[own - 1] as number;
    const strays = own < chain.slotCount || chain.ending === "outside" || chain.ending === "loop";
    if (strays && chain.indirectSlot === NONE) {
      const other = own < chain.slotCount ? (chain.slots[own] as number) : chain.beyond;
      const aspect = own === writtenCount ? EXPOSURE.runsOn : EXPOSURE.misLinked;
      this.#fact(aspect, { slot: last, other, found: this.#flagsOf(last) });
    } else if (own < writtenCount) {
      this.#fact(EXPOSURE.cutShort, { slot: last, found: own, expected: writtenCount });
    }
  }

  /** What both layouts ask of a buffer. */
  #common(shape: number, id: number): void {
    const { late, chain, inFlight, allocated, setup } = this.#ring;
    if (late !== undefined) {
      this.#fact(EXPOSURE.storedBefore, {
        slot: NONE,
        what: storeText(late, setup.layout),
      });
      return;
    }
    if (this.#facts.length > 0) return;
    if (inFlight.get(id) !== undefined) {
      const [slot = NONE] = chain.slots;
      this.#fact(EXPOSURE.idFree, { slot, other: id, found: id }, this.#holder(id));
      return;
    }
    if (chain.ending === "table-length") {
      const slot = chain.indirectSlot;
      this.#fact(EXPOSURE.tableLength, { slot, found: chain.tableBytes });
    } else if (chain.ending !== "complete" && chain.ending !== "table-unread") {
      this.#fact(EXPOSURE.walkEnds, { slot: chain.beyond, what: chain.ending });
    } else if (allocated !== NONE && chain.indirectSlot === NONE && this.#pointsTo(allocated)) {
      const [slot = NONE] = chain.slots;
      this.#fact(EXPOSURE.indirectFlag, { slot, found: this.#flagsOf(slot) });
    }
    if (this.#facts.length === 0 && (shape & SHAPE) !== 0) this.#contents();
  }

  #contents(): void {
    const { chain, setup } = this.#ring;
    if (chain.oddEntry !== NONE) {
      this.#fact(EXPOSURE.tableFlags, { slot: chain.oddEntry, found: chain.oddFlags });
    }
    if (chain.readableAfterWritable !== NONE) {
      this.#fact(EXPOSURE.elementOrder, { slot: chain.readableAfterWritable });
      return;
    }
    const { elements: log, elementsFrom: from, elementsTo: to } = this.#add;
    if (from === to || chain.ending === "table-unread") return;
    // A free list that loops gives one descriptor twice: whatever the chain says then, this is why.
    if (chain.count !== to - from && this.#ring.addrTwice !== NONE) {
      const slot = this.#ring.addrTwice;
      this.#fact(EXPOSURE.slotsFree, { slot, what: "twice for one buffer" });
      return;
    }
    if (chain.count !== to - from) {
      this.#fact(EXPOSURE.content, {
        slot: Math.min(chain.count, to - from),
        found: chain.count,
        expected: to - from,
        what: `${chain.count} elements, ${to - from} were asked for`,
      });
      return;
    }
    for (let i = 0; i < chain.count; i++) {
      const at = from + i;
      // Behind an IOMMU the descriptor holds another address than the caller knows.
      const sameAddr = setup.addressesMapped || chain.addr[i] === log.addr[at];
      if (!sameAddr || chain.len[i] !== log.len[at]) {
        const found = `${hex(chain.addr[i] as number)}+${chain.len[i]}`;
        const expected = `${hex(log.addr[at] as number)}+${log.len[at]}`;
        const what = `element ${i} is ${found}, ${expected} was asked for`;
        this.#fact(EXPOSURE.content, { slot: i, what });
        return;
      }
      if (chain.writable[i] !== log.writable[at]) {
        this.#fact(EXPOSURE.direction, { slot: i, found: chain.writable[i] as number });
        return;
      }
    }
  }

  #emit(shape: number, head: number): boolean {
    const ring = this.#ring;
    const seen = this.#seen;
    const { barriersLogged, indirect } = ring.setup;
    let wrong = 0;
    for (const { aspect } of this.#facts) wrong |= aspect;
    // A buffer of the wrong shape says nothing of what its elements are, and little of its other parts.
    let decided = wrong & shape ? wrong : wrong & CONTENTS ? shape | wrong : shape | CONTENTS;
    const { elementsFrom, elementsTo, place } = this.#add;
    if (elementsFrom === elementsTo) decided &= ~(EXPOSURE.direction | EXPOSURE.content);
    if (ring.chain.indirectSlot === NONE) decided &= ~(EXPOSURE.tableLength | EXPOSURE.tableFlags);
    if (ring.allocated === NONE || !indirect) decided &= ~EXPOSURE.indirectFlag;
    let undecided = 0;
    seen.reason = "barriers were not recorded";
    if (ring.chain.ending === "table-unread") {
      undecided = CONTENTS;
      decided &= ~CONTENTS;
      seen.reason = "the indirect table is outside the memory that the log tells of";
    }
    decided |= wrong;
    if (barriersLogged) {
      decided |= EXPOSURE.barrier;
      if (!ring.barrierBefore) {
        this.#fact(EXPOSURE.barrier, { slot: head });
      }
    } else {
      undecided |= EXPOSURE.barrier;
    }
    seen.place = place;
    seen.decided = decided;
    seen.undecided = undecided;
    seen.facts = this.#facts;
    seen.head = head;
    this.#queue.emit(seen);
    return (wrong & DERAILS) !== 0;
  }

  #fact(
    aspect: number,
    numbers: Partial<Omit<RingFact, "aspect" | "evidence">>,
    before: readonly Evidence[] = [],
  ): void {
    this.#facts.push({
      aspect,
      slot: NONE,
      other: NONE,
      found: NONE,
      expected: NONE,
      what: "",
      ...numbers,
      evidence: [
        ...before,
        {
          role: "publication",
          place: this.#add.place,
          what: `${this.#add.func} makes a buffer available`,
        },
      ],
    });
  }

  #holder(id: number): Evidence[] {
    const buffer = this.#ring.inFlight.get(id);
    return buffer === undefined
      ? []
      : [{ role: "before", place: buffer.place, what: "the buffer in flight was made available" }];
  }

  #flagsOf(slot: number): number {
    const { memory, setup } = this.#ring;
    const field = setup.layout === "packed" ? PACKED_DESC_FLAGS : SPLIT_DESC_FLAGS;
    return memory.get16(AREA.desc, slot * DESC_BYTES + field);
  }

  #isWritten(slot: number): boolean {
    return this.#ring.flagsStored[slot] === this.#ring.operation;
  }

  /** Split: a descriptor of the same add that leads to `head`, or NONE. */
  #linkTo(head: number): number {
    const { memory, written, writtenCount } = this.#ring;
    for (let i = 0; i < writtenCount; i++) {
      const slot = written[i] as number;
      const at = slot * DESC_BYTES;
      if ((memory.get16(AREA.desc, at + SPLIT_DESC_FLAGS) & VIRTQ_DESC_F_NEXT) === 0) continue;
      if (memory.get16(AREA.desc, at + SPLIT_DESC_NEXT) === head && slot !== head) return slot;
    }
    return NONE;
  }

  /** Split: an entry of the available ring that the operation stored, or NONE. */
  #strayEntry(): number {
    return this.#ring.entryStored.indexOf(this.#ring.operation);
  }

  #pointsTo(table: number): boolean {
    const { chain, setup } = this.#ring;
    return chain.count > 0 && chain.addr[0] === setup.tables.base + table;
  }
}

function slotText(slot: number): string {
  return `slot ${slot}`;
}

const AREA_NAMES = {
  packed: ["descriptor", "driver event", "device event", "indirect table entry"],
  split: ["descriptor", "available ring", "used ring", "indirect table entry"],
};

/** A store, in the words of its layout: `descriptor 3 (offset 56)`. */
export function storeText(store: StoreSeen, layout: "split" | "packed"): string {
  const name = AREA_NAMES[layout][store.area];
  if (name === undefined) return `memory outside the queue (offset ${store.offset})`;
  const isDesc = store.area === AREA.desc || store.area === AREA.ind;
  const number = isDesc ? ` ${(store.offset / DESC_BYTES) | 0}` : "";
  return `${name}${number} (offset ${store.offset})`;
}
