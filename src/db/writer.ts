import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import Database, { type Statement } from "better-sqlite3";
import { EventBatch, type StringTable } from "../model/batch.ts";
import type { CheckReport, SourceReport } from "../model/check-report.ts";
import { EVENT_KINDS, FIELD, KIND, LEVEL, PHASES } from "../model/event.ts";
import { hasEvent, type Place } from "../model/finding.ts";
import { PointerTable } from "../model/pointer.ts";
import { UserError } from "../model/user-error.ts";
import { CaseSummary } from "./case-summary.ts";
import { type Column, integerColumn, pointerColumn } from "./codec.ts";
import { EventBlocks } from "./event-blocks.ts";
import { FieldsJson, TYPED_CODES } from "./fields-json.ts";
import { IndexPages } from "./index-pages.ts";
import { Inserter, marks } from "./inserter.ts";
import { KeyedRows } from "./keyed-rows.ts";
import { migrate } from "./migrate.ts";
import { EVENT_INDEX, INDEXES } from "./migrations/0001-initial.ts";
import { PageFile } from "./page-file.ts";
import { TablePages } from "./table-pages.ts";

/** What takes in a case while it is made. The file gets its name in `finish`, whole. */
export interface CaseStore {
  /** A new source begins: its strings, pointers and queues are numbered from 0 again. */
  beginSource(strings: StringTable, pointers: PointerTable, queueBase: number): void;
  /** Takes in the events of a batch; answers with an empty batch to go on with. */
  append(batch: EventBatch): EventBatch;
  request(request: RequestRow): void;
  element(element: ElementRow): void;
  decision(decision: DecisionRow): void;
  /** Resolves when more may be given. */
  ready(): Promise<void>;
  /** Writes what is known only at the end, and gives the file its name. */
  finish(report: CheckReport): Promise<void>;
  /** Leaves nothing behind. */
  abandon(): void | Promise<void>;
}

const LEVELS = Object.keys(LEVEL);
const PAGE_BYTES = 32_768;

/** A buffer's way through the trace; see the table `request`. */
export interface RequestRow {
  readonly queue: number;
  readonly token: number;
  readonly added: Place;
  readonly kicked: Place | undefined;
  readonly returned: Place | undefined;
  /** Of one that came back unseen: what showed it. */
  readonly noticed: Place | undefined;
  readonly interrupted: Place | undefined;
  readonly state: "returned" | "detached" | "outstanding" | "unseen";
  readonly certain: boolean;
}

/** A buffer's way through its device, as the device's log has it; see the table `element`. */
export interface ElementRow {
  readonly queue: number;
  readonly element: number;
  readonly popped: Place;
  readonly filled: Place | undefined;
  readonly flushed: Place | undefined;
  readonly interrupted: Place | undefined;
  readonly state: "used" | "held" | "reset" | "unseen";
  readonly certain: boolean;
}

/** A kick decision; see the table `decision`. Negative numbers stand for what is not known. */
export interface DecisionRow {
  readonly queue: number;
  readonly place: Place;
  readonly old: number;
  readonly next: number;
  readonly flags: number;
  readonly word: number;
  readonly wanted: boolean | undefined;
  readonly by: "flags" | "event" | undefined;
  readonly needsKick: boolean | undefined;
  readonly outcome: "held" | "missed" | "undecided";
  readonly reason: string | undefined;
}

/**
 * Writes one case file: aside, then renamed, so that its name only ever stands for a whole one.
 * Events and what else comes by the million are written as pages, which only the end of a file allows: all
 * other rows wait in a database without a name, which SQLite keeps in memory while it is small.
 */
