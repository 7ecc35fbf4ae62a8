import { EventBatch, type StringTable } from "../../model/batch.ts";
import { emptyLedger, type Ledger } from "../../model/check-report.ts";
import { DiagnosticLog } from "../../model/diagnostic.ts";
import {
  type EventKind,
  FIELD,
  type FieldName,
  isLifeKind,
  KIND,
  LAYOUT_PACKED,
  LAYOUT_SPLIT,
  LAYOUT_UNKNOWN,
  LEVEL,
  PHASE_BEGIN,
  PHASE_WHOLE,
  STOPPED_BROKEN,
  USED_IN_BATCH,
} from "../../model/event.ts";
import { OperationLog, type RingSetup } from "../../model/memory.ts";
import type { ClockBase } from "../../model/time.ts";
import { textOf } from "../bytes.ts";
import { LineSplitter, type LineTarget } from "../line-splitter.ts";
import type { TraceReader } from "../trace-reader.ts";
import {
  isObject,
  type Json,
  kindOf,
  outcomeFields,
  readHeld,
  readOperation,
  readSnapshot,
  ringSetup,
  stateFields,
} from "./operation.ts";

/** A table of 32768 entries takes three stores an entry, and each some 35 bytes. */
const LINE_BYTES_MAX = 8 << 20;
const BATCH_ROWS = 1024;
/** Steps of the operations in one batch: past this it is handed on. */
const BATCH_STEPS = 1 << 16;
const EXPECTED_LINE = "a JSON object of ringlog/1: a header, an operation, a snapshot or a footer";

/** Whether a source begins as a ring log does. */
export function isRinglog(head: Uint8Array): boolean {
  return /^\s*\{\s*"type"\s*:\s*"header"\s*,[^}]{0,200}"ringlog\//.test(textOf(head, 0, 512));
}

/**
 * Reads `ringlog/1`: JSON Lines in which an instrumented driver, or a simulator, tells every operation
 * with the ring stores, loads and barriers that it made, in program order, and its private state after.
 *
 *     {"type":"header","format":"ringlog/1","layout":"packed","size":8,...}
 *     {"seq":3,"actor":"driver","op":"add","token":1,"out":[[4096,16]],"in":[],"ret":0,"mem":[["w","desc",0,"..."]],"st":{...}}
 *
 * One operation is one event. Operations are numbered: a number that is missing is a loss, and said.
 */
export class RinglogReader implements TraceReader, LineTarget {
  readonly format = "ringlog/1";
  readonly ledger: Ledger = emptyLedger();
  readonly diagnostics = new DiagnosticLog();
  /** Operations have no time: their numbers stand for it. */
  readonly clock: ClockBase = { major: 0, minor: 0, unit: "ticks" };
  traceLines = 0;
  readonly #emit: (batch: EventBatch) => EventBatch;
  readonly #strings: StringTable;
  readonly #keepAll: boolean;
  readonly #lines = new LineSplitter(this, LINE_BYTES_MAX);
  #batch: EventBatch;
  #operations: OperationLog;
  #seq: number;
  #setup: RingSetup | undefined;
  /** The header's members as they were written, until a row has them; each creation has them again. */
  #header = "";
  #headerDue = false;
  /** The line at hand. */
  #text = "";
  /** Number of the operation that comes next; -1 before the first. */
  #nextNumber = -1;
  /** The driver's state after its last operation: what the next one begins with. */
  #state: readonly [FieldName, number][] = [];
  #operationLines = 0;
  /** The header says that the log begins in the middle of a run: a snapshot must follow the creation. */
  #snapshotDue = false;
  /** The log at hand has its footer, or none has begun. */
  #finished = true;

  constructor(options: {
    readonly strings: StringTable;
    readonly firstSeq: number;
    /** Also what only a case file keeps: arguments, steps and state, as JSON. */
    readonly keepAll?: boolean;
    /** Rows of a batch; fewer where little is to be read. */
    readonly batchRows?: number;
    /** Called with a full batch; answers with an empty one to go on with, often the same. */
    readonly emit: (batch: EventBatch) => EventBatch;
  }) {
    this.#strings = options.strings;
    this.#seq = options.firstSeq;
    this.#keepAll = options.keepAll ?? false;
    this.#emit = options.emit;
    const rows = options.batchRows ?? BATCH_ROWS;
    this.#operations = new OperationLog(rows);
    this.#batch = this.#equipped(new EventBatch(rows, options.strings));
  }

  get nextSeq(): number {
    return this.#seq;
  }

  push(chunk: Uint8Array): void {
    this.#lines.push(chunk);
  }

