import { existsSync, writeFileSync } from "node:fs";
import { type CaseView, type SourceFacts, sourceAt } from "../db/case-view.ts";
import { type FilterSql, filterSql } from "../db/filter-sql.ts";
import type { Leg } from "../db/queries.ts";
import type { CaseReader } from "../db/reader.ts";
import { pageQuery, pageValues, requestQueries } from "../db/screen-queries.ts";
import type { FilterError } from "../model/filter.ts";
import type { RingPicture } from "../model/ring-picture.ts";
import { UserError } from "../model/user-error.ts";
import { originalLine } from "../pipeline/original-line.ts";
import { eventLines } from "../report/event-lines.ts";
import { jsonNames, rowsCsv, rowsJson } from "../report/rows.ts";
import { commandChoices, queryChoices } from "./choices.ts";
import { textOf } from "./line.ts";
import type { Cmd, Msg, RingStep } from "./messages.ts";
import type { Mark, RequestsData, Table } from "./model.ts";
import { pageOf, searched } from "./pages.ts";
import { eventName, fields } from "./rows/events.ts";
import { typedTime } from "./times.ts";

/** Progress is told as often as one reads it. */
const TOLD_MS = 150;
/** Rows of an answer of the console. */
const ANSWER_ROWS = 1000;

/** What a terminal can do beside showing lines. */
export interface Terminal {
  /** Puts text on the clipboard, wherever the terminal runs. */
  copy(text: string): void;
  suspend(): void;
  redraw(): void;
  quit(): void;
}

/** What is kept in the case; its absence is told once. */
export interface Notes {
  mark(mark: Mark): void;
  waive(fingerprint: string, rule: string, reason: string): void;
  state(key: string, value: string): void;
}

/** Rings of a case at any of its events. */
export interface Rings {
  at(queue: number, seq: number): RingPicture | undefined;
  next(queue: number, seq: number, step: RingStep, direction: 1 | -1): number | undefined;
}

/** Asks the case where nobody waits for the answer: at most so many rows, each by the names of `jsonNames`. */
export type Ask = (
  sql: string,
  most: number,
  signal: AbortSignal,
) => Promise<readonly Readonly<Record<string, unknown>>[]>;

export interface Parts {
  readonly ask: Ask;
  readonly reader: CaseReader;
  readonly view: CaseView;
  readonly sources: readonly SourceFacts[];
  readonly queueIds: readonly number[];
  readonly queueKeys: ReadonlyMap<number, string>;
  readonly rings: Rings;
  readonly notes: Notes;
  readonly terminal: Terminal;
  /** What is noted outlasts the session. */
  readonly kept: boolean;
  readonly waived: () => ReadonlyMap<string, string>;
  readonly history: () => readonly string[];
}

/** Does what `update` asks for. Whatever goes wrong with it is a message, never an exception. */
export class Commands {
  readonly #parts: Parts;
  readonly #dispatch: (msg: Msg) => void;
  /** Ends the work at hand, which may take long: a newer one does, and `esc`. */
  #work = new AbortController();
  readonly #filters = new Map<string, FilterSql>();

  constructor(parts: Parts, dispatch: (msg: Msg) => void) {
    this.#parts = parts;
    this.#dispatch = dispatch;
  }

  async run(cmd: Cmd): Promise<void> {
    try {
      await this.#do(cmd);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const help = error instanceof UserError && error.help !== undefined ? `; ${error.help}` : "";
      const bug = error instanceof UserError ? "" : "a bug in vringscope: ";
      this.#dispatch({ kind: "told", tone: "error", text: `${bug}${error.message}${help}` });
    }
  }

