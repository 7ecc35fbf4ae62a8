import { NO_EVENT_CPU, type Place } from "../../model/finding.ts";
import { AREA } from "../../model/memory.ts";
import {
  DESC_BYTES,
  SPLIT_DESC_FLAGS,
  SPLIT_DESC_NEXT,
  VIRTQ_DESC_F_NEXT,
} from "../../virtio/descriptor.ts";
import { EVENT_FLAGS, EVENT_OFF_WRAP, positionSlot } from "../../virtio/packed.ts";
import { CHAIN_BYTES_MAX, type Chain } from "../chain.ts";
import { eventWordAspects, eventWordBits } from "../event-word-aspects.ts";
import type { Observation, QueueView } from "../observation.ts";
import {
  type BufferExposed,
  EVENT_WORD,
  EXPOSURE,
  NO_FACTS,
  NONE,
  type RingFact,
} from "../ring-facts.ts";
import type { RingMemory } from "../ring-memory.ts";
import { BufferWalks, NOT_WALKED } from "./buffer-walks.ts";
import { type DumpInput, neverWritten } from "./dump-input.ts";
import { observeSplitFlags, observeUntaken, TORN } from "./dump-notifications.ts";
import { flagsAt } from "./packed-boundary.ts";
import type { DecodedDump } from "./packed-dump.ts";

/** Where the facts of a dump stand: which queue, and at which place of the case, if any. */
export interface DumpPlace {
  readonly queue: QueueView;
  readonly place: Place;
}

/** A dump has no line and no time. */
export const NO_PLACE: Place = { seq: 0, line: 0, time: 0, cpu: NO_EVENT_CPU };

const UNSURE = "the dump does not tell for certain which buffers are in flight";

/**
 * States what one instant decides: of each buffer in flight, and of both event words.
 *
 * Only what holds whatever the rest of memory was is called decided. What looks odd is undecided when
 * the bytes may be of several moments, or when another choice among possible positions would explain it.
 */
export function observeDump(
  input: DumpInput,
  decoded: DecodedDump,
  at: DumpPlace,
  observe: (observation: Observation) => void,
): void {
  if (input.memory.layout === "packed") observePacked(input, decoded, at, observe);
  else observeSplit(input, decoded, at, observe);
}

/** Aspects that a walk of a buffer shows, in either layout. */
const WALK =
  EXPOSURE.walkEnds |
  EXPOSURE.elementOrder |
  EXPOSURE.tableLength |
  EXPOSURE.tableFlags |
  EXPOSURE.tableFits |
  EXPOSURE.lengthSet |
  EXPOSURE.length |
  EXPOSURE.indirectAlone |
  EXPOSURE.indirectAllowed;
/** Aspects of one layout alone. */
const PACKED = EXPOSURE.runsOn | EXPOSURE.idFree | EXPOSURE.idInside;
const SPLIT = EXPOSURE.slotsFree | EXPOSURE.bytes | EXPOSURE.flagsKnown | EXPOSURE.sequential;

