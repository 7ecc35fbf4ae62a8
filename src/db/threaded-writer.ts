import { Worker } from "node:worker_threads";
import { EventBatch, type StringTable } from "../model/batch.ts";
import type { CheckReport } from "../model/check-report.ts";
import type { PointerTable } from "../model/pointer.ts";
import { UserError } from "../model/user-error.ts";
import {
  BATCH_ROWS,
  type CaseAnswer,
  type CaseMessage,
  DECIDERS,
  ELEMENT_STATES,
  OUTCOMES,
  REQUEST_STATES,
} from "./case-messages.ts";
import {
  type CaseStore,
  type DecisionRow,
  type ElementRow,
  type RequestRow,
  removeAside,
} from "./writer.ts";

/** Of what was not seen. */
const NO_SEQ = -1;
/** Batches under way: enough to keep both threads busy, few enough to bound memory. */
const UNDER_WAY_MAX = 8;

/** A CaseWriter in a thread of its own: on a large trace, writing takes longer than all the rest. */
export class ThreadedWriter implements CaseStore {
  readonly #path: string;
  readonly #worker: Worker;
  readonly #spare: ArrayBuffer[] = [];
  #strings: StringTable | undefined;
  #pointers: PointerTable | undefined;
  #stringsSent = 0;
  #pointersSent = 0;
  #requests: number[] = [];
  #elements: number[] = [];
  #decisions: number[] = [];
  #underWay = 0;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;
  #finished = false;

  /** `thread`: the built file of case-thread.ts. Call claimCase first. */
  constructor(path: string, thread: URL) {
    this.#path = path;
    this.#worker = new Worker(thread, { workerData: { path } });
    this.#worker.on("message", (answer: CaseAnswer) => this.#answered(answer));
    this.#worker.on("error", (error) => this.#failed(error as Error));
  }

  beginSource(strings: StringTable, pointers: PointerTable, queueBase: number): void {
    this.#sendEnd();
    this.#strings = strings;
    this.#pointers = pointers;
    this.#stringsSent = 0;
    this.#pointersSent = 0;
    this.#post({ kind: "source", queueBase }, []);
  }

  append(batch: EventBatch): EventBatch {
    const strings = batch.strings;
    const newStrings = strings.from(this.#stringsSent);
    const newPointers = this.#pointers?.wideFrom(this.#pointersSent) ?? [];
    this.#stringsSent += newStrings.length;
    this.#pointersSent += newPointers.length;
    const requests = Float64Array.from(this.#requests);
    const elements = Float64Array.from(this.#elements);
    const decisions = Float64Array.from(this.#decisions);
    this.#requests = [];
    this.#elements = [];
    this.#decisions = [];
    const { buffer, length, rest } = batch;
    this.#post(
      {
        kind: "batch",
        buffer,
        length,
        rest,
        strings: newStrings,
        pointers: newPointers,
        requests,
        elements,
        decisions,
      },
      [buffer, ...[requests, elements, decisions].map((rows) => rows.buffer as ArrayBuffer)],
    );
    const spare = this.#spare.pop();
    return new EventBatch(BATCH_ROWS, strings, spare);
  }

  request(row: RequestRow): void {
    this.#requests.push(
      row.queue,
      row.token,
      row.added.seq,
      row.added.time,
      row.kicked?.seq ?? NO_SEQ,
      row.kicked?.time ?? 0,
      row.returned?.seq ?? NO_SEQ,
      row.returned?.time ?? 0,
      row.interrupted?.seq ?? NO_SEQ,
      row.interrupted?.time ?? 0,
      REQUEST_STATES.indexOf(row.state),
      row.certain ? 1 : 0,
      row.noticed?.seq ?? NO_SEQ,
    );
  }

  element(row: ElementRow): void {
    this.#elements.push(
      row.queue,
      row.element,
      row.popped.seq,
      row.popped.time,
      row.filled?.seq ?? NO_SEQ,
      row.filled?.time ?? 0,
      row.flushed?.seq ?? NO_SEQ,
      row.flushed?.time ?? 0,
      row.interrupted?.seq ?? NO_SEQ,
      row.interrupted?.time ?? 0,
      ELEMENT_STATES.indexOf(row.state),
      row.certain ? 1 : 0,
    );
  }

  decision(row: DecisionRow): void {
    const flag = (value: boolean | undefined): number => (value === undefined ? -1 : Number(value));
    this.#decisions.push(
      row.queue,
      row.place.seq,
      row.place.time,
      row.old,
      row.next,
      row.flags,
      row.word,
      flag(row.wanted),
      row.by === undefined ? -1 : DECIDERS.indexOf(row.by),
      flag(row.needsKick),
      OUTCOMES.indexOf(row.outcome),
      row.reason === undefined ? -1 : (this.#strings?.intern(row.reason) ?? -1),
    );
  }

  async ready(): Promise<void> {
    while (this.#underWay >= UNDER_WAY_MAX && this.#failure === undefined) await this.#answer();
    if (this.#failure !== undefined) throw this.#failure;
  }

  async finish(report: CheckReport): Promise<void> {
    this.#sendEnd();
    this.#post({ kind: "finish", report }, []);
    while (!this.#finished && this.#failure === undefined) await this.#answer();
    await this.#worker.terminate();
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** What the end of a source decided has no batch to travel with, and is numbered as that source is. */
  #sendEnd(): void {
    if (this.#strings !== undefined) this.append(new EventBatch(BATCH_ROWS, this.#strings));
  }

  async abandon(): Promise<void> {
    // Its files must not go while it works on them: a failure in a thread that ends takes the process down.
    await this.#worker.terminate();
    removeAside(this.#path);
  }

  #post(message: CaseMessage, transfer: ArrayBuffer[]): void {
    this.#underWay++;
    this.#worker.postMessage(message, transfer);
  }

  #answer(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #answered(answer: CaseAnswer): void {
    this.#underWay--;
    switch (answer.kind) {
      case "taken":
        if (answer.buffer !== undefined) this.#spare.push(answer.buffer);
        break;
      case "finished":
        this.#finished = true;
        break;
      case "failed":
        this.#failed(
          answer.code === undefined
            ? new Error(answer.message)
            : new UserError(answer.code, answer.message, answer.help),
        );
        break;
      default:
        answer satisfies never;
    }
    this.#wake?.();
  }

  #failed(error: Error): void {
    this.#failure ??= error;
    this.#wake?.();
  }
}
