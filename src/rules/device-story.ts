import type { RingEvent } from "../model/event.ts";
import { FEATURE_BITS, type FeatureName } from "../virtio/features.ts";

type Fields = Omit<RingEvent, "kind" | "phase">;

/** Who tells: the device's own log, which has its own changes too, or the driver that made the operations. */
export type Teller = "device" | "driver";

/** Bits beside those that the specification names. */
type Feature = FeatureName | number;

/**
 * Tells the life of one device: what its status was, which features were offered and accepted, and what it
 * did with its queues, of which its own log has pointers alone. For rule examples and tests.
 */
export class DeviceStory {
  readonly events: RingEvent[] = [];
  /** Told with what it offers. */
  deviceType: number | undefined;
  readonly #device: number;
  readonly #told: Teller;

  constructor(device: number, told: Teller) {
    this.#device = device;
    this.#told = told;
  }

  status(...values: number[]): void {
    for (const status of values) this.event("statusWritten", { status });
  }

  readStatus(status: number): void {
    this.event("statusRead", { status });
  }

  offer(...features: Feature[]): void {
    const { deviceType } = this;
    const type = deviceType === undefined ? {} : { deviceType };
    this.event("featuresOffered", { ...words(features), ...type });
  }

  accept(...features: Feature[]): void {
    this.event("featuresAccepted", words(features));
  }

  /** A reset, and the steps up to DRIVER_OK, each one right. */
  initialise(features: readonly Feature[] = ["VIRTIO_F_VERSION_1"]): void {
    this.status(0);
    if (this.#told === "driver") this.readStatus(0);
    this.status(1, 3);
    if (this.#told === "driver") this.accept(...features);
    this.status(11);
    if (this.#told === "driver") this.readStatus(11);
    this.status(15);
  }

  /** One event, of the device as a whole. */
  event(kind: RingEvent["kind"], fields: Fields = {}): void {
    const whole = this.#told === "driver";
    // An operation log has one device, and does not name it.
    const device = whole ? {} : { device: this.#device };
    this.events.push({ kind, phase: whole ? "whole" : "begin", ...device, ...fields });
  }

  notify(index: number): void {
    this.event("deviceNotified", { index, queue: this.#queue(index) });
  }

  interrupt(index: number): void {
    this.event("deviceInterrupted", { queue: this.#queue(index) });
  }

  /** The device takes an element, `thread` says which of its threads. */
  pop(index: number, element: number, thread = 1): void {
    this.#log("elementAllocated", { element, pid: thread });
    this.#log("elementPopped", { queue: this.#queue(index), element, pid: thread });
  }

  fill(index: number, element: number, count = 0): void {
    this.#log("elementFilled", { queue: this.#queue(index), element, count });
  }

  flush(index: number, count = 1): void {
    this.#log("elementsFlushed", { queue: this.#queue(index), count });
  }

  #log(kind: RingEvent["kind"], fields: Fields): void {
    this.events.push({ kind, phase: "begin", ...fields });
  }

  #queue(index: number): number {
    return this.#device + 0x1_0000 + 0x98 * index;
  }
}

function words(features: readonly Feature[]): Fields {
  let word = 0n;
  for (const feature of features) {
    word |= 1n << BigInt(typeof feature === "number" ? feature : FEATURE_BITS[feature]);
  }
  return {
    featuresLow: Number(word & 0xffff_ffffn),
    featuresHigh: Number(word >> 32n),
  };
}
