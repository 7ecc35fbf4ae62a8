import type { CaseStore } from "../db/writer.ts";
import { type EventBatch, StringTable } from "../model/batch.ts";
import type {
  CheckReport,
  GapReport,
  QueueReport,
  SourcedFinding,
  SourceReport,
  Verdict,
} from "../model/check-report.ts";
import { type Coverage, hasEvent, type Severity } from "../model/finding.ts";
import { PointerTable } from "../model/pointer.ts";
import { durationText } from "../model/time.ts";
import { BpftraceJsonReader, isBpftraceJson } from "../parser/bpftrace/json.ts";
import { FtraceReader } from "../parser/ftrace/reader.ts";
import type { ProbeMap } from "../parser/probe-map.ts";
import { holdsTraceEvents } from "../parser/qemu/messages.ts";
import { QemuReader } from "../parser/qemu/reader.ts";
import { SimpleTraceReader, simpleTraceHeader } from "../parser/qemu/simple-trace.ts";
import type { ChosenReader, ReaderName } from "../parser/reader-of.ts";
import { isRinglog, RinglogReader } from "../parser/ringlog/reader.ts";
import type { TraceReader, TraceSource } from "../parser/trace-reader.ts";
import { TraceDatReader } from "../parser/tracedat/reader.ts";
import type { Observation } from "../replay/observation.ts";
import type { QueueEntry } from "../replay/queue-entry.ts";
import { Replay } from "../replay/replay.ts";
import { Check } from "../rules/check.ts";
import { type Choice, chooseRules } from "../rules/choice.ts";
import { RULES } from "../rules/index.ts";
import type { Rule } from "../rules/rule.ts";
import type { FeatureName } from "../virtio/features.ts";
import { closeArchives } from "./archive.ts";
import { checkAnswers } from "./device-check.ts";
import { DumpChecks, TraceDumps } from "./dump-check.ts";
import type { ParseExplainer } from "./explain.ts";
import { type LogMember, sortMembers } from "./members.ts";
import { type OpenSource, openSource, readAll } from "./open-source.ts";
import type { RingOptions } from "./ring.ts";
import { simpleTraceNames } from "./simple-trace.ts";
import { sortInputs } from "./statistics.ts";
import { droppedText } from "./trace-dat.ts";
import { type Accepted, acceptFindings } from "./waivers.ts";

/** Gaps listed for each source; the rest are counted in a Diagnostic. */
const GAPS_MAX = 10_000;
/** So many calls without one return are no accident. */
const BEGINS_MIN = 10;

export interface CheckOptions {
  readonly requireDecided?: boolean;
  /** A case file to write; it gets its name when everything is in it. */
  readonly store?: CaseStore | undefined;
  /** Somebody's own probes. */
  readonly map?: ProbeMap | undefined;
  /** Which rules run; else all, as the default version of the specification has them. */
  readonly choice?: Choice | undefined;
  /** Findings that do not count. */
  readonly accepted?: Accepted | undefined;
  /** What rules of another sort find in the case, once it is whole. */
  readonly afterwards?:
    | ((report: CheckReport) => Pick<CheckReport, "findings" | "sqlRules">)
    | undefined;
  /** What the inputs are, by somebody's word and not by what they hold. */
  readonly inputFormat?: ChosenReader | undefined;
  /** Told how each source is read. */
  readonly explain?: ParseExplainer | undefined;
  /** What dumps among the inputs are, where no QMP answer says so. */
  readonly ring?: RingOptions;
  /** Told after each chunk: bytes read of the source as it is stored, and its size, 0 if unknown. */
  readonly progress?: ((path: string, done: number, total: number) => void) | undefined;
}

/**
 * Reads the sources in order, follows every queue in them and judges it.
 *
 * @throws UserError when a source cannot be read or is no trace.
 */
export async function checkSources(
  paths: readonly string[],
  options: CheckOptions = {},
): Promise<CheckReport> {
  try {
    return await checkOpened(paths, options);
  } finally {
    closeArchives();
  }
}

