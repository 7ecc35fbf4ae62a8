import type { Finding } from "../model/finding.ts";
import type { DumpEvent, DumpSlot, RingDump } from "../model/ring-dump.ts";
import type { RingReport } from "../model/ring-report.ts";
import { type SpecVersion, sectionIn } from "../virtio/clauses.ts";
import { descFlagNames } from "../virtio/descriptor.ts";
import { openPoints } from "./json.ts";
import { printableJson } from "./printable.ts";

/** `vringscope-ring/1`: one object; of several queues one object a line. */
export function ringJson(reports: readonly RingReport[]): string {
  const [only, ...others] = reports;
  if (only !== undefined && others.length === 0) {
    return `${printableJson(ringValue(only), 2)}\n`;
  }
  return reports.map((report) => `${printableJson(ringValue(report))}\n`).join("");
}

function ringValue(report: RingReport): object {
  const { name, paths, notes, dump, findings, coverage, selection } = report;
  const { spec, leftOut, notBinding } = selection;
  return {
    schema: "vringscope-ring/1",
    spec,
    queue: name,
    sources: paths,
    layout: dump.layout,
    size: dump.size,
    features: dump.features,
    slots: dump.slots.map((slot) => slotValue(slot, dump)),
    ...positionsValue(dump),
    certainty: dump.certainty,
    inFlight: dump.inFlight.map(({ id, slots, segments, taken, broken, unreadTable }) => ({
      id,
      slots,
      segments: segments.map(({ addr, len, writable }) => ({ addr: hex(addr), len, writable })),
      taken,
      broken,
      unreadTable,
    })),
    events: {
      driver: dump.events.driver === null ? null : eventValue(dump.events.driver, dump, "used"),
      device: dump.events.device === null ? null : eventValue(dump.events.device, dump, "avail"),
    },
    notes,
    unknown: dump.unknown,
    findings: findings.map((finding) => findingValue(finding, spec)),
    unclear: openPoints(coverage),
    notRun: { leftOut, notBinding },
  };
}

function positionsValue(dump: RingDump): object {
  if (dump.layout === "split") return { availIdx: dump.availIdx, usedIdx: dump.usedIdx };
  const { driverPosition, devicePosition, takenPosition, candidates } = dump;
  return { driverPosition, devicePosition, takenPosition, deviceCandidates: candidates };
}

function slotValue(slot: DumpSlot, { layout }: RingDump): object {
  return {
    slot: slot.slot,
    state: slot.state,
    ...(layout === "packed" ? { id: slot.id } : { next: slot.next }),
    addr: hex(slot.addr),
    len: slot.len,
    flags: descFlagNames(slot.flags, layout),
    buffer: slot.buffer,
  };
}

function eventValue(event: DumpEvent, { layout }: RingDump, other: "used" | "avail"): object {
  const { off, wrap, mode, flags, words } = event;
  if (layout === "packed") return { mode, off, wrap, flags, words };
  return { flags, [`${other}Event`]: event.event, words };
}

function findingValue(finding: Finding, spec: SpecVersion): object {
  return {
    rule: finding.rule,
    class: finding.class,
    severity: finding.severity,
    party: finding.party,
    queue: finding.queue,
    seq: null,
    line: null,
    time: null,
    message: finding.message,
    clause: finding.clause,
    section: finding.clause === null ? null : (sectionIn(finding.clause, spec) ?? null),
    covers: finding.covers,
    fingerprint: finding.fingerprint,
    expected: finding.expected,
    found: finding.found,
    evidence: [],
    effects: finding.effects.map(({ message }) => ({ message, line: null, seq: null })),
  };
}

export function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}
