import { EventBatch } from "../model/batch.ts";
import type { QueueReport, SnapshotReport, SourceReport } from "../model/check-report.ts";
import { FIELD, KIND, PHASE_END } from "../model/event.ts";
import type { Coverage, Finding, Place } from "../model/finding.ts";
import type { DeviceMessage } from "../parser/qemu/messages.ts";
import { messageAspects } from "../replay/device-messages.ts";
import { decodeDump } from "../replay/dump/decode.ts";
import { NO_PLACE, observeDump } from "../replay/dump/dump-facts.ts";
import type { DecodedDump } from "../replay/dump/packed-dump.ts";
import type { Observation, QueueView } from "../replay/observation.ts";
import type { QueueEntry } from "../replay/queue-entry.ts";
import { Check } from "../rules/check.ts";
import { RULES } from "../rules/index.ts";
import type { Rule } from "../rules/rule.ts";
import { packedPosition, positionDistance, wordPosition } from "../virtio/packed.ts";
import type { DumpMember, LogMember } from "./members.ts";

/** One dump among the inputs, and what is found out about it. */
export interface DumpSubject {
  readonly member: DumpMember;
  readonly decoded: DecodedDump;
  /** What a device said that this dump explains. */
  readonly messages: { readonly path: string; readonly message: DeviceMessage }[];
  /** The queue that it is of, in a trace at hand. */
  joined: { readonly queue: QueueEntry; readonly by: string } | undefined;
  /** Where in the trace its positions stand; undefined when not once, or more than once. */
  place: Place | undefined;
  stretches: number;
  /** Id of its queue where it belongs to no trace. */
  id: string;
}

/** Dumps, and what traces and logs beside them say of the same queues. */
export class DumpChecks {
  readonly subjects: readonly DumpSubject[];
  readonly #rules: readonly Rule[];

  constructor(
    members: readonly DumpMember[],
    logs: readonly LogMember[],
    rules: readonly Rule[] = RULES,
  ) {
    this.#rules = rules;
    this.subjects = members.map((member) => ({
      member,
      decoded: decodeDump(member.ring.input),
      messages: [],
      joined: undefined,
      place: undefined,
      stretches: 0,
      id: "",
    }));
    const odd = this.subjects.map(oddAspects);
    for (const log of logs) {
      for (const message of log.messages) this.#placeMessage(log, message, odd);
    }
  }

  /** A message belongs to the one dump that shows why; else it is kept as what the log says. */
  #placeMessage(log: LogMember, message: DeviceMessage, odd: readonly number[]): void {
    const aspects = messageAspects(message.text);
    const fits = this.subjects.filter((_subject, i) => ((odd[i] as number) & aspects) !== 0);
    const [only, ...others] = fits;
    if (only !== undefined && others.length === 0) {
      only.messages.push({ path: log.source.path, message });
      return;
    }
    log.diagnostics.add("device-message", message.line, 0, `nothing from QEMU: "${message.text}"`);
  }

  /** Dumps that belong to no trace at hand, each a queue of its own. */
  rest(numberFrom: number): {
    readonly queues: QueueReport[];
    readonly findings: (Finding & { readonly source: SourceReport })[];
    readonly coverage: Coverage[];
  } {
    const queues: QueueReport[] = [];
    const findings: (Finding & { readonly source: SourceReport })[] = [];
    const coverage: Coverage[] = [];
    const seen = new Map<string, number>();
    for (const subject of this.subjects) {
      if (subject.joined !== undefined) continue;
      const { ring, source } = subject.member;
      const { layout, queueSize: size } = ring.input.memory;
      const before = seen.get(ring.name) ?? 0;
      seen.set(ring.name, before + 1);
      const id = before === 0 ? ring.name : `${ring.name}/${before + 1}`;
      subject.id = id;
      const number = numberFrom + queues.length;
      const queue = { number, id, name: undefined, index: ring.index, layout, size, ordinal: 0 };
      const check = new Check(this.#rules);
      observeSubject(subject, queue, NO_PLACE, (seen) => check.observe(seen));
      queues.push(queueOf(subject, id));
      findings.push(...check.findings().map((finding) => ({ ...finding, source })));
      coverage.push(...check.coverage());
    }
    return { queues, findings, coverage };
  }

  /** What becomes of the dumps in the report. Call once, after all traces and after `rest`. */
  close(): { readonly sources: SourceReport[]; readonly snapshots: SnapshotReport[] } {
    const snapshots: SnapshotReport[] = [];
    for (const subject of this.subjects) {
      const { member, joined, place, decoded, id } = subject;
      const { source, ring } = member;
      member.remarks.push(...joinRemarks(subject));
      const queue = joined?.queue.id ?? id;
      snapshots.push({ name: ring.name, source, queue, place, dump: decoded.dump });
    }
    return { sources: this.subjects.map(({ member }) => member.source), snapshots };
  }
}