async function checkOpened(paths: readonly string[], options: CheckOptions): Promise<CheckReport> {
  const { store, choice = chooseRules(RULES, {}) } = options;
  const { rules, spec, leftOut, notBinding } = choice;
  const selection = { spec, leftOut, notBinding };
  const members = await sortMembers(paths, options.ring ?? {}, options.inputFormat);
  const dumps = new DumpChecks(members.dumps, members.logs, rules);
  const { traces: recorded, statistics } =
    members.traces.length === 0 ? { traces: [], statistics: [] } : sortInputs(members.traces);
  // A device's log comes behind what was recorded in the guest: the two have no common order.
  const tracedLogs = members.logs.filter(({ traced }) => traced);
  const traces = [...recorded, ...tracedLogs.map(({ source }) => source.path)];
  const dropped = statistics.reduce((sum, { ledger }) => sum + (ledger.lostEvents ?? 0), 0);
  const parts = await checkTraces(traces, {
    ...options,
    rules,
    dumps,
    endUnknown:
      dropped === 0 ? undefined : `the ring buffer dropped ${dropped} events, by its statistics`,
    logOf: (number) => tracedLogs[number - recorded.length],
  });
  const queueBase = parts.reduce((sum, part) => sum + part.queues.length, 0);
  const rest = dumps.rest(queueBase);
  const devices = checkAnswers(members.answers, rules, queueBase + rest.queues.length);
  const shown = dumps.close();
  const judged = [...parts, rest, devices];
  const coverage = judged.flatMap((part) => part.coverage);
  const queues = judged.flatMap((part) => part.queues);
  const names = new Map(queues.map(({ id, name }) => [id, name]));
  const filtered = parts.some(({ source }) =>
    source.diagnostics.some(({ code }) => code === "returns-missing"),
  );
  const reportOf = (
    found: readonly SourcedFinding[],
    accepted: Accepted,
    sqlRules: CheckReport["sqlRules"],
  ): CheckReport => {
    const told = acceptFindings(found, (queue) => names.get(queue), accepted);
    const summary = summaryOf(told.findings, coverage);
    return {
      selection,
      ...told,
      sqlRules,
      verdict: verdictOf(summary, { requireDecided: options.requireDecided ?? false, filtered }),
      sources: [
        ...parts.map((part) => part.source),
        ...statistics,
        ...shown.sources,
        ...members.logs.filter(({ traced }) => !traced).map(({ source }) => source),
        ...members.others,
      ],
      queues,
      snapshots: shown.snapshots,
      coverage,
      gaps: parts.flatMap((part) => part.gaps),
      exchanges: parts.reduce((total, part) => total + part.exchanges, 0),
      featuresExercised: [...new Set(parts.flatMap((part) => part.featuresExercised))].sort(),
      summary,
    };
  };
  const found = judged.flatMap((part) => part.findings);
  const accepted = options.accepted ?? NOTHING;
  const report = reportOf(found, accepted, []);
  // A case keeps all that was found: who accepts it is no matter of the evidence.
  const whole = { ...report, findings: found };
  await store?.finish(whole);
  const more = options.afterwards?.(whole);
  if (more === undefined) return report;
  return reportOf([...found, ...more.findings].sort(inOrder), accepted, more.sqlRules);
}

/** One trace after the other: their events and queues are numbered through. */
async function checkTraces(
  traces: readonly string[],
  options: Pick<CheckOptions, "store" | "map" | "progress" | "inputFormat" | "explain"> & {
    readonly rules: readonly Rule[];
    readonly dumps: DumpChecks;
    readonly endUnknown: string | undefined;
    /** What is known already of a trace that is a device's log. */
    readonly logOf: (number: number) => LogMember | undefined;
  },
): Promise<SourceCheck[]> {
  const parts: SourceCheck[] = [];
  let nextSeq = 0;
  let queueBase = 0;
  for (const [number, path] of traces.entries()) {
    const part = await checkSource(path, {
      ...options,
      idSuffix: number === 0 ? "" : `/${number + 1}`,
      nextSeq,
      queueBase,
      store: options.store,
      dumps: new TraceDumps(options.dumps, path),
      log: options.logOf(number),
    });
    nextSeq = part.nextSeq;
    queueBase += part.queues.length;
    parts.push(part);
  }
  return parts;
}

/** First cause first; what belongs to no event is last. */
function inOrder({ place: a }: SourcedFinding, { place: b }: SourcedFinding): number {
  if (hasEvent(a) && hasEvent(b)) return a.seq - b.seq;
  return Number(hasEvent(b)) - Number(hasEvent(a));
}

const NOTHING: Accepted = { waivers: [], baseline: new Set(), today: "" };

function summaryOf(
  findings: CheckReport["findings"],
  coverage: readonly Coverage[],
): CheckReport["summary"] {
  const count = (severity: Severity): number =>
    findings.filter((finding) => finding.severity === severity).length;
  const sum = (of: (row: Coverage) => number): number =>
    coverage.reduce((total, row) => total + of(row), 0);
  return {
    errors: count("error"),
    warnings: count("warning"),
    notes: count("note"),
    undecided: sum((row) => row.undecided),
    unclear: sum((row) => row.unclear),
    checked: sum((row) => row.satisfied + row.violated),
  };
}

/**
 * `findings`: an error or a warning, notes alone are none. `nothing-checked`: no rule met anything.
 * `inconclusive`: rules did, and none could decide, or the trace was filtered so that no call has an
 * outcome; with `requireDecided`, one undecided check is enough.
 */
