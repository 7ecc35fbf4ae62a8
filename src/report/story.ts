import {
  type Element,
  FIELDS,
  type FieldName,
  POINTER_FIELDS,
  type RingEvent,
  type Step,
} from "../model/event.ts";
import { DESC_BYTES, descFlagNames } from "../virtio/descriptor.ts";
import { EVENT_OFF_WRAP, eventFlagsName } from "../virtio/packed.ts";
import {
  availEntry,
  availEventOffset,
  RING_FLAGS,
  RING_IDX,
  usedElem,
  usedEventOffset,
} from "../virtio/split.ts";
import { wrapped } from "./wrapped.ts";

/** Lines of a long story that are shown: how it begins, and what it comes to. */
const FIRST_SHOWN = 6;
const LAST_SHOWN = 30;
const TEXT_WIDTH = 96;

/** Events that are clearer in other words than the name of their kind. */
const CALLS: Readonly<Record<string, string>> = {
  create: "the queue is created",
  delete: "the queue is deleted",
  add: "driver: add",
  kickPrepare: "driver: kick_prepare",
  kick: "driver: kick",
  notify: "driver: notify",
  getBuf: "driver: get_buf",
  detach: "driver: detach_buf",
  detachUnused: "driver: detach_unused_buf",
  disableCb: "driver: disable_cb",
  enableCbPrepare: "driver: enable_cb_prepare",
  enableCb: "driver: enable_cb",
  enableCbDelayed: "driver: enable_cb_delayed",
  poll: "driver: poll",
  interrupt: "driver: takes an interrupt",
  lost: "the tracer lost events",
  devicePop: "device: takes a buffer",
  deviceUse: "device: marks used",
  deviceSignal: "device: decides whether to interrupt",
  deviceSetNotify: "device: says when it wants to be notified",
  deviceStop: "device: stops",
  snapshot: "the ring at this instant",
  statusWritten: "driver: writes the device status",
  statusRead: "driver: reads the device status",
  featuresOffered: "device: offers features",
  featuresAccepted: "driver: accepts features",
  configWritten: "driver: writes the configuration",
  configInterrupt: "device: tells of a changed configuration",
  deviceError: "device: meets an error",
  queueEnabled: "driver: enables the queue",
  queueResetAsked: "driver: asks to reset the queue",
  queueResetRead: "driver: reads whether the queue is reset",
  deviceNotified: "device: is notified",
  deviceInterrupted: "device: interrupts",
};

/** Fields whose names in traces are not theirs with underscores. */
const WORDS: Readonly<Record<string, string>> = {
  driverOffWrap: "driver off_wrap",
  driverFlags: "driver flags",
  deviceOffWrap: "device off_wrap",
  deviceFlags: "device flags",
  availFlags: "avail.flags",
  availIdx: "avail.idx",
  usedFlags: "used.flags",
  usedIdx: "used.idx",
  bufferId: "id",
  lostCount: "count",
};
/** Where 15 bits are a slot and the highest is a wrap counter. */
const OFF_WRAP_FIELDS: ReadonlySet<FieldName> = new Set(["driverOffWrap", "deviceOffWrap"]);
/** `lastUsed` of a split queue is an index. */
const isOffWrap = (field: FieldName, ring: Ring | undefined): boolean =>
  OFF_WRAP_FIELDS.has(field) || (field === "lastUsed" && ring?.layout === "packed");
const SETUP_FIELDS: ReadonlySet<FieldName> = new Set([
  "queue",
  "name",
  "packed",
  "eventIdx",
  "indirect",
  "queueSize",
]);

interface Ring {
  layout: "split" | "packed";
  size: number;
}

