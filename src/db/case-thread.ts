import { parentPort, workerData } from "node:worker_threads";
import { EventBatch, StringTable } from "../model/batch.ts";
import type { Place } from "../model/finding.ts";
import { PointerTable } from "../model/pointer.ts";
import { UserError } from "../model/user-error.ts";
import {
  BATCH_ROWS,
  type CaseAnswer,
  type CaseMessage,
  DECIDERS,
  DECISION_WIDTH,
  ELEMENT_STATES,
  ELEMENT_WIDTH,
  OUTCOMES,
  REQUEST_STATES,
  REQUEST_WIDTH,
} from "./case-messages.ts";
import { CaseWriter } from "./writer.ts";

/** The writing thread: a CaseWriter behind messages. */
const port = parentPort;
if (port === null) throw new Error("the writing thread was started as a program");

let writer: CaseWriter | undefined;
let strings = new StringTable();
let pointers = new PointerTable();
let failed = false;

port.on("message", (message: CaseMessage) => {
  // After a failure the reading thread is on its way to hear of it.
  if (failed) return;
  take(message).then(
    (answer) =>
      port.postMessage(answer, answer.kind === "taken" && answer.buffer ? [answer.buffer] : []),
    (error: unknown) => {
      failed = true;
      port.postMessage(failure(error));
    },
  );
});

async function take(message: CaseMessage): Promise<CaseAnswer> {
  writer ??= new CaseWriter((workerData as { path: string }).path);
  switch (message.kind) {
    case "source":
      strings = new StringTable();
      pointers = new PointerTable();
      writer.beginSource(strings, pointers, message.queueBase);
      return { kind: "taken" };
    case "batch":
      return takeBatch(writer, message);
    case "finish":
      await writer.finish(message.report);
      return { kind: "finished" };
    default:
      return message satisfies never;
  }
}

function takeBatch(into: CaseWriter, message: Extract<CaseMessage, { kind: "batch" }>): CaseAnswer {
  for (const text of message.strings) strings.intern(text);
  pointers.addWide(message.pointers);
  const batch = new EventBatch(BATCH_ROWS, strings, message.buffer);
  batch.length = message.length;
  for (const [row, text] of message.rest) batch.rest.set(row, text);
  into.append(batch);
  const { requests, elements, decisions } = message;
  for (let at = 0; at < requests.length; at += REQUEST_WIDTH) {
    const row = requests.subarray(at, at + REQUEST_WIDTH);
    into.request({
      queue: row[0] as number,
      token: row[1] as number,
      added: placeAt(row, 2) as Place,
      kicked: placeAt(row, 4),
      returned: placeAt(row, 6),
      interrupted: placeAt(row, 8),
      // Only its event is kept.
      noticed: place(row[12], 0),
      state: REQUEST_STATES[row[10] as number] as (typeof REQUEST_STATES)[number],
      certain: row[11] === 1,
    });
  }
  for (let at = 0; at < elements.length; at += ELEMENT_WIDTH) {
    const row = elements.subarray(at, at + ELEMENT_WIDTH);
    into.element({
      queue: row[0] as number,
      element: row[1] as number,
      popped: placeAt(row, 2) as Place,
      filled: placeAt(row, 4),
      flushed: placeAt(row, 6),
      interrupted: placeAt(row, 8),
      state: ELEMENT_STATES[row[10] as number] as (typeof ELEMENT_STATES)[number],
      certain: row[11] === 1,
    });
  }
  for (let at = 0; at < decisions.length; at += DECISION_WIDTH) {
    const [queue, seq, time, old, next, flags, word, wanted, by, needsKick, outcome, reason] =
      decisions.subarray(at, at + DECISION_WIDTH) as unknown as number[];
    into.decision({
      queue: queue as number,
      place: place(seq, time) as Place,
      old: old as number,
      next: next as number,
      flags: flags as number,
      word: word as number,
      wanted: flag(wanted),
      by: DECIDERS[by as number],
      needsKick: flag(needsKick),
      outcome: OUTCOMES[outcome as number] as (typeof OUTCOMES)[number],
      reason: (reason as number) < 0 ? undefined : strings.text(reason as number),
    });
  }
  return { kind: "taken", buffer: message.buffer };
}

/** The seq and the time that stand at an offset of a row. */
function placeAt(row: Float64Array, at: number): Place | undefined {
  return place(row[at], row[at + 1]);
}

function place(seq: number | undefined, time: number | undefined): Place | undefined {
  if (seq === undefined || seq < 0) return undefined;
  return { seq, time: time as number, line: 0, cpu: 0 };
}

function flag(value: number | undefined): boolean | undefined {
  return value === undefined || value < 0 ? undefined : value === 1;
}

function failure(error: unknown): CaseAnswer {
  if (error instanceof UserError) {
    return { kind: "failed", code: error.code, message: error.message, help: error.help };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { kind: "failed", code: undefined, message, help: undefined };
}
