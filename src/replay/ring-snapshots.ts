import { KIND } from "../model/event.ts";
import type { Evidence } from "../model/finding.ts";
import { AREA } from "../model/memory.ts";
import { DESC_BYTES, PACKED_DESC_FLAGS, VIRTQ_DESC_F_NEXT } from "../virtio/descriptor.ts";
import {
  advancePosition,
  availBits,
  OWNER_BITS,
  packedPosition,
  positionDistance,
  positionSlot,
  positionText,
  positionWrap,
  usedBits,
  wordPosition,
} from "../virtio/packed.ts";
import { Chain, noTables, walkPacked } from "./chain.ts";
import type { QueueContext } from "./queue-context.ts";
import { EXPOSURE, NO_FACTS, NONE, type RingFact } from "./ring-facts.ts";
import { RingMemory } from "./ring-memory.ts";
import { hex, isKnown, type Sample } from "./sample.ts";

/** What each list shows in the slots that its driver has just made available. */
const LIST =
  EXPOSURE.ownerBits |
  EXPOSURE.runsOn |
  EXPOSURE.walkEnds |
  EXPOSURE.elementOrder |
  EXPOSURE.lengthSet |
  EXPOSURE.idInside;

const DISAGREE = "positions and free count of the sample disagree";

/**
 * Descriptor rings that probes recorded with the driver's own positions (`desc={...}`): of the slots
 * that it made available since its last kick decision, each holds what the driver wrote, or the
 * device's used descriptor. The driver is inside the call, so no list is in the making.
 */
export class RingSnapshots {
  readonly #queue: QueueContext;
  #memory: RingMemory | undefined;
  #chain = new Chain(1);

  constructor(queue: QueueContext) {
    this.#queue = queue;
  }

  take(sample: Sample, bytes: Uint8Array): void {
    const { layout, size } = this.#queue;
    if (layout !== "packed" || size === undefined) return;
    const memory = this.#memoryOf(size);
    const area = memory.bytes(AREA.desc);
    if (bytes.length < area.length) {
      this.#open(sample, "the probe recorded fewer descriptors than the ring has");
      return;
    }
    const { nextAvail, availWrap, numAdded, numFree } = sample;
    const used = isKnown(sample.lastUsed) ? wordPosition(sample.lastUsed, size) : undefined;
    const whole = isKnown(nextAvail) && nextAvail < size && isKnown(availWrap) && isKnown(numAdded);
    if (used === undefined || !whole) {
      this.#open(sample, "the sample does not show the driver's positions");
      return;
    }
    const avail = packedPosition(nextAvail, availWrap, size);
    const inFlight = positionDistance(used, avail, size);
    // Struct offsets of another kernel read noise: only a sample that agrees with itself is used.
    if (inFlight > size || (isKnown(numFree) && size - numFree !== inFlight)) {
      this.#open(sample, DISAGREE);
      return;
    }
    area.set(bytes.subarray(0, area.length));
    // What the driver has taken back already may be in no list any more.
    this.#lists(memory, sample, avail, Math.min(numAdded, inFlight));
    // Any other call may run beside an add, which publishes before it moves the position.
    if (sample.kind === KIND.kickPrepare && inFlight < size) this.#behind(memory, sample, avail);
  }