function observePacked(
  input: DumpInput,
  decoded: DecodedDump,
  at: DumpPlace,
  observe: (observation: Observation) => void,
): void {
  const { memory, features } = input;
  const { dump, starts, nothingUsed } = decoded;
  // Out of order, an id may come back while an old descriptor still shows it.
  const idsHold = nothingUsed || features?.has("VIRTIO_F_IN_ORDER") === true;
  const holders = new Map<number, number>();
  const walks = new BufferWalks(input);
  const { chain } = walks;
  for (const [i, start] of starts.entries()) {
    const head = positionSlot(start, memory.queueSize);
    if (!walks.walk(start)) {
      const aspects = (WALK | PACKED) & ~cannotBreak(features);
      observe({ kind: "buffer.exposed", ...at, ...unwalked(aspects), head, chain });
      continue;
    }
    const facts = walkFacts(input, chain);
    const runsOn = runsOnFact(memory, chain);
    if (runsOn !== undefined) facts.push(runsOn);
    const id = dump.inFlight[i]?.id ?? NONE;
    const holder = holders.get(id);
    if (holder === undefined) holders.set(id, head);
    else facts.push(fact(EXPOSURE.idFree, { slot: head, other: holder, found: id }));
    const proven = runsOn !== undefined && runsIntoNothing(input, runsOn) ? EXPOSURE.runsOn : 0;
    const aspects = walked(input, chain) | PACKED;
    const certain = dump.certainty === "certain";
    const open =
      (input.paused ? 0 : aspects & ~proven) |
      (certain ? 0 : aspects & ~proven) |
      (idsHold ? 0 : EXPOSURE.idFree);
    const reason = !certain ? UNSURE : !input.paused ? TORN : UNSURE;
    observe({
      kind: "buffer.exposed",
      ...at,
      ...judged(aspects, open, certain, facts, reason),
      head,
      chain,
    });
  }
  observePackedWords(input, at, observe);
  observeUntaken(input, decoded, at, observe);
}

/** What the walk decides: the table's length only where there is one, its flags where it was read. */
function walked({ features }: DumpInput, chain: Chain): number {
  let aspects = WALK & ~cannotBreak(features);
  const ofTables = EXPOSURE.tableLength | EXPOSURE.tableFlags | EXPOSURE.tableFits;
  if (chain.indirectSlot < 0) aspects &= ~(ofTables | EXPOSURE.indirectAlone);
  else if (chain.tableOffset < 0) aspects &= ~(EXPOSURE.tableFlags | EXPOSURE.tableFits);
  // Elements that were not read have no order.
  if (chain.ending === "table-unread") aspects &= ~(EXPOSURE.elementOrder | EXPOSURE.lengthSet);
  return aspects;
}

/** Aspects that a queue with these features cannot break, or of which nobody knows whether it may. */
function cannotBreak(features: DumpInput["features"]): number {
  const isRefused = features !== undefined && !features.has("VIRTIO_F_INDIRECT_DESC");
  const isOrdered = features?.has("VIRTIO_F_IN_ORDER") === true;
  return (isRefused ? 0 : EXPOSURE.indirectAllowed) | (isOrdered ? 0 : EXPOSURE.sequential);
}

type Judged = Pick<BufferExposed, "decided" | "unlogged" | "undecided" | "reason" | "facts">;

/** Of a buffer that was not walked, nothing is decided. */
function unwalked(aspects: number): Judged {
  return { decided: 0, unlogged: 0, undecided: aspects, reason: NOT_WALKED, facts: NO_FACTS };
}

/**
 * Splits aspects into decided and undecided. What is not odd counts as decided even where an oddity
 * would not be, unless the positions themselves are unsure.
 */
function judged(
  aspects: number,
  open: number,
  certain: boolean,
  facts: readonly RingFact[],
  reason: string,
): Judged {
  const odd = facts.reduce((bits, { aspect }) => bits | aspect, 0);
  const undecided = certain ? open & odd : open;
  const told = facts.filter(({ aspect }) => (aspect & aspects & ~undecided) !== 0);
  return {
    decided: aspects & ~undecided,
    // A dump knows no order: barriers are not its subject.
    unlogged: 0,
    undecided: undecided & aspects,
    reason: undecided === 0 ? "" : reason,
    facts: told.length === 0 ? NO_FACTS : told,
  };
}

function fact(
  aspect: number,
  { slot = NONE, other = NONE, found = NONE, expected = NONE, what = "" }: Partial<RingFact>,
): RingFact {
  return { aspect, slot, other, found, expected, what, evidence: [] };
}

function runsOnFact(memory: RingMemory, chain: Chain): RingFact | undefined {
  if (chain.ending !== "unavailable") return undefined;
  const slot = chain.slots[chain.slotCount - 1] as number;
  return fact(EXPOSURE.runsOn, { slot, other: chain.beyond, found: flagsAt(memory, slot) });
}