/** The events of a story in words, a line or more each; numbers are lines of the story. */
export function storyLines(events: readonly RingEvent[]): string[] {
  const width = String(events.length).length;
  const rings = new Map<number, Ring>();
  const lines: string[] = [];
  let last = 0;
  for (let i = 0; i < events.length; i++) {
    const event = events[i] as RingEvent;
    // A call that nothing came between is one line.
    const after = events[i + 1];
    const end =
      event.phase === "begin" && after?.phase === "end" && after.kind === event.kind
        ? after
        : undefined;
    last = event.queue ?? last;
    const ring = ringOf(event, last, rings);
    const number = String(i + 1).padStart(width);
    const several =
      rings.size > 1 && ring !== undefined
        ? `queue ${[...rings].findIndex(([key]) => key === last) + 1}, `
        : "";
    lines.push(
      ...wrapped(
        `${number}  `,
        " ".repeat(width + 4),
        several + eventText(event, end, ring),
        TEXT_WIDTH,
      ),
      ...stepLines(event, ring).flatMap((line) =>
        wrapped(" ".repeat(width + 4), " ".repeat(width + 6), line, TEXT_WIDTH),
      ),
    );
    if (end !== undefined) i++;
  }
  return shortened(lines);
}

function shortened(lines: string[]): string[] {
  const more = lines.length - FIRST_SHOWN - LAST_SHOWN;
  if (more <= 1) return lines;
  return [
    ...lines.slice(0, FIRST_SHOWN),
    `... ${more} lines like these ...`,
    ...lines.slice(-LAST_SHOWN),
  ];
}

function ringOf(event: RingEvent, queue: number, rings: Map<number, Ring>): Ring | undefined {
  if (event.kind === "create") {
    const layout = event.packed === 1 ? "packed" : "split";
    rings.set(queue, { layout, size: event.queueSize ?? 0 });
  }
  return rings.get(queue);
}

function eventText(event: RingEvent, end: RingEvent | undefined, ring: Ring | undefined): string {
  const parts = [
    ...setupWords(event, ring),
    ...fieldWords(event, ring),
    ...(event.elements === undefined ? [] : [elementsText(event.elements)]),
    ...(event.caller === undefined ? [] : [`called by ${event.caller}`]),
  ];
  const answer = end === undefined ? [] : fieldWords(end, ring);
  const from = end?.caller === undefined ? [] : [`called by ${end.caller}`];
  const phase = event.phase === "end" && event.kind !== "create" ? " returns" : "";
  const told = [...parts, ...from].join(", ");
  return `${CALLS[event.kind] ?? parted(event.kind, " ")}${phase}${told === "" ? "" : `: ${told}`}${answer.length === 0 ? "" : ` -> ${answer.join(", ")}`}`;
}

function setupWords(event: RingEvent, ring: Ring | undefined): string[] {
  if (event.kind !== "create" || ring === undefined) return [];
  return [
    `${ring.layout}, ${ring.size} ${ring.layout === "packed" ? "slots" : "entries"}`,
    ...(event.eventIdx === 1 ? ["EVENT_IDX"] : []),
    ...(event.indirect === 1 ? ["INDIRECT_DESC"] : []),
    ...setupFeatures(event.setup),
  ];
}

/** What else a ring was set up with: each member that is true, as a feature is written. */
function setupFeatures(setup: RingEvent["setup"]): string[] {
  if (setup === undefined) return [];
  const { eventIdx: _told, indirect: _toldToo, barriersLogged, addressesMapped, ...rest } = setup;
  const features = Object.entries(rest).filter(([, value]) => value === true);
  return [
    ...features.map(([name]) => parted(name, "_").toUpperCase()),
    ...(barriersLogged ? [] : ["barriers not logged"]),
    ...(addressesMapped ? ["addresses mapped for the device"] : []),
  ];
}

/** `notifyData` as `notify_data`. */
function parted(name: string, by: string): string {
  return name.replace(/[A-Z]/g, (letter) => `${by}${letter.toLowerCase()}`);
}

function fieldWords(event: RingEvent, ring: Ring | undefined): string[] {
  return FIELDS.flatMap((field) => {
    const value = field === "name" ? undefined : event[field];
    if (value === undefined || (event.kind === "create" && SETUP_FIELDS.has(field))) return [];
    if (field === "queue") return [];
    if (field === "token" && value === 0) return ["no buffer"];
    const text = isOffWrap(field, ring)
      ? `slot ${value & 0x7fff} wrap ${(value >>> 15) & 1}`
      : valueText(field, value);
    return [`${WORDS[field] ?? parted(field, "_")} ${text}`];
  });
}

function valueText(field: FieldName, value: number): string {
  if (POINTER_FIELDS.has(field)) return hex(value);
  return String(value);
}

