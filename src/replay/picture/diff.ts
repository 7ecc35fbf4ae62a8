import type {
  PictureBuffer,
  PictureSlot,
  PictureWord,
  RingPicture,
} from "../../model/ring-picture.ts";

/** What is not the same in two pictures of one queue. */
export interface PictureDiff {
  readonly slots: ReadonlySet<number>;
  readonly driverPosition: boolean;
  readonly devicePosition: boolean;
  readonly availIdx: boolean;
  readonly usedIdx: boolean;
  readonly lastUsed: boolean;
  /** Slots of the two rings. */
  readonly availRing: ReadonlySet<number>;
  readonly usedRing: ReadonlySet<number>;
  readonly numFree: boolean;
  readonly numAdded: boolean;
  readonly driverEvent: boolean;
  readonly deviceEvent: boolean;
  /** Adds of buffers that came, that left, and of which something else is known now. */
  readonly added: ReadonlySet<number>;
  readonly gone: ReadonlySet<number>;
  readonly altered: ReadonlySet<number>;
}

export function diffPictures(before: RingPicture, after: RingPicture): PictureDiff {
  const old = new Map(before.buffers.map((buffer) => [buffer.seq, buffer] as const));
  const now = new Map(after.buffers.map((buffer) => [buffer.seq, buffer] as const));
  const differ = (of: (picture: RingPicture) => unknown): boolean =>
    JSON.stringify(of(before)) !== JSON.stringify(of(after));
  return {
    slots: places(after.slots.length, (i) => slotText(before, i) === slotText(after, i)),
    driverPosition: differ(({ driverPosition }) => driverPosition),
    devicePosition: differ(({ devicePosition }) => devicePosition),
    availIdx: before.availIdx !== after.availIdx,
    usedIdx: before.usedIdx !== after.usedIdx,
    lastUsed: before.lastUsed !== after.lastUsed,
    availRing: places(after.availRing.length, (i) => before.availRing[i] === after.availRing[i]),
    usedRing: places(after.usedRing.length, (i) => before.usedRing[i] === after.usedRing[i]),
    numFree: before.numFree !== after.numFree,
    numAdded: before.numAdded !== after.numAdded,
    driverEvent: wordText(before.driverEvent) !== wordText(after.driverEvent),
    deviceEvent: wordText(before.deviceEvent) !== wordText(after.deviceEvent),
    added: new Set([...now.keys()].filter((seq) => !old.has(seq))),
    gone: new Set([...old.keys()].filter((seq) => !now.has(seq))),
    altered: new Set(
      [...now].filter(([seq, one]) => isAltered(old.get(seq), one)).map(([seq]) => seq),
    ),
  };
}

/** Whether anything but the event, ages and num_added is another: that is the driver's, and no part of the ring. */
export function isChanged({ numAdded: _, ...diff }: PictureDiff): boolean {
  return Object.values(diff).some((part) => (part instanceof Set ? part.size > 0 : part === true));
}

function places(count: number, same: (at: number) => boolean): Set<number> {
  const found = new Set<number>();
  for (let at = 0; at < count; at++) if (!same(at)) found.add(at);
  return found;
}

function slotText({ slots, buffers }: RingPicture, at: number): string {
  const { state, lap, bytes, buffer } = slots[at] ?? ({ state: "unknown" } as Partial<PictureSlot>);
  // Buffers move up in their list when older ones leave it.
  const owner = typeof buffer === "number" ? buffers[buffer]?.seq : undefined;
  const text = bytes && [bytes.addr, bytes.len, bytes.flags, bytes.id, bytes.next].join();
  return [state, lap, owner, text].join("/");
}

/** The event that shows a word may be a later one that shows the same. */
function wordText(word: PictureWord | null): string {
  return word === null ? "" : [word.words, word.off, word.wrap, word.flags, word.event].join("/");
}

function isAltered(before: PictureBuffer | undefined, after: PictureBuffer): boolean {
  if (before === undefined) return false;
  const text = ({ kicked, slots, id, table, segments, certain }: PictureBuffer): string =>
    [kicked, slots, id, table, segments.length, certain].join("/");
  return text(before) !== text(after);
}
