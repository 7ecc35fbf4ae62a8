import type { Finding } from "../model/finding.ts";
import type { DumpBuffer, DumpSlot, RingDump, SlotState } from "../model/ring-dump.ts";
import type { RingReport } from "../model/ring-report.ts";
import { citation, type SpecVersion } from "../virtio/clauses.ts";
import { descFlagNames, VIRTQ_DESC_F_AVAIL } from "../virtio/descriptor.ts";
import { hex } from "./ring-json.ts";
import { openBlock, selectionBlock } from "./text.ts";
import { WIDTH, wrapped } from "./wrapped.ts";

/** Slots in one row of the picture: 64 letters and seven gaps fit beside the labels. */
const ROW_SLOTS = 64;
const GROUP_SLOTS = 8;
/** Buffers, segments and stretches of slots told; JSON has all of them. */
const BUFFERS_SHOWN = 12;
const SEGMENTS_SHOWN = 6;
const RANGES_SHOWN = 48;

/** One letter a slot. */
export const SLOT_LETTERS: Readonly<Record<SlotState, string>> = {
  available: "A",
  used: "U",
  stale: "s",
  free: "f",
  never: ".",
  unknown: "?",
};

const MEANINGS: readonly (readonly [state: SlotState, packed: string, split: string])[] = [
  ["available", "A available", "A in flight"],
  ["used", "U used", "U used"],
  ["stale", "s stale: looks available, is not", "s stale: in no buffer"],
  ["free", "f free", "f free"],
  ["never", ". never written", ". never written"],
  ["unknown", "? cannot be told", "? cannot be told"],
];

/** Queues as people read them: picture, buffers in flight, event words, what cannot be told. */
export function ringText(
  reports: readonly RingReport[],
  options: { readonly slots: boolean },
): string {
  return reports.map((report) => ringBlock(report, options.slots)).join("\n");
}