/**
 * A list is written before its head is made available (2.8.22). A slot that was read after the list
 * and that nobody ever wrote is not part of it, however long the reading took.
 */
function runsIntoNothing({ memory, sizeBy }: DumpInput, { slot, other }: RingFact): boolean {
  // Past the end of the ring nobody writes either.
  return sizeBy !== "length" && other > slot && neverWritten(memory, other);
}

/** Facts in the terms of the rules: an element or a table entry by its number, endings by their names. */
function walkFacts(input: DumpInput, chain: Chain): RingFact[] {
  const facts: RingFact[] = [];
  const { ending, indirectSlot } = chain;
  const packed = input.memory.layout === "packed";
  if (ending === "loop" && packed) {
    facts.push(fact(EXPOSURE.length, { found: chain.slotCount, what: "list" }));
  } else if (ending === "loop" || ending === "outside" || ending === "nested") {
    const other = chain.slots[chain.slotCount - 1] ?? NONE;
    const slot = ending === "nested" ? chain.oddEntry : chain.beyond;
    facts.push(fact(EXPOSURE.walkEnds, { slot, other, what: ending }));
  }
  if (chain.readableAfterWritable >= 0) {
    facts.push(fact(EXPOSURE.elementOrder, { slot: chain.readableAfterWritable }));
  }
  if (ending === "table-length") {
    facts.push(fact(EXPOSURE.tableLength, { slot: indirectSlot, found: chain.tableBytes }));
  }
  if (chain.oddEntry >= 0) {
    const { oddEntry: slot, oddFlags: found } = chain;
    facts.push(fact(EXPOSURE.tableFlags, { slot, other: indirectSlot, found }));
  }
  if (indirectSlot >= 0) facts.push(...indirectFacts(input, chain));
  if (chain.emptyElement >= 0) {
    facts.push(fact(EXPOSURE.lengthSet, { slot: chain.emptyElement }));
  }
  if (packed && chain.bufferId >= input.memory.queueSize) {
    facts.push(fact(EXPOSURE.idInside, { found: chain.bufferId }));
  }
  return packed ? facts : [...facts, ...splitFacts(input, chain)];
}

function indirectFacts({ memory, features }: DumpInput, chain: Chain): RingFact[] {
  const { indirectSlot: slot, slotCount, count, ending } = chain;
  const { layout, queueSize } = memory;
  const found = layout === "packed" ? flagsAt(memory, slot) : splitFlagsAt(memory, slot);
  const facts: RingFact[] = [];
  if (features?.has("VIRTIO_F_INDIRECT_DESC") === false) {
    facts.push(fact(EXPOSURE.indirectAllowed, { slot, found }));
  }
  if (chain.indirectHasNext) {
    const what = (found & VIRTQ_DESC_F_NEXT) === 0 ? "in list" : "next";
    facts.push(fact(EXPOSURE.indirectAlone, { slot, found, what }));
  }
  if (ending !== "complete" || count <= queueSize) return facts;
  const direct = slotCount - 1;
  const entries = count - direct;
  if (entries > queueSize || layout === "packed") {
    facts.push(fact(EXPOSURE.tableFits, { slot: direct, found: count }));
  } else {
    const what = "both";
    facts.push(fact(EXPOSURE.length, { slot: direct, other: entries, found: count, what }));
  }
  return facts;
}