/** Aspects in which a buffer of the dump is odd. */
function oddAspects({ member, decoded }: DumpSubject): number {
  const { input } = member.ring;
  const { layout, queueSize: size } = input.memory;
  const queue = { number: 0, id: "", name: undefined, index: undefined, layout, size, ordinal: 0 };
  let odd = 0;
  observeDump(input, decoded, { queue, place: NO_PLACE }, (seen) => {
    if (seen.kind === "buffer.exposed") for (const { aspect } of seen.facts) odd |= aspect;
  });
  return odd;
}

/** States what a dump shows of its queue, then what the device said about it. */
export function observeSubject(
  subject: DumpSubject,
  queue: QueueView,
  place: Place,
  observe: (observation: Observation) => void,
): void {
  const { member, decoded, messages } = subject;
  observeDump(member.ring.input, decoded, { queue, place }, observe);
  for (const { path, message } of messages) {
    const text = `the device stopped: QEMU says "${message.text}" (${path} line ${message.line})`;
    const effect = { message: text, place };
    observe({ kind: "effect.seen", queue, sort: message.text, effect });
  }
}

function joinRemarks({ joined, place, stretches, member }: DumpSubject): string[] {
  if (joined === undefined) {
    return member.ring.descAddress === undefined
      ? []
      : ["no queue of a trace at hand has its address"];
  }
  const where =
    place !== undefined
      ? `its positions stand at line ${place.line} of the trace`
      : stretches === 0
        ? "its place in the trace is unknown: no event shows its positions"
        : `its place in the trace is unknown: its positions recur ${stretches} times`;
  return [`queue ${joined.queue.id}, by ${joined.by}`, where];
}

function queueOf({ member, decoded }: DumpSubject, id: string): QueueReport {
  const { ring, source } = member;
  return {
    id,
    pointer: BigInt(ring.descAddress ?? 0),
    generation: 1,
    ordinal: 0,
    name: undefined,
    device: undefined,
    index: ring.index,
    layout: decoded.dump.layout,
    size: decoded.dump.size,
    features: decoded.dump.features,
    events: 0,
    decisions: 0,
    kicks: 0,
    requests: 0,
    interrupts: 0,
    source,
  };
}

/** Finds the queues of one trace that dumps are of, and where in it the dumps' positions stand. */
export class TraceDumps {
  readonly #subjects: readonly DumpSubject[];
  /** By number of the queue: its dump, found by the address of its ring. */
  readonly #byQueue = new Map<number, DumpSubject>();
  readonly #inStretch = new Set<DumpSubject>();
  readonly #places = new Map<DumpSubject, Place>();
  /** Queues whose creation was seen. */
  readonly #created = new Set<number>();

  readonly #trace: string;

  /** `trace`: its path. */
  constructor(checks: DumpChecks, trace: string) {
    this.#trace = trace;
    this.#subjects = checks.subjects.filter(({ joined }) => joined === undefined);
  }

  /** Looks at events that the replay has followed: each then has the number of its queue. */
  scan(batch: EventBatch): void {
    if (this.#subjects.length === 0) return;
    for (let row = 0; row < batch.length; row++) {
      const number = batch.queue[row] as number;
      if (number < 0) continue;
      if (batch.kind[row] === KIND.create && batch.phase[row] === PHASE_END) {
        this.#createdAt(batch, row, number);
      }
      const subject = this.#byQueue.get(number);
      if (subject !== undefined && batch.phase[row] !== PHASE_END) this.#match(subject, batch, row);
    }
  }

  #createdAt(batch: EventBatch, row: number, number: number): void {
    this.#created.add(number);
    const address = batch.value(row, "ringDma");
    const subject = this.#subjects.find(({ member }) => member.ring.descAddress === address);
    if (subject !== undefined) this.#byQueue.set(number, subject);
  }