function verdictOf(
  summary: CheckReport["summary"],
  { requireDecided, filtered }: { readonly requireDecided: boolean; readonly filtered: boolean },
): Verdict {
  if (summary.errors + summary.warnings > 0) return "findings";
  if (summary.checked + summary.undecided + summary.unclear === 0) return "nothing-checked";
  if (summary.checked === 0 || filtered) return "inconclusive";
  return requireDecided && summary.undecided > 0 ? "inconclusive" : "clean";
}

interface SourceCheck extends Pick<CheckReport, "queues" | "findings" | "coverage" | "gaps"> {
  readonly source: SourceReport;
  readonly exchanges: number;
  readonly featuresExercised: readonly FeatureName[];
  readonly nextSeq: number;
}

async function checkSource(
  path: string,
  options: {
    readonly rules: readonly Rule[];
    readonly nextSeq: number;
    readonly idSuffix: string;
    /** Queues of the sources before. */
    readonly queueBase: number;
    readonly store: CaseStore | undefined;
    readonly endUnknown: string | undefined;
    readonly dumps: TraceDumps;
    /** What is known of a device's log: its messages have found their dumps. */
    readonly log: LogMember | undefined;
    readonly map?: CheckOptions["map"];
    readonly progress?: CheckOptions["progress"];
    readonly inputFormat?: CheckOptions["inputFormat"];
    readonly explain?: CheckOptions["explain"];
  },
): Promise<SourceCheck> {
  const { store, inputFormat } = options;
  const opened = await openSource(path, options.progress, inputFormat);
  const pointers = new PointerTable();
  const strings = new StringTable();
  store?.beginSource(strings, pointers, options.queueBase);
  const check = new Check(options.rules);
  const gaps: GapReport[] = [];
  let gapsMore = 0;
  const replay: Replay = new Replay({
    observe:
      store === undefined
        ? (observation) => check.observe(observation)
        : (observation) => {
            check.observe(observation);
            keep(store, observation);
          },
    gap: ({ queue, from, to, reason }) => {
      if (gaps.length < GAPS_MAX) gaps.push({ queue: queue.id, from, to, reason });
      else gapsMore++;
    },
    pointerText: (pointer) => pointers.text(pointer),
    idSuffix: options.idSuffix,
    endUnknown: options.endUnknown ?? (opened.dat && droppedText(opened.dat)),
    clock: () => reader?.clock,
  });
  let reader: TraceSource | undefined;
  const common = {
    strings,
    pointers,
    firstSeq: options.nextSeq,
    keepAll: store !== undefined,
    emit: (batch: EventBatch) => {
      replay.step(batch);
      options.dumps.scan(batch);
      if (store !== undefined) return store.append(batch);
      batch.clear();
      return batch;
    },
  };
  const whole =
    opened.dat === undefined
      ? openReader(path, opened.head, {
          ...common,
          map: options.map,
          log: options.log,
          inputFormat,
        })
      : new TraceDatReader({ ...common, ...opened.dat, ...(options.map && { map: options.map }) });
  reader = whole;
  await readExplained(opened, whole, options);
  const { clock } = reader;
  replay.end((span) => (clock === undefined ? "" : durationText(clock, span)));
  numberEqualQueues(replay.queues);
  const lastSeq = Math.max(options.nextSeq, reader.nextSeq - 1);
  options.dumps.finish(replay.queues, lastSeq, (observation) => check.observe(observation));
  addLimits(reader, replay, gapsMore);
  if (options.log === undefined && reader instanceof QemuReader) addMessages(reader);
  const source: SourceReport = {
    path,
    format: reader.format,
    clock,
    firstSeq: options.nextSeq,
    ledger: reader.ledger,
    diagnostics: reader.diagnostics.entries(),
  };
  return {
    source,
    queues: replay.queues.map((queue) => queueReport(queue, source, pointers)),
    findings: check.findings().map((finding) => ({ ...finding, source })),
    coverage: check.coverage(),
    gaps,
    exchanges: replay.exchanges,
    featuresExercised: replay.queues.flatMap((queue) => [...queue.exercised]),
    nextSeq: reader.nextSeq,
  };
}

/** Reads all of a source, and tells whoever asks how that went, however it ends. */
async function readExplained(
  opened: OpenSource,
  reader: TraceReader | TraceDatReader,
  { explain, inputFormat, store }: Pick<CheckOptions, "explain" | "inputFormat" | "store">,
): Promise<void> {
  const told = explain?.source(opened.path, opened.head, inputFormat);
  const chunks = told?.watch(opened.chunks, reader.diagnostics) ?? opened.chunks;
  try {
    await readAll({ ...opened, chunks }, reader, store, inputFormat);
  } finally {
    told?.finish(reader);
  }
}