  end(): void {
    this.#lines.end();
    if (!this.#finished) this.#unfinished();
    this.#flush();
  }

  line(bytes: Uint8Array, start: number, end: number, offset: number): void {
    this.ledger.lines++;
    const text = textOf(bytes, start, end).trim();
    this.#text = text;
    if (text === "") {
      this.ledger.notes++;
      return;
    }
    const json = parsed(text);
    if (json === undefined) this.#reject(offset, EXPECTED_LINE);
    else this.#object(json, offset, end - start);
  }

  longLine(offset: number): void {
    this.ledger.lines++;
    this.ledger.rejected++;
    const expected = `a line of at most ${LINE_BYTES_MAX} bytes`;
    this.diagnostics.add("line-too-long", this.ledger.lines, offset, expected);
  }

  /** Without its newline the last line may still be whole: JSON ends where it ends. */
  unfinishedLine(bytes: Uint8Array, length: number, offset: number): void {
    if (parsed(textOf(bytes, 0, length)) !== undefined) {
      this.line(bytes, 0, length, offset);
      return;
    }
    this.ledger.lines++;
    this.ledger.notes++;
    const expected = "a newline; the input ends inside the line";
    this.diagnostics.add("line-truncated", this.ledger.lines, offset, expected);
  }

  #object(json: Json, offset: number, length: number): void {
    switch (json["type"]) {
      case "header":
        this.#begin(json, offset);
        return;
      case "footer":
        this.#footer(json, offset);
        return;
      case "snapshot":
        this.#snapshot(json, offset, length);
        return;
      default:
        this.#operation(json, offset, length);
    }
  }

  #begin(json: Json, offset: number): void {
    const setup =
      json["format"] === "ringlog/1" ? ringSetup(json) : "ringlog/1: no other version is known";
    if (typeof setup === "string") {
      this.#setup = undefined;
      this.#reject(offset, `a header that gives ${setup}`);
      return;
    }
    if (!this.#finished) this.#unfinished();
    // Rows of two rings do not share a batch.
    this.#flush();
    this.#setup = setup;
    this.#operations.setup = setup;
    this.#header = this.#text;
    this.#headerDue = true;
    this.#finished = false;
    this.#nextNumber = 0;
    const { warmup } = json;
    this.#snapshotDue = typeof warmup === "number" && warmup > 0;
    this.#operationLines = 0;
    this.#state = [];
    this.ledger.notes++;
    this.traceLines++;
  }

