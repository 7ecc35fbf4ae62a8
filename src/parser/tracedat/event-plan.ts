import type { StringTable } from "../../model/batch.ts";
import { EVENT_KINDS, FIELD } from "../../model/event.ts";
import type { PointerTable } from "../../model/pointer.ts";
import { callFunction, namedProbe } from "../ftrace/functions.ts";
import { learnKey, type ProbePoint, resolveProbePoint } from "../ftrace/probe-point.ts";
import type { ProbeMap } from "../probe-map.ts";
import { type EventFormat, elementBytes, type FormatField, isCharacters } from "./event-format.ts";
import type { Kallsyms, KernelSymbol } from "./kallsyms.ts";

/** How a value is read from a record. The order is the code. */
export const READ = {
  u8: 0,
  s8: 1,
  u16: 2,
  s16: 3,
  u32: 4,
  s32: 5,
  /** 64 bits, of either sign: kept sign-extended, as all pointers are. */
  word: 6,
  /** Characters that stand elsewhere in the record, or in the field itself. */
  dynamicText: 7,
  fixedText: 8,
  /** The bytes of a descriptor ring. */
  descriptors: 9,
  /** Nothing that a row has a place for: an array, a structure. */
  other: 10,
} as const;

/** One field of an event as it is read into a row. */
export interface FieldRead {
  readonly format: FormatField;
  readonly read: number;
  readonly offset: number;
  /** Where the field ends in a record. */
  readonly end: number;
  /** FIELD code, or -1 for a field that only a case file keeps. */
  readonly field: number;
  readonly pointer: boolean;
  /** The engine's field wants text and this is a number, or the other way round. */
  readonly unfit: boolean;
}

/** A probe at one place: what it is to us, and what is read of it. */
export interface PointPlan {
  readonly point: ProbePoint;
  readonly reads: readonly FieldRead[];
}

/** An entry beside its address: a kprobe stands behind the landing pad that a compiler puts there. */
const ENTRY_OFFSET_MAX = 0x10;
/** Places of one event that are kept; the rest are resolved each time. */
const PLACES_MAX = 1024;

/** What is common to all events that are resolved. */
export interface PlanContext {
  readonly strings: StringTable;
  readonly pointers: PointerTable;
  readonly map: ProbeMap;
  /** Read when the first address is to be named. */
  readonly kallsyms: () => Kallsyms;
}

/** One event of the file: where its common fields are, and its probe's places as they come up. */
export class EventPlan {
  readonly format: EventFormat;
  readonly pidOffset: number;
  readonly flagsOffset: number;
  /** The shortest record that has all common fields. */
  readonly lengthMin: number;
  /** Where the probed address is, and the returning function's caller's; -1 for a tracepoint. */
  readonly addressOffset: number;
  readonly callerOffset: number;
  readonly addressBytes: number;
  /** The buffer that its events are taken from; -1 until there is one. */
  buffer = -1;
  readonly #context: PlanContext;
  readonly #byPlace = new Map<number, PointPlan>();
  #place = Number.NaN;
  #last: PointPlan | undefined;

  constructor(format: EventFormat, context: PlanContext) {
    this.format = format;
    this.#context = context;
    const of = (name: string) => format.fields.find((field) => field.name === name);
    const pid = of("common_pid");
    const flags = of("common_flags");
    this.pidOffset = pid?.offset ?? 4;
    this.flagsOffset = flags?.offset ?? 2;
    const func = of("__probe_func");
    const caller = of("__probe_ret_ip");
    const address = func ?? of("__probe_ip");
    const returns = func !== undefined && caller !== undefined;
    this.addressOffset = address?.offset ?? -1;
    this.callerOffset = returns ? caller.offset : -1;
    this.addressBytes = address?.size === 4 ? 4 : 8;
    this.lengthMin = Math.max(
      this.pidOffset + 4,
      this.flagsOffset + 1,
      this.addressOffset + this.addressBytes,
      this.callerOffset + this.addressBytes,
    );
  }