/** A source is read by what it holds, not by its name, unless somebody chose its reader. */
function openReader(
  path: string,
  head: Uint8Array,
  options: {
    readonly strings: StringTable;
    readonly pointers: PointerTable;
    readonly firstSeq: number;
    readonly keepAll: boolean;
    readonly emit: (batch: EventBatch) => EventBatch;
    readonly map: ProbeMap | undefined;
    readonly log: LogMember | undefined;
    readonly inputFormat: ChosenReader | undefined;
  },
): TraceReader {
  const { map, log, inputFormat, ...common } = options;
  const probes = map === undefined ? {} : { map };
  switch (inputFormat?.reader ?? readerByContent(head, log)) {
    case "ringlog":
      return new RinglogReader(common);
    case "simpletrace": {
      const names = simpleTraceNames(path, head);
      return new SimpleTraceReader(head, names, { ...common, diagnostics: log?.diagnostics });
    }
    case "qemu-log":
      return new QemuReader({ ...common, diagnostics: log?.diagnostics });
    case "bpftrace-json":
      return new BpftraceJsonReader({ ...common, ...probes });
    default: {
      const { only, tracer = "" } = inputFormat ?? {};
      return new FtraceReader({ ...common, ...probes, only, tracer });
    }
  }
}

function readerByContent(head: Uint8Array, log: LogMember | undefined): ReaderName {
  if (isRinglog(head)) return "ringlog";
  if (simpleTraceHeader(head) !== undefined) return "simpletrace";
  if (log !== undefined || holdsTraceEvents(new TextDecoder("latin1").decode(head)))
    return "qemu-log";
  return isBpftraceJson(head) ? "bpftrace-json" : "text";
}

/** What QEMU said in a log that was read from a pipe, with no dump at hand to show why. */
function addMessages(reader: QemuReader): void {
  for (const { line, text } of reader.messages) {
    reader.diagnostics.add("device-message", line, 0, `nothing from QEMU: "${text}"`);
  }
}

/** The Observations that have a table of their own. */
function keep(store: CaseStore, seen: Observation): void {
  if (seen.kind === "request.ended") {
    // Field by field: there is one for each buffer, and a copy of the whole costs more.
    const { token, added, kicked, returned, interrupted, noticed, end: state, certain } = seen;
    const { number: queue } = seen.queue;
    store.request({ queue, token, added, kicked, returned, interrupted, noticed, state, certain });
  } else if (seen.kind === "element.ended") {
    store.element({ ...seen, queue: seen.queue.number, state: seen.end });
  } else if (seen.kind === "kick.decided") {
    store.decision({
      queue: seen.queue.number,
      place: seen.place,
      old: seen.old,
      next: seen.next,
      flags: seen.flags,
      word: seen.word,
      wanted: seen.wanted,
      by: seen.by,
      needsKick: seen.needsKick,
      outcome: seen.undecided !== undefined ? "undecided" : seen.missed ? "missed" : "held",
      reason: seen.undecided,
    });
  }
}

/** Queues that nothing but an address tells apart are numbered in order of appearance. */
function numberEqualQueues(queues: readonly QueueEntry[]): void {
  const seen = new Map<string, number>();
  for (const queue of queues) {
    const key = [queue.name, queue.index, queue.layout, queue.size].join("\n");
    queue.ordinal = seen.get(key) ?? 0;
    seen.set(key, queue.ordinal + 1);
  }
}

function addLimits(reader: TraceSource, replay: Replay, gapsMore: number): void {
  const { diagnostics } = reader;
  if (replay.begins >= BEGINS_MIN && replay.returns === 0) {
    const expected = "returns of calls (..._ret events): without them no call has an outcome";
    diagnostics.add("returns-missing", 0, 0, expected, replay.begins);
  }
  if (replay.overLimit !== undefined) {
    const { first, count } = replay.overLimit;
    const expected = "no more queues than a machine has";
    diagnostics.add("queues-over-limit", first.line, 0, expected, count);
  }
  if (gapsMore > 0) {
    diagnostics.add("gaps-over-limit", 0, 0, `at most ${GAPS_MAX} gaps are listed`, gapsMore);
  }
}

function queueReport(queue: QueueEntry, source: SourceReport, pointers: PointerTable): QueueReport {
  return {
    id: queue.id,
    pointer: pointers.exact(queue.pointer),
    generation: queue.generation,
    ordinal: queue.ordinal,
    name: queue.name,
    device: queue.device,
    index: queue.index,
    layout: queue.layout,
    size: queue.size,
    features: queue.features,
    events: queue.events,
    decisions: queue.kicks.count,
    kicks: queue.kicks.sent,
    requests: queue.requests,
    interrupts: queue.interrupts,
    source,
  };
}