  /** The slot that the driver writes next: whatever else it holds, it is not available yet. */
  #behind(memory: RingMemory, sample: Sample, avail: number): void {
    const { queueSize } = memory;
    const flags = flagsAt(memory, avail);
    const slot = positionSlot(avail, queueSize);
    const isLeft = (flags & OWNER_BITS) === availBits(positionWrap(avail, queueSize));
    const aspect = EXPOSURE.slotBehind;
    const what = positionText(avail, queueSize);
    const evidence = isLeft ? this.#evidence(sample, `slot ${slot} flags=${hex(flags)}`) : [];
    const fact = { ...BLANK, aspect, slot, found: flags, what, evidence };
    this.#chain.clear();
    this.#emit(sample, aspect, 0, "", slot, isLeft ? [fact] : NO_FACTS);
  }

  #memoryOf(size: number): RingMemory {
    if (this.#memory?.queueSize !== size) {
      this.#memory = new RingMemory("packed", size);
      this.#chain = new Chain(size);
    }
    return this.#memory;
  }

  #lists(memory: RingMemory, sample: Sample, avail: number, slots: number): void {
    const { queueSize } = memory;
    for (let left = slots; left > 0; ) {
      const at = positionDistance(left, avail, queueSize);
      const bits = flagsAt(memory, at) & OWNER_BITS;
      const wrap = positionWrap(at, queueSize);
      if (bits === availBits(wrap)) left -= this.#list(memory, sample, at, left);
      else {
        if (bits !== usedBits(wrap)) this.#wrongOwner(memory, sample, at);
        left--;
      }
    }
  }

  /** One list, and how many of the `left` slots it takes. */
  #list(memory: RingMemory, sample: Sample, start: number, left: number): number {
    const { queueSize } = memory;
    let count = 1;
    let at = start;
    while (count < left && (flagsAt(memory, at) & VIRTQ_DESC_F_NEXT) !== 0) {
      at = advancePosition(at, 1, queueSize);
      const bits = availBits(positionWrap(at, queueSize));
      if ((flagsAt(memory, at) & OWNER_BITS) !== bits) {
        // The device's mark, or a wrong one, which the next round tells apart.
        this.#open(sample, "the device has written over part of the list");
        return count;
      }
      count++;
    }
    const chain = this.#chain;
    walkPacked(memory, start, chain, noTables);
    const facts: RingFact[] = [];
    const flags = flagsAt(memory, at);
    const last = positionSlot(at, queueSize);
    const beyond = (last + 1) % queueSize;
    const runsOn = count === left && (flags & VIRTQ_DESC_F_NEXT) !== 0;
    facts.push(...this.#elements(memory, sample, chain, runsOn));
    if (runsOn && !chain.indirectHasNext) {
      const evidence = this.#evidence(sample, `slot ${last} flags=${hex(flags)}`);
      const aspect = EXPOSURE.runsOn;
      facts.push({ ...BLANK, aspect, slot: last, other: beyond, found: flags, evidence });
    }
    // Past its own end a list picks up descriptors that are not its own.
    if (chain.readableAfterWritable >= 0 && !runsOn && chain.indirectSlot < 0) {
      const element = chain.readableAfterWritable;
      const evidence = this.#evidence(sample, `slot ${chain.slots[element]}`);
      facts.push({ ...BLANK, aspect: EXPOSURE.elementOrder, slot: element, evidence });
    }
    if (chain.ending === "table-length") {
      const evidence = this.#evidence(sample, `slot ${chain.indirectSlot}`);
      const { tableBytes: found, indirectSlot: slot } = chain;
      facts.push({ ...BLANK, aspect: EXPOSURE.tableLength, slot, found, evidence });
    }
    const decided = decidedBy(chain, this.#queue.indirect);
    this.#emit(sample, decided, 0, "", positionSlot(start, queueSize), facts);
    return count;
  }

  /** What each descriptor of a list says for itself; past its own end a list has others'. */
  #elements(memory: RingMemory, sample: Sample, chain: Chain, runsOn: boolean): RingFact[] {
    const facts: RingFact[] = [];
    const push = (aspect: number, slot: number, found: number, what: string): void => {
      const evidence = this.#evidence(sample, slot < 0 ? `id ${found}` : `slot ${slot}`);
      facts.push({ ...BLANK, aspect, slot, found, what, evidence });
    };
    const { indirectSlot, emptyElement } = chain;
    if (indirectSlot >= 0 && (chain.indirectHasNext || this.#queue.indirect === false)) {
      const flags = memory.get16(AREA.desc, indirectSlot * DESC_BYTES + PACKED_DESC_FLAGS);
      const what = (flags & VIRTQ_DESC_F_NEXT) === 0 ? "in list" : "next";
      if (this.#queue.indirect === false) push(EXPOSURE.indirectAllowed, indirectSlot, flags, "");
      else push(EXPOSURE.indirectAlone, indirectSlot, flags, what);
    }
    if (runsOn) return facts;
    if (emptyElement >= 0 && indirectSlot < 0) push(EXPOSURE.lengthSet, emptyElement, NONE, "");
    if (chain.bufferId >= memory.queueSize) push(EXPOSURE.idInside, NONE, chain.bufferId, "");
    return facts;
  }

  #wrongOwner(memory: RingMemory, sample: Sample, position: number): void {
    const { queueSize } = memory;
    const flags = flagsAt(memory, position);
    const slot = positionSlot(position, queueSize);
    const expected = availBits(positionWrap(position, queueSize));
    const what = `flags ${hex(flags)} in ${positionText(position, queueSize)}, neither available nor used in that lap`;
    const evidence = this.#evidence(sample, `slot ${slot} flags=${hex(flags)}`);
    const found = flags & OWNER_BITS;
    const fact = { ...BLANK, aspect: EXPOSURE.ownerBits, slot, found, expected, what, evidence };
    this.#chain.clear();
    this.#emit(sample, EXPOSURE.ownerBits, 0, "", slot, [fact]);
  }

  #evidence(sample: Sample, what: string): Evidence[] {
    const { place, func, nextAvail, availWrap, numAdded } = sample;
    const shown = `${func} next_avail=${nextAvail} avail_wrap=${availWrap} num_added=${numAdded}: ${what}`;
    return [{ role: "publication", place, what: shown }];
  }

  #open(sample: Sample, reason: string): void {
    this.#chain.clear();
    this.#emit(sample, 0, LIST, reason, NONE, NO_FACTS);
  }

  #emit(
    sample: Sample,
    decided: number,
    undecided: number,
    reason: string,
    head: number,
    facts: readonly RingFact[],
  ): void {
    this.#queue.emit({
      kind: "buffer.exposed",
      queue: this.#queue.view,
      place: sample.place,
      decided,
      unlogged: 0,
      undecided,
      reason,
      facts: facts.length === 0 ? NO_FACTS : facts,
      head,
      chain: this.#chain,
    });
  }
}

const BLANK: RingFact = {
  aspect: 0,
  slot: NONE,
  other: NONE,
  found: NONE,
  expected: NONE,
  what: "",
  evidence: [],
};

function flagsAt(memory: RingMemory, position: number): number {
  const slot = positionSlot(position, memory.queueSize);
  return memory.get16(AREA.desc, slot * DESC_BYTES + PACKED_DESC_FLAGS);
}

/** Elements of an indirect table are not among what a probe records. */
function decidedBy(chain: Chain, indirect: boolean | undefined): number {
  const allowed = indirect === false ? EXPOSURE.indirectAllowed : 0;
  if (chain.indirectSlot < 0) return LIST | allowed;
  const known = LIST & ~(EXPOSURE.elementOrder | EXPOSURE.lengthSet);
  return known | EXPOSURE.tableLength | EXPOSURE.indirectAlone | allowed;
}