  #footer(json: Json, offset: number): void {
    const { lines } = json;
    const isWhole = lines === this.#operationLines;
    if (this.#setup !== undefined && typeof lines === "number" && !isWhole) {
      const expected = `${this.#operationLines} operations, as the log holds; the footer counts ${lines}`;
      this.diagnostics.add("log-miscounted", this.ledger.lines, offset, expected);
    }
    this.#finished = true;
    this.ledger.notes++;
    this.#operations.finished = this.#setup !== undefined && isWhole;
    this.#flush();
  }

  #unfinished(): void {
    const expected = "a footer; what came after the last operation is not known";
    this.diagnostics.add("log-unfinished", this.ledger.lines, 0, expected);
  }

  #snapshot(json: Json, offset: number, length: number): void {
    const setup = this.#setup;
    if (setup === undefined) {
      this.#reject(offset, "a header before any snapshot");
      return;
    }
    this.#makeRoom();
    const { memory } = this.#operations;
    const before = memory.length;
    const packed = setup.layout === "packed";
    if (!readSnapshot(json["areas"], setup, memory)) {
      memory.length = before;
      this.#reject(offset, "a snapshot with its three areas in hex");
      return;
    }
    this.#snapshotDue = false;
    this.#state = stateFields(json["driver"], packed);
    this.#row("snapshot", "snapshot", [], offset, length);
  }

  #operation(json: Json, offset: number, length: number): void {
    const { actor, op, seq } = json;
    const kind = kindOf(actor, op);
    const setup = this.#setup;
    if (kind === undefined || setup === undefined) {
      this.#reject(offset, kind === undefined ? EXPECTED_LINE : "a header before any operation");
      return;
    }
    this.#makeRoom();
    const { memory, segments } = this.#operations;
    const steps = memory.length;
    const elements = segments.length;
    const outcome = outcomeFields(kind, json, setup.layout === "packed");
    // Without its number nobody could tell what is missing.
    const numbered = typeof seq === "number" && Number.isSafeInteger(seq);
    const held = kind !== "create" || readHeld(json["areas"], setup, memory);
    const read = held && readOperation(json, this.#operations);
    if (outcome === undefined || !numbered || !read) {
      memory.length = steps;
      segments.length = elements;
      this.#reject(offset, `seq, arguments, ret and mem of ${String(op)} as ringlog/1 has them`);
      return;
    }
    const missing = this.#missingBefore(kind, seq);
    if (missing > 0) {
      const expected = this.#snapshotDue
        ? "the snapshot that the header announces (warmup)"
        : "operations numbered without a gap";
      this.diagnostics.add("events-lost", this.ledger.lines, offset, expected, missing);
      this.#lost(missing, steps, elements);
      this.#snapshotDue &&= kind === "create";
    }
    this.#nextNumber = seq + 1;
    this.#operationLines++;
    if (kind === "create") this.#state = [];
    const broken = kind === "deviceStop" && json["reason"] === "broken";
    const batch = kind === "deviceUse" && json["mode"] === "batch";
    const name = broken ? STOPPED_BROKEN : batch ? USED_IN_BATCH : String(op);
    this.#row(kind, name, outcome, offset, length, segments.length - elements);
    // What is done with the device as a whole leaves the queue's state alone.
    if (actor === "driver" && !isLifeKind(KIND[kind])) {
      this.#state = stateFields(json["st"], setup.layout === "packed");
    }
  }

  /** Lines that must have stood between the one before and this operation. */
  #missingBefore(kind: EventKind, seq: number): number {
    if (this.#snapshotDue && kind !== "create") return 1;
    return seq === this.#nextNumber ? 0 : Math.max(1, seq - this.#nextNumber);
  }

  /** Something of the log is missing here: whatever it held did happen. */
  #lost(count: number, steps: number, elements: number): void {
    this.ledger.lostMarks++;
    if (this.ledger.lostEvents !== null) this.ledger.lostEvents += count;
    const row = this.#next();
    const batch = this.#batch;
    batch.kind[row] = KIND.lost;
    batch.phase[row] = PHASE_BEGIN;
    batch.values[row * EventBatch.FIELD_COUNT + FIELD.lostCount] = count;
    this.#state = [];
    this.#operations.memoryEnd[row] = steps;
    this.#operations.segmentsEnd[row] = elements;
  }

  #row(
    kind: EventKind,
    name: string,
    outcome: readonly [FieldName, number][],
    offset: number,
    length: number,
    elements = 0,
  ): void {
    const setup = this.#setup as RingSetup;
    const row = this.#next();
    const batch = this.#batch;
    batch.kind[row] = KIND[kind];
    batch.phase[row] = PHASE_WHOLE;
    batch.layoutHint[row] = setup.layout === "packed" ? LAYOUT_PACKED : LAYOUT_SPLIT;
    batch.offset[row] = offset;
    batch.bytes[row] = length;
    batch.func[row] = this.#strings.intern(name);
    const put = ([field, value]: readonly [FieldName, number]): void => {
      batch.values[row * EventBatch.FIELD_COUNT + FIELD[field]] = value;
    };
    put(["queue", setup.bases[0]]);
    put(["name", this.#strings.intern("ringlog")]);
    put(["queueSize", setup.queueSize]);
    if (setup.index !== undefined) put(["index", setup.index]);
    put(["packed", setup.layout === "packed" ? 1 : 0]);
    put(["eventIdx", setup.eventIdx ? 1 : 0]);
    put(["indirect", setup.indirect ? 1 : 0]);
    // What a device took comes with the device's position, in the place of the driver's.
    if (kind !== "devicePop") this.#state.forEach(put);
    outcome.forEach(put);
    if (kind === "add" && elements > 0) put(["segments", elements]);
    const { deviceType } = setup;
    if (kind === "featuresOffered" && deviceType !== undefined) put(["deviceType", deviceType]);
    // The line's own members, as they were written.
    if (this.#keepAll) {
      // What a picture of the ring cannot do without: where its tables are, which features it has.
      const header = this.#headerDue || kind === "create" ? `,"header":${this.#header}` : "";
      batch.rest.set(row, this.#text.slice(1, -1) + header);
      this.#headerDue = false;
    }
    this.#operations.endRow(row);
    this.#seq++;
    this.ledger.events++;
    this.traceLines++;
  }

  /** Room for an operation and the loss before it: steps are read ahead of their row. */
  #makeRoom(): void {
    const full = this.#batch.length + 2 > this.#batch.capacity;
    if (full || this.#operations.memory.length >= BATCH_STEPS) this.#flush();
  }

  #next(): number {
    const batch = this.#batch;
    const row = batch.length++;
    batch.seq[row] = this.#seq;
    batch.line[row] = this.ledger.lines;
    batch.time[row] = this.#seq;
    batch.level[row] = LEVEL.task;
    batch.layoutHint[row] = LAYOUT_UNKNOWN;
    batch.cpu[row] = 0;
    batch.pid[row] = 0;
    batch.caller[row] = -1;
    batch.task[row] = -1;
    batch.func[row] = -1;
    batch.queue[row] = -1;
    batch.offset[row] = 0;
    batch.bytes[row] = 0;
    return row;
  }

  #flush(): void {
    // That the log ends here is said with a batch, if only an empty one.
    if (this.#batch.length === 0 && !this.#operations.finished) return;
    const { setup } = this.#operations;
    this.#batch = this.#equipped(this.#emit(this.#batch));
    this.#operations.setup = setup;
  }

  /** A batch that comes back may be another one. */
  #equipped(batch: EventBatch): EventBatch {
    this.#operations.clear();
    batch.operations = this.#operations;
    return batch;
  }

  #reject(offset: number, expected: string): void {
    this.ledger.rejected++;
    // An operation that was not read has happened all the same: its number will be missing.
    this.diagnostics.add("line-unrecognised", this.ledger.lines, offset, expected);
  }
}

function parsed(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    // Not JSON: the caller says so, with line and offset.
    return undefined;
  }
}
