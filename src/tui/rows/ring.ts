import type { DumpSegment, SlotState } from "../../model/ring-dump.ts";
import type {
  PictureBuffer,
  PictureSlot,
  PictureWord,
  RingPicture,
} from "../../model/ring-picture.ts";
import { diffPictures, type PictureDiff } from "../../replay/picture/diff.ts";
import { SLOT_LETTERS, slotRanges } from "../../report/ring-text.ts";
import {
  filled,
  folded,
  type Line,
  line,
  restyled,
  type Span,
  type Style,
  span,
  textOf,
  widthOf,
} from "../line.ts";
import { bodyRows, type Model } from "../model.ts";
import { eventName, fields } from "./events.ts";
import { lasting, plural, sourceOf, timeOf, windowOf } from "./words.ts";

const GROUP = 8;
/** Width of the labels at the left of a strip. */
const LABEL = 8;

/** Who may touch a slot: the device what is available, the driver all else. */
const OWNERS: Readonly<Record<SlotState, Style>> = {
  available: "device",
  used: "driver",
  stale: "warning",
  free: "driver",
  never: "dim",
  unknown: "dim",
};

const MEANINGS: readonly (readonly [SlotState, string])[] = [
  ["available", "A available: the device's"],
  ["used", "U used: back to the driver"],
  ["stale", "s stale: looks available, is not"],
  ["free", "f free: the driver's"],
  ["never", ". never written"],
  ["unknown", "? cannot be told"],
];

const UNTOLD = "whose these are no event tells";

/** One queue after the chosen event. */
export function ringRows(model: Model, width: number, height: number): readonly Line[] {
  const { picture, reason } = model.ring;
  if (picture === undefined) {
    return [[], ...folded(`  ${reason ?? "no ring is shown"}`, width, "  ", "warning")];
  }
  const { rows, cursorRow } = allRows(model, picture, width);
  if (model.ring.pane === "buffers") return windowOf(rows, cursorRow, height);
  const from = Math.min(model.ring.top, Math.max(0, rows.length - height));
  return rows.slice(from, from + height);
}

/** How far the rows of a ring go beyond the screen. */
export function ringReach(model: Model): number {
  const { picture } = model.ring;
  if (picture === undefined) return 0;
  const { rows } = allRows(model, picture, model.columns);
  return Math.max(0, rows.length - bodyRows(model));
}

function allRows(
  model: Model,
  picture: RingPicture,
  width: number,
): { readonly rows: readonly Line[]; readonly cursorRow: number } {
  const { before } = model.ring;
  const diff = before === undefined ? undefined : diffPictures(before, picture);
  const above: Line[] = [
    headline(model, picture),
    ...eventLines(model, width),
    [],
    ...(picture.layout === "packed"
      ? packedStrip(picture, diff, width)
      : splitStrips(picture, diff, width)),
    ...legend(picture),
    [],
    ...positions(picture, diff),
    ...words(picture, diff, width),
    [],
  ];
  const buffers = bufferRows(model, picture, diff, width);
  return {
    rows: [...above, ...buffers, ...unknowns(picture, width)],
    cursorRow: above.length + 1 + model.ring.bufferCursor,
  };
}

function headline(model: Model, { key, layout, size, evidence, seq }: RingPicture): Line {
  const known = {
    stores: "every byte known",
    recorded: "descriptors recorded by a probe",
    samples: "by the driver's own state",
  }[evidence];
  const finding = model.case.findings.find((one) => one.seq === seq);
  return line(
    span(key, "title"),
    `  ${layout}, ${size} slots  `,
    ...(finding === undefined
      ? []
      : [span(`${finding.severity}: ${finding.rule}`, finding.severity), "  "]),
    span(known, "dim"),
  );
}

function eventLines(model: Model, width: number): Line[] {
  const { event, picture } = model.ring;
  if (event === undefined || picture === undefined)
    return [line(span("before its first event", "dim"))];
  const source = sourceOf(model, event.seq);
  const head = line(
    span(`after event ${event.seq}`, "dim"),
    `  ${timeOf(source, event.time)}  `,
    span(eventName(event), "bold"),
    "  ",
  );
  const all = line(...head, ...fields({ ...event, queue: null }));
  if (widthOf(all) <= width) return [all];
  // The state that a probe read is what the picture stands on: it is not cut.
  return [head, ...folded(`  ${textOf(all.slice(head.length))}`, width, "  ")];
}

