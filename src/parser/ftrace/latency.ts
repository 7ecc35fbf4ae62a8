import { consolePrefix } from "./console.ts";
import {
  type EventHeader,
  type HeaderLayout,
  setMicroseconds,
  setSeconds,
  setTicks,
} from "./event-header.ts";
import { levelOf, levelOfFlags } from "./levels.ts";

/*
 *     bash-133       1d..1. 21181us!: vq_add_sgs: ...              option latency-format
 *     bash-133       1d..1.    4: vq_add_sgs: ...                  with an integer clock
 * trace-cm-296     1d..1.    65.535016: vq_add_sgs: ...            trace-cmd report -l
 * [   52.899160]       dd-286       0d..1. 28502us : vq_add_sgs:   a dump on the console
 *
 * The time of the first and the last is since the buffer began. The character behind it tells how long
 * the next event is away.
 */
const LATENCY =
  /^ {0,40}(\S(?:.{0,20}\S)?)-(\d{1,10}) +(\d{1,6})([A-Za-z.][\w.]{3,5}) +(?:(-?\d{1,15})us[$@*#!+ ]?|(\d{1,12})\.(\d{6,9})|(\d{1,20})): +/;

/** The columns of the option latency-format, and of `trace-cmd report -l`. */
export const LATENCY_LAYOUT: HeaderLayout = {
  format: "ftrace-text",
  // A short prefix would pass for the beginning of a task's name.
  read: (text, start, end, into) =>
    !CONSOLE_LAYOUT.read(text, start, end, into) && latency(text, start, end, into),
};

/** The same behind the prefix of a console or a log daemon: the kernel dumped its buffer there. */
export const CONSOLE_LAYOUT: HeaderLayout = {
  format: "ftrace-text",
  read(text, start, end, into) {
    const prefix = consolePrefix(text);
    return prefix > 0 && latency(text.slice(prefix), start + prefix, end, into);
  },
};

function latency(text: string, start: number, end: number, into: EventHeader): boolean {
  const match = LATENCY.exec(text);
  if (match === null) return false;
  const [whole, task = "", pid, cpu, flags = "", micros, seconds, fraction = "", ticks = ""] =
    match;
  into.pid = Number(pid) | 0;
  into.cpu = Number(cpu);
  into.level = levelOf(flags.charCodeAt(2));
  if (micros !== undefined) setMicroseconds(into, Number(micros));
  else if (seconds !== undefined) setSeconds(into, seconds, fraction);
  else setTicks(into, ticks);
  into.taskStart = start + whole.indexOf(task);
  into.taskEnd = into.taskStart + task.length;
  into.payload = start + whole.length;
  into.payloadEnd = end;
  return true;
}

/*
 *             bash     133   1 1 00000001 00000000 [008e145c] 21.181ms (+0.762ms): vq_add_sgs: ...
 *
 * Task, pid, CPU, flags (decimal), preemption depth, number of the entry, the clock in microseconds
 * (hexadecimal), the time since the buffer began, the time to the next event. An integer clock has sixteen
 * digits of ticks and no units behind them.
 */
const VERBOSE =
  /^ {0,40}(\S(?:.{0,14}\S)?) +(\d{1,10}) +(\d{1,6}) (\d{1,5}) [0-9a-f]{8} [0-9a-f]{8,16} \[([0-9a-f]{8,16})\] -?\d+(\.\d{3}ms)? \(\+-?\d+(?:\.\d{3}ms)?\): +/;

/** The columns of the options latency-format and verbose together. */
export const VERBOSE_LAYOUT: HeaderLayout = {
  format: "ftrace-text",
  read(text, start, end, into) {
    const match = VERBOSE.exec(text);
    if (match === null) return false;
    const [whole, task = "", pid, cpu, flags, clock = "", unit] = match;
    // Beyond 2^53 no clock goes that this could be.
    const value = BigInt(`0x${clock}`);
    if (unit === undefined) setTicks(into, String(value));
    else setMicroseconds(into, Number(value));
    into.pid = Number(pid) | 0;
    into.cpu = Number(cpu);
    into.level = levelOfFlags(Number(flags));
    into.taskStart = start + whole.indexOf(task);
    into.taskEnd = into.taskStart + task.length;
    into.payload = start + whole.length;
    into.payloadEnd = end;
    return true;
  },
};