function elementsText(elements: readonly Element[]): string {
  const lengths = (writable: boolean): string => {
    const found = elements.filter((element) => element.writable === writable);
    return found.map(({ len }) => len).join("+");
  };
  const parts = [
    ["device-readable", lengths(false)],
    ["device-writable", lengths(true)],
  ].filter(([, text]) => text !== "");
  return parts.map(([what, text]) => `${text} bytes ${what}`).join(", ") || "no elements";
}

/** What an operation did to memory: stores to one place stand in one line, in their order. */
function stepLines({ steps = [] }: RingEvent, ring: Ring | undefined): string[] {
  const lines: string[] = [];
  let place = "";
  for (const step of steps) {
    if (!("value" in step)) {
      lines.push(stepText(step));
      place = "";
      continue;
    }
    const op: string = step.op;
    const told = storeText(step, ring);
    // What nobody stored here is told as what it is.
    const stored = op === "store" ? told : { ...told, place: `${op}, ${told.place}` };
    if (stored.place === place) lines[lines.length - 1] += `, ${stored.text}`;
    else lines.push(`${stored.place}: ${stored.text}`);
    place = stored.place;
  }
  return lines;
}

function stepText(step: Exclude<Step, { value: number }>): string {
  switch (step.op) {
    case "barrier":
      return { mb: "full barrier", rmb: "barrier for loads", wmb: "barrier for stores" }[
        step.barrier
      ];
    case "alloc":
      return `indirect table of ${step.bytes} bytes`;
    case "notify":
      return "notification";
    default:
      return step satisfies never;
  }
}

function storeText(
  { area, offset, value }: Extract<Step, { value: number }>,
  ring: Ring | undefined,
): { readonly place: string; readonly text: string } {
  const layout = ring?.layout ?? "split";
  if (area === "desc" || area === "ind") {
    const slot = Math.floor(offset / DESC_BYTES);
    const name =
      area === "ind"
        ? `table entry at ${hex(slot * DESC_BYTES)}`
        : layout === "packed"
          ? `slot ${slot}`
          : `descriptor ${slot}`;
    return { place: name, text: descriptorText(offset % DESC_BYTES, value, layout) };
  }
  const side =
    area === "driver"
      ? layout === "packed"
        ? "driver event"
        : "avail"
      : layout === "packed"
        ? "device event"
        : "used";
  if (area === "pad") return { place: "padding", text: `offset ${offset} = ${value}` };
  return { place: side, text: areaText(area, offset, value, ring) };
}

function descriptorText(at: number, value: number, layout: "split" | "packed"): string {
  const field = (
    layout === "packed" ? ["addr", "len", "id", "flags"] : ["addr", "len", "flags", "next"]
  )[at === 0 ? 0 : at === 8 ? 1 : at === 12 ? 2 : at === 14 ? 3 : 4];
  if (field === undefined) return `byte ${at} = ${value}`;
  if (field === "addr") return `addr ${hex(value)}`;
  if (field !== "flags") return `${field} ${value}`;
  const names = descFlagNames(value, layout).join(" ");
  return `flags ${hex(value, 4)}${names === "" ? "" : ` (${names})`}`;
}

function areaText(
  area: "driver" | "device",
  offset: number,
  value: number,
  ring: Ring | undefined,
): string {
  const size = ring?.size ?? 0;
  if (ring?.layout === "packed") {
    return offset === EVENT_OFF_WRAP
      ? `off_wrap slot ${value & 0x7fff} wrap ${(value >>> 15) & 1}`
      : `flags ${value} (${eventFlagsName(value)})`;
  }
  if (offset === RING_FLAGS) return `flags ${value}`;
  if (offset === RING_IDX) return `idx ${value}`;
  if (area === "driver") {
    if (offset === usedEventOffset(size)) return `used_event ${value}`;
    return `ring[${(offset - availEntry(0)) / 2}] = ${value}`;
  }
  if (offset === availEventOffset(size)) return `avail_event ${value}`;
  const within = (offset - usedElem(0)) % 8;
  return `ring[${Math.floor((offset - usedElem(0)) / 8)}].${within === 0 ? "id" : "len"} = ${value}`;
}

function hex(value: number, digits = 0): string {
  return `0x${BigInt.asUintN(64, BigInt(value)).toString(16).padStart(digits, "0")}`;
}