/** Slots of one row: groups of eight, as many as fit. */
function perRow(width: number): number {
  const room = Math.max(GROUP + 1, width - LABEL - 4);
  return Math.max(GROUP, Math.floor((room + 1) / (GROUP + 1)) * GROUP);
}

function columnOf(slot: number): number {
  return LABEL + 2 + slot + Math.floor(slot / GROUP);
}

interface Strip {
  /** What is said in place of cells of which none can be told. */
  readonly unknown: string;
  readonly label: string;
  readonly cells: readonly Span[];
  /** Signs at the two ends: `>` where behind the last slot comes the first. */
  readonly closed: boolean;
  readonly below: readonly { readonly label: string; readonly cells: readonly Span[] }[];
  readonly marks: readonly {
    readonly slot: number;
    readonly text: string;
    readonly style: Style;
  }[];
}

function strip({ label, cells, closed, below, marks, unknown }: Strip, width: number): Line[] {
  if (cells.length > 0 && cells.every(({ text }) => text === SLOT_LETTERS.unknown)) {
    const row = line(
      span(label.padEnd(LABEL + 2)),
      span(`0-${cells.length - 1}: ${unknown}`, "dim"),
    );
    return [row, ...marks.map(({ text, slot, style }) => placedMark(text, slot, style))];
  }
  const rows: Line[] = [];
  const count = perRow(width);
  for (let from = 0; from < cells.length; from += count) {
    const to = Math.min(from + count, cells.length);
    const ends = closed ? [from === 0 ? ">" : " ", to === cells.length ? " >" : ""] : [" ", ""];
    rows.push(ruler(from, to));
    rows.push([
      span((from === 0 ? label : "").padEnd(LABEL)),
      span(ends[0] ?? "", "dim"),
      span(" "),
      ...grouped(cells.slice(from, to)),
      span(ends[1] ?? "", "dim"),
    ]);
    for (const more of below) {
      const row = more.cells.slice(from, to);
      if (row.some(({ text }) => text !== " ")) {
        rows.push([span(more.label.padEnd(LABEL + 2), "dim"), ...grouped(row)]);
      }
    }
    rows.push(...markRows(marks, from, to, width));
  }
  return rows;
}

/** A mark where no slots are drawn. */
function placedMark(text: string, slot: number, style: Style): Line {
  return line(" ".repeat(LABEL + 2), span(`${text} (entry ${slot})`, style));
}

function ruler(from: number, to: number): Line {
  let text = " ".repeat(LABEL + 2);
  for (let slot = from; slot < to; slot += GROUP) text += String(slot).padEnd(GROUP + 1);
  return line(span(text.trimEnd(), "dim"));
}

function grouped(cells: readonly Span[]): Span[] {
  return cells.flatMap((cell, at) => (at > 0 && at % GROUP === 0 ? [span(" "), cell] : [cell]));
}

/** One line for each mark of a row; those at one slot share it. */
function markRows(marks: Strip["marks"], from: number, to: number, width: number): Line[] {
  const bySlot = new Map<number, { text: string; style: Style }>();
  for (const { slot, text, style } of marks) {
    if (slot < from || slot >= to) continue;
    const other = bySlot.get(slot);
    bySlot.set(
      slot,
      other === undefined
        ? { text, style }
        : {
            text: `${other.text}, ${text}`,
            style: marked(style === "changed" || other.style === "changed", "mark"),
          },
    );
  }
  return [...bySlot]
    .sort(([a], [b]) => a - b)
    .map(([slot, { text, style }]) => {
      const at = columnOf(slot - from);
      return at + 2 + text.length <= width
        ? line(" ".repeat(at), span("^ ", style), span(text, style))
        : line(" ".repeat(Math.max(0, at - text.length - 1)), span(text, style), span(" ^", style));
    });
}

function slotCell(slot: PictureSlot, diff: PictureDiff | undefined): Span {
  const changed = diff?.slots.has(slot.slot) === true;
  return span(SLOT_LETTERS[slot.state], changed ? "changed" : OWNERS[slot.state]);
}