function ringBlock(
  { name, notes, dump, findings, coverage, selection }: RingReport,
  allSlots: boolean,
): string {
  const said = [openBlock(coverage), selectionBlock(selection)].filter((text) => text !== "");
  const blocks = [
    [headline(name, dump), ...notes.flatMap((note) => wrapped("  ", "  ", note))],
    picture(dump),
    positions(dump),
    inFlight(dump),
    events(dump),
    cannotTell(dump),
    ...findings.map((finding) => findingLines(finding, selection.spec)),
    ...said.map((text) => [text]),
    ...(allSlots ? [slotTable(dump)] : []),
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function headline(name: string, { layout, size, features }: RingDump): string {
  const words =
    features === null
      ? "features unknown"
      : features.map((feature) => feature.replace("VIRTIO_F_", "")).join(" ");
  return wrapped("", "  ", `${name}: ${layout}, ${size} slots; ${words}`).join("\n");
}

/**
 * The ring as a strip: one letter a slot, rows of 64, the laps below. `>` at both ends of a packed ring:
 * behind its last slot comes its first. Rows of one state and lap, in which no side stands, are folded.
 */
function picture(dump: RingDump): string[] {
  const { slots, layout } = dump;
  const lines: string[] = [];
  const closed = layout === "packed" ? ">" : "";
  let folded: { readonly from: number; readonly words: string } | undefined;
  const unfold = (until: number, end: string): void => {
    if (folded !== undefined) {
      lines.push(`    slots ${folded.from} to ${until - 1}: ${folded.words}${end}`);
    }
    folded = undefined;
  };
  for (let first = 0; first < slots.length; first += ROW_SLOTS) {
    const row = slots.slice(first, first + ROW_SLOTS);
    const marks = markLines(dump, first, row.length);
    const words = first > 0 && marks.length === 0 ? uniform(row, layout) : undefined;
    if (words !== folded?.words) unfold(first, "");
    if (words !== undefined) {
      folded ??= { from: first, words };
      continue;
    }
    const letters = grouped(row.map(({ state }) => SLOT_LETTERS[state]));
    const last = first + row.length === slots.length;
    lines.push(
      ruler(first, row.length),
      `  ${(first === 0 ? closed : "").padEnd(1)} ${letters} ${last ? closed : ""}`.trimEnd(),
    );
    if (layout === "packed" && row.some(({ state }) => state !== "never")) {
      lines.push(`lap ${grouped(row.map(lapOf))}`.trimEnd());
    }
    lines.push(...marks);
  }
  unfold(slots.length, closed === "" ? "" : ` ${closed}`);
  const present = new Set(slots.map(({ state }) => state));
  const legend = MEANINGS.filter(([state]) => present.has(state)).map(([, packed, split]) =>
    layout === "packed" ? packed : split,
  );
  return [...lines, "", ...wrapped("    ", "    ", legend.join(" | "))];
}

/** What all slots of a row are; undefined when they differ. */
function uniform(row: readonly DumpSlot[], layout: RingDump["layout"]): string | undefined {
  const [head] = row;
  if (head === undefined) return undefined;
  const lap = lapOf(head);
  if (row.some((slot) => slot.state !== head.state || lapOf(slot) !== lap)) return undefined;
  if (head.state === "never") return "never written";
  const state = head.state === "unknown" ? "cannot be told" : head.state;
  return layout === "packed" ? `${state}, lap ${lap}` : state;
}

function grouped(letters: readonly string[]): string {
  return letters
    .map((letter, i) => (i > 0 && i % GROUP_SLOTS === 0 ? ` ${letter}` : letter))
    .join("");
}

/** The wrap counter with which a slot was last written. */
function lapOf({ state, flags }: DumpSlot): string {
  if (state === "never") return " ";
  return (flags & VIRTQ_DESC_F_AVAIL) === 0 ? "0" : "1";
}

function ruler(first: number, count: number): string {
  let line = "    ";
  for (let slot = 0; slot < count; slot += GROUP_SLOTS) {
    line += String(first + slot).padEnd(GROUP_SLOTS + 1);
  }
  return line.trimEnd();
}

function column(slot: number): number {
  return 4 + slot + Math.floor(slot / GROUP_SLOTS);
}

/** One line for each position in this row; two at one slot share it. */
function markLines(dump: RingDump, first: number, count: number): string[] {
  const bySlot = new Map<number, string[]>();
  for (const [position, label] of [
    [dump.devicePosition, "device"],
    [dump.takenPosition, "taken"],
    [dump.driverPosition, "driver"],
  ] as const) {
    if (position === null || position.slot < first || position.slot >= first + count) continue;
    // Where the device takes the next list is worth a mark only where it differs.
    if (label === "taken" && position.slot === dump.devicePosition?.slot) continue;
    const at = bySlot.get(position.slot - first) ?? [];
    bySlot.set(position.slot - first, [...at, `${label} (wrap ${position.wrap})`]);
  }
  return [...bySlot].map(([slot, labels]) => {
    const text = labels.join(", ");
    const at = column(slot);
    // Beside the mark, on whichever side there is room.
    return at + 2 + text.length <= WIDTH
      ? `${" ".repeat(at)}^ ${text}`
      : `${" ".repeat(at - text.length - 1)}${text} ^`;
  });
}

function positions(dump: RingDump): string[] {
  if (dump.layout === "split") {
    const { availIdx, usedIdx } = dump;
    return [`  avail.idx ${availIdx ?? "unknown"}, used.idx ${usedIdx ?? "unknown"}`];
  }
  const { devicePosition, takenPosition, driverPosition, certainty, candidates } = dump;
  const text = (position: typeof devicePosition): string =>
    position === null ? "unknown" : `slot ${position.slot} (wrap ${position.wrap})`;
  const sure = { certain: "", likely: ", likely", ambiguous: "" }[certainty];
  const open =
    devicePosition === null && candidates.length > 1
      ? `: ambiguous, ${candidates.length} positions fit`
      : "";
  const lines = [
    `  device  writes its next used descriptor to ${text(devicePosition)}${sure}${open}`,
  ];
  if (takenPosition !== null && takenPosition.slot !== devicePosition?.slot) {
    lines.push(`  device  takes the next list from ${text(takenPosition)}`);
  }
  return [...lines, `  driver  puts its next list to ${text(driverPosition)}`];
}

function inFlight(dump: RingDump): string[] {
  const { inFlight: buffers, layout } = dump;
  const known =
    layout === "split"
      ? dump.availIdx !== null && dump.usedIdx !== null
      : dump.devicePosition !== null;
  if (buffers.length === 0) return [known ? "in flight: nothing" : "in flight: cannot be told"];
  const descriptors = new Set(buffers.flatMap(({ slots }) => slots)).size;
  const untaken = buffers.filter(({ taken }) => taken === false).length;
  const lines = [
    `in flight: ${plural(buffers.length, "buffer")} in ${plural(descriptors, "slot")}${untaken === 0 ? "" : `; ${untaken === buffers.length ? "none of them" : `${untaken} not`} taken by the device`}`,
  ];
  for (const buffer of buffers.slice(0, BUFFERS_SHOWN)) lines.push(...bufferLines(buffer, dump));
  if (buffers.length > BUFFERS_SHOWN) {
    lines.push(`  and ${plural(buffers.length - BUFFERS_SHOWN, "buffer")} more`);
  }
  return lines;
}

function bufferLines(buffer: DumpBuffer, { layout, size }: RingDump): string[] {
  const { id, slots, segments, unreadTable, broken } = buffer;
  const parts = segments
    .slice(0, SEGMENTS_SHOWN)
    .map(({ addr, len, writable }) => `${writable ? "W" : "R"} ${len} at ${hex(addr)}`);
  if (segments.length > SEGMENTS_SHOWN) parts.push(`${segments.length - SEGMENTS_SHOWN} more`);
  if (unreadTable !== null) parts.push("an indirect table that is not in the dump");
  const name = layout === "packed" ? `id ${id}` : `head ${id}`;
  const where =
    slots.length > 0
      ? `${name}, ${slots.length === 1 ? "slot" : "slots"} ${slotRanges(slots)}: `
      : `${name}: ${id >= size && layout === "split" ? "no descriptor" : ""}`;
  const lines = wrapped("  ", "      ", `${where}${parts.join(", ")}`);
  if (broken !== null) lines.push(...wrapped("      ! ", "        ", broken));
  return lines;
}

/** `0-2, 7`; a list may go over the ring's end: `15, 0-1`. */
export function slotRanges(slots: readonly number[]): string {
  const ranges: { from: number; to: number }[] = [];
  for (const slot of slots) {
    const last = ranges[ranges.length - 1];
    if (last !== undefined && last.to + 1 === slot) last.to = slot;
    else ranges.push({ from: slot, to: slot });
  }
  const shown = ranges
    .slice(0, RANGES_SHOWN)
    .map(({ from, to }) => (from === to ? String(from) : `${from}-${to}`));
  const hidden = ranges.slice(RANGES_SHOWN).reduce((sum, { from, to }) => sum + to - from + 1, 0);
  return [...shown, ...(hidden > 0 ? [`${hidden} more`] : [])].join(", ");
}

function events({ events: { driver, device }, layout }: RingDump): string[] {
  const line = (side: string, event: typeof driver): string[] => {
    if (event === null) return [`  ${side}  not in the dump`];
    const raw =
      layout === "packed"
        ? `off_wrap 0x${((event.off ?? 0) | ((event.wrap ?? 0) << 15)).toString(16).padStart(4, "0")}, flags ${event.flags} ${event.mode}`
        : `flags ${event.flags}, ${side === "driver" ? "used_event" : "avail_event"} ${event.event}`;
    return wrapped(`  ${side}  `, "          ", `${event.words} (${raw})`);
  };
  return ["event words", ...line("driver", driver), ...line("device", device)];
}

function cannotTell({ unknown }: RingDump): string[] {
  if (unknown.length === 0) return [];
  return [
    "what this instant cannot tell",
    ...unknown.flatMap((sentence) => wrapped("  - ", "    ", sentence)),
  ];
}

function findingLines(finding: Finding, spec: SpecVersion): string[] {
  const { severity, rule, message, expected, found, clause } = finding;
  const field = (name: string, text: string): string[] =>
    wrapped(`  ${name.padEnd(10)} `, " ".repeat(13), text);
  const stands = clause === null ? "none: state that only the driver has" : citation(clause, spec);
  return [
    `${severity}: ${rule}`,
    ...wrapped("  ", "  ", message),
    ...field("expected", expected),
    ...field("found", found),
    ...field("clause", stands),
    ...finding.effects.flatMap((effect) => field("effect", effect.message)),
    ...field("fingerprint", finding.fingerprint),
  ];
}

function slotTable({ slots, layout }: RingDump): string[] {
  const third = layout === "packed" ? "id" : "next";
  const rows = slots
    .filter(({ state }) => state !== "never")
    .map((slot) => [
      String(slot.slot),
      slot.state,
      String((layout === "packed" ? slot.id : slot.next) ?? ""),
      hex(slot.addr),
      String(slot.len),
      `0x${slot.flags.toString(16).padStart(4, "0")} ${descFlagNames(slot.flags, layout).join(" ")}`,
    ]);
  if (rows.length === 0) return ["slots: none was ever written"];
  const head = ["slot", "state", third, "addr", "len", "flags"];
  const widths = head.map((name, i) =>
    Math.max(name.length, ...rows.map((row) => (row[i] ?? "").length)),
  );
  const right = new Set([0, 2, 3, 4]);
  return [head, ...rows].map((row) =>
    `  ${row.map((cell, i) => (right.has(i) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0))).join("  ")}`.trimEnd(),
  );
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
