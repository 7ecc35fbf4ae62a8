import type { SlotState } from "../../model/ring-dump.ts";
import type {
  PictureBuffer,
  PictureSlot,
  PictureWord,
  RingPicture,
} from "../../model/ring-picture.ts";
import { folded, type Line, line, restyled, type Span, type Style, span } from "../line.ts";
import type { Model } from "../model.ts";
import { eventName, fields } from "./events.ts";
import { lasting, plural, sourceOf, timeOf } from "./words.ts";

const GROUP = 8;
/** Width of the labels at the left of a strip. */
const LABEL = 8;

const LETTERS: Readonly<Record<SlotState, string>> = {
  available: "A",
  used: "U",
  stale: "s",
  free: "f",
  never: ".",
  unknown: "?",
};

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

/** One queue behind the chosen event. */
export function ringRows(model: Model, width: number, height: number): readonly Line[] {
  const { picture, before, reason, pane, bufferCursor, top } = model.ring;
  if (picture === undefined) {
    return [[], ...folded(`  ${reason ?? "no ring is shown"}`, width, "  ", "warning")];
  }
  const rows: Line[] = [
    headline(model, picture),
    eventLine(model),
    [],
    ...(picture.layout === "packed"
      ? packedStrip(picture, before, width)
      : splitStrips(picture, before, width)),
    legend(picture),
    [],
    ...positions(picture, before),
    ...words(picture, before, width),
    [],
  ];
  const buffers = bufferRows(model, picture, before, width);
  const first = rows.length + 1;
  rows.push(...buffers, ...unknowns(picture, width));
  if (rows.length <= height) return rows;
  const from =
    pane === "buffers"
      ? Math.max(0, Math.min(first + bufferCursor - Math.floor(height / 2), rows.length - height))
      : Math.min(top, rows.length - height);
  return rows.slice(from, from + height);
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

function eventLine(model: Model): Line {
  const { event, picture } = model.ring;
  if (event === undefined || picture === undefined)
    return line(span("before its first event", "dim"));
  const source = sourceOf(model, event.seq);
  return line(
    span(`behind event ${event.seq}`, "dim"),
    `  ${timeOf(source, event.time)}  `,
    span(eventName(event), "bold"),
    "  ",
    ...fields({ ...event, queue: null }),
  );
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

function strip({ label, cells, closed, below, marks }: Strip, width: number): Line[] {
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
      other === undefined ? { text, style } : { text: `${other.text}, ${text}`, style: "mark" },
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

function slotCell(slot: PictureSlot, before: PictureSlot | undefined): Span {
  const changed = before !== undefined && (before.state !== slot.state || before.lap !== slot.lap);
  return span(LETTERS[slot.state], changed ? "changed" : OWNERS[slot.state]);
}

/** The place of its buffer among those in flight, as a letter: slots of one chain share it. */
function chainCell({ buffer }: PictureSlot): Span {
  return span(buffer === null ? " " : String.fromCharCode(97 + (buffer % 26)), "dim");
}

function packedStrip(picture: RingPicture, before: RingPicture | undefined, width: number): Line[] {
  const { slots, driverPosition, devicePosition, driverEvent, deviceEvent } = picture;
  const marks: { slot: number; text: string; style: Style }[] = [];
  if (devicePosition !== null) {
    marks.push({
      slot: devicePosition.slot,
      text: `used (wrap ${devicePosition.wrap})`,
      style: "device",
    });
  }
  if (driverPosition !== null) {
    marks.push({
      slot: driverPosition.slot,
      text: `avail (wrap ${driverPosition.wrap})`,
      style: "driver",
    });
  }
  marks.push(...wordMarks(driverEvent, "driver event"), ...wordMarks(deviceEvent, "device event"));
  const laps = slots.map(({ lap }) => span(lap === null ? " " : String(lap), "dim"));
  const below = [
    { label: "chain", cells: slots.map(chainCell) },
    { label: "lap", cells: laps },
  ];
  const cells = slots.map((slot, at) => slotCell(slot, before?.slots[at]));
  return strip({ label: "ring", cells, closed: true, below, marks }, width);
}

/** Where an event word points, if it points anywhere. */
function wordMarks(word: PictureWord | null, label: string) {
  if (word === null || word.slot === null) return [];
  if (word.mode !== null && word.mode !== "DESC") return [];
  const wrap = word.wrap === null ? "" : ` (wrap ${word.wrap})`;
  return [{ slot: word.slot, text: `${label}${wrap}`, style: "mark" as const }];
}

function splitStrips(picture: RingPicture, before: RingPicture | undefined, width: number): Line[] {
  const { slots, size, availIdx, usedIdx, lastUsed, availRing, usedRing } = picture;
  const table: Strip = {
    label: "table",
    cells: slots.map((slot, at) => slotCell(slot, before?.slots[at])),
    closed: false,
    below: [{ label: "chain", cells: slots.map(chainCell) }],
    marks: [],
  };
  const at = (idx: number | null, text: string, style: Style) =>
    idx === null ? [] : [{ slot: idx % size, text: `${text} ${idx}`, style }];
  const avail: Strip = {
    label: "avail",
    cells: entryCells(size, usedIdx ?? lastUsed, availIdx, availRing, "A", "device"),
    closed: true,
    below: [],
    marks: [
      ...at(availIdx, "avail.idx", "driver"),
      ...wordMarks(picture.deviceEvent, `avail_event ${picture.deviceEvent?.event ?? ""}`),
    ],
  };
  const used: Strip = {
    label: "used",
    cells: entryCells(size, lastUsed, usedIdx, usedRing, "U", "driver"),
    closed: true,
    below: [],
    marks: [
      ...at(usedIdx, "used.idx", "device"),
      ...at(lastUsed, "driver looks at", "driver"),
      ...wordMarks(picture.driverEvent, `used_event ${picture.driverEvent?.event ?? ""}`),
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
    const short = width - row.reduce((sum, { text }) => sum + text.length, 0);
    return [...row, span(" ".repeat(Math.max(0, short))), span("  "), ...(right[at] ?? [])];
  });
}

/** Entries from one index up to another are at work; the others rest. */
function entryCells(
  size: number,
  from: number | null,
  to: number | null,
  heads: readonly (number | null)[],
  letter: string,
  style: Style,
): Span[] {
  if (from === null || to === null) {
    return Array.from({ length: size }, () => span("?", "dim"));
  }
  const open = (to - from) & 0xffff;
  return Array.from({ length: size }, (_, slot) => {
    const ahead = (slot - (from % size) + size) % size;
    if (ahead < open) return span(letter, style);
    return span(heads[slot] === null || heads[slot] === undefined ? "." : "-", "dim");
  });
}

function legend({ slots }: RingPicture): Line {
  const present = new Set(slots.map(({ state }) => state));
  const parts = MEANINGS.filter(([state]) => present.has(state)).flatMap(([state, text]) => [
    span(text, OWNERS[state]),
    span("   "),
  ]);
  return [span(" ".repeat(LABEL + 2)), ...parts];
}

function positions(picture: RingPicture, before: RingPicture | undefined): Line[] {
  const { layout, numFree, numAdded, size } = picture;
  const counts = [
    `num_free ${numFree ?? "?"} of ${size}`,
    `num_added ${numAdded ?? "?"}`,
    `in flight ${picture.buffers.length}`,
  ];
  const changed = before !== undefined && before.numFree !== numFree;
  if (layout === "split") {
    const { availIdx, usedIdx, lastUsed } = picture;
    return [
      line(
        `  avail.idx ${availIdx ?? "?"}, used.idx ${usedIdx ?? "?"}, the driver has seen ${lastUsed ?? "?"}`,
      ),
      line("  ", span(counts.join(", "), changed ? "changed" : "plain")),
    ];
  }
  const at = (position: RingPicture["driverPosition"]): string =>
    position === null ? "unknown" : `slot ${position.slot} (wrap ${position.wrap})`;
  return [
    line(
      span("  driver ", "driver"),
      `next list to ${at(picture.driverPosition)};  `,
      span("device ", "device"),
      `next used at ${at(picture.devicePosition)}`,
    ),
    line("  ", span(counts.join(", "), changed ? "changed" : "plain")),
  ];
}

function words(picture: RingPicture, before: RingPicture | undefined, width: number): Line[] {
  const row = (
    side: string,
    word: PictureWord | null,
    old: PictureWord | null | undefined,
    style: Style,
  ): Line[] => {
    if (word === null) return [line(span(`  ${side} event `, style), span("not recorded", "dim"))];
    const raw =
      word.event !== null
        ? `event ${word.event}, flags ${word.flags}`
        : `off_wrap 0x${((word.off ?? 0) | ((word.wrap ?? 0) << 15)).toString(16).padStart(4, "0")} ${word.mode ?? `flags ${word.flags}`}`;
    const changed =
      old !== null &&
      old !== undefined &&
      (old.flags !== word.flags ||
        old.off !== word.off ||
        old.wrap !== word.wrap ||
        old.event !== word.event);
    return folded(
      `  ${side} event  ${word.words} (${raw}; as of event ${word.seq})`,
      width,
      "                ",
      changed ? "changed" : "plain",
    );
  };
  return [
    ...row("driver", picture.driverEvent, before?.driverEvent, "driver"),
    ...row("device", picture.deviceEvent, before?.deviceEvent, "device"),
  ];
}

function bufferRows(
  model: Model,
  picture: RingPicture,
  before: RingPicture | undefined,
  width: number,
): Line[] {
  const { buffers } = picture;
  if (buffers.length === 0) return [line(span("in flight: nothing that the events show", "title"))];
  const old = new Set(before?.buffers.map(({ seq }) => seq));
  const { pane, bufferCursor } = model.ring;
  return [
    line(
      span(`in flight: ${plural(buffers.length, "buffer")}, oldest first`, "title"),
      span("  tab, j and k, enter: to its add", "dim"),
    ),
    ...buffers.map((buffer, at) => {
      const row = bufferRow(
        model,
        picture,
        buffer,
        at,
        before !== undefined && !old.has(buffer.seq),
      );
      return pane === "buffers" && at === bufferCursor
        ? restyled(row.slice(0, width), "cursor")
        : row;
    }),
  ];
}

function bufferRow(
  model: Model,
  picture: RingPicture,
  buffer: PictureBuffer,
  at: number,
  isNew: boolean,
): Line {
  const source = sourceOf(model, picture.seq);
  const { slots, segments, id, token, kicked, certain } = buffer;
  const letter = String.fromCharCode(97 + (at % 26));
  const where =
    slots.length === 0
      ? "slots unknown"
      : `${slots.length === 1 ? "slot" : "slots"} ${ranges(slots)}`;
  const parts = segments
    .slice(0, 4)
    .map(({ addr, len, writable }) => `${writable ? "W" : "R"} ${len} at 0x${addr.toString(16)}`);
  return line(
    span(` ${letter} `, isNew ? "changed" : "dim"),
    span(lasting(source, buffer.age).padStart(10), "bold"),
    span(kicked === false ? "  not notified " : "  ", kicked === false ? "warning" : "plain"),
    ...(token === null ? [] : [` ${token}`]),
    ...(id === null ? [] : [` ${picture.layout === "packed" ? "id" : "head"} ${id}`]),
    `  ${where}`,
    ...(buffer.table === null ? [] : [` table in slot ${buffer.table}`]),
    ...(parts.length === 0 ? [] : [`: ${parts.join(", ")}${segments.length > 4 ? ", ..." : ""}`]),
    span(`  by ${buffer.task}`, "dim"),
    span(certain ? "" : "  (its return may have gone unseen)", "warning"),
  );
}

function ranges(slots: readonly number[]): string {
  const parts: { from: number; to: number }[] = [];
  for (const slot of slots) {
    const last = parts.at(-1);
    if (last !== undefined && last.to + 1 === slot) last.to = slot;
    else parts.push({ from: slot, to: slot });
  }
  return parts.map(({ from, to }) => (from === to ? String(from) : `${from}-${to}`)).join(", ");
}

function unknowns({ unknown }: RingPicture, width: number): Line[] {
  if (unknown.length === 0) return [];
  return [
    [],
    line(span("what the events cannot tell", "title")),
    ...unknown.flatMap((sentence) => folded(`  - ${sentence}`, width, "    ", "dim")),
  ];
}
