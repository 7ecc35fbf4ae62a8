import type { EventKind } from "../../model/event.ts";
import { type CallFunction, callFunction } from "./functions.ts";

/** One call of a function that the engine knows, as its last line tells it. */
export interface GraphCall extends CallFunction {
  readonly kind: EventKind;
  readonly func: string;
  readonly cpu: number;
  /** -1 where neither a column nor a switch of tasks has told it. */
  readonly pid: number;
  readonly task: string;
  /** The clock's value where the line has it: seconds and their fraction. */
  readonly time: readonly [seconds: string, fraction: string] | undefined;
  /** Microseconds as printed. */
  readonly duration: string | undefined;
}

export type GraphLine =
  | { readonly kind: "call"; readonly call: GraphCall }
  /** The call's lines do not say which CPU made it. */
  | { readonly kind: "no cpu" }
  | { readonly kind: "other" };

/*
 *  0) + 51.336 us   |      __blk_rq_map_sg();
 *    31.777139 |   0)   kworker-44   |  ...1. | + 51.336 us   |      __blk_rq_map_sg();
 *
 * Time, CPU, task, flags and duration are columns that may be missing each.
 */
const COLUMNS =
  /^ {0,40}(?:(\d{1,12})\.(\d{6,9}) \| +)?(?:(\d{1,6})\) +)?(?:(\S.{0,15}?)-(\d{1,10}) +\| +)?(?:[\w.]{4,6} \| +)?(?:(?:[$@*#!+] *)?(\d{1,12}\.\d{1,3}) us *)?\|( {2,400})(\S.*)$/;
/** ` 1)    <idle>-0    =>   rcu_pre-15  `: from here on the CPU runs another task. */
const SWITCH =
  /^ {0,40}(?:\d+\.\d+ \| +)?(\d{1,6})\) +\S.{0,15}-\d{1,10} +=> +(\S.{0,15}?)-(\d{1,10}) *$/;
/** `f() {`, `f [module]();`, with arguments where the kernel prints them. */
const CALL = /^([\w.]{1,128})(?: \[\w+\])?\(.{0,300}\)(;| \{)/;
/** `}`, and `} /* f *\/` where the line says what ends. */
const END = /^\}(?: \/\* ([\w.]{1,128}))?/;
const BARE = /^ {0,400}(?:([\w.]{1,128})(?: \[\w+\])?\(.{0,300}\)(?:;| \{)|\})/;

/** Calls that one task, or one CPU, may have open at a time: deeper nothing is followed. */
const OPEN_MAX = 64;

interface Open {
  readonly indent: number;
  readonly func: string;
}

/**
 * Reads the lines of the function_graph tracer: calls and how long they took, without arguments. A
 * call is told where it ended. They name no queue, so nothing is judged by them.
 */
export class GraphReader {
  /** Open calls by task where a column names it, else by CPU. */
  readonly #open = new Map<string, Open[]>();
  readonly #running = new Map<number, { readonly task: string; readonly pid: number }>();

  read(text: string): GraphLine {
    const columns = COLUMNS.exec(text);
    if (columns === null) return this.#without(text);
    const [, seconds, fraction = "", cpuText, task, pidText, duration, blanks = "", rest = ""] =
      columns;
    const starts = CALL.exec(rest);
    const ends = starts === null ? END.exec(rest) : null;
    if (starts === null && ends === null) return { kind: "other" };
    if (cpuText === undefined) return { kind: "no cpu" };
    const cpu = Number(cpuText);
    const key = task === undefined || pidText === "0" ? `cpu ${cpu}` : `pid ${pidText}`;
    const indent = blanks.length;
    const func = starts === null ? this.#end(key, indent, ends?.[1]) : (starts[1] as string);
    if (starts?.[2] === " {") this.#begin(key, { indent, func: starts[1] as string });
    const called = func === undefined ? undefined : callFunction(func);
    if (func === undefined || called === undefined || starts?.[2] === " {")
      return { kind: "other" };
    const running = this.#running.get(cpu);
    return {
      kind: "call",
      call: {
        ...called,
        func,
        cpu,
        pid: pidText === undefined ? (running?.pid ?? -1) : Number(pidText) | 0,
        task: task ?? running?.task ?? "",
        time: seconds === undefined ? undefined : [seconds, fraction],
        duration,
      },
    };
  }

  #without(text: string): GraphLine {
    const switched = SWITCH.exec(text);
    if (switched !== null) {
      const cpu = Number(switched[1]);
      this.#running.set(cpu, { task: switched[2] as string, pid: Number(switched[3]) | 0 });
      // What the other task had open, nobody knows by the indentation alone.
      this.#open.delete(`cpu ${cpu}`);
      return { kind: "other" };
    }
    return BARE.test(text) ? { kind: "no cpu" } : { kind: "other" };
  }

  #begin(key: string, call: Open): void {
    let open = this.#open.get(key);
    if (open === undefined) {
      open = [];
      this.#open.set(key, open);
    }
    dropDeeper(open, call.indent);
    if (callFunction(call.func) !== undefined && open.length < OPEN_MAX) open.push(call);
  }

  /** The function that ends at `indent`; the line's own word for it counts. */
  #end(key: string, indent: number, named: string | undefined): string | undefined {
    const open = this.#open.get(key);
    if (open === undefined) return named;
    const last = open.find((call) => call.indent === indent);
    dropDeeper(open, indent);
    return named ?? last?.func;
  }
}

/** Forgets the calls at `indent` or further in: they have ended, or their ends were lost. */
function dropDeeper(open: Open[], indent: number): void {
  while (open.length > 0 && (open[open.length - 1] as Open).indent >= indent) open.pop();
}