  async #do(cmd: Cmd): Promise<void> {
    const { view, notes, terminal } = this.#parts;
    switch (cmd.kind) {
      case "proof":
        this.#dispatch({ kind: "proofLoaded", id: cmd.id, ...view.proof(cmd.id) });
        return;
      case "page":
        return this.#page(cmd);
      case "search":
        return this.#search(cmd);
      case "checkFilter":
        return this.#checkFilter(cmd.text);
      case "detail":
        return this.#detail(cmd.seq);
      case "way":
        return this.#way(cmd.seq, cmd.direction);
      case "time":
        return this.#time(cmd.text, cmd.from);
      case "line":
        return this.#line(cmd.line, cmd.from);
      case "ring":
        return this.#ring(cmd.queue, cmd.seq);
      case "ringStep":
        return this.#ringStep(cmd);
      case "requests":
        return this.#requests(cmd.leg, cmd.queue);
      case "sql":
        return this.#sql(cmd.text);
      case "choices":
        return this.#choices(cmd);
      case "mark":
        return notes.mark(cmd.mark);
      case "waive":
        return this.#waive(cmd);
      case "state":
        return notes.state(cmd.key, cmd.value);
      case "copy":
        return this.#copy(cmd.text);
      case "save":
        return this.#save(cmd);
      case "cancel":
        this.#work.abort();
        return;
      case "redraw":
        return terminal.redraw();
      case "suspend":
        return terminal.suspend();
      case "quit":
        this.#work.abort();
        return terminal.quit();
      default:
        cmd satisfies never;
    }
  }

  /** A filter as SQL; undefined for none. */
  async #filter(text: string): Promise<FilterSql | undefined> {
    if (text.trim() === "") return undefined;
    const known = this.#filters.get(text);
    if (known !== undefined) return known;
    const parsed = await parse(text);
    if (parsed.kind === "error") {
      throw new UserError("filter-wrong", `filter: ${parsed.error.message}`, parsed.error.help);
    }
    const made = filterSql(parsed.filter);
    this.#filters.set(text, made);
    return made;
  }

  async #checkFilter(text: string): Promise<void> {
    const parsed = await parse(text);
    const wrong: FilterError | null = parsed.kind === "error" ? parsed.error : null;
    this.#dispatch({ kind: "filterChecked", text, wrong });
  }

  #begin(): AbortSignal {
    this.#work.abort();
    this.#work = new AbortController();
    return this.#work.signal;
  }

  async #page(cmd: Extract<Cmd, { kind: "page" }>): Promise<void> {
    const { view } = this.#parts;
    const ended = this.#begin();
    const filter = await this.#filter(cmd.filter);
    const { page, cursor } = await pageOf(
      view,
      cmd,
      filter,
      ended,
      this.#telling("filtering", ended),
    );
    if (ended.aborted) return;
    this.#dispatch({ kind: "pageLoaded", page, cursor, filter: cmd.filter });
  }

  /** Progress, told a few times a second. */
  #telling(what: string, ended: AbortSignal): (at: number) => void {
    const { endEvent } = this.#parts.view;
    let last = Date.now();
    return (at) => {
      if (Date.now() - last < TOLD_MS || ended.aborted) return;
      last = Date.now();
      const text = `${what}: at event ${at} of ${endEvent}`;
      this.#dispatch({ kind: "working", what: text });
    };
  }

  async #search(cmd: Extract<Cmd, { kind: "search" }>): Promise<void> {
    const ended = this.#begin();
    const filter = await this.#filter(cmd.filter);
    const pattern = patternOf(cmd.pattern);
    const seq = await searched(
      this.#parts.view,
      pattern,
      cmd,
      filter,
      (event) => `${eventName(event)} ${event.task ?? ""}-${event.pid} ${textOf(fields(event))}`,
      ended,
      this.#telling("searching", ended),
    );
    if (ended.aborted) return;
    const where = cmd.direction > 0 ? "after" : "before";
    const otherwise = `nothing ${where} this event fits ${cmd.pattern}`;
    this.#dispatch({ kind: "seqFound", seq, otherwise });
  }

  async #detail(seq: number): Promise<void> {
    const { view } = this.#parts;
    const fieldsOf = view.fieldsOf(seq);
    const place = view.placeOf(seq);
    const source = sourceAt(this.#parts.sources, seq);
    let original = "none: the source is binary";
    if (source !== undefined && place !== undefined && hasLines(source)) {
      try {
        original = await originalLine(source.path, place);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        original = `not to be had: ${error.message}`;
      }
    }
    this.#dispatch({ kind: "detailLoaded", detail: { seq, fields: fieldsOf, original } });
  }

  #way(seq: number, direction: 1 | -1): void {
    const way = [...new Set(this.#parts.view.wayOf(seq))].sort((a, b) => a - b);
    const next = direction > 0 ? way.find((one) => one > seq) : way.findLast((one) => one < seq);
    const otherwise =
      way.length === 0
        ? "this event belongs to no single buffer: an add and a get_buf do"
        : direction > 0
          ? "the buffer's way ends here, as far as the trace shows"
          : "the buffer's way begins here";
    this.#dispatch({ kind: "seqFound", seq: next, otherwise });
  }

  #line(line: number, from: number): void {
    const seq = this.#parts.view.seqAtLine(this.#sourceAt(from), line);
    const otherwise = `no event stands at L${line} or after it`;
    this.#dispatch({ kind: "seqFound", seq, otherwise });
  }

  #time(text: string, from: number): void {
    const { view } = this.#parts;
    const source = this.#sourceAt(from);
    const chosen = view.event(from)?.time ?? 0;
    const time = typedTime(text, source, chosen);
    if (time === undefined) {
      throw new UserError("time-wrong", `${text} is no time: 4.772717, +1.5ms or -20us are`);
    }
    const seq = view.seqAt(source, time);
    this.#dispatch({ kind: "seqFound", seq, otherwise: "the source has no event" });
  }

  #ring(queue: number | undefined, seq: number): void {
    const { rings, view, queueKeys, queueIds } = this.#parts;
    const chosen = queue ?? this.#queueOf(seq) ?? queueIds[0];
    if (chosen === undefined) {
      this.#dispatch({ kind: "ringMissing", queue, reason: "the case has no queue" });
      return;
    }
    const picture = rings.at(chosen, seq);
    if (picture === undefined) {
      const key = queueKeys.get(chosen) ?? "";
      const reason = `${key}: its layout and size are not known at this event, so there is nothing to draw; l goes on to its next event, } shows the next queue`;
      this.#dispatch({ kind: "ringMissing", queue: chosen, reason });
      return;
    }
    this.#dispatch({ kind: "ringLoaded", picture, event: view.event(picture.seq) });
  }

  /** The queue that an event is of. */
  #queueOf(seq: number): number | undefined {
    const key = this.#parts.view.event(seq)?.queue;
    const { queueKeys } = this.#parts;
    return [...queueKeys].find(([, one]) => one === key)?.[0];
  }

  #ringStep({ queue, seq, step, direction }: Extract<Cmd, { kind: "ringStep" }>): void {
    const next = this.#parts.rings.next(queue, seq, step, direction);
    if (next === undefined) {
      const what = { event: "event of this queue", change: "change of this ring", lap: "lap" }[
        step
      ];
      const text = `no ${what} ${direction > 0 ? "after" : "before"} this one`;
      this.#dispatch({ kind: "told", tone: "info", text });
      return;
    }
    this.#ring(queue, next);
  }

  /** Of a large case each of the questions takes a second: between them the screen takes keys. */
  async #requests(leg: Leg, queue: number | undefined): Promise<void> {
    const ended = this.#begin();
    if (this.#parts.view.endEvent > COUNTED_AT_ONCE) {
      this.#dispatch({ kind: "working", what: `counting buffers by ${leg}` });
    }
    const key = queue === undefined ? undefined : this.#parts.queueKeys.get(queue);
    const queries = requestQueries(leg, key !== undefined);
    const values = key === undefined ? [] : [key];
    const answers: Table[] = [];
    for (const { sql } of [queries.ends, queries.legs, queries.slowest, queries.histogram]) {
      await drawn();
      if (ended.aborted) return;
      answers.push(this.#table(sql, values, ANSWER_ROWS));
    }
    const [ends, legs, slowest, powers] = answers as [Table, Table, Table, Table];
    const histogram = powers.rows.map(([power, count]) => ({
      from: 2 ** Number(power),
      to: 2 ** (Number(power) + 1),
      count: Number(count),
    }));
    const data: RequestsData = { leg, queue, ends, legs, slowest, histogram };
    await drawn();
    if (ended.aborted) return;
    this.#dispatch({ kind: "requestsLoaded", data });
  }

  #table(
    sql: string,
    values: readonly (bigint | string)[],
    most: number,
  ): Table & { more: boolean } {
    const { columns, rows } = this.#parts.reader.query(sql, values);
    const shown: string[][] = [];
    let more = false;
    for (const row of rows) {
      if (shown.length === most) {
        more = true;
        break;
      }
      shown.push(row.map(cellText));
    }
    return { columns, rows: shown, more };
  }

  async #sql(text: string): Promise<void> {
    const ended = this.#begin();
    this.#dispatch({ kind: "working", what: "asking the case" });
    const query = text.replace(/;\s*$/, "");
    try {
      const columns = this.#parts.reader.columns(query);
      const found = await this.#parts.ask(query, ANSWER_ROWS + 1, ended);
      if (ended.aborted) return;
      const names = jsonNames(columns);
      const rows = found
        .slice(0, ANSWER_ROWS)
        .map((row) => names.map((name) => cellText(row[name])));
      const answer = { columns, rows, more: found.length > ANSWER_ROWS };
      this.#dispatch({ kind: "sqlAnswered", text, answer });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      if (ended.aborted) return;
      this.#dispatch({ kind: "sqlFailed", text, error: error.message });
    }
  }

  #choices({ prompt, text }: Extract<Cmd, { kind: "choices" }>): void {
    const choices =
      prompt === "command" ? commandChoices(text) : queryChoices(text, this.#parts.history());
    this.#dispatch({ kind: "choicesFound", text, choices });
  }

  #waive({ fingerprint, rule, reason }: Extract<Cmd, { kind: "waive" }>): void {
    this.#parts.notes.waive(fingerprint, rule, reason);
    const waived = new Map([...this.#parts.waived(), [fingerprint, reason]]);
    const lasts = this.#parts.kept ? "" : " for this session";
    this.#dispatch({ kind: "caseChanged", facts: { waived } });
    this.#dispatch({ kind: "told", tone: "info", text: `${rule} is waived${lasts}: ${reason}` });
  }

  #copy(text: string): void {
    if (text.trim() === "") {
      this.#dispatch({ kind: "told", tone: "info", text: "there is nothing to copy" });
      return;
    }
    this.#parts.terminal.copy(text);
    const lines = text.trimEnd().split("\n").length;
    const told = `copied ${lines === 1 ? "one line" : `${lines} lines`}, if the terminal takes OSC 52`;
    this.#dispatch({ kind: "told", tone: "info", text: told });
  }

  async #save({ path, what }: Extract<Cmd, { kind: "save" }>): Promise<void> {
    if (existsSync(path)) throw new UserError("output-exists", `${path} exists: give another name`);
    const text = await this.#saved(path, what);
    try {
      writeFileSync(path, text, { flag: "wx" });
    } catch (error) {
      throw new UserError("output-unwritable", `cannot write ${path}: ${(error as Error).message}`);
    }
    this.#dispatch({
      kind: "told",
      tone: "info",
      text: `saved ${path}, ${text.length} characters`,
    });
  }

  async #saved(path: string, what: Extract<Cmd, { kind: "save" }>["what"]): Promise<string> {
    if (what.kind === "text") return what.text;
    const print = /\.csv$/i.test(path) ? rowsCsv : /\.jsonl?$/i.test(path) ? rowsJson : eventLines;
    if (what.kind === "sql") {
      const { columns, rows } = this.#parts.reader.query(what.sql, what.parameters);
      return [...print(columns, rows)].join("");
    }
    const filter = await this.#filter(what.filter);
    const sql = pageQuery(filter, true, SAVED_EVENTS_MAX);
    const values = pageValues(filter, -1, this.#parts.view.endEvent);
    const { columns, rows } = this.#parts.reader.query(sql, values);
    return [...print(columns, rows)].join("");
  }

  /** The source of the chosen event; keys that ask for it do nothing in a case without events. */
  #sourceAt(seq: number): SourceFacts {
    const { sources } = this.#parts;
    const source = sourceAt(sources, seq) ?? sources[0];
    if (source === undefined) throw new UserError("no-events", "the case has no event");
    return source;
  }
}

function cellText(cell: unknown): string {
  return cell === null || cell === undefined ? "-" : String(cell);
}

/** Of a case with no more events a count is there before anybody could read that it is made. */
const COUNTED_AT_ONCE = 20_000;

/** Lets the screen be drawn, and take keys, before what may last. */
function drawn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** More events than anybody mails; `vringscope events --limit all` has no limit. */
const SAVED_EVENTS_MAX = 100_000;

/** The filter's grammar is loaded when somebody filters: it would cost every start. */
async function parse(text: string) {
  const { parseFilter } = await import("../parser/filter/filter.ts");
  return parseFilter(text);
}

/** A pattern as it is typed: a regular expression, or else the text itself; small letters fit both. */
function patternOf(text: string): RegExp {
  const flags = text === text.toLowerCase() ? "i" : "";
  try {
    return new RegExp(text, flags);
  } catch {
    return new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), flags);
  }
}

/** Binary sources have no lines to show. */
function hasLines({ format }: SourceFacts): boolean {
  return format !== "trace.dat" && !format.startsWith("simpletrace");
}
