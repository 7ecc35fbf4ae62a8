import { EventBatch } from "../model/batch.ts";
import {
  EVENT_KINDS,
  FIELD,
  isDeviceKind,
  isLifeKind,
  KIND,
  PHASE_END,
  PHASE_WHOLE,
} from "../model/event.ts";
import type { Place } from "../model/finding.ts";
import type { RingSetup } from "../model/memory.ts";
import type { ClockBase } from "../model/time.ts";
import { packedPosition } from "../virtio/packed.ts";
import { type OpenCall, OpenCalls } from "./calls.ts";
import { DeviceLives } from "./device-lives.ts";
import type { QueueCreated } from "./life-facts.ts";
import { NO_EVIDENCE, type Observation } from "./observation.ts";
import { blankOperation, type Operation } from "./operation.ts";
import type { QueueEntry } from "./queue-entry.ts";
import { type Gap, type Losses, QueueShadow, type ShadowOutput } from "./queue-shadow.ts";
import { NONE } from "./ring-facts.ts";
import { placeOf, sampleOf, stateOf } from "./sample.ts";

/** More queues than any machine has; a trace with more is noise. */
const QUEUES_MAX = 1 << 14;

const PAIRS_BROKEN = "the trace misses begins or returns of calls";

/** Calls whose return says something; of the others only the begin counts. */
const PAIRED = new Set<number>([
  KIND.add,
  KIND.kickPrepare,
  KIND.kick,
  KIND.getBuf,
  KIND.enableCbPrepare,
  KIND.enableCb,
  KIND.enableCbDelayed,
  KIND.detachUnused,
  KIND.poll,
]);

/** Follows every queue of one source through its events, in the source's order. */
export class Replay {
  /** All queues, and devices whose life is told, in order of appearance. */
  readonly queues: QueueEntry[] = [];
  exchanges = 0;
  /**
   * Begins that another begin proves to have returned unseen, and returns whose begin was not seen in
   * a context that was. What is cut off at the two ends of a trace does not count.
   */
  unpaired = 0;
  /** Those of them that no admitted loss explains. */
  #unpairedSilently = 0;
  /** Begins and returns of calls whose return says something. */
  begins = 0;
  returns = 0;
  /** Why what is missing at the end of the trace proves nothing; undefined when it does. */
  readonly #endUnknown: string | undefined;
  /** Events of queues past the limit, and the first of them. */
  overLimit: { readonly first: Place; count: number } | undefined;
  readonly #byPointer = new Map<number, QueueShadow>();
  readonly #generations = new Map<number, number>();
  readonly #calls = new OpenCalls();
  /** Of the operation before: logs seldom change queues. */
  #lastPointer = Number.NaN;
  #lastQueue: QueueShadow | undefined;
  /** Filled anew for each operation: nobody keeps it. */
  readonly #operation = blankOperation();
  readonly #output: ShadowOutput;
  readonly #pointerText: (pointer: number) => string;
  readonly #clock: () => ClockBase | undefined;
  readonly #idSuffix: string;
  /** Made by the first event that asks for it: most sources have none. */
  #lives: DeviceLives | undefined;
  #livesSetup: RingSetup | undefined;
  #losses: Losses = { marks: 0, events: 0 };
  #last: Place | undefined;
  readonly #lost = (call: OpenCall): void => {
    this.unpaired++;
    if (call.lossMarks === this.#losses.marks) this.#unpairedSilently++;
    call.queue.endLost(call);
  };