export class CaseWriter implements CaseStore {
  readonly #path: string;
  readonly #aside: string;
  readonly #db: Database.Database;
  readonly #pages: PageFile;
  readonly #events: TablePages;
  readonly #byQueue: IndexPages;
  readonly #blocks: EventBlocks;
  readonly #requests: KeyedRows;
  readonly #elements: KeyedRows;
  readonly #decisions: KeyedRows;
  readonly #names: Inserter;
  readonly #contexts: Statement;
  readonly #summary: CaseSummary;
  #pointers = new PointerTable();
  #json = new FieldsJson(this.#pointers);
  #queueBase = 0;
  #sourceNames = new Map<number, number>();
  #sourceCalls = new Map<number, number>();
  #sourceContexts = new Map<number, Map<number, number>>();
  #contextCount = 0;
  #nameCount = 0;
  #callCount = 0;

  /**
   * Call {@link claimCase} first.
   *
   * @throws UserError when the file cannot be made.
   */
  constructor(path: string) {
    this.#path = path;
    this.#aside = asidePath(path);
    this.#db = new Database("");
    try {
      unjournaled(this.#db);
      migrate(this.#db);
      this.#db.exec("BEGIN");
      const root = this.#guard(() => emptyCase(this.#aside));
      const pages = this.#guard(() => new PageFile(this.#aside));
      const rows = (table: string, columns: number): KeyedRows =>
        new KeyedRows(pages, root(table), this.#db, table, columns);
      this.#pages = pages;
      this.#events = new TablePages(pages, root("event"), 21);
      this.#byQueue = new IndexPages(pages, root("event_by_queue"));
      this.#requests = rows("request", 12);
      this.#elements = rows("element", 12);
      this.#decisions = rows("decision", 11);
    } catch (error) {
      this.#db.close();
      removeWithJournal(this.#aside);
      throw error;
    }
    this.#blocks = new EventBlocks(this.#db);
    this.#names = new Inserter(this.#db, "name", 2);
    this.#contexts = this.#db.prepare("INSERT INTO context VALUES (?, ?, ?, ?)");
    this.#summary = new CaseSummary(this.#db);
  }

  beginSource(_strings: StringTable, pointers: PointerTable, queueBase: number): void {
    this.#guard(() => this.#blocks.beginSource());
    this.#pointers = pointers;
    this.#json = new FieldsJson(pointers);
    this.#queueBase = queueBase;
    this.#sourceNames = new Map();
    this.#sourceCalls = new Map();
    this.#sourceContexts = new Map();
    this.#guard(() => this.#summary.beginSource(queueBase));
  }

  append(batch: EventBatch): EventBatch {
    this.#guard(() => {
      for (let row = 0; row < batch.length; row++) {
        if (batch.kind[row] !== KIND.lost) this.#event(batch, row);
      }
      this.#summary.batch(batch);
    });
    batch.clear();
    return batch;
  }

  ready(): Promise<void> {
    return Promise.resolve();
  }

  request(request: RequestRow): void {
    this.#guard(() => {
      this.#requests.row(
        request.added.seq,
        this.#queueBase + request.queue,
        pointerColumn(request.token, this.#pointers),
        integerColumn(request.added.time),
        request.kicked?.seq ?? null,
        timeColumn(request.kicked),
        request.returned?.seq ?? null,
        timeColumn(request.returned),
        request.state,
        request.certain ? 1 : 0,
        request.interrupted?.seq ?? null,
        timeColumn(request.interrupted),
      );
      const { queue, added, returned, noticed } = request;
      this.#summary.request(queue, added.seq, returned?.seq, noticed?.seq);
    });
  }

