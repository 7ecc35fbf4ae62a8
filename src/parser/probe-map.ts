import { parse, TomlError } from "smol-toml";
import {
  EVENT_KINDS,
  type EventKind,
  FIELD,
  FIELDS,
  type FieldName,
  KIND,
  type Layout,
} from "../model/event.ts";

/** What somebody's own probe is to the engine. */
export interface MappedProbe {
  readonly event: string;
  readonly call: EventKind;
  readonly phase: "begin" | "end";
  readonly layout: Layout | undefined;
  /** The probe's field names, and what they are; others are looked up in the common table. */
  readonly fields: ReadonlyMap<string, FieldName>;
}

/** Probes by the name of their event. */
export type ProbeMap = ReadonlyMap<string, MappedProbe>;

/** What a probe can be mapped to: the calls of a driver. */
export const MAPPED_CALLS = EVENT_KINDS.slice(0, KIND.lost);
const MAPPABLE = FIELDS.slice(0, FIELD.lostCount);
const KEYS = ["event", "call", "phase", "layout", "fields"];

/** Reads a mapping file (TOML, docs/map.md); every mistake is told, in the file's order. */
export function parseProbeMap(text: string): { map: ProbeMap; errors: string[] } {
  const map = new Map<string, MappedProbe>();
  const errors: string[] = [];
  let document: Record<string, unknown>;
  try {
    document = parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [first] = error.message.split("\n");
    return { map, errors: [`line ${error.line}, column ${error.column}: ${first}`] };
  }
  for (const key of Object.keys(document)) {
    if (key !== "probe") errors.push(`unknown key \`${key}\`${suggestion(key, ["probe"])}`);
  }
  const { probe: probes } = document as { probe?: unknown };
  if (!Array.isArray(probes) || probes.length === 0) {
    errors.push("no [[probe]] in it");
    return { map, errors };
  }
  for (const [i, entry] of probes.entries()) {
    const probe = probeOf(entry, (message) => errors.push(`probe ${i + 1}: ${message}`));
    if (probe === undefined) continue;
    if (map.has(probe.event))
      errors.push(`probe ${i + 1}: event \`${probe.event}\` is mapped twice`);
    map.set(probe.event, probe);
  }
  return { map, errors };
}

function probeOf(entry: unknown, wrong: (message: string) => void): MappedProbe | undefined {
  if (!isTable(entry)) {
    wrong("is no table");
    return undefined;
  }
  const { event, call, phase = "begin", layout, fields = {} } = entry as Record<string, unknown>;
  for (const key of Object.keys(entry)) {
    if (!KEYS.includes(key)) wrong(`unknown key \`${key}\`${suggestion(key, KEYS)}`);
  }
  if (typeof event !== "string" || event === "") wrong("needs an `event`, the name in the trace");
  if (!isOneOf(call, MAPPED_CALLS))
    wrong(`\`call\` is ${shown(call)}${suggestion(call, MAPPED_CALLS)}`);
  if (!isOneOf(phase, ["begin", "end"])) wrong(`\`phase\` is ${shown(phase)}, not begin or end`);
  if (layout !== undefined && !isOneOf(layout, ["packed", "split"])) {
    wrong(`\`layout\` is ${shown(layout)}, not packed or split`);
  }
  const named = new Map<string, FieldName>();
  for (const [name, field] of Object.entries(isTable(fields) ? fields : {})) {
    if (isOneOf(field, MAPPABLE)) named.set(name, field);
    else wrong(`field \`${name}\` is ${shown(field)}${suggestion(field, MAPPABLE)}`);
  }
  if (!isTable(fields)) wrong("`fields` is no table");
  if (typeof event !== "string" || !isOneOf(call, MAPPED_CALLS)) return undefined;
  return {
    event,
    call,
    phase: phase === "end" ? "end" : "begin",
    layout: layout === "packed" || layout === "split" ? layout : undefined,
    fields: named,
  };
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isOneOf<T extends string>(value: unknown, items: readonly T[]): value is T {
  return (items as readonly unknown[]).includes(value);
}

function shown(value: unknown): string {
  return value === undefined ? "missing" : JSON.stringify(value);
}

/** `; did you mean x?`, or the list when it is short. */
function suggestion(value: unknown, items: readonly string[]): string {
  const plain = (text: string): string => text.toLowerCase().replaceAll(/[^a-z]/g, "");
  const near = items.find(
    (item) =>
      typeof value === "string" && plain(item).includes(plain(value)) && plain(value) !== "",
  );
  if (near !== undefined) return `; did you mean \`${near}\`?`;
  return `; it is one of ${items.join(", ")}`;
}