/** What stands for something that the last step changed. */
function marked(changed: boolean | undefined, style: Style): Style {
  return changed === true ? "changed" : style;
}

/** The place of its buffer among those in flight, as a letter: slots of one chain share it. */
function chainCell({ buffer }: PictureSlot): Span {
  return span(buffer === null ? " " : String.fromCharCode(97 + (buffer % 26)), "dim");
}

function packedStrip(picture: RingPicture, diff: PictureDiff | undefined, width: number): Line[] {
  const { slots, driverPosition, devicePosition, driverEvent, deviceEvent } = picture;
  const marks: { slot: number; text: string; style: Style }[] = [];
  if (devicePosition !== null) {
    marks.push({
      slot: devicePosition.slot,
      text: `used (wrap ${devicePosition.wrap})`,
      style: marked(diff?.devicePosition, "device"),
    });
  }
  if (driverPosition !== null) {
    marks.push({
      slot: driverPosition.slot,
      text: `avail (wrap ${driverPosition.wrap})`,
      style: marked(diff?.driverPosition, "driver"),
    });
  }
  marks.push(
    ...wordMarks(driverEvent, "driver event", diff?.driverEvent),
    ...wordMarks(deviceEvent, "device event", diff?.deviceEvent),
  );
  const laps = slots.map(({ lap }) => span(lap === null ? " " : String(lap), "dim"));
  const below = [
    { label: "chain", cells: slots.map(chainCell) },
    { label: "wrap", cells: laps },
  ];
  const cells = slots.map((slot) => slotCell(slot, diff));
  return strip({ label: "ring", cells, closed: true, below, marks, unknown: UNTOLD }, width);
}

/** Where an event word points, if it points anywhere. */
function wordMarks(word: PictureWord | null, label: string, changed: boolean | undefined) {
  if (word === null || word.slot === null) return [];
  if (word.mode !== null && word.mode !== "DESC") return [];
  const wrap = word.wrap === null ? "" : ` (wrap ${word.wrap})`;
  return [{ slot: word.slot, text: `${label}${wrap}`, style: marked(changed, "mark") }];
}

function splitStrips(picture: RingPicture, diff: PictureDiff | undefined, width: number): Line[] {
  const { slots, size, availIdx, usedIdx, lastUsed, availRing, usedRing } = picture;
  const table: Strip = {
    unknown: UNTOLD,
    label: "table",
    cells: slots.map((slot) => slotCell(slot, diff)),
    closed: false,
    below: [{ label: "chain", cells: slots.map(chainCell) }],
    marks: [],
  };
  const at = (idx: number | null, text: string, style: Style) =>
    idx === null ? [] : [{ slot: idx % size, text: `${text} ${idx}`, style }];
  const avail: Strip = {
    unknown: "which are at work no event tells",
    label: "avail",
    cells: entryCells(size, usedIdx ?? lastUsed, availIdx, availRing, {
      letter: "A",
      style: "device",
      changed: diff?.availRing,
    }),
    closed: true,
    below: [],
    marks: [
      ...at(availIdx, "avail.idx", marked(diff?.availIdx, "driver")),
      ...wordMarks(
        picture.deviceEvent,
        `avail_event ${picture.deviceEvent?.event ?? ""}`,
        diff?.deviceEvent,
      ),
    ],
  };
  const used: Strip = {
    unknown: "which are at work no event tells",
    label: "used",
    cells: entryCells(size, lastUsed, usedIdx, usedRing, {
      letter: "U",
      style: "driver",
      changed: diff?.usedRing,
    }),
    closed: true,
    below: [],
    marks: [
      ...at(usedIdx, "used.idx", marked(diff?.usedIdx, "device")),
      ...at(lastUsed, "driver looks at", marked(diff?.lastUsed, "driver")),
      ...wordMarks(
        picture.driverEvent,
        `used_event ${picture.driverEvent?.event ?? ""}`,
        diff?.driverEvent,
      ),
    ],
  };
  // Side by side where the terminal is wide enough: the two rings turn together.
  const half = Math.floor((width - 2) / 2);
  const rings =
    width >= 160
      ? beside(strip(avail, half), strip(used, half), half)
      : [...strip(avail, width), ...strip(used, width)];
  return [...strip(table, width), ...rings];
}