  element(element: ElementRow): void {
    this.#guard(() => {
      this.#elements.row(
        element.popped.seq,
        this.#queueBase + element.queue,
        pointerColumn(element.element, this.#pointers),
        integerColumn(element.popped.time),
        element.filled?.seq ?? null,
        timeColumn(element.filled),
        element.flushed?.seq ?? null,
        timeColumn(element.flushed),
        element.interrupted?.seq ?? null,
        timeColumn(element.interrupted),
        element.state,
        element.certain ? 1 : 0,
      );
    });
  }

  decision(decision: DecisionRow): void {
    const known = (value: number): number | null => (value >= 0 ? value : null);
    const flag = (value: boolean | undefined): number | null =>
      value === undefined ? null : Number(value);
    this.#guard(() => {
      this.#decisions.row(
        decision.place.seq,
        this.#queueBase + decision.queue,
        known(decision.old),
        known(decision.next),
        known(decision.flags),
        known(decision.word),
        flag(decision.wanted),
        decision.by ?? null,
        flag(decision.needsKick),
        decision.outcome,
        decision.reason ?? null,
      );
      this.#summary.decision(decision.queue, decision.needsKick);
    });
  }

  async finish(report: CheckReport): Promise<void> {
    this.#guard(() => {
      for (const rows of [this.#requests, this.#elements, this.#decisions]) rows.finish();
      this.#names.flush();
      this.#blocks.end();
      this.#report(report);
      this.#summary.finish(report);
      this.#db.exec("COMMIT");
      this.#events.finish();
      this.#byQueue.finish();
      this.#pages.finish();
      this.#copyTo(this.#aside);
      this.#db.close();
      makeIndexes(this.#aside);
      syncFile(this.#aside);
      renameSync(this.#aside, this.#path);
    });
  }

  abandon(): void {
    this.#pages.close();
    this.#db.close();
    removeWithJournal(this.#aside);
  }

  /** All rows but the events, to the file that holds those. */
  #copyTo(path: string): void {
    const db = this.#db;
    db.prepare("ATTACH ? AS whole").run(path);
    unjournaled(db, "whole.");
    db.exec("BEGIN");
    const tables = db
      .prepare("SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name != 'event'")
      .pluck()
      .all();
    for (const table of tables) {
      db.exec(`INSERT INTO whole."${table}" SELECT * FROM main."${table}"`);
    }
    db.exec("COMMIT");
  }

  #event(batch: EventBatch, row: number): void {
    const fields = batch.values;
    const base = row * EventBatch.FIELD_COUNT;
    const { record } = this.#events;
    const blocks = this.#blocks;
    const seq = batch.seq[row] as number;
    const own = batch.queue[row] as number;
    const queue = own < 0 ? -1 : this.#queueBase + own;
    const time = batch.time[row] as number;
    const context = this.#contextId(batch, row);
    const call = this.#callId(batch, row);
    blocks.event(seq, time, call, context);
    if (queue >= 0) blocks.queue(queue);
    record.integer(batch.line[row] as number);
    record.integer(batch.offset[row] as number);
    record.integer(batch.bytes[row] as number);
    record.integer(time);
    record.integer(context);
    record.integer(call);
    record.integer(queue < 0 ? Number.NaN : queue);
    const token = fields[base + FIELD.token] as number;
    if (Number.isNaN(token) || Number.isInteger(token)) record.integer(token);
    else record.wide(this.#pointers.exact(token));
    record.integer(this.#returned(batch, base));
    record.text(this.#json.of(batch, row));
    for (let i = 0; i < TYPED_CODES.length; i++) {
      record.integer(fields[base + (TYPED_CODES[i] as number)] as number);
    }
    this.#events.row(seq);
    this.#byQueue.row(queue, seq);
  }

  #returned({ values }: EventBatch, base: number): number {
    const result = values[base + FIELD.result] as number;
    return Number.isNaN(result) ? (values[base + FIELD.needsKick] as number) : result;
  }

  #nameId(batch: EventBatch, id: number): number | null {
    if (id < 0) return null;
    let known = this.#sourceNames.get(id);
    if (known === undefined) {
      known = this.#nameCount++;
      this.#sourceNames.set(id, known);
      this.#names.row(known, batch.strings.text(id));
    }
    return known;
  }

  /** Who ran where: a few of them make all the events. */
  #contextId(batch: EventBatch, row: number): number {
    const cpu = batch.cpu[row] as number;
    const pid = batch.pid[row] as number;
    const task = batch.task[row] as number;
    // Up to 31 bits of pid, 20 of CPU: together they fill what a number holds.
    const key = pid * 0x10_0000 + cpu;
    let tasks = this.#sourceContexts.get(key);
    if (tasks === undefined) {
      tasks = new Map();
      this.#sourceContexts.set(key, tasks);
    }
    let known = tasks.get(task);
    if (known === undefined) {
      known = this.#contextCount++;
      tasks.set(task, known);
      this.#contexts.run(known, cpu, pid, this.#nameId(batch, task));
    }
    return known;
  }

  /** Kind, phase, level, function and caller come together a few hundred times in a million. */
  #callId(batch: EventBatch, row: number): number {
    const kind = batch.kind[row] as number;
    const phase = batch.phase[row] as number;
    const level = batch.level[row] as number;
    const func = batch.func[row] as number;
    const caller = batch.caller[row] as number;
    const key = (((caller + 1) * 65_537 + func + 1) * 3 + phase) * 256 + kind * 8 + level;
    let known = this.#sourceCalls.get(key);
    if (known === undefined) {
      known = this.#callCount++;
      this.#sourceCalls.set(key, known);
      this.#db
        .prepare("INSERT INTO call VALUES (?, ?, ?, ?, ?, ?)")
        .run(
          known,
          EVENT_KINDS[kind],
          PHASES[phase],
          LEVELS[level],
          batch.strings.text(func),
          caller < 0 ? null : batch.strings.text(caller),
        );
    }
    return known;
  }

  #report(report: CheckReport): void {
    const db = this.#db;
    const info = db.prepare("INSERT INTO case_info VALUES (?, ?)");
    info.run("verdict", report.verdict);
    info.run("exchanges", String(report.exchanges));
    const { spec, leftOut, notBinding } = report.selection;
    info.run("spec", spec);
    info.run("not_run", JSON.stringify({ leftOut, notBinding }));
    const waived = report.waived.map(({ finding, waiver }) => ({
      fingerprint: finding.fingerprint,
      reason: waiver.reason,
    }));
    const known = report.known.map(({ fingerprint }) => fingerprint);
    info.run("accepted", JSON.stringify({ waived, known }));
    const sourceIds = new Map(report.sources.map((source, id) => [source, id] as const));
    const queueIds = new Map(report.queues.map((queue, id) => [queue.id, id] as const));
    const queueId = (key: string): number => queueIds.get(key) as number;
    const source = db.prepare(`INSERT INTO source VALUES (${marks(13)})`);
    const diagnostic = db.prepare(`INSERT INTO diagnostic VALUES (NULL, ${marks(6)})`);
    for (const [one, id] of sourceIds) {
      const { ledger, clock } = one;
      const base =
        clock === undefined ? null : BigInt(clock.major) * 1_000_000_000n + BigInt(clock.minor);
      source.run(
        id,
        one.path,
        one.format,
        clock?.unit ?? null,
        base,
        one.firstSeq,
        one.firstSeq + ledger.events,
        ledger.lines,
        ledger.events,
        ledger.notes,
        ledger.rejected,
        ledger.lostEvents,
        ledger.lostMarks,
      );
      for (const { code, line, offset, expected, count } of one.diagnostics) {
        diagnostic.run(id, code, line, offset, expected, count);
      }
    }
    const queue = db.prepare(`INSERT INTO queue VALUES (${marks(12)})`);
    for (const [id, one] of report.queues.entries()) {
      queue.run(
        id,
        sourceIds.get(one.source),
        one.id,
        one.pointer,
        one.generation,
        one.name ?? null,
        one.index ?? null,
        one.device ?? null,
        one.layout ?? null,
        one.size ?? null,
        one.features === null ? null : JSON.stringify(one.features),
        one.ordinal,
      );
    }
    insertFindings(db, report.findings, queueIds, 0);
    this.#snapshots(report, sourceIds, queueId);
    const coverage = db.prepare(`INSERT INTO coverage VALUES (${marks(5)})`);
    const reason = db.prepare(`INSERT INTO coverage_reason VALUES (${marks(4)})`);
    const open = db.prepare(`INSERT INTO open_point VALUES (${marks(4)})`);
    for (const row of report.coverage) {
      const id = queueId(row.queue);
      coverage.run(row.rule, id, row.satisfied, row.violated, row.undecided);
      for (const [text, count] of row.reasons) reason.run(row.rule, id, text, count);
      for (const [point, count] of row.openPoints) open.run(row.rule, id, point, count);
    }
    const gap = db.prepare(`INSERT INTO gap VALUES (NULL, ${marks(4)})`);
    for (const { queue: key, from, to, reason: text } of report.gaps) {
      gap.run(queueId(key), from.seq, to.seq, text);
    }
    const exercised = db.prepare("INSERT INTO exercised VALUES (?)");
    for (const feature of report.featuresExercised) exercised.run(feature);
  }

  #snapshots(
    report: CheckReport,
    sourceIds: ReadonlyMap<SourceReport, number>,
    queueId: (key: string) => number,
  ): void {
    const snapshot = this.#db.prepare(`INSERT INTO snapshot VALUES (${marks(19)})`);
    const slots = new Inserter(this.#db, "slot", 9);
    for (const [id, { name, source, queue, place, dump }] of report.snapshots.entries()) {
      const { driverPosition, devicePosition, events } = dump;
      snapshot.run(
        id,
        sourceIds.get(source),
        queueId(queue),
        place?.seq ?? null,
        name,
        dump.layout,
        dump.size,
        dump.features === null ? null : JSON.stringify(dump.features),
        driverPosition?.slot ?? null,
        driverPosition?.wrap ?? null,
        devicePosition?.slot ?? null,
        devicePosition?.wrap ?? null,
        dump.availIdx,
        dump.usedIdx,
        dump.inFlight.length,
        dump.certainty,
        events.driver === null ? null : JSON.stringify(events.driver),
        events.device === null ? null : JSON.stringify(events.device),
        JSON.stringify(dump.unknown),
      );
      for (const one of dump.slots) {
        const { slot, state, len, flags, buffer } = one;
        const addr = BigInt.asIntN(64, one.addr);
        slots.row(id, slot, state, one.id, one.next, addr, len, flags, buffer);
      }
    }
    slots.flush();
  }

  /** Whatever goes wrong with the file is one message for the user. */
  #guard<T>(write: () => T): T {
    try {
      return write();
    } catch (error) {
      throw writeError(this.#path, error);
    }
  }
}

