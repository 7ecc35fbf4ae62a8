import { EventBatch } from "../model/batch.ts";
import { FIELD, KIND, PHASE_WHOLE } from "../model/event.ts";
import type { Place } from "../model/finding.ts";
import { DeviceLife } from "./device-life.ts";
import { Elements } from "./elements.ts";
import type { Observation } from "./observation.ts";
import type { QueueEntry } from "./queue-entry.ts";
import { QueueResets } from "./queue-resets.ts";
import { placeOf } from "./sample.ts";
import { ServedQueue } from "./served-queue.ts";

/** What devices need of the replay that they are part of. */
export interface LivesOutput {
  observe(observation: Observation): void;
  /** Takes a row for the report; its number is its place in the list. Undefined past the limit. */
  enter(make: (number: number) => QueueEntry): QueueEntry | undefined;
  pointerText(pointer: number): string;
  readonly idSuffix: string;
}

/** The device of a log that names none: there is one. */
const ONLY_DEVICE = 0;

/** Follows the devices of one source, and queues that are seen from the device's side. */
export class DeviceLives {
  readonly #output: LivesOutput;
  readonly #devices = new Map<number, DeviceLife>();
  readonly #queues = new Map<number, ServedQueue>();
  readonly #generations = new Map<number, number>();
  readonly #elements: Elements;
  readonly #resets: QueueResets;

  constructor(output: LivesOutput) {
    this.#output = output;
    const observe = (observation: Observation): void => output.observe(observation);
    this.#elements = new Elements(observe);
    this.#resets = new QueueResets(observe);
  }