  /** Neighbouring events that show the dump's positions are one stretch. */
  #match(subject: DumpSubject, batch: EventBatch, row: number): void {
    const matches = showsPositions(subject, batch, row);
    if (matches === undefined) return;
    if (!matches) {
      this.#inStretch.delete(subject);
      return;
    }
    if (!this.#inStretch.has(subject)) {
      this.#inStretch.add(subject);
      subject.stretches++;
    }
    this.#places.set(subject, {
      seq: batch.seq[row] as number,
      line: batch.line[row] as number,
      time: batch.time[row] as number,
      cpu: batch.cpu[row] as number,
    });
  }

  /** Joins, and lets each dump speak of its queue. Call once after the trace's last event. */
  finish(
    queues: readonly QueueEntry[],
    endSeq: number,
    observe: (observation: Observation) => void,
  ): void {
    for (const [number, subject] of this.#byQueue) {
      const queue = queues[number];
      // The address may have been used again: the queue that had it last is the dump's.
      if (queue !== undefined) subject.joined = { queue, by: "the address of its descriptor area" };
    }
    this.#joinAlone(queues);
    for (const subject of this.#subjects) {
      const { joined } = subject;
      if (joined === undefined) continue;
      if (subject.stretches === 1) subject.place = this.#places.get(subject);
      // In order behind all events of the trace, and at none of them.
      observeSubject(subject, joined.queue, { ...NO_PLACE, seq: endSeq }, observe);
    }
  }

  /**
   * A dump of unknown address, in one folder with this trace alone: where only one queue of the trace,
   * and only one dump, is of its number, layout and size.
   */
  #joinAlone(queues: readonly QueueEntry[]): void {
    const taken = new Set(this.#subjects.map(({ joined }) => joined?.queue));
    const alike = (subject: DumpSubject, queue: QueueEntry): boolean => {
      const { input, index } = subject.member.ring;
      return (
        queue.index !== undefined &&
        index === queue.index &&
        input.memory.layout === queue.layout &&
        input.memory.queueSize === queue.size
      );
    };
    for (const queue of queues) {
      if (taken.has(queue) || !this.#created.has(queue.number)) continue;
      const dumps = this.#subjects.filter((subject) => alike(subject, queue));
      const [dump] = dumps;
      if (dump === undefined || dumps.length > 1 || dump.joined !== undefined) continue;
      const { ring, trace } = dump.member;
      if (ring.descAddress !== undefined || trace !== this.#trace) continue;
      if (queues.filter((other) => alike(dump, other)).length > 1) continue;
      const by = "being the only queue of this number, layout and size in the trace";
      dump.joined = { queue, by };
    }
  }
}

/** Whether an event's sample shows the dump's positions; undefined when it shows none. */
function showsPositions(
  { decoded: { dump } }: DumpSubject,
  batch: EventBatch,
  row: number,
): boolean | undefined {
  const base = row * EventBatch.FIELD_COUNT;
  const { values } = batch;
  if (dump.layout === "split") {
    // On a split queue a probe with fixed offsets reads avail.idx there: docs/fields.md.
    const own = values[base + FIELD.availIdx] as number;
    const availIdx = Number.isNaN(own) ? (values[base + FIELD.driverFlags] as number) : own;
    return Number.isNaN(availIdx) ? undefined : availIdx === dump.availIdx;
  }
  const { driverPosition, devicePosition, size } = dump;
  if (driverPosition === null || devicePosition === null) return undefined;
  const slot = values[base + FIELD.nextAvail] as number;
  const wrap = values[base + FIELD.availWrap] as number;
  if (Number.isNaN(slot) || Number.isNaN(wrap)) return undefined;
  if (slot !== driverPosition.slot || wrap !== driverPosition.wrap) return false;
  const lastUsed = wordPosition(values[base + FIELD.lastUsed] as number, size);
  if (lastUsed === undefined) return undefined;
  const device = packedPosition(devicePosition.slot, devicePosition.wrap, size);
  // The driver takes used buffers back up to where the device stands, and no further.
  return positionDistance(lastUsed, device, size) <= size;
}