/** Until it is whole nobody reads a file: no journal, no waiting for the disk. */
function unjournaled(db: Database.Database, schema = ""): void {
  db.pragma(`${schema}journal_mode = OFF`);
  db.pragma(`${schema}synchronous = OFF`);
  // Rows come in the order of the trace, references point ahead; tests check them all.
  db.pragma("foreign_keys = OFF");
  db.pragma(`${schema}page_size = ${PAGE_BYTES}`);
  db.pragma(`${schema}cache_size = -32768`);
  db.pragma("temp_store = MEMORY");
}

/** Makes a case without a row, and answers with the root page of each table and index in it. */
function emptyCase(path: string): (name: string) => number {
  const db = new Database(path);
  try {
    unjournaled(db);
    migrate(db);
    db.exec(EVENT_INDEX);
    const rows = db.prepare("SELECT name, rootpage FROM sqlite_schema").raw().all();
    const roots = new Map(rows as [string, number][]);
    return (name) => roots.get(name) as number;
  } finally {
    db.close();
  }
}

function makeIndexes(path: string): void {
  const db = new Database(path);
  try {
    unjournaled(db);
    db.exec(`BEGIN; ${INDEXES} COMMIT`);
  } finally {
    db.close();
  }
}

/** `firstId`: number of findings that are there already. */
export function insertFindings(
  db: Database.Database,
  findings: CheckReport["findings"],
  queueIds: ReadonlyMap<string, number>,
  firstId: number,
): void {
  const finding = db.prepare(`INSERT INTO finding VALUES (${marks(13)})`);
  const evidence = db.prepare(`INSERT INTO finding_evidence VALUES (${marks(5)})`);
  const effect = db.prepare(`INSERT INTO finding_effect VALUES (${marks(4)})`);
  for (const [number, one] of findings.entries()) {
    const id = firstId + number;
    finding.run(
      id,
      one.rule,
      one.class,
      one.severity,
      one.party,
      queueIds.get(one.queue) ?? null,
      eventColumn(one.place),
      one.message,
      one.clause,
      JSON.stringify(one.covers),
      one.fingerprint,
      one.expected,
      one.found,
    );
    for (const [place, { role, place: at, what }] of one.evidence.entries()) {
      evidence.run(id, place, role, at.seq, what);
    }
    for (const [place, { message, place: at }] of one.effects.entries()) {
      effect.run(id, place, eventColumn(at), message);
    }
  }
}

