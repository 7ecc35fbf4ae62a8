import { LEVEL } from "../../model/event.ts";
import { type HeaderLayout, setTicks } from "../ftrace/event-header.ts";

/*
 * ns=9311324682 cpu=1 tid=133 virtqueue_add_sgs: vq=0xff415b5742731d00 num_free=128 comm=dd
 *
 * The line that docs/bpftrace.md recommends. The task's name stands last, for it may hold anything.
 */
const LINE = /^ns=(\d{1,20}) cpu=(\d{1,6}) tid=(\d{1,10}) (?=[\w.]+:)/;
const COMM = " comm=";

/** The columns of the printf that docs/bpftrace.md recommends. */
export const BPFTRACE_LAYOUT: HeaderLayout = {
  format: "bpftrace",
  unordered: true,
  read(text, start, end, into) {
    const match = LINE.exec(text);
    if (match === null) return false;
    const [whole, ns = "", cpu, tid] = match;
    into.pid = Number(tid) | 0;
    into.cpu = Number(cpu);
    into.level = LEVEL.unknown;
    setTicks(into, ns);
    into.seconds = true;
    into.payload = start + whole.length;
    const comm = text.indexOf(COMM, whole.length);
    into.payloadEnd = comm < 0 ? end : start + comm;
    into.taskStart = comm < 0 ? start : start + comm + COMM.length;
    into.taskEnd = comm < 0 ? start : end;
    return true;
  },
};

export type BpftraceRemark =
  | { readonly kind: "begin" }
  | { readonly kind: "lost"; readonly count: number }
  | { readonly kind: "other" };

const ATTACHED = /^Attach(?:ing|ed) \d+ probes?(?:\.\.\.)?$/;
const LOST = /^Lost (\d{1,15}) events?$/;
/** `@name[key]: value`, and the lines of a histogram `[2, 4)   2 |@@@   |`. */
const MAP = /^(?:@\w*(?:\[.{0,200}\])?: ?|[[(].{1,40}[)\]] +\d+ \|[@ ]*\|$)/;

/** What a line of bpftrace is that is no event; maps only where something else says that it is bpftrace. */
export function bpftraceRemark(text: string, isBpftrace: boolean): BpftraceRemark | undefined {
  if (ATTACHED.test(text)) return { kind: "begin" };
  if (!isBpftrace) return undefined;
  const lost = LOST.exec(text);
  if (lost !== null) return { kind: "lost", count: Number(lost[1]) };
  return MAP.test(text) ? { kind: "other" } : undefined;
}