  constructor(options: {
    readonly observe: (observation: Observation) => void;
    readonly gap: (gap: Gap) => void;
    readonly pointerText: (pointer: number) => string;
    /** Set when the tracer is known to have dropped events at places it did not mark. */
    readonly endUnknown?: string | undefined;
    /** Put behind queue ids, where several sources make one case. */
    readonly idSuffix?: string;
    /** The source's clock, once its first event is there. */
    readonly clock: () => ClockBase | undefined;
  }) {
    this.#clock = options.clock;
    this.#endUnknown = options.endUnknown;
    this.#idSuffix = options.idSuffix ?? "";
    this.#pointerText = options.pointerText;
    this.#output = {
      observe: options.observe,
      gap: options.gap,
      exchanged: () => {
        this.exchanges++;
      },
      pairsIntact: () => this.unpaired === 0 && this.#endUnknown === undefined,
    };
  }

  /** Takes in the rows of a batch; nothing of the batch is kept. */
  step(batch: EventBatch): void {
    for (let row = 0; row < batch.length; row++) {
      const kind = batch.kind[row] as number;
      if (kind === KIND.lost) {
        const count = batch.value(row, "lostCount");
        this.#losses = {
          marks: this.#losses.marks + 1,
          events: this.#losses.events + (count > 0 ? count : Number.POSITIVE_INFINITY),
        };
        this.#lives?.lost();
      } else if (isLifeKind(kind)) {
        this.#life(batch, row);
      } else if (batch.phase[row] === PHASE_END) {
        this.#end(batch, row, kind);
      } else if (batch.phase[row] === PHASE_WHOLE) {
        this.#whole(batch, row, kind);
      } else {
        this.#begin(batch, row, kind);
      }
    }
    if (batch.operations?.finished === true) this.#logEnds();
  }

  /** The log of the ring at hand is whole: nothing more happened to it. */
  #logEnds(): void {
    const queue = this.#lastQueue;
    if (queue === undefined || this.#last === undefined) return;
    queue.lossesUntil(this.#losses);
    queue.ring?.logEnds(this.#last);
  }

  /** Call once after the last batch; `duration` words a time span of the source's clock. */
  end(duration: (span: number) => string): void {
    const last = this.#last;
    this.#calls.closeAll((call) => call.queue.endLost(call));
    for (const queue of this.#byPointer.values()) {
      queue.lossesUntil(this.#losses);
      if (this.#endUnknown !== undefined) queue.kicks.interrupted(this.#endUnknown);
      // Where begins and returns are missing without a word, a decision may have another call's return.
      else if (this.#unpairedSilently > 0) queue.kicks.interrupted(PAIRS_BROKEN);
      queue.endOfTrace(
        (place) => (last === undefined ? "" : duration(last.time - place.time)),
        last,
      );
    }
    this.#lives?.endOfTrace();
  }

  /** The life of a device, or a queue as its device sees it. */
  #life(batch: EventBatch, row: number): void {
    this.#lives ??= new DeviceLives({
      observe: this.#output.observe,
      enter: (make) => {
        if (this.queues.length >= QUEUES_MAX) return undefined;
        const entry = make(this.queues.length);
        this.queues.push(entry);
        return entry;
      },
      pointerText: this.#pointerText,
      idSuffix: this.#idSuffix,
    });
    this.#last = placeOf(batch, row);
    const setup = batch.operations?.setup;
    // Another log in the same file is about another device.
    if (setup !== this.#livesSetup) this.#lives.lost();
    this.#livesSetup = setup;
    const followed = this.#byPointer.get(batch.value(row, "queue"));
    this.#lives.step(batch, row, followed);
    const kind = batch.kind[row] as number;
    const resets = kind === KIND.statusWritten || kind === KIND.queueResetRead;
    if (resets && batch.value(row, "status") === 0) followed?.ring?.deviceReset();
  }

  #begin(batch: EventBatch, row: number, kind: number): void {
    const pointer = batch.value(row, "queue");
    // A call that names no queue belongs to none; the reader has said so.
    if (Number.isNaN(pointer)) return;
    const sample = sampleOf(batch, row);
    this.#last = sample.place;
    const queue = this.#queueAt(pointer, batch, row);
    if (queue === undefined || kind === KIND.create) return;
    if (kind === KIND.delete) {
      batch.queue[row] = queue.number;
      queue.events++;
      this.#retire(queue);
      return;
    }
    batch.queue[row] = queue.number;
    queue.lossesUntil(this.#losses);
    queue.events++;
    queue.learn(batch, row);
    const context = OpenCalls.context(
      batch.pid[row] as number,
      batch.level[row] as number,
      batch.cpu[row] as number,
    );
    const note = queue.begin(kind, sample, batch, row);
    if (batch.descriptors.size > 0) queue.recorded(sample, batch.descriptors.get(row));
    if (!PAIRED.has(kind)) return;
    this.begins++;
    const call: OpenCall = {
      kind,
      queue,
      begun: sample,
      lossMarks: this.#losses.marks,
      done: false,
      note,
    };
    this.#calls.begin(context, batch.level[row] as number, call, this.#lost);
  }

  #end(batch: EventBatch, row: number, kind: number): void {
    this.#last = placeOf(batch, row);
    const pointer = batch.value(row, "queue");
    if (kind === KIND.create) {
      if (!Number.isNaN(pointer) && pointer !== 0) this.#created(pointer, batch, row);
      return;
    }
    if (!PAIRED.has(kind)) return;
    this.returns++;
    const context = OpenCalls.context(
      batch.pid[row] as number,
      batch.level[row] as number,
      batch.cpu[row] as number,
    );
    const call = this.#calls.end(context, kind, this.#lost);
    if (call === undefined) {
      if (this.#calls.knows(context)) {
        this.unpaired++;
        if (this.#losses.marks === 0) this.#unpairedSilently++;
      }
      return;
    }
    batch.queue[row] = call.queue.number;
    call.queue.lossesUntil(this.#losses);
    call.queue.events++;
    // The begin and this return may belong to two calls with the rest of both lost in between.
    if (call.lossMarks !== this.#losses.marks) {
      call.queue.endLost(call);
      return;
    }
    const func = batch.func[row] as number;
    const name = func < 0 ? (EVENT_KINDS[kind] as string) : batch.strings.text(func);
    call.queue.end(
      call,
      { place: this.#last, func: name },
      batch.strings.text(batch.caller[row] as number),
      batch.values,
      row * EventBatch.FIELD_COUNT,
    );
  }

  /** An operation in one piece, with what it did to the ring. */
  #whole(batch: EventBatch, row: number, kind: number): void {
    const { operations } = batch;
    const setup = operations?.setup;
    const base = row * EventBatch.FIELD_COUNT;
    const pointer = batch.values[base + FIELD.queue] as number;
    if (operations === undefined || setup === undefined || Number.isNaN(pointer)) return;
    let queue = pointer === this.#lastPointer ? this.#lastQueue : this.#byPointer.get(pointer);
    this.#lastPointer = pointer;
    if (kind === KIND.create || queue?.ring?.setup !== setup) {
      queue = this.#ringAt(pointer, batch, row, setup);
      if (queue === undefined) return;
    } else {
      batch.queue[row] = queue.number;
      queue.lossesUntil(this.#losses);
      queue.events++;
    }
    this.#lastQueue = queue;
    // What a device does shows nothing of the driver's state.
    const sample = isDeviceKind(kind) ? undefined : stateOf(batch, row);
    const place = sample?.place ?? placeOf(batch, row);
    this.#last = place;
    const { memoryEnd, segmentsEnd } = operations;
    const operation = this.#operation;
    operation.kind = kind;
    operation.place = place;
    operation.func = sample?.func ?? batch.strings.text(batch.func[row] as number);
    operation.log = operations.memory;
    operation.from = row === 0 ? 0 : (memoryEnd[row - 1] as number);
    operation.to = memoryEnd[row] as number;
    operation.elements = operations.segments;
    operation.elementsFrom = row === 0 ? 0 : (segmentsEnd[row - 1] as number);
    operation.elementsTo = segmentsEnd[row] as number;
    operation.result = batch.values[base + FIELD.result] as number;
    operation.token = batch.values[base + FIELD.token] as number;
    if (kind === KIND.devicePop) took(operation, batch, base, setup);
    operation.values = batch.values;
    operation.base = base;
    queue.operation(operation, sample, batch, row);
    if (this.#lives !== undefined) this.#lives.operation(kind, queue, place);
    if (kind === KIND.detachUnused) this.#withdrawn(queue, place, batch, base);
    this.begins++;
    this.returns++;
  }

  /** The driver takes back what the device has not used. */
  #withdrawn(queue: QueueShadow, place: Place, batch: EventBatch, base: number): void {
    const live = queue.ring?.live;
    const none = !((batch.values[base + FIELD.token] as number) > 0);
    if (none || live === undefined) return;
    const evidence = live
      ? [{ role: "decision", place, what: "detach_unused_buf returns a buffer" } as const]
      : NO_EVIDENCE;
    this.#output.observe({ kind: "buffer.withdrawn", queue, place, live, evidence });
  }

  /** The queue of a creation, or of a ring that is seen for the first time. */
  #ringAt(
    pointer: number,
    batch: EventBatch,
    row: number,
    setup: RingSetup,
  ): QueueShadow | undefined {
    this.#last = placeOf(batch, row);
    // Another log in the same file: the ring of the one before has come to its end.
    if (this.#lastQueue?.ring?.setup !== setup) this.#lastQueue?.leaveRing();
    const before = this.#byPointer.get(pointer)?.ring;
    const created = batch.kind[row] === KIND.create;
    if (created) this.#created(pointer, batch, row, setup);
    const queue = created ? this.#byPointer.get(pointer) : this.#queueAt(pointer, batch, row);
    if (queue === undefined) return undefined;
    if (!created) {
      batch.queue[row] = queue.number;
      queue.lossesUntil(this.#losses);
      queue.events++;
      queue.learn(batch, row);
    }
    const memory = before?.setup === setup ? before.memory : undefined;
    queue.followRing(setup, memory, created && before !== undefined);
    // A log whose beginning is missing says nothing of the ring until the next creation or snapshot.
    if (!created) queue.ring?.lost();
    return queue;
  }

  #created(pointer: number, batch: EventBatch, row: number, setup?: RingSetup): void {
    const before = this.#byPointer.get(pointer);
    if (before !== undefined) this.#retire(before);
    const queue = this.#open(pointer, batch, row);
    if (queue === undefined) return;
    batch.queue[row] = queue.number;
    queue.events++;
    queue.learn(batch, row);
    const place = this.#last as Place;
    queue.created(place);
    this.#output.observe(createdFact(queue, place, batch, row, setup));
  }

  #queueAt(pointer: number, batch: EventBatch, row: number): QueueShadow | undefined {
    const known = this.#byPointer.get(pointer);
    if (known === undefined) return this.#open(pointer, batch, row);
    // Another name, layout or size at the same address: deleted, created or resized unseen.
    if (!known.contradictedBy(batch, row)) return known;
    this.#retire(known);
    return this.#open(pointer, batch, row);
  }

  #open(pointer: number, batch: EventBatch, row: number): QueueShadow | undefined {
    if (this.queues.length >= QUEUES_MAX) {
      this.overLimit ??= { first: placeOf(batch, row), count: 0 };
      this.overLimit.count++;
      return undefined;
    }
    const generation = (this.#generations.get(pointer) ?? 0) + 1;
    this.#generations.set(pointer, generation);
    const queue = new QueueShadow({
      number: this.queues.length,
      pointer,
      pointerText: this.#pointerText(pointer),
      idSuffix: this.#idSuffix,
      generation,
      losses: this.#losses,
      created: batch.kind[row] === KIND.create,
      clock: this.#clock,
      output: this.#output,
    });
    this.queues.push(queue);
    this.#byPointer.set(pointer, queue);
    return queue;
  }

  #retire(queue: QueueShadow): void {
    this.#lastPointer = Number.NaN;
    queue.deleted();
    this.#byPointer.delete(queue.pointer);
  }
}

/** The buffer that a device took, and its own position after it. */
function took(operation: Operation, batch: EventBatch, base: number, setup: RingSetup): void {
  const { values } = batch;
  operation.bufferId = values[base + FIELD.bufferId] as number;
  operation.deviceAvail = NONE;
  const index = values[base + FIELD.availIdx] as number;
  const slot = values[base + FIELD.nextAvail] as number;
  const wrap = values[base + FIELD.availWrap] as number;
  if (setup.layout === "split") {
    if (index >= 0) operation.deviceAvail = index;
  } else if (slot >= 0 && wrap >= 0) {
    operation.deviceAvail = packedPosition(slot, wrap, setup.queueSize);
  }
}

/** What a creation says of its queue: by the log's header, or by the fields of a probe. */
function createdFact(
  queue: QueueShadow,
  place: Place,
  batch: EventBatch,
  row: number,
  setup: RingSetup | undefined,
): QueueCreated {
  const desc = batch.value(row, "descArea");
  const areas = [
    Number.isNaN(desc) ? batch.value(row, "ringDma") : desc,
    batch.value(row, "driverArea"),
    batch.value(row, "deviceArea"),
  ];
  return {
    kind: "queue.created",
    queue,
    place,
    layout: queue.layout,
    size: queue.size ?? Number.NaN,
    areas: setup?.bases ?? areas,
    legacy: setup?.legacy ?? false,
    exact: setup !== undefined,
    others: [],
    evidence: NO_EVIDENCE,
  };
}