function beside(left: readonly Line[], right: readonly Line[], width: number): Line[] {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, at) => {
    const row = left[at] ?? [];
    const short = width - widthOf(row);
    return [...row, span(" ".repeat(Math.max(0, short))), span("  "), ...(right[at] ?? [])];
  });
}

/** How entries at work look, and which entries the last step changed. */
interface EntryLook {
  readonly letter: string;
  readonly style: Style;
  readonly changed: ReadonlySet<number> | undefined;
}

/** Entries from one index up to another are at work; the others rest. */
function entryCells(
  size: number,
  from: number | null,
  to: number | null,
  heads: readonly (number | null)[],
  { letter, style, changed }: EntryLook,
): Span[] {
  if (from === null || to === null) {
    return Array.from({ length: size }, () => span("?", "dim"));
  }
  const open = (to - from) & 0xffff;
  return Array.from({ length: size }, (_, slot) => {
    const ahead = (slot - (from % size) + size) % size;
    const look = (plain: Style): Style => marked(changed?.has(slot), plain);
    if (ahead < open) return span(letter, look(style));
    return span(heads[slot] === null || heads[slot] === undefined ? "." : "-", look("dim"));
  });
}

function legend({ slots, layout, availIdx, usedIdx, lastUsed }: RingPicture): Line[] {
  const present = new Set(slots.map(({ state }) => state));
  // Of a strip without slots the strip itself says why.
  if (present.size === 1) present.delete("unknown");
  const parts = MEANINGS.filter(([state]) => present.has(state)).flatMap(([state, text]) => [
    span(text, OWNERS[state]),
    span("   "),
  ]);
  const indent = " ".repeat(LABEL + 2);
  const bounds = [availIdx, usedIdx, lastUsed].filter((idx) => idx !== null);
  const entries = layout === "split" && bounds.length > 1;
  return [
    ...(parts.length === 0 ? [] : [line(indent, ...parts)]),
    ...(entries
      ? [line(indent, span("in avail and used: A and U wait to be taken, the others rest", "dim"))]
      : []),
  ];
}

function positions(picture: RingPicture, diff: PictureDiff | undefined): Line[] {
  const { layout, numFree, numAdded, size } = picture;
  const flying = (diff?.added.size ?? 0) + (diff?.gone.size ?? 0) > 0;
  const counts = line(
    "  ",
    span(`num_free ${numFree ?? "?"} of ${size}`, marked(diff?.numFree, "plain")),
    ", ",
    span(`num_added ${numAdded ?? "?"}`, marked(diff?.numAdded, "plain")),
    ", ",
    span(`in flight ${picture.buffers.length}`, marked(flying, "plain")),
  );
  if (layout === "split") {
    const { availIdx, usedIdx, lastUsed } = picture;
    return [
      line(
        "  ",
        span(`avail.idx ${availIdx ?? "?"}`, marked(diff?.availIdx, "plain")),
        ", ",
        span(`used.idx ${usedIdx ?? "?"}`, marked(diff?.usedIdx, "plain")),
        ", ",
        span(`the driver has seen ${lastUsed ?? "?"}`, marked(diff?.lastUsed, "plain")),
      ),
      counts,
    ];
  }
  const at = (position: RingPicture["driverPosition"]): string =>
    position === null ? "unknown" : `slot ${position.slot} (wrap ${position.wrap})`;
  return [
    line(
      span("  driver ", "driver"),
      span(`next list to ${at(picture.driverPosition)}`, marked(diff?.driverPosition, "plain")),
      ";  ",
      span("device ", "device"),
      span(`next used at ${at(picture.devicePosition)}`, marked(diff?.devicePosition, "plain")),
    ),
    counts,
  ];
}

function words(picture: RingPicture, diff: PictureDiff | undefined, width: number): Line[] {
  const row = (
    side: string,
    word: PictureWord | null,
    changed: boolean | undefined,
    style: Style,
  ): Line[] => {
    if (word === null) return [line(span(`  ${side} event `, style), span("not recorded", "dim"))];
    const raw =
      word.event !== null
        ? `event ${word.event}, flags ${word.flags}`
        : `off_wrap 0x${((word.off ?? 0) | ((word.wrap ?? 0) << 15)).toString(16).padStart(4, "0")} ${word.mode ?? `flags ${word.flags}`}`;
    return folded(
      `  ${side} event  ${word.words} (${raw}; as of event ${word.seq})`,
      width,
      "                ",
      marked(changed, "plain"),
    );
  };
  return [
    ...row("driver", picture.driverEvent, diff?.driverEvent, "driver"),
    ...row("device", picture.deviceEvent, diff?.deviceEvent, "device"),
  ];
}

