import { KIND, LEVEL } from "../model/event.ts";
import type { QueueShadow } from "./queue-shadow.ts";
import type { Sample } from "./sample.ts";

/** A call that has begun. What it began with is kept until its return says how it went. */
export interface OpenCall {
  readonly kind: number;
  readonly queue: QueueShadow;
  /** What its begin showed. */
  readonly begun: Sample;
  /** Losses that the source had admitted when the call began. */
  readonly lossMarks: number;
  /** Set when a nested probe of the same call reported the outcome. */
  done: boolean;
  /** What the queue's shadow wants back at the return. */
  readonly note: unknown;
}

/** A context is one thread of execution: a task, or the interrupt level above it. */
const CONTEXTS_MAX = 1 << 16;
/** Deeper nesting is no nesting but a row of lost returns. */
const DEPTH_MAX = 8;

/**
 * Which calls may begin inside which. A begin of anything else in the same context proves that the
 * open call has returned unseen.
 */
const NESTS: ReadonlyMap<number, ReadonlySet<number>> = new Map([
  [KIND.add, new Set([KIND.add])],
  [KIND.getBuf, new Set([KIND.getBuf])],
  [KIND.kick, new Set([KIND.kickPrepare])],
  [KIND.enableCb, new Set([KIND.enableCb, KIND.enableCbPrepare, KIND.poll])],
  [KIND.enableCbPrepare, new Set([KIND.enableCbPrepare])],
  [KIND.enableCbDelayed, new Set([KIND.enableCbDelayed])],
]);

/** Pairs begins with returns, context by context. */
export class OpenCalls {
  readonly #contexts = new Map<number, OpenCall[]>();

  /**
   * The context of an event: task and interrupt level; the idle task runs on every CPU at once, so
   * there the CPU counts as well.
   */
  static context(pid: number, level: number, cpu: number): number {
    return pid === 0 ? -1 - (cpu * 8 + level) : pid * 8 + level;
  }

  /** Opens a call; those it shows to have ended unseen are handed to `lost`. */
  begin(context: number, level: number, call: OpenCall, lost: (call: OpenCall) => void): void {
    let stack = this.#contexts.get(context);
    if (stack === undefined) {
      if (this.#contexts.size >= CONTEXTS_MAX) this.closeAll(lost);
      stack = [];
      this.#contexts.set(context, stack);
    }
    for (;;) {
      const top = stack.at(-1);
      if (top === undefined) break;
      const nested = top.queue === call.queue && (NESTS.get(top.kind)?.has(call.kind) ?? false);
      // Without irq-info an interrupt's calls stand in the context of the task they interrupted.
      const interrupted = level === LEVEL.unknown && top.kind !== call.kind;
      if ((nested || interrupted) && stack.length < DEPTH_MAX) break;
      stack.pop();
      lost(top);
    }
    stack.push(call);
  }

  /** Whether a call was seen to begin in this context before. */
  knows(context: number): boolean {
    return this.#contexts.has(context);
  }

  /** The open call that a return belongs to; undefined when its begin was not seen. */
  end(context: number, kind: number, lost: (call: OpenCall) => void): OpenCall | undefined {
    const stack = this.#contexts.get(context);
    if (stack === undefined) return undefined;
    let at = stack.length - 1;
    while (at >= 0 && (stack[at] as OpenCall).kind !== kind) at--;
    if (at < 0) return undefined;
    while (stack.length - 1 > at) lost(stack.pop() as OpenCall);
    const call = stack.pop() as OpenCall;
    const outer = stack.at(-1);
    // `virtqueue_add_sgs` around `virtqueue_add_split`: one call, seen twice.
    if (outer !== undefined && outer.kind === kind && outer.queue === call.queue) outer.done = true;
    return call;
  }

  closeAll(lost: (call: OpenCall) => void): void {
    for (const stack of this.#contexts.values()) for (const call of stack) lost(call);
    this.#contexts.clear();
  }
}