  /** What the event is at an address (a probe's caller if it returns); NaN for a tracepoint. */
  at(address: number, caller: number): PointPlan {
    const place = this.callerOffset < 0 ? address : caller;
    if (place === this.#place && this.#last !== undefined) return this.#last;
    let plan = this.#byPlace.get(place);
    if (plan === undefined) {
      plan = this.#resolve(address, caller);
      if (this.#byPlace.size < PLACES_MAX) this.#byPlace.set(place, plan);
    }
    this.#place = place;
    this.#last = plan;
    return plan;
  }

  #resolve(address: number, caller: number): PointPlan {
    const { strings, map } = this.#context;
    const place = Number.isNaN(address) ? "" : this.#placeText(address, caller);
    const returns = this.format.byName.has("__probe_ret_ip");
    const point = resolveProbePoint(this.format.name, place, strings, map, { returns });
    return { point, reads: point.kind < 0 ? [] : readsOf(this.format, point) };
  }

  /** The place as the kernel's own text has it: names where the file's symbols agree with the probe. */
  #placeText(address: number, caller: number): string {
    const { pointers } = this.#context;
    const bare = (pointer: number): string => pointers.text(pointer).slice(2).padStart(8, "0");
    const symbol = this.#trusted(this.#context.kallsyms().find(address));
    const func = symbol === undefined ? bare(address) : symbolText(symbol);
    if (Number.isNaN(caller)) return func;
    // Symbols that name the function right are the ones of this boot: they name its caller as well.
    const from = symbol === undefined ? undefined : this.#context.kallsyms().find(caller);
    return `${from === undefined ? bare(caller) : symbolText(from)} <- ${func}`;
  }

  /**
   * The symbols are of the moment when the trace was saved: a module may have gone by then, and its
   * place may be another's. So a symbol counts when it is a function of ours, or when the event's
   * name claims nothing else.
   */
  #trusted(symbol: KernelSymbol | undefined): KernelSymbol | undefined {
    if (symbol === undefined) return undefined;
    const named = namedProbe(this.format.name);
    const called = callFunction(symbol.name);
    if (
      called !== undefined &&
      (symbol.offset <= ENTRY_OFFSET_MAX || named?.kind === called.kind)
    ) {
      return symbol;
    }
    return named === undefined ? symbol : undefined;
  }
}

function symbolText({ name, module, offset, size }: KernelSymbol): string {
  const inside = module === "" ? "" : ` [${module}]`;
  return `${name}+0x${offset.toString(16)}/0x${size.toString(16)}${inside}`;
}

/** The event's own fields, matched with the engine's by the table that the text reader uses. */
function readsOf(format: EventFormat, point: ProbePoint): FieldRead[] {
  const reads: FieldRead[] = [];
  let node = point.start;
  for (const field of format.fields) {
    if (field.name.startsWith("common_") || field.name.startsWith("__probe_")) continue;
    const kind = EVENT_KINDS[point.kind] as (typeof EVENT_KINDS)[number];
    node = learnKey(point, node, field.name, kind);
    const read = node.descriptors && isWordArray(field) ? READ.descriptors : readOf(field);
    const isText = read === READ.dynamicText || read === READ.fixedText;
    reads.push({
      format: field,
      read,
      offset: field.offset,
      end: field.offset + field.size,
      field: node.field,
      pointer: node.pointer,
      unfit: read === READ.other || isText !== (node.field === FIELD.name),
    });
  }
  return reads;
}

function isWordArray({ elements, size }: FormatField): boolean {
  // Two words a descriptor; anything else is somebody's own field of that name.
  return elements > 0 && size === elements * 8 && elements % 2 === 0;
}

function readOf(field: FormatField): number {
  if (field.dynamic !== undefined) return isCharacters(field) ? READ.dynamicText : READ.other;
  if (field.elements > 0) return isCharacters(field) ? READ.fixedText : READ.other;
  if (elementBytes(field.type) === undefined) return READ.other;
  switch (field.size) {
    case 1:
      return field.signed ? READ.s8 : READ.u8;
    case 2:
      return field.signed ? READ.s16 : READ.u16;
    case 4:
      return field.signed ? READ.s32 : READ.u32;
    case 8:
      return READ.word;
    default:
      return READ.other;
  }
}