/** When something happened; NULL for what was not seen. */
function timeColumn(place: Place | undefined): Column {
  return place === undefined ? null : integerColumn(place.time);
}

/** A dump has no event. */
function eventColumn(place: Place): number | null {
  return hasEvent(place) ? place.seq : null;
}

/** Where a case is made until it is whole. */
function asidePath(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}.part`);
}

/**
 * Makes sure that a case may be written to a path, and clears what killed imports left there.
 *
 * @throws UserError when something else is there and `force` is not set.
 */
export function claimCase(path: string, options: { readonly force: boolean }): void {
  const existing = statSync(path, { throwIfNoEntry: false });
  if (existing?.isDirectory()) throw new UserError("output-directory", `${path} is a directory`);
  // A case replaces what bears its name: never a device, a pipe or a socket.
  if (existing !== undefined && !existing.isFile()) {
    throw new UserError("output-special", `${path} is no regular file`);
  }
  // An empty file holds nothing to lose: `mktemp` makes one.
  if (existing !== undefined && existing.size > 0 && !options.force) {
    throw new UserError("output-exists", `${path} exists`, "--force replaces it");
  }
  if (statSync(dirname(path), { throwIfNoEntry: false }) === undefined) {
    throw new UserError("output-unwritable", `cannot write ${path}: the folder does not exist`);
  }
  removeAbandoned(path);
}

/** Removes what a writer in another thread had begun. */
export function removeAside(path: string): void {
  removeWithJournal(asidePath(path));
}

const WRITE_ERRORS: Readonly<Record<string, string>> = {
  SQLITE_FULL: "the disk is full",
  SQLITE_CANTOPEN: "the folder does not exist or may not be written",
  SQLITE_READONLY: "the folder may not be written",
  ENOSPC: "the disk is full",
  EACCES: "permission denied",
};

function writeError(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || !("code" in error) || error instanceof UserError) return error;
  const code = String(error.code);
  const isIo = code.startsWith("SQLITE_IOERR");
  if (!isIo && WRITE_ERRORS[code] === undefined && !/^E[A-Z]+$/.test(code)) return error;
  const reason =
    WRITE_ERRORS[code] ?? (isIo ? "writing failed; the disk may be full" : error.message);
  return new UserError("output-unwritable", `cannot write ${path}: ${reason}`);
}

function syncFile(path: string): void {
  const handle = openSync(path, "r+");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function removeWithJournal(path: string): void {
  for (const suffix of ["", "-journal", "-wal", "-shm"]) rmSync(path + suffix, { force: true });
}

/** Files that a killed import of the same name left aside; those of a live process stay. */
function removeAbandoned(path: string): void {
  const prefix = `.${basename(path)}.`;
  let names: string[];
  try {
    names = readdirSync(dirname(path));
  } catch {
    // The folder is missing or unreadable: making the file will say so.
    return;
  }
  for (const name of names) {
    const pid = name.startsWith(prefix)
      ? /^(\d+)\.part$/.exec(name.slice(prefix.length))?.[1]
      : undefined;
    if (pid !== undefined && !isAlive(Number(pid))) removeWithJournal(join(dirname(path), name));
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