  /** Takes in one event; `followed` is its queue, where the driver's side is followed as well. */
  step(batch: EventBatch, row: number, followed: QueueEntry | undefined): void {
    const kind = batch.kind[row] as number;
    const place = placeOf(batch, row);
    const base = row * EventBatch.FIELD_COUNT;
    const { values } = batch;
    // An operation log tells what its driver did, and nothing that it did not.
    const told = batch.phase[row] === PHASE_WHOLE;
    switch (kind) {
      case KIND.deviceNotified:
      case KIND.deviceInterrupted:
      case KIND.elementPopped:
      case KIND.elementFilled:
      case KIND.elementsFlushed:
        this.#queueEvent(batch, row, place);
        return;
      case KIND.elementAllocated:
        this.#elements.allocated(
          values[base + FIELD.element] as number,
          batch.pid[row] as number,
          place,
        );
        return;
      case KIND.queueEnabled:
      case KIND.queueResetAsked:
      case KIND.queueResetRead:
        if (followed === undefined) return;
        batch.queue[row] = followed.number;
        this.#resets.step(kind, followed, place, values[base + FIELD.status] as number);
        return;
      default:
        break;
    }
    const device = this.#device(values[base + FIELD.device] as number);
    if (device === undefined) return;
    batch.queue[row] = device.number;
    device.events++;
    this.#deviceEvent(device, kind, place, values, base, told, batch.pid[row] as number);
  }

  /** An operation on a followed queue: what the device, or a notification, does with it. */
  operation(kind: number, queue: QueueEntry, place: Place): void {
    const device = this.#devices.get(ONLY_DEVICE);
    if (device === undefined) return;
    const queueReset = this.#resets.isReset(queue);
    if (kind === KIND.notify) device.touched(queue, "notified", place, queueReset);
    else if (kind === KIND.devicePop) device.touched(queue, "popped", place, queueReset);
    else if (kind === KIND.deviceUse) device.touched(queue, "used", place, queueReset);
  }

  /** Events are missing from here on back. */
  lost(): void {
    for (const device of this.#devices.values()) device.lost();
  }

  endOfTrace(): void {
    for (const queue of this.#queues.values()) queue.ways.close();
    const notWhole = this.#elements.endOfTrace();
    for (const device of this.#devices.values()) device.endOfTrace(notWhole);
  }

  #deviceEvent(
    device: DeviceLife,
    kind: number,
    place: Place,
    values: Float64Array,
    base: number,
    told: boolean,
    thread: number,
  ): void {
    const status = values[base + FIELD.status] as number;
    switch (kind) {
      case KIND.statusWritten:
        device.statusWritten(status, place, told ? undefined : thread);
        if (status === 0) this.#resetQueues(device);
        return;
      case KIND.statusRead:
        device.statusRead(status, place);
        return;
      case KIND.featuresOffered:
        device.deviceId ??= known(values[base + FIELD.deviceType] as number);
        device.featuresOffered(featureWord(values, base), place);
        return;
      case KIND.featuresAccepted:
        device.featuresAccepted(featureWord(values, base), place);
        return;
      case KIND.configWritten:
        device.configWritten(place);
        return;
      case KIND.configInterrupt:
        device.configInterrupt();
        return;
      case KIND.deviceError:
        device.failed(place);
        return;
      default:
        return;
    }
  }

  #resetQueues(device: DeviceLife): void {
    for (const queue of this.#queues.values()) {
      if (queue.owner !== device) continue;
      this.#elements.reset(queue);
      queue.reset();
    }
    if (device.pointer === ONLY_DEVICE) this.#resets.deviceReset();
  }

  #queueEvent(batch: EventBatch, row: number, place: Place): void {
    const base = row * EventBatch.FIELD_COUNT;
    const { values } = batch;
    const kind = batch.kind[row] as number;
    const pointer = values[base + FIELD.queue] as number;
    const device = values[base + FIELD.device] as number;
    const owner = Number.isNaN(device) ? undefined : this.#device(device);
    const queue = this.#queue(pointer, owner, values[base + FIELD.index] as number);
    if (queue === undefined) return;
    batch.queue[row] = queue.number;
    queue.events++;
    const element = values[base + FIELD.element] as number;
    if (kind === KIND.deviceNotified) this.#touched(queue, "notified", place);
    else if (kind === KIND.deviceInterrupted) {
      queue.ways.interrupted(place);
      this.#touched(queue, "interrupted", place);
    } else if (kind === KIND.elementPopped) {
      this.#elements.popped(element, batch.pid[row] as number, queue, place);
      this.#touched(queue, "popped", place);
    } else if (kind === KIND.elementFilled) {
      queue.filled(place, values[base + FIELD.count] as number);
      this.#elements.filled(element, queue, place);
      this.#touched(queue, "used", place);
    } else this.#elements.flushed(queue.flushed(place, values[base + FIELD.count] as number));
  }

  /** Nothing but a notification says whose a queue is: before one, nothing is said of it. */
  #touched(
    queue: ServedQueue,
    what: "popped" | "used" | "interrupted" | "notified",
    place: Place,
  ): void {
    queue.owner?.touched(queue, what, place, false);
  }

  #device(pointer: number): DeviceLife | undefined {
    const key = Number.isNaN(pointer) ? ONLY_DEVICE : pointer;
    const known = this.#devices.get(key);
    if (known !== undefined) return known;
    const { idSuffix } = this.#output;
    const text = key === ONLY_DEVICE ? "device" : `device@${this.#output.pointerText(key)}`;
    const device = this.#output.enter((number) => {
      const emit = (observation: Observation): void => this.#output.observe(observation);
      return new DeviceLife({ number, pointer: key, text, idSuffix, emit });
    });
    if (!(device instanceof DeviceLife)) return undefined;
    this.#devices.set(key, device);
    return device;
  }

  /** Memory is used again: a queue of another device, or with another number, is another queue. */
  #queue(pointer: number, owner: DeviceLife | undefined, index: number): ServedQueue | undefined {
    let queue = this.#queues.get(pointer);
    const other =
      queue !== undefined &&
      ((owner !== undefined && queue.owner !== undefined && queue.owner !== owner) ||
        (!Number.isNaN(index) && queue.index !== undefined && queue.index !== index));
    if (queue === undefined || other) {
      const generation = (this.#generations.get(pointer) ?? 0) + 1;
      this.#generations.set(pointer, generation);
      const { idSuffix } = this.#output;
      const pointerText = this.#output.pointerText(pointer);
      const entered = this.#output.enter(
        (number) =>
          new ServedQueue({
            number,
            pointer,
            pointerText,
            generation,
            idSuffix,
            emit: (seen) => this.#output.observe(seen),
          }),
      );
      if (!(entered instanceof ServedQueue)) return undefined;
      // The queue before it at this address is gone, with what was used of it.
      queue?.ways.close();
      queue = entered;
      this.#queues.set(pointer, queue);
    }
    queue.owner ??= owner;
    if (!Number.isNaN(index)) queue.index ??= index;
    return queue;
  }
}

function featureWord(values: Float64Array, base: number): bigint {
  const low = values[base + FIELD.featuresLow] as number;
  const high = values[base + FIELD.featuresHigh] as number;
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}

function known(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value;
}
