import type { StringTable } from "../../model/batch.ts";
import type { FieldName } from "../../model/event.ts";
import {
  FIELD,
  KIND,
  LAYOUT_PACKED,
  LAYOUT_SPLIT,
  LAYOUT_UNKNOWN,
  PHASE_BEGIN,
  PHASE_END,
  POINTER_FIELDS,
} from "../../model/event.ts";
import type { ProbeMap } from "../probe-map.ts";
import { fieldOfName } from "./fields.ts";
import { callFunction, namedProbe } from "./functions.ts";

/**
 * A field name as bytes, and which field came after it last time. Following these guesses reads a
 * line of any known argument layout without a look-up; two successors hold the forks.
 */
export interface KeyNode {
  readonly bytes: Uint8Array;
  /** FIELD code, or -1 for a name that the engine does not use. */
  readonly field: number;
  /** The field holds a pointer, so that 64 bits make sense in it. */
  readonly pointer: boolean;
  /** The bytes of the descriptor ring, as an array. */
  readonly descriptors: boolean;
  next: KeyNode | undefined;
  other: KeyNode | undefined;
}

/** What one probe at one place in the kernel is to us: resolved once, then found by its bytes. */
export interface ProbePoint {
  /** The parentheses after the event name, with what they hold; empty without parentheses. */
  readonly place: Uint8Array;
  /** KIND code, or -1 when the event is none of ours. */
  readonly kind: number;
  readonly phase: number;
  readonly layoutHint: number;
  /** Ids of the traced function's name and its caller's in the strings; -1 unknown. */
  readonly func: number;
  readonly caller: number;
  /** Guess for the first field. */
  readonly start: KeyNode;
  readonly keys: Map<string, KeyNode>;
  /** Field names that a mapping file gives, before the common table. */
  readonly mapped: ReadonlyMap<string, FieldName> | undefined;
}

/** Of a probe array with the ring's bytes; where a queue is created, `desc` is an address. */
const DESCRIPTORS = "desc";

/** A field list is as long as a kprobe allows (128 arguments); what is past it is not learned. */
const KEYS_MAX = 128;

/**
 * `virtqueue_add_sgs+0x0/0xd0 [virtio_ring]` on entry; on return `caller+0x1/0x2 [mod] <- func`.
 * trace-cmd prints bare addresses, function first: `ffffffffc0459180 <- ffffffffc04b6650`.
 */
const ENTRY_PLACE = /^([^\s+<]+)(?:\+0x([0-9a-f]+)\/0x[0-9a-f]+)?(?: \[[^\]]*\])?$/;
const RETURN_PLACE =
  /^([^\s+<]+)(?:\+0x[0-9a-f]+\/0x[0-9a-f]+)?(?: \[[^\]]*\])? <- ([^\s+]+)(?:\+0x[0-9a-f]+\/0x[0-9a-f]+)?(?: \[[^\]]*\])?$/;
const ADDRESS = /^(?:0x)?[0-9a-f]{8,16}$/;

/**
 * A kprobe on an entry sits at offset 0, or just behind the landing pad that the compiler put there.
 * A probe further in shows the state in the middle of a call, which is neither before nor after it.
 */
const ENTRY_OFFSET_MAX = 0x10;

/**
 * Resolves an event by the function in its payload, else by its name; `fields` tells what the fields
 * show of it where there is no payload.
 */
export function resolveProbePoint(
  eventName: string,
  place: string,
  strings: StringTable,
  map: ProbeMap,
  fields: { readonly returns: boolean },
): ProbePoint {
  const mapped = map.get(eventName);
  const returning = RETURN_PLACE.exec(place);
  const entering = returning === null ? ENTRY_PLACE.exec(place) : null;
  const func = returning?.[2] ?? entering?.[1] ?? "";
  const caller = returning?.[1] ?? "";
  const symbolic = func !== "" && !ADDRESS.test(func);
  const byName = namedProbe(eventName);
  const inside = Number.parseInt(entering?.[2] ?? "0", 16) > ENTRY_OFFSET_MAX;
  const called = inside ? undefined : symbolic ? callFunction(func) : byName;
  const layout = mapped === undefined ? called?.layout : mapped.layout;
  const returns =
    mapped !== undefined
      ? mapped.phase === "end"
      : place === ""
        ? fields.returns || (byName?.returns ?? false)
        : returning !== null;
  return {
    place: new TextEncoder().encode(place === "" ? "" : `(${place})`),
    kind: mapped !== undefined ? KIND[mapped.call] : called === undefined ? -1 : KIND[called.kind],
    phase: returns ? PHASE_END : PHASE_BEGIN,
    layoutHint:
      layout === undefined ? LAYOUT_UNKNOWN : layout === "packed" ? LAYOUT_PACKED : LAYOUT_SPLIT,
    func: strings.intern(symbolic ? func : eventName),
    caller: caller === "" || ADDRESS.test(caller) ? -1 : strings.intern(caller),
    start: {
      bytes: new Uint8Array(0),
      field: -1,
      pointer: false,
      descriptors: false,
      next: undefined,
      other: undefined,
    },
    keys: new Map(),
    mapped: mapped?.fields,
  };
}

/** The node of a field name, learned as the successor of the one before it. */
export function learnKey(
  point: ProbePoint,
  before: KeyNode,
  name: string,
  kindName: Parameters<typeof fieldOfName>[1],
): KeyNode {
  let node = point.keys.get(name);
  if (node === undefined) {
    const phase = point.phase === PHASE_END ? "end" : "begin";
    const field = point.mapped?.get(name) ?? fieldOfName(name, kindName, phase);
    node = {
      bytes: new TextEncoder().encode(name),
      field: field === undefined ? -1 : FIELD[field],
      pointer: field !== undefined && POINTER_FIELDS.has(field),
      descriptors: field === undefined && name === DESCRIPTORS,
      next: undefined,
      other: undefined,
    };
    if (point.keys.size >= KEYS_MAX) return node;
    point.keys.set(name, node);
  }
  before.other = before.next;
  before.next = node;
  return node;
}