function splitFacts({ memory }: DumpInput, chain: Chain): RingFact[] {
  const facts: RingFact[] = [];
  const { bufferId, bytes, ending, jumpingSlot, jumpingEntry, unknownFlagsSlot } = chain;
  if (ending === "complete" && bytes > CHAIN_BYTES_MAX) {
    facts.push(fact(EXPOSURE.bytes, { slot: bufferId, found: bytes }));
  }
  if (unknownFlagsSlot >= 0 || chain.unknownFlagsEntry >= 0) {
    const inTable = unknownFlagsSlot < 0;
    const slot = inTable ? chain.unknownFlagsEntry : unknownFlagsSlot;
    const what = inTable ? "table" : "";
    facts.push(fact(EXPOSURE.flagsKnown, { slot, found: chain.unknownFlags, what }));
  }
  if (jumpingSlot >= 0) {
    const found = memory.get16(AREA.desc, jumpingSlot * DESC_BYTES + SPLIT_DESC_NEXT);
    const expected = (jumpingSlot + 1) % memory.queueSize;
    const numbers = { slot: jumpingSlot, found, expected, what: "next" };
    facts.push(fact(EXPOSURE.sequential, numbers));
  } else if (jumpingEntry >= 0) {
    const numbers = { slot: jumpingEntry, expected: jumpingEntry + 1, what: "entry" };
    facts.push(fact(EXPOSURE.sequential, numbers));
  }
  return facts;
}

function splitFlagsAt(memory: RingMemory, slot: number): number {
  return memory.get16(AREA.desc, slot * DESC_BYTES + SPLIT_DESC_FLAGS);
}

function observePackedWords(
  input: DumpInput,
  at: DumpPlace,
  observe: (observation: Observation) => void,
): void {
  const { memory, features, hasDriverArea, hasDeviceArea } = input;
  for (const [party, area, present] of [
    ["driver", AREA.driver, hasDriverArea],
    ["device", AREA.device, hasDeviceArea],
  ] as const) {
    if (!present) continue;
    const flags = memory.get16(area, EVENT_FLAGS);
    const word = memory.get16(area, EVENT_OFF_WRAP);
    const negotiated = features?.has("VIRTIO_F_EVENT_IDX");
    const aspects = eventWordAspects(flags, word, memory.queueSize, negotiated);
    const guessed = (input.sizeBy ?? "told") !== "told" ? EVENT_WORD.offInside : 0;
    aspects.undecided |= aspects.decided & guessed;
    aspects.decided &= ~guessed;
    aspects.wrong &= ~guessed;
    const facts = eventWordBits(aspects.wrong).map((aspect) =>
      fact(aspect, { found: aspect === EVENT_WORD.offInside ? word : flags }),
    );
    observe({
      kind: "eventWord.seen",
      ...at,
      party,
      decided: aspects.decided,
      unlogged: 0,
      undecided: aspects.undecided,
      reason:
        aspects.undecided === 0
          ? ""
          : "nobody says which features were negotiated, or how many entries the ring has",
      facts: facts.length === 0 ? NO_FACTS : facts,
    });
  }
}

function observeSplit(
  input: DumpInput,
  decoded: DecodedDump,
  at: DumpPlace,
  observe: (observation: Observation) => void,
): void {
  const { dump, starts } = decoded;
  const certain = dump.certainty === "certain";
  const reason = certain ? TORN : UNSURE;
  const holders = new Map<number, number>();
  const walks = new BufferWalks(input);
  const { chain } = walks;
  for (const head of starts) {
    if (!walks.walk(head)) {
      const aspects = (WALK | SPLIT) & ~cannotBreak(input.features);
      observe({ kind: "buffer.exposed", ...at, ...unwalked(aspects), head, chain });
      continue;
    }
    const facts = walkFacts(input, chain);
    for (let i = 0; i < chain.slotCount; i++) {
      const slot = chain.slots[i] as number;
      const holder = holders.get(slot);
      if (holder === undefined) holders.set(slot, head);
      else {
        facts.push(fact(EXPOSURE.slotsFree, { slot, other: holder }));
        break;
      }
    }
    let own = SPLIT & ~cannotBreak(input.features);
    if (chain.ending === "table-unread") own &= EXPOSURE.slotsFree;
    const aspects = walked(input, chain) | own;
    const open = input.paused && certain ? 0 : aspects;
    observe({
      kind: "buffer.exposed",
      ...at,
      ...judged(aspects, open, certain, facts, reason),
      head,
      chain,
    });
  }
  observeSplitFlags(input, at, observe);
  observeUntaken(input, decoded, at, observe);
}
