import { emptyLedger, type Ledger } from "../../model/check-report.ts";
import { textOf } from "../bytes.ts";
import { LineSplitter, type LineTarget } from "../line-splitter.ts";

/** Something that QEMU itself said, among the lines of its trace events. */
export interface DeviceMessage {
  /** 1-based. */
  readonly line: number;
  readonly text: string;
}

/** Messages kept of one log; a device that spins repeats itself. */
const MESSAGES_MAX = 1000;

/*
 *   28995@1795398970.587002:virtio_queue_notify vdev 0x55a4a69179e0 n 0 vq 0x55a4a691e6f0
 *   2026-11-23T01:56:10.587129Z qemu-system-x86_64: Incorrect order for descriptors
 */
const MESSAGE = /^(?:\d{4}-\d\d-\d\dT\S+ )?qemu[\w.-]*: (.+)$/;

/** What QEMU itself says in a line; undefined when the line is something else. */
export function messageOf(line: string): string | undefined {
  return MESSAGE.exec(line)?.[1];
}

/** Trace events as the log backend prints them; `-msg timestamp=off` leaves the first part out. */
const TRACED =
  /^(?:\d+@\d+\.\d{6}:\w+ |(?:\d{4}-\d\d-\d\dT[\d:]{8}\.\d{6}Z )?virt(?:queue|io)_\w+ (?:vq|vdev|elem) 0x)/m;

/** Whether a line is a trace event of QEMU. */
export function tracedLine(line: string): boolean {
  return TRACED.test(line);
}

/** Whether the head of a text is a log of QEMU: its trace events, or its own messages. */
export function looksLikeQemuLog(head: string): boolean {
  return holdsTraceEvents(head) || head.split("\n").some((line) => MESSAGE.test(line));
}

/** Whether the head of a text has trace events of QEMU, and not only its messages. */
export function holdsTraceEvents(head: string): boolean {
  return TRACED.test(head);
}

/** Reads a QEMU log for the messages in it; everything else is counted as notes. */
export class QemuLogReader implements LineTarget {
  readonly ledger: Ledger = emptyLedger();
  readonly messages: DeviceMessage[] = [];
  readonly #lines = new LineSplitter(this);

  push(chunk: Uint8Array): void {
    this.#lines.push(chunk);
  }

  end(): void {
    this.#lines.end();
  }

  line(bytes: Uint8Array, start: number, end: number): void {
    this.ledger.lines++;
    this.ledger.notes++;
    if (this.messages.length >= MESSAGES_MAX) return;
    const message = messageOf(textOf(bytes, start, end).trimEnd());
    if (message !== undefined) this.messages.push({ line: this.ledger.lines, text: message });
  }

  longLine(): void {
    this.ledger.lines++;
    this.ledger.notes++;
  }

  unfinishedLine(bytes: Uint8Array, length: number): void {
    this.line(bytes, 0, length);
  }
}
