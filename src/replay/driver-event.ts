import type { Evidence, Place } from "../model/finding.ts";
import {
  eventFlagsName,
  positionDistance,
  positionWord,
  RING_EVENT_FLAGS_DESC,
  wordPosition,
} from "../virtio/packed.ts";
import type { QueueContext } from "./queue-context.ts";
import { hex, type Sample } from "./sample.ts";

/** Callbacks were enabled: from now on the driver's event word is known to a range. */
interface Enabled {
  readonly place: Place;
  readonly func: string;
  /** Used position then: the plain form asks for exactly this descriptor. */
  readonly position: number;
  readonly lastUsed: number;
}

/**
 * The driver's own event suppression structure on a packed queue. After callbacks were enabled at a
 * used position, off_wrap points there; get_buf may move it on to what was used since, and the
 * delayed form places it ahead. So it lies between that position and the available one, and nowhere
 * else. Judged once for each enabling, at the next sample, and only while flags are DESC.
 */
export class DriverEvent {
  readonly #queue: QueueContext;
  #enabled: Enabled | undefined;
  #enabling = 0;

  constructor(queue: QueueContext) {
    this.#queue = queue;
  }

  /** An enabling call begins: until it returns, a sample may show the old word or the new one. */
  begin(): void {
    this.#enabling++;
  }

  /** It returned; `position` NaN when the used position was not known. */
  end(call: { place: Place; func: string }, position: number): void {
    this.#enabling--;
    const { size } = this.#queue;
    this.#enabled =
      Number.isNaN(position) || size === undefined
        ? undefined
        : { ...call, position, lastUsed: positionWord(position, size) };
  }

  /** Its return was not seen, or calls are missing: the word is unknown. */
  returnLost(): void {
    this.#enabling--;
    this.#enabled = undefined;
  }

  forget(): void {
    this.#enabled = undefined;
  }

  /** `ahead` is the available position, as far as it is known. */
  sample(sample: Sample, ahead: number): void {
    const { size } = this.#queue;
    const enabled = this.#enabled;
    if (size === undefined || enabled === undefined || this.#enabling > 0) return;
    if (Number.isNaN(sample.driverOffWrap) || Number.isNaN(sample.driverFlags)) return;
    this.#enabled = undefined;
    if (sample.driverFlags !== RING_EVENT_FLAGS_DESC) return;
    const sampled = wordPosition(sample.driverOffWrap, size);
    const undecided = this.#queue.mayBeExchanged(enabled.place, sample.place)
      ? "the sample is from another CPU within 10 us"
      : Number.isNaN(ahead)
        ? "the available position is not known"
        : sampled === undefined
          ? "off_wrap points outside the ring"
          : undefined;
    const inside =
      undecided === undefined &&
      positionDistance(enabled.position, sampled as number, size) <=
        positionDistance(enabled.position, ahead, size);
    this.#queue.emit({
      kind: "driverEvent.sampled",
      queue: this.#queue.view,
      place: enabled.place,
      undecided,
      enabledAt: enabled.position,
      ahead,
      sampled: sampled ?? Number.NaN,
      inside,
      evidence: inside || undecided !== undefined ? [] : evidenceOf(enabled, sample),
    });
  }
}

function evidenceOf(enabled: Enabled, sample: Sample): Evidence[] {
  const word = `off_wrap=${hex(sample.driverOffWrap)} flags=${eventFlagsName(sample.driverFlags)}`;
  return [
    {
      role: "decision",
      place: enabled.place,
      what: `${enabled.func} last_used=${hex(enabled.lastUsed)}`,
    },
    { role: "outcome", place: sample.place, what: `${sample.func} driver ${word}` },
  ];
}