function bufferRows(
  model: Model,
  picture: RingPicture,
  diff: PictureDiff | undefined,
  width: number,
): Line[] {
  const { buffers } = picture;
  const gone = leftLines(diff, width);
  if (buffers.length === 0) {
    return [line(span("in flight: nothing that the events show", "title")), ...gone];
  }
  const { pane, bufferCursor } = model.ring;
  return [
    line(
      span(`in flight: ${plural(buffers.length, "buffer")}, oldest first`, "title"),
      span("  tab, j and k, enter: to its add", "dim"),
    ),
    ...buffers.flatMap((buffer, at) => {
      const row = bufferRow(model, picture, buffer, at, diff);
      if (pane !== "buffers" || at !== bufferCursor) return [row];
      return [restyled(filled(row, width), "cursor"), ...segmentLines(buffer, width)];
    }),
    ...gone,
  ];
}

/** Buffers that the last step took away: nothing else on the screen tells of them. */
function leftLines(diff: PictureDiff | undefined, width: number): Line[] {
  if (diff === undefined || diff.gone.size === 0) return [];
  const seqs = [...diff.gone].sort((a, b) => a - b);
  const text = `  no longer in flight: added at event ${seqs.slice(0, GROUP).join(", ")}`;
  const more = seqs.length > GROUP ? ` and ${seqs.length - GROUP} more` : "";
  return folded(`${text}${more}`, width, "    ", "changed");
}

/** All segments of the chosen buffer, those of an indirect table too. */
function segmentLines({ segments, table }: PictureBuffer, width: number): Line[] {
  if (segments.length === 0) {
    return [line(span("      its segments are not recorded", "dim"))];
  }
  const where = table === null ? "" : ` in its table, which slot ${table} refers to`;
  return folded(
    `      ${plural(segments.length, "segment")}${where}: ${segments.map(segmentText).join(", ")}`,
    width,
    "      ",
  );
}

function segmentText({ addr, len, writable }: DumpSegment): string {
  return `${writable ? "W" : "R"} ${len} at 0x${addr.toString(16)}`;
}

function bufferRow(
  model: Model,
  picture: RingPicture,
  buffer: PictureBuffer,
  at: number,
  diff: PictureDiff | undefined,
): Line {
  const source = sourceOf(model, picture.seq);
  const { seq, slots, segments, id, token, kicked, certain } = buffer;
  const changed = diff?.added.has(seq) === true || diff?.altered.has(seq) === true;
  const letter = String.fromCharCode(97 + (at % 26));
  const where =
    slots.length === 0
      ? "slots unknown"
      : `${slots.length === 1 ? "slot" : "slots"} ${slotRanges(slots)}`;
  const parts = segments.slice(0, 4).map(segmentText);
  return line(
    " ",
    span(letter, changed ? "changed" : "dim"),
    " ",
    span(lasting(source, buffer.age).padStart(10), "bold"),
    span(kicked === false ? "  not notified " : "  ", kicked === false ? "warning" : "plain"),
    ...(token === null ? [] : [` ${token}`]),
    ...(id === null ? [] : [` ${picture.layout === "packed" ? "id" : "head"} ${id}`]),
    span(`  ${where}`, marked(diff?.altered.has(seq), "plain")),
    ...(buffer.table === null ? [] : [` table in slot ${buffer.table}`]),
    ...(parts.length === 0 ? [] : [`: ${parts.join(", ")}${segments.length > 4 ? ", ..." : ""}`]),
    span(`  by ${buffer.task}`, "dim"),
    span(certain ? "" : "  (its return may have gone unseen)", "warning"),
  );
}

function unknowns({ unknown }: RingPicture, width: number): Line[] {
  if (unknown.length === 0) return [];
  return [
    [],
    line(span("what the events cannot tell", "title")),
    ...unknown.flatMap((sentence) => folded(`  - ${sentence}`, width, "    ", "dim")),
  ];
}
